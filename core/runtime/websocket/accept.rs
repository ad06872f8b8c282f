//! The side of a server.

use http::header::{HOST, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use http::{HeaderValue, StatusCode};
use mcp_engine_proto::Limits;
use mcp_engine_proto::http::{Head, HostPolicy, HttpLimits};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

use super::{HANDSHAKE, SUBPROTOCOL, WebSocket, WebSocketError, config};

/// Takes a connection for a WebSocket, when it comes from a host and a page that are let through.
///
/// ```
/// use mcp_engine_proto::Limits;
/// use mcp_engine_proto::http::HostPolicy;
/// use mcp_engine_runtime::client::Client;
/// use mcp_engine_runtime::server::Server;
/// use mcp_engine_runtime::websocket;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// let url = format!("ws://{}/", listener.local_addr()?);
/// let server = Server::builder("notes", "1.0").build()?;
/// tokio::spawn(async move {
///     let (socket, _) = listener.accept().await.expect("a connection");
///     let socket = websocket::accept(socket, &HostPolicy::default(), &Limits::default()).await;
///     server.serve(socket.expect("a handshake")).await
/// });
/// let socket = websocket::connect(&url, &Limits::default()).await?;
/// let client = Client::builder("me", "1.0").connect(socket).await?;
/// assert_eq!(client.list_tools().await.ok().map(|tools| tools.len()), None, "it has none");
/// client.close().await;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// The handshake has failed, was refused, or took longer than ten seconds. The other side was told where it can be.
pub async fn accept<S>(
    stream: S,
    hosts: &HostPolicy,
    limits: &Limits,
) -> Result<WebSocket<S>, WebSocketError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    Ok(WebSocket::new(accepted(stream, hosts, limits).await?, limits))
}

/// The frames of a connection that was let through.
pub(super) async fn accepted<S>(
    stream: S,
    hosts: &HostPolicy,
    limits: &Limits,
) -> Result<WebSocketStream<S>, WebSocketError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    #[expect(clippy::result_large_err, reason = "the library wants the response by value")]
    let judge = |request: &Request, response: Response| judged(request, response, hosts);
    let opened =
        timeout(HANDSHAKE, accept_hdr_async_with_config(stream, judge, Some(config(limits))));
    let opened = opened.await.map_err(|_| WebSocketError::TimedOut)?;
    opened.map_err(|error| WebSocketError::Handshake(Box::new(error)))
}

/// Lets a handshake through, or refuses it as an HTTP server would.
#[expect(clippy::result_large_err, reason = "the library wants the response by value")]
fn judged(
    request: &Request,
    mut response: Response,
    hosts: &HostPolicy,
) -> Result<Response, ErrorResponse> {
    let fields = request.headers().iter().filter(|(name, _)| [HOST, ORIGIN].contains(name));
    let fields = fields.map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
    let checked = Head::read(fields, &HttpLimits::default()).and_then(|head| hosts.check(&head));
    if let Err(rejection) = checked {
        crate::trace::handshake_refused(rejection.name());
        let mut refused = ErrorResponse::new(Some(rejection.to_string()));
        let status = StatusCode::from_u16(rejection.status().code());
        *refused.status_mut() = status.unwrap_or(StatusCode::FORBIDDEN);
        return Err(refused);
    }
    let offered = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    let mut offered =
        offered.filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(','));
    if offered.any(|own| own.trim() == SUBPROTOCOL) {
        let chosen = HeaderValue::from_static(SUBPROTOCOL);
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, chosen);
    }
    Ok(response)
}
