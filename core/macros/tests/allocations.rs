//! A tool that borrows its arguments allocates nothing per call.
//!
//! What the client and the connections allocate is the same for every tool: the counts of two servers are compared, of which the other one has
//! a tool that is written by hand and does nothing.

mod shared;

use dhat::{HeapStats, Profiler};
use mcp_engine::client::Client;
use mcp_engine::connection::Reply;
use mcp_engine::encode::Outcome;
use mcp_engine::model::{self, JsonObject};
use mcp_engine::server::{Server, State, Tool, tool};
use mcp_engine::version::Version;
use serde_json::json;
use shared::{caller, connect};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

#[tool]
fn echo(text: &str, times: Option<u8>, quiet: bool) -> &str {
    if quiet && times.is_none() { "" } else { text }
}

#[tool]
fn stateful(text: &str, own: State<String>) -> Result<&str, String> {
    if own.is_empty() { Err(String::new()) } else { Ok(text) }
}

/// Answers with the same text, without a look at the arguments.
fn by_hand() -> Tool {
    let schema = JsonObject::parse(r#"{"type":"object"}"#).expect("an object");
    Tool::new(model::Tool::new("by_hand", schema), |_, responder| {
        responder.send(Reply::Text(TEXT, Outcome::Success))
    })
}

#[tokio::test]
async fn inline_tools_allocate_nothing() {
    for version in [Version::V2025_11_25, Version::V2026_07_28] {
        let server = Server::builder("tools", "1.0").tool(echo).tool(stateful).tool(by_hand);
        let client = connect(server.state("own".to_owned()), caller(version)).await;
        for name in ["by_hand", "echo", "stateful"] {
            blocks(&client, name).await;
        }
        let expected = blocks(&client, "by_hand").await;
        assert_eq!(blocks(&client, "echo").await, expected, "{version}");
        assert_eq!(blocks(&client, "stateful").await, expected, "{version}");
    }
}

/// The blocks that are allocated for each call of a tool. What is allocated for many calls together, as the arenas are, is not among them.
async fn blocks(client: &Client, name: &str) -> u64 {
    let arguments = json!({"text": TEXT, "quiet": true, "times": 3});
    let profiler = Profiler::builder().testing().build();
    let before = HeapStats::get().total_blocks;
    for _ in 0..CALLS {
        let result = client.call_tool(name, &arguments).await.expect("a result");
        assert_eq!(result.content().count(), 1);
    }
    let allocated = HeapStats::get().total_blocks - before;
    drop(profiler);
    allocated / CALLS
}

const TEXT: &str = "as long as any other text that is said back";
const CALLS: u64 = 100;
