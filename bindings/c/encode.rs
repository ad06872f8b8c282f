//! The way out without a connection: envelopes from templates, payloads spliced as they are or escaped on the way.

use core::ffi::c_char;

use mcp_engine::RequestId;
use mcp_engine::encode::{self, Outcome};
use mcp_engine::frame::sse;
use mcp_engine::json::Raw;

use crate::boundary;
use crate::boundary::DONE;
use crate::buffer::{ENVELOPE, escaped, mcpe_target};
use crate::pointer::{Out, Ptr, input, list};
use crate::status::{Failure, mcpe_status};
use crate::text::{json, mcpe_id, mcpe_str, optional_id, optional_json, required_id, text};

/// An event to be written. Zero everywhere is an event of the type `message` without an id.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_sse {
    /// `sizeof(mcpe_sse)`.
    pub size: usize,
    /// The type; none for `message`.
    pub name: mcpe_str,
    /// The id with which a client can resume behind it, if it has one.
    pub id: mcpe_str,
    /// How long a client should wait before a reconnection, in milliseconds; 0 to say nothing.
    pub retry_ms: u64,
    /// The data.
    pub content: mcpe_str,
}

/// Appends a request. `params` is an object, spliced as it is, or `NULL`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_encode_request(
    id: Ptr<mcpe_id>,
    method: Ptr<c_char>,
    method_len: usize,
    params: Ptr<c_char>,
    params_len: usize,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        let (id, method) = (required_id(id, "id")?, text!(method, method_len)?);
        let params = object(optional_json!(params, params_len)?, "params")?;
        let most = most(&[method], &[params], Some(&id));
        to.write(written, most, |out| encode::request(out, &id, method, params))?;
        DONE
    })
}

/// Appends a notification. `params` is an object, spliced as it is, or `NULL`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_encode_notification(
    method: Ptr<c_char>,
    method_len: usize,
    params: Ptr<c_char>,
    params_len: usize,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        let method = text!(method, method_len)?;
        let params = object(optional_json!(params, params_len)?, "params")?;
        let most = most(&[method], &[params], None);
        to.write(written, most, |out| encode::notification(out, method, params))?;
        DONE
    })
}

/// Appends a response. `result` is an object, spliced as it is.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_encode_response(
    id: Ptr<mcpe_id>,
    result: Ptr<c_char>,
    result_len: usize,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        let (id, result) = (required_id(id, "id")?, json!(result, result_len)?);
        let result = object(Some(result), "result")?.ok_or(Failure::Value("result"))?;
        let most = most(&[], &[Some(result)], Some(&id));
        to.write(written, most, |out| encode::response(out, &id, result))?;
        DONE
    })
}

/// Appends an error response. Without an id, `NULL`, none is written: that of the request could not be read. `content` is any JSON value, spliced
/// as it is, or `NULL`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_encode_error(
    id: Ptr<mcpe_id>,
    code: i64,
    message: Ptr<c_char>,
    message_len: usize,
    content: Ptr<c_char>,
    content_len: usize,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        let (id, message) = (optional_id(id, "id")?, text!(message, message_len)?);
        let content = optional_json!(content, content_len)?;
        let most = most(&[message], &[content], id.as_ref());
        to.write(written, most, |out| {
            encode::error(out, id.as_ref(), code, message, content);
        })?;
        DONE
    })
}

/// Appends the response to `tools/call` whose content is one text. `is_error` is 1 when the tool has failed, and 0 when it has not.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_encode_text_result(
    id: Ptr<mcpe_id>,
    text: Ptr<c_char>,
    text_len: usize,
    is_error: u32,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        let (id, text) = (required_id(id, "id")?, text!(text, text_len)?);
        let outcome = match is_error {
            0 => Outcome::Success,
            1 => Outcome::Failure,
            _ => return Err(Failure::Value("is_error")),
        };
        let most = most(&[text], &[], Some(&id));
        to.write(written, most, |out| encode::text_result(out, &id, text, outcome))?;
        DONE
    })
}

/// Appends messages, each already encoded, as a batch (MCP 2025-03-26).
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_encode_batch(
    messages: Ptr<mcpe_str>,
    messages_len: usize,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        let messages = input!(messages, messages_len)?;
        let texts =
            list(messages, |message| message.json("messages")?.ok_or(Failure::Null("messages")))?;
        if texts.is_empty() {
            return Err(Failure::Value("messages_len"));
        }
        let lengths = texts.iter().map(|text| text.spelling().len().saturating_add(1));
        let most = lengths.fold(1, usize::saturating_add);
        to.write(written, most, |out| {
            encode::batch(out, texts.iter().map(|text| text.spelling().as_bytes()));
        })?;
        DONE
    })
}

/// Appends a server-sent event.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_encode_event(
    event: Ptr<mcpe_sse>,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        let event = event.options()?;
        let outgoing = sse::Outgoing {
            name: event.name.optional("name")?,
            id: event.id.optional("id")?,
            retry_ms: Some(event.retry_ms).filter(|retry_ms| *retry_ms != 0),
            data: event.content.text("content")?.as_bytes(),
        };
        // A line of data may be no more than the line break that ends it.
        let lines = outgoing.data.len().saturating_add(1).saturating_mul(7);
        let named = outgoing.name.map_or(0, str::len);
        let named = outgoing.id.map_or(named, |id| named.saturating_add(id.len()));
        let most = lines.saturating_add(named).saturating_add(ENVELOPE);
        to.append(written, most, |out| Ok(sse::write(out, &outgoing)?))?;
        DONE
    })
}

/// Appends a comment to a stream of events, which keeps its connection alive and means nothing.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_encode_comment(to: mcpe_target, written: Out<usize>) -> mcpe_status {
    boundary(|| {
        let written = written.required("written")?;
        to.write(written, ENVELOPE, |out| {
            sse::comment(out);
        })?;
        DONE
    })
}

/// How many bytes a message with these texts and values and that id takes at most.
fn most(texts: &[&str], values: &[Option<Raw<'_>>], id: Option<&RequestId>) -> usize {
    let texts = texts.iter().map(|text| escaped(text));
    let values = values.iter().flatten().map(|value| value.spelling().len());
    let id = id.and_then(RequestId::as_token).map_or(0, |id| id.token().len());
    texts.chain(values).fold(id.saturating_add(ENVELOPE), usize::saturating_add)
}

/// A value that must be an object where there is one.
pub fn object<'a>(value: Option<Raw<'a>>, name: &'static str) -> Result<Option<Raw<'a>>, Failure> {
    match value {
        Some(value) if value.members().is_none() => Err(Failure::Object(name)),
        value => Ok(value),
    }
}
