//! Tasks as they are spelled, in both forms.

use super::entry::{Failing, State, Task};
use super::status::Form;
use super::timestamp;
use crate::json::write;

/// Appends a `CreateTaskResult`. `immediate` is what a model may be told at once (MCP 2025-11-25, `_meta`).
pub(super) fn create_result(out: &mut Vec<u8>, task: &Task, immediate: Option<&str>) {
    match task.form {
        Form::Extension => {
            out.extend_from_slice(br#"{"resultType":"task","#);
            members(out, task);
        }
        Form::Core => {
            out.extend_from_slice(br#"{"task":{"#);
            members(out, task);
            out.push(b'}');
            if let Some(text) = immediate {
                out.extend_from_slice(
                    br#","_meta":{"io.modelcontextprotocol/model-immediate-response":"#,
                );
                write::string(out, text);
                out.push(b'}');
            }
        }
    }
    out.push(b'}');
}

/// Appends the result of `tasks/get`; that of `tasks/cancel` in MCP 2025-11-25 looks the same.
pub(super) fn task_result(out: &mut Vec<u8>, task: &Task) {
    match task.form {
        Form::Extension => {
            out.extend_from_slice(br#"{"resultType":"complete","#);
            members(out, task);
            payload(out, task);
        }
        Form::Core => {
            out.push(b'{');
            members(out, task);
        }
    }
    out.push(b'}');
}

/// Appends the parameters of a notification: a `Task`, in the extension a `DetailedTask`.
pub(super) fn notification_params(out: &mut Vec<u8>, task: &Task) {
    out.push(b'{');
    members(out, task);
    if task.form == Form::Extension {
        payload(out, task);
    }
    out.push(b'}');
}

/// Appends the result of `tasks/list`.
pub(super) fn list_result<'a>(
    out: &mut Vec<u8>,
    tasks: impl Iterator<Item = &'a Task>,
    next: Option<&str>,
) {
    out.extend_from_slice(br#"{"tasks":["#);
    for (at, task) in tasks.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.push(b'{');
        members(out, task);
        out.push(b'}');
    }
    out.push(b']');
    if let Some(cursor) = next {
        out.extend_from_slice(br#","nextCursor":"#);
        write::string(out, cursor);
    }
    out.push(b'}');
}

/// The acknowledgements of `tasks/update` and `tasks/cancel` (extension).
pub(super) const ACKNOWLEDGED: &str = r#"{"resultType":"complete"}"#;

/// Appends the members of a `Task`, without braces.
fn members(out: &mut Vec<u8>, task: &Task) {
    let (ttl, poll) = match task.form {
        Form::Core => (&br#"","ttl":"#[..], &br#","pollInterval":"#[..]),
        Form::Extension => (&br#"","ttlMs":"#[..], &br#","pollIntervalMs":"#[..]),
    };
    out.extend_from_slice(br#""taskId":""#);
    out.extend_from_slice(task.id.to_string().as_bytes());
    out.extend_from_slice(br#"","status":""#);
    out.extend_from_slice(task.status().name().as_bytes());
    out.push(b'"');
    if let Some(message) = &task.message {
        out.extend_from_slice(br#","statusMessage":"#);
        write::string(out, message);
    }
    out.extend_from_slice(br#","createdAt":""#);
    timestamp::write(out, task.created.unix_ms);
    out.extend_from_slice(br#"","lastUpdatedAt":""#);
    timestamp::write(out, task.updated_ms);
    out.extend_from_slice(ttl);
    match task.ttl_ms {
        Some(ttl_ms) => integer(out, ttl_ms),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(poll);
    integer(out, task.poll_ms);
}

/// Appends what a `DetailedTask` has beside the members of a `Task`.
fn payload(out: &mut Vec<u8>, task: &Task) {
    match &task.state {
        State::Working | State::Cancelled => {}
        State::InputRequired(requests) => {
            out.extend_from_slice(br#","inputRequests":{"#);
            for (at, (key, request)) in requests.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write::string(out, key);
                out.push(b':');
                out.extend_from_slice(request.as_bytes());
            }
            out.push(b'}');
        }
        State::Completed(result) | State::Failed(Failing::Tool(result)) => {
            out.extend_from_slice(br#","result":"#);
            out.extend_from_slice(result.as_bytes());
        }
        State::Failed(Failing::Error(error)) => {
            out.extend_from_slice(br#","error":"#);
            error.write(out);
        }
    }
}

/// Appends a number of milliseconds, which JSON in other languages has to hold exactly.
fn integer(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number.min(LARGEST_EXACT)).as_bytes());
}

/// 2⁵³ − 1
const LARGEST_EXACT: u64 = 9_007_199_254_740_991;
