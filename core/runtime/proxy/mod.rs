//! A server before a server: clients of every revision, over any transport, reach a server of any revision over any other.
//!
//! Requests and results are passed on as they are spelled. What differs between the eras is made up for: a question of a server of the legacy
//! era becomes a result that asks, for which the request is parked until its client comes again; a result that asks becomes questions to a
//! client of the legacy era; subscriptions become those of the other era. Every session of the legacy era has a connection to the server of its
//! own, which ends with it and it with that; requests that stand alone share one for each principal and each set of capabilities, and it is
//! made anew when it is gone.
//!
//! ```text
//!           ┌───────┐   lines    ┌────────┐
//! clients ─▶│ front │──▶ slot ──▶│ behind │──▶ server
//!         ◀─│       │◀── board ◀─│        │◀──
//!           └───────┘            └────────┘
//! ```

mod behind;
mod board;
mod front;
mod gathering;
mod limits;
mod lines;
mod parking;
mod peek;
mod question;
mod relay;
mod slot;
mod state;
mod upstream;
mod watching;

pub use limits::{ProxyCounters, ProxyLimit, ProxyLimits};
pub use upstream::Upstream;

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use mcp_engine_executor::Limits as WorkerLimits;
use mcp_engine_proto::connection::{Closing, Config, SessionRequests, UnknownMethods};
use mcp_engine_proto::http::ToolHeaders;
use mcp_engine_proto::json::Raw;

use self::board::Board;
use self::front::Front;
use self::limits::Tally;
use self::lines::{Gone, Line, Lines};
use self::parking::Parking;
use self::peek::Peeked;
use crate::client::Client;
use crate::error::Error;
use crate::host::Host;
use crate::server::{Changes, Server};
use crate::transport::Transport;
use crate::workers::{Workers, WorkersConfig, lock};

type Connecting = Pin<Box<dyn Future<Output = Result<Client, Unreached>> + Send>>;
type Unreached = Box<dyn std::error::Error + Send + Sync>;

/// A proxy before one server. Clones are the same proxy.
///
/// ```no_run
/// use mcp_engine_proto::Limits;
/// use mcp_engine_runtime::Error;
/// use mcp_engine_runtime::proxy::Proxy;
/// use mcp_engine_runtime::transport::{ByteStream, Command, Stdio};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let proxy = Proxy::builder("proxy", "1.0", |upstream| async {
///     let (stream, _child) = Command::new("files-server").spawn()?;
///     upstream.connect(ByteStream::new(stream, &Limits::default())).await
/// });
/// let proxy = proxy.build()?;
/// let stdio = Stdio::take(&Default::default())?;
/// proxy.serve(ByteStream::new(stdio, &Limits::default())).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
}

/// Puts a proxy together.
#[must_use]
pub struct ProxyBuilder {
    name: String,
    version: String,
    config: Config,
    connect: Box<dyn Fn(Upstream) -> Connecting + Send + Sync>,
    limits: ProxyLimits,
    tool_headers: Option<Arc<dyn ToolHeaders>>,
}

/// What all parts of a proxy share.
pub(crate) struct Shared {
    name: String,
    version: String,
    /// That of the client that the server sees.
    config: Config,
    connect: Box<dyn Fn(Upstream) -> Connecting + Send + Sync>,
    host: Arc<Host>,
    changes: Changes,
    lines: Lines,
    parking: Parking,
    limits: ProxyLimits,
    tally: Arc<Tally>,
    tool_headers: Option<Arc<dyn ToolHeaders>>,
    /// The capabilities that the server has declared last.
    declared: Mutex<String>,
}

impl Proxy {
    /// A proxy, to be put together. Its server sees a client of that name and version. `connect` is called for every connection to the server
    /// that is needed, and gives it a transport.
    pub fn builder<W, E>(
        name: &str,
        version: &str,
        connect: impl Fn(Upstream) -> W + Send + Sync + 'static,
    ) -> ProxyBuilder
    where
        W: Future<Output = Result<Client, E>> + Send + 'static,
        E: Into<Unreached>,
    {
        let connect = Box::new(move |upstream| {
            let connecting = connect(upstream);
            Box::pin(async { connecting.await.map_err(Into::into) }) as Connecting
        });
        let config = Config::client(name, version);
        let limits = ProxyLimits::default();
        let (name, version) = (name.to_owned(), version.to_owned());
        ProxyBuilder { name, version, config, connect, limits, tool_headers: None }
    }

    /// Serves one connection until it is over. The server is connected with what the client declares first.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, or was gone before a session was over; the transport is broken.
    pub async fn serve(&self, transport: impl Transport) -> Result<Closing, Error> {
        let shared = &self.shared;
        let peeked = Peeked::new(transport)
            .await
            .map_err(|error| Error::unexpected("the transport", error))?;
        let Some(peeked) = peeked else { return Ok(Closing::Peer) };
        let declared = peeked.declared().to_owned();
        let line = slot::connect(shared, &declared).await?;
        let front = Arc::new(Front::new(Arc::clone(shared)));
        let server = self.server_like(&line, Arc::clone(&front))?;
        let (peer, driver) = server.open(peeked);
        shared.lines.spare(Some(peer.shared().number()), &declared, line);
        drop(peer);
        let closing = driver.await;
        match front.has_lost() {
            Gone::Yes => Err(Error::unreachable(slot::GONE)),
            Gone::No => closing,
        }
    }

    /// The proxy as a server, to be served over HTTP. The server behind it is connected for that.
    ///
    /// # Errors
    ///
    /// The server cannot be reached.
    pub async fn server(&self) -> Result<Server, Error> {
        let line = slot::connect(&self.shared, "{}").await?;
        let front = Arc::new(Front::new(Arc::clone(&self.shared)));
        let server = self.server_like(&line, front)?;
        self.shared.lines.spare(None, "{}", line);
        Ok(server)
    }

    fn server_like(&self, line: &Line, front: Arc<Front>) -> Result<Server, Error> {
        let shared = &self.shared;
        let config = shared.config_like(&line.client)?;
        let host = Arc::clone(&shared.host);
        let server = Server::assemble(host, config, front, shared.changes.clone())?;
        Ok(server.with_tool_headers(shared.tool_headers.clone()))
    }

    /// What was refused or ended so far.
    pub fn counters(&self) -> ProxyCounters {
        self.shared.tally.counters()
    }

    /// How many connections to the server there are, or are to be.
    pub fn upstreams(&self) -> usize {
        self.shared.lines.len()
    }

    /// How many requests wait for their clients to come again.
    pub fn parked(&self) -> usize {
        self.shared.parking.len()
    }

    /// Closes every connection to the server, and waits for that. What is on its way fails.
    pub async fn close(&self) {
        self.shared.parking.clear();
        for slot in self.shared.lines.clear() {
            slot.close().await;
        }
    }
}

impl ProxyBuilder {
    /// With other bounds.
    pub fn limits(self, limits: ProxyLimits) -> Self {
        Self { limits, ..self }
    }

    /// Shows the lists of tools that pass to somebody who reads `x-mcp-header` in their schemas, and has headers of calls checked by that (MCP
    /// 2026-07-28, Streamable HTTP).
    pub fn tool_headers(self, tool_headers: impl ToolHeaders + 'static) -> Self {
        Self { tool_headers: Some(Arc::new(tool_headers)), ..self }
    }

    /// Changes anything of the configuration of the client that the server sees: revisions, limits.
    pub fn configure(mut self, configure: impl FnOnce(&mut Config)) -> Self {
        configure(&mut self.config);
        self
    }

    /// The proxy.
    ///
    /// # Errors
    ///
    /// Outside of a tokio runtime.
    pub fn build(self) -> Result<Proxy, Error> {
        let Self { name, version, config, connect, limits, tool_headers } = self;
        let workers = WorkerLimits { running: limits.calls, ..WorkerLimits::default() };
        let workers = WorkersConfig { limits: workers, ..WorkersConfig::default() };
        let shared = Arc::new(Shared {
            name,
            version,
            config,
            connect,
            host: Host::on(Workers::new(workers)?),
            changes: Changes::default(),
            lines: Lines::default(),
            parking: Parking::default(),
            limits,
            tally: Arc::default(),
            tool_headers,
            declared: Mutex::default(),
        });
        tokio::spawn(lines::reap(Arc::downgrade(&shared)));
        Ok(Proxy { shared })
    }
}

impl Shared {
    /// Connects to the server for a client that has declared this.
    async fn connect(&self, declared: &str) -> Result<Line, Error> {
        let board = Board::new(self.limits, Arc::clone(&self.tally));
        let upstream = Upstream::new(&self.config, &board, declared)?;
        let client = (self.connect)(upstream).await.map_err(Error::unreachable)?;
        if let Some(declared) = client.peer().declared() {
            *lock(&self.declared) = declared;
        }
        Ok(Line { client, board })
    }

    /// A server that says of itself what the server says.
    fn config_like(&self, client: &Client) -> Result<Config, Error> {
        let peer = client.peer();
        let declared = peer.declared().unwrap_or_else(|| "{}".to_owned());
        let config = Config::server(&self.name, &self.version);
        let mut config = config.capabilities(Raw::parse(&declared)?);
        if let Some(implementation) = peer.implementation() {
            config = config.implementation(Raw::parse(&implementation)?);
        }
        if let Some(instructions) = peer.instructions() {
            config = config.instructions(&instructions);
        }
        config.limits = self.config.limits;
        config.unknown_methods = UnknownMethods::Deliver;
        config.session_requests = SessionRequests::Deliver;
        Ok(config)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("lines", &self.lines).finish_non_exhaustive()
    }
}

impl fmt::Debug for ProxyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyBuilder").field("limits", &self.limits).finish_non_exhaustive()
    }
}
