//! The side of a client.

use http::HeaderValue;
use http::header::SEC_WEBSOCKET_PROTOCOL;
use mcp_engine_proto::Limits;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::{HANDSHAKE, SUBPROTOCOL, WebSocket, WebSocketError, config};

/// Connects to a URL `ws://host:port/path`.
///
/// # Errors
///
/// The URL is another one, nobody answers there, or not with a WebSocket, or it takes longer than ten seconds.
pub async fn connect(url: &str, limits: &Limits) -> Result<WebSocket<TcpStream>, WebSocketError> {
    let request = request(url)?;
    let is_plain = request.uri().scheme_str() == Some("ws");
    let host = request.uri().host().filter(|_| is_plain).ok_or(WebSocketError::Url)?.to_owned();
    let place = (host.trim_matches(['[', ']']).to_owned(), request.uri().port_u16().unwrap_or(80));
    let socket = timeout(HANDSHAKE, TcpStream::connect(place));
    let socket = socket.await.map_err(|_| WebSocketError::TimedOut)?;
    let socket = socket.map_err(WebSocketError::Connect)?;
    socket.set_nodelay(true).map_err(WebSocketError::Connect)?;
    Ok(WebSocket::new(connected(socket, request, limits).await?, limits))
}

/// The frames of a connection, once the other side has let it through.
pub(super) async fn connected<S>(
    stream: S,
    request: Request,
    limits: &Limits,
) -> Result<WebSocketStream<S>, WebSocketError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let opened =
        timeout(HANDSHAKE, client_async_with_config(request, stream, Some(config(limits))));
    let opened = opened.await.map_err(|_| WebSocketError::TimedOut)?;
    let (opened, _) = opened.map_err(|error| WebSocketError::Handshake(Box::new(error)))?;
    Ok(opened)
}

fn request(url: &str) -> Result<Request, WebSocketError> {
    let mut request = url.into_client_request().map_err(|_| WebSocketError::Url)?;
    let subprotocol = HeaderValue::from_static(SUBPROTOCOL);
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, subprotocol);
    Ok(request)
}
