//! The modern era over HTTP: requests that stand alone, subscriptions that have a stream each, and the cache of a client.

mod cache;
mod exchange;
mod listening;

use mcp_engine::connection::Config;
use mcp_engine::endpoint::{Accepted, Endpoint, Exchange};
use mcp_engine::{BodyDecoder, Message, json::Raw};

/// An endpoint that offers everything.
fn endpoint() -> Endpoint {
    let capabilities = raw(
        r#"{"tools":{"listChanged":true},"resources":{"subscribe":true},"logging":{},"prompts":{}}"#,
    );
    Endpoint::new(Config::server("server", "2.0").capabilities(capabilities)).expect("an endpoint")
}

/// A request under the modern revision, with more members in its parameters and in `_meta`.
fn request(id: &str, method: &str, params: &str, meta: &str) -> Message {
    let comma = |text: &str| if text.is_empty() { String::new() } else { format!(",{text}") };
    message(&format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{"_meta":{{
            "io.modelcontextprotocol/protocolVersion":"2026-07-28",
            "io.modelcontextprotocol/clientCapabilities":{{"elicitation":{{"form":{{}}}}}}{}}}{}}}}}"#,
        comma(meta),
        comma(params)
    ))
}

fn call(meta: &str) -> Message {
    request("7", "tools/call", r#""name":"echo""#, meta)
}

fn message(text: &str) -> Message {
    let mut body = BodyDecoder::default();
    body.feed(text.as_bytes()).expect("a short body");
    body.end();
    body.poll().expect("a message").expect("a valid message")
}

fn raw(text: &str) -> Raw<'_> {
    Raw::parse(text).expect("JSON")
}

/// The exchange for a request that goes to the application.
fn exchange(message: Message) -> Exchange {
    let mut out = Vec::new();
    match endpoint().accept(message, &mut out) {
        Accepted::Exchange(exchange) => exchange,
        other => panic!("{other:?}: {}", text(&out)),
    }
}

/// The code and the text of the answer to a request that the endpoint answers itself.
fn answered(message: Message) -> (Option<i64>, String) {
    let mut out = Vec::new();
    match endpoint().accept(message, &mut out) {
        Accepted::Answered(answer) => (answer.code, text(&out)),
        other => panic!("{other:?}"),
    }
}

fn text(out: &[u8]) -> String {
    String::from_utf8(out.to_vec()).expect("UTF-8")
}
