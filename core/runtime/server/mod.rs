//! A server: what it says of itself, and who serves the requests of its clients.

mod argument;
mod builder;
mod catalogue;
mod changes;
mod completion;
mod contents;
#[cfg(feature = "macros")]
#[doc(hidden)]
pub mod expansion;
mod inputs;
mod listing;
mod outcome;
mod prompt;
mod resource;
mod router;
pub(crate) mod sealing;
mod state;
mod tasks;
mod tool;

pub use argument::{Argument, ArgumentError, Arguments};
pub use builder::ServerBuilder;
pub use catalogue::{Catalogue, Edit};
pub use changes::Changes;
pub use inputs::Inputs;
pub use outcome::{PromptOutput, Reading, ResourceOutput, Structured, ToolOutput};
pub use prompt::{IntoPrompt, Prompt, argument_of};
pub use resource::{IntoResource, IntoResourceTemplate, Resource, ResourceTemplate};
pub use state::{State, States};
pub use tool::{IntoTool, Tool};

pub use crate::error::Error;
#[cfg(feature = "macros")]
pub use mcp_engine_macros::{prompt, resource, tool};
/// The schemas of types: `#[derive(JsonSchema)]`, with `#[schemars(crate = "mcp_engine::server::schemars")]` beside it.
#[cfg(feature = "macros")]
pub use schemars::{self, JsonSchema};

#[cfg(feature = "http")]
pub(crate) use changes::Listening;
pub(crate) use changes::Sink;
pub(crate) use outcome::typed;
pub(crate) use tasks::{Owner, Working};

use std::sync::{Arc, Weak};

use mcp_engine_proto::connection::{Closing, Config, Connection, Topology};
use mcp_engine_proto::http::ToolHeaders;
use mcp_engine_proto::state::StateKey;
use mcp_engine_proto::task::TaskCounters;
use mcp_engine_proto::version::Role;

use crate::clock::Clock;
use crate::driver::{Driver, DriverLimits, Shared};
use crate::handler::Handler;
use crate::host::Host;
use crate::peer::Peer;
use crate::transport::Transport;

use tasks::TaskHost;

/// A server that is ready to be [served](Self::serve), on any number of connections. Clones are the same server.
#[derive(Clone)]
pub struct Server {
    /// A connection for each topology that says nothing, but which others are made after.
    models: Arc<Models>,
    handler: Arc<dyn Handler>,
    host: Arc<Host>,
    changes: Changes,
    limits: DriverLimits,
    state_key: Option<Arc<StateKey>>,
    tool_headers: Option<Arc<dyn ToolHeaders>>,
    tasks: Option<Arc<TaskHost>>,
    catalogue: Option<Catalogue>,
}

/// What the connections of a server are made after.
struct Models {
    duplex: Connection,
    http: Connection,
}

impl Server {
    /// A server with tools, prompts and resources, to be put together.
    pub fn builder(name: &str, version: &str) -> ServerBuilder {
        ServerBuilder::new(name, version)
    }

    /// A server with a handler of its own for every request.
    ///
    /// # Errors
    ///
    /// Outside of a tokio runtime, and for the configuration of a client or one that speaks no revision.
    pub fn with_handler(config: Config, handler: impl Handler) -> Result<Self, Error> {
        Self::assemble(Host::new()?, config, Arc::new(handler), Changes::default())
    }

    pub(crate) fn assemble(
        host: Arc<Host>,
        config: Config,
        handler: Arc<dyn Handler>,
        changes: Changes,
    ) -> Result<Self, Error> {
        if config.role != Role::Server {
            return Err(Error::unsupported("a server with the configuration of a client"));
        }
        let model = |topology| {
            let mut config = config.clone();
            config.topology = topology;
            Connection::new(config)
        };
        let (duplex, http) = (model(Topology::Duplex)?, model(Topology::Http)?);
        let models = Arc::new(Models { duplex, http });
        let limits = DriverLimits::default();
        Ok(Self {
            models,
            handler,
            host,
            changes,
            limits,
            state_key: None,
            tool_headers: None,
            tasks: None,
            catalogue: None,
        })
    }

    /// With other bounds on its drivers.
    #[must_use]
    pub fn limits(self, limits: DriverLimits) -> Self {
        Self { limits, ..self }
    }

    /// Seals what clients carry for it with this key, which all processes must have that serve the same clients. Without it, each process has a
    /// key of its own.
    #[must_use]
    pub fn state_key(self, key: StateKey) -> Self {
        Self { state_key: Some(Arc::new(key)), ..self }
    }

    pub(crate) fn with_tool_headers(self, tool_headers: Option<Arc<dyn ToolHeaders>>) -> Self {
        Self { tool_headers, ..self }
    }

    /// What the server says of itself.
    pub fn config(&self) -> &Config {
        self.models.duplex.config()
    }

    /// Serves one connection until it is over. To drop the future is to break the connection off.
    ///
    /// # Errors
    ///
    /// The transport is broken otherwise than by the end of the other side.
    pub async fn serve(&self, transport: impl Transport) -> Result<Closing, Error> {
        let (peer, driver) = self.open(transport);
        let sink = Arc::downgrade(peer.shared());
        let _listening = self.changes.listen(sink as Weak<dyn Sink>);
        drop(peer);
        driver.await
    }

    /// A connection, and its driver, which has to be polled.
    pub(crate) fn open<T: Transport>(&self, transport: T) -> (Peer, Driver<T, dyn Handler>) {
        let model = match transport.topology() {
            Topology::Duplex => &self.models.duplex,
            Topology::Http => &self.models.http,
        };
        self.open_as(model, transport)
    }

    /// The same, after another model than those of the server.
    pub(crate) fn open_as<T: Transport>(
        &self,
        model: &Connection,
        transport: T,
    ) -> (Peer, Driver<T, dyn Handler>) {
        let shared = Shared::new(model.another(), Clock::new(), self.state_key.clone());
        let (handler, host) = (Arc::clone(&self.handler), Arc::clone(&self.host));
        let driver = Driver::new(transport, Arc::clone(&shared), handler, host, self.limits);
        (Peer::new(shared), driver)
    }

    /// Tells the clients what has changed.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Adds and removes what the server has, when it is [changeable](ServerBuilder::changeable).
    pub fn catalogue(&self) -> Option<&Catalogue> {
        self.catalogue.as_ref()
    }

    /// What has become of the tasks of the server so far, when it [has tasks](ServerBuilder::tasks).
    pub fn task_counters(&self) -> Option<TaskCounters> {
        self.tasks.as_ref().map(|tasks| tasks.counters())
    }

    /// The key that seals what clients carry, when the server was given one.
    #[cfg(feature = "http")]
    pub(crate) fn sealing(&self) -> Option<&Arc<StateKey>> {
        self.state_key.as_ref()
    }

    /// Who knows which arguments are repeated in headers, when the server was built with somebody.
    pub fn tool_headers(&self) -> Option<&Arc<dyn ToolHeaders>> {
        self.tool_headers.as_ref()
    }

    #[cfg(feature = "http")]
    pub(crate) fn handler(&self) -> &Arc<dyn Handler> {
        &self.handler
    }

    #[cfg(feature = "http")]
    pub(crate) fn host(&self) -> &Arc<Host> {
        &self.host
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("config", self.config()).finish_non_exhaustive()
    }
}
