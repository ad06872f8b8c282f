//! The end of a conversation: everything has its outcome, and nothing is said any more.

use mcp_engine::connection::{
    Call, Change, Closing, Delivery, Ending, Event, Failure, LoggingLevel, Reply,
};
use mcp_engine::encode::Outcome;
use mcp_engine::version::{Era, Role, Version};
use mcp_engine::{Error, Method, Misuse};

use crate::stage::{Scene, Solo, call, client, echo, line, open, raw, server};

const CLOSED: Error = Error::ApiMisuse(Misuse::Closed);
const DONE: Reply<'static> = Reply::Text("done", Outcome::Success);

#[test]
fn every_request_fails_and_then_the_connection_is_closed() {
    for version in Version::ALL {
        let mut scene = open(version);
        for _ in 0..3 {
            call(&mut scene);
        }
        scene.cut();
        let events: Vec<_> = scene.client.events.drain(..).collect();
        assert_eq!(events.len(), 4);
        let failed =
            |event: &Event| matches!(event, Event::Failed { failure: Failure::Closed, .. });
        assert!(events[..3].iter().all(failed));
        assert!(matches!(events[3], Event::Closed(Closing::Peer)), "nothing comes after it");
        assert_eq!(scene.client.connection.poll_timeout(), None);
    }
}

#[test]
fn requests_of_whoever_closes_say_that_it_was_closed_here() {
    for version in Version::ALL {
        let mut scene = open(version);
        call(&mut scene);
        scene.client.connection.close();
        scene.settle();
        let events: Vec<_> = scene.client.events.drain(..).collect();
        let [failed, closed] = &events[..] else { panic!("{events:?}") };
        assert!(matches!(failed, Event::Failed { failure: Failure::ClosedHere, .. }));
        assert!(matches!(closed, Event::Closed(Closing::Local)));
    }
}

#[test]
fn a_subscription_ends_with_the_connection() {
    let mut scene = open(Version::LATEST);
    let now = scene.now;
    scene.client.connection.listen(raw("{}"), now).expect("open");
    scene.settle();
    scene.client.events.clear();
    scene.cut();
    let ended = scene.client.event();
    assert!(matches!(
        ended,
        Some(Event::ListeningEnded { ending: Ending::Failed(Failure::Closed), .. })
    ));
}

#[test]
fn nothing_is_said_after_the_end() {
    for version in Version::ALL {
        let mut solo = Solo::new(server());
        if version.era() == Era::Legacy {
            let params = format!(
                r#""protocolVersion":"{version}","capabilities":{{}},"clientInfo":{{"name":"a","version":"1"}}"#
            );
            solo.hear(0, &line(version, "1", "initialize", &params));
            solo.hear(0, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        } else {
            solo.hear(
                0,
                &line(
                    version,
                    "8",
                    "subscriptions/listen",
                    r#""notifications":{"toolsListChanged":true}"#,
                ),
            );
        }
        solo.said();
        solo.events();
        solo.hear(0, &line(version, "9", "tools/call", r#""name":"echo""#));
        let id = solo.requested();
        solo.connection.close();
        let now = solo.now;
        let _ = solo.connection.progress(&id, 1.0, None, None);
        let _ = solo.connection.log(LoggingLevel::Emergency, None, raw("1"), Some(&id));
        let _ = solo.connection.log(LoggingLevel::Emergency, None, raw("1"), None);
        let _ = solo.connection.publish(Change::Tools);
        let _ = solo.connection.end_subscription(&8.into());
        assert_eq!(solo.connection.respond(&id, DONE, now), Ok(Delivery::Dropped));
        assert_eq!(solo.said(), [], "{version}");
        assert_eq!(solo.connection.waiting_bytes(), 0);
        assert_eq!(solo.connection.peer_requests(), 0);
    }
}

#[test]
fn what_waited_to_be_sent_is_dropped() {
    let mut solo = Solo::new(server());
    solo.hear(0, &line(Version::LATEST, "1", "server/discover", ""));
    assert!(solo.connection.waiting_bytes() > 0);
    solo.connection.close();
    assert_eq!(solo.connection.waiting_bytes(), 0);
    assert_eq!(solo.said(), []);
}

#[test]
fn nothing_is_taken_in_or_asked_after_the_end() {
    for version in Version::ALL {
        let mut scene = open(version);
        scene.client.connection.close();
        scene.server.connection.close();
        let now = scene.now;
        assert_eq!(scene.ask(Role::Client, echo()), Err(CLOSED));
        assert_eq!(scene.client.connection.notify("x", None, None), Err(CLOSED));
        assert_eq!(scene.client.connection.start(now), Err(CLOSED));
        scene.hear(Role::Server, &line(version, "9", "tools/call", r#""name":"echo""#));
        scene.hear(Role::Server, "nonsense");
        assert_eq!(scene.server.errors, [CLOSED, CLOSED]);
    }
}

#[test]
fn a_connection_is_closed_once_and_for_one_reason() {
    let mut scene = open(Version::V2025_11_25);
    scene.client.connection.close();
    scene.client.connection.peer_closed();
    scene.client.connection.close();
    scene.settle();
    assert_eq!(scene.client.connection.closing(), Some(Closing::Local));
    let events: Vec<_> = scene.client.events.drain(..).collect();
    assert!(matches!(events[..], [Event::Closed(Closing::Local)]));
}

#[test]
fn a_handshake_that_is_cut_is_over() {
    for config in [client(), client().versions([Version::V2025_06_18])] {
        let mut scene = Scene::new(config, server());
        scene.start();
        scene.cut();
        assert_eq!(scene.client.connection.closing(), Some(Closing::Peer));
        assert_eq!(scene.client.events.len(), 1);
    }
}

#[test]
fn time_that_passes_after_the_end_changes_nothing() {
    let mut scene = open(Version::LATEST);
    call(&mut scene);
    scene.client.connection.close();
    let later = scene.now.after(u64::MAX);
    scene.client.connection.handle_timeout(later);
    scene.settle();
    assert_eq!(scene.client.events.len(), 2);
}

#[test]
fn a_connection_that_never_began_can_be_closed() {
    let mut solo = Solo::new(client());
    solo.connection.close();
    assert!(matches!(solo.events()[..], [Event::Closed(Closing::Local)]));
    let now = solo.now;
    assert_eq!(solo.connection.request(Call::new(Method::Ping), now), Err(CLOSED));
}
