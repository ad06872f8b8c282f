//! The server of `examples/echo_server.rs`, with as many further tools as one likes.

use std::error::Error;

use mcp_engine::Limits;
use mcp_engine::model::{self, JsonObject};
use mcp_engine::server::{Server, Tool, tool};
use mcp_engine::transport::{ByteStream, Stdio, TransportLimits};

/// Says it back.
#[tool(read_only)]
fn echo(
    /// What to say.
    text: &str,
) -> &str {
    text
}

/// Adds two numbers.
#[tool(title = "Addition", read_only, idempotent)]
fn add(a: i64, b: i64) -> Result<i64, &'static str> {
    a.checked_add(b).ok_or("the sum is too large")
}

/// Serves until standard input ends. The first argument says how many tools there are: two, if there is none.
///
/// # Errors
///
/// Standard input or output cannot be used.
pub fn serve() -> Result<(), Box<dyn Error>> {
    let tools = std::env::args().nth(1).map_or(Ok(2), |number| number.parse())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let stdio = Stdio::take(&TransportLimits::default())?;
        server(tools)?.serve(ByteStream::new(stdio, &Limits::default())).await?;
        Ok(())
    })
}

fn server(tools: usize) -> Result<Server, Box<dyn Error>> {
    let mut server = Server::builder("echo", "1.0").tool(echo).tool(add);
    for number in 2..tools {
        let schema = JsonObject::parse(r#"{"type":"object","properties":{"text":{"type":"string"}},"required":["text"]}"#)?;
        let definition = model::Tool::new(format!("tool_{number}"), schema);
        server = server.tool(Tool::blocking(definition, |_| "nobody calls this"));
    }
    Ok(server.build()?)
}
