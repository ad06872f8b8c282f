//! Rows 16 and 17: escapes that mean no character, and characters that must be escaped.

use mcp_engine_proto::internal;

use crate::stream::read;
use crate::verdict::{NEXT, PARSE_ERROR, Streams, accept, json, refuse};
use mcp_engine::{BodyDecoder, Duplicates, JsonRule, Limits, Pool};

#[test]
fn row_16_lone_surrogates_are_refused_at_their_backslash() {
    for (text, at) in [
        (r"\ud800", 0),
        (r"\udc00\ud800", 0),
        (r"\udfff", 0),
        (r"\ud800\ud800\udc00", 0),
        (r"\ud83d\ude00\ude00", 12),
        (r"\ud83d\ude00\ud83d", 12),
        (r"\ud800\n", 0),
        (r"\ud800x\udc00", 0),
        (r"\ud800\u0041", 0),
        (r"\ud800\\udc00", 0),
        (r"\uDBFF\uDBFF", 0),
        (r"a\\\ud800", 3),
    ] {
        refuse_text(text, JsonRule::LoneSurrogate, at);
    }
}

#[test]
fn row_16_lone_surrogates_are_seen_at_every_distance_from_the_quote() {
    let streams = Streams::default();
    for before in 0..140 {
        let text = format!("{}\\ud800\\ud800{}", "x".repeat(before), "y".repeat(200));
        let (line, start) = with_text(&text);
        let error = json(JsonRule::LoneSurrogate, start + before);
        streams.refuse(line.as_bytes(), error, PARSE_ERROR, None);
        let text = text.replace(r"\ud800\ud800", r"\ud83d\ude00");
        let decoded = text.replace(r"\ud83d\ude00", "😀");
        streams.accept(with_text(&text).0.as_bytes(), |message| {
            let params = message.params().expect("params");
            let value = params.get("k").and_then(|value| value.string());
            assert!(value.expect("a string") == decoded.as_str());
        });
    }
}

#[test]
fn row_16_surrogates_are_refused_in_keys_ids_and_methods() {
    for line in [
        r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"\ud800":1}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"a","\ud800":1}"#,
        r#"{"jsonrpc":"2.0","id":"\ud800","method":"a"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"\ud800"}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"\ud800"}]}}"#,
    ] {
        let at = line.find(r"\ud800").expect("a surrogate");
        let id = line.contains("result").then_some("1");
        refuse(line, json(JsonRule::LoneSurrogate, at), PARSE_ERROR, id);
    }
}

#[test]
fn row_16_escapes_that_json_does_not_know_are_refused() {
    for text in [
        r"\x41", r"\a", r"\v", r"\0", r"\'", r"\U0041", r"\ ", r"\é", r"\u", r"\u1", r"\u12",
        r"\u123", r"\u12g4", r"\u+123", r"\u-123", r"\u 123", r"\u00é0", r"\u{41}",
    ] {
        refuse_text(text, JsonRule::Escape, 0);
        refuse_text(&format!("{}{text}", "x".repeat(61)), JsonRule::Escape, 61);
        refuse_text(&format!(r"\n\\{text}"), JsonRule::Escape, 4);
    }
}

#[test]
fn row_17_control_characters_must_be_escaped() {
    let controls = (0..0x20).filter(|byte| *byte != b'\n' && *byte != b'\r');
    for byte in controls {
        let control = char::from(byte);
        refuse_text(&control.to_string(), JsonRule::ControlCharacter, 0);
        let streams = Streams::default();
        for before in [0, 7, 8, 31, 32, 63, 64, 65, 130] {
            let filler = "x".repeat(before);
            let text = format!("{filler}{control}{}", "y".repeat(250));
            let (line, start) = with_text(&text);
            let error = json(JsonRule::ControlCharacter, start + before);
            streams.refuse(line.as_bytes(), error, PARSE_ERROR, None);
            let (line, start) = with_text(&format!(r"\n{text}"));
            let error = json(JsonRule::ControlCharacter, start + before + 2);
            streams.refuse(line.as_bytes(), error, PARSE_ERROR, None);
        }
    }
    refuse_text("\\\u{0}", JsonRule::ControlCharacter, 1);
}

#[test]
fn row_17_a_newline_in_a_string_ends_the_line_and_both_halves_are_refused() {
    let (line, start) = with_text("one\ntwo");
    let stream = [line.as_bytes(), b"\n", NEXT].concat();
    for backend in internal::backends() {
        let limits = Limits::default();
        let mut decoder = internal::decoder(backend, &limits, Duplicates::Deep, Pool::default());
        let verdicts = read(&mut decoder, stream.chunks(1));
        let errors: Vec<_> = verdicts[..2]
            .iter()
            .map(|verdict| verdict.as_ref().expect_err("half a message").error())
            .collect();
        let end = start + "one".len();
        assert_eq!(errors[0], json(JsonRule::UnexpectedEnd, end));
        assert_eq!(errors[1], json(JsonRule::Literal, end + 1));
        assert!(verdicts[2].is_ok() && verdicts.len() == 3);
    }
}

#[test]
fn row_17_a_newline_in_a_string_of_a_body_is_refused() {
    for control in ["\n", "\r", "\r\n"] {
        let (line, start) = with_text(control);
        let mut decoder = BodyDecoder::default();
        decoder.feed(line.as_bytes()).expect("a short body");
        decoder.end();
        let refusal = decoder.poll().expect("a verdict").expect_err("refused");
        assert_eq!(refusal.error(), json(JsonRule::ControlCharacter, start));
    }
}

#[test]
fn row_17_delete_and_the_separators_of_unicode_need_no_escape() {
    for text in ["\u{7f}", "\u{85}", "\u{2028}", "\u{2029}", "\u{fffe}"] {
        accept(with_text(text).0, |message| {
            assert!(message.as_str().contains(text));
        });
    }
}

fn refuse_text(text: &str, rule: JsonRule, at: usize) {
    let (line, start) = with_text(text);
    refuse(line, json(rule, start + at), PARSE_ERROR, None);
}

/// A message with this text between quotes, and where the text begins.
fn with_text(text: &str) -> (String, usize) {
    let head = r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"k":""#;
    (format!(r#"{head}{text}"}}}}"#), head.len())
}
