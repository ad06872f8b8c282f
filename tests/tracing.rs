//! What a subscriber hears of a conversation.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use mcp_engine::connection::{Call, Config, Event, Reply};
use mcp_engine::encode::Outcome;
use mcp_engine::version::Role;
use mcp_engine::{Method, json::Raw};
use mcp_engine_proto::internal::pair::Pair;

/// Lines that a subscriber has written.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic while writing").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_conversation_is_told_with_a_span_for_each_request() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .without_time()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, converse);
    let log = String::from_utf8(log.0.lock().expect("no panic while writing").clone());
    let log = log.expect("UTF-8");
    for line in [
        r#"open role=Client version=2026-07-28"#,
        r#"mcp.serve{id=2 method="tools/call" version=2026-07-28}"#,
        r#"mcp.request{id=2 method="tools/call"}"#,
        r#"outcome="answered""#,
        r#"refused role=Client rule="response-unknown""#,
        r#"closed role=Server closing=closed by the peer"#,
    ] {
        assert!(log.contains(line), "{line} is not in\n{log}");
    }
}

fn converse() {
    let tools = Raw::parse(r#"{"tools":{}}"#).expect("JSON");
    let mut pair =
        Pair::open(Config::client("a", "1"), Config::server("b", "1").capabilities(tools));
    pair.client.connection.request(Call::new(Method::CallTool), pair.now).expect("a request");
    pair.settle();
    let Some(Event::Request { id, .. }) = pair.server.event() else { panic!("no request") };
    let reply = Reply::Text("hello", Outcome::Success);
    pair.server.connection.respond(&id, reply, pair.now).expect("in flight");
    pair.inject(Role::Client, r#"{"jsonrpc":"2.0","id":99,"result":{}}"#);
    pair.settle();
    pair.cut();
}
