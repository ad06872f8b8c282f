//! Messages: the verdict and the index against a slow model of JSON-RPC and MCP.
//!
//! The model takes the text apart with loops of its own, once `serde_json` has said that it is sound;
//! it knows every rule that a message breaks, of which the decoder may report any one.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::Seed;
use crate::error::{Error, MessageRule};
use crate::frame::Pool;
use crate::internal::{backends, decoder};
use crate::json::{Duplicates, Raw};
use crate::limits::{Limit, Limits};
use crate::message::{
    BodyDecoder, ContentBlock, Id, Kind, Message, Method, Refusal, RequestId, encode,
};

type Verdict = Result<Message, Refusal>;

pub(super) fn check(input: &[u8]) {
    let limits = Limits::default();
    // Known, so that an input finds the same again.
    let pool = Pool::new(&limits, Seed([3, 5]));
    let mut body = BodyDecoder::new(&limits, Duplicates::Deep, pool.clone());
    body.feed(input).expect("the input is below the limit");
    body.end();
    let verdicts: Vec<_> = core::iter::from_fn(|| body.poll()).collect();
    agree(input, &verdicts);
    for line in input.split(|byte| *byte == b'\n').take(MOST_LINES) {
        for backend in backends() {
            let mut lines = decoder(backend, &limits, Duplicates::Deep, pool.clone());
            lines.feed(line).expect("the line is below the limit");
            lines.feed(b"\n").expect("the line is below the limit");
            let verdicts: Vec<_> = core::iter::from_fn(|| lines.poll()).collect();
            if line.iter().all(|byte| b" \t\r".contains(byte)) {
                assert!(verdicts.is_empty());
            } else {
                agree(line, &verdicts);
            }
        }
    }
}

/// The verdicts on one frame are those of the model.
fn agree(input: &[u8], verdicts: &[Verdict]) {
    match serde_json::from_slice::<Value>(input) {
        Err(error) => {
            let error = error.to_string();
            if !KNOWN_DIFFERENCES.iter().any(|known| error.contains(known)) {
                let [Err(refusal)] = verdicts else {
                    unreachable!("{error}, but {verdicts:?}");
                };
                let error = refusal.error();
                let limit = matches!(error, Error::LimitExceeded { .. });
                assert!(limit || matches!(error, Error::InvalidJson { .. }));
                assert!(refusal.message().is_none());
            }
        }
        Ok(_) => {
            let text = core::str::from_utf8(input).expect("JSON is UTF-8").trim();
            if text.starts_with('[') {
                agree_on_batch(text, verdicts);
            } else {
                assert_eq!(verdicts.len(), 1);
                agree_on_message(text, &verdicts[0]);
            }
        }
    }
}

fn agree_on_batch(text: &str, verdicts: &[Verdict]) {
    let messages = elements(text);
    if let [Err(refusal)] = verdicts {
        match refusal.error() {
            Error::InvalidMessage { rule: MessageRule::EmptyBatch, .. } => {
                assert!(messages.is_empty());
                return;
            }
            Error::LimitExceeded { limit, .. } => {
                let long = messages.iter().any(|message| has_long_id(message));
                let many = messages.len() > Limits::default().batch as usize;
                assert!(
                    (limit == Limit::IdBytes && long) || (limit == Limit::Batch && many),
                    "{limit}"
                );
                return;
            }
            _ => {}
        }
    }
    assert_eq!(verdicts.len(), messages.len());
    for (message, verdict) in messages.iter().zip(verdicts) {
        agree_on_message(message, verdict);
    }
}

fn agree_on_message(text: &str, verdict: &Verdict) {
    let broken = broken_rules(text);
    match verdict {
        Ok(message) => {
            assert!(broken.is_empty() && !has_long_id(text), "{broken:?}");
            assert_eq!(message.as_str(), text);
            agree_on_envelope(text, message);
            agree_on_views(message);
            survives_encoding(message);
        }
        Err(refusal) => {
            match refusal.error() {
                Error::InvalidMessage { rule, .. } => assert!(broken.contains(&rule), "{rule}"),
                Error::LimitExceeded { limit, .. } => {
                    assert!(limit == Limit::IdBytes && has_long_id(text), "{limit}");
                }
                error => unreachable!("{error}"),
            }
            if let Some(message) = refusal.message() {
                read_everything(message);
            }
        }
    }
}

fn agree_on_envelope(text: &str, message: &Message) {
    let members = members(text);
    let (id, method) = (find(&members, "id"), find(&members, "method"));
    let (kind, payload) = match (method, id) {
        (Some(_), Some(_)) => (Kind::Request, "params"),
        (Some(_), None) => (Kind::Notification, "params"),
        _ if find(&members, "result").is_some() => (Kind::Response, "result"),
        _ => (Kind::ErrorResponse, "error"),
    };
    assert_eq!(message.kind(), kind);
    assert_eq!(message.id().map(Id::token), id.filter(|id| *id != "null"));
    let name = method.map(string);
    assert_eq!(message.method_name().map(|name| name.decode().into()), name);
    let known = name.as_deref().and_then(Method::from_name);
    assert_eq!(message.method(), known);
    let payload = find(&members, payload);
    assert_eq!(message.payload().map(Raw::spelling), payload);
    let params = payload.filter(|_| method.is_some());
    assert_eq!(message.params().map(Raw::spelling), params);
    let result = payload.filter(|_| kind == Kind::Response);
    assert_eq!(message.result().map(Raw::spelling), result);
    let meta = (kind != Kind::ErrorResponse).then(|| inside(payload, "_meta")).flatten();
    assert_eq!(message.meta().map(Raw::spelling), meta);
}

/// The views show what a search through the payload finds.
fn agree_on_views(message: &Message) {
    read_everything(message);
    let payload = message.payload().map(Raw::spelling);
    let text = |name| inside(payload, name).filter(|value| value.starts_with('"'));
    if let Some(call) = message.call_params() {
        assert_eq!(Some(string(text("name").unwrap())), Some(call.name.decode().into()));
        assert_eq!(call.arguments.map(Raw::spelling), inside(payload, "arguments"));
    }
    let token = match (message.kind(), message.method()) {
        (_, Some(Method::Progress)) => Some(inside(payload, "progressToken")),
        (_, Some(Method::Cancelled)) => Some(inside(payload, "requestId")),
        (Kind::Request, _) => Some(inside(inside(payload, "_meta"), "progressToken")),
        _ => None,
    };
    if let Some(token) = token {
        let token = token.filter(|token| token.starts_with(['"', '-']) || is_digit(token));
        assert_eq!(message.token().map(Id::token), token);
    }
    if let Some(progress) = message.progress() {
        let number = |name| inside(payload, name).and_then(|value| value.parse::<f64>().ok());
        assert_eq!(Some(progress.progress), number("progress"));
        assert_eq!(progress.total, number("total").filter(|total| total.is_finite()));
        let said = progress.message.map(|said| said.decode().into_owned());
        assert_eq!(said, text("message").map(string));
    } else if message.method() == Some(Method::Progress) && message.token().is_some() {
        let number = inside(payload, "progress").and_then(|value| value.parse::<f64>().ok());
        assert!(number.is_none_or(f64::is_infinite));
    }
    if let Some(error) = message.error() {
        assert_eq!(Some(error.code), inside(payload, "code").and_then(|code| code.parse().ok()));
        assert_eq!(error.message.decode(), string(text("message").unwrap()));
        assert_eq!(error.data.map(Raw::spelling), inside(payload, "data"));
    }
    if let Some(result) = message.call_tool_result() {
        assert_eq!(result.is_error, inside(payload, "isError") == Some("true"));
        assert_eq!(result.content().map(Raw::spelling), inside(payload, "content"));
        let structured = inside(payload, "structuredContent");
        assert_eq!(result.structured.map(Raw::spelling), structured);
        let named = result.result_type.map(|name| name.decode().into_owned());
        assert_eq!(named, text("resultType").map(string));
        let content = inside(payload, "content").filter(|content| content.starts_with('['));
        let blocks = content.map(elements).unwrap_or_default();
        assert_eq!(result.blocks().count(), blocks.len());
        for (block, found) in blocks.into_iter().zip(result.blocks()) {
            assert_eq!(format!("{found:?}"), format!("{:?}", ContentBlock::new(Raw::new(block))));
        }
    }
}

/// What was read can be written, and read again.
fn survives_encoding(message: &Message) {
    let mut out = Vec::new();
    let name = message.method_name().map(|name| name.decode());
    let id = message.id().map(Id::to_owned);
    match (message.kind(), &id) {
        (Kind::Request, Some(id)) => {
            encode::request(&mut out, id, &name.unwrap(), message.params());
        }
        (Kind::Notification, _) => {
            encode::notification(&mut out, &name.unwrap(), message.params());
        }
        (Kind::Response, Some(id)) => encode::response(&mut out, id, message.result().unwrap()),
        _ => {
            let error = message.error().expect("an error response has an error");
            let said = error.message.decode();
            encode::error(&mut out, id.as_ref(), error.code, &said, error.data);
        }
    }
    let mut body = BodyDecoder::default();
    body.feed(&out).expect("it is hardly longer than the input");
    body.end();
    let again = body.poll().expect("a verdict").expect("a message");
    assert_eq!(again.kind(), message.kind());
    assert_eq!(again.id(), message.id());
    assert!(id.is_none_or(|id: RequestId| again.id().unwrap() == id));
    assert!(again.method_name() == message.method_name());
    if message.kind() == Kind::ErrorResponse {
        let (one, two) = (again.error().unwrap(), message.error().unwrap());
        assert!(one.code == two.code && one.message == two.message && one.data == two.data);
    } else {
        assert_eq!(again.payload(), message.payload());
    }
    assert_eq!(message.detach().as_str(), message.as_str());
}

/// Every view of any message can be read to its end.
fn read_everything(message: &Message) {
    let blocks = message.call_tool_result().map(|result| result.blocks());
    let blocks = blocks.into_iter().flatten();
    let read = blocks.map(|block| format!("{block:?}")).collect::<Vec<_>>();
    let _ = format!(
        "{read:?} {:?} {:?} {:?} {:?} {:?} {message:?}",
        message.call_params(),
        message.progress(),
        message.error(),
        message.token(),
        message.meta(),
    );
}

/// Every rule that the message breaks.
fn broken_rules(text: &str) -> BTreeSet<MessageRule> {
    let mut broken = BTreeSet::new();
    if !text.starts_with('{') {
        return broken.into_iter().chain([MessageRule::NotAnObject]).collect();
    }
    let members = members(text);
    let mut note = |rule, breaks: bool| {
        if breaks {
            broken.insert(rule);
        }
    };
    let mut names: Vec<_> = members.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    let twins = names.windows(2).any(|pair| pair[0] == pair[1]);
    note(MessageRule::DuplicateKey, twins);
    let twins_below = members.iter().any(|(_, value)| has_twins(value));
    note(MessageRule::DuplicateParam, twins_below);
    let has = |name| find(&members, name).is_some();
    let id = find(&members, "id");
    let shape = (has("method"), has("result"), has("error"));
    note(MessageRule::VersionMissing, !has("jsonrpc"));
    note(MessageRule::Shapeless, shape == (false, false, false));
    let one = [(true, false, false), (false, true, false), (false, false, true)];
    let ambiguous = shape != (false, false, false) && !one.contains(&shape);
    note(MessageRule::Ambiguous, ambiguous);
    note(MessageRule::ParamsMisplaced, has("params") && !has("method"));
    note(MessageRule::IdMissing, shape == one[1] && id.is_none());
    note(MessageRule::IdNull, shape != one[2] && id == Some("null"));
    for (name, value) in &members {
        let is_object = value.starts_with('{');
        match name.as_str() {
            "jsonrpc" => {
                let version = value.starts_with('"').then(|| string(value));
                note(MessageRule::Version, version.as_deref() != Some("2.0"));
            }
            "id" if is_digit(value) || value.starts_with('-') => {
                let fraction = value.contains(['.', 'e', 'E']);
                note(MessageRule::IdFraction, fraction);
                let fits = value.parse::<i64>().is_ok() || value.parse::<u64>().is_ok();
                note(MessageRule::IdRange, !fraction && !fits);
            }
            "id" => note(MessageRule::IdType, *value != "null" && !value.starts_with('"')),
            "method" => note(MessageRule::MethodType, !value.starts_with('"')),
            "params" => note(MessageRule::ParamsType, !is_object),
            "result" => note(MessageRule::ResultType, !is_object),
            "error" => note(MessageRule::ErrorType, !is_object || !is_error(value)),
            _ => {}
        }
    }
    broken
}

fn is_error(object: &str) -> bool {
    let code = inside(Some(object), "code").map(str::parse::<i64>);
    let message = inside(Some(object), "message");
    matches!(code, Some(Ok(_))) && message.is_some_and(|message| message.starts_with('"'))
}

/// Whether an id of the message is above the limit, at which the decoder stops.
fn has_long_id(text: &str) -> bool {
    let long = |(name, value): &(String, &str)| {
        name == "id" && value.len() > Limits::default().id_bytes as usize
    };
    text.starts_with('{') && members(text).iter().any(long)
}

/// Whether some object in the value has a key twice.
fn has_twins(value: &str) -> bool {
    if value.starts_with('[') {
        return elements(value).into_iter().any(has_twins);
    }
    if !value.starts_with('{') {
        return false;
    }
    let mut names = BTreeSet::new();
    let mut twin = |(name, value): (String, &str)| !names.insert(name) || has_twins(value);
    members(value).into_iter().any(&mut twin)
}

/// The value of the first member of that name of an object.
fn inside<'a>(object: Option<&'a str>, name: &str) -> Option<&'a str> {
    let object = object.filter(|object| object.starts_with('{'))?;
    find(&members(object), name)
}

fn find<'a>(members: &[(String, &'a str)], name: &str) -> Option<&'a str> {
    let found = members.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| *value)
}

/// The members of an object that is valid.
fn members(object: &str) -> Vec<(String, &str)> {
    let parts = elements(object).into_iter();
    let member = |part: &str| split(part, b':').first().map_or(0, |key| key.len());
    parts
        .map(|part| part.split_at(member(part)))
        .map(|(key, value)| (string(key.trim()), value[1..].trim()))
        .collect()
}

/// The parts between the brackets of an array or object that is valid.
fn elements(container: &str) -> Vec<&str> {
    let inside = container[1..container.len() - 1].trim();
    let parts = split(inside, b',').into_iter().map(str::trim);
    parts.filter(|_| !inside.is_empty()).collect()
}

/// Splits valid JSON at each separator that stands in no string and no bracket.
fn split(text: &str, separator: u8) -> Vec<&str> {
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0usize);
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => loop {
                match bytes.next().map(|(_, byte)| byte) {
                    Some(b'\\') => drop(bytes.next()),
                    Some(b'"') | None => break,
                    Some(_) => {}
                }
            },
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            _ if byte == separator && depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

fn string(token: &str) -> String {
    serde_json::from_str(token).expect("the token is a string")
}

fn is_digit(token: &str) -> bool {
    token.starts_with(|first: char| first.is_ascii_digit())
}

const MOST_LINES: usize = 4;
/// What `serde_json` refuses although it is sound: nesting of 128 and numbers beyond `f64`.
const KNOWN_DIFFERENCES: [&str; 2] = ["recursion limit exceeded", "number out of range"];
