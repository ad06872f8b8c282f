//! Finding out which era a server is of.

use mcp_engine_proto::version::Version;
use mcp_engine_runtime::http_client::{HttpError, HttpKind, HttpTransport};
use serde_json::{Value, json};

use crate::stage::{Seen, Stage, calling, connecting, initialized, options, reply, text, text_of};

/// The ways in which servers of the legacy era refuse the probe.
async fn refuse(probe: &Seen, how: usize) {
    let error = |code: i64, id: &Value| json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": "?"}});
    match how {
        0 => probe.status("404 Not Found").await,
        1 => probe.status("405 Method Not Allowed").await,
        2 => probe.status("400 Bad Request").await,
        3 => probe.json("400 Bad Request", &error(-32000, &json!("server-error"))).await,
        4 => probe.json("200 OK", &error(-32601, &probe.body["id"])).await,
        5 => probe.json("200 OK", &reply(&probe.body, json!({}))).await,
        6 => {
            probe.events().await;
            probe.event(&reply(&probe.body, json!({}))).await;
        }
        _ => {
            let head =
                "HTTP/1.1 400 Bad Request\r\ncontent-type: text/html\r\ncontent-length: 13\r\n";
            probe.bytes(format!("{head}\r\n<html></html>")).await;
            probe.done().await;
        }
    }
}

#[tokio::test]
async fn a_server_that_does_not_know_the_probe_is_asked_to_initialize() {
    for how in 0..8 {
        let mut stage = Stage::open().await;
        let connecting = connecting(&stage.url, &Version::ALL, options());
        let probe = stage.call("server/discover").await;
        assert_eq!(probe.header("mcp-protocol-version"), Some("2026-07-28"));
        refuse(&probe, how).await;
        let seen = stage.call("initialize").await;
        assert_eq!(seen.header("mcp-protocol-version"), None, "it is not agreed on yet");
        assert_eq!(seen.header("mcp-method"), None);
        seen.json("200 OK", &reply(&seen.body, initialized(Version::V2025_06_18))).await;
        let client = connecting.await.expect("no panic").expect("a handshake");
        assert_eq!(client.version(), Version::V2025_06_18, "{how}");
    }
}

#[tokio::test]
async fn a_server_of_2024_is_spoken_to_over_http_and_sse() {
    let mut stage = Stage::open().await;
    let connecting = connecting(&stage.url, &Version::ALL, options());
    let stream = old_stream(&mut stage).await;
    stream.bytes("event: endpoint\ndata: /messages?session=1\n\n").await;
    let initialize = stage.call("initialize").await;
    assert!(
        initialize.head.starts_with("POST /messages?session=1 HTTP/1.1"),
        "{}",
        initialize.head
    );
    initialize.status("202 Accepted").await;
    stream.event(&reply(&initialize.body, initialized(Version::V2024_11_05))).await;
    let client = connecting.await.expect("no panic").expect("a handshake");
    assert_eq!(client.version(), Version::V2024_11_05);
    stage.call("notifications/initialized").await.status("202 Accepted").await;
    let call = calling(&client);
    let seen = stage.call("tools/call").await;
    assert!(seen.head.starts_with("POST /messages?session=1 HTTP/1.1"));
    seen.status("202 Accepted").await;
    stream.event(&reply(&seen.body, text("old"))).await;
    assert_eq!(text_of(call).await, "old");
    let call = calling(&client);
    stage.call("tools/call").await.status("202 Accepted").await;
    stream.hang_up();
    let error = call.await.expect("no panic").expect_err("no answer");
    assert!(matches!(error.http(), Some(HttpError::StreamEnded)), "{error}");
    assert!(error.is_closed());
}

#[tokio::test]
async fn a_server_that_is_known_to_be_of_http_and_sse_is_asked_for_its_stream_first() {
    let mut stage = Stage::open().await;
    let options = options().kind(HttpKind::HttpSse);
    let connecting = connecting(&stage.url, &[Version::V2024_11_05], options);
    let stream = stage.next().await;
    assert!(stream.head.starts_with("GET /mcp HTTP/1.1"), "{}", stream.head);
    stream.events().await;
    stream.bytes("event: endpoint\ndata: /messages\n\n").await;
    let initialize = stage.call("initialize").await;
    assert!(initialize.head.starts_with("POST /messages HTTP/1.1"), "{}", initialize.head);
    initialize.status("202 Accepted").await;
    stream.event(&reply(&initialize.body, initialized(Version::V2024_11_05))).await;
    let client = connecting.await.expect("no panic").expect("a handshake");
    assert_eq!(client.version(), Version::V2024_11_05);
}

#[tokio::test]
async fn a_stream_of_http_and_sse_that_is_refused_fails_the_handshake_with_its_status() {
    let mut stage = Stage::open().await;
    let options = options().kind(HttpKind::HttpSse);
    let connecting = connecting(&stage.url, &[Version::V2024_11_05], options);
    stage.next().await.status("401 Unauthorized").await;
    let error = connecting.await.expect("no panic").expect_err("no handshake");
    assert!(matches!(error.http(), Some(HttpError::Unauthorized { .. })), "{error}");
}

#[tokio::test]
async fn an_endpoint_elsewhere_is_not_followed() {
    for endpoint in ["http://127.0.0.1:1/messages", "//evil.example/", "https://127.0.0.1/messages"]
    {
        let mut stage = Stage::open().await;
        let connecting = connecting(&stage.url, &Version::ALL, options());
        let stream = old_stream(&mut stage).await;
        stream.bytes(format!("event: endpoint\ndata: {endpoint}\n\n")).await;
        let error = connecting.await.expect("no panic").expect_err("no handshake");
        assert!(matches!(error.http(), Some(HttpError::Redirect(_))), "{endpoint}: {error}");
    }
}

#[tokio::test]
async fn a_server_of_no_kind_fails_the_handshake_with_its_status() {
    let mut stage = Stage::open().await;
    let connecting = connecting(&stage.url, &Version::ALL, options());
    for _ in 0..3 {
        stage.next().await.status("404 Not Found").await;
    }
    let error = connecting.await.expect("no panic").expect_err("no handshake");
    assert!(
        matches!(error.http(), Some(HttpError::Status(status)) if status.code() == 404),
        "{error}"
    );
}

/// Refuses the two handshakes of the later revisions, and opens the stream of the first one.
#[tokio::test]
async fn the_stream_of_a_server_of_2024_can_be_opened_before_anything_is_said() {
    let mut stage = Stage::open().await;
    let transport = HttpTransport::new(&stage.url, options().kind(HttpKind::HttpSse));
    let transport = transport.expect("a transport");
    let session = transport.session();
    let opening = tokio::spawn(transport.opened());
    let stream = stage.next().await;
    assert!(stream.head.starts_with("GET /mcp HTTP/1.1"), "{}", stream.head);
    assert!(session.endpoint().is_none());
    stream.events().await;
    stream.bytes("event: endpoint\ndata: /messages?session=1\n\n").await;
    opening.await.expect("no panic").expect("a stream");
    let endpoint = session.endpoint().expect("it was said");
    assert_eq!(endpoint.target(), "/messages?session=1");
}

async fn old_stream(stage: &mut Stage) -> Seen {
    stage.call("server/discover").await.status("405 Method Not Allowed").await;
    stage.call("initialize").await.status("405 Method Not Allowed").await;
    let stream = stage.next().await;
    assert!(stream.head.starts_with("GET /mcp HTTP/1.1"), "{}", stream.head);
    stream.events().await;
    stream
}
