//! Every bound of the HTTP rules, by name.
//!
//! They stand beside [`Limits`](crate::Limits), which bound what a message may be; these bound what an endpoint keeps
//! for its peers. What a peer sends can never make these rooms hold more than the limits allow.

use super::Status;
use crate::error::rules;

/// Bounds on what one HTTP endpoint, or one HTTP client, holds and does.
///
/// ```
/// use mcp_engine_proto::http::HttpLimits;
///
/// let limits = HttpLimits { sessions: 100, ..HttpLimits::default() };
/// assert_eq!(limits.body_bytes, 4 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpLimits {
    /// Longest body of a request, in bytes. Default 4 MiB. Whoever reads the body keeps it while reading, too.
    pub body_bytes: u32,
    /// Names and values of all fields of a head together, in bytes. Default 128 KiB.
    pub header_bytes: u32,
    /// Most fields of a head. Default 128.
    pub header_fields: u32,
    /// Most sessions of the legacy era at a time. Default 10,000.
    pub sessions: u32,
    /// Most sessions of one principal at a time, where clients have to say who they are. Those who do not are no principal together, and only
    /// [`sessions`](Self::sessions) bounds them. Default 1,000.
    pub principal_sessions: u32,
    /// Longest name of a principal, in bytes. Default 1 KiB.
    pub principal_bytes: u32,
    /// How long a session that nobody uses is kept, in milliseconds. Default 30 minutes.
    pub session_idle_ms: u64,
    /// Longest session id that a client takes from a server, in bytes. Default 1 KiB.
    pub session_id_bytes: u32,
    /// Longest event id that a client sends back to a server, in bytes. Default 1 KiB.
    pub event_id_bytes: u32,
    /// Most event streams of a session, those included that are kept to be resumed. Default 256.
    pub streams: u32,
    /// Most events that a stream keeps for replay. Default 256.
    pub replay_events: u32,
    /// Most bytes of events that a stream keeps for replay. Default 256 KiB.
    pub replay_bytes: u32,
    /// Most bytes of events that all streams of a session keep for replay together. Default 1 MiB.
    pub session_replay_bytes: u32,
    /// How long a stream that has ended can still be resumed, in milliseconds. Default 5 minutes.
    pub finished_stream_ms: u64,
    /// How often a client reconnects a stream that brings nothing new. Default 8.
    pub reconnects: u32,
    /// Longest wait before a reconnection, in milliseconds, whatever a server asks for. Default 5 minutes.
    pub reconnect_wait_ms: u64,
    /// How many redirections in a row a client follows. Default 5.
    pub redirects: u32,
    /// Longest URL that a client takes from a server, in bytes. Default 8 KiB.
    pub url_bytes: u32,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            body_bytes: 4 << 20,
            header_bytes: 128 << 10,
            header_fields: 128,
            sessions: 10_000,
            principal_sessions: 1_000,
            principal_bytes: 1 << 10,
            session_idle_ms: 30 * 60 * 1_000,
            session_id_bytes: 1 << 10,
            event_id_bytes: 1 << 10,
            streams: 256,
            replay_events: 256,
            replay_bytes: 256 << 10,
            session_replay_bytes: 1 << 20,
            finished_stream_ms: 5 * 60 * 1_000,
            reconnects: 8,
            reconnect_wait_ms: 5 * 60 * 1_000,
            redirects: 5,
            url_bytes: 8 << 10,
        }
    }
}

rules! {
    /// The limits that can refuse something, by the name of their field in [`HttpLimits`].
    HttpLimit {
        BodyBytes = "body-bytes": "the body is longer than HttpLimits::body_bytes",
        HeaderBytes = "header-bytes": "the head is longer than HttpLimits::header_bytes",
        HeaderFields = "header-fields": "the head has more fields than HttpLimits::header_fields",
        Sessions = "sessions": "there are as many sessions as HttpLimits::sessions allows",
        PrincipalSessions = "principal-sessions": "the principal has as many sessions as HttpLimits::principal_sessions allows",
        PrincipalBytes = "principal-bytes": "the name of the principal is longer than HttpLimits::principal_bytes",
        SessionIdBytes = "session-id-bytes": "the session id is longer than HttpLimits::session_id_bytes",
        Streams = "streams": "the session has as many streams as HttpLimits::streams allows",
        ReplayEvents = "replay-events": "the events behind that id were more than HttpLimits::replay_events keeps",
        ReplayBytes = "replay-bytes": "the events behind that id were longer than HttpLimits::replay_bytes keeps",
        SessionReplayBytes = "session-replay-bytes": "the events behind that id were longer than HttpLimits::session_replay_bytes keeps",
        Reconnects = "reconnects": "the stream was reconnected HttpLimits::reconnects times and brought nothing new",
        Redirects = "redirects": "the request was redirected more often than HttpLimits::redirects allows",
        UrlBytes = "url-bytes": "the URL is longer than HttpLimits::url_bytes",
        EventIdBytes = "event-id-bytes": "the event id is longer than HttpLimits::event_id_bytes",
    }
}

impl HttpLimit {
    /// The status with which a server refuses what is above the limit.
    pub const fn status(self) -> Status {
        match self {
            Self::BodyBytes => Status::CONTENT_TOO_LARGE,
            Self::HeaderBytes | Self::HeaderFields => Status::HEADER_FIELDS_TOO_LARGE,
            Self::Sessions | Self::PrincipalSessions | Self::Streams => Status::UNAVAILABLE,
            _ => Status::BAD_REQUEST,
        }
    }
}
