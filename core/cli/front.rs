//! Where clients are served: standard input and output, or an address.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use mcp_engine_proto::http::HostPolicy;
use mcp_engine_proto::{Limits, Pool};
use mcp_engine_runtime::http_server::{HttpServerConfig, HttpService, HttpSsePaths};
use mcp_engine_runtime::proxy::Proxy;
use mcp_engine_runtime::server::Server;
use mcp_engine_runtime::transport::{
    Bind, ByteStream, Listener, Socket, Stdio, Transport, TransportLimits,
};
use mcp_engine_runtime::websocket;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::failure::Failure;

#[derive(Clone, Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct Front {
    /// Over standard input and output, which is the default
    #[arg(long)]
    stdio: bool,

    /// Over Streamable HTTP at /mcp, and HTTP+SSE at /sse
    #[arg(long, value_name = "ADDRESS")]
    http: Option<SocketAddr>,

    /// Over WebSockets
    #[arg(long, value_name = "ADDRESS")]
    ws: Option<SocketAddr>,

    /// Over a Unix socket
    #[arg(long, value_name = "PATH")]
    unix: Option<PathBuf>,

    /// Over TCP, lines of JSON as over standard input
    #[arg(long, value_name = "ADDRESS")]
    tcp: Option<SocketAddr>,
}

/// Something that can be served.
pub(crate) trait Serve: Clone + Send + Sync + 'static {
    /// Serves one connection until it is over.
    fn serve_one(
        &self,
        transport: impl Transport,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// The same as a server, for HTTP.
    fn server(&self) -> impl Future<Output = Result<Server, Failure>> + Send;
}

impl Serve for Server {
    async fn serve_one(&self, transport: impl Transport) -> Result<(), Failure> {
        self.serve(transport).await?;
        Ok(())
    }

    async fn server(&self) -> Result<Self, Failure> {
        Ok(self.clone())
    }
}

impl Serve for Proxy {
    async fn serve_one(&self, transport: impl Transport) -> Result<(), Failure> {
        self.serve(transport).await?;
        Ok(())
    }

    async fn server(&self) -> Result<Server, Failure> {
        Ok(Self::server(self).await?)
    }
}

impl Front {
    /// Serves until the client is gone, or the program is asked to end.
    pub(crate) async fn serve<S: Serve>(self, served: &S) -> Result<(), Failure> {
        match self {
            Self { http: Some(address), .. } => serve_http(served, address).await,
            Self { ws: Some(address), .. } => {
                let listener = Bind::tcp(address).listen()?;
                let address = listener.local_address().unwrap_or(address);
                say(format_args!("ws://{address}/"));
                accept(served, &listener, Form::WebSocket).await
            }
            Self { unix: Some(path), .. } => {
                let listener = Bind::unix(&path).listen()?;
                say(format_args!("unix:{}", path.display()));
                accept(served, &listener, Form::Lines).await
            }
            Self { tcp: Some(address), .. } => {
                let listener = Bind::tcp(address).listen()?;
                let address = listener.local_address().unwrap_or(address);
                say(format_args!("tcp://{address}"));
                accept(served, &listener, Form::Lines).await
            }
            Self { .. } => {
                let stdio = Stdio::take(&TransportLimits::default())?;
                served.serve_one(ByteStream::new(stdio, &Limits::default())).await
            }
        }
    }
}

/// Says where clients find it.
fn say(address: fmt::Arguments<'_>) {
    eprintln!("mcp-engine serves on {address}");
}

async fn serve_http<S: Serve>(served: &S, address: SocketAddr) -> Result<(), Failure> {
    let http_sse = HttpSsePaths { stream: "/sse".into(), messages: "/messages".into() };
    let config = HttpServerConfig {
        path: Some("/mcp".into()),
        http_sse: Some(http_sse),
        ..HttpServerConfig::default()
    };
    let listener = TcpListener::bind(address).await.map_err(Failure::of(address))?;
    let address = listener.local_addr().unwrap_or(address);
    let service = HttpService::new(served.server().await?, config)?;
    say(format_args!("http://{address}/mcp"));
    let end = async { drop(tokio::signal::ctrl_c().await) };
    service.serve_until(listener, end).await?;
    Ok(())
}

/// Serves every connection until the program is asked to end.
async fn accept<S: Serve>(served: &S, listener: &Listener, form: Form) -> Result<(), Failure> {
    let (mut connections, pool) = (JoinSet::new(), Pool::default());
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (served, socket, pool) = (served.clone(), accepted?, pool.clone());
                connections.spawn(serve_one(served, socket, form, pool));
            }
            Some(_) = connections.join_next() => {}
            ended = tokio::signal::ctrl_c() => {
                ended?;
                return Ok(());
            }
        }
    }
}

/// What goes wrong on one connection is nobody else's business.
async fn serve_one<S: Serve>(served: S, socket: Socket, form: Form, pool: Pool) {
    let limits = Limits::default();
    let done = match form {
        Form::Lines => served.serve_one(ByteStream::pooled(socket, &limits, &pool)).await,
        Form::WebSocket => match websocket::accept(socket, &HostPolicy::default(), &limits).await {
            Ok(socket) => served.serve_one(socket.pooled(&pool)).await,
            Err(_) => Ok(()),
        },
    };
    if let Err(failure) = done {
        eprintln!("mcp-engine: {failure}");
    }
}

/// What the bytes of a socket are.
#[derive(Clone, Copy, Debug)]
enum Form {
    Lines,
    WebSocket,
}
