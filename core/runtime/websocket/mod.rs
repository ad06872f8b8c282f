//! WebSockets: a message of MCP in each text message.
//!
//! MCP names no such transport; the servers and clients that speak it agree on this form, and on the subprotocol `mcp`. It has streams for
//! nothing, so that a connection is one of the kind that pipes have. Frames, masks, pings and closing are the business of a library that
//! passes the suite for them; what is here turns its messages into ours and back, within the bounds of
//! [`Limits`].

mod accept;
mod connect;
mod socket;
mod stream;

#[cfg(feature = "internal")]
#[doc(hidden)]
pub mod frames;

pub use accept::accept;
pub use connect::{Endpoint, connect};
pub use socket::ClientSocket;
pub use stream::WebSocket;

use mcp_engine_proto::Limits;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// Why there is no WebSocket.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebSocketError {
    /// The URL is none of `ws://` or `wss://`.
    #[error("the URL is not one of a WebSocket")]
    Url,
    /// A `wss` URL without the feature `tls`.
    #[error("wss needs the cargo feature tls")]
    TlsMissing,
    /// TLS cannot be had here.
    #[error("TLS is not possible here: {0}")]
    Tls(String),
    /// Nobody answers there.
    #[error("there is no connection")]
    Connect(#[source] std::io::Error),
    /// The other side does not speak WebSocket, or not as it should.
    #[error("the handshake has failed")]
    Handshake(#[source] Box<tokio_tungstenite::tungstenite::Error>),
    /// The handshake took longer than it may.
    #[error("the handshake took too long")]
    TimedOut,
}

/// What the library may hold for a connection.
fn config(limits: &Limits) -> WebSocketConfig {
    let longest = limits.message_bytes as usize;
    WebSocketConfig::default()
        .max_message_size(Some(longest))
        .max_frame_size(Some(longest))
        // What is sent may be longer than what is taken: a connection holds no more than that.
        .max_write_buffer_size((limits.outbox_bytes as usize).saturating_add(WRITE_AHEAD))
        .read_buffer_size(READ)
}

/// How much is read at a time. The library clears all of it before each read, and keeps it while nothing comes.
const READ: usize = 16 << 10;
/// How much of several small messages is collected before it is written.
const WRITE_AHEAD: usize = 256 << 10;
/// What both sides say they speak.
const SUBPROTOCOL: &str = "mcp";
/// How long a handshake may take.
const HANDSHAKE: std::time::Duration = std::time::Duration::from_secs(10);
