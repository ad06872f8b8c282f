//! The server of `examples/echo_server.rs`, with as many further tools as one likes.

use std::borrow::Cow;
use std::error::Error;

use mcp_engine::http_server::{HttpServerConfig, HttpService};
use mcp_engine::model::{self, JsonObject};
use mcp_engine::server::{Arguments, Server, Tool, tool};
use mcp_engine::transport::{ByteStream, Stdio, TransportLimits};
use mcp_engine::{Answer, Limits};
use tokio::net::TcpListener;

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

/// Serves as the arguments say: `[--tools N] [--progress] [--http PORT]`, over standard input and output if there is no port.
///
/// # Errors
///
/// What is to be served on cannot be used.
pub fn serve() -> Result<(), Box<dyn Error>> {
    let (mut tools, mut port, mut echo) = (2, None, echo());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--tools" => tools = arguments.next().unwrap_or_default().parse()?,
            "--http" => port = Some(arguments.next().unwrap_or_default().parse()?),
            "--progress" => echo = telling(echo.definition().clone()),
            other => return Err(format!("what is {other}?").into()),
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = server(echo, tools)?;
        match port {
            None => over_stdio(server).await,
            Some(port) => over_http(server, port).await,
        }
    })
}

async fn over_stdio(server: Server) -> Result<(), Box<dyn Error>> {
    let stdio = Stdio::take(&TransportLimits::default())?;
    server.serve(ByteStream::new(stdio, &Limits::default())).await?;
    Ok(())
}

async fn over_http(server: Server, port: u16) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    HttpService::new(server, HttpServerConfig::default())?.serve(listener).await?;
    Ok(())
}

/// Tells of its progress first, so that over HTTP its answer is the end of an event stream.
fn telling(definition: model::Tool<'static>) -> Tool {
    Tool::new(definition, |request, responder| {
        // A client that did not ask for it is not told.
        let _ = request.context().progress(1.0, None, None);
        match Arguments::of(&request).get::<Cow<'_, str>>("text") {
            Ok(text) => responder.answer(&Answer::text(text)),
            Err(error) => responder.answer(&error.into()),
        }
    })
}

fn server(echo: Tool, tools: usize) -> Result<Server, Box<dyn Error>> {
    let mut server = Server::builder("echo", "1.0").tool(echo).tool(add);
    for number in 2..tools {
        let definition = model::Tool::new(format!("tool_{number}"), JsonObject::parse(SCHEMA)?);
        server = server.tool(Tool::blocking(definition, |_| "nobody calls this"));
    }
    Ok(server.build()?)
}

const SCHEMA: &str =
    r#"{"type":"object","properties":{"text":{"type":"string"}},"required":["text"]}"#;
