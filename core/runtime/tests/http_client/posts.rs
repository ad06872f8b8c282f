//! Requests, and the two forms of replies.

use std::sync::Mutex;

use mcp_engine_proto::connection::Call;
use mcp_engine_proto::http::{Param, ParamValue, ToolHeaders};
use mcp_engine_proto::version::Version;
use mcp_engine_proto::{MessageRef, Method};
use mcp_engine_runtime::http_client::HttpError;
use serde_json::json;

use crate::stage::{calling, legacy, modern, options, reply, text, text_of};

#[tokio::test]
async fn a_json_reply_is_an_answer() {
    let (mut stage, client) = modern(options()).await;
    assert_eq!(client.version(), Version::LATEST);
    let call = calling(&client);
    stage.call("tools/call").await.answer(text("hello")).await;
    assert_eq!(text_of(call).await, "hello");
}

#[tokio::test]
async fn the_headers_repeat_the_message() {
    let (mut stage, client) = modern(options()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    for (name, value) in [
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "echo"),
        ("accept", "application/json, text/event-stream"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(seen.header(name), Some(value), "{}", seen.head);
    }
    assert_eq!(seen.header("mcp-session-id"), None);
    assert!(stage.url.contains(seen.header("host").expect("a host")));
    seen.answer(text("x")).await;
    text_of(call).await;
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let (mut stage, client) = modern(options()).await;
    for _ in 0..3 {
        let call = calling(&client);
        let seen = stage.call("tools/call").await;
        assert_eq!(seen.connection, 0);
        seen.answer(text("x")).await;
        text_of(call).await;
    }
}

#[tokio::test]
async fn a_connection_that_the_server_has_closed_meanwhile_is_not_used_again() {
    let (mut stage, client) = modern(options()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    let answer = reply(&seen.body, text("x")).to_string();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    seen.bytes(format!("{head}content-length: {}\r\n\r\n{answer}", answer.len())).await;
    seen.hang_up();
    text_of(call).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    assert_eq!(seen.connection, 1);
    seen.answer(text("y")).await;
    assert_eq!(text_of(call).await, "y");
}

#[tokio::test]
async fn a_request_that_may_be_repeated_survives_a_connection_that_is_closed_under_it() {
    let (mut stage, client) = modern(options()).await;
    let list = client.peer().request(Call::new(Method::ListTools)).expect("it is open");
    let list = tokio::spawn(list);
    let seen = stage.call("tools/list").await;
    assert_eq!(seen.connection, 0);
    seen.hang_up();
    let again = stage.call("tools/list").await;
    assert_eq!(again.connection, 1);
    let tools = json!({"resultType": "complete", "tools": [], "ttlMs": 0, "cacheScope": "private"});
    again.answer(tools).await;
    list.await.expect("no panic").expect("an answer");
    let call = calling(&client);
    stage.call("tools/call").await.hang_up();
    let error = crate::stage::error_of(call).await;
    assert!(matches!(error.http(), Some(HttpError::Broken(_))), "a call is not: {error}");
}

/// Repeats the name of each tool that was listed.
#[derive(Default)]
struct Names(Mutex<Vec<String>>);

impl ToolHeaders for Names {
    fn listed(&self, answer: MessageRef<'_>) {
        let tools = answer.result().and_then(|result| result.get("tools")?.elements());
        let names = tools.into_iter().flatten().filter_map(|tool| tool.get("name")?.string());
        self.0.lock().unwrap().extend(names.map(|name| name.decode().into_owned()));
    }

    fn of_call(&self, call: MessageRef<'_>, see: &mut dyn FnMut(&[Param<'_>])) {
        let value = call.params().and_then(|params| params.get("name"));
        let value = ParamValue::new(value);
        let names = self.0.lock().unwrap();
        let params: Vec<_> = names.iter().map(|name| Param { header: name, value }).collect();
        see(&params);
    }
}

#[tokio::test]
async fn arguments_are_repeated_as_the_listed_tools_want_it() {
    let (mut stage, client) = modern(options().tool_headers(Names::default())).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    assert!(!seen.head.contains("mcp-param"), "nothing was listed: {}", seen.head);
    seen.answer(text("x")).await;
    text_of(call).await;
    let list = client.peer().request(Call::new(Method::ListTools)).expect("it is open");
    let list = tokio::spawn(list);
    let tools = json!({"resultType": "complete", "ttlMs": 0, "cacheScope": "private",
        "tools": [{"name": "echo", "inputSchema": {"type": "object"}}]});
    stage.call("tools/list").await.answer(tools).await;
    list.await.expect("no panic").expect("an answer");
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    assert_eq!(seen.header("mcp-param-echo"), Some("echo"));
    seen.answer(text("x")).await;
    text_of(call).await;
}

#[tokio::test]
async fn requests_run_beside_each_other() {
    let (mut stage, client) = modern(options()).await;
    let (first, second) = (calling(&client), calling(&client));
    let (one, two) = (stage.call("tools/call").await, stage.call("tools/call").await);
    assert_ne!(one.connection, two.connection);
    two.answer(text("two")).await;
    one.answer(text("one")).await;
    let answers = [text_of(first).await, text_of(second).await];
    assert!(answers == ["one", "two"] || answers == ["two", "one"], "{answers:?}");
}

#[tokio::test]
async fn an_event_stream_brings_notifications_and_the_answer() {
    let (mut stage, client) = modern(options()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    seen.events().await;
    seen.bytes(": to keep it alive\n\n").await;
    let message = json!({"jsonrpc": "2.0", "method": "notifications/message",
        "params": {"level": "info", "data": "still at it"}});
    seen.event(&message).await;
    seen.event(&reply(&seen.body, text("streamed"))).await;
    assert_eq!(text_of(call).await, "streamed");
}

#[tokio::test]
async fn an_event_stream_may_come_byte_by_byte() {
    let (mut stage, client) = modern(options()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    seen.events().await;
    let event =
        format!("\u{feff}event: message\r\ndata: {}\r\n\r\n", reply(&seen.body, text("slow")));
    for byte in event.as_bytes() {
        seen.bytes([*byte]).await;
    }
    assert_eq!(text_of(call).await, "slow");
}

#[tokio::test]
async fn an_event_stream_in_chunks_leaves_the_connection_for_the_next_request() {
    let (mut stage, client) = modern(options()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    let event = format!("data: {}\n\n", reply(&seen.body, text("x")));
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n";
    seen.bytes(format!("{head}\r\n{:x}\r\n{event}\r\n0\r\n\r\n", event.len())).await;
    seen.done().await;
    text_of(call).await;
    let call = calling(&client);
    let again = stage.call("tools/call").await;
    again.answer(text("y")).await;
    text_of(call).await;
}

#[tokio::test]
async fn a_large_message_goes_both_ways() {
    let (mut stage, client) = modern(options()).await;
    let call = calling(&client);
    let long = "x".repeat(3 << 20);
    stage.call("tools/call").await.answer(text(&long)).await;
    assert_eq!(text_of(call).await.len(), long.len());
}

#[tokio::test]
async fn an_error_with_a_status_is_the_answer() {
    let (mut stage, client) = modern(options()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    let error = json!({"jsonrpc": "2.0", "id": seen.body["id"],
        "error": {"code": -32601, "message": "no such method"}});
    seen.json("404 Not Found", &error).await;
    let error = call.await.expect("no panic").expect_err("an error");
    assert_eq!(error.peer().map(|error| error.code), Some(-32601));
}

#[tokio::test]
async fn a_modern_request_is_cancelled_by_hanging_up() {
    let (mut stage, client) = modern(options()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    call.abort();
    seen.is_gone().await;
    assert!(stage.is_quiet());
}

#[tokio::test]
async fn a_legacy_request_is_cancelled_by_saying_so() {
    let (mut stage, client) = legacy(options()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    call.abort();
    let cancelled = stage.call("notifications/cancelled").await;
    assert_eq!(cancelled.body["params"]["requestId"], seen.body["id"]);
    assert_eq!(cancelled.header("mcp-session-id"), Some("s1"));
    cancelled.status("202 Accepted").await;
    seen.is_gone().await;
}

#[tokio::test]
async fn the_server_can_ask_while_it_serves_a_request() {
    let (mut stage, client) = legacy(options()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    seen.events().await;
    seen.event(&json!({"jsonrpc": "2.0", "id": "ask", "method": "roots/list"})).await;
    let answer = stage.next().await;
    assert_eq!(answer.body, json!({"jsonrpc": "2.0", "id": "ask", "result": {"roots": []}}));
    answer.status("202 Accepted").await;
    seen.event(&reply(&seen.body, text("asked"))).await;
    assert_eq!(text_of(call).await, "asked");
}

#[tokio::test]
async fn a_server_that_refuses_the_very_version_it_names_is_asked_once_more() {
    let (mut stage, client) = modern(options()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    let error = json!({"jsonrpc": "2.0", "id": seen.body["id"], "error": {"code": -32022,
        "message": "unsupported", "data": {"supported": ["2026-07-28"], "requested": "2026-07-28"}}});
    seen.json("400 Bad Request", &error).await;
    let again = stage.call("tools/call").await;
    assert_eq!(again.body, seen.body);
    again.answer(text("at last")).await;
    assert_eq!(text_of(call).await, "at last");
}

#[tokio::test]
async fn a_busy_server_is_asked_once_more() {
    let (mut stage, client) = modern(options()).await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    seen.status("503 Service Unavailable\r\nretry-after: 0").await;
    stage.call("tools/call").await.answer(text("now")).await;
    assert_eq!(text_of(call).await, "now");
}
