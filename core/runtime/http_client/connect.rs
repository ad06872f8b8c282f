//! From a URL to a connection: the name, the address, the socket, TLS.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hyper::client::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use mcp_engine_proto::http::{HttpLimits, Scheme, Url};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::line::{Line, Wire};
use super::{AddressPolicy, HttpClientLimit, HttpError, HttpOptions};

/// How connections to one server are made.
pub(super) struct Connector {
    host: String,
    port: u16,
    addresses: AddressPolicy,
    within: Duration,
    http: Builder,
    #[cfg(feature = "tls")]
    tls: Option<crate::tls::Tls>,
}

impl Connector {
    pub(super) fn new(url: &Url, options: &HttpOptions) -> Result<Self, HttpError> {
        let (host, port) = host_and_port(url)?;
        #[cfg(not(feature = "tls"))]
        if url.scheme() == Scheme::Https {
            return Err(HttpError::TlsMissing);
        }
        Ok(Self {
            #[cfg(feature = "tls")]
            tls: match url.scheme() {
                Scheme::Https => Some(crate::tls::Tls::new(&host, options.tls.clone())?),
                Scheme::Http => None,
            },
            host,
            port,
            addresses: options.addresses,
            within: Duration::from_millis(options.client.connect_ms),
            http: http(&options.http),
        })
    }

    /// A new connection.
    pub(super) async fn connect(&self) -> Result<Line, HttpError> {
        let line = timeout(self.within, self.open()).await;
        line.unwrap_or(Err(HttpError::Limit(HttpClientLimit::ConnectMs)))
    }

    async fn open(&self) -> Result<Line, HttpError> {
        let socket = self.socket().await?;
        let wire = self.secured(socket).await?;
        let opened = self.http.handshake(TokioIo::new(wire)).await;
        let (sender, connection) = opened.map_err(HttpError::exchange)?;
        Ok(Line::new(sender, connection))
    }

    /// A socket at the first address that answers, of those that are allowed.
    async fn socket(&self) -> Result<TcpStream, HttpError> {
        let mut refused = HttpError::Connect(io::ErrorKind::NotFound.into());
        let addresses = self.resolve().await?;
        // One that does not answer at all leaves some of the time for the others.
        let share = self.within / u32::try_from(addresses.len()).unwrap_or(1).max(1);
        for address in addresses {
            match timeout(share, self.socket_at(address)).await {
                Ok(Ok(socket)) => return Ok(socket),
                Ok(Err(error)) => refused = error,
                Err(_) => refused = HttpError::Limit(HttpClientLimit::ConnectMs),
            }
        }
        Err(refused)
    }

    async fn resolve(&self) -> Result<Vec<SocketAddr>, HttpError> {
        if let Ok(address) = self.host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, self.port)]);
        }
        let found = lookup_host((self.host.as_str(), self.port)).await;
        Ok(found.map_err(HttpError::Connect)?.take(ADDRESSES).collect())
    }

    async fn socket_at(&self, address: SocketAddr) -> Result<TcpStream, HttpError> {
        self.check(address.ip())?;
        let socket = TcpStream::connect(address).await.map_err(HttpError::Connect)?;
        // A kernel may have its own idea of where that is.
        self.check(socket.peer_addr().map_err(HttpError::Connect)?.ip())?;
        socket.set_nodelay(true).map_err(HttpError::Connect)?;
        Ok(socket)
    }

    fn check(&self, address: IpAddr) -> Result<(), HttpError> {
        self.addresses.allows(address).then_some(()).ok_or(HttpError::Address(address))
    }

    #[cfg(feature = "tls")]
    async fn secured(&self, socket: TcpStream) -> Result<Box<dyn Wire>, HttpError> {
        match &self.tls {
            Some(tls) => Ok(Box::new(tls.connect(socket).await.map_err(HttpError::Connect)?)),
            None => Ok(Box::new(socket)),
        }
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_async, reason = "with TLS there is a handshake to wait for")]
    async fn secured(&self, socket: TcpStream) -> Result<Box<dyn Wire>, HttpError> {
        Ok(Box::new(socket))
    }
}

fn http(limits: &HttpLimits) -> Builder {
    let mut http = Builder::new();
    let head = limits.header_bytes as usize;
    http.max_headers(limits.header_fields as usize);
    http.max_header_size(head);
    http.max_buf_size(head.max(LEAST_BUFFER));
    http
}

fn host_and_port(url: &Url) -> Result<(String, u16), HttpError> {
    let authority = url.authority();
    let default = match url.scheme() {
        Scheme::Http => 80,
        Scheme::Https => 443,
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let port = port.map_or(Ok(default), str::parse).map_err(|_| HttpError::Url)?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Ok((host.to_owned(), port))
}

/// Most addresses of one name that are tried.
const ADDRESSES: usize = 16;
/// Below, the HTTP library does not go; a body needs no less, either.
const LEAST_BUFFER: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_told_apart() {
        for (url, host, port) in [
            ("http://localhost/mcp", "localhost", 80),
            ("https://example.com", "example.com", 443),
            ("http://127.0.0.1:8080/", "127.0.0.1", 8080),
            ("http://[::1]/", "::1", 80),
            ("http://[::1]:9/", "::1", 9),
        ] {
            let url = Url::parse(url).expect("a URL");
            assert_eq!(host_and_port(&url).expect("a host"), (host.to_owned(), port));
        }
    }
}
