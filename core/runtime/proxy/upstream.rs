//! The way to a server.

use std::sync::Arc;

use mcp_engine_proto::connection::{Config, Patience, UnknownMethods};
use mcp_engine_proto::json::Raw;

use super::behind::Behind;
use super::board::Board;
use crate::client::Client;
use crate::error::Error;
use crate::transport::Transport;

/// A connection to the server that a proxy needs: whoever made the proxy gives it a transport.
#[derive(Debug)]
#[must_use = "the proxy waits for it"]
pub struct Upstream {
    config: Config,
    board: Arc<Board>,
}

impl Upstream {
    pub(super) fn new(
        config: &Config,
        board: &Arc<Board>,
        declared: &str,
    ) -> Result<Self, mcp_engine_proto::Error> {
        let mut config = config.clone().capabilities(Raw::parse(declared)?);
        config.unknown_methods = UnknownMethods::Deliver;
        let silence = u64::try_from(board.limits.silence.as_nanos()).unwrap_or(u64::MAX);
        config.patience = Patience { idle_ns: silence, ..Patience::default() };
        Ok(Self { config, board: Arc::clone(board) })
    }

    /// Connects: the handshake is finished when this returns.
    ///
    /// # Errors
    ///
    /// As for [`Client::connect`].
    pub async fn connect(self, transport: impl Transport) -> Result<Client, Error> {
        Client::connect(self.config, transport, Behind(self.board)).await
    }
}
