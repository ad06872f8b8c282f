//! HTTP+SSE, the transport of 2024-11-05, beside the newer one.

use mcp_engine::frame::sse::Parser;
use mcp_engine::http::{
    Body, Entropy, Gate, HttpLimits, Rejection, Sessions, Url, Verb, Versions, message_endpoint,
    write_endpoint,
};
use mcp_engine::version::Version;
use mcp_engine::{Now, Seed};

use crate::request::{Fields, POST, head, legacy, messages, refusal};

fn text<T>(outcome: Result<T, Rejection>) -> String {
    outcome.map_or_else(|rejection| refusal(&rejection), |_| "ok".into())
}

fn stream(gate: &Gate, verb: Verb, fields: Fields<'_>) -> String {
    text(gate.admit_sse_stream(verb, &head(gate, fields).expect("sound")))
}

fn message(gate: &Gate, fields: Fields<'_>, query: &str, body: &str) -> String {
    let head = head(gate, fields).expect("sound");
    text(gate.admit_sse_message(Verb::Post, &head, query).and_then(|post| {
        post.check_length(body.len() as u64)?;
        assert_eq!(post.session, b"s1");
        post.check(Body::of(&messages(body)).expect("a body has a verdict"))
    }))
}

#[test]
fn a_stream_says_where_to_post_and_the_session_is_found_there() {
    let mut sessions = Sessions::new(&HttpLimits::default(), Seed([1, 2]));
    let version = Version::V2024_11_05;
    let opened = sessions.open(Entropy([3; 24]), b"", version, (), Now::default()).expect("room");
    let mut out = Vec::new();
    write_endpoint(&mut out, "/messages?v=1", &opened.id);
    let mut parser = Parser::default();
    parser.feed(&out).expect("sound");
    let event = parser.poll().expect("an event").expect("sound");
    assert_eq!(event.name, "endpoint");
    let here = Url::parse("http://localhost:3000/sse").expect("a URL");
    let url = message_endpoint(&here, &event.data, &HttpLimits::default()).expect("same origin");
    let query = url.target().split_once('?').expect("a query").1;
    let gate = Gate::default();
    let head = head(&gate, POST).expect("sound");
    let post = gate.admit_sse_message(Verb::Post, &head, query).expect("admitted");
    assert!(sessions.enter(post.session, b"", Now::default()).is_ok());
}

#[test]
fn streams_and_messages_are_judged_like_those_of_the_newer_transport() {
    let gate = Gate::default();
    assert_eq!(stream(&gate, Verb::Get, POST), "ok");
    assert_eq!(stream(&gate, Verb::Post, POST), "405 -32600 http-method");
    assert_eq!(stream(&gate, Verb::Get, &[("host", "evil.com")]), "403 -32600 host-foreign");
    let json: Fields<'_> = &[POST[0], ("accept", "application/json")];
    assert_eq!(stream(&gate, Verb::Get, json), "406 -32600 stream-not-acceptable");
    let ping = legacy("ping");
    assert_eq!(message(&gate, POST, "a=b&sessionId=s1", &ping), "ok");
    assert_eq!(message(&gate, &POST[..2], "sessionId=s1", &ping), "ok");
    for query in ["", "sessionid=s1", "xsessionId=s1", "sessionId=s1&sessionId=s1"] {
        assert_eq!(message(&gate, POST, query, &ping), "400 -32600 session-missing", "{query}");
    }
    let text = [POST[0], ("content-type", "text/plain")];
    assert_eq!(message(&gate, &text, "sessionId=s1", &ping), "415 -32600 content-type");
    let evil = [POST, &[("origin", "http://evil.com")]].concat();
    assert_eq!(message(&gate, &evil, "sessionId=s1", &ping), "403 -32600 origin-foreign");
    let batch = format!("[{ping}]");
    assert_eq!(message(&gate, POST, "sessionId=s1", &batch), "400 -32600 batch");
    assert_eq!(message(&gate, POST, "sessionId=s1", "{"), "400 -32700 unexpected-end");
    let limits = HttpLimits { body_bytes: 10, ..HttpLimits::default() };
    let tight = Gate { limits, ..Gate::default() };
    assert_eq!(message(&tight, POST, "sessionId=s1", &ping), "413 -32600 body-bytes");
}

#[test]
fn a_server_that_does_not_serve_that_version_has_no_such_transport() {
    let gate = Gate { versions: Versions::MODERN, ..Gate::default() };
    assert_eq!(stream(&gate, Verb::Get, POST), "405 -32600 http-method");
    assert_eq!(message(&gate, POST, "sessionId=s1", &legacy("ping")), "405 -32600 http-method");
}
