//! Notifications: who may send which, and that none is ever answered.

use mcp_engine::connection::{Change, Event};
use mcp_engine::version::{Era, Role, Version};
use mcp_engine::{Error, Incompatible, Method, Misuse, PeerRule};

use crate::stage::{LEGACY, Scene, broken, call, client, counted, last, open, raw, server};

const ROOTS: &str = "notifications/roots/list_changed";

fn notice(method: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}"}}"#)
}

#[test]
fn a_client_tells_that_its_roots_have_changed() {
    for version in LEGACY {
        let mut scene = open(version);
        scene.client.connection.notify(ROOTS, None, None).expect("open");
        scene.settle();
        let Some(Event::Notification { message, subscription: None }) = scene.server.event() else {
            panic!("no notification");
        };
        assert_eq!(message.method(), Some(Method::RootsListChanged));
    }
}

#[test]
fn a_notification_that_the_revision_does_not_let_a_side_send_is_not_sent() {
    for version in Version::ALL {
        let mut scene = open(version);
        for method in Method::ALL {
            if version.allows(*method, Role::Client) && method.is_notification() {
                continue;
            }
            let refused = scene.client.connection.notify(method.name(), None, None);
            let expected = Error::PeerIncompatible(Incompatible::MethodOfVersion);
            assert_eq!(refused, Err(expected), "{version} {method}");
        }
    }
}

#[test]
fn a_notification_that_the_revision_does_not_let_a_side_send_is_ignored() {
    for version in Version::ALL {
        for method in Method::ALL.iter().filter(|method| method.is_notification()) {
            if version.allows(*method, Role::Server) {
                continue;
            }
            let mut scene = open(version);
            let before = scene.count(Role::Client);
            scene.hear(Role::Client, &notice(method.name()));
            assert_eq!(broken(&scene.client).len(), 1, "{version} {method}");
            assert!(scene.client.events.is_empty(), "{version} {method}");
            assert_eq!(scene.count(Role::Client), before);
        }
    }
}

#[test]
fn a_request_that_comes_without_an_id_is_ignored() {
    for version in Version::ALL {
        for method in Method::ALL.iter().filter(|method| !method.is_notification()) {
            let mut scene = open(version);
            let before = scene.count(Role::Server);
            scene.hear(Role::Server, &notice(method.name()));
            assert!(scene.server.events.is_empty(), "{version} {method}");
            assert_eq!(scene.count(Role::Server), before, "{version} {method}");
        }
    }
}

#[test]
fn no_notification_is_answered_whatever_it_says() {
    for version in Version::ALL {
        for method in ["notifications/no/such", "no/such", "", "notifications/cancelled"] {
            let mut scene = open(version);
            for (to, by) in [(Role::Server, Role::Server), (Role::Client, Role::Client)] {
                let before = scene.count(by);
                scene.hear(to, &notice(method));
                assert_eq!(scene.count(by), before, "{version} {method}");
            }
        }
    }
}

#[test]
fn what_a_server_says_needs_the_capability_that_it_declared() {
    for version in LEGACY {
        let bare = server().versions([version]).capabilities(raw(r#"{"tools":{}}"#));
        let mut scene = Scene::open(client().versions([version]), bare);
        for method in [
            "notifications/tools/list_changed",
            "notifications/prompts/list_changed",
            "notifications/resources/list_changed",
            "notifications/resources/updated",
            "notifications/message",
        ] {
            let refused = scene.server.connection.notify(method, None, None);
            assert_eq!(refused, Err(Error::ApiMisuse(Misuse::NotOffered)), "{method}");
        }
        for change in [Change::Tools, Change::Prompts, Change::Resources, Change::Resource("a:b")] {
            let refused = scene.server.connection.publish(change);
            assert_eq!(refused, Err(Error::ApiMisuse(Misuse::NotOffered)), "{change:?}");
        }
    }
}

#[test]
fn a_client_that_did_not_offer_to_tell_of_its_roots_does_not() {
    let bare = client().versions([Version::V2025_06_18]).capabilities(raw(r#"{"roots":{}}"#));
    let mut scene = Scene::open(bare, server());
    let refused = scene.client.connection.notify(ROOTS, None, None);
    assert_eq!(refused, Err(Error::ApiMisuse(Misuse::NotOffered)));
}

#[test]
fn changes_of_lists_are_told_to_a_session_at_once() {
    for version in LEGACY {
        let mut scene = open(version);
        for (change, method) in [
            (Change::Tools, "notifications/tools/list_changed"),
            (Change::Prompts, "notifications/prompts/list_changed"),
            (Change::Resources, "notifications/resources/list_changed"),
        ] {
            scene.server.connection.publish(change).expect("offered");
            scene.settle();
            assert_eq!(last(&scene, Role::Server)["method"], method);
            assert!(matches!(scene.client.event(), Some(Event::Notification { .. })));
        }
    }
}

#[test]
fn a_modern_client_is_told_nothing_that_it_did_not_ask_for() {
    let mut scene = open(Version::LATEST);
    let before = scene.count(Role::Server);
    for change in [Change::Tools, Change::Prompts, Change::Resources, Change::Resource("a:b")] {
        scene.server.connection.publish(change).expect("offered");
    }
    scene.settle();
    assert_eq!(scene.count(Role::Server), before);
}

#[test]
fn parameters_of_a_notification_are_an_object() {
    let mut scene = open(Version::V2025_11_25);
    for odd in ["5", "[]", "null"] {
        let refused = scene.client.connection.notify(ROOTS, Some(raw(odd)), None);
        assert_eq!(refused, Err(Error::ApiMisuse(Misuse::NotAnObject)));
    }
}

#[test]
fn nothing_is_said_before_the_handshake_is_finished() {
    let mut scene = Scene::new(client(), server());
    for side in [Role::Client, Role::Server] {
        let early = scene.side_mut(side).connection.notify(ROOTS, None, None);
        assert_eq!(early, Err(Error::ApiMisuse(Misuse::NotReady)));
    }
    scene.hear(Role::Server, &notice(ROOTS));
    assert_eq!(broken(&scene.server), [PeerRule::BeforeInitialize]);
    assert!(scene.server.events.is_empty());
}

#[test]
fn notifications_and_answers_keep_their_order() {
    for version in LEGACY {
        let mut scene = open(version);
        let (_, theirs) = call(&mut scene);
        let now = scene.now;
        scene.server.connection.publish(Change::Tools).expect("offered");
        let reply = mcp_engine::connection::Reply::Result(raw(crate::stage::NOTHING));
        scene.server.connection.respond(&theirs, reply, now).expect("in flight");
        scene.server.connection.publish(Change::Prompts).expect("offered");
        scene.settle();
        let kinds: Vec<_> = scene.client.events.iter().map(std::mem::discriminant).collect();
        assert!(kinds[0] == kinds[2] && kinds[0] != kinds[1]);
    }
}

#[test]
fn what_the_application_says_in_a_notification_is_not_changed() {
    let mut scene = open(Version::V2025_11_25);
    let params = r#"{ "_meta" : {"a":1.0}, "x": "\u0061" }"#;
    scene.client.connection.notify(ROOTS, Some(raw(params)), None).expect("open");
    scene.settle();
    let Some(Event::Notification { message, .. }) = scene.server.event() else { panic!("none") };
    assert_eq!(message.params().map(|raw| raw.spelling()), Some(params));
}

#[test]
fn elicitation_that_is_complete_is_told_only_in_2025_11_25() {
    let params = r#"{"elicitationId":"e"}"#;
    for version in LEGACY {
        let mut scene = open(version);
        let method = Method::ElicitationComplete.name();
        let said = scene.server.connection.notify(method, Some(raw(params)), None);
        assert_eq!(said.is_ok(), version == Version::V2025_11_25);
    }
}

#[test]
fn the_era_of_a_client_decides_which_notifications_it_may_send() {
    for version in Version::ALL {
        let mut scene = open(version);
        let said = scene.client.connection.notify(ROOTS, None, None);
        assert_eq!(said.is_ok(), version.era() == Era::Legacy);
        scene.settle();
        assert_eq!(counted(&scene.server, PeerRule::MethodNotHere), 0);
    }
}
