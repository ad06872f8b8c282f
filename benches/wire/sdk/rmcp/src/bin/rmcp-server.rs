//! Echo servers with rmcp.
//!
//! - `rmcp-server default`: as its documentation has it. The macro writes the whole handler, the runtime has threads, and standard input and
//!   output are those of tokio.
//! - `rmcp-server pipes`: the same over `stdio_pipes`, on one thread.
//! - `rmcp-server best`: the same with the router of the tools kept, instead of being built for each call.
//! - `rmcp-server json PORT`: that over HTTP on one thread, without sessions and with JSON for replies.
//! - `rmcp-server sse PORT`: over HTTP as its documentation has it.

#![expect(clippy::unused_self, reason = "tools are methods")]

use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::transport::{stdio, stdio_pipes};
use rmcp::{ServerHandler, ServiceExt, schemars, tool, tool_handler, tool_router};

type Failure = Box<dyn std::error::Error>;

/// What is said.
#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Text {
    /// What to say.
    text: String,
}

/// What is added.
#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Numbers {
    a: i64,
    b: i64,
}

#[derive(Clone)]
struct Documented;

#[tool_router(server_handler)]
impl Documented {
    #[tool(description = "Says it back.")]
    fn echo(&self, Parameters(Text { text }): Parameters<Text>) -> String {
        text
    }

    #[tool(description = "Adds two numbers.")]
    fn add(&self, Parameters(Numbers { a, b }): Parameters<Numbers>) -> String {
        a.wrapping_add(b).to_string()
    }
}

#[derive(Clone)]
struct Kept {
    tool_router: ToolRouter<Self>,
}

#[tool_router]
impl Kept {
    #[tool(description = "Says it back.")]
    fn echo(&self, Parameters(Text { text }): Parameters<Text>) -> String {
        text
    }

    #[tool(description = "Adds two numbers.")]
    fn add(&self, Parameters(Numbers { a, b }): Parameters<Numbers>) -> String {
        a.wrapping_add(b).to_string()
    }
}

#[tool_handler(router = self.tool_router)]
impl ServerHandler for Kept {}

fn main() -> Result<(), Failure> {
    match std::env::args().nth(1).as_deref() {
        Some("default") => threads()?.block_on(async {
            Documented.serve(stdio()).await?.waiting().await?;
            Ok(())
        }),
        Some("pipes") => one_thread()?.block_on(async {
            Documented.serve(stdio_pipes()).await?.waiting().await?;
            Ok(())
        }),
        Some("best") => one_thread()?.block_on(async {
            let kept = Kept { tool_router: Kept::tool_router() };
            kept.serve(stdio_pipes()).await?.waiting().await?;
            Ok(())
        }),
        Some("json") => one_thread()?.block_on(over_http(
            StreamableHttpServerConfig::default()
                .with_legacy_session_mode(false)
                .with_json_response(true),
        )),
        Some("sse") => threads()?.block_on(over_http(StreamableHttpServerConfig::default())),
        _ => Err("usage: rmcp-server default|pipes|best|json PORT|sse PORT".into()),
    }
}

async fn over_http(config: StreamableHttpServerConfig) -> Result<(), Failure> {
    let port: u16 = std::env::args().nth(2).unwrap_or_default().parse()?;
    let router = Kept::tool_router();
    let service = StreamableHttpService::new(
        move || Ok(Kept { tool_router: router.clone() }),
        LocalSessionManager::default().into(),
        config,
    );
    let router = axum::Router::new().nest_service("/mcp", service);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    Ok(axum::serve(listener, router).await?)
}

fn threads() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

fn one_thread() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
