//! A server: what it says of itself, and who serves the requests of its clients.

use std::sync::Arc;

use mcp_engine_proto::Seed;
use mcp_engine_proto::connection::{Closing, Config, Connection};
use mcp_engine_proto::version::Role;

use crate::clock::Clock;
use crate::driver::{Driver, DriverLimits, Shared};
use crate::error::Error;
use crate::handler::Handler;
use crate::host::Host;
use crate::peer::Peer;
use crate::transport::Transport;
use crate::workers::Workers;

/// A server that is ready to be [served](Self::serve), on any number of connections. Clones are the same server.
#[derive(Clone)]
pub struct Server {
    config: Config,
    handler: Arc<dyn Handler>,
    host: Arc<Host>,
    limits: DriverLimits,
}

impl Server {
    /// A server with a handler of its own for every request.
    ///
    /// # Errors
    ///
    /// Outside of a tokio runtime, and for the configuration of a client or one that speaks no revision.
    pub fn new(config: Config, handler: impl Handler) -> Result<Self, Error> {
        let host = Host::new()?;
        Self::on(host, config, Arc::new(handler))
    }

    /// The same, whose handlers run on these workers.
    ///
    /// # Errors
    ///
    /// For the configuration of a client or one that speaks no revision.
    pub fn with_workers(
        workers: Workers,
        config: Config,
        handler: impl Handler,
    ) -> Result<Self, Error> {
        Self::on(Host::on(workers), config, Arc::new(handler))
    }

    fn on(host: Arc<Host>, mut config: Config, handler: Arc<dyn Handler>) -> Result<Self, Error> {
        if config.role != Role::Server {
            return Err(Error::unsupported("a server with the configuration of a client"));
        }
        if config.seed == Seed::default() {
            config.seed = random_seed();
        }
        Connection::new(config.clone())?;
        Ok(Self { config, handler, host, limits: DriverLimits::default() })
    }

    /// With other bounds on its drivers.
    #[must_use]
    pub fn limits(self, limits: DriverLimits) -> Self {
        Self { limits, ..self }
    }

    /// What the server says of itself.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Serves one connection until it is over. To drop the future is to break the connection off.
    ///
    /// # Errors
    ///
    /// The transport is broken otherwise than by the end of the other side.
    pub async fn serve(&self, transport: impl Transport) -> Result<Closing, Error> {
        let (_, driver) = self.open(transport)?;
        driver.await
    }

    /// A connection, and its driver, which has to be polled.
    pub(crate) fn open<T: Transport>(
        &self,
        transport: T,
    ) -> Result<(Peer, Driver<T, dyn Handler>), Error> {
        let mut config = self.config.clone();
        config.topology = transport.topology();
        let shared = Shared::new(Connection::new(config)?, Clock::new());
        let (handler, host) = (Arc::clone(&self.handler), Arc::clone(&self.host));
        let driver = Driver::new(transport, Arc::clone(&shared), handler, host, self.limits);
        Ok((Peer::new(shared), driver))
    }

    pub(crate) fn handler(&self) -> &Arc<dyn Handler> {
        &self.handler
    }

    pub(crate) fn host(&self) -> &Arc<Host> {
        &self.host
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("config", &self.config).finish_non_exhaustive()
    }
}

/// Keys that no peer can know, one for each process and connection.
pub(crate) fn random_seed() -> Seed {
    use std::hash::{BuildHasher, RandomState};
    let state = RandomState::new();
    Seed([state.hash_one(0), state.hash_one(1)])
}
