//! A call of a tool, on its way and answered.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use mcp_engine_proto::connection::{Call, Capabilities, Patience};
use mcp_engine_proto::json::{Raw, write};
use mcp_engine_proto::model::{self, JsonObject};
use mcp_engine_proto::task::augmented;
use mcp_engine_proto::{ContentBlock, LoggingLevel, Message, Method};
use serde::Serialize;

use super::Client;
use super::task::{Started, milliseconds};
use crate::driver::OnProgress;
use crate::error::Error;

/// A call that waits to be made: `await` it.
#[must_use = "nothing is called before it is awaited"]
pub struct CallTool<'c> {
    client: &'c Client,
    params: Result<String, Error>,
    patience: Option<Patience>,
    level: Option<LoggingLevel>,
    on_progress: Option<OnProgress>,
    ttl: Option<Duration>,
}

impl<'c> CallTool<'c> {
    pub(super) fn new(client: &'c Client, name: &str, arguments: &impl Serialize) -> Self {
        let params = params(name, arguments);
        Self { client, params, patience: None, level: None, on_progress: None, ttl: None }
    }

    /// Waits so long when there is no sign of life.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        let idle_ns = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
        self.patience = Some(Patience { idle_ns, ..self.patience.unwrap_or_default() });
        self
    }

    /// Wants log messages of that severity and above, while the call lasts (MCP 2026-07-28).
    pub fn log_level(mut self, level: LoggingLevel) -> Self {
        self.level = Some(level);
        self
    }

    /// Wants to hear of progress.
    pub fn on_progress(
        mut self,
        mut hear: impl FnMut(mcp_engine_proto::Progress<'_>) + Send + 'static,
    ) -> Self {
        self.on_progress = Some(Box::new(move |message| {
            if let Some(progress) = message.progress() {
                hear(progress);
            }
        }));
        self
    }

    /// How long a task is kept for the call, from its beginning on, if the server agrees (MCP 2025-11-25).
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Makes the call, and yields the task that the server runs it as, where it does: one that is asked for in MCP 2025-11-25, and in the
    /// extension one that the server chooses, when the client [polls tasks](super::ClientBuilder::tasks).
    ///
    /// ```no_run
    /// # async fn run(client: mcp_engine_runtime::client::Client) -> Result<(), mcp_engine_runtime::Error> {
    /// use mcp_engine_runtime::client::Started;
    ///
    /// let nothing = std::collections::BTreeMap::<String, String>::new();
    /// match client.call_tool("brew", &nothing).start().await? {
    ///     Started::Done(tea) => println!("{}", tea.text()),
    ///     Started::Task(mut task) => {
    ///         while !task.poll().await?.is_terminal() {
    ///             println!("{}: {}", task.id(), task.message().unwrap_or_default());
    ///         }
    ///         println!("{}", task.wait().await?.text());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for the call itself.
    pub async fn start(mut self) -> Result<Started, Error> {
        let offered = self.client.peer().capabilities();
        if offered.is_some_and(|offered| offered.has(Capabilities::TASKS_TOOL_CALLS)) {
            let params = self.params?;
            let params = augmented(Raw::parse(&params)?, self.ttl.map(milliseconds));
            self.params = Ok(params);
        }
        self.send().await
    }

    async fn send(self) -> Result<Started, Error> {
        let params = self.params?;
        let mut call = Call::new(Method::CallTool).params(Raw::parse(&params)?);
        if let Some(patience) = self.patience {
            call = call.patience(patience);
        }
        if let Some(level) = self.level {
            call = call.level(level);
        }
        let message = self.client.ask(call, self.on_progress).await?;
        Started::of(self.client, message)
    }
}

impl<'c> IntoFuture for CallTool<'c> {
    type Output = Result<ToolResult, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'c>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async { self.send().await?.wait().await })
    }
}

impl fmt::Debug for CallTool<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallTool").field("params", &self.params).finish_non_exhaustive()
    }
}

/// What a tool has answered. It is read where it was received, and nothing of it is copied until somebody asks for it.
#[derive(Clone, Debug)]
pub struct ToolResult {
    message: Message,
}

impl ToolResult {
    pub(super) fn new(message: Message) -> Result<Self, Error> {
        if message.call_tool_result().is_none() {
            return Err(Error::unexpected("the result of the tool", "it has no content"));
        }
        Ok(Self { message })
    }

    /// Whether the tool failed; the content says why.
    pub fn is_error(&self) -> bool {
        self.message.call_tool_result().is_some_and(|result| result.is_error)
    }

    /// The blocks of its content.
    pub fn content(&self) -> impl Iterator<Item = ContentBlock<'_>> {
        self.message.call_tool_result().into_iter().flat_map(|result| result.blocks())
    }

    /// All text of its content, with a line for each block.
    pub fn text(&self) -> String {
        let texts = self.content().filter_map(|block| match block {
            ContentBlock::Text(text) => Some(text.decode()),
            _ => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    /// The structured result.
    pub fn structured(&self) -> Option<Raw<'_>> {
        self.message.call_tool_result()?.structured
    }

    /// The structured result as a type of yours.
    ///
    /// # Errors
    ///
    /// There is none, or serde does not read that type from it.
    pub fn deserialize<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T, Error> {
        let text = self.structured().map_or("null", Raw::spelling);
        serde_json::from_str(text)
            .map_err(|error| Error::unexpected("the structured result", error))
    }

    /// The whole result, as the type of the schema.
    ///
    /// # Errors
    ///
    /// It is not what the schema says.
    pub fn read(&self) -> Result<model::CallToolResult<'_>, Error> {
        let result = self.message.result().unwrap_or(JsonObject::EMPTY.raw());
        model::CallToolResult::read(result).map_err(|error| Error::unexpected("the result", error))
    }

    /// The message, as it came.
    pub fn message(&self) -> &Message {
        &self.message
    }
}

/// The parameters of a call, whose arguments are written where they stand.
fn params(name: &str, arguments: &impl Serialize) -> Result<String, Error> {
    let mut out = Vec::from(*br#"{"name":"#);
    write::string(&mut out, name);
    out.extend_from_slice(br#","arguments":"#);
    let begin = out.len();
    serde_json::to_writer(&mut out, arguments)
        .map_err(|error| Error::unexpected("the arguments", error))?;
    if out.get(begin) != Some(&b'{') {
        return Err(Error::unexpected("the arguments", "they are no object"));
    }
    out.push(b'}');
    String::from_utf8(out).map_err(|error| Error::unexpected("the arguments", error))
}
