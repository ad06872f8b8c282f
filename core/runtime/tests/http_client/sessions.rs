//! The legacy era: sessions, streams that are resumed, and the end.

use mcp_engine_proto::version::Version;
use mcp_engine_runtime::http_client::{HttpError, HttpOptions, HttpTransport};
use serde_json::json;

use crate::stage::{
    Seen, Stage, calling, connecting, connecting_by, error_of, initialized, legacy, options, reply,
    text, text_of,
};

const VERSION: Version = Version::V2025_11_25;

/// What comes to a stage, told apart by its verb.
fn is_get(seen: &Seen) -> bool {
    seen.head.starts_with("GET ")
}

#[tokio::test]
async fn the_session_and_the_version_are_in_every_request() {
    let (mut stage, client) = legacy(options()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    assert_eq!(seen.header("mcp-session-id"), Some("s1"));
    assert_eq!(seen.header("mcp-protocol-version"), Some("2025-11-25"));
    assert_eq!(seen.header("mcp-method"), None);
    seen.answer(text("x")).await;
    text_of(call).await;
}

#[tokio::test]
async fn the_id_of_a_session_can_be_asked_for() {
    let mut stage = Stage::open().await;
    let transport = HttpTransport::new(&stage.url, options()).expect("a transport");
    let session = transport.session();
    let connecting = connecting_by(transport, &[VERSION]);
    assert_eq!(session.id(), None);
    stage.legacy_without_stream(VERSION, Some("s1")).await;
    drop(connecting.await.expect("no panic").expect("a handshake"));
    assert_eq!(session.id().as_deref(), Some("s1"));
}

#[tokio::test]
async fn a_server_without_sessions_is_served_without() {
    let mut stage = Stage::open().await;
    let connecting = connecting(&stage.url, &[VERSION], options());
    stage.legacy_without_stream(VERSION, None).await;
    let client = connecting.await.expect("no panic").expect("a handshake");
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    assert_eq!(seen.header("mcp-session-id"), None);
    seen.answer(text("x")).await;
    text_of(call).await;
}

#[tokio::test]
async fn requests_wait_until_the_handshake_is_confirmed() {
    let mut stage = Stage::open().await;
    let connecting = connecting(&stage.url, &[VERSION], options());
    let seen = stage.call("initialize").await;
    seen.json("200 OK", &reply(&seen.body, initialized(VERSION))).await;
    let client = connecting.await.expect("no panic").expect("a handshake");
    let call = calling(&client);
    let confirmation = stage.call("notifications/initialized").await;
    assert!(stage.is_quiet());
    confirmation.status("202 Accepted").await;
    for _ in 0..2 {
        let seen = stage.next().await;
        match is_get(&seen) {
            true => seen.status("405 Method Not Allowed").await,
            false => seen.answer(text("x")).await,
        }
    }
    assert_eq!(text_of(call).await, "x");
}

#[tokio::test]
async fn the_answer_to_initialize_may_be_an_event() {
    let mut stage = Stage::open().await;
    let connecting = connecting(&stage.url, &[VERSION], options());
    let seen = stage.call("initialize").await;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nmcp-session-id: s2\r\n\r\n";
    seen.bytes(head).await;
    seen.event(&reply(&seen.body, initialized(VERSION))).await;
    let confirmation = stage.call("notifications/initialized").await;
    assert_eq!(confirmation.header("mcp-session-id"), Some("s2"));
    connecting.await.expect("no panic").expect("a handshake");
}

#[tokio::test]
async fn a_session_id_that_is_none_fails_the_handshake() {
    for session in ["a b", "mcp-session-id: b"] {
        let mut stage = Stage::open().await;
        let connecting = connecting(&stage.url, &[VERSION], options());
        let seen = stage.call("initialize").await;
        let head =
            format!("200 OK\r\nmcp-session-id: a\r\n{session}").replace(": a\r\na b", ": a b");
        seen.json(&head, &reply(&seen.body, initialized(VERSION))).await;
        let error = connecting.await.expect("no panic").expect_err("no handshake");
        assert!(matches!(error.http(), Some(HttpError::Rejected(_))), "{error}");
    }
}

#[tokio::test]
async fn the_server_can_ask_on_a_stream_that_belongs_to_no_request() {
    let mut stage = Stage::open().await;
    let connecting = connecting(&stage.url, &[VERSION], options());
    stage.legacy(VERSION, Some("s1")).await;
    let stream = stage.next().await;
    assert!(is_get(&stream));
    assert_eq!(stream.header("accept"), Some("text/event-stream"));
    assert_eq!(stream.header("mcp-session-id"), Some("s1"));
    stream.events().await;
    stream.event(&json!({"jsonrpc": "2.0", "id": 7, "method": "roots/list"})).await;
    let answer = stage.next().await;
    assert_eq!(answer.body, json!({"jsonrpc": "2.0", "id": 7, "result": {"roots": []}}));
    answer.status("202 Accepted").await;
    drop(connecting.await.expect("no panic").expect("a handshake"));
}

#[tokio::test]
async fn the_stream_is_opened_again_where_it_broke() {
    let mut stage = Stage::open().await;
    let connecting = connecting(&stage.url, &[VERSION], options());
    stage.legacy(VERSION, Some("s1")).await;
    let _client = connecting.await.expect("no panic").expect("a handshake");
    let stream = stage.next().await;
    stream.events().await;
    stream.bytes("id: a-1\nretry: 1\ndata:\n\n").await;
    stream.hang_up();
    let again = stage.next().await;
    assert_eq!(again.header("last-event-id"), Some("a-1"));
    again.events().await;
    again.bytes("data: {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n\n").await;
    stage.next().await.status("202 Accepted").await;
    again.hang_up();
    let third = stage.next().await;
    assert_eq!(third.header("last-event-id"), Some("a-1"), "no newer id was seen");
}

#[tokio::test]
async fn a_reply_is_resumed_after_as_long_as_the_server_asks_for() {
    let (mut stage, client) = legacy(options()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    seen.events().await;
    seen.bytes("id: e1\nretry: 300\ndata:\n\n").await;
    let request = seen.body.clone();
    seen.hang_up();
    let began = std::time::Instant::now();
    let resumed = stage.next().await;
    assert!(is_get(&resumed) && began.elapsed().as_millis() >= 250, "{:?}", began.elapsed());
    assert_eq!(resumed.header("last-event-id"), Some("e1"));
    resumed.events().await;
    resumed.bytes(format!("id: e2\ndata: {}\n\n", reply(&request, text("resumed")))).await;
    assert_eq!(text_of(call).await, "resumed");
}

#[tokio::test]
async fn a_reply_that_broke_without_an_id_is_lost() {
    let (mut stage, client) = legacy(options()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    seen.events().await;
    seen.bytes("data:\n\n").await;
    seen.hang_up();
    let error = error_of(call).await;
    assert!(matches!(error.http(), Some(HttpError::Lost(None))), "{error}");
    assert!(!client.peer().is_closed());
}

#[tokio::test]
async fn a_modern_reply_that_broke_is_lost() {
    let (mut stage, client) = crate::stage::modern(options()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    seen.events().await;
    seen.bytes("id: e1\nretry: 1\ndata:\n\n").await;
    seen.hang_up();
    let error = error_of(call).await;
    assert!(matches!(error.http(), Some(HttpError::Lost(None))), "{error}");
}

#[tokio::test]
async fn resuming_has_an_end() {
    let mut few = HttpOptions::default();
    few.http.reconnects = 2;
    few.http.reconnect_wait_ms = 1;
    let (mut stage, client) = legacy(few).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    seen.events().await;
    seen.bytes("id: e1\nretry: 1\ndata:\n\n").await;
    seen.hang_up();
    for _ in 0..2 {
        let resumed = stage.next().await;
        resumed.status("500 Internal Server Error").await;
    }
    let error = error_of(call).await;
    assert!(matches!(error.http(), Some(HttpError::Status(status)) if status.code() == 500));
    assert!(stage.is_quiet());
}

#[tokio::test]
async fn a_session_that_the_server_does_not_know_is_over() {
    let (mut stage, client) = legacy(options()).await;
    let (call, other) = (calling(&client), calling(&client));
    let (seen, _unanswered) = (stage.call("tools/call").await, stage.call("tools/call").await);
    seen.status("404 Not Found").await;
    for call in [call, other] {
        let error = error_of(call).await;
        assert!(matches!(error.http(), Some(HttpError::SessionOver)), "{error}");
    }
    assert!(client.peer().is_closed());
    drop(client);
    assert!(stage.is_quiet(), "there is nothing to end");
}

#[tokio::test]
async fn a_session_is_ended_when_the_client_leaves() {
    let (mut stage, client) = legacy(options()).await;
    drop(client);
    let end = stage.next().await;
    assert!(end.head.starts_with("DELETE /mcp HTTP/1.1"), "{}", end.head);
    assert_eq!(end.header("mcp-session-id"), Some("s1"));
    end.status("405 Method Not Allowed").await;
}
