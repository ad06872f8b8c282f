//! How a client is put together.

use std::time::Duration;

use mcp_engine_proto::Message;
use mcp_engine_proto::connection::Config;
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::model::{
    CreateMessageRequestParams, CreateMessageResult, ElicitRequestParams, ElicitResult,
    Implementation, Json, ListRootsResult, Root,
};
use mcp_engine_proto::version::Version;

use super::Client;
use super::inputs::{Inputs, Refusal};
use crate::error::Error;
use crate::transport::Transport;

/// Puts a client together.
///
/// ```no_run
/// use mcp_engine_runtime::client::Client;
/// use mcp_engine_proto::model::{ElicitAction, ElicitResult};
/// # use mcp_engine_runtime::transport::ByteStream;
///
/// # async fn run(transport: ByteStream<tokio::io::DuplexStream>) -> Result<(), mcp_engine_runtime::Error> {
/// let client = Client::builder("shell", "1.0")
///     .elicitation(|_asked| async { Ok(ElicitResult::new(ElicitAction::Decline)) })
///     .connect(transport)
///     .await?;
/// # drop(client);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use]
pub struct ClientBuilder {
    config: Config,
    inputs: Inputs,
}

impl ClientBuilder {
    pub(super) fn new(name: &str, version: &str) -> Self {
        Self { config: Config::client(name, version), inputs: Inputs::default() }
    }

    /// Presents the client with more than name and version.
    pub fn implementation(mut self, implementation: &Implementation<'_>) -> Self {
        let json = Json::of(implementation, Version::V2026_07_28);
        self.config = self.config.implementation(json.raw());
        self
    }

    /// Asks a language model when the server wants it.
    pub fn sampling<F, W>(mut self, sample: F) -> Self
    where
        F: Fn(CreateMessageRequestParams<'static>) -> W + Send + Sync + 'static,
        W: Future<Output = Result<CreateMessageResult<'static>, Refusal>> + Send + 'static,
    {
        self.inputs.sample(sample);
        self
    }

    /// Asks the user when the server wants it.
    pub fn elicitation<F, W>(mut self, elicit: F) -> Self
    where
        F: Fn(ElicitRequestParams<'static>) -> W + Send + Sync + 'static,
        W: Future<Output = Result<ElicitResult<'static>, Refusal>> + Send + 'static,
    {
        self.inputs.elicit(elicit);
        self
    }

    /// Tells the server of these roots.
    pub fn roots(self, roots: impl IntoIterator<Item = Root<'static>>) -> Self {
        let roots: Vec<_> = roots.into_iter().collect();
        self.list_roots(move || {
            let listed = ListRootsResult::new(roots.clone());
            async { Ok(listed) }
        })
    }

    /// Says which roots there are each time that the server wants to know. When they are others, [tell it](Client::roots_changed).
    pub fn list_roots<F, W>(mut self, list: F) -> Self
    where
        F: Fn() -> W + Send + Sync + 'static,
        W: Future<Output = Result<ListRootsResult<'static>, Refusal>> + Send + 'static,
    {
        self.inputs.list_roots(list);
        self
    }

    /// Hears every notification of the server that belongs to no request: log messages, changes.
    pub fn on_notification(mut self, hear: impl Fn(&Message) + Send + Sync + 'static) -> Self {
        self.inputs.hear(hear);
        self
    }

    /// Lets the server run calls of tools as tasks (the extension `io.modelcontextprotocol/tasks`). Calls are waited for all the same, unless
    /// they are [started](super::CallTool::start).
    pub fn tasks(mut self) -> Self {
        self.inputs.poll_tasks();
        self
    }

    /// Waits so long for an answer when there is no sign of life. Default a minute; [`Duration::ZERO`] for no limit.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.config.patience.idle_ns = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
        self
    }

    /// Speaks these revisions only.
    pub fn versions(mut self, versions: impl IntoIterator<Item = Version>) -> Self {
        self.config = self.config.versions(versions);
        self
    }

    /// Changes anything else of the configuration.
    pub fn configure(mut self, configure: impl FnOnce(&mut Config)) -> Self {
        configure(&mut self.config);
        self
    }

    /// Connects: the handshake is finished when this returns.
    ///
    /// # Errors
    ///
    /// As for [`Client::connect`].
    pub async fn connect(self, transport: impl Transport) -> Result<Client, Error> {
        let declared = self.inputs.capabilities();
        let config = self.config.capabilities(Raw::parse(&declared)?);
        let inputs = self.inputs.clone();
        Ok(Client { inputs, ..Client::connect(config, transport, self.inputs).await? })
    }
}
