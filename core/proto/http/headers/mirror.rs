//! The mirror: headers that repeat parts of the body, so that what stands between can route without reading it.
//!
//! A client makes them from a message and a server checks them against one (MCP 2026-07-28, Streamable HTTP, request
//! metadata). Method and name come from the message's index; which arguments a tool wants repeated is told by a table that
//! is made from its schema elsewhere. Every header of the mirror that a server has accepted says what the body says.

use std::borrow::Cow;

use super::decimal;
use super::field::Field;
use super::head::Head;
use super::value::{decode_value, encode_value, visible};
use crate::http::{HttpRule, Rejection};
use crate::json::{Raw, Str, ValueKind};
use crate::message::{Kind, MessageRef, Method};

/// An argument of a tool that is repeated in a header: one row of the table that a tool's schema gives.
#[derive(Clone, Copy, Debug)]
pub struct Param<'a> {
    /// The value of `x-mcp-header`: what stands behind `Mcp-Param-` in the name of the header.
    pub header: &'a str,
    /// What the arguments of the call have at the place of the annotation.
    pub value: ParamValue<'a>,
}

/// The value of an argument that is repeated in a header.
#[derive(Clone, Copy, Debug)]
pub enum ParamValue<'a> {
    /// There is none, or `null`: no header.
    Absent,
    /// A string, repeated as it is.
    String(Str<'a>),
    /// A number as it is spelled. The schema allows integers only, which are compared as numbers.
    Number(&'a str),
    /// `true` or `false`.
    Boolean(bool),
    /// An array or object, which no header can repeat and the schema refuses.
    Other,
}

/// Whether a message must have a header.
#[derive(Clone, Copy)]
enum Presence {
    Required,
    Optional,
}

impl<'a> ParamValue<'a> {
    /// The value of an argument, when the call has it.
    pub fn new(value: Option<Raw<'a>>) -> Self {
        let Some(value) = value else { return Self::Absent };
        match (value.kind(), value.string(), value.as_bool()) {
            (_, Some(text), _) => Self::String(text),
            (_, _, Some(truth)) => Self::Boolean(truth),
            (ValueKind::Null, ..) => Self::Absent,
            (ValueKind::Number, ..) => Self::Number(value.spelling()),
            _ => Self::Other,
        }
    }

    /// What the header says; `None` when there is none.
    fn header(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Absent | Self::Other => None,
            Self::String(text) => Some(match text.decode() {
                Cow::Borrowed(text) => encode_value(text),
                Cow::Owned(text) => Cow::Owned(encode_value(&text).into_owned()),
            }),
            Self::Number(number) => Some(decimal::shortest(number)),
            Self::Boolean(truth) => Some(Cow::Borrowed(if truth { "true" } else { "false" })),
        }
    }

    /// Whether a header's text, decoded, is this value.
    fn is(self, text: &str) -> bool {
        match self {
            Self::Absent | Self::Other => false,
            Self::String(own) => own == *text,
            Self::Number(own) => decimal::equal(own, text),
            Self::Boolean(truth) => text == if truth { "true" } else { "false" },
        }
    }
}

/// Shows the headers of the mirror for a request or notification, each a lowercase name and a value: `mcp-method`,
/// `mcp-name`, and `mcp-param-*` for the arguments of `params`.
///
/// ```
/// use mcp_engine_proto::{Decoder, http};
///
/// let mut decoder = Decoder::default();
/// decoder.feed(br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"caf\u00e9"}}"#)?;
/// decoder.feed(b"\n")?;
/// let message = decoder.poll().unwrap()?;
/// let mut seen = String::new();
/// http::mirror(message.as_ref(), &[], |name, value| seen.extend([name, "=", value, " "]))?;
/// assert_eq!(seen, "mcp-method=tools/call mcp-name==?base64?Y2Fmw6k=?= ");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`HttpRule::HeaderCharacters`] when the name of the method cannot stand in a header, which no encoding is defined for.
/// [`HttpRule::FieldName`] when the name of an argument's header is no token. Nothing may be sent then.
pub fn mirror(
    message: MessageRef<'_>,
    params: &[Param<'_>],
    mut see: impl FnMut(&str, &str),
) -> Result<(), Rejection> {
    let Some(method) = message.method_name() else { return Ok(()) };
    let method = method.decode();
    let plain = visible(method.as_bytes()).is_ok() && method.trim_matches([' ', '\t']) == method;
    if !plain {
        return Err(Rejection::header_rule(HttpRule::HeaderCharacters, METHOD));
    }
    see("mcp-method", &method);
    if let Some(name) = mirrored_name(message).and_then(Raw::string) {
        see("mcp-name", &encode_value(&name.decode()));
    }
    let mut header = String::new();
    for param in params {
        if !super::is_token(param.header.as_bytes()) {
            return Err(HttpRule::FieldName.into());
        }
        let Some(value) = param.value.header() else { continue };
        header.clear();
        header.extend(["mcp-param-", param.header]);
        see(&header, &value);
    }
    Ok(())
}

/// Checks `Mcp-Method` and `Mcp-Name` against a message. For notifications the specification requires neither; those that
/// are there must be right all the same.
///
/// # Errors
///
/// 400 with `-32020` when a header is missing, came twice, is malformed or says something else.
pub fn check_mirror(head: &Head<'_>, message: MessageRef<'_>) -> Result<(), Rejection> {
    let request = message.kind() == Kind::Request;
    let presence = if request { Presence::Required } else { Presence::Optional };
    if let Some(value) = present(head.method, METHOD, presence)? {
        let value = visible(value).map_err(|rule| Rejection::header_rule(rule, METHOD))?;
        let same = message.method_name().is_some_and(|method| method == *value);
        same.then_some(()).ok_or_else(|| mismatch(METHOD))?;
    }
    if !has_name(message.method()) {
        return Ok(());
    }
    let name = mirrored_name(message).and_then(Raw::string);
    let presence = if name.is_some() { presence } else { Presence::Optional };
    if let Some(value) = present(head.name, NAME, presence)? {
        let value = decode_value(value).map_err(|rule| Rejection::header_rule(rule, NAME))?;
        let same = name.is_some_and(|name| name == *value);
        same.then_some(()).ok_or_else(|| mismatch(NAME))?;
    }
    Ok(())
}

/// Checks `Mcp-Param-*` against the arguments of a call. Headers that are in no row are none of the server's business.
///
/// # Errors
///
/// 400 with `-32020` when a header is missing, came twice, is malformed or says something else, or is there although the
/// arguments have no value for it.
pub fn check_params(head: &Head<'_>, params: &[Param<'_>]) -> Result<(), Rejection> {
    for param in params {
        let refuse = |rule| Rejection::header_rule(rule, &format!("Mcp-Param-{}", param.header));
        let value = match (head.param(param.header), param.value) {
            (Field::One(value), _) => decode_value(value).map_err(refuse)?,
            (Field::Repeated, _) => return Err(refuse(HttpRule::HeaderRepeated)),
            (Field::Absent, ParamValue::Absent | ParamValue::Other) => continue,
            (Field::Absent, _) => return Err(refuse(HttpRule::HeaderMissing)),
        };
        if !param.value.is(&value) {
            return Err(refuse(HttpRule::HeaderMismatch));
        }
    }
    Ok(())
}

/// The value of a header, when it is there; an error when it must be and is not.
fn present<'a>(
    field: Field<'a>,
    header: &str,
    presence: Presence,
) -> Result<Option<&'a [u8]>, Rejection> {
    match (field, presence) {
        (Field::One(value), _) => Ok(Some(value)),
        (Field::Repeated, _) => Err(Rejection::header_rule(HttpRule::HeaderRepeated, header)),
        (Field::Absent, Presence::Optional) => Ok(None),
        (Field::Absent, Presence::Required) => {
            Err(Rejection::header_rule(HttpRule::HeaderMissing, header))
        }
    }
}

fn mismatch(header: &str) -> Rejection {
    Rejection::header_rule(HttpRule::HeaderMismatch, header)
}

/// Whether `Mcp-Name` means something for a method.
fn has_name(method: Option<Method>) -> bool {
    let Some(method) = method else { return false };
    matches!(method, Method::CallTool | Method::GetPrompt | Method::ReadResource) || is_task(method)
}

/// What `Mcp-Name` repeats: the tool, the prompt, the resource, or the task (MCP 2026-07-28, and SEP-2663).
fn mirrored_name<'a>(message: MessageRef<'a>) -> Option<Raw<'a>> {
    match message.method()? {
        Method::CallTool | Method::GetPrompt => message.raw(message.index().name),
        Method::ReadResource => message.raw(message.index().aux),
        method if is_task(method) => message.params()?.get("taskId"),
        _ => None,
    }
}

fn is_task(method: Method) -> bool {
    matches!(method, Method::GetTask | Method::UpdateTask | Method::CancelTask)
}

const METHOD: &str = "Mcp-Method";
const NAME: &str = "Mcp-Name";
