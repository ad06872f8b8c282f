//! The streams of HTTP: on which one something is said, and when it ends.

use mcp_engine::connection::{Call, Change, Delivery, Event, Fin, LoggingLevel, Reply, StreamId};
use mcp_engine::encode::Outcome;
use mcp_engine::version::{Era, Role, Version};
use mcp_engine::{Error, Method, Misuse};

use crate::stage::{
    LEGACY, NOTHING, Scene, Solo, client, echo, line, over_http, raw, request, requested, server,
};

const CANCELLED: &str =
    r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}"#;
const DONE: Reply<'static> = Reply::Text("done", Outcome::Success);

/// A server of that revision over HTTP, after its handshake.
fn session(version: Version) -> Solo {
    let mut solo = Solo::new(over_http(server()));
    if version.era() == Era::Legacy {
        let params = format!(
            r#""protocolVersion":"{version}","capabilities":{{"roots":{{}},"sampling":{{}}}},"clientInfo":{{"name":"a","version":"1"}}"#
        );
        solo.hear(1, &line(version, "1", "initialize", &params));
        solo.hear(2, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        let said = solo.said();
        assert_eq!((said.len(), said[0].stream, said[0].fin), (1, StreamId(1), Fin::End));
        solo.events();
    }
    solo
}

fn tool(version: Version, id: &str) -> String {
    line(version, id, "tools/call", r#""name":"echo""#)
}

#[test]
fn an_answer_ends_the_stream_of_its_request() {
    for version in Version::ALL {
        let mut solo = session(version);
        solo.hear(7, &tool(version, "7"));
        let id = solo.requested();
        let now = solo.now;
        solo.connection.respond(&id, DONE, now).expect("in flight");
        let said = solo.said();
        assert_eq!((said[0].stream, said[0].fin), (StreamId(7), Fin::End));
    }
}

#[test]
fn what_the_server_answers_itself_ends_the_stream_too() {
    for (version, method, params) in [
        (Version::V2025_06_18, "ping", ""),
        (Version::V2025_06_18, "logging/setLevel", r#""level":"info""#),
        (Version::V2025_06_18, "resources/subscribe", r#""uri":"a:b""#),
        (Version::V2025_06_18, "no/such", ""),
        (Version::LATEST, "server/discover", ""),
        (Version::LATEST, "ping", ""),
        (Version::LATEST, "no/such", ""),
    ] {
        let mut solo = session(version);
        solo.hear(7, &line(version, "7", method, params));
        let said = solo.said();
        assert_eq!(
            (said.len(), said[0].stream, said[0].fin),
            (1, StreamId(7), Fin::End),
            "{method}"
        );
    }
}

#[test]
fn what_is_not_valid_ends_its_stream_with_an_error() {
    for version in Version::ALL {
        let mut solo = session(version);
        solo.hear(7, r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#);
        let said = solo.said();
        assert_eq!((said[0].stream, said[0].fin), (StreamId(7), Fin::End));
    }
}

#[test]
fn progress_and_log_messages_travel_on_the_stream_of_their_request() {
    for version in Version::ALL {
        let mut solo = session(version);
        let text = tool(version, "7");
        let meta = r#""_meta":{"progressToken":"p","io.modelcontextprotocol/logLevel":"debug","#;
        let text = match version.era() {
            Era::Modern => text.replace(r#""_meta":{"#, meta),
            Era::Legacy => text.replace(r#""name""#, r#""_meta":{"progressToken":"p"},"name""#),
        };
        solo.hear(7, &text);
        let id = solo.requested();
        solo.connection.progress(&id, 1.0, None, None).expect("in flight");
        let logged = solo.connection.log(LoggingLevel::Info, None, raw("1"), Some(&id));
        assert_eq!(logged, Ok(Delivery::Queued));
        let said = solo.said();
        assert_eq!(said.len(), 2);
        assert!(said.iter().all(|said| said.stream == StreamId(7) && said.fin == Fin::Open));
    }
}

#[test]
fn a_request_of_the_server_travels_on_the_stream_of_the_one_it_belongs_to() {
    for version in LEGACY {
        let mut solo = session(version);
        solo.hear(7, &tool(version, "7"));
        let id = solo.requested();
        let now = solo.now;
        solo.connection.request(Call::new(Method::ListRoots).related(&id), now).expect("a stream");
        let said = solo.said();
        assert_eq!((said[0].stream, said[0].fin), (StreamId(7), Fin::Open));
    }
}

#[test]
fn the_stream_of_a_cancelled_request_ends_and_carries_nothing_more() {
    for version in LEGACY {
        let mut solo = session(version);
        solo.hear(7, &tool(version, "7"));
        let (id, now) = (solo.requested(), solo.now);
        solo.hear(8, CANCELLED);
        let said = solo.said();
        assert_eq!((said.len(), said[0].stream, said[0].fin), (1, StreamId(7), Fin::End));
        assert_eq!(said[0].line, "");
        let no_stream = Err(Error::ApiMisuse(Misuse::NoStream));
        let call = Call::new(Method::ListRoots).related(&id);
        assert_eq!(solo.connection.request(call, now), no_stream);
        assert_eq!(solo.connection.respond(&id, DONE, now), Ok(Delivery::Dropped));
        assert_eq!(solo.said(), []);
    }
}

#[test]
fn a_request_is_not_withdrawn_on_a_stream_that_has_ended() {
    for version in LEGACY {
        let mut solo = session(version);
        solo.hear(7, &tool(version, "7"));
        let (id, now) = (solo.requested(), solo.now);
        let mut ask = || {
            let call = Call::new(Method::ListRoots).related(&id);
            solo.connection.request(call, now).expect("a stream")
        };
        let (one, other) = (ask(), ask());
        solo.connection.respond(&id, DONE, now).expect("in flight");
        solo.said();
        solo.connection.cancel(&one, None, now).expect("in flight");
        assert_eq!(solo.said(), [], "there is no way to tell");
        solo.connection.set_standalone(Some(StreamId(3)));
        solo.connection.cancel(&other, None, now).expect("in flight");
        assert_eq!(solo.said()[0].stream, StreamId(3));
    }
}

#[test]
fn what_belongs_to_no_request_needs_the_standalone_stream() {
    for version in LEGACY {
        let mut solo = session(version);
        let now = solo.now;
        let no_stream = Error::ApiMisuse(Misuse::NoStream);
        let call = Call::new(Method::ListRoots);
        assert_eq!(solo.connection.request(call, now), Err(no_stream));
        let notice = "notifications/tools/list_changed";
        assert_eq!(solo.connection.notify(notice, None, None), Err(no_stream));
        assert_eq!(solo.connection.log(LoggingLevel::Error, None, raw("1"), None), Err(no_stream));
        solo.connection.publish(Change::Tools).expect("dropped where nobody hears it");
        assert_eq!(solo.said(), []);
        solo.connection.set_standalone(Some(StreamId(3)));
        solo.connection.request(call, now).expect("a stream");
        solo.connection.notify(notice, None, None).expect("a stream");
        solo.connection.publish(Change::Tools).expect("a stream");
        assert!(solo.said().iter().all(|said| said.stream == StreamId(3) && said.fin == Fin::Open));
        solo.connection.stream_closed(StreamId(3), now);
        assert_eq!(solo.connection.notify(notice, None, None), Err(no_stream));
    }
}

#[test]
fn row_78_a_modern_client_that_drops_a_stream_cancels_its_request() {
    let mut solo = session(Version::LATEST);
    solo.hear(7, &tool(Version::LATEST, "7"));
    solo.hear(8, &tool(Version::LATEST, "8"));
    let events = solo.events();
    let [Event::Request { id, .. }, Event::Request { id: other, .. }] = &events[..] else {
        panic!("{events:?}");
    };
    let now = solo.now;
    solo.connection.stream_closed(StreamId(7), now);
    let told = solo.events();
    assert!(
        matches!(&told[..], [Event::Cancelled { id: ours, message: None }] if ours == id),
        "{told:?}"
    );
    assert_eq!(solo.connection.respond(id, DONE, now), Ok(Delivery::Dropped));
    assert_eq!(solo.said(), [], "nothing more is sent for it");
    assert_eq!(solo.connection.respond(other, DONE, now), Ok(Delivery::Queued));
}

#[test]
fn row_78_a_legacy_client_that_drops_a_stream_can_still_have_the_answer() {
    for version in LEGACY {
        let mut solo = session(version);
        solo.hear(7, &tool(version, "7"));
        let id = solo.requested();
        let now = solo.now;
        solo.connection.stream_closed(StreamId(7), now);
        assert!(solo.events().is_empty(), "a disconnect is no cancellation");
        assert_eq!(solo.connection.respond(&id, DONE, now), Ok(Delivery::Queued));
        assert_eq!(solo.said()[0].stream, StreamId(7));
    }
}

#[test]
fn a_subscription_lives_on_its_stream_and_ends_with_it() {
    let mut solo = session(Version::LATEST);
    let wanted = r#""notifications":{"toolsListChanged":true}"#;
    solo.hear(7, &line(Version::LATEST, "7", "subscriptions/listen", wanted));
    solo.connection.publish(Change::Tools).expect("offered");
    let said = solo.said();
    assert_eq!(said.len(), 2);
    assert!(said.iter().all(|said| said.stream == StreamId(7) && said.fin == Fin::Open));
    let now = solo.now;
    solo.connection.stream_closed(StreamId(7), now);
    assert!(matches!(solo.events().last(), Some(Event::Unsubscribed { message: None, .. })));
    solo.connection.publish(Change::Tools).expect("offered");
    assert_eq!(solo.said(), []);
}

#[test]
fn over_http_a_subscription_ends_with_its_result_alone() {
    let mut solo = session(Version::LATEST);
    solo.hear(7, &line(Version::LATEST, "7", "subscriptions/listen", r#""notifications":{}"#));
    solo.said();
    solo.connection.end_subscription(&7.into()).expect("open");
    let said = solo.said();
    assert_eq!((said.len(), said[0].stream, said[0].fin), (1, StreamId(7), Fin::End));
}

#[test]
fn the_answers_to_a_batch_end_its_stream() {
    let version = Version::V2025_03_26;
    let mut solo = session(version);
    let ping = r#"{"jsonrpc":"2.0","id":"p","method":"ping"}"#;
    solo.hear(7, &format!("[{ping},{}]", tool(version, "7")));
    let id = solo.requested();
    assert_eq!(solo.said(), []);
    let now = solo.now;
    solo.connection.respond(&id, DONE, now).expect("in flight");
    let said = solo.said();
    assert_eq!((said.len(), said[0].stream, said[0].fin), (1, StreamId(7), Fin::End));
}

#[test]
fn both_sides_over_http_play_a_whole_conversation() {
    for version in Version::ALL {
        let sides =
            (over_http(client().versions([version])), over_http(server().versions([version])));
        let mut scene = Scene::open(sides.0, sides.1);
        for _ in 0..3 {
            let ours = request(&mut scene, Role::Client, echo().with_progress());
            let (theirs, _) = requested(&mut scene.server);
            scene.server.connection.progress(&theirs, 1.0, None, None).expect("in flight");
            scene.result(Role::Server, &theirs, NOTHING);
            assert!(matches!(scene.client.event(), Some(Event::Progress { .. })));
            assert!(matches!(scene.client.event(), Some(Event::Response { id, .. }) if id == ours));
        }
    }
}

#[test]
fn giving_up_a_stream_reaches_the_other_side() {
    let sides = (over_http(client()), over_http(server()));
    let mut scene = Scene::open(sides.0, sides.1);
    let ours = request(&mut scene, Role::Client, echo());
    let (theirs, _) = requested(&mut scene.server);
    scene.cancel(Role::Client, &ours);
    assert!(
        matches!(scene.server.event(), Some(Event::Cancelled { id, message: None }) if id == theirs)
    );
}
