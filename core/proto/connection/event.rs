//! What a connection tells its application.

use core::fmt;

use super::capability::Capabilities;
use crate::error::{Error, Incompatible};
use crate::level::LoggingLevel;
use crate::message::{Message, RequestId};
use crate::version::Version;

/// Something the application has to know.
///
/// Every request of ours ends in exactly one of [`Response`](Self::Response), [`InputRequired`](Self::InputRequired) and
/// [`Failed`](Self::Failed), unless it was [cancelled](super::Connection::cancel). Every
/// [`Request`](Self::Request) of the peer wants exactly one [`respond`](super::Connection::respond), also after
/// [`Cancelled`](Self::Cancelled).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The handshake is finished: requests can be made.
    Ready(Version),
    /// The peer asks something.
    Request {
        /// The id to answer with.
        id: RequestId,
        /// The request.
        message: Message,
        /// Under which terms it was made.
        context: Context,
    },
    /// The peer says something.
    Notification {
        /// The notification.
        message: Message,
        /// Our subscription that it belongs to (MCP 2026-07-28).
        subscription: Option<RequestId>,
    },
    /// The answer to a request of ours: a result or an error.
    Response {
        /// The request.
        id: RequestId,
        /// The answer.
        message: Message,
    },
    /// The server needs input before it can answer: gather it and [`retry`](super::Connection::retry) (MCP 2026-07-28).
    InputRequired {
        /// The request, which is finished.
        id: RequestId,
        /// The result with `inputRequests` and `requestState`.
        message: Message,
    },
    /// The newest progress of a request of ours. Older ones that were not polled are dropped.
    Progress {
        /// The request.
        id: RequestId,
        /// The notification.
        message: Message,
    },
    /// A request of ours has no answer and will have none.
    Failed {
        /// The request.
        id: RequestId,
        /// Why.
        failure: Failure,
    },
    /// The peer does not want the answer to its request any more. Stop, and respond: nothing will be sent.
    Cancelled {
        /// The request.
        id: RequestId,
        /// The cancellation; `None` when the stream of the request was closed.
        message: Option<Message>,
    },
    /// Our subscription is open (MCP 2026-07-28).
    Listening {
        /// The request that opened it.
        id: RequestId,
        /// The acknowledgement, with what the server agreed to.
        message: Message,
    },
    /// Our subscription has ended.
    ListeningEnded {
        /// The request that opened it.
        id: RequestId,
        /// Why.
        ending: Ending,
    },
    /// The client wants to be told about something: watch it.
    Subscribed {
        /// The subscription (MCP 2026-07-28), or the request (earlier).
        id: RequestId,
        /// `subscriptions/listen` or `resources/subscribe`, which was answered.
        message: Message,
    },
    /// The client does not want that any more.
    Unsubscribed {
        /// As in [`Subscribed`](Self::Subscribed); the request to unsubscribe in earlier revisions.
        id: RequestId,
        /// `resources/unsubscribe`, where it was that.
        message: Option<Message>,
    },
    /// The connection is over. Nothing comes after it.
    Closed(Closing),
}

/// The terms under which a request of the peer was made: of the session, or of the request itself (MCP 2026-07-28).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The revision.
    pub version: Version,
    /// What the peer can do.
    pub capabilities: Capabilities,
    /// The mildest log messages that the client wants; `None` for none.
    pub level: Option<LoggingLevel>,
}

/// Why a request of ours has no answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Failure {
    /// It took longer than its [`Patience`](super::Patience). The peer was told that it is cancelled.
    TimedOut,
    /// The peer is gone, or the stream that it was on has ended.
    Closed,
    /// The application on this side has closed the connection.
    ClosedHere,
    /// What came as its answer is no valid one.
    Invalid(Error),
}

/// Why a subscription of ours has ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Ending {
    /// The server said so, with this message.
    Server(Message),
    /// It did not work.
    Failed(Failure),
}

/// Why a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Closing {
    /// The application closed it.
    Local,
    /// The peer is gone.
    Peer,
    /// The two sides have nothing in common.
    Incompatible(Incompatible),
    /// The handshake was not answered in time.
    HandshakeTimeout,
    /// The peer answered the handshake with an error, or not as MCP asks.
    HandshakeRefused,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("the request timed out"),
            Self::Closed => f.write_str("the connection was closed before the answer came"),
            Self::ClosedHere => {
                f.write_str("the connection was closed by the application before the answer came")
            }
            Self::Invalid(error) => write!(f, "the answer was not valid: {error}"),
        }
    }
}

impl fmt::Display for Closing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("closed by the application"),
            Self::Peer => f.write_str("closed by the peer"),
            Self::Incompatible(why) => write!(f, "the sides are incompatible: {why}"),
            Self::HandshakeTimeout => f.write_str("the handshake was not answered in time"),
            Self::HandshakeRefused => f.write_str("the handshake was refused"),
        }
    }
}
