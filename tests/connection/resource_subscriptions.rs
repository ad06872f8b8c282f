//! `resources/subscribe` of the earlier revisions, and the bounds of all subscriptions.

use mcp_engine::connection::{Call, Change, Delivery, Event, Reply, SessionRequests};
use mcp_engine::version::{Role, Version};
use mcp_engine::{Error, Limit, LoggingLevel, Method};

use crate::stage::{
    LEGACY, Scene, Solo, answered, client, code, json, last, line, open, raw, request, requested,
    server,
};
use crate::subscriptions::publish;

#[test]
fn a_session_is_told_of_the_resources_that_it_has_subscribed_to() {
    for version in LEGACY {
        let mut scene = open(version);
        let uri = raw(r#"{"uri":"a:\u0062"}"#);
        request(&mut scene, Role::Client, Call::new(Method::Subscribe).params(uri));
        answered(&mut scene.client);
        assert!(matches!(scene.server.event(), Some(Event::Subscribed { .. })));
        publish(&mut scene, Change::Resource("a:b"));
        assert_eq!(last(&scene, Role::Server)["params"], json(r#"{"uri":"a:b"}"#));
        scene.client.events.clear();
        publish(&mut scene, Change::Resource("a:c"));
        assert!(scene.client.events.is_empty());
        request(&mut scene, Role::Client, Call::new(Method::Unsubscribe).params(uri));
        assert!(matches!(scene.server.event(), Some(Event::Unsubscribed { message: Some(_), .. })));
        scene.client.events.clear();
        publish(&mut scene, Change::Resource("a:b"));
        assert!(scene.client.events.is_empty());
    }
}

#[test]
fn subscribing_twice_is_as_good_as_once() {
    let mut scene = open(Version::V2025_11_25);
    let uri = raw(r#"{"uri":"a:b"}"#);
    for _ in 0..2 {
        request(&mut scene, Role::Client, Call::new(Method::Subscribe).params(uri));
    }
    scene.client.events.clear();
    publish(&mut scene, Change::Resource("a:b"));
    assert_eq!(scene.client.events.len(), 1);
}

#[test]
fn subscribing_needs_a_uri() {
    for version in LEGACY {
        for method in ["resources/subscribe", "resources/unsubscribe"] {
            for params in ["", r#""uri":5"#, r#""uri":null"#] {
                let mut scene = open(version);
                scene.hear(Role::Server, &line(version, "9", method, params));
                assert_eq!(code(&last(&scene, Role::Server)), -32602);
            }
        }
    }
}

#[test]
fn subscribing_needs_the_capability() {
    for version in LEGACY {
        let bare = server().versions([version]).capabilities(raw(r#"{"resources":{}}"#));
        let mut scene = Scene::open(client().versions([version]), bare);
        scene.hear(Role::Server, &line(version, "9", "resources/subscribe", r#""uri":"a:b""#));
        assert_eq!(code(&last(&scene, Role::Server)), -32601);
    }
}

#[test]
fn subscriptions_have_a_bound_on_their_number() {
    let mut config = server();
    config.limits.subscriptions = 3;
    let mut solo = Solo::new(config);
    let listen = |id: &str, uris: &str| {
        let wanted = format!(r#""notifications":{{"resourceSubscriptions":[{uris}]}}"#);
        line(Version::LATEST, id, "subscriptions/listen", &wanted)
    };
    assert_eq!(solo.hear(0, &listen("1", "\"a:b\"")), [Ok(())]);
    assert_eq!(solo.hear(0, &listen("2", "")), [Ok(())]);
    solo.said();
    for uris in ["", "\"a:b\"", "\"a\",\"b\",\"c\",\"d\""] {
        solo.hear(0, &listen("3", uris));
        let answer = json(&solo.said()[0].line);
        assert_eq!((code(&answer), &answer["id"]), (-32603, &json("3")));
    }
    let error = Error::LimitExceeded { limit: Limit::Subscriptions, offset: 0 };
    assert_eq!(solo.connection.counters().refusals(error), 3);
}

#[test]
fn subscriptions_have_a_bound_on_their_uris() {
    let mut config = server();
    config.limits.uri_bytes = 10;
    let mut solo = Solo::new(config.clone());
    for (uri, is_taken) in [("a:23456789", true), ("a:234567890", false)] {
        let wanted = format!(r#""notifications":{{"resourceSubscriptions":["{uri}"]}}"#);
        let taken = solo.hear(0, &line(Version::LATEST, "1", "subscriptions/listen", &wanted));
        assert_eq!(taken[0].is_ok(), is_taken);
        solo.hear(
            0,
            r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
        );
    }
    assert_eq!(code(&json(&solo.said()[1].line)), -32602);
    let mut scene = Scene::open(client().versions(LEGACY), config.versions(LEGACY));
    scene
        .hear(Role::Server, &line(LEGACY[0], "9", "resources/subscribe", r#""uri":"a:234567890""#));
    assert_eq!(code(&last(&scene, Role::Server)), -32602);
}

#[test]
fn an_application_can_answer_what_a_client_asks_of_its_session() {
    let mut config = server().versions([Version::V2025_11_25]);
    config.session_requests = SessionRequests::Deliver;
    let mut scene = Scene::open(client().versions([Version::V2025_11_25]), config);
    let uri = raw(r#"{"uri":"a:b"}"#);
    let told = |scene: &mut Scene| {
        scene.client.events.clear();
        publish(scene, Change::Resource("a:b"));
        scene.client.events.len()
    };
    request(&mut scene, Role::Client, Call::new(Method::Subscribe).params(uri));
    let (id, _) = requested(&mut scene.server);
    scene.respond(Role::Server, &id, Reply::error(-32602, "no")).expect("it is in flight");
    assert_eq!(told(&mut scene), 0, "a subscription that is answered with an error is none");
    for _ in 0..2 {
        request(&mut scene, Role::Client, Call::new(Method::Subscribe).params(uri));
        let (id, _) = requested(&mut scene.server);
        scene.result(Role::Server, &id, "{}");
    }
    request(&mut scene, Role::Client, Call::new(Method::Subscribe).params(uri));
    let (id, _) = requested(&mut scene.server);
    scene.respond(Role::Server, &id, Reply::error(-32603, "no")).expect("it is in flight");
    assert_eq!(told(&mut scene), 1, "the one before is one still");
    request(&mut scene, Role::Client, Call::new(Method::Unsubscribe).params(uri));
    let (id, _) = requested(&mut scene.server);
    scene.result(Role::Server, &id, "{}");
    assert_eq!(told(&mut scene), 0);
    for (level, expected) in [("alert", Delivery::Dropped), ("debug", Delivery::Queued)] {
        let level = format!(r#"{{"level":"{level}"}}"#);
        request(&mut scene, Role::Client, Call::new(Method::SetLevel).params(raw(&level)));
        let (id, _) = requested(&mut scene.server);
        scene.result(Role::Server, &id, "{}");
        let logged = scene.server.connection.log(LoggingLevel::Info, None, raw("1"), None);
        assert_eq!(logged, Ok(expected));
        scene.settle();
    }
    scene.hear(Role::Server, &line(Version::V2025_11_25, "9", "logging/setLevel", ""));
    assert_eq!(code(&last(&scene, Role::Server)), -32602);
}
