//! What a response means for a client: an answer, or a word about the server it comes from.
//!
//! The status, the media type and the message in the body, if there is one, become one [`Verdict`]. Which error says what
//! follows the specification's rules for finding out a server's era; a client of both eras ends with the newest one that the
//! server speaks, and never takes an error of the application for an old server.

use crate::http::headers::MediaType;
use crate::http::status::{METHOD_NOT_FOUND, UNSUPPORTED_VERSION, is_modern_error};
use crate::http::{
    Field, HEADER_MISMATCH, HttpLimit, HttpLimits, HttpRule, Rejection, ResponseHead, Status,
    Versions,
};
use crate::json::Raw;
use crate::message::{Kind, MessageRef};
use crate::version::Version;

/// What was sent, as far as the meaning of the response depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sent {
    /// `server/discover`, to find out the era of the server.
    Discover,
    /// A request of the modern era.
    Request,
    /// `initialize`.
    Initialize,
    /// A request to a server of the legacy era that has opened no session.
    LegacyRequest,
    /// A request in a session.
    SessionRequest,
    /// What wants no answer, outside of a session.
    Notification,
    /// What wants no answer, in a session.
    SessionNotification,
    /// The first GET of a stream, in a session or not.
    Stream,
    /// The GET of a stream that a session had before.
    StreamAgain,
    /// The DELETE of a session.
    Close,
    /// The GET that opens HTTP+SSE (2024-11-05).
    OldStream,
    /// The POST of a message over HTTP+SSE (2024-11-05).
    OldMessage,
}

/// What a response means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The body is the answer: a response or an error response.
    Reply,
    /// The body is an event stream. Of [`Sent::Discover`], [`classify_discovery`] says what its answer means.
    Events,
    /// It was taken, and there is no answer.
    Accepted,
    /// The session is gone: `initialize` anew, without the session id.
    SessionGone,
    /// The server speaks the modern era and another version: [`choose_version`], and once more.
    ChooseVersion,
    /// The server speaks the modern era and wants other headers: read `tools/list` anew, and once more.
    CorrectHeaders,
    /// The server speaks the legacy era: go on with `initialize`.
    Initialize,
    /// The server may speak HTTP+SSE: go on with a GET that is to bring an `endpoint` event.
    HttpSse,
    /// The server wants a token, or a better one.
    Challenge,
    /// The server does not offer that: no stream, or no way to end a session.
    NotOffered,
    /// The server is elsewhere: [`redirect`](super::redirect).
    Redirect,
    /// The server has too much to do: wait as many seconds, if it says so, and once more.
    Busy {
        /// `Retry-After`, in seconds.
        retry_after_s: Option<u64>,
    },
    /// The request has failed, and the body is no message that says why.
    Failed(Status),
}

/// Says what a response means. `message` is the message in a JSON body, when there is one; the body of an event stream is
/// not read yet.
///
/// ```
/// use mcp_engine_proto::http::{ResponseHead, Sent, Status, Verdict, classify};
///
/// let head = ResponseHead::default();
/// assert_eq!(classify(Sent::Discover, Status::new(400), &head, None), Verdict::Initialize);
/// assert_eq!(classify(Sent::Initialize, Status::new(405), &head, None), Verdict::HttpSse);
/// assert_eq!(classify(Sent::SessionRequest, Status::new(404), &head, None), Verdict::SessionGone);
/// ```
pub fn classify(
    sent: Sent,
    status: Status,
    head: &ResponseHead<'_>,
    message: Option<MessageRef<'_>>,
) -> Verdict {
    let media_type = head.content_type.one().map_or(MediaType::Other, MediaType::of);
    let message = message.filter(|_| media_type == MediaType::Json && is_answer(message));
    match status.code() {
        200..=299 => success(sent, status, media_type, message),
        300..=399 => Verdict::Redirect,
        401 => Verdict::Challenge,
        403 if head.challenge.is_some() => Verdict::Challenge,
        429 | 503 => Verdict::Busy { retry_after_s: seconds(head) },
        _ => failure(sent, status, message),
    }
}

/// Says what the answer to `server/discover` means, which may have come as JSON or at the end of an event stream.
/// `status` is that of the response it came in.
pub fn classify_discovery(status: Status, answer: MessageRef<'_>) -> Verdict {
    match answer.error() {
        Some(error) if is_modern_error(error.code) => modern_error(error.code),
        Some(error) if status == Status::NOT_FOUND && error.code == METHOD_NOT_FOUND => {
            Verdict::Reply
        }
        Some(_) => Verdict::Initialize,
        // Servers that answer every method with an empty object have not understood this one.
        None => match answer.result().and_then(|result| result.get("supportedVersions")) {
            Some(_) => Verdict::Reply,
            None => Verdict::Initialize,
        },
    }
}

/// The newest version that the server has and `ours` has, from the data of a `-32022`.
///
/// A server may name the very version that was refused; to send it once more is right once, and not more often.
pub fn choose_version(error: MessageRef<'_>, ours: Versions) -> Option<Version> {
    let data = error.error().filter(|error| error.code == i64::from(UNSUPPORTED_VERSION))?.data?;
    let names = data.get("supported")?.elements()?.filter_map(Raw::string);
    let known = names.filter_map(|name| Version::from_name(&name.decode()));
    known.filter(|version| ours.contains(*version)).max()
}

/// The session that the response to `initialize` has opened, when it has.
///
/// # Errors
///
/// [`HttpLimit::SessionIdBytes`] for an id that is too long; [`HttpRule::FieldRepeated`] or [`HttpRule::FieldValue`] for
/// more than one, or one that is not visible ASCII (MCP 2025-11-25, Streamable HTTP, session management).
pub fn granted_session<'a>(
    head: &ResponseHead<'a>,
    limits: &HttpLimits,
) -> Result<Option<&'a str>, Rejection> {
    let refuse = |rule| Rejection::header_rule(rule, "Mcp-Session-Id");
    match head.session {
        Field::Absent => Ok(None),
        Field::Repeated => Err(refuse(HttpRule::FieldRepeated)),
        Field::One(id) if id.len() > limits.session_id_bytes as usize => {
            Err(HttpLimit::SessionIdBytes.into())
        }
        Field::One(id) if id.is_empty() || !id.iter().all(u8::is_ascii_graphic) => {
            Err(refuse(HttpRule::FieldValue))
        }
        Field::One(_) => Ok(head.session.text()),
    }
}

fn success(
    sent: Sent,
    status: Status,
    media_type: MediaType,
    message: Option<MessageRef<'_>>,
) -> Verdict {
    match (sent, media_type, message) {
        (Sent::Notification | Sent::SessionNotification | Sent::Close | Sent::OldMessage, ..) => {
            Verdict::Accepted
        }
        (_, MediaType::Events, _) => Verdict::Events,
        (Sent::Stream | Sent::StreamAgain | Sent::OldStream, ..) => Verdict::Failed(status),
        (Sent::Discover, _, Some(message)) => classify_discovery(status, message),
        (Sent::Discover, _, None) => Verdict::Initialize,
        (_, _, Some(_)) => Verdict::Reply,
        (_, _, None) => Verdict::Failed(status),
    }
}

fn failure(sent: Sent, status: Status, message: Option<MessageRef<'_>>) -> Verdict {
    let code = message.and_then(MessageRef::error).map(|error| error.code);
    let answers = message.is_some_and(|message| message.id().is_some());
    let modern = code.filter(|code| is_modern_error(*code));
    match (sent, modern, status.code()) {
        (Sent::Discover | Sent::Request | Sent::Initialize, Some(code), _) => modern_error(code),
        (Sent::SessionRequest | Sent::SessionNotification, _, 404) => Verdict::SessionGone,
        (Sent::StreamAgain | Sent::Close, _, 404) => Verdict::SessionGone,
        // Some servers that have sessions but no streams say 404: a session that is gone will be noticed by the next
        // message, and to begin anew for each would never end.
        (Sent::Stream, _, 404) => Verdict::NotOffered,
        (Sent::Discover, ..) => discovery_failed(status, message),
        (Sent::Request | Sent::LegacyRequest | Sent::SessionRequest, ..) if code.is_some() => {
            Verdict::Reply
        }
        // An old server that does not know the transport cannot know the id.
        (Sent::Initialize, ..) if answers => Verdict::Reply,
        (Sent::Initialize, ..) if is_not_understood(status) => Verdict::HttpSse,
        (Sent::Stream | Sent::StreamAgain | Sent::Close, _, 405 | 501) => Verdict::NotOffered,
        _ => Verdict::Failed(status),
    }
}

/// What a refused `server/discover` says: an old server, unless the answer is one that only a new one gives.
fn discovery_failed(status: Status, message: Option<MessageRef<'_>>) -> Verdict {
    match message {
        Some(message) => classify_discovery(status, message),
        None if is_not_understood(status) || matches!(status.code(), 500 | 501) => {
            Verdict::Initialize
        }
        None => Verdict::Failed(status),
    }
}

fn modern_error(code: i64) -> Verdict {
    if code == i64::from(UNSUPPORTED_VERSION) {
        Verdict::ChooseVersion
    } else if code == i64::from(HEADER_MISMATCH) {
        Verdict::CorrectHeaders
    } else {
        Verdict::Reply
    }
}

/// Whether a status may come from a server that did not understand the request, rather than one that did and would
/// not.
fn is_not_understood(status: Status) -> bool {
    !matches!(status.code(), 401 | 403 | 407 | 408 | 413 | 421 | 426 | 428 | 431 | 451)
        && (400..500).contains(&status.code())
}

fn is_answer(message: Option<MessageRef<'_>>) -> bool {
    message.is_some_and(|message| matches!(message.kind(), Kind::Response | Kind::ErrorResponse))
}

/// `Retry-After` in seconds; its other form, a date, is not read.
fn seconds(head: &ResponseHead<'_>) -> Option<u64> {
    let text = head.retry_after.text()?;
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}
