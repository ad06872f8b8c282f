//! The streams of HTTP as a client uses them: one for each request, a POST of its own for everything else.

use mcp_engine::RequestId;
use mcp_engine::connection::{Event, Failure, Fin, Reply, StreamId};
use mcp_engine::version::{Era, Version};

use crate::stage::{LEGACY, SECOND, Solo, client, echo, json, over_http, raw, seconds};

/// A client of that revision over HTTP, after its handshake.
fn opened(version: Version) -> Solo {
    let mut solo = Solo::new(over_http(client().versions([version])));
    solo.connection.start(solo.now).expect("a fresh client");
    let first = solo.said().remove(0);
    let result = match version.era() {
        Era::Legacy => {
            format!(r#"{{"protocolVersion":"{version}","capabilities":{{"tools":{{}}}}}}"#)
        }
        Era::Modern => {
            format!(r#"{{"supportedVersions":["{version}"],"capabilities":{{"tools":{{}}}}}}"#)
        }
    };
    solo.hear(first.stream.0, &format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#));
    solo.events();
    solo
}

#[test]
fn each_request_of_a_client_has_a_stream_of_its_own() {
    for version in Version::ALL {
        let mut solo = opened(version);
        solo.said();
        let now = solo.now;
        for _ in 0..3 {
            solo.connection.request(echo(), now).expect("open");
        }
        let mut streams: Vec<_> =
            solo.said().into_iter().map(|said| (said.stream, said.fin)).collect();
        streams.dedup();
        assert_eq!(streams.len(), 3);
        assert!(streams.iter().all(|(stream, fin)| *stream != StreamId::OWN && *fin == Fin::Open));
    }
}

#[test]
fn a_request_of_the_server_belongs_to_the_request_on_whose_stream_it_comes() {
    let mut solo = opened(Version::V2025_11_25);
    let now = solo.now;
    let first = solo.connection.request(echo(), now).expect("open");
    let second = solo.connection.request(echo(), now).expect("open");
    let stream = |id: &RequestId| u64::try_from(id.as_i64().expect("a number")).expect("positive");
    let asked = |id: u32| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"roots/list"}}"#);
    for (id, stream, related) in [
        (7, stream(&first), Some(&first)),
        (8, stream(&second), Some(&second)),
        (9, 4_000, None),
        (10, StreamId::OWN.0, None),
    ] {
        solo.hear(stream, &asked(id));
        let id = RequestId::from(i64::from(id));
        assert_eq!(solo.connection.related_to(&id).as_ref(), related, "{id:?}");
    }
    let late = stream(&first);
    solo.hear(late, r#"{"jsonrpc":"2.0","id":2,"result":{"content":[]}}"#);
    solo.hear(late, &asked(11));
    assert_eq!(solo.connection.related_to(&11.into()), None, "it was answered before");
}

#[test]
fn the_confirmation_of_the_handshake_is_a_post_of_its_own() {
    for version in LEGACY {
        let said = opened(version).said();
        assert_eq!(json(&said[0].line)["method"], "notifications/initialized");
        assert_eq!((said[0].stream, said[0].fin), (StreamId::OWN, Fin::End));
    }
}

#[test]
fn all_that_a_client_answers_is_a_post_of_its_own() {
    for version in LEGACY {
        let mut solo = opened(version);
        solo.said();
        for (id, method) in [("1", "ping"), ("2", "no/such"), ("3", "tools/list")] {
            solo.hear(5, &format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}"}}"#));
        }
        solo.hear(5, r#"{"jsonrpc":"2.0","id":4,"method":"ping","params":5}"#);
        solo.hear(5, r#"{"jsonrpc":"2.0","id":5,"method":"roots/list"}"#);
        let id = solo.requested();
        let now = solo.now;
        solo.connection.respond(&id, Reply::Result(raw(r#"{"roots":[]}"#)), now).expect("asked");
        let said = solo.said();
        assert_eq!(said.len(), 5);
        assert!(
            said.iter().all(|said| said.stream == StreamId::OWN && said.fin == Fin::End),
            "{said:?}"
        );
    }
}

#[test]
fn a_legacy_client_cancels_with_a_post_of_its_own() {
    for version in LEGACY {
        let mut solo = opened(version);
        let now = solo.now;
        let id = solo.connection.request(echo(), now).expect("open");
        solo.said();
        solo.connection.cancel(&id, None, now).expect("in flight");
        let said = solo.said();
        assert_eq!(json(&said[0].line)["method"], "notifications/cancelled");
        assert_eq!((said[0].stream, said[0].fin), (StreamId::OWN, Fin::End));
    }
}

#[test]
fn a_modern_client_cancels_by_giving_up_the_stream() {
    let mut solo = opened(Version::LATEST);
    let now = solo.now;
    let id = solo.connection.request(echo(), now).expect("open");
    let stream = solo.said()[0].stream;
    solo.connection.cancel(&id, Some("x"), now).expect("in flight");
    let said = solo.said();
    assert_eq!((said.len(), said[0].stream, said[0].fin), (1, stream, Fin::Abort));
    assert_eq!(said[0].line, "", "nothing is said");
}

#[test]
fn a_timeout_gives_up_the_stream_in_the_modern_era() {
    let mut solo = opened(Version::LATEST);
    let now = solo.now;
    solo.connection.request(echo().patience(seconds(1)), now).expect("open");
    solo.said();
    solo.connection.handle_timeout(now.after(SECOND));
    assert_eq!(solo.said()[0].fin, Fin::Abort);
    assert!(matches!(solo.events()[..], [Event::Failed { failure: Failure::TimedOut, .. }]));
}

#[test]
fn a_stream_that_breaks_loses_its_request() {
    for version in Version::ALL {
        let mut solo = opened(version);
        solo.said();
        let now = solo.now;
        let lost = solo.connection.request(echo(), now).expect("open");
        let kept = solo.connection.request(echo(), now).expect("open");
        let stream = solo.said()[0].stream;
        solo.connection.stream_closed(stream, now);
        let events = solo.events();
        assert!(
            matches!(&events[..], [Event::Failed { id, failure: Failure::Closed }] if *id == lost)
        );
        assert_ne!(lost, kept);
        assert_eq!(solo.connection.own_requests(), 1);
    }
}
