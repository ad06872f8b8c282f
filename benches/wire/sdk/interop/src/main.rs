//! A client with rmcp: `wire-interop URL`, `wire-interop PROGRAM ARGUMENT…`.

use std::error::Error;

use rmcp::ServiceExt;
use rmcp::model::{CallToolRequestParams, ReadResourceRequestParams};
use rmcp::service::{RoleClient, RunningService};
use rmcp::transport::{StreamableHttpClientTransport, TokioChildProcess};
use serde_json::{Map, Value};
use tokio::process::Command;

type Failure = Box<dyn Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next().ok_or("usage: wire-interop URL | PROGRAM ARGUMENT…")?;
    let client = if first.starts_with("http") {
        ().serve(StreamableHttpClientTransport::from_uri(first)).await?
    } else {
        let mut command = Command::new(first);
        command.args(arguments);
        ().serve(TokioChildProcess::new(command)?).await?
    };
    talk(&client).await?;
    client.cancel().await?;
    Ok(())
}

async fn talk(client: &RunningService<RoleClient, ()>) -> Result<(), Failure> {
    let tools = client.list_all_tools().await?;
    assert!(tools.iter().any(|tool| tool.name == "echo"), "{tools:?}");
    let arguments = Map::from_iter([("text".to_owned(), Value::from("hello"))]);
    let echo = CallToolRequestParams::new("echo").with_arguments(arguments);
    let echo = serde_json::to_value(client.call_tool(echo).await?)?;
    assert_eq!(echo["content"][0]["text"], "hello", "{echo}");
    let read = client.read_resource(ReadResourceRequestParams::new("test://static-text")).await?;
    let read = serde_json::to_value(read)?;
    assert!(read["contents"][0]["text"].is_string(), "{read}");
    let prompts = client.list_all_prompts().await?;
    assert!(!prompts.is_empty());
    let failed = client.call_tool(CallToolRequestParams::new("test_error_handling")).await?;
    assert_eq!(failed.is_error, Some(true), "{failed:?}");
    Ok(())
}
