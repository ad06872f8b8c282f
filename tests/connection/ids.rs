//! Ids: their types, that they are echoed as they were written, and when they may come again.

use mcp_engine::connection::{Call, Delivery, Reply};
use mcp_engine::encode::Outcome;
use mcp_engine::version::{Role, Version};
use mcp_engine::{Error, Limit, Limits, Method, PeerRule};

use crate::stage::{
    LEGACY, Solo, broken, call, code, echo, json, last, line, open, request, requested, server,
};

const CALL: &str = r#""name":"echo""#;

/// What a modern server says to a request that is spelled with this id.
fn answer_to(id: &str) -> (Solo, String) {
    let mut solo = Solo::new(server());
    solo.hear(0, &line(Version::LATEST, id, "tools/call", CALL));
    if let Some(mcp_engine::connection::Event::Request { id, .. }) = solo.connection.poll_event() {
        let now = solo.now;
        let reply = Reply::Text("", Outcome::Success);
        assert_eq!(solo.connection.respond(&id, reply, now), Ok(Delivery::Queued));
    }
    let said = solo.said().remove(0).line;
    (solo, said)
}

#[test]
fn every_id_that_mcp_allows_is_echoed_as_it_was_written() {
    for id in [
        "0",
        "1",
        "-1",
        "-0",
        "9007199254740993",
        "9223372036854775807",
        "-9223372036854775808",
        r#""""#,
        r#""1""#,
        r#""a b""#,
        r#""\u0061""#,
        r#""\ud83d\ude00""#,
        r#""é\/\"""#,
    ] {
        let (_, said) = answer_to(id);
        assert!(said.starts_with(&format!(r#"{{"jsonrpc":"2.0","id":{id},"result":"#)), "{said}");
    }
}

#[test]
fn row_29_integers_beyond_what_a_float_holds_are_echoed_exactly() {
    for id in
        ["9007199254740993", "-9007199254740993", "9223372036854775808", "18446744073709551615"]
    {
        let (_, said) = answer_to(id);
        assert!(said.contains(&format!(r#""id":{id},"#)), "{said}");
    }
}

#[test]
fn row_30_an_id_of_more_than_64_bits_is_refused_without_an_id() {
    let long = "9".repeat(2_000);
    for id in ["-9223372036854775809", "18446744073709551616", &long] {
        let (_, said) = answer_to(id);
        assert_eq!((code(&json(&said)), json(&said).get("id")), (-32600, None), "{id}");
    }
}

#[test]
fn row_31_and_34_ids_of_other_types_are_refused_without_an_id() {
    for id in ["1.5", "1e2", "1.0", "null", "true", "{}", "[]", "[1]"] {
        let (solo, said) = answer_to(id);
        assert_eq!((code(&json(&said)), json(&said).get("id")), (-32600, None), "{id}");
        assert_eq!(solo.connection.peer_requests(), 0);
    }
}

#[test]
fn row_33_an_id_above_the_limit_is_refused() {
    let long = format!("\"{}\"", "x".repeat(Limits::default().id_bytes as usize));
    let (solo, said) = answer_to(&long);
    assert_eq!((code(&json(&said)), json(&said).get("id")), (-32600, None));
    let error = Error::LimitExceeded { limit: Limit::IdBytes, offset: 0 };
    assert_eq!(solo.connection.counters().refusals(error), 1);
}

#[test]
fn row_33_a_number_and_a_string_are_two_ids() {
    let mut scene = open(Version::V2025_06_18);
    for id in ["7", r#""7""#] {
        scene.hear(Role::Server, &line(Version::V2025_06_18, id, "tools/call", CALL));
    }
    let (first, _) = requested(&mut scene.server);
    let (second, _) = requested(&mut scene.server);
    assert_ne!(first, second);
    for (id, text) in [(second, "second"), (first, "first")] {
        scene.respond(Role::Server, &id, Reply::Text(text, Outcome::Success)).expect("in flight");
    }
    assert_eq!(scene.answers(Role::Server, "7")[0]["result"]["content"][0]["text"], "first");
    assert_eq!(scene.answers(Role::Server, "\"7\"")[0]["result"]["content"][0]["text"], "second");
}

#[test]
fn row_35_an_id_in_flight_is_refused_and_the_first_request_still_answered() {
    for version in Version::ALL {
        let mut scene = open(version);
        let (_, theirs) = call(&mut scene);
        scene.hear(Role::Server, &line(version, &theirs.to_string(), "tools/call", CALL));
        assert_eq!(broken(&scene.server), [PeerRule::IdInFlight]);
        let refusal = last(&scene, Role::Server);
        assert_eq!((code(&refusal), refusal.get("id")), (-32600, None));
        assert!(scene.server.events.is_empty());
        let reply = Reply::Text("first", Outcome::Success);
        assert_eq!(scene.respond(Role::Server, &theirs, reply), Ok(Delivery::Queued));
        assert_eq!(scene.answers(Role::Server, &theirs.to_string()).len(), 1);
    }
}

#[test]
fn row_35_no_refusal_of_whatever_kind_carries_an_id_in_flight() {
    for version in Version::ALL {
        for (method, params) in [
            ("no/such", ""),
            ("ping", ""),
            ("initialize", ""),
            ("tasks/get", r#""taskId":"1""#),
            ("notifications/initialized", ""),
            ("subscriptions/listen", ""),
            ("resources/subscribe", ""),
            ("logging/setLevel", ""),
        ] {
            let mut scene = open(version);
            let (_, theirs) = call(&mut scene);
            scene.hear(Role::Server, &line(version, &theirs.to_string(), method, params));
            assert_eq!(last(&scene, Role::Server).get("id"), None, "{version} {method}");
            assert_eq!(scene.client.events.len(), 0, "{version} {method}");
        }
    }
}

#[test]
fn row_35_no_refusal_of_a_message_that_is_not_valid_carries_an_id_in_flight() {
    for odd in [
        r#""method":"tools/call","params":[]"#,
        r#""method":"tools/call","params":"x""#,
        r#""method":"ping","method":"ping""#,
        r#""method":"ping","result":{}"#,
    ] {
        let mut scene = open(Version::V2025_11_25);
        let (_, theirs) = call(&mut scene);
        scene.hear(Role::Server, &format!(r#"{{"jsonrpc":"2.0","id":{theirs},{odd}}}"#));
        assert_eq!(last(&scene, Role::Server).get("id"), None, "{odd}");
        assert_eq!(scene.client.connection.own_requests(), 1, "{odd}");
    }
}

#[test]
fn row_35_an_id_that_is_spelled_otherwise_is_the_same_id() {
    for (one, other) in [(r#""a""#, r#""\u0061""#), ("0", "-0")] {
        let mut solo = Solo::new(server());
        solo.hear(0, &line(Version::LATEST, one, "tools/call", CALL));
        solo.hear(0, &line(Version::LATEST, other, "tools/call", CALL));
        assert_eq!(solo.connection.peer_requests(), 1);
        assert_eq!(code(&json(&solo.said()[0].line)), -32600);
    }
}

#[test]
fn an_id_may_come_again_when_its_request_was_answered() {
    let mut solo = Solo::new(server());
    for _ in 0..3 {
        assert_eq!(solo.hear(0, &line(Version::LATEST, "7", "tools/call", CALL)), [Ok(())]);
        let id = solo.requested();
        let now = solo.now;
        solo.connection.respond(&id, Reply::error(1, "no"), now).expect("in flight");
        assert_eq!(json(&solo.said()[0].line)["id"], 7);
    }
}

#[test]
fn a_cancelled_request_keeps_its_id_until_the_application_has_answered() {
    let mut solo = Solo::new(server());
    let request = line(Version::LATEST, "7", "tools/call", CALL);
    solo.hear(0, &request);
    let id = solo.requested();
    solo.hear(
        0,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}"#,
    );
    solo.events();
    solo.hear(0, &request);
    assert_eq!(code(&json(&solo.said()[0].line)), -32600);
    let now = solo.now;
    assert_eq!(solo.connection.respond(&id, Reply::error(1, ""), now), Ok(Delivery::Dropped));
    assert_eq!(solo.hear(0, &request), [Ok(())]);
    solo.requested();
}

#[test]
fn the_id_of_a_subscription_is_in_flight_as_long_as_it_is_open() {
    let mut solo = Solo::new(server());
    let listen = line(Version::LATEST, "\"s\"", "subscriptions/listen", r#""notifications":{}"#);
    solo.hear(0, &listen);
    solo.said();
    solo.hear(0, &line(Version::LATEST, "\"s\"", "tools/call", CALL));
    let refusal = json(&solo.said()[0].line);
    assert_eq!((code(&refusal), refusal.get("id")), (-32600, None));
    solo.hear(
        0,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"s"}}"#,
    );
    assert_eq!(solo.hear(0, &listen), [Ok(())]);
}

#[test]
fn our_own_ids_are_integers_that_never_come_again() {
    for version in LEGACY {
        let mut scene = open(version);
        for _ in 0..3 {
            let id = request(&mut scene, Role::Client, Call::new(Method::Ping));
            assert!(id.as_i64().is_some());
        }
        let said = scene.since(Role::Client, 0);
        let mut ids: Vec<_> = said.iter().filter_map(|message| message["id"].as_i64()).collect();
        let all = ids.len();
        ids.dedup();
        assert_eq!((ids.len(), ids.is_sorted()), (all, true));
    }
}

#[test]
fn both_sides_may_use_the_same_ids() {
    let mut scene = open(Version::V2025_06_18);
    let ours = scene.ask(Role::Client, echo()).expect("a request");
    let sampling = Call::new(Method::ListRoots);
    let theirs = loop {
        let id = scene.ask(Role::Server, sampling).expect("a request");
        if id == ours {
            break id;
        }
    };
    scene.settle();
    assert_eq!(ours, theirs);
    let (id, _) = requested(&mut scene.server);
    scene.respond(Role::Server, &id, Reply::Text("tool", Outcome::Success)).expect("in flight");
    assert_eq!(scene.client.connection.own_requests(), 0);
    assert!(scene.server.connection.own_requests() > 0, "not answered by the peer's answer");
}

#[test]
fn a_response_whose_id_has_another_type_answers_nothing() {
    let mut scene = open(Version::V2025_11_25);
    let (ours, _) = call(&mut scene);
    for id in [format!("\"{ours}\""), "null".into(), "true".into(), format!("{ours}.0")] {
        scene.hear(Role::Client, &format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#));
    }
    assert_eq!(scene.client.connection.own_requests(), 1);
    assert!(scene.client.events.is_empty());
}
