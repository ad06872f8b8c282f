//! An echo server with tower-mcp, as its documentation has it, on one thread. `tower-server [PORT]`

use tokio::net::TcpListener;
use tower_mcp::{BoxError, CallToolResult, HttpTransport, McpRouter, StdioTransport, ToolBuilder};

/// What is said.
#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Text {
    /// What to say.
    text: String,
}

fn main() -> Result<(), BoxError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let echo = ToolBuilder::new("echo")
            .description("Says it back.")
            .handler(|Text { text }: Text| async move { Ok(CallToolResult::text(text)) })
            .build();
        let router = McpRouter::new().server_info("echo", "1.0").tool(echo);
        match std::env::args().nth(1) {
            None => StdioTransport::new(router).run().await?,
            Some(port) => {
                let router = HttpTransport::new(router).into_router_at("/mcp");
                let listener = TcpListener::bind(("127.0.0.1", port.parse::<u16>()?)).await?;
                axum::serve(listener, router).await?;
            }
        }
        Ok(())
    })
}
