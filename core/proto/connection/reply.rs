//! What an answer looks like under the revision of its request, and whether that allows it.

use super::Capabilities;
use super::answers::may_ask_for_input;
use super::call::Reply;
use super::capability::needed;
use super::event::Context;
use super::incoming::Report;
use super::server::result_additions;
use super::splice::{self, Additions};
use super::template::Templates;
use crate::error::{Error, Incompatible, Misuse};
use crate::json::{self, Raw};
use crate::message::encode::{self, Outcome};
use crate::message::{Kind, Method, RequestId};
use crate::version::{Era, Feature, Version};

/// Whether the revision and the client allow an answer.
#[inline]
pub(crate) fn check(
    reply: &Reply<'_>,
    method: Option<Method>,
    context: Context,
) -> Result<(), Error> {
    match reply {
        Reply::Result(raw) if raw.members().is_none() => Err(Error::ApiMisuse(Misuse::NotAnObject)),
        Reply::Relay(message)
            if !matches!(message.kind(), Kind::Response | Kind::ErrorResponse) =>
        {
            Err(Error::ApiMisuse(Misuse::NotAnObject))
        }
        Reply::InputRequired { requests, state } => {
            let is_allowed = context.version.has(Feature::InputRequired)
                && method.is_some_and(may_ask_for_input);
            if !is_allowed {
                return Err(Error::PeerIncompatible(Incompatible::MethodOfVersion));
            }
            if requests.is_none() && state.is_none() {
                return Err(Error::ApiMisuse(Misuse::InputRequest));
            }
            requests.map_or(Ok(()), |requests| check_input_requests(requests, context))
        }
        _ => Ok(()),
    }
}

/// A server must not ask a client for what that has not declared.
pub(crate) fn check_input_requests(requests: Raw<'_>, context: Context) -> Result<(), Error> {
    let misuse = Error::ApiMisuse(Misuse::InputRequest);
    for (_, request) in requests.members().ok_or(misuse)? {
        let method = request.get("method").and_then(Raw::string).ok_or(misuse)?;
        let needed = match Method::from_name(&method.decode()) {
            Some(Method::Elicit) => mode_of(request),
            Some(method @ (Method::CreateMessage | Method::ListRoots)) => {
                needed(method, context.version)
            }
            _ => return Err(misuse),
        };
        if !context.capabilities.has(needed) {
            return Err(Error::PeerIncompatible(Incompatible::Capability));
        }
    }
    Ok(())
}

fn mode_of(request: Raw<'_>) -> Capabilities {
    let mode = request.get("params").and_then(|params| params.get("mode")?.string());
    if mode.is_some_and(|mode| mode == "url") {
        Capabilities::ELICITATION_URL
    } else {
        Capabilities::ELICITATION_FORM
    }
}

/// Appends a whole response.
#[inline]
pub(crate) fn write(
    out: &mut Vec<u8>,
    id: &RequestId,
    reply: Reply<'_>,
    method: Option<Method>,
    version: Version,
    templates: &Templates,
) {
    let add = additions(method, version, &templates.result_meta);
    match reply {
        Reply::Text(text, outcome) if version.era() == Era::Modern => {
            write_text(out, id, text, outcome, &templates.text_result);
        }
        Reply::Text(text, outcome) => encode::text_result(out, id, text, outcome),
        Reply::Result(result) => write_result(out, id, result, add),
        Reply::Relay(message) => match message.error() {
            Some(error) => {
                let code = code_for(error.code, version);
                encode::error(out, Some(id), code, &error.message.decode(), error.data);
            }
            None => write_result(out, id, message.result().unwrap_or(Raw::new("{}")), add),
        },
        Reply::Error { code, message, data } => {
            encode::error(out, Some(id), code_for(code, version), message, data);
        }
        Reply::InputRequired { requests, state } => {
            write_input_required(out, id, requests, state, &templates.result_meta);
        }
    }
}

fn write_result(out: &mut Vec<u8>, id: &RequestId, result: Raw<'_>, add: Additions<'_>) {
    encode::open_response(out, id);
    splice::object(out, result, add);
    out.push(b'}');
}

#[inline]
fn write_text(out: &mut Vec<u8>, id: &RequestId, text: &str, outcome: Outcome, template: &[u8]) {
    out.reserve(text.len().saturating_add(template.len()).saturating_add(64));
    encode::open_response(out, id);
    out.extend_from_slice(template);
    json::write::escaped(out, text);
    out.extend_from_slice(match outcome {
        Outcome::Success => br#""}]}}"#,
        Outcome::Failure => br#""}],"isError":true}}"#,
    });
}

fn write_input_required(
    out: &mut Vec<u8>,
    id: &RequestId,
    requests: Option<Raw<'_>>,
    state: Option<&str>,
    meta: &[u8],
) {
    encode::open_response(out, id);
    out.extend_from_slice(br#"{"resultType":"input_required","_meta":{"#);
    out.extend_from_slice(meta);
    out.push(b'}');
    if let Some(requests) = requests {
        out.extend_from_slice(br#","inputRequests":"#);
        out.extend_from_slice(requests.spelling().as_bytes());
    }
    if let Some(state) = state {
        out.extend_from_slice(br#","requestState":"#);
        json::write::string(out, state);
    }
    out.extend_from_slice(b"}}");
}

/// Appends `notifications/progress`.
pub(crate) fn write_progress(out: &mut Vec<u8>, token: Option<&RequestId>, report: &Report) {
    out.extend_from_slice(
        br#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"#,
    );
    if let Some(token) = token {
        token.write(out);
    }
    out.extend_from_slice(br#","progress":"#);
    json::write::number(out, report.value);
    if let Some(total) = report.total {
        out.extend_from_slice(br#","total":"#);
        json::write::number(out, total);
    }
    if !report.message.is_empty() {
        out.extend_from_slice(br#","message":"#);
        json::write::string(out, &report.message);
    }
    out.extend_from_slice(b"}}");
}

pub(super) fn additions(method: Option<Method>, version: Version, meta: &[u8]) -> Additions<'_> {
    result_additions(version, method.is_some_and(is_cacheable), meta)
}

/// The methods whose results say how long they may be kept (MCP 2026-07-28, caching).
fn is_cacheable(method: Method) -> bool {
    matches!(
        method,
        Method::Discover
            | Method::ListTools
            | Method::ListPrompts
            | Method::ListResources
            | Method::ListResourceTemplates
            | Method::ReadResource
    )
}

/// "Resource not found" has had a code of its own until 2025-11-25, which must not be sent since.
fn code_for(code: i64, version: Version) -> i64 {
    if code == RESOURCE_NOT_FOUND && version.era() == Era::Modern { INVALID_PARAMS } else { code }
}

const RESOURCE_NOT_FOUND: i64 = -32002;
const INVALID_PARAMS: i64 = -32602;
