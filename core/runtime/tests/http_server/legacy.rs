//! The legacy era: sessions.

use mcp_engine_proto::connection::Change;
use mcp_engine_proto::http::SessionMode;
use mcp_engine_runtime::http_server::{HttpServerConfig, HttpSsePaths};

use crate::caller::{Caller, Heard};
use crate::stage::{SHORT, Stage, limited};

/// A session of a client.
pub(crate) struct Sitting {
    pub(crate) caller: Caller,
    pub(crate) headers: String,
}

pub(crate) fn initialize(version: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":0,"method":"initialize","params":{{"protocolVersion":"{version}","capabilities":{{"roots":{{}}}},"clientInfo":{{"name":"c","version":"1"}}}}}}"#
    )
}

pub(crate) fn tool(id: u32, name: &str, text: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{name}","arguments":{{"text":"{text}"}},"_meta":{{"progressToken":{id}}}}}}}"#
    )
}

impl Sitting {
    pub(crate) async fn open(stage: &Stage, version: &str) -> Self {
        let mut caller = stage.caller().await;
        let heard = caller.post("", &initialize(version)).await;
        assert_eq!(heard.status, 200, "{heard:?}");
        let id = heard.header("mcp-session-id").expect("an id").to_owned();
        let headers = format!("mcp-session-id: {id}\r\nmcp-protocol-version: {version}\r\n");
        let mut sitting = Self { caller, headers };
        let initialized = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
        assert_eq!(sitting.post(initialized).await.status, 202);
        sitting
    }

    pub(crate) async fn post(&mut self, body: &str) -> Heard {
        self.caller.post(&self.headers, body).await
    }

    /// The same session over another connection.
    pub(crate) async fn beside(&self, stage: &Stage) -> Self {
        Self { caller: stage.caller().await, headers: self.headers.clone() }
    }

    pub(crate) async fn get(&mut self, more: &str) -> Heard {
        let headers = &self.headers;
        let get = format!(
            "GET /mcp HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n{headers}{more}\r\n"
        );
        self.caller.send(&get).await;
        self.caller.hear().await
    }

    pub(crate) async fn delete(&mut self) -> Heard {
        let headers = &self.headers;
        self.caller
            .send(&format!("DELETE /mcp HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n"))
            .await;
        self.caller.hear().await
    }
}

const VERSIONS: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

#[tokio::test]
async fn a_session_is_opened_used_and_closed_in_every_revision() {
    let stage = Stage::usual().await;
    for version in VERSIONS {
        let mut sitting = Sitting::open(&stage, version).await;
        assert_eq!(stage.service.sessions(), 1);
        for (id, name) in [(1, "echo"), (2, "later"), (3, "block")] {
            let heard = sitting.post(&tool(id, name, version)).await;
            assert_eq!(heard.header("content-type"), Some("application/json"), "{heard:?}");
            assert!(heard.body.contains(version), "{heard:?}");
        }
        let heard = sitting.post(r#"{"jsonrpc":"2.0","id":4,"method":"ping"}"#).await;
        assert!(heard.body.contains(r#""result":{}"#), "{heard:?}");
        assert_eq!(sitting.delete().await.status, 204);
        assert_eq!(sitting.post(&tool(5, "echo", "")).await.status, 404);
        assert_eq!(sitting.delete().await.status, 404);
        assert_eq!(stage.service.sessions(), 0);
    }
}

#[tokio::test]
async fn what_is_said_before_the_answer_makes_events_with_ids() {
    let stage = Stage::usual().await;
    for (version, primed) in [("2025-06-18", 0), ("2025-11-25", 1)] {
        let mut sitting = Sitting::open(&stage, version).await;
        for name in ["progress", "talk"] {
            let heard = sitting.post(&tool(1, name, "3")).await;
            assert!(heard.is_events(), "{heard:?}");
            let events = sitting.caller.events().await;
            assert!(events.len() > primed + 1, "{events:?}");
            assert!(events.iter().all(|event| event.starts_with("id: ")), "{events:?}");
            assert_eq!(events[0].ends_with("data: \n\n"), primed == 1, "{events:?}");
            assert!(events.last().expect("an answer").contains(r#""result""#));
        }
    }
}

#[tokio::test]
async fn a_handler_closes_its_stream_and_the_client_comes_back_for_the_rest() {
    let stage = Stage::usual().await;
    for text in ["", "aloud"] {
        let mut sitting = Sitting::open(&stage, "2025-11-25").await;
        assert!(sitting.post(&tool(1, "away", text)).await.is_events());
        let mut last = sitting.caller.event().await.expect("the first event");
        assert!(last.starts_with("id: ") && last.ends_with("data: \n\n"), "{last}");
        if text == "aloud" {
            last = sitting.caller.event().await.expect("a question");
            let answer = answer_to(&last);
            assert_eq!(sitting.beside(&stage).await.post(&answer).await.status, 202);
        }
        assert_eq!(sitting.caller.events().await, ["retry: 5\n\n"]);
        let id = last.lines().find_map(|line| line.strip_prefix("id: ")).expect("an id");
        let resumed = sitting.get(&format!("last-event-id: {id}\r\n")).await;
        assert!(resumed.is_events(), "{resumed:?}");
        let events = sitting.caller.events().await;
        let [progress, answer] = &*events else { panic!("{events:?}") };
        assert!(progress.contains(r#""progress":2"#), "{progress}");
        assert!(answer.contains("Closed and Closed"), "{answer}");
    }
}

/// The answer to a question for roots.
fn answer_to(question: &str) -> String {
    let id = question.split(r#""id":"#).nth(1).expect("an id");
    let id = id.split(&[',', '}']).next().expect("an id");
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"roots":[]}}}}"#)
}

#[tokio::test]
async fn a_stream_that_nobody_could_come_back_to_stays_open() {
    let stage = Stage::usual().await;
    for version in ["2024-11-05", "2025-03-26", "2025-06-18"] {
        let mut sitting = Sitting::open(&stage, version).await;
        assert!(sitting.post(&tool(1, "away", "")).await.is_events());
        let events = sitting.caller.events().await;
        let answer = events.last().expect("an answer");
        assert!(answer.contains("Kept and Kept"), "{version}: {events:?}");
    }
    let mut caller = stage.caller().await;
    caller.call("away", "").await;
    let events = caller.events().await;
    assert!(events.last().expect("an answer").contains("Kept and Kept"), "{events:?}");
    let config =
        HttpServerConfig { sessions: SessionMode::Stateless, ..HttpServerConfig::default() };
    let mut alone = Stage::new(config).await.caller().await;
    alone.post("mcp-protocol-version: 2025-11-25\r\n", &tool(1, "away", "")).await;
    let events = alone.events().await;
    assert!(events.last().expect("an answer").contains("Kept and Kept"), "{events:?}");
}

#[tokio::test]
async fn a_server_asks_on_the_stream_of_the_request_and_hears_the_answer() {
    let stage = Stage::usual().await;
    let mut sitting = Sitting::open(&stage, "2025-11-25").await;
    let mut beside = sitting.beside(&stage).await;
    assert!(sitting.post(&tool(1, "ask", "")).await.is_events());
    let prime = sitting.caller.event().await.expect("an event");
    assert!(prime.ends_with("data: \n\n"), "{prime}");
    let question = sitting.caller.event().await.expect("a question");
    assert!(question.contains("roots/list"), "{question}");
    assert_eq!(beside.post(&answer_to(&question)).await.status, 202);
    let answer = sitting.caller.event().await.expect("an answer");
    assert!(answer.contains("roots"), "{answer}");
    assert_eq!(sitting.caller.event().await, None);
}

#[tokio::test]
async fn what_belongs_to_no_request_comes_on_the_stream_of_the_session() {
    let stage = Stage::usual().await;
    let mut sitting = Sitting::open(&stage, "2025-06-18").await;
    let mut stream = sitting.beside(&stage).await;
    assert!(stream.get("").await.is_events());
    let mut second = sitting.beside(&stage).await;
    assert_eq!(second.get("").await.status, 409);
    stage.service.server().changes().publish(Change::Tools);
    let event = stream.caller.event().await.expect("an event");
    assert!(event.contains("tools/list_changed"), "{event}");
    assert_eq!(sitting.delete().await.status, 204);
    assert_eq!(stream.caller.event().await, None);
}

#[tokio::test]
async fn a_stream_that_broke_is_resumed_without_a_gap() {
    let mut stage = Stage::usual().await;
    let sitting = Sitting::open(&stage, "2025-11-25").await;
    let mut broken = sitting.beside(&stage).await;
    assert!(broken.post(&tool(1, "never", "aloud")).await.is_events());
    let prime = broken.caller.event().await.expect("an event");
    assert!(broken.caller.event().await.expect("an event").contains("progress"));
    drop(broken);
    let id = prime.lines().next().expect("a line").strip_prefix("id: ").expect("an id");
    let mut resumed = sitting.beside(&stage).await;
    assert!(resumed.get(&format!("last-event-id: {id}\r\n")).await.is_events());
    assert!(resumed.caller.event().await.expect("an event").contains("progress"));
    let mut forged = sitting.beside(&stage).await;
    assert_eq!(forged.get("last-event-id: 99-1\r\n").await.status, 400);
    assert_eq!(forged.get("last-event-id: x\r\n").await.status, 400);
    let mut closing = sitting.beside(&stage).await;
    assert_eq!(closing.delete().await.status, 204);
    assert_eq!(resumed.caller.event().await, None);
    stage.dropped.recv().await.expect("the work ends with the session");
}

#[tokio::test]
async fn what_was_said_meanwhile_is_heard_when_the_stream_is_resumed() {
    let stage = Stage::usual().await;
    let sitting = Sitting::open(&stage, "2025-11-25").await;
    let mut first = sitting.beside(&stage).await;
    assert!(first.post(&tool(1, "progress", "the end")).await.is_events());
    let events = first.caller.events().await;
    let id = events[1].lines().next().expect("a line").strip_prefix("id: ").expect("an id");
    let mut again = sitting.beside(&stage).await;
    assert!(again.get(&format!("last-event-id: {id}\r\n")).await.is_events());
    assert_eq!(again.caller.events().await, events[2..]);
}

/// Opens a session in which something was said, and says with which status it can be heard again.
async fn heard_again(stage: &Stage) -> (Sitting, u16) {
    let sitting = Sitting::open(stage, "2025-11-25").await;
    let mut first = sitting.beside(stage).await;
    assert!(first.post(&tool(1, "progress", "the end")).await.is_events());
    let events = first.caller.events().await;
    assert_eq!(events.len(), 5, "who listens hears everything: {events:?}");
    let id = events[0].lines().next().expect("a line").strip_prefix("id: ").expect("an id");
    let mut again = sitting.beside(stage).await;
    let status = again.get(&format!("last-event-id: {id}\r\n")).await.status;
    (sitting, status)
}

#[tokio::test]
async fn all_sessions_together_keep_no_more_than_they_may() {
    let stage = Stage::new(limited(|limits| limits.kept_bytes = 500)).await;
    let (_open, status) = heard_again(&stage).await;
    assert_eq!((status, stage.count("kept-bytes")), (200, 0));
    let (_also_open, status) = heard_again(&stage).await;
    assert_eq!(status, 400, "its events were not kept");
    assert!(stage.count("kept-bytes") > 0);
}

#[tokio::test]
async fn what_a_session_has_kept_is_given_back_with_it() {
    let stage = Stage::new(limited(|limits| limits.kept_bytes = 500)).await;
    for _ in 0..5 {
        let (mut sitting, status) = heard_again(&stage).await;
        assert_eq!((status, stage.count("kept-bytes")), (200, 0));
        assert_eq!(sitting.delete().await.status, 204);
    }
}

#[tokio::test]
async fn a_request_that_takes_long_gets_a_stream_that_is_kept_alive() {
    let config = HttpServerConfig { keep_alive: SHORT, ..HttpServerConfig::default() };
    let stage = Stage::new(config).await;
    let mut sitting = Sitting::open(&stage, "2025-11-25").await;
    let mut beside = sitting.beside(&stage).await;
    assert!(sitting.post(&tool(1, "never", "")).await.is_events());
    assert!(sitting.caller.event().await.expect("an event").ends_with("data: \n\n"));
    assert_eq!(sitting.caller.event().await.as_deref(), Some(":\n\n"));
    let cancel = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#;
    assert_eq!(beside.post(cancel).await.status, 202);
    loop {
        match sitting.caller.event().await {
            Some(event) => assert_eq!(event, ":\n\n"),
            None => return,
        }
    }
}

#[tokio::test]
async fn batches_are_answered_as_one_where_there_are_batches() {
    let stage = Stage::usual().await;
    let batch = format!("[{},{}]", tool(1, "echo", "one"), tool(2, "later", "two"));
    let mut sitting = Sitting::open(&stage, "2025-03-26").await;
    let heard = sitting.post(&batch).await;
    assert!(heard.body.starts_with('[') && heard.body.ends_with(']'), "{heard:?}");
    assert!(heard.body.contains("one") && heard.body.contains("two"), "{heard:?}");
    let mut sitting = Sitting::open(&stage, "2025-06-18").await;
    assert_eq!(sitting.post(&batch).await.status, 400);
}

#[tokio::test]
async fn many_requests_of_one_session_are_in_flight_at_once() {
    let stage = Stage::usual().await;
    let sitting = Sitting::open(&stage, "2025-06-18").await;
    let mut calls = Vec::new();
    for number in 0..50 {
        let mut beside = sitting.beside(&stage).await;
        calls.push(tokio::spawn(async move {
            for turn in 0..10 {
                let (id, name) = (1 + number * 10 + turn, ["echo", "later"][turn as usize % 2]);
                let text = format!("text {id}.");
                let heard = beside.post(&tool(id, name, &text)).await;
                assert!(heard.body.contains(&text), "{heard:?}");
                assert!(heard.body.contains(&format!(r#""id":{id}"#)), "{heard:?}");
            }
        }));
    }
    for call in calls {
        call.await.expect("no panic");
    }
}

#[tokio::test]
async fn a_session_that_nobody_uses_is_gone_after_a_while() {
    let stage = Stage::new(limited(|limits| limits.http.session_idle_ms = 50)).await;
    let mut sitting = Sitting::open(&stage, "2025-06-18").await;
    let mut held = Sitting::open(&stage, "2025-06-18").await;
    let mut stream = held.beside(&stage).await;
    assert!(stream.get("").await.is_events());
    while stage.service.sessions() > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(sitting.post(&tool(1, "echo", "")).await.status, 404);
    assert_eq!(held.post(&tool(1, "echo", "")).await.status, 200);
}

#[tokio::test]
async fn requests_that_are_refused_leave_no_session() {
    let stage = Stage::usual().await;
    let mut caller = stage.caller().await;
    assert_eq!(caller.post("", &tool(1, "echo", "")).await.status, 400);
    let stranger = "mcp-session-id: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n";
    assert_eq!(caller.post(stranger, &tool(1, "echo", "")).await.status, 404);
    for verb in ["GET", "HEAD", "OPTIONS", "DELETE", "PUT"] {
        let mut caller = stage.caller().await;
        let accept = "accept: text/event-stream\r\n";
        caller.send(&format!("{verb} /mcp HTTP/1.1\r\nhost: localhost\r\n{accept}\r\n")).await;
        let status = caller.hear_head().await.expect("a response").status;
        let expected = if ["GET", "DELETE"].contains(&verb) { 400 } else { 405 };
        assert_eq!(status, expected, "{verb}");
    }
    let refused = caller.post("", r#"{"jsonrpc":"2.0","id":1,"method":"initialize"}"#).await;
    assert_eq!((refused.status, refused.header("mcp-session-id")), (200, None), "{refused:?}");
    assert_eq!(stage.service.sessions(), 0);
}

#[tokio::test]
async fn there_are_no_more_sessions_than_may_be() {
    let stage = Stage::new(limited(|limits| limits.http.sessions = 2)).await;
    for _ in 0..2 {
        Sitting::open(&stage, "2025-06-18").await;
    }
    let mut caller = stage.caller().await;
    let refused = caller.post("", &initialize("2025-06-18")).await;
    assert_eq!((refused.status, refused.header("mcp-session-id")), (503, None), "{refused:?}");
    assert_eq!(stage.count("sessions"), 1);
}

#[tokio::test]
async fn a_handler_that_panics_ends_its_session_alone() {
    let stage = Stage::usual().await;
    let mut other = Sitting::open(&stage, "2025-06-18").await;
    let mut sitting = Sitting::open(&stage, "2025-06-18").await;
    assert_eq!(sitting.post(&tool(1, "panic", "")).await.status, 404);
    assert_eq!(other.post(&tool(1, "echo", "")).await.status, 200);
    while stage.service.sessions() > 1 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn without_sessions_every_post_stands_alone() {
    let config =
        HttpServerConfig { sessions: SessionMode::Stateless, ..HttpServerConfig::default() };
    let stage = Stage::new(config).await;
    let mut caller = stage.caller().await;
    let heard = caller.post("", &initialize("2025-06-18")).await;
    assert_eq!((heard.status, heard.header("mcp-session-id")), (200, None));
    let version = "mcp-protocol-version: 2025-06-18\r\n";
    for name in ["echo", "later"] {
        let heard = caller.post(version, &tool(1, name, "alone")).await;
        assert!(heard.body.contains("alone"), "{heard:?}");
    }
    assert!(caller.post(version, &tool(1, "progress", "3")).await.is_events());
    assert!(caller.events().await.pop().expect("an answer").contains(r#""result""#));
    assert_eq!(stage.service.sessions(), 0);
}

#[tokio::test]
async fn http_sse_answers_on_its_one_stream() {
    let paths = HttpSsePaths { stream: "/sse".to_owned(), messages: "/messages".to_owned() };
    let config = HttpServerConfig { http_sse: Some(paths), ..HttpServerConfig::default() };
    let stage = Stage::new(config).await;
    let mut stream = stage.caller().await;
    stream.send("GET /sse HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(stream.hear().await.is_events());
    let endpoint = stream.event().await.expect("an event");
    let path = endpoint.strip_prefix("event: endpoint\ndata: ").expect("an endpoint").trim();
    let mut caller = stage.caller().await;
    for (body, expected) in [
        (initialize("2024-11-05"), "protocolVersion"),
        (tool(1, "echo", "one"), "one"),
        (tool(2, "later", "two"), "two"),
    ] {
        let post = crate::caller::post("", &body).replace("/mcp", path);
        caller.send(&post).await;
        assert_eq!(caller.hear().await.status, 202);
        let event = stream.event().await.expect("an event");
        assert!(event.starts_with("event: message\ndata: ") && event.contains(expected), "{event}");
    }
    // The session is none of the other transport.
    let id = path.split_once("sessionId=").expect("an id").1;
    let heard = caller.post(&format!("mcp-session-id: {id}\r\n"), &tool(3, "echo", "")).await;
    assert_eq!(heard.status, 404);
    drop(stream);
    while stage.service.sessions() > 0 {
        tokio::task::yield_now().await;
    }
}
