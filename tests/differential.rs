//! The scanner against `serde_json` and simd-json on damaged messages.
//!
//! Every message under `tests/data` is damaged at random, the same way in every run, and the verdict on
//! the result must be that of the two others, which share no code with the scanner. The few differences that
//! are meant are predicates below, each checked for what it claims. What the decoder accepts is compared
//! member by member.
//!
//! 60,000 mutations by default. `MCP_ENGINE_MUTATIONS=1000000 cargo test --release --test differential` makes
//! a million, and `MCP_ENGINE_SEED` others.

#[path = "shared/corpus.rs"]
mod corpus;
#[path = "shared/mutator.rs"]
mod mutator;
#[path = "shared/value.rs"]
mod value;

use std::collections::HashMap;
use std::env;

use mcp_engine::{
    Decoder, Duplicates, Error, JsonRule, Limit, Limits, Message, Pool,
    json::{Raw, ValueKind},
};
use mcp_engine_proto::internal::{backends, decoder, validate_with};
use mutator::{Random, mutate};
use serde_json::{Value, value::RawValue};
use simd_json::{BorrowedValue, StaticNode};

#[test]
fn damaged_messages_have_the_verdict_of_serde_json() {
    let messages = messages();
    let mut random = Random::new(number("MCP_ENGINE_SEED").unwrap_or(2026));
    let mut decoders = decoders();
    let backends = backends();
    let mut counts = Counts::default();
    for round in 0..number("MCP_ENGINE_MUTATIONS").unwrap_or(60_000) {
        let text = {
            let at = random.below(messages.len());
            let other = random.below(messages.len());
            mutate(&mut random, &messages[at], &messages[other])
        };
        let turn = round as usize % backends.len();
        counts.verdict(backends[turn], &text);
        if !text.contains(&b'\n') {
            counts.message(&mut decoders[turn], &text);
        }
    }
    println!("{counts:?}");
    assert!(counts.accepted > 0 && counts.refused > 0 && counts.messages > 0);
}

#[test]
fn messages_without_damage_have_the_verdict_of_serde_json() {
    let mut counts = Counts::default();
    let mut decoders = decoders();
    for text in messages() {
        for (backend, decoder) in backends().iter().zip(&mut decoders) {
            counts.verdict(backend, &text);
            counts.message(decoder, &text);
        }
    }
    assert!(counts.messages > 1000);
}

#[test]
fn the_deepest_texts_have_the_verdict_that_is_meant() {
    let nested = |levels| [b"[".repeat(levels), b"]".repeat(levels)].concat();
    let mut counts = Counts::default();
    for levels in [1, 126, 127, 128, 129, 200] {
        for backend in backends() {
            counts.verdict(backend, &nested(levels));
        }
    }
    let turns = backends().len() as u64;
    assert_eq!((counts.accepted, counts.refused), (4 * turns, 2 * turns));
}

/// How often each thing was seen.
#[derive(Debug, Default)]
struct Counts {
    accepted: u64,
    refused: u64,
    at_the_depth_limit: u64,
    out_of_range: u64,
    messages: u64,
    agreed: u64,
}

impl Counts {
    /// Compares the verdicts on a text.
    fn verdict(&mut self, backend: &str, text: &[u8]) {
        let ours = validate_with(backend, text, Duplicates::Reserved);
        let theirs = self.their_verdict(text);
        assert_eq!(
            ours.is_ok(),
            theirs.is_ok(),
            "{backend}: {ours:?}, {theirs:?}: {}",
            text.escape_ascii()
        );
        match ours {
            Ok(()) => {
                self.accepted += 1;
                self.second_opinion(text);
                let raw = Raw::parse_bytes(text).expect("accepted before");
                if let Ok(value) = serde_json::from_slice::<Value>(text) {
                    assert_eq!(value::materialise(raw), value, "{}", text.escape_ascii());
                }
            }
            Err(error) => {
                self.refused += 1;
                assert_sound(error, text);
                if !matches!(error, Error::LimitExceeded { .. }) {
                    let theirs = simd_json::to_borrowed_value(&mut text.to_vec()).map(|_| ());
                    assert!(theirs.is_err(), "simd-json accepts {error}: {}", text.escape_ascii());
                }
            }
        }
    }

    /// Compares with simd-json, which shares no code with either. It refuses integers beyond 64 bits and numbers
    /// beyond a double, which are kept as they are spelled here.
    fn second_opinion(&mut self, text: &[u8]) {
        let mut copy = text.to_vec();
        let raw = Raw::parse_bytes(text).expect("accepted before");
        match simd_json::to_borrowed_value(&mut copy) {
            Ok(value) => {
                assert!(same(raw, &value), "{}", text.escape_ascii());
                self.agreed += 1;
            }
            Err(error) => assert!(is_beyond(raw), "{error}: {}", text.escape_ascii()),
        }
    }

    /// What `serde_json` says, but for the two differences that are meant: it counts one level less, and
    /// it refuses numbers that are beyond a double.
    fn their_verdict(&mut self, text: &[u8]) -> Result<(), String> {
        let mut text = text.to_vec();
        loop {
            let Err(error) = serde_json::from_slice::<Value>(&text) else {
                return Ok(());
            };
            let reason = error.to_string();
            if reason.starts_with("number out of range") {
                self.out_of_range += 1;
                shorten_number(&mut text, &error);
            } else if reason.starts_with("recursion limit exceeded") {
                self.at_the_depth_limit += 1;
                fold_deepest(&mut text).ok_or(reason)?;
            } else {
                return Err(reason);
            }
        }
    }

    /// Compares the members of a message that the decoder accepts.
    fn message(&mut self, decoder: &mut Decoder, line: &[u8]) {
        let line = [line, b"\n"].concat();
        let mut rest = &line[..];
        while !rest.is_empty() {
            let n = rest.len().min(16 << 10);
            decoder.feed(&rest[..n]).expect("everything was polled");
            rest = &rest[n..];
            while let Some(verdict) = decoder.poll() {
                match verdict {
                    Ok(message) => {
                        compare(&message);
                        self.messages += 1;
                    }
                    Err(refusal) => refusal.message().map_or((), compare_refused),
                }
            }
        }
    }
}

/// Whether a value is what simd-json read. Of a key that comes twice it may keep either.
fn same(raw: Raw<'_>, value: &BorrowedValue<'_>) -> bool {
    match value {
        BorrowedValue::Static(StaticNode::Null) => raw.is_null(),
        BorrowedValue::Static(StaticNode::Bool(value)) => raw.as_bool() == Some(*value),
        BorrowedValue::Static(StaticNode::I64(value)) => raw.as_i64() == Some(*value),
        BorrowedValue::Static(StaticNode::U64(value)) => raw.as_u64() == Some(*value),
        BorrowedValue::Static(StaticNode::F64(value)) => raw.as_f64() == Some(*value),
        BorrowedValue::String(value) => raw.string().is_some_and(|string| string == **value),
        BorrowedValue::Array(values) => {
            let elements: Vec<_> = raw.elements().into_iter().flatten().collect();
            raw.kind() == ValueKind::Array
                && elements.len() == values.len()
                && elements.iter().zip(values.iter()).all(|(raw, value)| same(*raw, value))
        }
        BorrowedValue::Object(values) => {
            let members: Vec<_> = raw.members().into_iter().flatten().collect();
            let is_there = |name: &str, value| {
                members.iter().any(|(key, raw)| *key == name && same(*raw, value))
            };
            raw.kind() == ValueKind::Object
                && members.iter().all(|(key, _)| values.contains_key(&*key.decode()))
                && values.iter().all(|(name, value)| is_there(name, value))
        }
    }
}

/// Whether a value holds a number that simd-json has no place for.
fn is_beyond(raw: Raw<'_>) -> bool {
    match raw.kind() {
        ValueKind::Number => {
            let integer = !raw.spelling().contains(['.', 'e', 'E']);
            raw.as_f64().is_none() || (integer && raw.as_i64().is_none() && raw.as_u64().is_none())
        }
        ValueKind::Array => raw.elements().expect("an array").any(is_beyond),
        ValueKind::Object => raw.members().expect("an object").any(|(_, value)| is_beyond(value)),
        _ => false,
    }
}

/// An error names a place of the text, and UTF-8 is refused where the standard library refuses it.
fn assert_sound(error: Error, text: &[u8]) {
    let offset = error.offset().expect("an offset") as usize;
    assert!(offset <= text.len(), "{error}");
    match error {
        Error::InvalidJson { rule: JsonRule::UnexpectedEnd, .. } => assert_eq!(offset, text.len()),
        Error::InvalidJson { rule: JsonRule::Utf8, .. } => {
            let fault = std::str::from_utf8(text).expect_err("no UTF-8");
            assert_eq!(offset, fault.valid_up_to());
        }
        Error::LimitExceeded { limit, .. } => {
            assert_eq!(limit, Limit::Depth, "these texts are too short for the other limits");
            assert!(depth(&text[..=offset]) > 128);
        }
        _ => {}
    }
}

/// The members of an accepted message are those that `serde_json` finds, byte for byte.
fn compare(message: &Message) {
    let line = message.as_str();
    let members: HashMap<String, &RawValue> =
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let member = |name: &str| members.get(name).map(|raw| raw.get());
    assert_eq!(member("jsonrpc").map(text_of).as_deref(), Some("2.0"));
    let id = message.id().map(|id| id.token());
    assert_eq!(id, member("id").filter(|id| *id != "null"), "{line}");
    let method = message.method_name().map(|name| name.to_string());
    assert_eq!(method, member("method").map(text_of), "{line}");
    let spelling = |raw: Option<Raw<'_>>| raw.map(|raw| raw.spelling().to_owned());
    if method.is_some() {
        assert_eq!(spelling(message.params()).as_deref(), member("params"), "{line}");
    }
    assert_eq!(spelling(message.result()).as_deref(), member("result"), "{line}");
    if let Some(error) = message.error() {
        let raw = member("error").expect("an error");
        let value: HashMap<String, &RawValue> = serde_json::from_str(raw).expect("an object");
        assert_eq!(error.code.to_string(), as_integer(value["code"].get()), "{line}");
        assert_eq!(error.message.to_string(), text_of(value["message"].get()), "{line}");
        assert_eq!(
            spelling(error.data).as_deref(),
            value.get("data").map(|raw| raw.get()),
            "{line}"
        );
    }
}

/// A message that is refused although its JSON is sound is shown whole.
fn compare_refused(message: &Message) {
    let line = message.as_str();
    let verdict = validate_with("portable", line.as_bytes(), Duplicates::Reserved);
    assert_eq!(verdict, Ok(()), "{line}");
}

fn text_of(token: &str) -> String {
    serde_json::from_str(token).unwrap_or_else(|error| panic!("{error}: {token}"))
}

fn as_integer(token: &str) -> String {
    token.parse::<i64>().expect("an integer").to_string()
}

/// Puts a zero for the number before the place of the error, as long as the number was.
fn shorten_number(text: &mut [u8], error: &serde_json::Error) {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.take(error.line() - 1).map(<[u8]>::len).sum();
    let of_number = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    let inside = (0..(before + error.column()).min(text.len())).rev();
    let start = inside
        .skip_while(|at| !of_number(text[*at]))
        .take_while(|at| of_number(text[*at]))
        .last()
        .expect("a number stands before the error");
    let end = number_end(text, start);
    text[start..end].fill(b' ');
    text[start] = b'0';
}

/// Where the number ends that begins at `start`.
fn number_end(text: &[u8], start: usize) -> usize {
    let digits = |from: usize| {
        let after = text.iter().skip(from).take_while(|byte| byte.is_ascii_digit());
        from + after.count()
    };
    let is = |at: usize, bytes: &[u8]| text.get(at).is_some_and(|byte| bytes.contains(byte));
    let mut end = digits(start + usize::from(is(start, b"-")));
    if is(end, b".") {
        end = digits(end + 1);
    }
    if is(end, b"eE") {
        end = digits(end + 1 + usize::from(is(end + 1, b"+-")));
    }
    end
}

/// Puts a zero for the first value that is nested 128 deep, if that is valid and holds no deeper one.
fn fold_deepest(text: &mut [u8]) -> Option<()> {
    let start = (0..text.len()).find(|at| depth(&text[..=*at]) == 128)?;
    let ends = text[start..].iter().enumerate();
    let end = ends
        .filter(|(_, byte)| b"]}".contains(byte))
        .map(|(at, _)| start + at)
        .find(|at| serde_json::from_slice::<Value>(&text[start..=*at]).is_ok())?;
    if depth(&text[start..=end]) > 1 {
        return None;
    }
    text[start..=end].fill(b' ');
    text[start] = b'0';
    Some(())
}

/// Deepest nesting, strings left out.
fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest, mut inside, mut escaped) = (0usize, 0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b'{' | b'[' if !inside => depth += 1,
            b'}' | b']' if !inside => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn messages() -> Vec<Vec<u8>> {
    let folder = corpus::data();
    let mut messages: Vec<Vec<u8>> = Vec::new();
    for path in corpus::files(&folder, ".ndjson") {
        let text = corpus::bytes(&path);
        messages.extend(text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec));
    }
    let examples = corpus::files(&folder, ".json");
    messages.extend(examples.iter().map(|path| corpus::bytes(path)));
    messages.retain(|message| !message.trim_ascii().is_empty() && message.len() < LONGEST);
    messages
}

fn decoders() -> Vec<Decoder> {
    let make =
        |backend: &&str| decoder(backend, &Limits::default(), Duplicates::Deep, Pool::default());
    backends().iter().map(make).collect()
}

fn number(name: &str) -> Option<u64> {
    let number = env::var(name).ok()?;
    Some(number.parse().unwrap_or_else(|error| panic!("{name}: {error}")))
}

/// Longer messages only take longer.
const LONGEST: usize = 4096;
