//! Encoding messages: envelopes from templates, payloads spliced as they are or escaped on the way.
//!
//! Every function appends one message without a line end, so that the caller can frame it (a newline, an
//! event, a body) and put many into one write. A [`Raw`] payload is copied byte for byte: a relayed message
//! keeps every digit and every unknown member.
//!
//! ```
//! use mcp_engine_proto::{Method, RequestId, encode, json::Raw};
//!
//! let mut out = Vec::new();
//! let params = Raw::parse(r#"{"name":"echo"}"#)?;
//! encode::request(&mut out, &RequestId::from(7), Method::CallTool.name(), Some(params));
//! assert_eq!(
//!     out,
//!     br#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo"}}"#,
//! );
//! # Ok::<(), mcp_engine_proto::Error>(())
//! ```

use super::RequestId;
use crate::json::{Raw, write};

/// Appends a request. A method of MCP needs no escaping, but any name is written correctly.
pub fn request(out: &mut Vec<u8>, id: &RequestId, method: &str, params: Option<Raw<'_>>) {
    open(out, id);
    out.extend_from_slice(br#","method":"#);
    method_and_params(out, method, params);
}

/// Appends the beginning of a request, up to its method.
#[inline]
pub(crate) fn open_request(out: &mut Vec<u8>, id: &RequestId, method: &str) {
    open(out, id);
    out.extend_from_slice(br#","method":"#);
    write::string(out, method);
}

/// Appends the beginning of a response, up to its result.
#[inline]
pub(crate) fn open_response(out: &mut Vec<u8>, id: &RequestId) {
    open(out, id);
    out.extend_from_slice(br#","result":"#);
}

/// Appends a notification.
pub fn notification(out: &mut Vec<u8>, method: &str, params: Option<Raw<'_>>) {
    out.extend_from_slice(br#"{"jsonrpc":"2.0","method":"#);
    method_and_params(out, method, params);
}

/// Appends a response.
pub fn response(out: &mut Vec<u8>, id: &RequestId, result: Raw<'_>) {
    open(out, id);
    out.extend_from_slice(br#","result":"#);
    out.extend_from_slice(result.spelling().as_bytes());
    out.push(b'}');
}

/// Appends a request whose parameters are appended by `params`: one JSON object.
pub fn request_with(
    out: &mut Vec<u8>,
    id: &RequestId,
    method: &str,
    params: impl FnOnce(&mut Vec<u8>),
) {
    open(out, id);
    out.extend_from_slice(br#","method":"#);
    method_and(out, method, params);
}

/// Appends a notification whose parameters are appended by `params`: one JSON object.
pub fn notification_with(out: &mut Vec<u8>, method: &str, params: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(br#"{"jsonrpc":"2.0","method":"#);
    method_and(out, method, params);
}

/// Appends a response whose result is appended by `result`: one JSON object.
pub fn response_with(out: &mut Vec<u8>, id: &RequestId, result: impl FnOnce(&mut Vec<u8>)) {
    open(out, id);
    out.extend_from_slice(br#","result":"#);
    result(out);
    out.push(b'}');
}

/// Appends an error response. Without an id none is written: the id of the request could not be read.
pub fn error(
    out: &mut Vec<u8>,
    id: Option<&RequestId>,
    code: i64,
    message: &str,
    data: Option<Raw<'_>>,
) {
    open_error(out, id);
    out.extend_from_slice(br#"{"code":"#);
    out.extend_from_slice(itoa::Buffer::new().format(code).as_bytes());
    out.extend_from_slice(br#","message":"#);
    write::string(out, message);
    if let Some(data) = data {
        out.extend_from_slice(br#","data":"#);
        out.extend_from_slice(data.spelling().as_bytes());
    }
    out.extend_from_slice(b"}}");
}

/// Appends an error response whose error is appended by `error`: one JSON object with an integer `code` and a
/// `message`. Without an id none is written.
pub fn error_with(out: &mut Vec<u8>, id: Option<&RequestId>, error: impl FnOnce(&mut Vec<u8>)) {
    open_error(out, id);
    error(out);
    out.push(b'}');
}

/// Appends the response to `tools/call` whose content is one text.
pub fn text_result(out: &mut Vec<u8>, id: &RequestId, text: &str, outcome: Outcome) {
    out.reserve(text.len().saturating_add(TEXT_ENVELOPE));
    match id.as_i64() {
        Some(id) => out.extend_from_slice(Head::text_result(id).bytes()),
        None => {
            open(out, id);
            out.extend_from_slice(TEXT_RESULT);
        }
    }
    write::escaped(out, text);
    out.extend_from_slice(match outcome {
        Outcome::Success => br#""}]}}"#,
        Outcome::Failure => br#""}],"isError":true}}"#,
    });
}

/// The beginning of a response, put together before it is appended in one step.
struct Head {
    bytes: [u8; OPEN.len() + LONGEST_INTEGER + TEXT_RESULT.len()],
    len: usize,
}

impl Head {
    #[inline]
    fn text_result(id: i64) -> Self {
        let mut head =
            Self { bytes: [0; OPEN.len() + LONGEST_INTEGER + TEXT_RESULT.len()], len: 0 };
        head.push(OPEN);
        head.push(itoa::Buffer::new().format(id).as_bytes());
        head.push(TEXT_RESULT);
        head
    }

    #[inline(always)]
    fn push(&mut self, bytes: &[u8]) {
        let end = self.len.saturating_add(bytes.len());
        if let Some(room) = self.bytes.get_mut(self.len..end) {
            room.copy_from_slice(bytes);
            self.len = end;
        }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// How a tool call went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// The tool did what was asked.
    #[default]
    Success,
    /// The tool failed and the content says why: `isError`.
    Failure,
}

/// Appends messages, each already encoded, as a batch (MCP 2025-03-26).
pub fn batch<'a>(out: &mut Vec<u8>, messages: impl IntoIterator<Item = &'a [u8]>) {
    out.push(b'[');
    for (at, message) in messages.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(message);
    }
    out.push(b']');
}

#[inline]
fn open(out: &mut Vec<u8>, id: &RequestId) {
    out.extend_from_slice(OPEN);
    id.write(out);
}

fn open_error(out: &mut Vec<u8>, id: Option<&RequestId>) {
    match id {
        Some(id) => open(out, id),
        None => out.extend_from_slice(br#"{"jsonrpc":"2.0""#),
    }
    out.extend_from_slice(br#","error":"#);
}

fn method_and_params(out: &mut Vec<u8>, method: &str, params: Option<Raw<'_>>) {
    write::string(out, method);
    if let Some(params) = params {
        out.extend_from_slice(br#","params":"#);
        out.extend_from_slice(params.spelling().as_bytes());
    }
    out.push(b'}');
}

fn method_and(out: &mut Vec<u8>, method: &str, params: impl FnOnce(&mut Vec<u8>)) {
    write::string(out, method);
    out.extend_from_slice(br#","params":"#);
    params(out);
    out.push(b'}');
}

const OPEN: &[u8; 22] = br#"{"jsonrpc":"2.0","id":"#;
const TEXT_RESULT: &[u8; 45] = br#","result":{"content":[{"type":"text","text":""#;
/// Digits of the longest `i64`, and its sign.
const LONGEST_INTEGER: usize = 20;
/// Room for the envelope of a text result, an id of 20 bytes, and some escapes.
const TEXT_ENVELOPE: usize = 128;
