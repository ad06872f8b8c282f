//! Inputs that other parsers were seen to accept, or to die of: every backend refuses all of them.

use mcp_engine_proto::internal::{backends, validate_with};

use crate::verdict::{INVALID_REQUEST, PARSE_ERROR, json, limit, message, place, refuse};
use mcp_engine::{Duplicates, Error, JsonRule, Limit, MessageRule, json::Raw};

#[test]
fn a_million_nested_arrays_are_refused() {
    let nested = vec![b'['; 1 << 20];
    refuse_text(&nested, limit(Limit::Depth, 128));
    refuse(nested, limit(Limit::Depth, 128), PARSE_ERROR, None);
}

#[test]
fn invalid_utf_8_is_refused() {
    refuse_text(b"{\"a\":\"\xff\"}", json(JsonRule::Utf8, 6));
    refuse_text(b"[\"\xed\xa0\x80\"]", json(JsonRule::Utf8, 2));
}

#[test]
fn a_lone_surrogate_is_refused() {
    refuse_text(br#"{"a":"\ud800"}"#, json(JsonRule::LoneSurrogate, 6));
}

#[test]
fn a_bad_escape_is_refused() {
    refuse_text(br#"{"a":"\x"}"#, json(JsonRule::Escape, 6));
}

#[test]
fn a_missing_element_is_refused() {
    refuse_text(b"[1,,2]", json(JsonRule::ExpectedValue, 3));
    refuse_text(b"[1,]", json(JsonRule::ExpectedValue, 3));
    refuse_text(b"[,1]", json(JsonRule::ExpectedValue, 1));
    refuse_text(b"{\"a\":1,}", json(JsonRule::ExpectedKey, 7));
}

#[test]
fn a_control_character_is_refused() {
    refuse_text(b"[\"a\x01b\"]", json(JsonRule::ControlCharacter, 3));
    refuse_text(b"[\"a\nb\"]", json(JsonRule::ControlCharacter, 3));
}

#[test]
fn a_duplicate_id_is_refused() {
    let line = r#"{"jsonrpc":"2.0","id":1,"id":1,"method":"a"}"#;
    let error = message(MessageRule::DuplicateKey, place(line, r#"id":1,"method"#));
    refuse(line, error, INVALID_REQUEST, Some("1"));
}

#[test]
fn trailing_garbage_is_refused() {
    refuse_text(b"{\"a\":1} x", json(JsonRule::TrailingBytes, 8));
    refuse_text(b"[1]]", json(JsonRule::TrailingBytes, 3));
    refuse_text(b"1 2", json(JsonRule::TrailingBytes, 2));
}

/// Checks that the text is refused by every backend.
fn refuse_text(text: &[u8], error: Error) {
    for backend in backends() {
        let verdict = validate_with(backend, text, Duplicates::Reserved);
        assert_eq!(verdict, Err(error), "{backend}: {}", text.escape_ascii());
    }
    assert_eq!(Raw::parse_bytes(text).err(), Some(error));
}
