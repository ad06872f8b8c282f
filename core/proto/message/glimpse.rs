//! What can be told of a message that is too long to be read, or that is no JSON.
//!
//! The envelope of JSON-RPC is short, and stands before the payload or behind it: members that are strings and numbers are read from either end, up
//! to the first one that is neither. Nothing is told that does not hold for every JSON text with that start and that end.

use memchr::{memchr2, memrchr};

use super::Id;
use crate::json::Raw;

/// The id of a message that was dropped, and what it was, as far as its ends tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Glimpse {
    /// A valid JSON token.
    id: Option<Box<str>>,
    side: Side,
    /// Whether a member was met whose value is not read, behind which the rest of the envelope may stand.
    has_payload: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Side {
    #[default]
    Unknown,
    /// A request, or a notification.
    Asks,
    /// A response.
    Answers,
}

impl Glimpse {
    /// What the first bytes of a message tell.
    pub(crate) fn of_start(start: &[u8]) -> Self {
        let mut glimpse = Self::default();
        let mut start = Start(start.get(..WIDTH).unwrap_or(start));
        let mut goes_on = start.token(b'{');
        while goes_on && let Some((key, value)) = start.member() {
            glimpse.see(key, value);
            glimpse.has_payload = value.is_none();
            goes_on = value.is_some() && start.token(b',');
        }
        glimpse
    }

    /// What the ends of a line tell that was refused as a whole, if it is an answer: whoever waits for that waits in vain. Nothing is told of a request,
    /// for what is no JSON has no id to be answered with.
    pub(crate) fn of_answer(line: &[u8]) -> Self {
        let mut glimpse = Self::of_start(line);
        if glimpse.is_open() {
            glimpse.add_end(line);
        }
        if glimpse.answers() { glimpse } else { Self::default() }
    }

    /// Adds what its last bytes tell, behind which it was over.
    pub(crate) fn add_end(&mut self, end: &[u8]) {
        let cut = end.len().saturating_sub(WIDTH);
        let mut end = End(end.get(cut..).unwrap_or_default());
        if !self.has_payload || !end.token(b'}') {
            return;
        }
        while let Some((key, value)) = end.member() {
            self.see(key, Some(value));
            if !end.token(b',') {
                break;
            }
        }
    }

    /// Whether the end of the message may tell more.
    pub(crate) fn is_open(&self) -> bool {
        self.has_payload && (self.id.is_none() || self.side == Side::Unknown)
    }

    pub(crate) fn id(&self) -> Option<Id<'_>> {
        Id::of(Raw::new(self.id.as_deref()?))
    }

    /// Whether it is a request or a notification.
    pub(crate) fn asks(&self) -> bool {
        self.side == Side::Asks
    }

    /// Whether it is a response.
    pub(crate) fn answers(&self) -> bool {
        self.side == Side::Answers
    }

    fn see(&mut self, key: &[u8], value: Option<&[u8]>) {
        match key {
            b"method" | b"params" => self.side = Side::Asks,
            b"result" | b"error" => self.side = Side::Answers,
            b"id" => self.id = value.and_then(id_token).map(Box::from).or(self.id.take()),
            _ => {}
        }
    }
}

/// A value as an id that MCP allows, without escapes.
fn id_token(value: &[u8]) -> Option<&str> {
    let text = core::str::from_utf8(value).ok()?;
    let is_sound = match text.strip_prefix('"') {
        Some(text) => !text.contains(|sign: char| sign == '\\' || sign.is_ascii_control()),
        None => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_number && (digits == "0" || !digits.starts_with('0'))
        }
    };
    is_sound.then_some(text)
}

/// The unread rest of a text that may be cut behind.
struct Start<'a>(&'a [u8]);

impl<'a> Start<'a> {
    fn token(&mut self, wanted: u8) -> bool {
        self.0 = self.0.trim_ascii_start();
        let rest = self.0.strip_prefix(&[wanted]);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// A key, and its value if that is a string or a number, and whole.
    fn member(&mut self) -> Option<(&'a [u8], Option<&'a [u8]>)> {
        let key = unquoted(self.string()?);
        self.token(b':').then_some(())?;
        self.0 = self.0.trim_ascii_start();
        let value = if self.0.starts_with(b"\"") { self.string() } else { self.word() };
        Some((key, value))
    }

    /// A string without escapes, with its quotes.
    fn string(&mut self) -> Option<&'a [u8]> {
        self.0 = self.0.trim_ascii_start();
        let inside = self.0.strip_prefix(b"\"")?;
        let len = memchr2(b'"', b'\\', inside)?.saturating_add(2);
        let (string, rest) = self.0.split_at_checked(len)?;
        string.ends_with(b"\"").then_some(())?;
        self.0 = rest;
        Some(string)
    }

    fn word(&mut self) -> Option<&'a [u8]> {
        let len = self.0.iter().position(|byte| !is_of_word(*byte)).filter(|len| *len > 0)?;
        let (word, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(word)
    }
}

/// The same from behind, for a text that may be cut before.
struct End<'a>(&'a [u8]);

impl<'a> End<'a> {
    fn token(&mut self, wanted: u8) -> bool {
        self.0 = self.0.trim_ascii_end();
        let rest = self.0.strip_suffix(&[wanted]);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn member(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        self.0 = self.0.trim_ascii_end();
        let value = if self.0.ends_with(b"\"") { self.string()? } else { self.word()? };
        self.token(b':').then_some(())?;
        Some((unquoted(self.string()?), value))
    }

    /// A string without escaped quotes, with its own.
    fn string(&mut self) -> Option<&'a [u8]> {
        self.0 = self.0.trim_ascii_end();
        let inside = self.0.strip_suffix(b"\"")?;
        let (rest, string) = self.0.split_at_checked(memrchr(b'"', inside)?)?;
        (!rest.is_empty() && !rest.ends_with(b"\\")).then_some(())?;
        self.0 = rest;
        Some(string)
    }

    fn word(&mut self) -> Option<&'a [u8]> {
        let before = self.0.iter().rposition(|byte| !is_of_word(*byte))?;
        let (rest, word) = self.0.split_at_checked(before.saturating_add(1))?;
        (!word.is_empty()).then_some(())?;
        self.0 = rest;
        Some(word)
    }
}

/// Whether a byte may stand in a number or a literal.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

fn unquoted(string: &[u8]) -> &[u8] {
    let inside = string.strip_prefix(b"\"").and_then(|string| string.strip_suffix(b"\""));
    inside.unwrap_or(string)
}

/// How much of either end is looked at.
pub(crate) const WIDTH: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{BodyDecoder, Decoder, EventDecoder, Refusal};

    fn seen(start: &str, end: &str) -> (Option<String>, Side) {
        let mut glimpse = Glimpse::of_start(start.as_bytes());
        glimpse.add_end(end.as_bytes());
        (glimpse.id().map(|id| id.token().to_owned()), glimpse.side)
    }

    /// What is told of an answer that is no JSON, in each framing.
    fn told(text: &str) -> Vec<(Option<String>, bool)> {
        let (mut lines, mut events, mut bodies) =
            (Decoder::default(), EventDecoder::default(), BodyDecoder::default());
        lines.feed(format!("{text}\n").as_bytes()).expect("room");
        events.feed(format!("data: {text}\n\n").as_bytes()).expect("room");
        bodies.feed(text.as_bytes()).expect("room");
        bodies.end();
        let refused = [
            lines.poll().and_then(Result::err),
            events.poll().and_then(Result::err),
            bodies.poll().and_then(Result::err),
        ];
        let told = |refusal: Refusal| {
            (refusal.id().map(|id| id.token().to_owned()), refusal.answers() || refusal.asks())
        };
        refused.into_iter().map(|refusal| told(refusal.expect("refused"))).collect()
    }

    #[test]
    fn an_answer_that_is_no_json_tells_whose_it_is_and_a_request_does_not() {
        let known = vec![(Some("7".to_owned()), true); 3];
        assert_eq!(told(r#"{"jsonrpc":"2.0","id":7,"result":{]}"#), known);
        assert_eq!(told(r#"{"error":{"code":01},"jsonrpc":"2.0","id":7}"#), known);
        for nobody in [r#"{"id":7,"method":"x","params":{]}"#, "{", "x", r#"{"id":7,]"#] {
            assert_eq!(told(nobody), vec![(None, false); 3], "{nobody}");
        }
    }

    #[test]
    fn an_envelope_is_seen_before_its_payload() {
        let known = |id: &str, side| (Some(id.to_owned()), side);
        let start = r#"{"jsonrpc":"2.0","id":7,"result":{"content":["#;
        assert_eq!(seen(start, "…"), known("7", Side::Answers));
        assert!(!Glimpse::of_start(start.as_bytes()).is_open());
        let start = " { \"id\" : \"a-b\" , \"method\" : \"x\" , \"params\" : {";
        assert_eq!(seen(start, ""), known("\"a-b\"", Side::Asks));
    }

    #[test]
    fn an_envelope_is_seen_behind_its_payload() {
        let known = |id: &str, side| (Some(id.to_owned()), side);
        let ended = "xxx\"}]},\"jsonrpc\":\"2.0\",\"id\":-12} \r";
        assert_eq!(seen(r#"{"result":{"content":["#, ended), known("-12", Side::Answers));
        let ended = r#"xxx"}},"id":"q","method":"tools/call","jsonrpc":"2.0"}"#;
        assert_eq!(seen(r#"{"params":{"#, ended), known("\"q\"", Side::Asks));
        assert!(Glimpse::of_start(br#"{"params":{"#).is_open());
    }

    #[test]
    fn what_stands_in_the_payload_is_not_taken_for_the_envelope() {
        let nothing = (None, Side::Answers);
        for end in [
            r#"","id":7}}"#,
            r#"","id":7}]}"#,
            r#"\"id\":7"}"#,
            r#"\"id":7}"#,
            r#","id":"x\"y"}"#,
            r#""id":7}"#,
            r#","id":07}"#,
            r#","id":1.5}"#,
            r#","id":null}"#,
            r#","id":"a\n"}"#,
            r#","id":7"#,
            r#"7}"#,
            "",
        ] {
            assert_eq!(seen(r#"{"result":{"#, end), nothing, "{end}");
        }
    }

    #[test]
    fn what_is_cut_is_not_read() {
        for start in [
            "",
            "{",
            "xxx",
            "[{\"id\":7",
            "{\"id",
            "{\"id\"",
            "{\"id\":",
            "{\"id\":7",
            "{\"id\":\"7",
            "{\"i\\u0064\":7,",
        ] {
            assert_eq!(Glimpse::of_start(start.as_bytes()).id, None, "{start}");
        }
        for start in ["xxx", "{{{", "[{\"id\":7", "{\"id\":7,\"a"] {
            assert!(!Glimpse::of_start(start.as_bytes()).is_open(), "{start}");
        }
    }
}
