//! What a handler answers with, and the ways in which it can.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;

use mcp_engine_proto::connection::{Capabilities, Reply};
use mcp_engine_proto::encode::Outcome;
use mcp_engine_proto::model::{Json, JsonObject};
use mcp_engine_proto::{Error, Message};

use crate::host::Share;

/// An answer that a handler has in its hands: the form of [`Reply`] that may own what it says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Answer<'a> {
    /// A result.
    Result(JsonObject<'a>),
    /// The result of a tool whose content is one text.
    Text(Cow<'a, str>, Outcome),
    /// The result or the error of that message, as it is.
    Relay(Box<Message>),
    /// An error.
    Error {
        /// The code of JSON-RPC or of MCP.
        code: i64,
        /// One sentence for people.
        message: Cow<'a, str>,
        /// More for programs.
        data: Option<Json<'a>>,
    },
    /// The client would have to declare these capabilities for it (MCP 2026-07-28, error codes).
    CapabilityRequired(Capabilities),
    /// Input is needed first (MCP 2026-07-28, multi round-trip requests).
    InputRequired {
        /// A request for each key.
        requests: Option<JsonObject<'a>>,
        /// What the client has to bring back as it is.
        state: Option<Cow<'a, str>>,
    },
}

impl<'a> Answer<'a> {
    /// An error without data.
    ///
    /// ```
    /// use mcp_engine_runtime::Answer;
    ///
    /// assert!(matches!(Answer::error(-32602, "no"), Answer::Error { code: -32602, .. }));
    /// ```
    pub fn error(code: i64, message: impl Into<Cow<'a, str>>) -> Self {
        Self::Error { code, message: message.into(), data: None }
    }

    /// A text of a tool that did what it was asked for.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into(), Outcome::Success)
    }

    /// A text of a tool that failed. The model reads it and may try again.
    pub fn failure(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into(), Outcome::Failure)
    }

    /// The same with everything owned.
    pub fn into_owned(self) -> Answer<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Self::Result(result) => Answer::Result(result.into_owned()),
            Self::Text(text, outcome) => Answer::Text(own(text), outcome),
            Self::Relay(message) => Answer::Relay(message),
            Self::Error { code, message, data } => {
                Answer::Error { code, message: own(message), data: data.map(Json::into_owned) }
            }
            Self::CapabilityRequired(capabilities) => Answer::CapabilityRequired(capabilities),
            Self::InputRequired { requests, state } => {
                let requests = requests.map(JsonObject::into_owned);
                Answer::InputRequired { requests, state: state.map(own) }
            }
        }
    }

    /// What a reply says, owned.
    pub(crate) fn of(reply: Reply<'_>) -> Answer<'static> {
        let object = |raw| JsonObject::read(raw).map(JsonObject::into_owned).ok();
        match reply {
            Reply::Result(result) => match object(result) {
                Some(result) => Answer::Result(result),
                None => Answer::error(INTERNAL_ERROR, "the result is no object"),
            },
            Reply::Relay(message) => Answer::Relay(Box::new(message.clone())),
            Reply::Text(text, outcome) => Answer::Text(text.to_owned().into(), outcome),
            Reply::Error { code, message, data } => Answer::Error {
                code,
                message: message.to_owned().into(),
                data: data.map(|data| Json::from(data).into_owned()),
            },
            Reply::CapabilityRequired(capabilities) => Answer::CapabilityRequired(capabilities),
            Reply::InputRequired { requests, state } => Answer::InputRequired {
                requests: requests.and_then(object),
                state: state.map(|state| state.to_owned().into()),
            },
        }
    }

    /// The same as a reply, which borrows from it.
    pub fn as_reply(&self) -> Reply<'_> {
        match self {
            Self::Result(result) => Reply::Result(result.raw()),
            Self::Text(text, outcome) => Reply::Text(text, *outcome),
            Self::Relay(message) => Reply::Relay(message),
            Self::Error { code, message, data } => {
                Reply::Error { code: *code, message, data: data.as_ref().map(Json::raw) }
            }
            Self::CapabilityRequired(capabilities) => Reply::CapabilityRequired(*capabilities),
            Self::InputRequired { requests, state } => Reply::InputRequired {
                requests: requests.as_ref().map(JsonObject::raw),
                state: state.as_deref(),
            },
        }
    }
}

/// Where a handler puts its answer. It is used up by that, so that there is one and not two.
pub struct Responder<'a> {
    respond: &'a mut dyn FnMut(Reply<'_>) -> Result<(), Error>,
}

/// That a request is taken care of: what a [`Responder`] gives out.
#[must_use = "a request wants its answer"]
#[derive(Debug)]
pub struct Served(pub(crate) Care);

/// How a request is taken care of.
pub(crate) enum Care {
    /// It was answered.
    Answered,
    /// A future will.
    Later(Share, Later),
    /// A function will, which blocks its thread.
    Blocking(Share, Blocking),
}

pub(crate) type Later = Pin<Box<dyn Future<Output = Answer<'static>> + Send>>;
pub(crate) type Blocking = Box<dyn FnOnce() -> Answer<'static> + Send>;

impl<'a> Responder<'a> {
    pub(crate) fn new(respond: &'a mut dyn FnMut(Reply<'_>) -> Result<(), Error>) -> Self {
        Self { respond }
    }

    /// Answers here and now. An answer that the revision does not allow becomes an internal error.
    pub fn send(self, reply: Reply<'_>) -> Served {
        if (self.respond)(reply).is_err() {
            // Whether it can be sent is up to the connection now: it may be closed, or full.
            let _ = (self.respond)(Reply::error(INTERNAL_ERROR, "the answer is not allowed here"));
        }
        Served(Care::Answered)
    }

    /// Answers here and now.
    pub fn answer(self, answer: &Answer<'_>) -> Served {
        self.send(answer.as_reply())
    }

    /// Leaves the answer to a future, which is dropped when nobody wants the answer any more. It starts when it has a permit.
    pub fn later(self, answer: impl Future<Output = Answer<'static>> + Send + 'static) -> Served {
        Served(Care::Later(Share::Own, Box::pin(answer)))
    }

    /// Leaves the answer to a function that may block, on a thread for that.
    pub fn blocking(self, answer: impl FnOnce() -> Answer<'static> + Send + 'static) -> Served {
        Served(Care::Blocking(Share::Own, Box::new(answer)))
    }
}

impl Served {
    /// Counts what is still to be done against another share than that of the connection.
    pub(crate) fn under(self, share: Share) -> Self {
        Self(match self.0 {
            Care::Answered => Care::Answered,
            Care::Later(_, later) => Care::Later(share, later),
            Care::Blocking(_, blocking) => Care::Blocking(share, blocking),
        })
    }
}

impl fmt::Debug for Responder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder").finish_non_exhaustive()
    }
}

impl fmt::Debug for Care {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answered => "Answered",
            Self::Later(..) => "Later",
            Self::Blocking(..) => "Blocking",
        })
    }
}

/// JSON-RPC 2.0: internal error.
pub(crate) const INTERNAL_ERROR: i64 = -32603;
