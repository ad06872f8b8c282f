//! The ways to a server, and a real server at the end of each.

use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use mcp_engine_proto::Limits;
use mcp_engine_proto::http::HostPolicy;
use mcp_engine_proto::model::{self, JsonObject};
use mcp_engine_runtime::Answer;
use mcp_engine_runtime::http_server::{HttpServerConfig, HttpService, HttpSsePaths};
use mcp_engine_runtime::server::{Arguments, Server, Tool};
use mcp_engine_runtime::transport::{Bind, ByteStream, Listener, Stdio, TransportLimits};
use mcp_engine_runtime::websocket;
use tokio::net::TcpListener;

/// How messages come to a server. Those over HTTP say in which era they are spoken; the others are opened in the legacy one, but for
/// [`Way::Modern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Standard input and output of a child.
    Stdio,
    Memory,
    /// In memory, in the modern era.
    Modern,
    Unix,
    Tcp,
    WebSocket,
    PostLegacy,
    PostModern,
    HttpSse,
}

impl Way {
    pub(crate) const ALL: [Self; 9] = [
        Self::Stdio,
        Self::Memory,
        Self::Modern,
        Self::Unix,
        Self::Tcp,
        Self::WebSocket,
        Self::PostLegacy,
        Self::PostModern,
        Self::HttpSse,
    ];

    /// Whether messages are lines.
    pub(crate) fn is_lines(self) -> bool {
        matches!(self, Self::Stdio | Self::Memory | Self::Modern | Self::Unix | Self::Tcp)
    }

    pub(crate) fn is_http(self) -> bool {
        matches!(self, Self::PostLegacy | Self::PostModern | Self::HttpSse)
    }

    pub(crate) fn is_modern(self) -> bool {
        matches!(self, Self::Modern | Self::PostModern)
    }

    /// The revision that is spoken.
    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::Modern | Self::PostModern => "2026-07-28",
            Self::HttpSse => "2024-11-05",
            _ => "2025-06-18",
        }
    }
}

/// Small enough to be reached.
pub(crate) const LIMITS: Limits = Limits {
    message_bytes: 64 << 10,
    event_bytes: 64 << 10,
    depth: Limits::MAX_DEPTH,
    items: 1_000,
    batch: 10,
    id_bytes: 1 << 10,
    retained: 1 << 20,
    peer_requests: 64,
    own_requests: 64,
    outbox_bytes: 8 << 20,
    events: 256,
    subscriptions: 8,
    uri_bytes: 1 << 10,
    pages: 10,
    tools: 10,
};

/// Has a tool `echo`, which gives back a text, and a tool `never`, which does not answer.
pub(crate) fn server() -> Server {
    let tool = |name| {
        let schema = JsonObject::parse(r#"{"type":"object"}"#).expect("an object");
        model::Tool::new(name, schema)
    };
    Server::builder("hostile", "1.0")
        .tool(Tool::new(tool("echo"), |request, responder| {
            let text = Arguments::of(&request).get::<String>("text");
            responder.answer(&text.map_or_else(Into::into, Answer::text))
        }))
        .tool(Tool::new(tool("never"), |_, responder| responder.later(std::future::pending())))
        .configure(|config| config.limits = LIMITS)
        .build()
        .expect("a server")
}

/// Serves the standard input and output of this process until it ends.
pub(crate) fn serve_stdio() {
    // The harness has begun a line.
    println!();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let stdio = Stdio::take(&TransportLimits::default()).expect("it is ours");
        // How it ends is up to whoever speaks to it.
        let _ = server().serve(ByteStream::new(stdio, &LIMITS)).await;
    });
}

/// Serves every connection of a listener.
pub(crate) fn serve_lines(listener: Listener) {
    tokio::spawn(async move {
        let server = server();
        while let Ok(socket) = listener.accept().await {
            let server = server.clone();
            tokio::spawn(async move { server.serve(ByteStream::new(socket, &LIMITS)).await });
        }
    });
}

pub(crate) fn listen_unix() -> PathBuf {
    let path = free_path();
    serve_lines(Bind::unix(&path).listen().expect("a socket"));
    path
}

/// A path that nothing has.
pub(crate) fn free_path() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("mcp-hostile-{}-{next}", std::process::id()))
}

pub(crate) async fn listen_websocket() -> std::net::SocketAddr {
    listen(|socket| async move {
        if let Ok(socket) = websocket::accept(socket, &HostPolicy::default(), &LIMITS).await {
            let _ = server().serve(socket).await;
        }
    })
    .await
}

pub(crate) async fn listen_http() -> std::net::SocketAddr {
    let http_sse = HttpSsePaths { stream: "/sse".into(), messages: "/messages".into() };
    let mut config = HttpServerConfig { http_sse: Some(http_sse), ..HttpServerConfig::default() };
    config.limits.http.body_bytes = LIMITS.message_bytes;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(HttpService::new(server(), config).expect("a service").serve(listener));
    address
}

async fn listen<F>(
    serve: impl Fn(tokio::net::TcpStream) -> F + Send + 'static,
) -> std::net::SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(serve(socket));
        }
    });
    address
}
