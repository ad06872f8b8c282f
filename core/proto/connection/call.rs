//! What an application asks a connection to send.

use super::capability::Capabilities;
use super::pending::Patience;
use crate::json::Raw;
use crate::level::LoggingLevel;
use crate::message::encode::Outcome;
use crate::message::{Message, Method, RequestId};

/// A request of ours.
///
/// ```
/// use mcp_engine_proto::{Method, connection::Call, json::Raw};
///
/// let params = Raw::parse(r#"{"name":"echo","arguments":{"text":"hi"}}"#)?;
/// let call = Call::new(Method::CallTool).params(params).with_progress();
/// # let _ = call;
/// # Ok::<(), mcp_engine_proto::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    pub(super) name: &'a str,
    pub(super) method: Option<Method>,
    pub(super) params: Option<Raw<'a>>,
    pub(super) reports: Reports,
    pub(super) patience: Option<Patience>,
    pub(super) level: Option<LoggingLevel>,
    pub(super) related: Option<&'a RequestId>,
}

/// Whether a request asks for progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reports {
    Wanted,
    Unwanted,
}

impl<'a> Call<'a> {
    /// A request for a method of MCP, without parameters.
    pub fn new(method: Method) -> Self {
        Self { method: Some(method), ..Self::named(method.name()) }
    }

    /// A request for a method of that name, known or not, without parameters.
    pub fn named(name: &'a str) -> Self {
        Self {
            name,
            method: Method::from_name(name),
            params: None,
            reports: Reports::Unwanted,
            patience: None,
            level: None,
            related: None,
        }
    }

    /// With these parameters: an object. Members of its `_meta` are kept, but for those that the connection writes itself.
    #[must_use]
    pub fn params(self, params: Raw<'a>) -> Self {
        Self { params: Some(params), ..self }
    }

    /// The parameters that it has.
    pub fn given_params(&self) -> Option<Raw<'a>> {
        self.params
    }

    /// Asks for progress.
    #[must_use]
    pub fn with_progress(self) -> Self {
        Self { reports: Reports::Wanted, ..self }
    }

    /// Waits this long, instead of as the [`Config`](super::Config) says.
    #[must_use]
    pub fn patience(self, patience: Patience) -> Self {
        Self { patience: Some(patience), ..self }
    }

    /// Asks for log messages of this severity and above, while the request lasts (MCP 2026-07-28). Earlier revisions ask for
    /// the session, with `logging/setLevel`.
    #[must_use]
    pub fn level(self, level: LoggingLevel) -> Self {
        Self { level: Some(level), ..self }
    }

    /// Is made while that request of the peer is served, and travels on its stream.
    #[must_use]
    pub fn related(self, request: &'a RequestId) -> Self {
        Self { related: Some(request), ..self }
    }
}

/// The answer to a request of the peer.
#[derive(Clone, Copy, Debug)]
pub enum Reply<'a> {
    /// A result: an object. What the revision of the request asks for in every result is added where it lacks, and what the
    /// revision does not know is left out.
    Result(Raw<'a>),
    /// The result or the error of that message, as a proxy passes it on. Large ones are shared and not copied.
    Relay(&'a Message),
    /// The result of a tool whose content is one text.
    Text(&'a str, Outcome),
    /// An error.
    Error {
        /// The code of JSON-RPC or of MCP.
        code: i64,
        /// One sentence for people.
        message: &'a str,
        /// More for programs.
        data: Option<Raw<'a>>,
    },
    /// The client would have to declare these capabilities for it (MCP 2026-07-28, error codes).
    CapabilityRequired(Capabilities),
    /// Input is needed first (MCP 2026-07-28). At least one of the two must be there.
    InputRequired {
        /// An object with a request (`method`, `params`) for each key.
        requests: Option<Raw<'a>>,
        /// What the client has to bring back as it is. It passes through hands that are not trusted: see
        /// [`StateKey`](crate::state::StateKey).
        state: Option<&'a str>,
    },
}

impl<'a> Reply<'a> {
    /// An error without data.
    pub fn error(code: i64, message: &'a str) -> Self {
        Self::Error { code, message, data: None }
    }
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It will be sent.
    Queued,
    /// The peer does not want it any more, and it was dropped.
    Dropped,
}
