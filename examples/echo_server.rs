//! A server with two tools.
//!
//! `cargo run --features macros,http --example echo_server [-- --stdio | --http 127.0.0.1:8000]`

use std::error::Error;

use mcp_engine::Limits;
use mcp_engine::http_server::{HttpServerConfig, HttpService};
use mcp_engine::server::{Server, tool};
use mcp_engine::transport::{ByteStream, Stdio, TransportLimits};
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

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] | ["--stdio"] => runtime.block_on(over_stdio()),
        ["--http", address] => runtime.block_on(over_http(address)),
        _ => Err("usage: echo_server [--stdio | --http ADDRESS]".into()),
    }
}

fn server() -> Result<Server, mcp_engine::server::Error> {
    Server::builder("echo", env!("CARGO_PKG_VERSION")).tool(echo).tool(add).build()
}

/// Serves whoever has started this process, until standard input ends.
async fn over_stdio() -> Result<(), Box<dyn Error>> {
    let stdio = Stdio::take(&TransportLimits::default())?;
    server()?.serve(ByteStream::new(stdio, &Limits::default())).await?;
    Ok(())
}

/// Serves whoever connects, until the process is ended.
async fn over_http(address: &str) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(address).await?;
    eprintln!("http://{}/mcp", listener.local_addr()?);
    HttpService::new(server()?, HttpServerConfig::default())?.serve(listener).await?;
    Ok(())
}
