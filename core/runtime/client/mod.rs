//! A client: connects, finds out which era its server is of, and asks.

mod builder;
mod call;
mod inputs;
mod listening;
mod requests;
mod task;

pub use builder::ClientBuilder;
pub use call::{CallTool, ToolResult};
pub use inputs::Refusal;
pub use listening::Listening;
pub use task::{Started, Task};

use inputs::Inputs;

use std::sync::{Arc, Mutex};

use mcp_engine_proto::connection::{Closing, Config, Connection};
use mcp_engine_proto::version::{Role, Version};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::driver::{Driver, DriverLimits, Shared};
use crate::error::Error;
use crate::handler::Handler;
use crate::host::Host;
use crate::peer::Peer;
use crate::transport::Transport;
use crate::workers::lock;

/// A client with its connection. Clones share it; when the last one is gone, it is closed.
#[derive(Clone, Debug)]
pub struct Client {
    peer: Peer,
    version: Version,
    inputs: Inputs,
    open: Arc<Open>,
}

/// Closes the connection when it is dropped.
#[derive(Debug)]
struct Open {
    peer: Peer,
    driver: Mutex<Option<JoinHandle<Result<Closing, Error>>>>,
}

impl Client {
    /// A client, to be put together.
    pub fn builder(name: &str, version: &str) -> ClientBuilder {
        ClientBuilder::new(name, version)
    }

    /// Connects: the handshake is finished when this returns. `handler` serves what the server asks.
    ///
    /// # Errors
    ///
    /// The two have nothing in common, the server has refused or not answered the handshake, or the transport broke; and outside of a
    /// tokio runtime.
    pub async fn connect(
        mut config: Config,
        transport: impl Transport,
        handler: impl Handler,
    ) -> Result<Self, Error> {
        if config.role != Role::Client {
            return Err(Error::unsupported("a client with the configuration of a server"));
        }
        config.topology = transport.topology();
        let shared = Shared::new(Connection::new(config)?, Clock::new(), None);
        let (handler, host) = (Arc::new(handler), Host::new()?);
        let limits = DriverLimits::default();
        let driver = Driver::new(transport, Arc::clone(&shared), handler, host, limits);
        let peer = Peer::new(Arc::clone(&shared));
        shared.attempt(|state, now| state.connection.start(now))?;
        let driver = Mutex::new(Some(tokio::spawn(driver)));
        let open = Arc::new(Open { peer: peer.clone(), driver });
        let version = peer.ready().await?;
        Ok(Self { peer, version, inputs: Inputs::default(), open })
    }

    /// Closes the connection, of all clones, and waits until the transport has said good-bye. What is in flight fails.
    pub async fn close(self) {
        self.peer.close();
        let driver = lock(&self.open.driver).take();
        if let Some(driver) = driver {
            // How it has ended makes no difference any more.
            let _ = driver.await;
        }
    }

    /// The revision that is spoken.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The server, to ask it anything.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.peer.close();
    }
}
