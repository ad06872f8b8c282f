//! What a client asks its server, by method.

use std::borrow::Cow;

use mcp_engine_proto::connection::{Call, Pages};
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::model::{
    CompleteRequestParams, CompleteResult, Completion, GetPromptRequestParams, GetPromptResult,
    Json, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    Map, Mismatch, Prompt, ReadResourceRequestParams, ReadResourceResult, Resource,
    ResourceTemplate, SetLevelRequestParams, SubscribeRequestParams, Tool,
    UnsubscribeRequestParams, Value,
};
use mcp_engine_proto::version::Era;
use mcp_engine_proto::{LoggingLevel, Message, Method};
use serde::Serialize;

use super::Client;
use super::call::CallTool;
use crate::driver::{OnProgress, Settled};
use crate::error::Error;

impl Client {
    /// Calls a tool. `arguments` is anything that serde writes as an object.
    ///
    /// ```no_run
    /// # async fn run(client: mcp_engine_runtime::client::Client) -> Result<(), mcp_engine_runtime::Error> {
    /// let result = client.call_tool("echo", &[("text", "hi")].into_iter().collect::<std::collections::BTreeMap<_, _>>()).await?;
    /// assert_eq!(result.text(), "hi");
    /// # Ok(())
    /// # }
    /// ```
    pub fn call_tool<'c>(&'c self, name: &str, arguments: &impl Serialize) -> CallTool<'c> {
        CallTool::new(self, name, arguments)
    }

    /// Asks anything that has no function of its own here, and brings the server what it needs before it can answer.
    ///
    /// # Errors
    ///
    /// As for [`Peer::request`](crate::Peer::request); the server refuses, or is gone.
    pub async fn request(&self, call: Call<'_>) -> Result<Message, Error> {
        self.ask(call, None).await
    }

    /// All tools, of all pages.
    ///
    /// # Errors
    ///
    /// The server refuses, is gone, or lists without an end.
    pub async fn list_tools(&self) -> Result<Vec<Tool<'static>>, Error> {
        let read = |page: Raw<'_>| ListToolsResult::read(page).map(|page| page.into_owned().tools);
        self.list(Method::ListTools, read).await
    }

    /// All prompts, of all pages.
    ///
    /// # Errors
    ///
    /// As for [`list_tools`](Self::list_tools).
    pub async fn list_prompts(&self) -> Result<Vec<Prompt<'static>>, Error> {
        let read =
            |page: Raw<'_>| ListPromptsResult::read(page).map(|page| page.into_owned().prompts);
        self.list(Method::ListPrompts, read).await
    }

    /// All resources, of all pages.
    ///
    /// # Errors
    ///
    /// As for [`list_tools`](Self::list_tools).
    pub async fn list_resources(&self) -> Result<Vec<Resource<'static>>, Error> {
        let read =
            |page: Raw<'_>| ListResourcesResult::read(page).map(|page| page.into_owned().resources);
        self.list(Method::ListResources, read).await
    }

    /// All families of resources, of all pages.
    ///
    /// # Errors
    ///
    /// As for [`list_tools`](Self::list_tools).
    pub async fn list_resource_templates(&self) -> Result<Vec<ResourceTemplate<'static>>, Error> {
        let read = |page: Raw<'_>| {
            ListResourceTemplatesResult::read(page).map(|page| page.into_owned().resource_templates)
        };
        self.list(Method::ListResourceTemplates, read).await
    }

    /// What a resource holds.
    ///
    /// # Errors
    ///
    /// The server refuses, or is gone.
    pub async fn read_resource(&self, uri: &str) -> Result<ReadResourceResult<'static>, Error> {
        let params = ReadResourceRequestParams::new(uri);
        let message = self.ask_typed(Method::ReadResource, &params).await?;
        read(&message, |result| {
            ReadResourceResult::read(result).map(ReadResourceResult::into_owned)
        })
    }

    /// A prompt, filled in.
    ///
    /// # Errors
    ///
    /// The server refuses, or is gone.
    pub async fn get_prompt(
        &self,
        name: &str,
        arguments: impl IntoIterator<Item = (&str, &str)>,
    ) -> Result<GetPromptResult<'static>, Error> {
        let mut filled = Map::new();
        for (name, value) in arguments {
            filled.insert(name, Cow::Borrowed(value));
        }
        let params = GetPromptRequestParams::new(name).arguments(filled);
        let message = self.ask_typed(Method::GetPrompt, &params).await?;
        read(&message, |result| GetPromptResult::read(result).map(GetPromptResult::into_owned))
    }

    /// What could stand in an argument.
    ///
    /// # Errors
    ///
    /// The server refuses, or is gone.
    pub async fn complete(
        &self,
        params: &CompleteRequestParams<'_>,
    ) -> Result<Completion<'static>, Error> {
        let message = self.ask_typed(Method::Complete, params).await?;
        read(&message, |result| {
            CompleteResult::read(result).map(|result| result.into_owned().completion)
        })
    }

    /// Wants log messages of that severity and above, for the rest of the connection (until MCP 2025-11-25; later each request says it).
    ///
    /// # Errors
    ///
    /// The server has no log messages, refuses, or is gone.
    pub async fn set_level(&self, level: LoggingLevel) -> Result<(), Error> {
        let params = SetLevelRequestParams::new(level);
        self.ask_typed(Method::SetLevel, &params).await.map(drop)
    }

    /// Wants to be told when a resource changes: until MCP 2025-11-25 by a request of its own, later see [`listen`](Self::listen).
    ///
    /// # Errors
    ///
    /// The server does not tell, refuses, or is gone.
    pub async fn subscribe(&self, uri: &str) -> Result<(), Error> {
        self.assert_legacy()?;
        self.ask_typed(Method::Subscribe, &SubscribeRequestParams::new(uri)).await.map(drop)
    }

    /// Does not want that any more.
    ///
    /// # Errors
    ///
    /// As for [`subscribe`](Self::subscribe).
    pub async fn unsubscribe(&self, uri: &str) -> Result<(), Error> {
        self.assert_legacy()?;
        self.ask_typed(Method::Unsubscribe, &UnsubscribeRequestParams::new(uri)).await.map(drop)
    }

    /// Whether the server is there.
    ///
    /// # Errors
    ///
    /// It is not.
    pub async fn ping(&self) -> Result<(), Error> {
        // The modern era has no ping; what a server says of itself is there in any case.
        let method = match self.version.era() {
            Era::Legacy => Method::Ping,
            Era::Modern => Method::Discover,
        };
        self.ask(Call::new(method), None).await.map(drop)
    }

    /// Tells the server that the roots are others now (until MCP 2025-11-25; later it asks anew whenever it needs them, so that there is nothing
    /// to tell).
    ///
    /// # Errors
    ///
    /// The client has no roots, or the server is gone.
    pub fn roots_changed(&self) -> Result<(), Error> {
        match self.version.era() {
            Era::Legacy => self.peer.notify("notifications/roots/list_changed", None),
            Era::Modern => Ok(()),
        }
    }

    fn assert_legacy(&self) -> Result<(), Error> {
        match self.version.era() {
            Era::Legacy => Ok(()),
            Era::Modern => {
                Err(Error::unsupported("a subscription to one resource in the modern era"))
            }
        }
    }

    async fn ask_typed<'v>(
        &self,
        method: Method,
        params: &impl Value<'v>,
    ) -> Result<Message, Error> {
        let params = Json::of(params, self.version);
        self.ask(Call::new(method).params(params.raw()), None).await
    }

    async fn list<T>(
        &self,
        method: Method,
        read_page: impl Fn(Raw<'_>) -> Result<Vec<T>, Mismatch>,
    ) -> Result<Vec<T>, Error> {
        let mut pages = Pages::new(&self.peer.limits());
        let (mut all, mut params) = (Vec::new(), None::<String>);
        loop {
            let mut call = Call::new(method);
            if let Some(params) = &params {
                call = call.params(Raw::parse(params)?);
            }
            let page = self.ask(call, None).await?;
            all.extend(read(&page, &read_page)?);
            params = pages.next(&page)?;
            if params.is_none() {
                return Ok(all);
            }
        }
    }

    /// Asks, and brings the server what it needs before it can answer, as often as it needs something.
    pub(super) async fn ask(
        &self,
        call: Call<'_>,
        on_progress: Option<OnProgress>,
    ) -> Result<Message, Error> {
        let mut calling = self.peer.request_with(call, on_progress)?;
        for _ in 0..ROUNDS {
            let (input, on_progress) = match calling.settled().await {
                Settled::Answered(message) if message.error().is_some() => {
                    return Err(Error::of_peer(message));
                }
                Settled::Answered(message) => return Ok(message),
                Settled::Failed(error) => return Err(error),
                Settled::InputRequired(input, on_progress) => (input, on_progress),
            };
            let responses = self.inputs.gather(&input, self.version).await?;
            let responses = responses.as_ref().map(|responses| responses.raw());
            calling = self.peer.retry_with(call, &input, responses, on_progress)?;
        }
        Err(Error::unsupported("a server that needs input again and again"))
    }
}

/// Reads the result of a message.
fn read<T>(
    message: &Message,
    read: impl FnOnce(Raw<'_>) -> Result<T, Mismatch>,
) -> Result<T, Error> {
    let result =
        message.result().ok_or_else(|| Error::unexpected("the answer", "it is no result"))?;
    read(result).map_err(|mismatch| Error::unexpected("the result", mismatch))
}

/// Most rounds of input for one request, so that no server keeps a client going in circles.
const ROUNDS: usize = 16;
