//! How long a side waits, and what it does then.

use mcp_engine::connection::{Closing, Event, Extend, Failure, Patience};
use mcp_engine::version::{Role, Version};
use mcp_engine::{PeerRule, RequestId};

use crate::stage::{
    NOTHING, SECOND, Scene, Solo, broken, client, echo, json, last, open, request, requested,
    seconds,
};

fn patient(version: Version, patience: Patience) -> (Scene, RequestId, RequestId) {
    let mut scene = open(version);
    let ours = request(&mut scene, Role::Client, echo().with_progress().patience(patience));
    let (theirs, _) = requested(&mut scene.server);
    (scene, ours, theirs)
}

fn is_timed_out(event: Option<Event>, ours: &RequestId) -> bool {
    matches!(event, Some(Event::Failed { id, failure: Failure::TimedOut }) if id == *ours)
}

#[test]
fn row_53_a_peer_that_never_answers_is_given_up_and_told() {
    for version in Version::ALL {
        let (mut scene, ours, theirs) = patient(version, seconds(3));
        scene.advance(3 * SECOND - 1);
        assert!(scene.client.events.is_empty());
        scene.advance(1);
        assert!(is_timed_out(scene.client.event(), &ours));
        let said = last(&scene, Role::Client);
        assert_eq!(said["method"], "notifications/cancelled");
        assert_eq!(said["params"]["requestId"].as_i64(), ours.as_i64());
        assert!(matches!(scene.server.event(), Some(Event::Cancelled { id, .. }) if id == theirs));
        assert_eq!(scene.client.connection.own_requests(), 0);
    }
}

#[test]
fn an_answer_after_the_timeout_is_ignored() {
    let (mut scene, ours, _) = patient(Version::LATEST, seconds(1));
    scene.advance(SECOND);
    assert!(is_timed_out(scene.client.event(), &ours));
    scene.hear(Role::Client, &format!(r#"{{"jsonrpc":"2.0","id":{ours},"result":{{}}}}"#));
    assert!(scene.client.events.is_empty());
    assert_eq!(broken(&scene.client), [PeerRule::ResponseLate]);
}

#[test]
fn a_request_that_was_answered_does_not_time_out() {
    let (mut scene, _, theirs) = patient(Version::LATEST, seconds(1));
    scene.result(Role::Server, &theirs, NOTHING);
    scene.client.events.clear();
    assert_eq!(scene.client.connection.poll_timeout(), None);
    scene.advance(100 * SECOND);
    assert!(scene.client.events.is_empty());
}

#[test]
fn progress_gives_more_time_up_to_the_total() {
    let patience = Patience { total_ns: 5 * SECOND, ..seconds(2) };
    let (mut scene, ours, theirs) = patient(Version::V2025_11_25, patience);
    for second in 1..=4 {
        scene.advance(SECOND);
        scene.server.connection.progress(&theirs, f64::from(second), None, None).expect("asked");
        scene.settle();
        assert!(matches!(scene.client.event(), Some(Event::Progress { .. })), "{second}");
    }
    scene.advance(SECOND - 1);
    assert!(scene.client.events.is_empty());
    scene.advance(1);
    assert!(
        is_timed_out(scene.client.event(), &ours),
        "the total holds whatever progress there is"
    );
}

#[test]
fn progress_gives_no_time_to_a_request_that_does_not_want_it_to() {
    let patience = Patience { progress: Extend::Never, ..seconds(2) };
    let (mut scene, ours, theirs) = patient(Version::LATEST, patience);
    scene.advance(SECOND);
    scene.server.connection.progress(&theirs, 1.0, None, None).expect("asked");
    scene.settle();
    scene.client.events.clear();
    scene.advance(SECOND);
    assert!(is_timed_out(scene.client.event(), &ours));
}

#[test]
fn progress_that_goes_backwards_gives_no_time() {
    let (mut scene, ours, _) = patient(Version::LATEST, seconds(2));
    let line = format!(
        r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{ours},"progress":1}}}}"#
    );
    scene.hear(Role::Client, &line);
    scene.client.events.clear();
    scene.advance(SECOND);
    scene.hear(Role::Client, &line);
    scene.advance(SECOND);
    assert!(is_timed_out(scene.client.event(), &ours));
}

#[test]
fn a_request_without_limits_waits_for_ever() {
    let (mut scene, _, theirs) = patient(Version::LATEST, Patience::ENDLESS);
    assert_eq!(scene.client.connection.poll_timeout(), None);
    scene.advance(1_000_000 * SECOND);
    scene.result(Role::Server, &theirs, NOTHING);
    assert!(matches!(scene.client.event(), Some(Event::Response { .. })));
}

#[test]
fn a_total_alone_is_kept() {
    let patience = Patience { idle_ns: 0, progress: Extend::OnProgress, total_ns: 4 * SECOND };
    let (mut scene, ours, theirs) = patient(Version::LATEST, patience);
    scene.advance(3 * SECOND);
    scene.server.connection.progress(&theirs, 1.0, None, None).expect("asked");
    scene.settle();
    scene.client.events.clear();
    scene.advance(SECOND);
    assert!(is_timed_out(scene.client.event(), &ours));
}

#[test]
fn the_configuration_says_how_long_a_request_waits_that_says_nothing() {
    let mut config = client();
    config.patience = seconds(7);
    let mut scene = Scene::open(config, crate::stage::server());
    let ours = request(&mut scene, Role::Client, echo());
    assert_eq!(scene.client.connection.poll_timeout(), Some(scene.now.mono_ns + 7 * SECOND));
    scene.advance(7 * SECOND);
    assert!(is_timed_out(scene.client.event(), &ours));
}

#[test]
fn the_nearest_deadline_is_told_and_each_request_has_its_own() {
    let mut scene = open(Version::LATEST);
    let asked = [5, 2, 9, 1, 7]
        .map(|n| (n, request(&mut scene, Role::Client, echo().patience(seconds(n)))));
    let mut sorted = asked.to_vec();
    sorted.sort_by_key(|(n, _)| *n);
    let begun = scene.now.mono_ns;
    for (n, ours) in sorted {
        assert_eq!(scene.client.connection.poll_timeout(), Some(begun + n * SECOND));
        let left = begun + n * SECOND - scene.now.mono_ns;
        scene.advance(left);
        assert!(is_timed_out(scene.client.event(), &ours));
    }
}

#[test]
fn a_server_gives_up_what_it_has_asked_too() {
    let mut scene = open(Version::V2025_06_18);
    let call = mcp_engine::connection::Call::new(mcp_engine::Method::ListRoots);
    let ours = request(&mut scene, Role::Server, call.patience(seconds(1)));
    scene.client.events.clear();
    scene.advance(SECOND);
    assert!(is_timed_out(scene.server.event(), &ours));
    assert!(matches!(scene.client.event(), Some(Event::Cancelled { .. })));
}

#[test]
fn initialize_that_is_not_answered_is_not_cancelled() {
    let mut config = client().versions([Version::V2025_06_18]);
    config.handshake_ns = SECOND;
    let mut solo = Solo::new(config);
    solo.connection.start(solo.now).expect("a fresh client");
    solo.said();
    solo.connection.handle_timeout(solo.now.after(SECOND));
    assert_eq!(solo.said(), [], "a client must not cancel initialize");
    assert_eq!(solo.connection.closing(), Some(Closing::HandshakeTimeout));
}

#[test]
fn a_clock_that_is_about_to_end_is_no_panic() {
    let mut solo = Solo::new(client());
    solo.now.mono_ns = u64::MAX - 1;
    solo.connection.start(solo.now).expect("a fresh client");
    assert_eq!(json(&solo.said()[0].line)["method"], "server/discover");
    solo.connection.handle_timeout(solo.now.after(u64::MAX));
    assert_eq!(solo.connection.closing(), None);
}
