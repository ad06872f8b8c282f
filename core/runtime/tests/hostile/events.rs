//! Rows 61 to 66: event streams as no server should write them, to a real client.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use crate::played::{Played, well};
use crate::way::{LIMITS, Way};

/// Writes an event stream with the answer to a call in it, in these pieces, on every way that has events. The call is answered, and so is
/// the next.
async fn play(pieces: impl Fn(Way, &Value) -> Vec<Vec<u8>>) {
    for way in Way::ALL.into_iter().filter(|way| way.is_http()) {
        let played = async {
            let mut played = Played::open(way, LONG).await;
            let call = played.calling();
            let id = played.asked("tools/call").await;
            for piece in pieces(way, &id) {
                played.write(&piece).await;
            }
            assert_eq!(call.await.expect("no panic").expect("an answer"), "well", "{way:?}");
            played.finish();
            played.good().await;
        };
        assert!(timeout(LONG, played).await.is_ok(), "{way:?}: nothing has come");
    }
}

#[tokio::test]
async fn row_61_every_line_end_ends_a_line() {
    for end in ["\n", "\r\n", "\r"] {
        play(|_, id| vec![format!(": first{end}data: {}{end}{end}", well(id)).into()]).await;
    }
    // A CRLF that is cut in two is one line end and not two.
    play(|_, id| {
        let data = format!("data: {}\r", well(id));
        vec![b"event: message\r".into(), b"\n".into(), data.into(), b"\n\r".into(), b"\n".into()]
    })
    .await;
}

#[tokio::test]
async fn row_62_an_event_without_an_end_is_not_held() {
    let long = vec![b'x'; 4 * LIMITS.event_bytes as usize];
    let many = b"data: x\n".repeat(LIMITS.event_bytes as usize);
    for endless in [[&b"data: "[..], &long].concat(), many, long] {
        play(|_, id| {
            let answer = format!("\n\ndata: {}\n\n", well(id));
            vec![endless.clone(), answer.into()]
        })
        .await;
    }
}

#[tokio::test]
async fn row_63_fields_are_read_as_the_standard_has_them() {
    play(|way, id| {
        let answer = well(id).to_string();
        let (first, second) = answer.split_at(answer.find(',').expect("members") + 1);
        let mark = if way == Way::HttpSse { "" } else { "\u{feff}" };
        let text = format!(
            "{mark}: a comment\n:\nid: a\0b\nunknown: x\nDATA: {{}}\ndata\n\nid: 7\nevent: message\n\
             data:{first}\ndata: {second}\n\n"
        );
        vec![text.into()]
    })
    .await;
}

#[tokio::test]
async fn row_64_waits_that_are_none_are_passed_over() {
    play(|_, id| {
        let waits = "retry: 1e99\nretry: -1\nretry: 0x10\nretry: 99999999999999999999999\nretry: 0\nretry\n\n";
        vec![waits.into(), format!("data: {}\n\n", well(id)).into()]
    })
    .await;
}

#[tokio::test]
async fn row_66_events_may_come_byte_by_byte() {
    play(|_, id| {
        let text = format!("id: 1\r\nevent: message\r\ndata: {}\r\n\r\n", well(id));
        text.bytes().map(|byte| vec![byte]).collect()
    })
    .await;
}

/// Longer than anything takes.
const LONG: Duration = Duration::from_secs(20);
