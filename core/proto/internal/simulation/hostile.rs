//! What a hostile peer says: wrong in every way, and right at the wrong time.

use super::choices::Choices;
use crate::message::Method;
use crate::version::{Role, Version};

/// A line that a hostile peer writes. `heard` are lines that were sent in earnest, by either side.
pub(super) fn line<'a>(
    choices: &mut Choices<'_>,
    by: Role,
    heard: &dyn Fn(&mut Choices<'_>) -> Option<&'a str>,
) -> String {
    if let Some(line) = choices.line() {
        return line;
    }
    match choices.below(12) {
        0..4 => composed(choices, by),
        4 => heard(choices).unwrap_or("{}").to_owned(),
        5..8 => {
            let other = heard(choices).unwrap_or("{}").to_owned();
            let mut text = heard(choices).unwrap_or("[]").to_owned();
            for _ in 0..=choices.below(3) {
                damage(choices, &mut text, &other);
            }
            text.replace(['\n', '\r'], " ")
        }
        8..10 => batch(choices, by, heard),
        10 => choices.pick(&NO_MESSAGES).to_owned(),
        _ => "[".repeat(choices.below(200)),
    }
}

fn batch<'a>(
    choices: &mut Choices<'_>,
    by: Role,
    heard: &dyn Fn(&mut Choices<'_>) -> Option<&'a str>,
) -> String {
    let mut elements = Vec::new();
    for _ in 0..=choices.below(5) {
        elements.push(match choices.below(8) {
            0 => heard(choices).unwrap_or("{}").to_owned(),
            1 => choices.pick(&NO_MESSAGES).to_owned(),
            2..6 => sound_request(choices),
            _ => composed(choices, by),
        });
    }
    ["[", &elements.join(","), "]"].concat()
}

/// A request that is answered, most of the time.
fn sound_request(choices: &mut Choices<'_>) -> String {
    let id = 100 + choices.below(200);
    let method = choices.pick(&[
        "tools/call",
        "tools/call",
        "ping",
        "roots/list",
        "sampling/createMessage",
        "resources/subscribe",
    ]);
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{"uri":"file:///0","_meta":{{"progressToken":{id}}}}}}}"#
    )
}

/// A message that is nearly right.
fn composed(choices: &mut Choices<'_>, by: Role) -> String {
    let id = id(choices);
    let kind = choices.below(8);
    // A server has more to answer than to ask.
    match if by == Role::Server && kind < 3 { kind + 4 } else { kind } {
        0..3 => {
            let method = method(choices);
            let meta = meta(choices);
            let params = params(choices);
            format!(
                r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{{params}{meta}}}}}"#
            )
        }
        3 => {
            let version = choices.pick(&Version::ALL).name();
            format!(
                r#"{{"jsonrpc":"2.0","id":{id},"method":"initialize","params":{{"protocolVersion":"{version}","capabilities":{{}},"clientInfo":{{"name":"h","version":"0"}}}}}}"#
            )
        }
        4 => {
            let method = method(choices);
            let params = params(choices);
            format!(
                r#"{{"jsonrpc":"2.0","method":"{method}","params":{{{params}"requestId":{id},"progressToken":{id},"progress":{}}}}}"#,
                choices.pick(&["1", "2.5", "-1", "1e308", "1e999", "\"1\"", "null"])
            )
        }
        5 => {
            let name = choices.pick(&[
                "progress",
                "cancelled",
                "initialized",
                "subscriptions/acknowledged",
            ]);
            format!(
                r#"{{"jsonrpc":"2.0","method":"notifications/{name}","params":{{"requestId":{id},"progressToken":{id},"progress":7,"_meta":{{"io.modelcontextprotocol/subscriptionId":{id}}}}}}}"#
            )
        }
        6 => {
            let result = choices.pick(&RESULTS);
            format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#)
        }
        _ => {
            let code = choices.pick(&["-32600", "-32601", "-32020", "-32021", "-32022", "1.5"]);
            format!(
                r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{code},"message":"m","data":{{"supported":["2026-07-28","2025-06-18"]}}}}}}"#
            )
        }
    }
}

fn id(choices: &mut Choices<'_>) -> String {
    match choices.below(10) {
        0..5 => (choices.below(12) + 1).to_string(),
        5 => choices.pick(&["\"1\"", "\"\\u0031\"", "\"a\"", "\"\""]).to_owned(),
        6 => choices.pick(&["-0", "0", "9223372036854775807", "-9223372036854775808"]).to_owned(),
        7 => choices.pick(&["null", "1.0", "1e2", "[]", "18446744073709551616"]).to_owned(),
        _ => (choices.below(40) + 1).to_string(),
    }
}

fn method(choices: &mut Choices<'_>) -> &'static str {
    if choices.one_in(12) { "x/unknown" } else { choices.pick(Method::ALL).name() }
}

fn meta(choices: &mut Choices<'_>) -> &'static str {
    choices.pick(&[
        r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}},"io.modelcontextprotocol/logLevel":"info","progressToken":5}"#,
        r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#,
        r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2025-06-18","io.modelcontextprotocol/clientCapabilities":{}}"#,
        r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#,
        r#""_meta":{"io.modelcontextprotocol/protocolVersion":7}"#,
        r#""_meta":{"progressToken":"t"}"#,
        r#""_meta":[]"#,
        r#""_meta":{}"#,
    ])
}

fn params(choices: &mut Choices<'_>) -> &'static str {
    choices.pick(&[
        "",
        "",
        r#""uri":"file:///0","#,
        r#""uri":7,"level":"loud","notifications":[],"#,
        r#""level":"error","notifications":{"toolsListChanged":true,"resourceSubscriptions":["file:///0","file:///a/long/one",3]},"#,
        r#""notifications":{},"name":"n","#,
        r#""messages":[{"content":[{"type":"tool_use","id":"a"}]},{"content":{"type":"tool_result","toolUseId":"a"}}],"#,
        r#""messages":[{"content":{"type":"tool_result","toolUseId":"a"}},{"content":"x"}],"mode":"form","#,
    ])
}

/// Damages a line at one place.
fn damage(choices: &mut Choices<'_>, text: &mut String, other: &str) {
    let at = boundary(text, choices.below(text.len() + 1));
    match choices.below(6) {
        0 => text.truncate(at),
        1 => text.insert_str(at, choices.pick(&WORDS)),
        2 => {
            let to = boundary(text, (at + choices.below(30)).min(text.len()));
            text.replace_range(at..to, "");
        }
        3 => text.replace_range(at.., &other[boundary(other, at.min(other.len()))..]),
        4 => *text = text.replacen(char::is_numeric, choices.pick(&["7", "1", "99", "-"]), 2),
        _ => {
            let to = boundary(text, (at + choices.below(60)).min(text.len()));
            let part = text[at..to].to_owned();
            text.insert_str(at, &part);
        }
    }
}

/// The last place for a cut that is not behind `at`.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

const NO_MESSAGES: [&str; 14] = [
    "",
    " ",
    "{",
    "{}",
    "[]",
    "[[]]",
    "7",
    "\"\"",
    "[1,{}]",
    r#"{"jsonrpc":"1.0","id":3,"method":"ping"}"#,
    r#"{"jsonrpc":"2.0","id":3,"result":{},"error":{"code":1,"message":""}}"#,
    r#"{"jsonrpc":"2.0","id":2,"result":7}"#,
    r#"{"jsonrpc":"2.0","id":1,"id":1,"method":"ping"}"#,
    r#"{"jsonrpc":"2.0","result":{}}"#,
];
const WORDS: [&str; 10] =
    ["null", "{}", "[]", ",", "\"", "\\u0000", "\"id\":1,", "\"params\":{},", "}", "\u{1f600}"];
const RESULTS: [&str; 14] = [
    "{}",
    "[]",
    r#"{"resultType":"input_required","inputRequests":{}}"#,
    r#"{"resultType":"task"}"#,
    r#"{"resultType":"odd"}"#,
    r#"{"resultType":7}"#,
    r#"{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}"#,
    r#"{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{}}"#,
    r#"{"supportedVersions":["2025-11-25"],"capabilities":{}}"#,
    r#"{"resultType":"input_required","inputRequests":{"k":{"method":"sampling/createMessage","params":{"messages":[{"content":{"type":"tool_use","id":"a"}}]}}}}"#,
    r#"{"resultType":"input_required","inputRequests":{"k":{"method":"roots/list"},"l":{"method":"x/unknown"}},"requestState":"s"}"#,
    r#"{"action":"accept","content":{"a":{}},"roots":[{"uri":"http://a"}]}"#,
    r#"{"action":"accept","content":{"type":["b"]},"role":"user","model":"m"}"#,
    r#"{"action":"decline","role":"assistant","model":"m","content":[{"type":"text"}],"roots":[{"uri":"file:///a"}]}"#,
];
