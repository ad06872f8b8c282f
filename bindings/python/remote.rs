//! Servers that run already: where they are, and how they are reached.

use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mcp_engine::connection::{Framing, Topology};
use mcp_engine::http::Url;
use mcp_engine::http_client::{
    AddressPolicy, HttpError, HttpKind, HttpOptions, HttpSession, HttpTransport, Leaving,
    StandaloneStream,
};
use mcp_engine::schema::{HeaderTables, Limits as SchemaLimits};
use mcp_engine::transport::{ByteStream, Socket, Transport, TransportLimits};
use mcp_engine::websocket::Endpoint;
use mcp_engine::{Duplicates, Limits};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rustix::pipe::{PipeFlags, pipe_with};

use crate::authorizer::Authorizer;
use crate::error::lost;
use crate::ferry::Ferry;
use crate::program::runtime;

/// A server that runs already, to be reached by `http`, `sse`, `websocket`, `unix` or `tcp`.
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct Remote {
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    Http { url: String, options: Arc<HttpOptions> },
    WebSocket(Box<Endpoint>),
    Unix { path: PathBuf },
    Tcp { host: String, port: u16 },
}

#[pymethods]
impl Remote {
    /// A server of Streamable HTTP, in either era. It is found out when it is one of HTTP+SSE (MCP 2024-11-05) instead; with
    /// `kind="sse"` it is taken for one at once.
    ///
    /// `headers` go to this server and nowhere else. `addresses` is "any", or "public" for URLs that come from elsewhere: then no name leads to
    /// loopback, private or link-local addresses. `listen=False` does without the stream of what belongs to no request, and `end_session=False` leaves
    /// the session as it is in the end. Times are in seconds: for a connection to be made, for a response to bring nothing, and for a stream to
    /// bring nothing that answers no request. A stream that breaks and brings nothing new is opened so often again, at most, as `reconnects` says.
    /// `authorizer` goes along with every request.
    ///
    /// Raises ValueError for a URL that is none of a server, a header that cannot be given, and values that there are not.
    #[staticmethod]
    #[pyo3(signature = (url, headers = None, *, kind = "streamable", addresses = "any", listen = true, end_session = true, connect_timeout = None, read_timeout = None, stream_timeout = None, reconnects = None, authorizer = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn http(
        url: &str,
        headers: Option<Vec<(String, String)>>,
        kind: &str,
        addresses: &str,
        listen: bool,
        end_session: bool,
        connect_timeout: Option<f64>,
        read_timeout: Option<f64>,
        stream_timeout: Option<f64>,
        reconnects: Option<u32>,
        authorizer: Option<&Authorizer>,
    ) -> PyResult<Self> {
        Url::parse(url).ok_or_else(|| refuse(&HttpError::Url))?;
        let tables = HeaderTables::new(SchemaLimits::default());
        let mut options = HttpOptions::default().tool_headers(tables);
        for (name, value) in headers.unwrap_or_default() {
            options = options.header(&name, &value).map_err(|error| refuse(&error))?;
        }
        options = match kind {
            "streamable" => options,
            "sse" => options.kind(HttpKind::HttpSse),
            _ => return Err(PyValueError::new_err("kind is \"streamable\" or \"sse\"")),
        };
        options = match addresses {
            "any" => options,
            "public" => options.addresses(AddressPolicy::PublicOnly),
            _ => return Err(PyValueError::new_err("addresses is \"any\" or \"public\"")),
        };
        if !listen {
            options = options.standalone(StandaloneStream::Never);
        }
        if !end_session {
            options = options.leaving(Leaving::Keep);
        }
        if let Some(authorizer) = authorizer {
            options = options.authorization_flows(authorizer.flows());
        }
        options.http.reconnects = reconnects.unwrap_or(options.http.reconnects);
        let client = &mut options.client;
        client.connect_ms = milliseconds(connect_timeout)?.unwrap_or(client.connect_ms);
        client.head_ms = milliseconds(read_timeout)?.unwrap_or(client.head_ms);
        client.idle_ms = milliseconds(read_timeout)?.unwrap_or(client.idle_ms);
        client.stream_idle_ms = milliseconds(stream_timeout)?.unwrap_or(client.stream_idle_ms);
        Ok(Self { place: Place::Http { url: url.to_owned(), options: Arc::new(options) } })
    }

    /// A server of WebSockets, at a URL `ws://host:port/path` or `wss://host:port/path`.
    ///
    /// Raises ValueError for another URL, and for `wss://` where TLS is not to be had.
    #[staticmethod]
    fn websocket(url: &str) -> PyResult<Self> {
        let endpoint = Endpoint::new(url);
        let endpoint = endpoint.map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(Self { place: Place::WebSocket(Box::new(endpoint)) })
    }

    /// A server of lines, at the path of a socket of Unix.
    #[staticmethod]
    fn unix(path: PathBuf) -> Self {
        Self { place: Place::Unix { path } }
    }

    /// A server of lines, at a host and a port.
    #[staticmethod]
    fn tcp(host: String, port: u16) -> Self {
        Self { place: Place::Tcp { host, port } }
    }

    fn __repr__(&self) -> String {
        format!("Remote({:?})", self.place)
    }
}

/// A way to a server, on which nothing was said yet.
pub(crate) struct Reached {
    pub(crate) ferry: Ferry,
    /// Can be read once nothing is left of the connection.
    pub(crate) ended: OwnedFd,
}

impl Remote {
    /// Begins to connect.
    pub(crate) fn reach(&self, limits: &Limits) -> PyResult<Reached> {
        ferry(self.place.clone().connect(*limits, Duplicates::default()))
    }

    /// As `reach`, with what becomes known of a session of HTTP. What is not to be had whatever the server says is told at once, and the stream of
    /// HTTP+SSE is opened before anything is said.
    pub(crate) fn reach_told(
        &self,
        py: Python<'_>,
        limits: &Limits,
    ) -> PyResult<(Reached, Option<HttpSession>)> {
        // As with the pipes of a program: what is below the envelope is for whoever reads it.
        let duplicates = Duplicates::Reserved;
        let Place::Http { url, options } = &self.place else {
            return Ok((ferry(self.place.clone().connect(*limits, duplicates))?, None));
        };
        let mut options = HttpOptions::clone(options);
        options.duplicates = duplicates;
        let transport = http(url, &options, limits).map_err(|error| lost(py, &error.into()))?;
        let session = transport.session();
        let reached = ferry(async move {
            let transport = transport.opened().await?;
            Ok(Box::new(transport) as Box<dyn Transport>)
        });
        Ok((reached?, Some(session)))
    }

    pub(crate) fn topology(&self) -> Topology {
        match self.place {
            Place::Http { .. } => Topology::Http,
            _ => Topology::Duplex,
        }
    }

    pub(crate) fn framing(&self) -> Framing {
        match self.place {
            Place::Http { .. } | Place::WebSocket(_) => Framing::Bare,
            Place::Unix { .. } | Place::Tcp { .. } => Framing::Line,
        }
    }
}

impl Place {
    async fn connect(
        self,
        limits: Limits,
        duplicates: Duplicates,
    ) -> io::Result<Box<dyn Transport>> {
        let waits = TransportLimits::default();
        Ok(match self {
            Self::Http { url, options } => Box::new(http(&url, &options, &limits)?),
            Self::WebSocket(endpoint) => {
                let socket = endpoint.connect(&limits).await;
                Box::new(socket.map_err(io::Error::other)?.duplicates(duplicates))
            }
            Self::Unix { path } => {
                let socket = Socket::connect_unix(path, &waits).await;
                Box::new(ByteStream::new(socket.map_err(io::Error::other)?, &limits))
            }
            Self::Tcp { host, port } => {
                let host = if host.contains(':') { format!("[{host}]") } else { host };
                let socket = Socket::connect_tcp(format!("{host}:{port}"), &waits).await;
                Box::new(ByteStream::new(socket.map_err(io::Error::other)?, &limits))
            }
        })
    }
}

/// Has the thread of the engine connect, and carry messages.
fn ferry(
    connecting: impl Future<Output = io::Result<Box<dyn Transport>>> + Send + 'static,
) -> PyResult<Reached> {
    let (ended, end) = pipe_with(PipeFlags::CLOEXEC).map_err(io::Error::from)?;
    let ferry = Ferry::start(runtime()?, connecting, end)?;
    Ok(Reached { ferry, ended })
}

fn http(url: &str, options: &HttpOptions, limits: &Limits) -> Result<HttpTransport, HttpError> {
    let mut options = HttpOptions::clone(options);
    options.limits = *limits;
    options.client.waiting = limits.own_requests;
    options.client.waiting_bytes = limits.outbox_bytes;
    HttpTransport::new(url, options)
}

fn refuse(error: &HttpError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

fn milliseconds(seconds: Option<f64>) -> PyResult<Option<u64>> {
    let Some(seconds) = seconds else { return Ok(None) };
    let waited = Duration::try_from_secs_f64(seconds).ok().map(|waited| waited.as_millis());
    let ms = waited.and_then(|ms| u64::try_from(ms).ok()).filter(|ms| *ms <= LONGEST);
    ms.map(Some).ok_or_else(|| PyValueError::new_err("a timeout is a number of seconds from 0 on"))
}

/// A year, in milliseconds.
const LONGEST: u64 = 365 * 24 * 60 * 60 * 1_000;
