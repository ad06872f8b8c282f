//! Every limit of the HTTP rules is reached, and its error names it.

use mcp_engine::http::{
    Entropy, Field, Gate, HttpLimit, HttpLimits, Next, Reconnect, RedirectError, Rejection,
    ResponseHead, Sessions, Status, Streams, Url, Verb, granted_session, redirect,
};
use mcp_engine::version::Version;
use mcp_engine::{Now, Seed};

use crate::request::{head, legacy, sound_post};

#[test]
fn every_limit_is_reached_and_named() {
    for limit in HttpLimit::ALL {
        let reached = reach(*limit).unwrap_or_else(|| panic!("{limit:?} was not reached"));
        assert_eq!(reached, limit.name());
        assert!(limit.reason().contains("HttpLimits::"), "{limit:?}");
        let field = limit.name().replace('-', "_");
        assert!(limit.reason().contains(&field), "{limit:?} names its field");
    }
}

/// Reaches a limit, which is set low, and yields the name in the error.
fn reach(limit: HttpLimit) -> Option<&'static str> {
    let limits = tight(limit);
    match limit {
        HttpLimit::BodyBytes => {
            let gate = Gate { limits, ..Gate::default() };
            let outcome = sound_post(&gate, &[], &legacy("initialize"));
            (outcome == "413 -32600 body-bytes").then_some("body-bytes")
        }
        HttpLimit::HeaderBytes | HttpLimit::HeaderFields => {
            let gate = Gate { limits, ..Gate::default() };
            refused(head(&gate, &[("host", "localhost"), ("accept", "*/*")]))
        }
        HttpLimit::Sessions | HttpLimit::PrincipalSessions | HttpLimit::PrincipalBytes => {
            let mut sessions = Sessions::new(&limits, Seed([1, 2]));
            let mut open = |number| {
                let entropy = Entropy([number; 24]);
                sessions.open(entropy, b"alice", Version::V2025_11_25, (), Now::default())
            };
            refused(open(1)).or_else(|| refused(open(2)))
        }
        HttpLimit::SessionIdBytes => {
            let head = ResponseHead::read([(&b"mcp-session-id"[..], &b"abc"[..])]);
            refused(granted_session(&head, &limits))
        }
        HttpLimit::Streams => {
            let mut streams = Streams::new(&limits);
            streams.open_reply(Now::default()).expect("the first");
            refused(streams.open_reply(Now::default()))
        }
        HttpLimit::ReplayEvents | HttpLimit::ReplayBytes | HttpLimit::SessionReplayBytes => {
            let mut streams = Streams::new(&limits);
            let stream = streams.open_reply(Now::default()).expect("room").stream;
            streams.publish(stream, "ab".into());
            streams.publish(stream, "cd".into());
            refused(streams.resume(b"0-0", Now::default()))
        }
        HttpLimit::Reconnects | HttpLimit::EventIdBytes => {
            let mut patience = Reconnect::standalone(&limits);
            patience.seen("abc", None);
            while let Next::Wait { .. } = patience.broken(0) {}
            match patience.broken(0) {
                Next::Lost(limit) => limit.map(HttpLimit::name),
                Next::Wait { .. } => None,
            }
        }
        HttpLimit::Redirects | HttpLimit::UrlBytes => {
            let here = Url::parse("http://localhost/").expect("a URL");
            let location = Field::One(b"/elsewhere");
            let follow =
                |hops| redirect(&here, Verb::Get, Status::new(307), location, hops, &limits);
            [follow(0), follow(1)].into_iter().find_map(|outcome| match outcome {
                Err(RedirectError::Limit(limit)) => Some(limit.name()),
                _ => None,
            })
        }
        _ => None,
    }
}

/// Limits that are those of every day, but for one.
fn tight(limit: HttpLimit) -> HttpLimits {
    let limits = HttpLimits::default();
    match limit {
        HttpLimit::BodyBytes => HttpLimits { body_bytes: 10, ..limits },
        HttpLimit::HeaderBytes => HttpLimits { header_bytes: 20, ..limits },
        HttpLimit::HeaderFields => HttpLimits { header_fields: 1, ..limits },
        HttpLimit::Sessions => HttpLimits { sessions: 1, ..limits },
        HttpLimit::PrincipalSessions => HttpLimits { principal_sessions: 1, ..limits },
        HttpLimit::PrincipalBytes => HttpLimits { principal_bytes: 4, ..limits },
        HttpLimit::SessionIdBytes => HttpLimits { session_id_bytes: 2, ..limits },
        HttpLimit::Streams => HttpLimits { streams: 1, ..limits },
        HttpLimit::ReplayEvents => HttpLimits { replay_events: 1, ..limits },
        HttpLimit::ReplayBytes => HttpLimits { replay_bytes: 3, ..limits },
        HttpLimit::SessionReplayBytes => HttpLimits { session_replay_bytes: 3, ..limits },
        HttpLimit::Reconnects => HttpLimits { reconnects: 2, ..limits },
        HttpLimit::EventIdBytes => HttpLimits { event_id_bytes: 2, ..limits },
        HttpLimit::Redirects => HttpLimits { redirects: 1, ..limits },
        HttpLimit::UrlBytes => HttpLimits { url_bytes: 5, ..limits },
        _ => limits,
    }
}

fn refused<T>(outcome: Result<T, Rejection>) -> Option<&'static str> {
    outcome.err().map(|rejection| rejection.name())
}

#[test]
fn limits_of_nothing_refuse_everything_and_harm_nobody() {
    let limits = HttpLimits {
        sessions: 0,
        principal_sessions: 0,
        streams: 0,
        replay_events: 0,
        replay_bytes: 0,
        session_replay_bytes: 0,
        ..HttpLimits::default()
    };
    let mut sessions = Sessions::new(&limits, Seed([1, 2]));
    for number in 0..10 {
        let entropy = Entropy([number; 24]);
        assert!(sessions.open(entropy, b"", Version::V2025_11_25, (), Now::default()).is_err());
    }
    assert!(sessions.is_empty());
    assert!(Streams::new(&limits).open_reply(Now::default()).is_err());
    let mut streams = Streams::new(&HttpLimits { streams: 1, ..limits });
    let stream = streams.open_reply(Now::default()).expect("one").stream;
    assert!(streams.publish(stream, "x".into()).expect("open").to.is_some());
    assert_eq!(streams.kept_bytes(), 0);
    assert!(streams.resume(b"0-1", Now::default()).is_ok());
    assert!(streams.resume(b"0-0", Now::default()).is_err());
}
