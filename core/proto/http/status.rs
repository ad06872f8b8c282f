//! Status codes and the headers of responses: which go with which answer, in each era.
//!
//! The connection or endpoint makes a JSON-RPC message; this room says how HTTP carries it. In the modern era some errors
//! have a status of their own, so that no status line may be written before the handler's first output is known; in the legacy
//! era an answer is always 200.

use core::fmt;

use crate::message::{Kind, MessageRef};
use crate::version::Era;

/// A status code of HTTP (RFC 9110, section 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Status(u16);

/// How a server sends its answer to a POST, or to a GET.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// One message, as `application/json`.
    Json,
    /// A stream of server-sent events.
    Events,
    /// No body: what was sent wants no answer.
    Nothing,
}

impl Status {
    /// 200
    pub const OK: Self = Self(200);
    /// 202: a notification or a response was taken.
    pub const ACCEPTED: Self = Self(202);
    /// 400
    pub const BAD_REQUEST: Self = Self(400);
    /// 401: the request lacks a valid token.
    pub const UNAUTHORIZED: Self = Self(401);
    /// 403
    pub const FORBIDDEN: Self = Self(403);
    /// 404
    pub const NOT_FOUND: Self = Self(404);
    /// 405
    pub const METHOD_NOT_ALLOWED: Self = Self(405);
    /// 406
    pub const NOT_ACCEPTABLE: Self = Self(406);
    /// 409
    pub const CONFLICT: Self = Self(409);
    /// 413
    pub const CONTENT_TOO_LARGE: Self = Self(413);
    /// 415
    pub const UNSUPPORTED_MEDIA_TYPE: Self = Self(415);
    /// 431
    pub const HEADER_FIELDS_TOO_LARGE: Self = Self(431);
    /// 500
    pub const INTERNAL_ERROR: Self = Self(500);
    /// 503
    pub const UNAVAILABLE: Self = Self(503);

    /// A status that was received.
    pub const fn new(code: u16) -> Self {
        Self(code)
    }

    /// The number.
    pub const fn code(self) -> u16 {
        self.0
    }

    /// Whether the request was done: 200 to 299.
    pub const fn is_success(self) -> bool {
        self.0 >= 200 && self.0 < 300
    }

    /// The status of a JSON-RPC error that answers a request which was routed.
    ///
    /// MCP 2026-07-28, Streamable HTTP: 404 for a method that is not there, 400 for a request that could not be
    /// understood or lacks a capability; every other error is an answer like any other. Legacy revisions: 200.
    pub const fn of_error(era: Era, code: i64) -> Self {
        match (era, code) {
            (Era::Modern, METHOD_NOT_FOUND) => Self::NOT_FOUND,
            (Era::Modern, PARSE_ERROR | INVALID_REQUEST) => Self::BAD_REQUEST,
            (Era::Modern, code) if is_modern_error(code) => Self::BAD_REQUEST,
            _ => Self::OK,
        }
    }

    /// The status of a message that answers a request.
    pub fn of_reply(era: Era, message: MessageRef<'_>) -> Self {
        match message.error() {
            Some(error) => Self::of_error(era, error.code),
            None => Self::OK,
        }
    }

    /// The status when a message was taken that wants no answer; `None` for a request, which wants one.
    pub const fn of_taken(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Request => None,
            Kind::Notification | Kind::Response | Kind::ErrorResponse => Some(Self::ACCEPTED),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Shows each header of a server's response, a lowercase name and a value. `session` is the id that an answer to
/// `initialize` gives out; no other response has one.
///
/// ```
/// use mcp_engine_proto::http::{Carrier, response_headers};
///
/// let mut head = String::from("HTTP/1.1 200 OK\r\n");
/// response_headers(Carrier::Json, None, |name, value| head.extend([name, ": ", value, "\r\n"]));
/// assert!(head.contains("content-type: application/json\r\n"));
/// ```
pub fn response_headers(carrier: Carrier, session: Option<&str>, mut see: impl FnMut(&str, &str)) {
    match carrier {
        Carrier::Json => see("content-type", "application/json"),
        Carrier::Events => {
            see("content-type", "text/event-stream");
            see("cache-control", "no-cache, no-transform");
            // Proxies that hold events back for larger pieces are told not to.
            see("x-accel-buffering", "no");
        }
        Carrier::Nothing => {}
    }
    if let Some(session) = session {
        see("mcp-session-id", session);
    }
}

/// Whether an error code is one by which a server shows that it speaks the modern era.
pub(super) const fn is_modern_error(code: i64) -> bool {
    code == HEADER_MISMATCH as i64
        || code == MISSING_CAPABILITY as i64
        || code == UNSUPPORTED_VERSION as i64
}

/// The headers of a request do not repeat its body (MCP 2026-07-28, error codes).
pub const HEADER_MISMATCH: i32 = -32020;
/// The client did not declare a capability that the request needs (MCP 2026-07-28, error codes).
pub const MISSING_CAPABILITY: i32 = -32021;
/// The protocol version is not served (MCP 2026-07-28, error codes).
pub const UNSUPPORTED_VERSION: i32 = -32022;

const PARSE_ERROR: i64 = -32700;
const INVALID_REQUEST: i64 = -32600;
pub(super) const METHOD_NOT_FOUND: i64 = -32601;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modern_errors_have_the_status_of_the_specification() {
        for (code, status) in [
            (-32700, 400),
            (-32600, 400),
            (-32601, 404),
            (-32602, 200),
            (-32603, 200),
            (-32020, 400),
            (-32021, 400),
            (-32022, 400),
            (-32002, 200),
            (1, 200),
        ] {
            assert_eq!(Status::of_error(Era::Modern, code).code(), status, "{code}");
        }
    }

    #[test]
    fn legacy_answers_are_always_200() {
        for code in [-32700, -32601, -32020, -32022, -32002, 5] {
            assert_eq!(Status::of_error(Era::Legacy, code), Status::OK);
        }
    }

    #[test]
    fn what_wants_no_answer_is_202() {
        for kind in Kind::ALL {
            let expected = (kind != Kind::Request).then_some(Status::ACCEPTED);
            assert_eq!(Status::of_taken(kind), expected);
        }
    }

    #[test]
    fn a_stream_is_told_apart_from_json_and_is_not_buffered() {
        let head = |carrier| {
            let mut seen = Vec::new();
            response_headers(carrier, Some("s"), |name, value| {
                seen.push(format!("{name}={value}"))
            });
            seen.join(" ")
        };
        assert_eq!(head(Carrier::Json), "content-type=application/json mcp-session-id=s");
        assert!(head(Carrier::Events).contains("x-accel-buffering=no"));
        assert_eq!(head(Carrier::Nothing), "mcp-session-id=s");
    }
}
