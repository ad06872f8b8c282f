//! An echo server with turbomcp, as its documentation has it.

use turbomcp::prelude::*;

#[derive(Clone)]
struct Echo;

#[expect(clippy::unused_async, reason = "handlers are asynchronous")]
#[server(name = "echo", version = "1.0.0")]
impl Echo {
    /// Says it back.
    #[tool(description = "Says it back.")]
    async fn echo(&self, text: String) -> McpResult<String> {
        Ok(text)
    }
}

#[tokio::main]
async fn main() -> Result<(), turbomcp::ProtocolError> {
    Echo.run_stdio().await
}
