//! The side of a client.

use std::fmt;
use std::io;

use http::HeaderValue;
use http::header::SEC_WEBSOCKET_PROTOCOL;
use mcp_engine_proto::Limits;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::{ClientSocket, HANDSHAKE, SUBPROTOCOL, WebSocket, WebSocketError, config};
#[cfg(feature = "tls")]
use crate::tls::{Tls, Unsecured};

/// Connects to a URL `ws://host:port/path` or, with the feature `tls`, `wss://host:port/path`, by the roots of the system.
///
/// # Errors
///
/// The URL is another one, TLS is not to be had, nobody answers there, or not with a WebSocket, or it takes longer than ten seconds.
pub async fn connect(
    url: &str,
    limits: &Limits,
) -> Result<WebSocket<ClientSocket>, WebSocketError> {
    Endpoint::new(url)?.connect(limits).await
}

/// Where a server of WebSockets is, and how it is reached.
///
/// ```
/// use mcp_engine_runtime::websocket::Endpoint;
///
/// assert!(Endpoint::new("ws://localhost:8080/mcp").is_ok());
/// assert!(Endpoint::new("http://localhost:8080/mcp").is_err());
/// ```
#[derive(Clone)]
pub struct Endpoint {
    request: Request,
    host: String,
    port: u16,
    security: Security,
}

#[derive(Clone)]
enum Security {
    Plain,
    #[cfg(feature = "tls")]
    Tls(Tls),
}

impl Endpoint {
    /// The place that a URL names.
    ///
    /// # Errors
    ///
    /// It is no URL `ws://` or `wss://`; for `wss`, TLS is not to be had.
    pub fn new(url: &str) -> Result<Self, WebSocketError> {
        Self::made(url, Security::of)
    }

    /// As [`new`](Self::new), with a configuration of TLS: other roots, a certificate of the client, or a provider of cryptography for a processor that the
    /// default one does not serve.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new).
    #[cfg(feature = "tls")]
    pub fn with_tls(
        url: &str,
        config: std::sync::Arc<rustls::ClientConfig>,
    ) -> Result<Self, WebSocketError> {
        Self::made(url, |host| Security::by(host, Some(config)))
    }

    fn made(
        url: &str,
        secured: impl FnOnce(&str) -> Result<Security, WebSocketError>,
    ) -> Result<Self, WebSocketError> {
        let request = request(url)?;
        let host = request.uri().host().ok_or(WebSocketError::Url)?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let (default, security) = match request.uri().scheme_str() {
            Some("ws") => (80, Security::Plain),
            Some("wss") => (443, secured(&host)?),
            _ => return Err(WebSocketError::Url),
        };
        let port = request.uri().port_u16().unwrap_or(default);
        Ok(Self { request, host, port, security })
    }

    /// Connects.
    ///
    /// # Errors
    ///
    /// Nobody answers there, not with a certificate that is trusted, or not with a WebSocket, or it takes longer than ten seconds.
    pub async fn connect(self, limits: &Limits) -> Result<WebSocket<ClientSocket>, WebSocketError> {
        let socket = timeout(HANDSHAKE, self.socket()).await;
        let socket = socket.map_err(|_| WebSocketError::TimedOut)?;
        let socket = socket.map_err(WebSocketError::Connect)?;
        Ok(WebSocket::new(connected(socket, self.request, limits).await?, limits))
    }

    async fn socket(&self) -> io::Result<ClientSocket> {
        let socket = TcpStream::connect((self.host.as_str(), self.port)).await?;
        socket.set_nodelay(true)?;
        match &self.security {
            Security::Plain => Ok(ClientSocket::new(socket)),
            #[cfg(feature = "tls")]
            Security::Tls(tls) => Ok(ClientSocket::new(tls.connect(socket).await?)),
        }
    }
}

impl Security {
    #[cfg(feature = "tls")]
    fn of(host: &str) -> Result<Self, WebSocketError> {
        Self::by(host, None)
    }

    #[cfg(not(feature = "tls"))]
    fn of(_: &str) -> Result<Self, WebSocketError> {
        Err(WebSocketError::TlsMissing)
    }

    #[cfg(feature = "tls")]
    fn by(
        host: &str,
        config: Option<std::sync::Arc<rustls::ClientConfig>>,
    ) -> Result<Self, WebSocketError> {
        match Tls::new(host, config) {
            Ok(tls) => Ok(Self::Tls(tls)),
            Err(Unsecured::Name) => Err(WebSocketError::Url),
            Err(Unsecured::Unavailable(why)) => Err(WebSocketError::Tls(why)),
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
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
