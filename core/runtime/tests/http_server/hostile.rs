//! Clients that mean harm: each is refused, and nobody else notices.

use crate::caller::{call, modern_headers};
use crate::legacy::{Sitting, tool};
use crate::stage::{SHORT, Stage, limited};

/// Sends bytes on a connection of their own, and hears the status of every response until the server closes it.
async fn statuses(stage: &Stage, text: &str) -> Vec<u16> {
    let mut caller = stage.caller().await;
    caller.send(text).await;
    caller.end().await;
    let mut statuses = Vec::new();
    while let Some(heard) = caller.hear_or_end().await {
        statuses.push(heard.status);
    }
    statuses
}

async fn is_well(stage: &Stage) {
    assert_eq!(stage.caller().await.call("echo", "well").await.status, 200);
}

#[tokio::test]
async fn a_head_that_takes_too_long_ends_its_connection() {
    let stage = Stage::new(limited(|limits| limits.head_time = SHORT)).await;
    let mut caller = stage.caller().await;
    assert_eq!(caller.call("echo", "first").await.status, 200);
    caller.send("POST /mcp HTTP/1.1\r\nhost: local").await;
    assert!(caller.is_closed().await);
    assert_eq!(stage.count("head-time"), 1);
    is_well(&stage).await;
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed_after_a_while() {
    let stage = Stage::new(limited(|limits| limits.idle_time = SHORT)).await;
    let (mut fresh, mut used) = (stage.caller().await, stage.caller().await);
    assert_eq!(used.call("echo", "first").await.status, 200);
    assert!(fresh.is_closed().await && used.is_closed().await);
    assert_eq!(stage.count("idle-time"), 2);
}

#[tokio::test]
async fn a_stream_that_is_silent_is_not_an_idle_connection() {
    let stage = Stage::new(limited(|limits| {
        (limits.idle_time, limits.head_time, limits.write_time) = (SHORT, SHORT, SHORT);
    }));
    let stage = stage.await;
    let mut listener = stage.caller().await;
    listener.call("never", "aloud").await;
    listener.event().await.expect("an event");
    // The other connection shows that the time has passed.
    assert!(stage.caller().await.is_closed().await);
    assert!(stage.caller().await.is_closed().await);
    assert_eq!((stage.count("idle-time"), stage.count("head-time")), (2, 0));
    drop(listener);
}

#[tokio::test]
async fn a_body_that_takes_too_long_is_refused() {
    let stage = Stage::new(limited(|limits| limits.body_time = SHORT)).await;
    let mut caller = stage.caller().await;
    let whole = call("echo", "slow");
    caller.send(&whole[..whole.len() - 1]).await;
    assert_eq!(caller.hear().await.status, 408);
    assert!(caller.is_closed().await);
    assert_eq!(stage.count("body-time"), 1);
    is_well(&stage).await;
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_let_go() {
    let stage = Stage::new(limited(|limits| limits.write_time = SHORT)).await;
    let mut caller = stage.caller().await;
    let large = call("echo", &"x".repeat(1 << 20));
    // Nothing is read, so that the answers fill what the system holds and then stand still.
    for _ in 0..64 {
        caller.try_send(&large).await;
        if stage.count("write-time") > 0 {
            break;
        }
    }
    while stage.count("write-time") == 0 {
        tokio::task::yield_now().await;
    }
    is_well(&stage).await;
}

#[tokio::test]
async fn bodies_that_are_too_long_are_refused_however_they_come() {
    let stage = Stage::new(limited(|limits| limits.http.body_bytes = 2_000)).await;
    let long = call("echo", &"x".repeat(3_000));
    let mut caller = stage.caller().await;
    caller.send(&long).await;
    assert_eq!(caller.hear().await.status, 413);
    let (head, body) = long.split_once("\r\n\r\n").expect("a body");
    let head = head.replace("content-length", "x-length");
    let mut caller = stage.caller().await;
    caller.send(&format!("{head}\r\ntransfer-encoding: chunked\r\n\r\n")).await;
    for piece in body.as_bytes().chunks(1_000) {
        let piece = std::str::from_utf8(piece).expect("ASCII");
        caller.try_send(&format!("{:x}\r\n{piece}\r\n", piece.len())).await;
    }
    assert_eq!(caller.hear().await.status, 413);
    assert_eq!(stage.count("body-bytes"), 2);
    is_well(&stage).await;
}

#[tokio::test]
async fn no_more_of_unfinished_bodies_is_held_than_may_be() {
    let stage = Stage::new(limited(|limits| limits.unfinished_bytes = 1_500)).await;
    let whole = call("echo", &"x".repeat(900));
    let (most, last) = whole.split_at(whole.len() - 1);
    let (mut first, mut second) = (stage.caller().await, stage.caller().await);
    first.send(most).await;
    second.send(most).await;
    // Whichever comes second is refused, and the other one is served.
    while stage.count("unfinished-bytes") == 0 {
        tokio::task::yield_now().await;
    }
    first.try_send(last).await;
    second.try_send(last).await;
    let mut statuses = [first.hear().await.status, second.hear().await.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 503]);
}

#[tokio::test]
async fn heads_that_are_too_large_are_refused() {
    let stage = Stage::usual().await;
    let many = "a: b\r\n".repeat(200);
    let mut caller = stage.caller().await;
    caller.send(&format!("POST /mcp HTTP/1.1\r\nhost: localhost\r\n{many}\r\n")).await;
    assert_eq!(caller.hear().await.status, 431);
    let large = "x".repeat(140 << 10);
    let mut caller = stage.caller().await;
    caller.try_send(&format!("POST /mcp HTTP/1.1\r\nhost: localhost\r\na: {large}\r\n\r\n")).await;
    let status = caller.hear_or_end().await.map(|heard| heard.status);
    assert!(status.is_none_or(|status| status == 431), "{status:?}");
    is_well(&stage).await;
}

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused() {
    let stage = Stage::usual().await;
    for (field, status) in [
        ("host: evil.example.com", 403),
        ("host: 127.0.0.1.evil", 403),
        ("x: y", 400),
        ("host: localhost\r\nhost: localhost", 400),
        ("host: localhost\r\norigin: http://evil.example.com", 403),
        ("host: localhost\r\norigin: null", 403),
        ("host: localhost\r\norigin: http://127.0.0.1.evil", 403),
        ("host: localhost:1\r\norigin: http://localhost:5173", 200),
        ("host: [::1]", 200),
    ] {
        let request = call("echo", "x").replace("host: localhost", field);
        let mut caller = stage.caller().await;
        caller.send(&request).await;
        assert_eq!(caller.hear().await.status, status, "{field}");
    }
    let absolute = call("echo", "x").replace("POST /mcp", "POST http://evil.example.com/mcp");
    let status = statuses(&stage, &absolute).await;
    assert!(status[0] == 400 || status[0] == 403, "{status:?}");
}

#[tokio::test]
async fn bodies_of_other_kinds_are_refused() {
    let stage = Stage::usual().await;
    for (from, to, status) in [
        ("content-type: application/json", "content-type: text/plain", 415),
        ("content-type: application/json", "content-type: application/jsonx", 415),
        ("content-type: application/json", "content-encoding: gzip", 415),
        ("accept: application/json, text/event-stream", "accept: text/html", 406),
    ] {
        let mut caller = stage.caller().await;
        caller.send(&call("echo", "x").replace(from, to)).await;
        assert_eq!(caller.hear().await.status, status, "{to}");
    }
}

/// What a proxy in front might see as two requests is one here, or none.
#[tokio::test]
async fn nothing_is_smuggled() {
    let stage = Stage::usual().await;
    let inner = call("echo", "smuggled");
    let plain = call("echo", "x");
    let (head, body) = plain.split_once("\r\n\r\n").expect("a body");
    let bare = head.replace(&format!("content-length: {}", body.len()), "x: y");
    let chunk = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    for attempt in [
        // Two lengths, of which one hides the second request.
        format!("{head}\r\ncontent-length: {}\r\n\r\n{body}{inner}", body.len() + inner.len()),
        format!("{bare}\r\ncontent-length: 3, {}\r\n\r\n{body}", body.len()),
        format!("{bare}\r\ncontent-length: +{}\r\n\r\n{body}", body.len()),
        format!("{bare}\r\ntransfer-encoding : chunked\r\n\r\n{chunk}"),
        format!("{bare}\r\ntransfer-encoding: chunked, identity\r\n\r\n{chunk}"),
        format!("{bare}\r\ntransfer-encoding: xchunked\r\n\r\n{chunk}"),
        format!("{bare}\r\nx: y\r\n folded: z\r\n\r\n{body}"),
        format!("{bare}\r\nx: y\0z\r\n\r\n{body}"),
        format!("{bare}\r\nx: y\rz: w\r\n\r\n{body}"),
        format!("{bare}\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{body}\r\n0\r\n\r\n"),
        format!("{bare}\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{body}"),
        format!("{bare}\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{body}\r\n0\r\n\r\n"),
    ] {
        let heard = statuses(&stage, &attempt).await;
        assert!(heard.len() <= 1, "{heard:?} for {attempt}");
        assert!(heard.iter().all(|status| (400..500).contains(status)), "{heard:?} for {attempt}");
    }
    // Beside a transfer coding a length means nothing (RFC 9112, section 6.3): one request, or a refusal.
    let both = format!("{head}\r\ntransfer-encoding: chunked\r\n\r\n{chunk}");
    assert_eq!(statuses(&stage, &both).await.len(), 1);
    is_well(&stage).await;
}

#[tokio::test]
async fn a_flood_of_chunk_extensions_ends_its_connection() {
    let stage = Stage::usual().await;
    let mut caller = stage.caller().await;
    let head = call("echo", "x").replace("content-length", "x-length");
    let (head, _) = head.split_once("\r\n\r\n").expect("a body");
    caller.send(&format!("{head}\r\ntransfer-encoding: chunked\r\n\r\n1;")).await;
    for _ in 0..64 {
        caller.try_send(&"x".repeat(1 << 10)).await;
    }
    let heard = caller.hear_or_end().await;
    assert!(heard.is_none_or(|heard| heard.status == 400));
    is_well(&stage).await;
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let stage = Stage::usual().await;
    for text in ["\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "{}\r\n\r\n"] {
        let heard = statuses(&stage, text).await;
        assert!(heard.iter().all(|status| (400..600).contains(status)), "{heard:?} for {text:?}");
    }
    is_well(&stage).await;
}

#[tokio::test]
async fn sessions_of_others_are_not_there() {
    let stage = Stage::usual().await;
    Sitting::open(&stage, "2025-06-18").await;
    let mut caller = stage.caller().await;
    let long = "x".repeat(64 << 10);
    for id in ["", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "../../etc/passwd", &long] {
        let heard = caller.post(&format!("mcp-session-id: {id}\r\n"), &tool(1, "echo", "")).await;
        assert!([400, 404].contains(&heard.status), "{heard:?}");
    }
    assert_eq!(stage.service.sessions(), 1);
}

#[tokio::test]
async fn an_inbox_holds_no_more_than_it_may() {
    let stage = Stage::new(limited(|limits| limits.inbox = 0)).await;
    let mut caller = stage.caller().await;
    let heard = caller.post("", &crate::legacy::initialize("2025-06-18")).await;
    assert_eq!(heard.status, 503);
    assert_eq!(stage.count("inbox"), 1);
    let headers = modern_headers("tools/list");
    let body = crate::caller::modern("tools/list", "");
    assert_eq!(caller.post(&headers, &body).await.status, 200);
}
