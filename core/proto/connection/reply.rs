//! What an answer looks like under the revision of its request, and whether that allows it.

use super::Capabilities;
use super::call::Reply;
use super::event::Context;
use super::incoming::Report;
use super::input::{self, Fault, may_ask_for_input};
use super::server::result_additions;
use super::splice::{self, Additions};
use super::template::Templates;
use crate::error::{
    Error, INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, Incompatible,
    MISSING_REQUIRED_CLIENT_CAPABILITY, Misuse, PeerRule,
};
use crate::json::{self, Raw};
use crate::message::encode::{self, Outcome};
use crate::message::{Kind, Message, Method, RequestId};
use crate::room;
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
        Reply::Relay(message) if requires_input(message) && !may_require_input(method, context) => {
            Err(Error::PeerIncompatible(Incompatible::MethodOfVersion))
        }
        Reply::InputRequired { requests, state } => {
            if !may_require_input(method, context) {
                return Err(Error::PeerIncompatible(Incompatible::MethodOfVersion));
            }
            let is_empty = |raw: Raw<'_>| raw.members().is_some_and(|mut all| all.next().is_none());
            if requests.is_none_or(is_empty) && state.is_none() {
                return Err(Error::ApiMisuse(Misuse::InputRequest));
            }
            let Some(requests) = requests else { return Ok(()) };
            let (declared, version) = (context.capabilities, context.version);
            input::check_requests(*requests, declared, version).map_err(Fault::ours)
        }
        _ => Ok(()),
    }
}

fn may_require_input(method: Option<Method>, context: Context) -> bool {
    context.version.has(Feature::InputRequired) && method.is_some_and(may_ask_for_input)
}

fn requires_input(message: &Message) -> bool {
    let result_type = message.as_ref().result_type().and_then(Raw::string);
    result_type.is_some_and(|result_type| result_type == "input_required")
}

/// The code of the error that an answer is, when it is one.
pub(crate) fn code(reply: &Reply<'_>, version: Version) -> Option<i64> {
    match reply {
        Reply::Error { code, data, .. } => Some(code_for(*code, *data, version)),
        Reply::Relay(message) => {
            message.error().map(|error| code_for(error.code, error.data, version))
        }
        Reply::CapabilityRequired(_) => Some(capability_code(version)),
        Reply::Result(_) | Reply::Text(..) | Reply::InputRequired { .. } => None,
    }
}

/// Whether a response is written without newlines, whatever it says.
pub(crate) fn is_line(reply: &Reply<'_>) -> bool {
    matches!(reply, Reply::Text(..))
}

/// How many bytes a whole response takes at most.
#[inline]
pub(crate) fn most(reply: &Reply<'_>, id: &RequestId, templates: &Templates) -> usize {
    let spelled = |raw: &Option<Raw<'_>>| raw.map_or(0, |raw| raw.spelling().len());
    let said = match reply {
        Reply::Text(text, _) => room::escaped(text).saturating_add(templates.text_result.len()),
        Reply::Result(result) => result.spelling().len(),
        Reply::Relay(message) => message.as_str().len(),
        Reply::Error { message, data, .. } => room::escaped(message).saturating_add(spelled(data)),
        Reply::CapabilityRequired(_) => 0,
        Reply::InputRequired { requests, state } => {
            spelled(requests).saturating_add(room::escaped(state.unwrap_or_default()))
        }
    };
    let around = id.most().saturating_add(templates.result_meta.len());
    said.saturating_add(around).saturating_add(room::ENVELOPE)
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
                let code = code_for(error.code, error.data, version);
                encode::error(out, Some(id), code, &error.message.decode(), error.data);
            }
            None => write_result(out, id, message.result().unwrap_or(Raw::new("{}")), add),
        },
        Reply::Error { code, message, data } => {
            encode::error(out, Some(id), code_for(code, data, version), message, data);
        }
        Reply::CapabilityRequired(needed) => write_capability_required(out, id, needed, version),
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

fn capability_code(version: Version) -> i64 {
    i64::from(match version.era() {
        Era::Modern => MISSING_REQUIRED_CLIENT_CAPABILITY,
        Era::Legacy => INVALID_REQUEST,
    })
}

fn write_capability_required(
    out: &mut Vec<u8>,
    id: &RequestId,
    needed: Capabilities,
    version: Version,
) {
    let rule = PeerRule::CapabilityRequired;
    let code = capability_code(version);
    let data = needed.required();
    encode::error(out, Some(id), code, rule.reason(), Some(Raw::new(&data)));
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

/// The code that an error has in the revision: "resource not found" has had one of its own until 2025-11-25, "the user has to go to
/// a URL" only then, "the client has to declare a capability" since. None may be sent to whoever does not know it, or has been told not to
/// expect it.
fn code_for(code: i64, data: Option<Raw<'_>>, version: Version) -> i64 {
    let required = || data.and_then(|data| data.get("requiredCapabilities")?.members()).is_some();
    match (code, version.era()) {
        (RESOURCE_NOT_FOUND, Era::Modern) => i64::from(INVALID_PARAMS),
        (CAPABILITY_REQUIRED, Era::Legacy) => capability_code(version),
        (INVALID, Era::Modern) if required() => capability_code(version),
        (URL_ELICITATION_REQUIRED, _) if version != Version::V2025_11_25 => {
            i64::from(INTERNAL_ERROR)
        }
        (code, _) => code,
    }
}

const CAPABILITY_REQUIRED: i64 = MISSING_REQUIRED_CLIENT_CAPABILITY as i64;
const INVALID: i64 = INVALID_REQUEST as i64;
const RESOURCE_NOT_FOUND: i64 = -32002;
const URL_ELICITATION_REQUIRED: i64 = -32042;
