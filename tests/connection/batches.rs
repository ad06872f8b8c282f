//! Batches: what MCP 2025-03-26 asks for, and that they are refused everywhere else.

use mcp_engine::connection::{Delivery, Fin, LoggingLevel, Reply, StreamId};
use mcp_engine::encode::Outcome;
use mcp_engine::version::{Role, Version};
use mcp_engine::{Error, Limit, PeerRule};
use serde_json::Value;

use crate::stage::{
    Scene, Solo, broken, client, code, json, last, line, open, over_http, raw, request, requested,
    server,
};

const B: Version = Version::V2025_03_26;
const PING: &str = r#"{"jsonrpc":"2.0","id":"p","method":"ping"}"#;
const NOTICE: &str = r#"{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}"#;
const DONE: Reply<'static> = Reply::Text("done", Outcome::Success);

fn batch(messages: &[&str]) -> String {
    format!("[{}]", messages.join(","))
}

fn tool(id: &str) -> String {
    line(B, id, "tools/call", r#""name":"echo""#)
}

/// The ids of the answers in a batch.
fn ids(answer: &Value) -> Vec<Value> {
    let answers = answer.as_array().expect("a batch");
    answers.iter().map(|answer| answer.get("id").cloned().unwrap_or_default()).collect()
}

#[test]
fn the_answers_to_a_batch_leave_as_one() {
    let mut scene = open(B);
    let before = scene.count(Role::Server);
    scene.hear(Role::Server, &batch(&[&tool("71"), PING, NOTICE, &tool("72")]));
    assert_eq!(scene.count(Role::Server), before, "not before the last is there");
    let (first, _) = requested(&mut scene.server);
    scene.server.event();
    let (second, _) = requested(&mut scene.server);
    scene.respond(Role::Server, &second, DONE).expect("in flight");
    assert_eq!(scene.count(Role::Server), before);
    scene.respond(Role::Server, &first, DONE).expect("in flight");
    assert_eq!(scene.count(Role::Server), before + 1);
    let mut answered = ids(&last(&scene, Role::Server));
    answered.sort_by_key(Value::to_string);
    assert_eq!(answered, [json("\"p\""), json("71"), json("72")]);
}

#[test]
fn a_batch_that_needs_no_application_is_answered_at_once() {
    let mut scene = open(B);
    scene.hear(Role::Server, &batch(&[PING]));
    assert_eq!(ids(&last(&scene, Role::Server)), [json("\"p\"")]);
}

#[test]
fn a_batch_of_notifications_is_not_answered() {
    let mut scene = open(B);
    let before = scene.count(Role::Server);
    scene.hear(Role::Server, &batch(&[NOTICE, NOTICE]));
    assert_eq!((scene.count(Role::Server), scene.server.events.len()), (before, 2));
}

#[test]
fn errors_stand_in_the_batch_of_the_request() {
    let mut scene = open(B);
    scene.hear(Role::Server, &batch(&[PING, &line(B, "73", "no/such", "")]));
    let answer = last(&scene, Role::Server);
    assert_eq!(ids(&answer), [json("\"p\""), json("73")]);
    assert_eq!(code(&answer[1]), -32601);
}

#[test]
fn a_cancelled_request_of_a_batch_is_not_waited_for() {
    let mut scene = open(B);
    scene.hear(Role::Server, &batch(&[PING, &tool("71")]));
    let (id, _) = requested(&mut scene.server);
    scene.hear(
        Role::Server,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":71}}"#,
    );
    assert_eq!(ids(&last(&scene, Role::Server)), [json("\"p\"")]);
    assert_eq!(scene.respond(Role::Server, &id, DONE), Ok(Delivery::Dropped));
}

#[test]
fn a_batch_of_which_all_was_cancelled_is_not_answered() {
    let mut scene = open(B);
    let before = scene.count(Role::Server);
    scene.hear(Role::Server, &batch(&[&tool("71")]));
    scene.hear(
        Role::Server,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":71}}"#,
    );
    assert_eq!(scene.count(Role::Server), before);
}

#[test]
fn a_batch_of_answers_is_taken_in() {
    let mut scene = open(B);
    let calls = [0, 1].map(|_| request(&mut scene, Role::Client, crate::stage::echo()));
    let answers = calls
        .each_ref()
        .map(|id| format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":[]}}}}"#));
    scene.hear(Role::Client, &batch(&[&answers[1], &answers[0]]));
    assert_eq!(scene.client.events.len(), 2);
    assert_eq!(scene.client.connection.own_requests(), 0);
}

#[test]
fn two_batches_at_a_time_are_kept_apart() {
    let mut scene = open(B);
    scene.hear(Role::Server, &batch(&[&tool("71"), &tool("72")]));
    scene.hear(Role::Server, &batch(&[&tool("81"), &tool("82")]));
    let asked: Vec<_> = (0..4).map(|_| requested(&mut scene.server).0).collect();
    for at in [0, 2, 3] {
        scene.respond(Role::Server, &asked[at], DONE).expect("in flight");
    }
    assert_eq!(ids(&last(&scene, Role::Server)), [json("81"), json("82")]);
    scene.respond(Role::Server, &asked[1], DONE).expect("in flight");
    assert_eq!(ids(&last(&scene, Role::Server)), [json("71"), json("72")]);
}

#[test]
fn initialize_does_not_stand_in_a_batch() {
    let params = r#""protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{"name":"a","version":"1"}"#;
    let initialize = line(B, "71", "initialize", params);
    let mut solo = Solo::new(server());
    solo.hear(0, &batch(&[&initialize]));
    assert_eq!(solo.connection.version(), None);
    assert_eq!(code(&json(&solo.said()[0].line)), -32600);
    let mut scene = open(B);
    scene.hear(Role::Server, &batch(&[PING, &initialize]));
    assert_eq!(broken(&scene.server), [PeerRule::InitializeInBatch]);
    assert_eq!(code(&last(&scene, Role::Server)[1]), -32600);
}

#[test]
fn row_39_a_batch_is_refused_once_where_the_revision_has_none() {
    for version in Version::ALL.into_iter().filter(|version| *version != B) {
        let mut scene = open(version);
        let before = scene.count(Role::Server);
        let one = line(version, "71", "tools/call", r#""name":"echo""#);
        scene.hear(Role::Server, &batch(&[&one, &one, NOTICE]));
        let said = scene.since(Role::Server, before);
        assert_eq!(said.len(), 1, "{version} {said:?}");
        assert_eq!((code(&said[0]), said[0].get("id")), (-32600, None));
        assert!(scene.server.events.is_empty());
        scene.hear(Role::Server, &one);
        requested(&mut scene.server);
    }
}

#[test]
fn row_39_an_empty_batch_is_refused_once() {
    for version in Version::ALL {
        let mut scene = open(version);
        let before = scene.count(Role::Server);
        scene.hear(Role::Server, "[]");
        let said = scene.since(Role::Server, before);
        assert_eq!((said.len(), code(&said[0]), said[0].get("id")), (1, -32600, None));
    }
}

#[test]
fn row_39_a_batch_of_no_messages_is_refused_once_where_the_revision_has_none() {
    for version in Version::ALL.into_iter().filter(|version| *version != B) {
        let mut scene = open(version);
        let before = scene.count(Role::Server);
        scene.hear(Role::Server, "[1,2,3]");
        assert_eq!(scene.since(Role::Server, before).len(), 1, "{version}");
    }
}

#[test]
fn row_39_what_is_no_message_is_refused_among_the_answers_to_its_batch() {
    for odd in ["1", "[]", r#"{"jsonrpc":"2.0"}"#, r#"{"jsonrpc":"2.0","id":[],"method":"ping"}"#] {
        for elements in [[odd, PING], [PING, odd]] {
            let mut scene = open(B);
            let before = scene.count(Role::Server);
            scene.hear(Role::Server, &batch(&elements));
            let said = scene.since(Role::Server, before);
            assert_eq!(said.len(), 1, "{elements:?} {said:?}");
            assert_eq!(said[0].as_array().map(Vec::len), Some(2), "{elements:?} {said:?}");
        }
    }
}

#[test]
fn a_batch_with_a_fault_at_its_end_does_not_swallow_what_follows() {
    for odd in ["1", r#"{"jsonrpc":"2.0"}"#, r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#] {
        let mut scene = open(B);
        scene.hear(Role::Server, &batch(&[PING, odd]));
        scene.hear(Role::Server, &line(B, "74", "ping", ""));
        assert_eq!(last(&scene, Role::Server), json(r#"{"jsonrpc":"2.0","id":74,"result":{}}"#));
    }
}

#[test]
fn a_refused_batch_with_a_fault_at_its_end_does_not_swallow_what_follows() {
    for version in [Version::V2024_11_05, Version::V2025_11_25] {
        let mut scene = open(version);
        scene.hear(Role::Server, &batch(&[PING, "1"]));
        scene.hear(Role::Server, &line(version, "74", "ping", ""));
        assert_eq!(last(&scene, Role::Server), json(r#"{"jsonrpc":"2.0","id":74,"result":{}}"#));
    }
}

#[test]
fn a_modern_request_does_not_stand_in_a_batch() {
    let mut scene = Scene::open(client().versions([B]), server());
    scene.hear(Role::Server, &batch(&[PING, &line(Version::LATEST, "75", "tools/list", "")]));
    assert_eq!(broken(&scene.server), [PeerRule::BatchNotAllowed]);
    assert_eq!(code(&last(&scene, Role::Server)[1]), -32600);
}

#[test]
fn a_client_answers_the_batch_of_a_server_as_one() {
    let mut scene = open(B);
    let roots = r#"{"jsonrpc":"2.0","id":"r","method":"roots/list"}"#;
    scene.hear(Role::Client, &batch(&[PING, roots]));
    let (id, _) = requested(&mut scene.client);
    scene.result(Role::Client, &id, r#"{"roots":[]}"#);
    assert_eq!(ids(&last(&scene, Role::Client)), [json("\"p\""), json("\"r\"")]);
}

#[test]
fn over_http_the_answer_to_a_batch_of_the_server_is_a_post_of_its_own() {
    use mcp_engine::connection::{Fin, StreamId};
    let mut solo = Solo::new(over_http(client().versions([B])));
    solo.connection.start(solo.now).expect("a fresh client");
    solo.hear(1, r#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-03-26","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}}"#);
    solo.said();
    solo.hear(5, &batch(&[PING]));
    let said = solo.said();
    assert_eq!((said[0].stream, said[0].fin), (StreamId::OWN, Fin::End));
}

#[test]
fn what_batches_hold_back_counts_as_waiting_to_be_sent() {
    let mut scene = open(B);
    scene.hear(Role::Server, &batch(&[&tool("71"), &tool("72")]));
    let (first, _) = requested(&mut scene.server);
    let text = "x".repeat(1000);
    scene.respond(Role::Server, &first, Reply::Text(&text, Outcome::Success)).expect("in flight");
    assert!(scene.server.connection.waiting_bytes() > 1000);
}

#[test]
fn answers_that_may_not_be_held_back_any_more_leave_in_parts() {
    let mut config = server().versions([B]);
    config.limits.outbox_bytes = 2500;
    let mut scene = Scene::open(client().versions([B]), config);
    let tools: Vec<String> = (700..716).map(|id| tool(&id.to_string())).collect();
    let (one, other) = tools.split_at(8);
    for calls in [one, other] {
        scene.hear(Role::Server, &batch(&calls.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    let (before, text) = (scene.count(Role::Server), "x".repeat(1000));
    let asked: Vec<_> = (0..16).map(|_| requested(&mut scene.server).0).collect();
    for id in &asked {
        let reply = Reply::Text(&text, Outcome::Success);
        assert_eq!(scene.respond(Role::Server, id, reply), Ok(Delivery::Queued));
        assert!(scene.server.connection.waiting_bytes() < 2500 + 1200);
    }
    let parts = scene.since(Role::Server, before);
    assert!(parts.iter().all(|part| ids(part).len() < 4), "{parts:?}");
    assert_eq!(parts.iter().flat_map(ids).count(), 16);
    assert_eq!(scene.server.connection.waiting_bytes(), 0);
}

#[test]
fn an_answer_to_a_batch_waits_for_room_like_any_other() {
    let mut config = server().versions([B]);
    config.limits.outbox_bytes = 300;
    let mut scene = Scene::open(client().versions([B]), config);
    scene.hear(Role::Server, &batch(&[&tool("71")]));
    let (id, _) = requested(&mut scene.server);
    let (now, text) = (scene.now, "x".repeat(400));
    let server = &mut scene.server.connection;
    server.log(LoggingLevel::Error, None, raw(&format!("\"{text}\"")), None).expect("room");
    let lack = Err(Error::LimitExceeded { limit: Limit::Outbox, offset: 0 });
    assert_eq!(server.respond(&id, DONE, now), lack);
    scene.settle();
    assert_eq!(scene.respond(Role::Server, &id, DONE), Ok(Delivery::Queued));
    assert_eq!(ids(&last(&scene, Role::Server)), [json("71")]);
}

#[test]
fn a_batch_whose_end_was_lost_for_want_of_polling_does_not_swallow_what_follows() {
    let mut config = server().versions([B]);
    config.limits.events = 1;
    let mut solo = Solo::new(config);
    let params = r#""protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{"name":"a","version":"1"}"#;
    solo.hear(0, &line(B, "1", "initialize", params));
    let taken = solo.hear(0, &batch(&[&tool("71"), &tool("72")]));
    assert!(
        matches!(taken[1], Err(Error::LimitExceeded { limit: Limit::Events, .. })),
        "{taken:?}"
    );
    let id = solo.requested();
    assert_eq!(solo.hear(0, PING), [Ok(())]);
    assert!(solo.said().iter().any(|said| said.line.contains(r#""id":"p""#)));
    let now = solo.now;
    solo.connection.respond(&id, DONE, now).expect("in flight");
    assert_eq!(ids(&json(&solo.said()[0].line)), [json("71")]);
}

#[test]
fn over_http_the_stream_of_a_batch_ends_when_all_of_it_was_cancelled() {
    let mut solo = Solo::new(over_http(server().versions([B])));
    let params = r#""protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{"name":"a","version":"1"}"#;
    solo.hear(1, &line(B, "1", "initialize", params));
    solo.hear(7, &batch(&[&tool("71"), &tool("72")]));
    solo.said();
    solo.hear(8, &cancelled("71"));
    assert_eq!(solo.said(), []);
    solo.hear(9, &cancelled("72"));
    let said = solo.said();
    assert_eq!((said.len(), said[0].stream, said[0].fin), (1, StreamId(7), Fin::End));
}

fn cancelled(id: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":{id}}}}}"#
    )
}
