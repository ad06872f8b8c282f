//! What can go wrong between an HTTP client and its server.

use std::error::Error as StdError;
use std::io;
use std::net::IpAddr;

use mcp_engine_proto as proto;
use mcp_engine_proto::http::{self, HttpLimit, RedirectError, Rejection, Status};

use super::HttpClientLimit;

/// Why a request over HTTP has failed, or could not be made. It is the source of the [`Error`](crate::Error) of the call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The URL is none of a server.
    #[error("this is no URL of a server: http or https, a host, and no user")]
    Url,
    /// A header that the application gave cannot be sent, or is not for it to give.
    #[error("the header {0} cannot be given")]
    Header(String),
    /// An `https` URL without the feature `tls`.
    #[error("https needs the cargo feature tls")]
    TlsMissing,
    /// TLS cannot be had here.
    #[error("TLS is not possible here: {0}")]
    Tls(String),
    /// The server could not be reached.
    #[error("the server could not be reached: {0}")]
    Connect(#[source] io::Error),
    /// The [`AddressPolicy`](super::AddressPolicy) does not let the client connect there.
    #[error("the policy does not allow a connection to {0}")]
    Address(IpAddr),
    /// The connection broke, or what came was not HTTP.
    #[error("the exchange with the server broke: {0}")]
    Broken(#[source] Box<dyn StdError + Send + Sync>),
    /// A limit of the client was reached.
    #[error("{0}")]
    Limit(HttpClientLimit),
    /// A rule or a limit of HTTP was broken.
    #[error("{0}")]
    Rejected(#[source] Rejection),
    /// What came, or was to be sent, is no message, or longer than the limits allow.
    #[error(transparent)]
    Message(proto::Error),
    /// The server has refused the request.
    #[error("the server answered with the status {0}{meaning}", meaning = meaning(*.0))]
    Status(Status),
    /// The server has refused the request, and said why without saying which request it means.
    #[error("the server answered with the status {status}{meaning} and the error {code}: {text}", meaning = meaning(*.status))]
    Refused {
        /// The status.
        status: Status,
        /// The JSON-RPC error code.
        code: i64,
        /// What the server says about it.
        text: String,
    },
    /// The server does not know the session any more: connect anew.
    #[error("the server does not know the session any more")]
    SessionOver,
    /// The server wants a token, or a better one.
    #[error("the server answered with the status {status}: it wants other credentials")]
    Unauthorized {
        /// 401 or 403.
        status: Status,
        /// The header `WWW-Authenticate`.
        challenge: Option<String>,
    },
    /// The [`Authorizer`](super::Authorizer) has nothing to go on with.
    #[error("no credentials could be had: {0}")]
    Authorizer(#[source] Box<dyn StdError + Send + Sync>),
    /// The server sends the client where it does not go.
    #[error("{0}")]
    Redirect(#[source] RedirectError),
    /// The stream has ended before the answer came, and cannot be resumed.
    #[error("the stream has ended without the answer{}", .0.map_or(String::new(), |limit| format!(": {}", limit.reason())))]
    Lost(Option<HttpLimit>),
    /// The stream of HTTP+SSE (MCP 2024-11-05) has ended, or has not said where messages go.
    #[error("the event stream of the server has ended")]
    StreamEnded,
}

impl HttpError {
    /// The stable kebab-case name of what was broken, for counters.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Header(_) => "header",
            Self::TlsMissing => "tls-missing",
            Self::Tls(_) => "tls",
            Self::Connect(_) => "connect",
            Self::Address(_) => "address",
            Self::Broken(_) => "broken",
            Self::Limit(limit) => limit.name(),
            Self::Rejected(rejection) => rejection.name(),
            Self::Message(error) => error.rule(),
            Self::Status(_) => "status",
            Self::Refused { .. } => "refused",
            Self::SessionOver => "session-over",
            Self::Unauthorized { .. } => "unauthorized",
            Self::Authorizer(_) => "authorizer",
            Self::Redirect(RedirectError::Limit(limit)) => limit.name(),
            Self::Redirect(_) => "redirect",
            Self::Lost(limit) => limit.map_or("lost", HttpLimit::name),
            Self::StreamEnded => "stream-ended",
        }
    }

    /// The status with which the server has refused the request, where it has.
    pub fn status(&self) -> Option<Status> {
        match self {
            Self::Status(status)
            | Self::Refused { status, .. }
            | Self::Unauthorized { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether a limit was reached: one of this side, or by its status (413, 414, 429, 431) one of the server.
    pub fn is_limit(&self) -> bool {
        match self {
            Self::Limit(limit) => !limit.is_time(),
            Self::Rejected(rejection) => matches!(rejection.cause(), http::Cause::Limit(_)),
            Self::Message(error) => error.fault() == proto::Fault::Limit,
            Self::Redirect(RedirectError::Limit(_)) => true,
            other => {
                other.status().is_some_and(|status| matches!(status.code(), 413 | 414 | 429 | 431))
            }
        }
    }

    /// Whether the time for something was up: a limit of this side, or by its status (408, 504) one of the server.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Limit(limit) => limit.is_time(),
            Self::Connect(error) => error.kind() == io::ErrorKind::TimedOut,
            other => other.status().is_some_and(|status| matches!(status.code(), 408 | 504)),
        }
    }

    /// Whether the whole conversation is over with it.
    pub(crate) fn is_end(&self) -> bool {
        matches!(self, Self::SessionOver | Self::StreamEnded)
    }

    /// What is wrong with a message, if it is that.
    pub(crate) fn message(&self) -> Option<proto::Error> {
        match self {
            Self::Message(error) => Some(*error),
            _ => None,
        }
    }

    /// Whether the same may succeed a little later.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Connect(_) | Self::Broken(_) | Self::Limit(_) => true,
            Self::Status(status) => matches!(status.code(), 408 | 429 | 500..=599),
            _ => false,
        }
    }

    pub(super) fn exchange(error: hyper::Error) -> Self {
        // The library tells it from other faults only to servers.
        if error.is_parse() && error.to_string().contains("too large") {
            return Self::Rejected(HttpLimit::HeaderBytes.into());
        }
        Self::Broken(error.into())
    }
}

impl From<HttpError> for io::Error {
    fn from(error: HttpError) -> Self {
        let kind = match &error {
            error if error.is_timeout() => io::ErrorKind::TimedOut,
            HttpError::Connect(error) => error.kind(),
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

#[cfg(feature = "tls")]
impl From<crate::tls::Unsecured> for HttpError {
    fn from(why: crate::tls::Unsecured) -> Self {
        match why {
            crate::tls::Unsecured::Name => Self::Url,
            crate::tls::Unsecured::Unavailable(why) => Self::Tls(why),
        }
    }
}

impl From<Rejection> for HttpError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<RedirectError> for HttpError {
    fn from(error: RedirectError) -> Self {
        Self::Redirect(error)
    }
}

impl From<proto::Error> for HttpError {
    fn from(error: proto::Error) -> Self {
        Self::Message(error)
    }
}

/// What a status says that a caller may do something about.
fn meaning(status: Status) -> &'static str {
    match status.code() {
        408 | 504 => " (it took too long)",
        413 => " (the message is too large for it)",
        414 => " (the URL is too long for it)",
        429 => " (there are too many requests)",
        431 => " (the headers are too large for it)",
        _ => "",
    }
}
