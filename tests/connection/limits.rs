//! Every limit of a connection is reached here, with its error and its counter, and what is left works on.

use mcp_engine::connection::{Call, Change, Config, LoggingLevel, Reply};
use mcp_engine::encode::Outcome;
use mcp_engine::version::{Role, Version};
use mcp_engine::{Error, Limit, Method};

use crate::stage::{
    NOTHING, Scene, Solo, answered, call, client, code, echo, json, last, line, open, raw, server,
};

fn limited(mut config: Config, set: impl FnOnce(&mut mcp_engine::Limits)) -> Config {
    set(&mut config.limits);
    config
}

fn exceeded(limit: Limit) -> Error {
    Error::LimitExceeded { limit, offset: 0 }
}

fn tool(id: u32) -> String {
    line(Version::LATEST, &id.to_string(), "tools/call", r#""name":"echo""#)
}

#[test]
fn requests_of_the_peer_are_refused_above_their_limit_and_taken_below_it_again() {
    for version in Version::ALL {
        let server = limited(server().versions([version]), |limits| limits.peer_requests = 2);
        let mut scene = Scene::open(client().versions([version]), server);
        let (_, first) = call(&mut scene);
        call(&mut scene);
        let refused = scene.ask(Role::Client, echo()).expect("the client does not know");
        scene.settle();
        let answer = last(&scene, Role::Server);
        assert_eq!((code(&answer), answer["id"].as_i64()), (-32603, refused.as_i64()));
        let counters = scene.server.connection.counters();
        assert_eq!(counters.refusals(exceeded(Limit::PeerRequests)), 1);
        answered(&mut scene.client);
        scene.result(Role::Server, &first, NOTHING);
        answered(&mut scene.client);
        call(&mut scene);
    }
}

#[test]
fn what_a_server_answers_itself_does_not_count_as_waiting() {
    let server = limited(server(), |limits| limits.peer_requests = 0);
    let mut solo = Solo::new(server);
    assert_eq!(solo.hear(0, &line(Version::LATEST, "1", "server/discover", "")), [Ok(())]);
    assert!(solo.hear(0, &tool(2))[0].is_err());
}

#[test]
fn cancelled_requests_count_until_the_application_has_answered() {
    let mut solo = Solo::new(limited(server(), |limits| limits.peer_requests = 1));
    solo.hear(0, &tool(1));
    let id = solo.requested();
    solo.hear(
        0,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
    );
    assert!(solo.hear(0, &tool(2))[0].is_err(), "the work of the first goes on");
    let now = solo.now;
    solo.connection.respond(&id, Reply::error(1, ""), now).expect("in flight");
    assert_eq!(solo.hear(0, &tool(3)), [Ok(())]);
}

#[test]
fn row_53_requests_of_our_own_are_refused_above_their_limit() {
    let client = limited(client(), |limits| limits.own_requests = 2);
    let mut scene = Scene::open(client, server());
    let (_, theirs) = call(&mut scene);
    call(&mut scene);
    assert_eq!(scene.ask(Role::Client, echo()), Err(exceeded(Limit::OwnRequests)));
    let before = scene.count(Role::Client);
    scene.settle();
    assert_eq!(scene.count(Role::Client), before, "nothing was sent");
    scene.result(Role::Server, &theirs, NOTHING);
    call(&mut scene);
}

#[test]
fn what_waits_to_be_sent_has_a_bound() {
    let mut solo = Solo::new(limited(server(), |limits| limits.outbox_bytes = 1000));
    for id in 0..100 {
        solo.hear(0, &line(Version::LATEST, &id.to_string(), "server/discover", ""));
    }
    assert!(solo.connection.waiting_bytes() < 2000);
    let refused = solo.connection.counters().refusals(exceeded(Limit::Outbox));
    assert!(refused > 90, "{refused}");
    let said = solo.said();
    assert!(said.len() < 10);
    assert_eq!(solo.connection.waiting_bytes(), 0);
    let discover = line(Version::LATEST, "200", "server/discover", "");
    assert_eq!(solo.hear(0, &discover), [Ok(())], "it goes on when there is room");
}

#[test]
fn an_answer_without_room_can_be_given_again() {
    let mut solo = Solo::new(limited(server(), |limits| limits.outbox_bytes = 100));
    let text = "x".repeat(200);
    for id in [1, 2] {
        solo.hear(0, &tool(id));
    }
    let now = solo.now;
    let reply = Reply::Text(&text, Outcome::Success);
    solo.connection.respond(&1.into(), reply, now).expect("room");
    assert_eq!(solo.connection.respond(&2.into(), reply, now), Err(exceeded(Limit::Outbox)));
    solo.said();
    solo.connection.respond(&2.into(), reply, now).expect("room");
    assert_eq!(solo.said().len(), 1);
}

#[test]
fn what_is_not_asked_for_lack_of_room_is_not_in_flight() {
    let mut solo = Solo::new(limited(client().versions([Version::V2025_11_25]), |limits| {
        limits.outbox_bytes = 400
    }));
    solo.connection.start(solo.now).expect("a fresh client");
    solo.said();
    solo.hear(0, r#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}}}}"#);
    let now = solo.now;
    let asked = (0..100).filter(|_| solo.connection.request(echo(), now).is_ok()).count();
    assert!(asked < 20);
    assert_eq!(solo.connection.own_requests(), asked);
    assert_eq!(solo.said().len(), asked + 1);
}

#[test]
fn notifications_log_messages_and_changes_need_room_too() {
    let version = Version::V2025_11_25;
    let config = limited(server().versions([version]), |limits| limits.outbox_bytes = 100);
    let mut scene = Scene::open(client().versions([version]), config);
    let connection = &mut scene.server.connection;
    let full = Err(exceeded(Limit::Outbox));
    while connection.publish(Change::Tools).is_ok() {}
    assert_eq!(connection.publish(Change::Prompts), full);
    assert_eq!(connection.notify("notifications/tools/list_changed", None, None), full);
    let logged = connection.log(LoggingLevel::Error, None, raw("1"), None);
    assert_eq!(logged.map(|_| ()), full);
    let now = scene.now;
    let asked = scene.server.connection.request(Call::new(Method::Ping), now);
    assert_eq!(asked.map(|_| ()), full);
    scene.settle();
    assert_eq!(scene.server.connection.publish(Change::Prompts), Ok(()));
}

#[test]
fn a_subscription_that_could_not_be_acknowledged_is_not_open() {
    let mut solo = Solo::new(limited(server(), |limits| limits.outbox_bytes = 100));
    solo.hear(0, &line(Version::LATEST, "1", "server/discover", ""));
    let listen = line(
        Version::LATEST,
        "2",
        "subscriptions/listen",
        r#""notifications":{"toolsListChanged":true}"#,
    );
    assert_eq!(solo.hear(0, &listen), [Err(exceeded(Limit::Outbox))]);
    solo.said();
    solo.connection.publish(Change::Tools).expect("offered");
    assert_eq!(solo.said(), [], "nothing comes before the acknowledgement");
    assert!(solo.events().is_empty());
    assert_eq!(solo.hear(0, &listen), [Ok(())]);
}

#[test]
fn a_resource_whose_subscription_could_not_be_answered_is_not_watched() {
    let version = Version::V2025_11_25;
    let mut solo = Solo::new(limited(server(), |limits| limits.outbox_bytes = 100));
    let params = r#""protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"a","version":"1"}"#;
    solo.hear(0, &line(version, "1", "initialize", params));
    solo.hear(0, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    let subscribe = line(version, "9", "resources/subscribe", r#""uri":"a:b""#);
    assert_eq!(solo.hear(0, &subscribe), [Err(exceeded(Limit::Outbox))]);
    solo.said();
    solo.connection.publish(Change::Resource("a:b")).expect("offered");
    assert_eq!(solo.said(), []);
    assert_eq!(solo.hear(0, &subscribe), [Ok(())]);
    solo.connection.publish(Change::Resource("a:b")).expect("offered");
    assert_eq!(solo.said().len(), 2);
}

#[test]
fn a_subscription_whose_end_finds_no_room_stays_open() {
    let mut solo = Solo::new(limited(server(), |limits| limits.outbox_bytes = 100));
    let wanted = r#""notifications":{"toolsListChanged":true}"#;
    solo.hear(0, &line(Version::LATEST, "2", "subscriptions/listen", wanted));
    solo.said();
    solo.connection.publish(Change::Tools).expect("room");
    let id = 2.into();
    assert_eq!(solo.connection.end_subscription(&id), Err(exceeded(Limit::Outbox)));
    assert_eq!(solo.said().len(), 1);
    assert_eq!(solo.connection.end_subscription(&id), Ok(()));
    assert_eq!(solo.said().len(), 2, "the result and the cancellation");
}

#[test]
fn events_that_are_not_polled_have_a_bound_and_a_counter() {
    let mut solo = Solo::new(limited(server(), |limits| limits.events = 2));
    for id in 1..=2 {
        assert_eq!(solo.hear(0, &tool(id)), [Ok(())]);
    }
    let heard = solo.hear(0, &tool(3));
    assert!(matches!(heard[..], [Err(Error::LimitExceeded { limit: Limit::Events, .. })]));
    assert_eq!(solo.connection.counters().refusals(exceeded(Limit::Events)), 1);
    solo.events();
    assert_eq!(solo.hear(0, &tool(3)), [Ok(())]);
}

#[test]
fn messages_are_counted_by_kind() {
    use mcp_engine::Kind;
    let mut scene = open(Version::V2025_06_18);
    let counted = |scene: &Scene, kind| scene.server.connection.counters().messages(kind);
    assert_eq!((counted(&scene, Kind::Request), counted(&scene, Kind::Notification)), (1, 1));
    let (_, theirs) = call(&mut scene);
    scene.result(Role::Server, &theirs, NOTHING);
    assert_eq!(counted(&scene, Kind::Request), 2);
    assert_eq!(scene.client.connection.counters().messages(Kind::Response), 2);
    assert_eq!(scene.client.connection.counters().all_messages(), 2);
}

#[test]
fn the_limits_of_the_decoder_are_answered_too() {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let text = line(
        Version::LATEST,
        "1",
        "tools/call",
        &format!(r#""name":"a","arguments":{{"x":{deep}}}"#),
    );
    let mut solo = Solo::new(server());
    solo.hear(0, &text);
    assert_eq!(code(&json(&solo.said()[0].line)), -32700);
    assert_eq!(solo.connection.counters().refusals(exceeded(Limit::Depth)), 1);
}
