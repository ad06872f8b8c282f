//! What the applications of both sides say: parameters, answers, and whether one is the other's.

use serde_json::{Map, Value, json};

use super::choices::Choices;
use crate::Message;
use crate::connection::Reply;
use crate::json::Raw;
use crate::message::Decoder;
use crate::message::encode::Outcome;
use crate::version::Version;

/// An answer that an application has given.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Result(String),
    Text(String, Outcome),
    /// A whole message, as a proxy passes it on.
    Relay(String),
    Error(i64, String, Option<String>),
    Input(Option<String>, Option<String>),
}

impl Answer {
    /// Some answer to a request of that revision, which no other answer is like.
    pub(super) fn draw(choices: &mut Choices<'_>, mark: u64) -> Self {
        match choices.below(12) {
            0..3 => Self::Result(result(choices, mark)),
            3..6 => {
                let outcome = choices.pick(&[Outcome::Success, Outcome::Failure]);
                Self::Text(format!("text {mark} \"\n\u{1f600}{}", filler(choices)), outcome)
            }
            6..8 => {
                let result = result(choices, mark);
                Self::Relay(format!(r#"{{"jsonrpc":"2.0","id":0,"result":{result}}}"#))
            }
            8 => Self::Relay(format!(
                r#"{{"jsonrpc":"2.0","id":"x","error":{{"code":-32002,"message":"no {mark}"}}}}"#
            )),
            9 | 10 => {
                let code = choices.pick(&[-32002, -32603, -32601, 7]);
                let data = choices.one_in(2).then(|| format!("[{mark}]"));
                Self::Error(code, format!("error {mark} \t"), data)
            }
            _ => Self::input(choices, mark),
        }
    }

    /// A request for input.
    pub(super) fn input(choices: &mut Choices<'_>, mark: u64) -> Self {
        let method = choices.pick(&[
            "elicitation/create",
            "elicitation/create",
            "sampling/createMessage",
            "roots/list",
            "tools/call",
        ]);
        let requests = format!(r#"{{"k{mark}":{{"method":"{method}","params":{{}}}}}}"#);
        let which = choices.below(4);
        Self::Input(
            (which & 1 == 0).then_some(requests),
            (which & 2 == 0).then(|| format!("state {mark} \\")),
        )
    }

    /// Hands the answer over in the form that a connection wants it.
    pub(super) fn with<T>(&self, respond: impl FnOnce(Reply<'_>) -> T) -> T {
        match self {
            Self::Result(text) => respond(Reply::Result(raw(text))),
            Self::Text(text, outcome) => respond(Reply::Text(text, *outcome)),
            Self::Relay(line) => respond(Reply::Relay(&message(line))),
            Self::Error(code, message, data) => {
                let data = data.as_deref().map(raw);
                respond(Reply::Error { code: *code, message, data })
            }
            Self::Input(requests, state) => {
                let requests = requests.as_deref().map(raw);
                respond(Reply::InputRequired { requests, state: state.as_deref() })
            }
        }
    }

    /// Whether the message brings this answer, in the form of that revision.
    pub(super) fn is_in(&self, message: &Value, version: Version) -> bool {
        let modern = version == Version::V2026_07_28;
        match self {
            Self::Result(text) => is_result(&json(text), &message["result"], modern),
            Self::Text(text, outcome) => {
                let mut result = json!({ "content": [{ "type": "text", "text": text }] });
                if *outcome == Outcome::Failure {
                    result["isError"] = Value::Bool(true);
                }
                is_result(&result, &message["result"], modern)
            }
            Self::Relay(line) => match json(line) {
                Value::Object(line) if line.contains_key("result") => {
                    is_result(&line["result"], &message["result"], modern)
                }
                line => is_error(&line["error"], &message["error"], modern),
            },
            Self::Error(code, text, data) => {
                let mut error = json!({ "code": code, "message": text });
                if let Some(data) = data {
                    error["data"] = json(data);
                }
                is_error(&error, &message["error"], modern)
            }
            Self::Input(requests, state) => {
                let result = &message["result"];
                let given = |text: &Option<String>| text.as_deref().map_or(Value::Null, json);
                result["resultType"] == "input_required"
                    && result.get("inputRequests").unwrap_or(&Value::Null) == &given(requests)
                    && result["requestState"].as_str() == state.as_deref()
            }
        }
    }
}

/// Parameters for a method, which no others are like.
pub(super) fn params(choices: &mut Choices<'_>, method: &str, mark: u64) -> Option<String> {
    let uri = choices.below(3);
    Some(match method {
        "resources/subscribe" | "resources/unsubscribe" => format!(r#"{{"uri":"file:///{uri}"}}"#),
        "logging/setLevel" => {
            let level = choices.pick(&["debug", "warning", "emergency"]);
            format!(r#"{{"level":"{level}"}}"#)
        }
        _ => match choices.below(6) {
            0 => return None,
            1 => format!(
                r#"{{ "name":"n{mark}","_meta":{{"k/x":[{mark}],"progressToken":"mine"}} }}"#
            ),
            2 => format!(r#"{{"arguments":{{"n":{mark},"text":"{}"}}}}"#, filler(choices)),
            _ => format!(r#"{{"name":"n{mark}","uri":"file:///{uri}"}}"#),
        },
    })
}

/// A filter of a subscription.
pub(super) fn filter(choices: &mut Choices<'_>) -> String {
    let watch = |name: &str, bit: usize, mask: usize| {
        (mask >> bit & 1 == 1).then(|| format!(r#""{name}":{}"#, mask >> 4 == 0))
    };
    let mask = choices.below(32);
    let uris =
        (mask & 8 != 0).then(|| r#""resourceSubscriptions":["file:///0","file:///1"]"#.to_owned());
    let members = [
        watch("toolsListChanged", 0, mask),
        watch("promptsListChanged", 1, mask),
        watch("resourcesListChanged", 2, mask),
        uris,
    ];
    format!("{{{}}}", members.into_iter().flatten().collect::<Vec<_>>().join(","))
}

/// Whether parameters have arrived as they were said, with what the connection adds.
pub(super) fn are_params(said: Option<&str>, heard: &Value) -> bool {
    let said = said.map_or_else(|| json!({}), json);
    let empty = Map::new();
    let (said, heard) = (said.as_object().unwrap_or(&empty), heard.as_object().unwrap_or(&empty));
    let known = |key: &str| said.contains_key(key) || ADDED_TO_PARAMS.contains(&key);
    let meta = |of: &Map<String, Value>, key: &str| {
        of.get("_meta").and_then(|meta| meta.get(key)).cloned().unwrap_or_default()
    };
    said.iter().all(|(key, value)| key == "_meta" || heard.get(key) == Some(value))
        && meta(said, "k/x") == meta(heard, "k/x")
        && heard.keys().all(|key| known(key))
}

/// Whether a notification says that something of the server has changed.
pub(super) fn is_news(method: &str) -> bool {
    NEWS.iter().any(|(known, _)| *known == method)
}

/// Whether a filter is for a change that is told by that method, of that resource if it is one.
pub(super) fn is_watched(filter: &Value, method: &str, uri: Option<&Value>) -> bool {
    let Some((_, member)) = NEWS.iter().find(|(known, _)| *known == method) else { return false };
    match (&filter[member], uri) {
        (Value::Array(uris), Some(uri)) => uris.contains(uri),
        (watched, _) => watched == &Value::Bool(true),
    }
}

pub(super) fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// The one message of a line.
pub(super) fn message(line: &str) -> Message {
    let mut decoder = Decoder::default();
    decoder.feed([line, "\n"].concat().as_bytes()).expect("room");
    decoder.poll().expect("a line").expect("a message")
}

fn result(choices: &mut Choices<'_>, mark: u64) -> String {
    match choices.below(5) {
        0 => "{}".to_owned(),
        1 => format!(r#"{{"n":{mark},"_meta":{{"k/x":{mark}}},"ttlMs":{mark}}}"#),
        2 => format!(r#"{{ "n":{mark},"deep":{{"resultType":"x"}} }}"#),
        3 => format!(r#"{{"n":{mark},"resultType":"complete","cacheScope":"public"}}"#),
        _ => format!(r#"{{"n":{mark},"text":"{}"}}"#, filler(choices)),
    }
}

/// Sometimes more than is copied.
fn filler(choices: &mut Choices<'_>) -> String {
    let long = if choices.one_in(40) { 20_000 } else { 0 };
    "x".repeat(long + choices.below(20))
}

/// Whether a result is what was given, but for what the revision adds and leaves out.
fn is_result(given: &Value, got: &Value, modern: bool) -> bool {
    let (Some(given), Some(got)) = (given.as_object(), got.as_object()) else { return false };
    let stays = |key: &str| modern || !MODERN_MEMBERS.contains(&key);
    let same = |(key, value): (&String, &Value)| match got.get(key) {
        Some(other) if key == "_meta" => value
            .as_object()
            .into_iter()
            .flatten()
            .all(|(key, value)| other.get(key) == Some(value)),
        other => other == Some(value).filter(|_| stays(key)),
    };
    let added = |key: &str| modern && (key == "_meta" || MODERN_MEMBERS.contains(&key));
    given.iter().all(same)
        && got.keys().all(|key| given.contains_key(key) || added(key))
        && (!modern
            || has(got, "resultType", Value::is_string) && has(got, "_meta", Value::is_object))
}

fn has(object: &Map<String, Value>, name: &str, is: fn(&Value) -> bool) -> bool {
    object.get(name).is_some_and(is)
}

/// Whether an error is what was given, but for the code that the newest revision has renamed.
fn is_error(given: &Value, got: &Value, modern: bool) -> bool {
    let mut given = given.clone();
    if modern && given["code"] == -32002 {
        given["code"] = json!(-32602);
    }
    &given == got
}

fn raw(text: &str) -> Raw<'_> {
    Raw::parse(text).expect("JSON")
}

/// Methods that tell of a change, and the members of filters for them.
const NEWS: [(&str, &str); 4] = [
    ("notifications/tools/list_changed", "toolsListChanged"),
    ("notifications/prompts/list_changed", "promptsListChanged"),
    ("notifications/resources/list_changed", "resourcesListChanged"),
    ("notifications/resources/updated", "resourceSubscriptions"),
];
const MODERN_MEMBERS: [&str; 3] = ["resultType", "ttlMs", "cacheScope"];
const ADDED_TO_PARAMS: [&str; 3] = ["_meta", "inputResponses", "requestState"];
