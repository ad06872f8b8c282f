//! Servers that run already: where they are, and how they are reached.

use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mcp_engine::Limits;
use mcp_engine::connection::{Framing, Topology};
use mcp_engine::http::Url;
use mcp_engine::http_client::{
    AddressPolicy, HttpError, HttpKind, HttpOptions, HttpTransport, StandaloneStream,
};
use mcp_engine::schema::{HeaderTables, Limits as SchemaLimits};
use mcp_engine::transport::{ByteStream, Socket, Transport, TransportLimits};
use mcp_engine::websocket;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rustix::pipe::{PipeFlags, pipe_with};

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
    WebSocket { url: String },
    Unix { path: PathBuf },
    Tcp { host: String, port: u16 },
}

#[pymethods]
impl Remote {
    /// A server of Streamable HTTP, in either era. It is found out when it is one of HTTP+SSE (MCP 2024-11-05) instead; with
    /// `kind="sse"` it is taken for one at once.
    ///
    /// `headers` go to this server and nowhere else. `addresses` is "any", or "public" for URLs that come from elsewhere: then no name leads to
    /// loopback, private or link-local addresses. `listen=False` does without the stream of what belongs to no request. Times are in
    /// seconds: for a connection to be made, and for a response to bring nothing.
    ///
    /// Raises ValueError for a URL that is none of a server, a header that cannot be given, and values that there are not.
    #[staticmethod]
    #[pyo3(signature = (url, headers = None, *, kind = "streamable", addresses = "any", listen = true, connect_timeout = None, read_timeout = None))]
    fn http(
        url: &str,
        headers: Option<Vec<(String, String)>>,
        kind: &str,
        addresses: &str,
        listen: bool,
        connect_timeout: Option<f64>,
        read_timeout: Option<f64>,
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
        let client = &mut options.client;
        client.connect_ms = milliseconds(connect_timeout)?.unwrap_or(client.connect_ms);
        client.head_ms = milliseconds(read_timeout)?.unwrap_or(client.head_ms);
        client.idle_ms = milliseconds(read_timeout)?.unwrap_or(client.idle_ms);
        Ok(Self { place: Place::Http { url: url.to_owned(), options: Arc::new(options) } })
    }

    /// A server of WebSockets, at a URL `ws://host:port/path`.
    #[staticmethod]
    fn websocket(url: String) -> Self {
        Self { place: Place::WebSocket { url } }
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
        let runtime = runtime()?;
        let (ended, end) = pipe_with(PipeFlags::CLOEXEC).map_err(io::Error::from)?;
        let ferry = Ferry::start(runtime, self.place.clone().connect(*limits), end)?;
        Ok(Reached { ferry, ended })
    }

    pub(crate) fn topology(&self) -> Topology {
        match self.place {
            Place::Http { .. } => Topology::Http,
            _ => Topology::Duplex,
        }
    }

    pub(crate) fn framing(&self) -> Framing {
        match self.place {
            Place::Http { .. } | Place::WebSocket { .. } => Framing::Bare,
            Place::Unix { .. } | Place::Tcp { .. } => Framing::Line,
        }
    }
}

impl Place {
    async fn connect(self, limits: Limits) -> io::Result<Box<dyn Transport>> {
        let waits = TransportLimits::default();
        Ok(match self {
            Self::Http { url, options } => {
                let mut options = HttpOptions::clone(&options);
                options.limits = limits;
                Box::new(HttpTransport::new(&url, options)?)
            }
            Self::WebSocket { url } => {
                let socket = websocket::connect(&url, &limits).await;
                Box::new(socket.map_err(io::Error::other)?)
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
