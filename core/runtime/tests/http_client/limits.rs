//! What a server cannot make a client hold, or wait for.

use mcp_engine_proto::version::Version;
use mcp_engine_runtime::Error;
use mcp_engine_runtime::http_client::{
    HttpClientLimit, HttpClientLimits, HttpError, HttpOptions, HttpTransport,
};
use serde_json::json;

use crate::stage::{
    Stage, calling, client_limits, connecting_by, error_of, modern, options, reply, text, text_of,
};

fn short(limits: HttpClientLimits) -> HttpOptions {
    client_limits(limits)
}

fn limit_of(error: &Error) -> Option<HttpClientLimit> {
    match error.http() {
        Some(HttpError::Limit(limit)) => Some(*limit),
        _ => None,
    }
}

fn small_messages() -> HttpOptions {
    let mut options = options();
    (options.limits.message_bytes, options.limits.event_bytes) = (1_000, 1_000);
    options
}

#[tokio::test]
async fn a_body_that_says_it_is_too_long_is_not_read() {
    let (mut stage, client) = modern(small_messages()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    seen.bytes("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1001\r\n\r\n")
        .await;
    assert!(matches!(error_of(call).await.http(), Some(HttpError::Message(_))));
    seen.is_gone().await;
}

#[tokio::test]
async fn a_body_that_becomes_too_long_is_not_read_on() {
    let (mut stage, client) = modern(small_messages()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    seen.bytes("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n")
        .await;
    seen.bytes(" ".repeat(1_001)).await;
    assert!(matches!(error_of(call).await.http(), Some(HttpError::Message(_))));
    seen.is_gone().await;
}

#[tokio::test]
async fn an_event_that_is_too_long_is_refused_alone() {
    let (mut stage, client) = modern(small_messages()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    seen.events().await;
    seen.bytes(format!("data: \"{}\"\n\n", "x".repeat(2_000))).await;
    seen.event(&reply(&seen.body, text("short"))).await;
    assert_eq!(text_of(call).await, "short");
}

#[tokio::test]
async fn a_head_that_is_too_long_is_not_read_on() {
    let mut options = options();
    options.http.header_bytes = 4 << 10;
    let (mut stage, client) = modern(options).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    seen.bytes(format!("HTTP/1.1 200 OK\r\nx-long: {}", "x".repeat(8 << 10))).await;
    let error = error_of(call).await;
    let Some(HttpError::Rejected(rejection)) = error.http() else { panic!("{error}") };
    assert_eq!(rejection.name(), "header-bytes");
    seen.is_gone().await;
}

#[tokio::test]
async fn a_head_with_too_many_fields_is_not_taken() {
    let mut options = options();
    options.http.header_fields = 8;
    let (mut stage, client) = modern(options).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    let fields: String = (0..9).map(|n| format!("x-{n}: 1\r\n")).collect();
    seen.bytes(format!("HTTP/1.1 202 Accepted\r\n{fields}\r\n")).await;
    assert!(matches!(error_of(call).await.http(), Some(HttpError::Rejected(_))));
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_not_waited_for() {
    let limits = HttpClientLimits { head_ms: 500, ..HttpClientLimits::default() };
    let (mut stage, client) = modern(short(limits)).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    let error = error_of(call).await;
    assert_eq!(limit_of(&error), Some(HttpClientLimit::HeadMs));
    assert!(error.is_timeout());
    seen.is_gone().await;
}

#[tokio::test]
async fn a_server_that_stops_in_the_middle_is_not_waited_for() {
    let limits = HttpClientLimits { idle_ms: 200, ..HttpClientLimits::default() };
    for head in [
        "content-type: application/json\r\ncontent-length: 10\r\n\r\n{",
        "content-type: text/event-stream\r\n\r\ndata: {",
    ] {
        let (mut stage, client) = modern(short(limits)).await;
        let call = calling(&client);
        let seen = stage.call("tools/call").await;
        seen.bytes(format!("HTTP/1.1 200 OK\r\n{head}")).await;
        assert_eq!(limit_of(&error_of(call).await), Some(HttpClientLimit::IdleMs));
        seen.is_gone().await;
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_loses_the_request_and_no_other() {
    let (mut stage, client) = modern(options()).await;
    for part in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{",
        "not HTTP\r\n\r\n",
    ] {
        let call = calling(&client);
        let seen = stage.call("tools/call").await;
        seen.bytes(part).await;
        seen.hang_up();
        let error = error_of(call).await;
        assert!(matches!(error.http(), Some(HttpError::Broken(_))), "{error}");
    }
    let call = calling(&client);
    stage.call("tools/call").await.answer(text("still here")).await;
    assert_eq!(text_of(call).await, "still here");
}

#[tokio::test]
async fn what_is_no_message_fails_the_request() {
    let (mut stage, client) = modern(options()).await;
    for body in [json!([]), json!({"jsonrpc": "2.0"}), json!("text")] {
        let call = calling(&client);
        stage.call("tools/call").await.json("200 OK", &body).await;
        assert!(matches!(error_of(call).await.http(), Some(HttpError::Message(_))), "{body}");
    }
}

#[tokio::test]
async fn requests_above_the_limit_wait_for_their_turn() {
    let limits = HttpClientLimits { requests: 1, ..HttpClientLimits::default() };
    let (mut stage, client) = modern(short(limits)).await;
    let (first, second) = (calling(&client), calling(&client));
    let seen = stage.call("tools/call").await;
    assert!(stage.is_quiet());
    seen.answer(text("x")).await;
    stage.call("tools/call").await.answer(text("x")).await;
    for call in [first, second] {
        text_of(call).await;
    }
}

#[tokio::test]
async fn what_waits_is_bounded_and_counted() {
    let limits = HttpClientLimits { requests: 1, waiting: 1, ..HttpClientLimits::default() };
    let mut stage = Stage::open().await;
    let transport = HttpTransport::new(&stage.url, short(limits)).expect("a URL");
    let counters = transport.counters();
    let connecting = connecting_by(transport, &[Version::LATEST]);
    stage.modern().await;
    let client = connecting.await.expect("no panic").expect("a handshake");
    let _running = calling(&client);
    let _seen = stage.call("tools/call").await;
    let (_waiting, refused) = (calling(&client), calling(&client));
    let error = error_of(refused).await;
    assert_eq!(limit_of(&error), Some(HttpClientLimit::Waiting));
    assert_eq!(counters.faults().get("waiting"), Some(&1));
}

#[tokio::test]
async fn a_server_that_is_not_there_fails_the_handshake() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    drop(listener);
    let error = crate::stage::connecting(&url, &Version::ALL, options()).await;
    let error = error.expect("no panic").expect_err("no handshake");
    assert!(matches!(error.http(), Some(HttpError::Connect(_))), "{error}");
}
