//! Hidden: the handshakes and the frames below our messages, for the suite that holds them against the standard.
//!
//! The suite wants its messages back, also binary ones, which are none of MCP. What opens a connection here is what opens those of
//! [`accept`](super::accept) and [`connect`](super::connect), under the same bounds.

use mcp_engine_proto::Limits;
use mcp_engine_proto::http::HostPolicy;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::Request;

use super::{WebSocketError, accept::accepted, connect::connected};

/// The frames behind a handshake as a server.
///
/// # Errors
///
/// Those of [`accept`](super::accept).
pub async fn accept(
    stream: TcpStream,
    limits: &Limits,
) -> Result<WebSocketStream<TcpStream>, WebSocketError> {
    accepted(stream, &HostPolicy::default(), limits).await
}

/// The frames behind a handshake as a client.
///
/// # Errors
///
/// Those of [`connect`](super::connect).
pub async fn connect(
    stream: TcpStream,
    request: Request,
    limits: &Limits,
) -> Result<WebSocketStream<TcpStream>, WebSocketError> {
    connected(stream, request, limits).await
}
