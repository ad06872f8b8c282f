//! Rows 7, 8, 14 and 15: bytes that are no UTF-8.

use crate::stream::read;
use crate::verdict::{FIRST, NEXT, PARSE_ERROR, Streams, accept, json, place, refuse};
use mcp_engine::{Decoder, Error, Fault, JsonRule};

#[test]
fn row_07_a_byte_order_mark_is_refused() {
    let line = "\u{feff}{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
    refuse(line, json(JsonRule::ByteOrderMark, 0), PARSE_ERROR, None);
    refuse("\u{feff}", json(JsonRule::ByteOrderMark, 0), PARSE_ERROR, None);
}

#[test]
fn row_07_a_byte_order_mark_elsewhere_is_no_better() {
    let line = " \u{feff}{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
    refuse(line, json(JsonRule::ExpectedValue, 1), PARSE_ERROR, None);
    let line = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\u{feff}";
    let at = place(line, "\u{feff}");
    refuse(line, json(JsonRule::TrailingBytes, at), PARSE_ERROR, None);
}

#[test]
fn row_08_utf_16_and_utf_32_are_refused_line_by_line() {
    let text = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
    let utf_16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect();
    let utf_32 = |bytes: fn(u32) -> [u8; 4]| text.chars().flat_map(|c| bytes(c as u32)).collect();
    let texts: [Vec<u8>; 4] = [
        utf_16(u16::to_le_bytes),
        utf_16(u16::to_be_bytes),
        utf_32(u32::to_le_bytes),
        utf_32(u32::to_be_bytes),
    ];
    for (line, at) in texts.iter().zip([1, 0, 1, 0]) {
        let rule = if at == 1 { JsonRule::ExpectedKey } else { JsonRule::ExpectedValue };
        refuse(line, json(rule, at), PARSE_ERROR, None);
        for mark in [&b"\xff\xfe"[..], b"\xfe\xff", b"\x00\x00\xfe\xff"] {
            let line = [mark, line].concat();
            refuse(line, json(JsonRule::ExpectedValue, 0), PARSE_ERROR, None);
        }
    }
}

#[test]
fn row_08_compressed_bytes_are_refused_and_the_next_line_is_read() {
    let gzip = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xabV\xcaJ,V\xb2RJ-\n\xcb/";
    let mut decoder = Decoder::default();
    let verdicts = read(&mut decoder, [FIRST, gzip, b"\n", NEXT]);
    let (first, rest) = verdicts.split_first().expect("a message");
    let (next, refused) = rest.split_last().expect("a message");
    assert!(first.is_ok() && next.is_ok() && refused.len() == 2);
    for refusal in refused {
        let error = refusal.as_ref().expect_err("no JSON").error();
        assert_eq!((error.fault(), error.code()), (Fault::Json, PARSE_ERROR));
    }
}

#[test]
fn row_14_bytes_that_are_no_utf_8_are_refused_wherever_they_stand() {
    let lines: [&[u8]; 7] = [
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":{\"k\xff\":1}}",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":{\"k\":\"\xff\"}}",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"x\":[{\"y\":\"\xff\"}]}",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\xff\"}",
        b"{\"jsonrpc\":\"2.0\",\"id\":\"\xff\",\"method\":\"a\"}",
        b"{\"jsonrpc\":\"2.0\xff\",\"id\":1,\"method\":\"a\"}",
        b"{\"\xff\":1,\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}",
    ];
    for line in lines {
        let at = place(line, b"\xff");
        refuse(line, json(JsonRule::Utf8, at), PARSE_ERROR, None);
    }
    let answer = b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"\\n\xff\"}]}}";
    let at = place(answer, b"\xff");
    refuse(answer, json(JsonRule::Utf8, at), PARSE_ERROR, Some("1"));
}

#[test]
fn row_14_bytes_above_ascii_outside_of_strings_are_no_json() {
    for (text, rule) in [
        ("é", JsonRule::ExpectedValue),
        ("1é", JsonRule::ExpectedCommaOrEnd),
        ("\u{a0}1", JsonRule::ExpectedValue),
        ("\u{2028}", JsonRule::ExpectedValue),
    ] {
        let line = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"a","params":{{"k":{text}}}}}"#);
        let at = line.find(|c: char| !c.is_ascii()).expect("a character");
        refuse(line, json(rule, at), PARSE_ERROR, None);
    }
}

#[test]
fn row_15_ill_formed_sequences_are_refused_at_their_first_byte() {
    for bad in ILL_FORMED {
        let line = with_text(bad);
        let at = place(&line, bad);
        refuse(line, json(JsonRule::Utf8, at), PARSE_ERROR, None);
    }
}

#[test]
fn row_15_ill_formed_sequences_are_seen_at_every_distance_from_the_quote() {
    let streams = Streams::default();
    for (before, bad) in (0..140).zip(ILL_FORMED.iter().cycle()) {
        let filler = "x".repeat(200);
        let text = [&filler.as_bytes()[..before], bad, filler.as_bytes()].concat();
        for escape in ["", "\\n"] {
            let line = with_text(&[escape.as_bytes(), &text].concat());
            let error: Error = json(JsonRule::Utf8, place(&line, bad));
            streams.refuse(&line, error, PARSE_ERROR, None);
        }
    }
}

#[test]
fn row_15_well_formed_sequences_at_the_borders_are_read() {
    for text in ["\u{7f}", "\u{80}", "\u{7ff}", "\u{800}", "\u{d7ff}", "\u{e000}"] {
        accept(with_text(text.as_bytes()), |message| {
            assert!(message.as_str().contains(text));
        });
    }
    for text in ["\u{fffd}", "\u{ffff}", "\u{10000}", "\u{10ffff}", "a\u{300}"] {
        accept(with_text(text.as_bytes()), |message| {
            assert!(message.as_str().contains(text));
        });
    }
}

fn with_text(text: &[u8]) -> Vec<u8> {
    let head = br#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"k":""#;
    [&head[..], text, br#""}}"#].concat()
}

/// Overlong forms, surrogates, values above U+10FFFF, stray and missing continuation bytes.
const ILL_FORMED: [&[u8]; 16] = [
    b"\xc0\x80",
    b"\xc1\xbf",
    b"\xe0\x80\x80",
    b"\xe0\x9f\xbf",
    b"\xf0\x80\x80\x80",
    b"\xf0\x8f\xbf\xbf",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xf8\x88\x80\x80\x80",
    b"\x80",
    b"\xbf\xbf",
    b"\xe2\x82",
    b"\xf0\x9f\x93",
    b"\xc3",
];
