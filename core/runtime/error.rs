//! What can go wrong between an application and its peer.

use std::io;
use std::sync::Arc;

use mcp_engine_proto::connection::{Closing, Failure};
use mcp_engine_proto::{self as proto, ErrorObject, Message};

/// Why something has no result.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    #[source]
    kind: Box<Kind>,
}

#[derive(Debug, thiserror::Error)]
enum Kind {
    #[error("the connection is closed")]
    Closed,
    #[error("the task was cancelled")]
    Cancelled,
    #[error("the connection is over: {0}")]
    Ended(Closing),
    #[error("{0}")]
    Failed(Failure),
    #[error("the peer answered with the error {code}: {text}")]
    Peer { code: i64, text: String, message: Message },
    #[error(transparent)]
    Protocol(proto::Error),
    #[error(transparent)]
    Broken(Cause),
    #[error("not possible here: {0}")]
    Unsupported(&'static str),
    #[error("{what} is not what it should be: {source}")]
    Unexpected { what: &'static str, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("the input that the server needs was refused here: {0}")]
    RefusedHere(crate::client::Refusal),
    #[error("the server cannot be reached: {0}")]
    Unreachable(Box<dyn std::error::Error + Send + Sync>),
    #[error(transparent)]
    Workers(crate::workers::Error),
    #[error(transparent)]
    Transport(crate::transport::Error),
}

/// What was broken, when there is no answer because of it. Whoever waited for one gets it.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Cause {
    #[error("{0}")]
    Stream(Arc<io::Error>),
    #[error("the transport is broken: {0}")]
    Transport(Arc<io::Error>),
}

impl Error {
    /// Whether the connection was closed, by whichever side, before or after the request was sent.
    pub fn is_closed(&self) -> bool {
        let is_closed = matches!(
            *self.kind,
            Kind::Closed
                | Kind::Ended(_)
                | Kind::Failed(Failure::Closed | Failure::ClosedHere)
                | Kind::Broken(Cause::Transport(_))
        );
        #[cfg(feature = "http")]
        let is_closed = is_closed || self.http().is_some_and(crate::http_client::HttpError::is_end);
        is_closed
    }

    /// Whether the connection was closed by the application on this side, and not by the peer or the way to it.
    pub fn is_closed_here(&self) -> bool {
        matches!(*self.kind, Kind::Ended(Closing::Local) | Kind::Failed(Failure::ClosedHere))
    }

    /// Whether the time for it was up.
    pub fn is_timeout(&self) -> bool {
        let timeout = matches!(
            *self.kind,
            Kind::Failed(Failure::TimedOut) | Kind::Ended(Closing::HandshakeTimeout)
        );
        let broken = self.broken().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut);
        timeout || broken || matches!(&*self.kind, Kind::Workers(error) if error.is_timeout())
    }

    /// Whether a limit was reached, of this side or of the peer: as far as HTTP says so, by the statuses 413, 414, 429 and 431.
    pub fn is_limit(&self) -> bool {
        let of_workers = match &*self.kind {
            Kind::Workers(error) => error.is_limit(),
            _ => false,
        };
        let of_protocol = self.protocol().is_some_and(|error| error.fault() == proto::Fault::Limit);
        #[cfg(feature = "http")]
        let of_http = self.http().is_some_and(crate::http_client::HttpError::is_limit);
        #[cfg(not(feature = "http"))]
        let of_http = false;
        of_workers || of_protocol || of_http
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        match &*self.kind {
            Kind::Cancelled => true,
            Kind::Workers(error) => error.is_cancelled(),
            _ => false,
        }
    }

    /// Whether it cannot be had here at all: not in this revision, or not with this peer.
    pub fn is_unsupported(&self) -> bool {
        matches!(*self.kind, Kind::Unsupported(_))
    }

    /// Whether something that was said, by whichever side, is not what it should be.
    pub fn is_unexpected(&self) -> bool {
        matches!(*self.kind, Kind::Unexpected { .. })
    }

    /// What the application has said when it was asked for what the server needs, if that is why there is no result (MCP 2026-07-28).
    pub fn refused_here(&self) -> Option<&crate::client::Refusal> {
        match &*self.kind {
            Kind::RefusedHere(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The error that the peer has answered with, if it has.
    pub fn peer(&self) -> Option<ErrorObject<'_>> {
        match &*self.kind {
            Kind::Peer { message, .. } => message.error(),
            _ => None,
        }
    }

    /// The error of the protocol, if it is one: a rule that was broken, or a limit that was reached.
    pub fn protocol(&self) -> Option<proto::Error> {
        match *self.kind {
            Kind::Protocol(error) | Kind::Failed(Failure::Invalid(error)) => Some(error),
            #[cfg(feature = "http")]
            _ => self.http().and_then(crate::http_client::HttpError::message),
            #[cfg(not(feature = "http"))]
            _ => None,
        }
    }

    /// The code and the text of the error with which a server has refused the request, without saying which request it means (HTTP).
    pub(crate) fn refused(&self) -> Option<(i64, &str)> {
        #[cfg(feature = "http")]
        if let Some(crate::http_client::HttpError::Refused { code, text, .. }) = self.http() {
            return Some((*code, text));
        }
        None
    }

    /// What went wrong with HTTP, if it was that.
    #[cfg(feature = "http")]
    pub fn http(&self) -> Option<&crate::http_client::HttpError> {
        self.broken()?.get_ref()?.downcast_ref()
    }

    fn broken(&self) -> Option<&io::Error> {
        match &*self.kind {
            Kind::Broken(Cause::Stream(error) | Cause::Transport(error)) => Some(error),
            _ => None,
        }
    }

    pub(crate) fn cancelled() -> Self {
        Kind::Cancelled.into()
    }

    pub(crate) fn closed() -> Self {
        Kind::Closed.into()
    }

    pub(crate) fn ended(closing: Closing) -> Self {
        Kind::Ended(closing).into()
    }

    pub(crate) fn unsupported(what: &'static str) -> Self {
        Kind::Unsupported(what).into()
    }

    pub(crate) fn of_refusal(refusal: crate::client::Refusal) -> Self {
        Kind::RefusedHere(refusal).into()
    }

    pub(crate) fn unreachable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Kind::Unreachable(source.into()).into()
    }

    pub(crate) fn unexpected(
        what: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Kind::Unexpected { what, source: source.into() }.into()
    }

    /// The error of an error response.
    pub(crate) fn of_peer(message: Message) -> Self {
        let (code, text) = message
            .error()
            .map(|error| (error.code, error.message.decode().into_owned()))
            .unwrap_or_default();
        Kind::Peer { code, text, message }.into()
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self { kind: Box::new(kind) }
    }
}

impl From<proto::Error> for Error {
    fn from(error: proto::Error) -> Self {
        match error {
            proto::Error::ApiMisuse(proto::Misuse::Closed) => Kind::Closed.into(),
            error => Kind::Protocol(error).into(),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Kind::Failed(failure).into()
    }
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        Kind::Broken(cause).into()
    }
}

impl From<crate::workers::Error> for Error {
    fn from(error: crate::workers::Error) -> Self {
        Kind::Workers(error).into()
    }
}

impl From<crate::transport::Error> for Error {
    fn from(error: crate::transport::Error) -> Self {
        Kind::Transport(error).into()
    }
}
