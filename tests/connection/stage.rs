//! What the scenes share: sides with everything declared, and short ways to play.

use mcp_engine::connection::{Call, Config, Event, Patience};
use mcp_engine::version::{Role, Version};
use mcp_engine::{Error, Message, Method, PeerRule, RequestId, json::Raw};
use mcp_engine_proto::internal::pair::{Pair, Side};

/// A client that can do everything.
pub(crate) fn client() -> Config {
    Config::client("client", "1.0").capabilities(raw(
        r#"{"roots":{"listChanged":true},"sampling":{"tools":{}},"elicitation":{"form":{},"url":{}},"extensions":{"io.modelcontextprotocol/tasks":{}}}"#,
    ))
}

/// A server that offers everything.
pub(crate) fn server() -> Config {
    Config::server("server", "2.0").capabilities(raw(
        r#"{"tools":{"listChanged":true},"prompts":{"listChanged":true},"resources":{"listChanged":true,"subscribe":true},"logging":{},"completions":{}}"#,
    ))
}

/// Both sides speaking one revision, after the handshake.
pub(crate) fn open(version: Version) -> Pair {
    Pair::open(client().versions([version]), server().versions([version]))
}

/// The revisions with a handshake.
pub(crate) const LEGACY: [Version; 4] =
    [Version::V2024_11_05, Version::V2025_03_26, Version::V2025_06_18, Version::V2025_11_25];

pub(crate) fn raw(text: &str) -> Raw<'_> {
    Raw::parse(text).expect("JSON")
}

/// A call of the tool `echo` that has reached the server.
pub(crate) fn call(pair: &mut Pair) -> (RequestId, RequestId) {
    let params = raw(r#"{"name":"echo","arguments":{}}"#);
    let ours = request(pair, Role::Client, Call::new(Method::CallTool).params(params));
    (ours, requested(&mut pair.server).0)
}

/// Makes a request and carries it over.
pub(crate) fn request(pair: &mut Pair, by: Role, call: Call<'_>) -> RequestId {
    let now = pair.now;
    let id = pair.side_mut(by).connection.request(call, now).expect("a request");
    pair.settle();
    id
}

/// The request that a side was told of.
pub(crate) fn requested(side: &mut Side) -> (RequestId, Message) {
    match side.event() {
        Some(Event::Request { id, message, .. }) => (id, message),
        other => panic!("no request but {other:?}"),
    }
}

/// The answer that a side was told of.
pub(crate) fn answered(side: &mut Side) -> (RequestId, Message) {
    match side.event() {
        Some(Event::Response { id, message }) => (id, message),
        other => panic!("no answer but {other:?}"),
    }
}

/// The rules that a side saw broken, in order.
pub(crate) fn broken(side: &Side) -> Vec<PeerRule> {
    side.errors
        .iter()
        .filter_map(|error| match error {
            Error::PeerMisbehaved { rule, .. } => Some(*rule),
            _ => None,
        })
        .collect()
}

/// The last message that a side has sent.
pub(crate) fn last(pair: &Pair, by: Role) -> String {
    pair.sent_by(by).last().expect("a message").to_owned()
}

/// A request waits this many seconds.
pub(crate) fn seconds(n: u64) -> Patience {
    Patience { idle_ns: n * SECOND, ..Patience::default() }
}

pub(crate) const SECOND: u64 = 1_000_000_000;
