//! Why a transport could not be opened, or has ended.

use std::io;
use std::net::SocketAddr;

/// Why a transport could not be opened, or has ended.
///
/// What goes wrong while bytes are read and written is an [`io::Error`] of the stream.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    kind: Kind,
    #[source]
    source: Option<io::Error>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Kind {
    #[error("there is no tokio runtime here")]
    NoRuntime,
    #[error("standard input and output cannot be used")]
    Stdio,
    #[error("the program {0:?} could not be started")]
    Spawn(Box<str>),
    #[error("how the child has ended cannot be known")]
    NoStatus,
    #[error("the runtime that kept the child has ended")]
    Closed,
    #[error("{0:?} is there and is no socket")]
    NotASocket(Box<str>),
    #[error("somebody listens at {0:?}")]
    InUse(Box<str>),
    #[error("{0} can be reached from other machines, which has to be allowed")]
    Reachable(SocketAddr),
    #[error("nobody can listen at {0:?}")]
    Listen(Box<str>),
    #[error("there is no way to {0:?}")]
    Connect(Box<str>),
    #[error("{0:?} has not answered within TransportLimits::connect_wait")]
    ConnectWait(Box<str>),
}

impl Error {
    /// Whether what it was asked for is over: the runtime below has ended.
    pub fn is_closed(&self) -> bool {
        matches!(self.kind, Kind::NoRuntime | Kind::Closed)
    }

    /// Whether a wait has reached its limit.
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind, Kind::ConnectWait(_))
    }

    /// Whether somebody else listens there already.
    pub fn is_in_use(&self) -> bool {
        matches!(self.kind, Kind::InUse(_))
    }

    /// What the system has said, if it was the system that refused.
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        self.source.as_ref().map(io::Error::kind)
    }

    pub(super) fn with(kind: Kind, source: impl Into<io::Error>) -> Self {
        Self { kind, source: Some(source.into()) }
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self { kind, source: None }
    }
}
