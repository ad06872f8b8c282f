//! Cancelling, both ways, and every race with an answer.

use mcp_engine::connection::{Call, Delivery, Event, Reply};
use mcp_engine::encode::Outcome;
use mcp_engine::version::{Role, Version};
use mcp_engine::{Error, Method, Misuse, PeerRule, RequestId};

use crate::stage::{LEGACY, Scene, broken, call, counted, echo, last, open, request, requested};

const DONE: Reply<'static> = Reply::Text("done", Outcome::Success);

/// A side withdraws its request, and says why. Nothing is carried yet.
fn withdraw(scene: &mut Scene, by: Role, id: &RequestId) {
    let now = scene.now;
    scene.side_mut(by).connection.cancel(id, Some("bored"), now).expect("in flight");
}

#[test]
fn a_cancellation_names_the_request_and_the_reason() {
    for version in Version::ALL {
        let mut scene = open(version);
        let (ours, theirs) = call(&mut scene);
        withdraw(&mut scene, Role::Client, &ours);
        scene.settle();
        let said = last(&scene, Role::Client);
        assert_eq!(said["method"], "notifications/cancelled");
        assert_eq!(said["params"]["requestId"].as_i64(), ours.as_i64());
        assert_eq!(said["params"]["reason"], "bored");
        let event = scene.server.event();
        assert!(matches!(event, Some(Event::Cancelled { id, message: Some(_) }) if id == theirs));
    }
}

#[test]
fn reply_after_cancel_is_dropped() {
    for version in Version::ALL {
        let mut scene = open(version);
        let (ours, theirs) = call(&mut scene);
        scene.cancel(Role::Client, &ours);
        let before = scene.count(Role::Server);
        assert_eq!(scene.respond(Role::Server, &theirs, DONE), Ok(Delivery::Dropped));
        assert_eq!(scene.count(Role::Server), before);
        assert_eq!(scene.server.connection.peer_requests(), 0);
        let again = scene.respond(Role::Server, &theirs, DONE);
        assert_eq!(again, Err(Error::ApiMisuse(Misuse::UnknownRequest)));
    }
}

#[test]
fn nothing_is_told_about_a_request_after_it_was_cancelled() {
    let mut scene = open(Version::V2025_11_25);
    let ours = request(&mut scene, Role::Client, echo().with_progress());
    let (theirs, _) = requested(&mut scene.server);
    scene.cancel(Role::Client, &ours);
    let before = scene.count(Role::Server);
    let progress = scene.server.connection.progress(&theirs, 1.0, None, None);
    assert_eq!(progress, Ok(Delivery::Dropped));
    scene.settle();
    assert_eq!(scene.count(Role::Server), before);
}

#[test]
fn progress_that_was_not_sent_yet_is_not_sent_after_a_cancellation() {
    let mut scene = open(Version::V2025_11_25);
    let ours = request(&mut scene, Role::Client, echo().with_progress());
    let (theirs, _) = requested(&mut scene.server);
    withdraw(&mut scene, Role::Client, &ours);
    let before = scene.count(Role::Server);
    scene.settle();
    let late = scene.server.connection.progress(&theirs, 1.0, None, None);
    assert_eq!(late, Ok(Delivery::Dropped));
    scene.settle();
    assert_eq!(scene.count(Role::Server), before);
}

#[test]
fn row_45_a_response_to_a_cancelled_request_is_ignored() {
    for version in Version::ALL {
        let mut scene = open(version);
        let (ours, theirs) = call(&mut scene);
        withdraw(&mut scene, Role::Client, &ours);
        let now = scene.now;
        scene.server.connection.respond(&theirs, DONE, now).expect("not cancelled yet");
        scene.settle();
        assert!(scene.client.events.is_empty(), "no event comes for it any more");
        assert_eq!(broken(&scene.client), [PeerRule::ResponseLate]);
        assert_eq!(broken(&scene.server), [PeerRule::CancelUnknown]);
    }
}

#[test]
fn row_46_cancellations_of_nothing_are_ignored() {
    for version in Version::ALL {
        let mut scene = open(version);
        let before = scene.count(Role::Server);
        for id in ["99", "-1", "\"x\"", "1"] {
            let params = format!(r#"{{"requestId":{id}}}"#);
            scene.hear(Role::Server, &cancelled(&params));
        }
        assert_eq!(counted(&scene.server, PeerRule::CancelUnknown), 4);
        assert_eq!(scene.count(Role::Server), before, "a notification is never answered");
        assert!(scene.server.events.is_empty());
    }
}

#[test]
fn row_46_a_cancellation_without_an_id_is_ignored() {
    for version in Version::ALL {
        let mut scene = open(version);
        call(&mut scene);
        let before = scene.count(Role::Server);
        for params in ["{}", r#"{"requestId":null}"#, r#"{"requestId":[1]}"#, r#"{"reason":"x"}"#] {
            scene.hear(Role::Server, &cancelled(params));
        }
        assert_eq!(scene.count(Role::Server), before);
        assert!(scene.server.events.is_empty());
        assert_eq!(scene.server.connection.peer_requests(), 1);
    }
}

#[test]
fn row_46_a_request_is_cancelled_once() {
    let mut scene = open(Version::V2025_11_25);
    let (_, theirs) = call(&mut scene);
    let line = cancelled(&format!(r#"{{"requestId":{theirs}}}"#));
    scene.hear(Role::Server, &line);
    scene.hear(Role::Server, &line);
    assert_eq!(scene.server.events.len(), 1);
    assert_eq!(broken(&scene.server), [PeerRule::CancelUnknown]);
}

#[test]
fn row_46_a_finished_request_cannot_be_cancelled() {
    let mut scene = open(Version::V2025_11_25);
    let (ours, theirs) = call(&mut scene);
    scene.respond(Role::Server, &theirs, DONE).expect("in flight");
    let now = scene.now;
    let late = scene.client.connection.cancel(&ours, None, now);
    assert_eq!(late, Err(Error::ApiMisuse(Misuse::UnknownRequest)));
    scene.hear(Role::Server, &cancelled(&format!(r#"{{"requestId":{theirs}}}"#)));
    assert_eq!(broken(&scene.server), [PeerRule::CancelUnknown]);
}

#[test]
fn row_46_the_peer_cannot_cancel_what_it_did_not_ask() {
    let mut scene = open(Version::V2025_11_25);
    let (ours, _) = call(&mut scene);
    scene.hear(Role::Client, &cancelled(&format!(r#"{{"requestId":{ours}}}"#)));
    assert_eq!(scene.client.connection.own_requests(), 1);
    assert_eq!(broken(&scene.client), [PeerRule::CancelUnknown]);
}

#[test]
fn row_47_every_interleaving_of_cancel_and_answer_has_one_outcome() {
    for version in Version::ALL {
        for seed in 0..64u64 {
            let mut scene = open(version);
            let (ours, theirs) = call(&mut scene);
            let now = scene.now;
            if seed & 1 == 0 {
                scene.client.connection.cancel(&ours, None, now).expect("in flight");
            }
            for _ in 0..(seed >> 1) % 3 {
                scene.step();
            }
            scene.server.connection.respond(&theirs, DONE, now).expect("once");
            for _ in 0..(seed >> 3) % 3 {
                scene.step();
            }
            let is_cancelled =
                seed & 1 == 0 || scene.client.connection.cancel(&ours, None, now).is_ok();
            scene.settle();
            let events = scene.client.events.len();
            assert_eq!(events, usize::from(!is_cancelled), "{version} {seed}");
            assert_eq!(scene.client.connection.own_requests(), 0);
            assert_eq!(scene.server.connection.peer_requests(), 0);
        }
    }
}

#[test]
fn a_server_can_cancel_what_it_has_asked() {
    for version in LEGACY {
        let mut scene = open(version);
        let ours = request(&mut scene, Role::Server, Call::new(Method::ListRoots));
        let (theirs, _) = requested(&mut scene.client);
        scene.cancel(Role::Server, &ours);
        assert!(matches!(scene.client.event(), Some(Event::Cancelled { id, .. }) if id == theirs));
        let late = scene.respond(Role::Client, &theirs, Reply::Result(crate::stage::raw("{}")));
        assert_eq!(late, Ok(Delivery::Dropped));
    }
}

#[test]
fn a_request_that_is_not_ours_cannot_be_withdrawn() {
    let mut scene = open(Version::LATEST);
    let now = scene.now;
    for id in [RequestId::from(99), RequestId::from("1"), RequestId::from(1)] {
        let unknown = scene.client.connection.cancel(&id, None, now);
        assert_eq!(unknown, Err(Error::ApiMisuse(Misuse::UnknownRequest)));
    }
}

fn cancelled(params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{params}}}"#)
}
