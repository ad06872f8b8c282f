//! Rows 1 to 10: where a message ends, and bytes that are none.

use crate::table::Cell::{Cases, Gap, Test};
use crate::table::{Case, Expect, PARSE_ERROR, case, refused, rows};
use crate::talk::{Talk, call};
use crate::way::{LIMITS, Way};

rows! {
    row_01_what_never_ends_is_not_held => |way| {
        let expect = too_long(way, None);
        Cases(vec![case(vec![b'x'; 8 << 20], expect)])
    };
    row_02_the_longest_message_is_taken_and_one_byte_more_is_not => |way| {
        let most = LIMITS.message_bytes as usize;
        Cases(vec![
            long(way, most - 1, Expect::Answered("5".into())),
            long(way, most, Expect::Answered("5".into())),
            long(way, most + 1, too_long(way, Some("5"))),
        ])
    };
    row_05_carriage_returns_are_white_space => |_| Cases(vec![
        case("{\r\"jsonrpc\":\"2.0\",\r\r\"id\":5,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\",\"arguments\":{\"text\":\"x\"},META}}\r", Expect::Answered("5".into())),
    ]);
    row_06_lines_of_nothing_are_passed_over => |way| {
        if way.is_lines() {
            Cases(["", " ", "  \t \r"].map(|line| case(format!("{line}\n").repeat(10_000), Expect::Silence)).into())
        } else {
            // A message of nothing is no message.
            Cases(["", " ", "\n \n"].map(|text| refused(text, PARSE_ERROR, None)).into())
        }
    };
    row_07_a_byte_order_mark_is_refused => |_| Cases(vec![
        refused("\u{feff}{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"ping\"}", PARSE_ERROR, None),
    ]);
    row_08_other_encodings_are_refused => |way| {
        let text = "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"ping\"}";
        let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let utf_32: Vec<u8> = text.chars().flat_map(|c| (c as u32).to_be_bytes()).collect();
        let gzip = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xabV\xcaJ,V\xb2RJ-";
        Cases(vec![
            refused(utf_16, PARSE_ERROR, None),
            refused(utf_32, PARSE_ERROR, None),
            case(gzip, no_text(way)),
        ])
    };
    row_10_two_messages_are_not_one => |_| Cases(vec![
        refused(r#"{"jsonrpc":"2.0","id":5,"method":"ping"}{"jsonrpc":"2.0","id":6,"method":"ping"}"#, PARSE_ERROR, None),
        refused(r#"{"jsonrpc":"2.0","id":5,"method":"ping"} x"#, PARSE_ERROR, None),
    ]);
    row_03_of_the_table => |way| match way.is_http() {
        true => Gap("a message is a request of its own over HTTP, and no two share a piece that is decoded"),
        false => Test(HERE, "row_03_a_long_message_and_the_next_in_one_piece_are_both_read"),
    };
    row_04_of_the_table => |way| match way {
        Way::WebSocket => Test("core/runtime/tests/hostile/websocket.rs", "row_04_frames_may_come_byte_by_byte"),
        way if way.is_http() => Test("core/runtime/tests/hostile/http.rs", "row_04_requests_may_come_byte_by_byte"),
        _ => Test(HERE, "row_04_messages_may_come_byte_by_byte"),
    };
    row_09_of_the_table => |way| match way {
        Way::WebSocket => Test("core/runtime/tests/hostile/websocket.rs", "row_09_half_a_message_harms_nobody"),
        way if way.is_http() => Test("core/runtime/tests/hostile/http.rs", "row_09_half_a_body_harms_nobody"),
        _ => Test(HERE, "row_09_half_a_message_at_the_end_is_dropped"),
    };
}

#[tokio::test]
async fn row_03_a_long_message_and_the_next_in_one_piece_are_both_read() {
    for way in Way::ALL.into_iter().filter(|way| !way.is_http()) {
        let mut talk = Talk::open(way).await;
        let Case { bytes, .. } = long(way, LIMITS.message_bytes as usize, Expect::Silence);
        let next = call("6", way);
        if way == Way::WebSocket {
            talk.say(&bytes, "").await;
            talk.say(next.as_bytes(), "").await;
        } else {
            talk.write(&[&bytes, &b"\n"[..], next.as_bytes(), b"\n"].concat()).await;
        }
        for id in ["\"id\":5", "\"id\":6"] {
            let heard = talk.hear().await.expect("an answer");
            assert!(heard.contains(id) && heard.contains("result"), "{way:?}: {heard}");
        }
    }
}

#[tokio::test]
async fn row_04_messages_may_come_byte_by_byte() {
    for way in Way::ALL.into_iter().filter(|way| way.is_lines()) {
        let mut talk = Talk::open(way).await;
        for byte in format!("{}\r\n", call("5", way)).bytes() {
            talk.write(&[byte]).await;
        }
        let heard = talk.hear().await.expect("an answer");
        assert!(heard.contains("\"id\":5"), "{way:?}: {heard}");
        assert!(talk.call().await.is_empty());
    }
}

/// Every place where a message can be cut in two.
#[tokio::test]
async fn row_04_messages_may_be_cut_anywhere() {
    for way in [Way::Memory, Way::Modern] {
        let mut talk = Talk::open(way).await;
        let whole = format!("{}\n", call("5", way));
        for cut in 1..whole.len() {
            talk.write(&whole.as_bytes()[..cut]).await;
            tokio::task::yield_now().await;
            talk.write(&whole.as_bytes()[cut..]).await;
            let heard = talk.hear().await.expect("an answer");
            assert!(heard.contains("\"id\":5") && heard.contains("well"), "{cut}: {heard}");
        }
    }
}

#[tokio::test]
async fn row_09_half_a_message_at_the_end_is_dropped() {
    for way in Way::ALL.into_iter().filter(|way| way.is_lines()) {
        let mut talk = Talk::open(way).await;
        let whole = call("5", way);
        talk.write(&whole.as_bytes()[..whole.len() / 2]).await;
        talk.end().await;
        while let Some(heard) = talk.hear().await {
            assert!(heard.contains("-32700"), "{way:?}: {heard}");
        }
        assert!(Talk::open(way).await.call().await.is_empty());
    }
}

/// A call of exactly so many bytes.
fn long(way: Way, bytes: usize, expect: Expect) -> Case {
    let short = call("5", way).replace("\"well\"", "\"\"");
    let text = "x".repeat(bytes - short.len());
    case(short.replace("\"text\":\"\"", &format!("\"text\":\"{text}\"")), expect)
}

/// What comes of a message above the limit, whose first bytes tell that id.
fn too_long(way: Way, id: Option<&'static str>) -> Expect {
    match way {
        Way::WebSocket => Expect::Closed(1009),
        way if way.is_http() => Expect::Status(413),
        _ => Expect::Refused(PARSE_ERROR, id),
    }
}

/// What comes of bytes that are no UTF-8.
pub(crate) fn no_text(way: Way) -> Expect {
    match way {
        Way::WebSocket => Expect::Closed(1007),
        _ => Expect::Refused(PARSE_ERROR, None),
    }
}

const HERE: &str = "core/runtime/tests/hostile/framing.rs";
