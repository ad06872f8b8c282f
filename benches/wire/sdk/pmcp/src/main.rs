//! An echo server with pmcp, as its documentation has it.

use pmcp::{RequestHandlerExtra, ServerBuilder, TypedTool};
use serde_json::Value;

/// What is said.
#[derive(serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
struct Text {
    /// What to say.
    text: String,
}

#[expect(clippy::unused_async, reason = "handlers are asynchronous")]
async fn echo(text: Text, _: RequestHandlerExtra) -> pmcp::Result<Value> {
    Ok(Value::String(text.text))
}

#[tokio::main]
async fn main() -> pmcp::Result<()> {
    let tool = TypedTool::new("echo", |text, extra| Box::pin(echo(text, extra)));
    let server = ServerBuilder::new()
        .name("echo")
        .version("1.0.0")
        .tool("echo", tool.with_description("Says it back."))
        .build()?;
    server.run_stdio().await
}
