//! Functions that are tools.

use mcp_engine::server::tool;

/// Says it back.
#[tool]
fn echo(text: &str) -> &str {
    text
}

/// Adds two numbers.
#[tool(title = "Addition", read_only, idempotent)]
async fn add(
    /// The first one.
    a: i64,
    b: i64,
) -> i64 {
    a + b
}

#[test]
fn simple() {
    println!("{:?}", echo().definition());
    println!("{:?}", add().definition());
}
