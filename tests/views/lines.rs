//! Lines, and the messages in them.

use mcp_engine::{CallToolResult, ContentBlock, Decoder, Message, json::Raw};

/// The message of a line, if it is accepted.
pub(crate) fn try_decode(line: &str) -> Option<Message> {
    let mut decoder = Decoder::default();
    decoder.feed(line.as_bytes()).expect("a short line");
    decoder.feed(b"\n").expect("a short line");
    decoder.poll().expect("a verdict").ok()
}

pub(crate) fn decode(line: &str) -> Message {
    try_decode(line).unwrap_or_else(|| panic!("{:?} for {line}", rule(line)))
}

/// The rule for which a line is refused.
pub(crate) fn rule(line: &str) -> Option<&'static str> {
    let mut decoder = Decoder::default();
    decoder.feed(line.as_bytes()).expect("a short line");
    decoder.feed(b"\n").expect("a short line");
    let verdict = decoder.poll().expect("a verdict");
    verdict.err().map(|refusal| refusal.error().rule())
}

pub(crate) fn request(method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#)
}

pub(crate) fn ping(id: &str) -> Message {
    decode(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#))
}

pub(crate) fn progress(members: &str) -> Message {
    decode(&format!(
        r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{{members}}}}}"#
    ))
}

pub(crate) fn result(value: &str) -> Message {
    decode(&format!(r#"{{"jsonrpc":"2.0","id":1,"result":{value}}}"#))
}

pub(crate) fn spelling(raw: Option<Raw<'_>>) -> Option<&str> {
    raw.map(Raw::spelling)
}

pub(crate) fn texts(view: &CallToolResult<'_>) -> Vec<String> {
    let text = |block| match block {
        ContentBlock::Text(text) => Some(text.decode().into_owned()),
        _ => None,
    };
    view.blocks().filter_map(text).collect()
}
