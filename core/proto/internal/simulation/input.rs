//! What a client says to a server that asks it for something, and whether it is that.

use serde_json::Value;

use super::choices::Choices;
use super::talk::{self, Answer};
use crate::version::Version;

/// Whether a method asks a client for something that has a shape of its own.
pub(super) fn is_asked_of_client(method: &str) -> bool {
    matches!(method, "elicitation/create" | "sampling/createMessage" | "roots/list")
}

/// A result for such a method, which no other is like; it is what was asked for most of the time.
pub(super) fn answer(choices: &mut Choices<'_>, method: &str, mark: u64) -> Answer {
    let result = match method {
        "elicitation/create" => {
            let action = choices.pick(&["accept", "decline", "cancel", "accept", "x"]);
            let value = choices.pick(&["1", "true", "\"x\"", "[\"x\"]", "{}"]);
            format!(r#"{{"action":"{action}","content":{{"n":{mark},"v":{value}}}}}"#)
        }
        "sampling/createMessage" => {
            let block = r#"{"type":"text","text":"x"}"#;
            let many = format!("[{block}]");
            let content = choices.pick(&[block, block, &many, "7"]);
            format!(r#"{{"role":"assistant","model":"m{mark}","content":{content}}}"#)
        }
        _ => {
            let scheme = choices.pick(&["file", "file", "file", "http"]);
            format!(r#"{{"roots":[{{"uri":"{scheme}:///{mark}"}}]}}"#)
        }
    };
    match choices.below(3) {
        0 => Answer::Relay(format!(r#"{{"jsonrpc":"2.0","id":0,"result":{result}}}"#)),
        _ => Answer::Result(result),
    }
}

/// Whether an answer is what the method asks for; errors always are.
pub(super) fn is_sound(method: &str, answer: &Answer, version: Version) -> bool {
    let result = match answer {
        Answer::Result(text) => talk::json(text),
        Answer::Relay(line) => match talk::json(line)["result"].take() {
            Value::Null => return true,
            result => result,
        },
        Answer::Error(..) => return true,
        Answer::Text(..) | Answer::Input(..) => Value::Null,
    };
    let since_d = version >= Version::V2025_11_25;
    match method {
        "elicitation/create" => match (result["action"].as_str(), &result["content"]) {
            (Some("accept"), Value::Object(content)) => content.values().all(|value| match value {
                Value::Array(values) => since_d && values.iter().all(Value::is_string),
                value => !value.is_object() && !value.is_null(),
            }),
            (Some("accept"), content) => content.is_null(),
            (action, _) => matches!(action, Some("decline" | "cancel")),
        },
        "sampling/createMessage" => {
            let content = &result["content"];
            let is_content = content.is_object() || since_d && content.is_array();
            is_content && result["model"].is_string() && result["role"].is_string()
        }
        "roots/list" => result["roots"].as_array().is_some_and(|roots| {
            roots
                .iter()
                .all(|root| root["uri"].as_str().is_some_and(|uri| uri.starts_with("file://")))
        }),
        _ => true,
    }
}
