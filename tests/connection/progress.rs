//! Progress, both ways.

use mcp_engine::connection::{Call, Delivery, Event};
use mcp_engine::version::{Role, Version};
use mcp_engine::{Error, Limits, Method, Misuse, PeerRule, RequestId};

use crate::stage::{
    LEGACY, NOTHING, Scene, Solo, answered, broken, call, counted, echo, json, last, line, open,
    raw, request, requested, server,
};

/// A call that asks for progress and has reached the server.
fn watched(version: Version) -> (Scene, RequestId, RequestId) {
    let mut scene = open(version);
    let ours = request(&mut scene, Role::Client, echo().with_progress());
    let (theirs, _) = requested(&mut scene.server);
    (scene, ours, theirs)
}

fn report(scene: &mut Scene, id: &RequestId, value: f64) {
    let said = scene.server.connection.progress(id, value, Some(10.0), Some("halfway"));
    assert_eq!(said, Ok(Delivery::Queued));
    scene.settle();
}

/// A notification of progress, as a server may write it.
fn progress(token: &str, progress: &str) -> String {
    let params = format!(r#"{{"progressToken":{token},"progress":{progress}}}"#);
    format!(r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{params}}}"#)
}

#[test]
fn the_token_of_somebody_else_is_not_passed_on() {
    for version in Version::ALL {
        for token in [r#""progressToken""#, r#""progress\u0054oken""#] {
            let params = format!(r#"{{"name":"echo","_meta":{{"kept":1,{token}:1}}}}"#);
            let mut scene = open(version);
            request(&mut scene, Role::Client, Call::new(Method::CallTool).params(raw(&params)));
            let sent = last(&scene, Role::Client);
            assert_eq!(sent["params"]["_meta"]["kept"], 1, "{sent}");
            assert!(sent["params"]["_meta"].get("progressToken").is_none(), "{sent}");
        }
    }
}

#[test]
fn a_request_that_wants_progress_carries_a_token_of_its_own() {
    for version in Version::ALL {
        let mut scene = open(version);
        let mut tokens = Vec::new();
        for _ in 0..3 {
            request(&mut scene, Role::Client, echo().with_progress());
            tokens.push(last(&scene, Role::Client)["params"]["_meta"]["progressToken"].clone());
        }
        tokens.dedup();
        assert!(tokens.len() == 3 && tokens.iter().all(|token| token.is_i64()), "{tokens:?}");
        call(&mut scene);
        let said = last(&scene, Role::Client);
        assert!(said["params"]["_meta"].get("progressToken").is_none());
    }
}

#[test]
fn progress_reaches_the_side_that_asked_for_it() {
    for version in Version::ALL {
        let (mut scene, ours, theirs) = watched(version);
        report(&mut scene, &theirs, 5.0);
        let Some(Event::Progress { id, message }) = scene.client.event() else {
            panic!("no progress");
        };
        let told = message.progress().expect("progress");
        assert_eq!((id, told.progress, told.total), (ours, 5.0, Some(10.0)));
        let has_message = told.message.is_some();
        assert_eq!(
            has_message,
            version > Version::V2024_11_05,
            "the first revision has no message"
        );
    }
}

#[test]
fn a_client_tells_a_server_how_far_it_is() {
    for version in LEGACY {
        let mut scene = open(version);
        let ours = request(&mut scene, Role::Server, Call::new(Method::ListRoots).with_progress());
        let (theirs, _) = requested(&mut scene.client);
        scene.client.connection.progress(&theirs, 0.5, None, None).expect("in flight");
        scene.settle();
        assert!(matches!(scene.server.event(), Some(Event::Progress { id, .. }) if id == ours));
    }
}

#[test]
fn the_token_of_the_peer_is_echoed_as_it_was_written() {
    for token in ["0", "-7", "9007199254740993", r#""a""#, r#""\u0061""#, r#""""#] {
        let mut solo = Solo::new(server());
        let text = line(Version::LATEST, "1", "tools/call", r#""name":"a""#);
        let text = text.replace(r#""_meta":{"#, &format!(r#""_meta":{{"progressToken":{token},"#));
        solo.hear(0, &text);
        let id = solo.requested();
        solo.connection.progress(&id, 1.5, None, None).expect("in flight");
        let said = &solo.said()[0].line;
        assert!(said.contains(&format!(r#""progressToken":{token},"progress":1.5"#)), "{said}");
    }
}

#[test]
fn a_request_that_did_not_ask_for_progress_gets_none() {
    for version in Version::ALL {
        let mut scene = open(version);
        let (_, theirs) = call(&mut scene);
        let before = scene.count(Role::Server);
        let said = scene.server.connection.progress(&theirs, 1.0, None, None);
        assert_eq!(said, Ok(Delivery::Dropped));
        scene.settle();
        assert_eq!(scene.count(Role::Server), before);
    }
}

#[test]
fn our_own_progress_strictly_increases_and_is_finite() {
    let (mut scene, _, theirs) = watched(Version::LATEST);
    report(&mut scene, &theirs, 1.0);
    for value in [1.0, 0.5, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let refused = scene.server.connection.progress(&theirs, value, None, None);
        assert_eq!(refused, Err(Error::ApiMisuse(Misuse::ProgressValue)), "{value}");
    }
    for total in [f64::NAN, f64::INFINITY] {
        let refused = scene.server.connection.progress(&theirs, 2.0, Some(total), None);
        assert_eq!(refused, Err(Error::ApiMisuse(Misuse::ProgressValue)), "{total}");
    }
    report(&mut scene, &theirs, 1.000001);
}

#[test]
fn progress_that_was_not_sent_yet_is_replaced_by_newer() {
    let (mut scene, _, theirs) = watched(Version::LATEST);
    let before = scene.count(Role::Server);
    for value in 1..=1000 {
        scene.server.connection.progress(&theirs, f64::from(value), None, None).expect("in flight");
    }
    scene.settle();
    let said = scene.since(Role::Server, before);
    assert_eq!(said.len(), 1);
    assert_eq!(said[0]["params"]["progress"], 1000.0);
}

#[test]
fn the_last_progress_is_sent_before_the_answer_and_none_after_it() {
    for version in Version::ALL {
        let (mut scene, _, theirs) = watched(version);
        let before = scene.count(Role::Server);
        scene.server.connection.progress(&theirs, 1.0, None, None).expect("in flight");
        scene.result(Role::Server, &theirs, NOTHING);
        let said = scene.since(Role::Server, before);
        assert_eq!(said[0]["method"], "notifications/progress");
        assert!(said[1].get("result").is_some() && said.len() == 2);
        let late = scene.server.connection.progress(&theirs, 2.0, None, None);
        assert_eq!(late, Err(Error::ApiMisuse(Misuse::UnknownRequest)));
        scene.client.event();
        answered(&mut scene.client);
    }
}

#[test]
fn row_48_progress_after_the_answer_is_ignored() {
    let (mut scene, ours, theirs) = watched(Version::LATEST);
    scene.result(Role::Server, &theirs, NOTHING);
    answered(&mut scene.client);
    scene.hear(Role::Client, &progress(&ours.to_string(), "5"));
    assert!(scene.client.events.is_empty());
    assert_eq!(broken(&scene.client), [PeerRule::ProgressUnknown]);
}

#[test]
fn row_48_progress_with_an_unknown_token_is_ignored() {
    for version in Version::ALL {
        let (mut scene, ours, _) = watched(version);
        let as_text = format!("\"{ours}\"");
        for token in ["99", "-1", "\"x\"", "1.5", "null", "{}", &as_text] {
            scene.hear(Role::Client, &progress(token, "5"));
        }
        assert_eq!(counted(&scene.client, PeerRule::ProgressUnknown), 7);
        assert!(scene.client.events.is_empty());
    }
}

#[test]
fn row_48_progress_of_a_request_that_did_not_ask_is_ignored() {
    let mut scene = open(Version::LATEST);
    let (ours, _) = call(&mut scene);
    scene.hear(Role::Client, &progress(&ours.to_string(), "5"));
    assert!(scene.client.events.is_empty());
    assert_eq!(broken(&scene.client), [PeerRule::ProgressUnknown]);
}

#[test]
fn row_49_progress_that_does_not_increase_is_dropped() {
    let (mut scene, ours, _) = watched(Version::LATEST);
    for value in ["5", "5", "4.9", "-1", "5.0", "0"] {
        scene.hear(Role::Client, &progress(&ours.to_string(), value));
    }
    assert_eq!(scene.client.events.len(), 1);
    assert_eq!(counted(&scene.client, PeerRule::ProgressBackwards), 5);
}

#[test]
fn row_49_a_flood_of_progress_is_coalesced_to_the_newest() {
    let mut solo = Solo::new(crate::stage::client().versions([Version::V2025_11_25]));
    solo.connection.start(solo.now).expect("a fresh client");
    solo.hear(0, r#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}}"#);
    solo.events();
    let now = solo.now;
    let id = solo.connection.request(echo().with_progress(), now).expect("open");
    let flood = 2 * Limits::default().events;
    for value in 1..=flood {
        assert_eq!(solo.hear(0, &progress(&id.to_string(), &value.to_string())), [Ok(())]);
    }
    let events = solo.events();
    let [Event::Progress { message, .. }] = &events[..] else { panic!("{}", events.len()) };
    assert_eq!(message.progress().expect("progress").progress, f64::from(flood));
}

#[test]
fn progress_that_is_no_number_is_dropped() {
    let (mut scene, ours, _) = watched(Version::LATEST);
    for value in ["\"5\"", "null", "{}", "[]", "true"] {
        scene.hear(Role::Client, &progress(&ours.to_string(), value));
    }
    let bare = format!(
        r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{ours}}}}}"#
    );
    scene.hear(Role::Client, &bare);
    assert_eq!(counted(&scene.client, PeerRule::ProgressMalformed), 6);
    assert!(scene.client.events.is_empty());
}

#[test]
fn progress_may_be_a_fraction_and_negative_at_first() {
    let (mut scene, ours, _) = watched(Version::V2024_11_05);
    for value in ["-3.5", "-1e-3", "0", "0.25", "1e3"] {
        scene.hear(Role::Client, &progress(&ours.to_string(), value));
        assert!(matches!(scene.client.event(), Some(Event::Progress { .. })), "{value}");
    }
}

#[test]
fn progress_of_several_requests_is_told_apart() {
    let mut scene = open(Version::LATEST);
    let asked: Vec<_> = (0..5)
        .map(|_| {
            let ours = request(&mut scene, Role::Client, echo().with_progress());
            (ours, requested(&mut scene.server).0)
        })
        .collect();
    for (_, theirs) in asked.iter().rev() {
        scene.server.connection.progress(theirs, 1.0, None, None).expect("in flight");
    }
    scene.settle();
    for (ours, _) in asked.iter().rev() {
        assert!(matches!(scene.client.event(), Some(Event::Progress { id, .. }) if id == *ours));
    }
}

#[test]
fn a_token_above_the_limit_of_ids_is_refused() {
    let mut solo = Solo::new(server());
    let long = "x".repeat(Limits::default().id_bytes as usize + 1);
    let text = line(Version::LATEST, "1", "tools/call", r#""name":"a""#);
    let text = text.replace(r#""_meta":{"#, &format!(r#""_meta":{{"progressToken":"{long}","#));
    solo.hear(0, &text);
    assert_eq!(solo.connection.peer_requests(), 0, "what is kept to be echoed has a bound");
    assert_eq!(json(&solo.said()[0].line)["id"], 1);
}
