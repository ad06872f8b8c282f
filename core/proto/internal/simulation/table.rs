//! What MCP lets a side say, written down a second time: from the text of the specification, not from the tables of the connection.

use serde_json::Value;

use crate::version::{Role, Version};

/// A row: the method, who may send it from which revision to which, and what the other side must have declared.
struct Row {
    method: &'static str,
    by: &'static [Role],
    first: Version,
    last: Version,
    needs: &'static [&'static str],
}

/// What stands against a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Allowed,
    NotOfVersion,
    /// Not by the side that asks.
    NotDeclaredHere,
    /// Not by the side that is asked.
    NotDeclaredThere,
}

/// Whether `by` may ask for `method`, when both sides have declared this.
pub(super) fn may_ask(
    version: Version,
    by: Role,
    method: &str,
    here: &Value,
    there: &Value,
) -> Verdict {
    let Some(row) = row(version, by, method) else { return Verdict::NotOfVersion };
    let is_declared = |declared: &Value| {
        let has = |path: &&str| {
            let value = path.split('>').try_fold(declared, |value, key| value.get(key));
            value.is_some_and(|value| value.is_object() || value == &Value::Bool(true))
        };
        row.needs.is_empty() || row.needs.iter().any(has)
    };
    // An extension takes both sides.
    match (row.needs == EXTENSION && !is_declared(here), is_declared(there)) {
        (true, _) => Verdict::NotDeclaredHere,
        (false, false) => Verdict::NotDeclaredThere,
        (false, true) => Verdict::Allowed,
    }
}

/// Whether `by` may say `method` at all.
pub(super) fn may_say(version: Version, by: Role, method: &str) -> bool {
    row(version, by, method).is_some()
}

/// The requests that a connection answers without its application.
pub(super) fn is_answered_by_connection(method: &str) -> bool {
    matches!(
        method,
        "ping"
            | "initialize"
            | "server/discover"
            | "logging/setLevel"
            | "resources/subscribe"
            | "resources/unsubscribe"
            | "subscriptions/listen"
    )
}

/// The requests that may be answered with a request for input (2026-07-28).
pub(super) fn may_want_input(version: Version, method: &str) -> bool {
    version == E && matches!(method, "tools/call" | "prompts/get" | "resources/read")
}

fn row(version: Version, by: Role, method: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| {
        row.method == method && row.by.contains(&by) && (row.first..=row.last).contains(&version)
    })
}

const fn requests(
    by: &'static [Role],
    first: Version,
    last: Version,
    method: &'static str,
    needs: &'static [&'static str],
) -> Row {
    Row { method, by, first, last, needs }
}

const fn says(by: &'static [Role], first: Version, last: Version, method: &'static str) -> Row {
    Row { method, by, first, last, needs: &[] }
}

const A: Version = Version::V2024_11_05;
const B: Version = Version::V2025_03_26;
const C: Version = Version::V2025_06_18;
const D: Version = Version::V2025_11_25;
const E: Version = Version::V2026_07_28;
const CLIENT: &[Role] = &[Role::Client];
const SERVER: &[Role] = &[Role::Server];
const BOTH: &[Role] = &[Role::Client, Role::Server];
const TASKS: &[&str] = &["tasks"];
const EXTENSION: &[&str] = &["extensions>io.modelcontextprotocol/tasks"];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    requests(CLIENT, A, D, "initialize", &[]),
    requests(CLIENT, E, E, "server/discover", &[]),
    requests(BOTH, A, D, "ping", &[]),
    requests(CLIENT, A, E, "tools/list", &["tools"]),
    requests(CLIENT, A, E, "tools/call", &["tools"]),
    requests(CLIENT, A, E, "prompts/list", &["prompts"]),
    requests(CLIENT, A, E, "prompts/get", &["prompts"]),
    requests(CLIENT, A, E, "resources/list", &["resources"]),
    requests(CLIENT, A, E, "resources/templates/list", &["resources"]),
    requests(CLIENT, A, E, "resources/read", &["resources"]),
    requests(CLIENT, A, D, "resources/subscribe", &["resources>subscribe"]),
    requests(CLIENT, A, D, "resources/unsubscribe", &["resources>subscribe"]),
    requests(CLIENT, E, E, "subscriptions/listen", &[]),
    requests(CLIENT, A, A, "completion/complete", &["prompts", "resources"]),
    requests(CLIENT, B, E, "completion/complete", &["completions"]),
    requests(CLIENT, A, D, "logging/setLevel", &["logging"]),
    requests(SERVER, A, D, "sampling/createMessage", &["sampling"]),
    requests(SERVER, A, D, "roots/list", &["roots"]),
    requests(SERVER, C, D, "elicitation/create", &["elicitation"]),
    requests(BOTH, D, D, "tasks/get", TASKS),
    requests(BOTH, D, D, "tasks/cancel", &["tasks>cancel"]),
    requests(BOTH, D, D, "tasks/result", TASKS),
    requests(BOTH, D, D, "tasks/list", &["tasks>list"]),
    requests(CLIENT, E, E, "tasks/get", EXTENSION),
    requests(CLIENT, E, E, "tasks/update", EXTENSION),
    requests(CLIENT, E, E, "tasks/cancel", EXTENSION),
    says(CLIENT, A, D, "notifications/initialized"),
    says(CLIENT, A, E, "notifications/cancelled"),
    says(SERVER, A, E, "notifications/cancelled"),
    says(CLIENT, A, D, "notifications/progress"),
    says(SERVER, A, E, "notifications/progress"),
    says(SERVER, A, E, "notifications/message"),
    says(SERVER, A, E, "notifications/tools/list_changed"),
    says(SERVER, A, E, "notifications/prompts/list_changed"),
    says(SERVER, A, E, "notifications/resources/list_changed"),
    says(SERVER, A, E, "notifications/resources/updated"),
    says(CLIENT, A, D, "notifications/roots/list_changed"),
    says(SERVER, D, D, "notifications/elicitation/complete"),
    says(BOTH, D, D, "notifications/tasks/status"),
    says(SERVER, E, E, "notifications/subscriptions/acknowledged"),
    says(SERVER, E, E, "notifications/tasks"),
];
