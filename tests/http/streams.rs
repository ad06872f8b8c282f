//! Rows 65, 77 and 78: streams that break, are resumed, and end.

use mcp_engine::Now;
use mcp_engine::frame::sse::Parser;
use mcp_engine::http::{
    Attachment, HttpLimits, Resumed, StreamState, Streams, write_event, write_prime,
};
use mcp_engine::version::Version;
use proptest::prelude::*;

use crate::request::{cases, refusal};

const START: Now = Now { mono_ns: 0, unix_ms: 0 };

fn texts(resumed: &Resumed) -> Vec<String> {
    let text = |data: &[u8]| String::from_utf8(data.to_vec()).expect("text");
    resumed.events.iter().map(|(_, data)| text(data)).collect()
}

fn refused<T: std::fmt::Debug>(result: Result<T, mcp_engine::http::Rejection>) -> String {
    refusal(&result.expect_err("refused"))
}

#[test]
fn row_65_a_forged_event_id_is_refused() {
    let mut streams = Streams::new(&HttpLimits::default());
    let reply = streams.open_reply(START).expect("room");
    streams.publish(reply.stream, "one".into()).expect("open");
    for forged in [
        "",
        "x",
        "0",
        "0-",
        "-1",
        "00-1",
        "0-01",
        "+0-1",
        "0x0-1",
        "0-1-1",
        "0 -1",
        "0-1\u{0}",
        "18446744073709551616-0",
        "0--1",
        "٠-1",
    ] {
        let outcome = refused(streams.resume(forged.as_bytes(), START));
        assert_eq!(outcome, "400 -32600 event-id-malformed", "{forged}");
    }
    assert_eq!(refused(streams.resume(&[b'1'; 1 << 20], START)), "400 -32600 event-id-malformed");
    for unknown in ["1-0", "0-2", "18446744073709551615-1", "0-18446744073709551615"] {
        let outcome = refused(streams.resume(unknown.as_bytes(), START));
        assert_eq!(outcome, "400 -32600 event-unknown", "{unknown}");
    }
    assert_eq!(texts(&streams.resume(b"0-0", START).expect("there")), ["one"]);
}

#[test]
fn row_65_a_stream_is_resumed_behind_the_event_that_was_seen_and_no_other_is_replayed() {
    let mut streams = Streams::new(&HttpLimits::default());
    let (one, two) =
        (streams.open_reply(START).expect("room"), streams.open_reply(START).expect("room"));
    let seen = streams.publish(one.stream, "a1".into()).expect("open");
    streams.publish(two.stream, "b1".into()).expect("open");
    streams.publish(one.stream, "a2".into()).expect("open");
    streams.detach(one);
    streams.publish(two.stream, "b2".into()).expect("open");
    let missed = streams.publish(one.stream, "a3".into()).expect("open");
    assert_eq!(missed.to, None);
    let resumed = streams.resume(seen.id.to_string().as_bytes(), START).expect("kept");
    assert_eq!(
        (texts(&resumed), resumed.state),
        (vec!["a2".into(), "a3".into()], StreamState::Open)
    );
    assert_eq!(resumed.events[1].0, missed.id);
    let next = streams.publish(one.stream, "a4".into()).expect("open");
    assert_eq!(next.to, Some(resumed.attachment));
    let none = streams.resume(next.id.to_string().as_bytes(), START).expect("kept");
    assert_eq!(texts(&none), Vec::<String>::new());
}

#[test]
fn row_77_a_second_standalone_stream_is_409_and_parallel_replies_are_fine() {
    let mut streams = Streams::new(&HttpLimits::default());
    assert_eq!(streams.standalone(), None);
    let first = streams.open_standalone(START).expect("the first").attachment;
    assert_eq!(streams.standalone(), Some(first.stream));
    assert_eq!(refused(streams.open_standalone(START)), "409 -32600 stream-taken");
    let replies: Vec<_> = (0..50).map(|_| streams.open_reply(START).expect("room")).collect();
    for reply in &replies {
        let published = streams.publish(reply.stream, "x".into()).expect("open");
        assert_eq!(published.to, Some(*reply), "on one stream, and on its own");
    }
    streams.detach(first);
    let missed = streams.publish(first.stream, "later".into()).expect("open");
    assert_eq!(missed.to, None);
    let again = streams.open_standalone(START).expect("the first one broke");
    assert_eq!((again.attachment.stream, texts(&again)), (first.stream, vec!["later".into()]));
    streams.detach(again.attachment);
    assert_eq!(texts(&streams.open_standalone(START).expect("broke")), Vec::<String>::new());
}

#[test]
fn row_77_a_standalone_stream_that_missed_more_than_is_kept_begins_anew() {
    let limits = HttpLimits { replay_events: 2, ..HttpLimits::default() };
    let mut streams = Streams::new(&limits);
    let first = streams.open_standalone(START).expect("the first").attachment;
    let seen = streams.publish(first.stream, "0".into()).expect("open").id.to_string();
    streams.detach(first);
    for _ in 0..3 {
        streams.publish(first.stream, "x".into()).expect("open");
    }
    let resumed = refused(streams.resume(seen.as_bytes(), START));
    assert_eq!(resumed, "400 -32600 replay-events", "nothing is left out in silence");
    let anew = streams.open_standalone(START).expect("another");
    assert_ne!(anew.attachment.stream, first.stream);
    assert_eq!(streams.publish(first.stream, "x".into()), None);
}

#[test]
fn row_78_what_a_client_missed_because_it_dropped_its_connection_is_kept_until_it_ends() {
    let mut streams = Streams::new(&HttpLimits::default());
    let reply = streams.open_reply(START).expect("room");
    streams.detach(reply);
    streams.publish(reply.stream, "progress".into()).expect("open");
    streams.publish(reply.stream, "result".into()).expect("open");
    streams.finish(reply.stream, START);
    assert_eq!(streams.publish(reply.stream, "more".into()), None, "it has ended");
    let resumed = streams.resume(b"0-1", START).expect("kept");
    assert_eq!((texts(&resumed), resumed.state), (vec!["result".into()], StreamState::Finished));
    // After a while it is forgotten, and nothing of it is left.
    let timeout = streams.poll_timeout().expect("one has ended");
    assert_eq!(timeout, 5 * 60 * 1_000_000_000);
    streams.expire(Now { mono_ns: timeout - 1, unix_ms: 0 });
    assert!(streams.kept_bytes() > 0);
    streams.expire(Now { mono_ns: timeout, unix_ms: 0 });
    assert_eq!((streams.kept_bytes(), streams.poll_timeout()), (0, None));
    let late = Now { mono_ns: timeout, unix_ms: 0 };
    assert_eq!(refused(streams.resume(b"0-1", late)), "400 -32600 event-unknown");
}

#[test]
fn a_connection_that_was_replaced_gets_nothing_and_can_harm_nothing() {
    let mut streams = Streams::new(&HttpLimits::default());
    let old = streams.open_reply(START).expect("room");
    let new = streams.resume(b"0-0", START).expect("it is taken over").attachment;
    assert_eq!(streams.publish(old.stream, "x".into()).expect("open").to, Some(new));
    streams.detach(old);
    assert_eq!(streams.publish(old.stream, "y".into()).expect("open").to, Some(new));
    let never = Attachment { turn: 77, ..new };
    streams.detach(never);
    assert_eq!(streams.publish(old.stream, "z".into()).expect("open").to, Some(new));
    streams.detach(new);
    assert_eq!(streams.publish(old.stream, "w".into()).expect("open").to, None);
}

#[test]
fn streams_that_have_ended_make_room_for_new_ones() {
    let limits = HttpLimits { streams: 3, ..HttpLimits::default() };
    let mut streams = Streams::new(&limits);
    let open: Vec<_> = (0..3).map(|_| streams.open_reply(START).expect("room")).collect();
    assert_eq!(refused(streams.open_reply(START)), "503 -32600 streams");
    assert_eq!(refused(streams.open_standalone(START)), "503 -32600 streams");
    assert_eq!(streams.standalone(), None);
    streams.finish(open[1].stream, START);
    streams.finish(open[1].stream, START);
    assert!(streams.open_reply(START).is_ok());
    assert!(streams.open_reply(START).is_err());
    assert_eq!(refused(streams.resume(b"1-0", START)), "400 -32600 event-unknown");
}

#[test]
fn all_streams_together_keep_no_more_than_the_session_may() {
    let limits = HttpLimits { session_replay_bytes: 100, ..HttpLimits::default() };
    let mut streams = Streams::new(&limits);
    let (one, two) =
        (streams.open_reply(START).expect("room"), streams.open_reply(START).expect("room"));
    for number in 0..1_000 {
        let stream = if number % 3 == 0 { one.stream } else { two.stream };
        streams.publish(stream, vec![b'x'; number % 40].into()).expect("open");
        assert!(streams.kept_bytes() <= 100, "{}", streams.kept_bytes());
    }
    assert_eq!(refused(streams.resume(b"1-0", START)), "400 -32600 session-replay-bytes");
    streams.finish(one.stream, START);
    streams.publish(two.stream, vec![b'y'; 100].into()).expect("open");
    assert_eq!(refused(streams.resume(b"0-0", START)), "400 -32600 event-unknown");
    assert_eq!(streams.kept_bytes(), 100);
}

#[test]
fn events_are_written_as_a_parser_reads_them() {
    let mut streams = Streams::new(&HttpLimits::default());
    let reply = streams.open_reply(START).expect("room");
    let mut out = Vec::new();
    write_prime(&mut out, Version::V2025_11_25, reply.stream, Some(500));
    let one = streams.publish(reply.stream, "{\"a\":1}".into()).expect("open");
    write_event(&mut out, one.id, b"{\"a\":1}");
    let mut parser = Parser::default();
    parser.feed(&out).expect("sound");
    let primed = parser.poll().expect("an event").expect("sound");
    assert!(primed.data.is_empty());
    assert_eq!((parser.last_event_id(), parser.retry_ms()), ("0-0", Some(500)));
    let event = parser.poll().expect("an event").expect("sound");
    assert_eq!((&*event.data, parser.last_event_id()), (&b"{\"a\":1}"[..], "0-1"));
}

/// What a test does to the streams of a session.
#[derive(Clone, Debug)]
enum Step {
    Open,
    Publish(usize),
    Break(usize),
    Resume(usize),
    Finish(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Open),
        8 => (0..4usize).prop_map(Step::Publish),
        2 => (0..4usize).prop_map(Step::Break),
        2 => (0..4usize).prop_map(Step::Resume),
        1 => (0..4usize).prop_map(Step::Finish),
    ]
}

/// A client that reads every connection to its end and resumes behind the last event it saw.
#[derive(Default)]
struct Client {
    attachment: Option<Attachment>,
    connected: bool,
    published: usize,
    received: Vec<String>,
    last: Option<String>,
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_client_that_resumes_misses_nothing_and_gets_nothing_twice(
        steps in prop::collection::vec(step(), 0..80),
    ) {
        let mut streams = Streams::new(&HttpLimits::default());
        let mut clients: Vec<Client> = Vec::new();
        for step in steps {
            let (Step::Publish(at) | Step::Break(at) | Step::Resume(at) | Step::Finish(at)) = step else {
                let attachment = Some(streams.open_reply(START).expect("room"));
                clients.push(Client { attachment, connected: true, ..Client::default() });
                continue;
            };
            let Some(client) = clients.get_mut(at) else { continue };
            let attachment = client.attachment.expect("it was opened");
            match step {
                Step::Publish(_) => {
                    let text = format!("{}/{}", attachment.stream, client.published);
                    let Some(published) = streams.publish(attachment.stream, text.clone().into()) else {
                        continue;
                    };
                    client.published += 1;
                    prop_assert_eq!(published.to.is_some(), client.connected);
                    if client.connected {
                        client.received.push(text);
                        client.last = Some(published.id.to_string());
                    }
                }
                Step::Break(_) => {
                    streams.detach(attachment);
                    client.connected = false;
                }
                Step::Resume(_) => {
                    let last = client.last.clone().unwrap_or(format!("{}-0", attachment.stream));
                    let resumed = streams.resume(last.as_bytes(), START).expect("kept");
                    client.attachment = Some(resumed.attachment);
                    client.connected = true;
                    client.received.extend(texts(&resumed));
                    if let Some((id, _)) = resumed.events.last() {
                        client.last = Some(id.to_string());
                    }
                }
                _ => streams.finish(attachment.stream, START),
            }
        }
        for client in &mut clients {
            let attachment = client.attachment.expect("it was opened");
            let last = client.last.clone().unwrap_or(format!("{}-0", attachment.stream));
            client.received.extend(texts(&streams.resume(last.as_bytes(), START).expect("kept")));
            let all = (0..client.published).map(|number| format!("{}/{number}", attachment.stream));
            prop_assert_eq!(&client.received, &all.collect::<Vec<_>>());
        }
    }
}
