//! Every backend escapes as `serde_json` does.

use mcp_engine::json::{Raw, write};
use mcp_engine_proto::internal::{backends, escape_with};
use proptest::prelude::*;

use crate::inputs::{cases, text};

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn any_text_is_escaped_as_serde_json_does(text in text(), held in "[a-z]{0,70}") {
        same(&held, &text);
        let mut out = held.clone().into_bytes();
        write::string(&mut out, &text);
        let quoted = std::str::from_utf8(&out[held.len()..]).expect("UTF-8");
        prop_assert_eq!(quoted, serde_json::Value::from(text.as_str()).to_string());
        let raw = Raw::parse(quoted).expect("valid");
        prop_assert_eq!(raw.string().expect("a string").decode(), text);
    }

    #[test]
    fn dense_text_is_escaped_as_serde_json_does(text in "[\"\\\\\u{0}-\u{1f}aé📦]{0,300}") {
        same("", &text);
    }
}

#[test]
fn every_ascii_character_is_escaped_as_serde_json_does() {
    for character in '\0'..='\u{7f}' {
        same("", &character.to_string());
        for before in [0, 1, 7, 8, 15, 16, 31, 32, 63, 64] {
            let text = ["a".repeat(before), character.to_string(), "b".repeat(40)].concat();
            same("", &text);
        }
    }
}

#[test]
fn texts_of_every_length_are_escaped_with_specials_at_every_place() {
    let specials = ["\"", "\\", "\n", "\u{1}", "é", "\u{7f}", "\"\\", "\0\0\0\0"];
    for length in 0..200 {
        same("", &"x".repeat(length));
        same("", &"\"".repeat(length));
        same("", &"\u{1f}".repeat(length));
        for at in 0..=length {
            let special = specials[(length * 5 + at) % specials.len()];
            same("", &["a".repeat(at), special.to_owned(), "b".repeat(length - at)].concat());
        }
    }
}

fn same(held: &str, text: &str) {
    let quoted = serde_json::Value::from(text).to_string();
    let expected = [held, &quoted[1..quoted.len() - 1]].concat();
    for backend in backends() {
        let mut out = held.as_bytes().to_vec();
        escape_with(backend, &mut out, text);
        assert_eq!(out, expected.as_bytes(), "{backend}: {text:?}");
    }
}
