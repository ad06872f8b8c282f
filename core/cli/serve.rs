//! `mcp-engine serve`: the everything server, on any transport.

use std::net::SocketAddr;
use std::path::PathBuf;

use mcp_engine_proto::http::HostPolicy;
use mcp_engine_proto::{Limits, Pool};
use mcp_engine_runtime::http_server::{HttpServerConfig, HttpService, HttpSsePaths};
use mcp_engine_runtime::server::Server;
use mcp_engine_runtime::transport::{Bind, ByteStream, Listener, Socket, Stdio, TransportLimits};
use mcp_engine_runtime::websocket;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::everything;
use crate::failure::Failure;

/// Serve one of each thing that MCP has, for trying out clients
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct Args {
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

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let server = everything::server()?;
    match args {
        Args { http: Some(address), .. } => serve_http(server, address).await,
        Args { ws: Some(address), .. } => {
            let listener = Bind::tcp(address).listen()?;
            let address = listener.local_address().unwrap_or(address);
            eprintln!("mcp-engine serves on ws://{address}/");
            accept(&server, &listener, Form::WebSocket).await
        }
        Args { unix: Some(path), .. } => {
            let listener = Bind::unix(&path).listen()?;
            eprintln!("mcp-engine serves on unix:{}", path.display());
            accept(&server, &listener, Form::Lines).await
        }
        Args { tcp: Some(address), .. } => {
            let listener = Bind::tcp(address).listen()?;
            let address = listener.local_address().unwrap_or(address);
            eprintln!("mcp-engine serves on tcp://{address}");
            accept(&server, &listener, Form::Lines).await
        }
        Args { .. } => {
            let stdio = Stdio::take(&TransportLimits::default())?;
            server.serve(ByteStream::new(stdio, &Limits::default())).await?;
            Ok(())
        }
    }
}

async fn serve_http(server: Server, address: SocketAddr) -> Result<(), Failure> {
    let http_sse = HttpSsePaths { stream: "/sse".into(), messages: "/messages".into() };
    let config = HttpServerConfig {
        path: Some("/mcp".into()),
        http_sse: Some(http_sse),
        ..HttpServerConfig::default()
    };
    let listener = TcpListener::bind(address).await.map_err(Failure::of(address))?;
    let address = listener.local_addr().unwrap_or(address);
    eprintln!("mcp-engine serves on http://{address}/mcp");
    let end = async { drop(tokio::signal::ctrl_c().await) };
    HttpService::new(server, config)?.serve_until(listener, end).await?;
    Ok(())
}

/// Serves every connection until the program is asked to end.
async fn accept(server: &Server, listener: &Listener, form: Form) -> Result<(), Failure> {
    let (mut connections, pool) = (JoinSet::new(), Pool::default());
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (server, socket, pool) = (server.clone(), accepted?, pool.clone());
                connections.spawn(serve_one(server, socket, form, pool));
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
async fn serve_one(server: Server, socket: Socket, form: Form, pool: Pool) {
    let limits = Limits::default();
    match form {
        Form::Lines => drop(server.serve(ByteStream::pooled(socket, &limits, &pool)).await),
        Form::WebSocket => {
            if let Ok(socket) = websocket::accept(socket, &HostPolicy::default(), &limits).await {
                drop(server.serve(socket.pooled(&pool)).await);
            }
        }
    }
}

/// What the bytes of a socket are.
#[derive(Clone, Copy, Debug)]
enum Form {
    Lines,
    WebSocket,
}
