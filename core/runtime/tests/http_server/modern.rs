//! The modern era: every request stands alone.

use mcp_engine_proto::connection::Change;
use mcp_engine_runtime::http_server::HttpServerConfig;

use crate::caller::{call, modern, modern_headers};
use crate::stage::{SHORT, Stage, limited};

#[tokio::test]
async fn an_answer_at_once_is_one_json_message_on_a_connection_that_stays() {
    let stage = Stage::usual().await;
    let mut caller = stage.caller().await;
    for text in ["one", "two", "three"] {
        let heard = caller.call("echo", text).await;
        assert_eq!(heard.status, 200, "{heard:?}");
        assert_eq!(heard.header("content-type"), Some("application/json"));
        assert!(heard.body.contains(text) && heard.body.contains(r#""id":7"#), "{heard:?}");
    }
}

#[tokio::test]
async fn work_that_is_not_done_at_once_is_answered_all_the_same() {
    let stage = Stage::usual().await;
    let mut caller = stage.caller().await;
    for name in ["later", "block"] {
        let heard = caller.call(name, "in the end").await;
        assert_eq!(heard.status, 200);
        assert!(heard.body.contains("in the end"), "{heard:?}");
    }
}

#[tokio::test]
async fn what_is_said_before_the_answer_makes_a_stream_of_events() {
    let stage = Stage::usual().await;
    let mut caller = stage.caller().await;
    for name in ["progress", "talk"] {
        let heard = caller.call(name, "3").await;
        assert_eq!(heard.status, 200);
        assert!(heard.is_events(), "{heard:?}");
        assert_eq!(heard.header("x-accel-buffering"), Some("no"));
        let events = caller.events().await;
        assert_eq!(events.len(), 4, "{events:?}");
        assert!(events[0].contains(r#""method":"notifications/"#), "{events:?}");
        assert!(events[3].contains(r#""result""#), "{events:?}");
        assert!(events.iter().all(|event| event.starts_with("data: ")), "{events:?}");
    }
    assert_eq!(caller.call("echo", "again").await.status, 200);
}

#[tokio::test]
async fn a_client_that_takes_no_events_gets_the_answer_alone() {
    let stage = Stage::usual().await;
    let mut caller = stage.caller().await;
    let only_json = call("progress", "done").replace(", text/event-stream", "");
    caller.send(&only_json).await;
    let heard = caller.hear().await;
    assert!(!heard.is_events() && heard.body.contains("done"), "{heard:?}");
}

#[tokio::test]
async fn a_client_that_takes_events_alone_gets_the_answer_as_one() {
    let stage = Stage::usual().await;
    let mut caller = stage.caller().await;
    caller.send(&call("echo", "done").replace("application/json, text", "text")).await;
    let heard = caller.hear().await;
    assert!(heard.is_events() && heard.body.starts_with("data: {"), "{heard:?}");
}

#[tokio::test]
async fn errors_have_the_status_of_the_specification() {
    let stage = Stage::usual().await;
    let mut caller = stage.caller().await;
    let unknown = caller.post(&modern_headers("no/such"), &modern("no/such", "")).await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.body.contains("-32601") && unknown.body.contains(r#""id":7"#), "{unknown:?}");
    let ping = caller.post(&modern_headers("ping"), &modern("ping", "")).await;
    assert_eq!(ping.status, 404);
    let mirror = caller.post(&modern_headers("tools/list"), &modern("no/such", "")).await;
    assert_eq!(mirror.status, 400);
    assert!(mirror.body.contains("-32020"), "{mirror:?}");
    let tool = caller.call("missing", "").await;
    assert_eq!(tool.status, 200);
    assert!(tool.body.contains("-32602"), "{tool:?}");
    let broken = caller.post(&modern_headers("tools/list"), "{").await;
    assert_eq!(broken.status, 400);
    assert!(broken.body.contains("-32700"), "{broken:?}");
    let answer = r#"{"jsonrpc":"2.0","id":7,"result":{]"#;
    let answer = caller.post(&modern_headers("tools/list"), answer).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("-32700") && !answer.body.contains(r#""id":7"#), "{answer:?}");
}

#[tokio::test]
async fn the_server_is_discovered() {
    let stage = Stage::usual().await;
    let mut caller = stage.caller().await;
    let heard =
        caller.post(&modern_headers("server/discover"), &modern("server/discover", "")).await;
    assert_eq!(heard.status, 200);
    assert!(heard.body.contains(r#""supportedVersions""#), "{heard:?}");
}

#[tokio::test]
async fn a_handler_that_panics_answers_with_an_error_and_harms_nobody() {
    let stage = Stage::usual().await;
    let mut caller = stage.caller().await;
    let heard = caller.call("panic", "").await;
    assert!(heard.body.contains("-32603"), "{heard:?}");
    assert_eq!(caller.call("echo", "still here").await.status, 200);
}

#[tokio::test]
async fn a_client_that_goes_takes_its_request_along() {
    let mut stage = Stage::usual().await;
    let mut silent = stage.caller().await;
    silent.send(&call("never", "")).await;
    let mut speaking = stage.caller().await;
    assert!(speaking.call("never", "aloud").await.is_events());
    assert!(speaking.event().await.expect("an event").contains("progress"));
    drop(silent);
    stage.dropped.recv().await.expect("the first work is dropped");
    drop(speaking);
    stage.dropped.recv().await.expect("the second work is dropped");
}

#[tokio::test]
async fn a_stream_that_is_silent_is_kept_alive() {
    let config = HttpServerConfig { keep_alive: SHORT, ..HttpServerConfig::default() };
    let stage = Stage::new(config).await;
    let mut caller = stage.caller().await;
    assert!(caller.call("never", "aloud").await.is_events());
    assert!(caller.event().await.expect("an event").contains("progress"));
    assert_eq!(caller.event().await.as_deref(), Some(":\n\n"));
    assert_eq!(caller.event().await.as_deref(), Some(":\n\n"));
}

const LISTEN: &str = r#""notifications":{"toolsListChanged":true,"resourceSubscriptions":["a:b"]}"#;

#[tokio::test]
async fn listeners_hear_what_they_asked_for() {
    let stage = Stage::usual().await;
    let mut caller = stage.caller().await;
    let headers = modern_headers("subscriptions/listen");
    let heard = caller.post(&headers, &modern("subscriptions/listen", LISTEN)).await;
    assert!(heard.is_events(), "{heard:?}");
    let acknowledged = caller.event().await.expect("an event");
    assert!(acknowledged.contains("notifications/subscriptions/acknowledged"), "{acknowledged}");
    assert_eq!(stage.service.listeners(), 1);
    let changes = stage.service.server().changes().clone();
    changes.publish(Change::Prompts);
    changes.publish(Change::Resource("other:b"));
    changes.publish(Change::Resource("a:b"));
    let updated = caller.event().await.expect("an event");
    assert!(updated.contains("notifications/resources/updated"), "{updated}");
    assert!(updated.contains(r#""io.modelcontextprotocol/subscriptionId":7"#), "{updated}");
    changes.publish(Change::Tools);
    assert!(caller.event().await.expect("an event").contains("tools/list_changed"));
}

#[tokio::test]
async fn a_listener_that_does_not_read_is_let_go() {
    let stage = Stage::new(limited(|limits| limits.stream_bytes = 1_000)).await;
    let mut caller = stage.caller().await;
    let headers = modern_headers("subscriptions/listen");
    caller.post(&headers, &modern("subscriptions/listen", LISTEN)).await;
    // Nothing is read meanwhile: there is no await on the one thread of the test.
    while stage.service.listeners() > 0 {
        stage.service.server().changes().publish(Change::Tools);
    }
    assert_eq!(stage.count("stream-bytes"), 1);
    let events = caller.events().await;
    assert!(events.len() > 1 && events.len() < 20, "{}", events.len());
}

#[tokio::test]
async fn no_more_listen_than_may() {
    let stage = Stage::new(limited(|limits| limits.listeners = 1)).await;
    let headers = modern_headers("subscriptions/listen");
    let body = modern("subscriptions/listen", LISTEN);
    let (mut first, mut second) = (stage.caller().await, stage.caller().await);
    assert_eq!(first.post(&headers, &body).await.status, 200);
    let refused = second.post(&headers, &body).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("10")));
    assert_eq!(stage.count("listeners"), 1);
}

#[tokio::test]
async fn notifications_are_taken_and_responses_are_not() {
    let stage = Stage::usual().await;
    let mut caller = stage.caller().await;
    let version = "mcp-protocol-version: 2026-07-28\r\n";
    let cancelled = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{}}"#;
    let headers = format!("{version}mcp-method: notifications/cancelled\r\n");
    assert_eq!(caller.post(&headers, cancelled).await.status, 202);
    let heard = caller.post(version, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#).await;
    assert_eq!(heard.status, 400);
}

#[tokio::test]
async fn a_body_may_come_in_many_pieces() {
    let stage = Stage::usual().await;
    let mut caller = stage.caller().await;
    let whole = call("echo", "bit by bit");
    let (head, body) = whole.split_once("\r\n\r\n").expect("a body");
    let head = head.replace("content-length", "x-length");
    caller.send(&format!("{head}\r\ntransfer-encoding: chunked\r\n\r\n")).await;
    for byte in body.bytes() {
        caller.send(&format!("1;ext=x\r\n{}\r\n", char::from(byte))).await;
    }
    caller.send("0\r\nx-trailer: 1\r\n\r\n").await;
    let heard = caller.hear().await;
    assert_eq!(heard.status, 200, "{heard:?}");
    assert!(heard.body.contains("bit by bit"));
    assert_eq!(caller.call("echo", "next").await.status, 200);
}

#[tokio::test]
async fn a_hundred_connections_are_served_at_once() {
    let stage = Stage::usual().await;
    let calls: Vec<_> = (0..100)
        .map(|number| {
            let address = stage.address;
            tokio::spawn(async move {
                let mut caller = crate::caller::Caller::connect(address).await;
                for turn in 0..20 {
                    let name = ["echo", "later", "progress"][turn % 3];
                    let text = format!("{number} {turn}");
                    let heard = caller.call(name, &text).await;
                    let last = match heard.is_events() {
                        true => caller.events().await.pop().expect("an event"),
                        false => heard.body,
                    };
                    assert!(last.contains(&text), "{last}");
                }
            })
        })
        .collect();
    for call in calls {
        call.await.expect("no panic");
    }
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let stage = Stage::usual().await;
    let mut caller = stage.caller().await;
    let both = [call("later", "first"), call("echo", "second")].concat();
    caller.send(&both).await;
    assert!(caller.hear().await.body.contains("first"));
    assert!(caller.hear().await.body.contains("second"));
}
