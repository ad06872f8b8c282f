//! What a task ends with, and what is answered about it.

use std::sync::Arc;

use super::rule::TaskRule;
use crate::connection::{Reply, TASKS_REQUIRED};
use crate::error::PeerRule;
use crate::json::{Raw, write};
use crate::message::encode::Outcome;

/// The answer to a request about tasks. Cheap to clone: those who wait for one result share it.
#[derive(Clone, Debug)]
pub struct Answer(Body);

#[derive(Clone, Debug)]
enum Body {
    Result(Arc<str>),
    Error(Arc<ErrorText>),
    Refused(TaskRule),
}

/// A JSON-RPC error, to keep.
#[derive(Debug)]
pub(super) struct ErrorText {
    code: i64,
    message: Box<str>,
    data: Option<Box<str>>,
}

/// What a request has come to, as its plain answer would have told.
#[derive(Debug)]
pub(super) enum Ending {
    Result(String),
    Error(ErrorText),
}

impl Answer {
    /// The same as a connection takes it.
    pub fn reply(&self) -> Reply<'_> {
        match &self.0 {
            Body::Result(text) => Reply::Result(Raw::new(text)),
            Body::Error(error) => error.reply(),
            Body::Refused(rule) => Reply::Error {
                code: i64::from(rule.code()),
                message: rule.reason(),
                data: (*rule == TaskRule::CapabilityRequired).then(|| Raw::new(TASKS_REQUIRED)),
            },
        }
    }

    /// The result: an object. `None` for an error.
    pub fn result(&self) -> Option<Raw<'_>> {
        match &self.0 {
            Body::Result(text) => Some(Raw::new(text)),
            Body::Error(_) | Body::Refused(_) => None,
        }
    }

    /// The rule by which the request was refused, when it was.
    pub fn rule(&self) -> Option<TaskRule> {
        match self.0 {
            Body::Refused(rule) => Some(rule),
            Body::Result(_) | Body::Error(_) => None,
        }
    }

    pub(super) fn of_text(text: Vec<u8>) -> Self {
        Self(Body::Result(String::from_utf8(text).unwrap_or_default().into()))
    }
}

impl From<TaskRule> for Answer {
    fn from(rule: TaskRule) -> Self {
        Self(Body::Refused(rule))
    }
}

impl From<Arc<str>> for Answer {
    fn from(result: Arc<str>) -> Self {
        Self(Body::Result(result))
    }
}

impl From<Arc<ErrorText>> for Answer {
    fn from(error: Arc<ErrorText>) -> Self {
        Self(Body::Error(error))
    }
}

impl ErrorText {
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// Bytes of its text.
    pub(super) fn len(&self) -> usize {
        self.message.len().saturating_add(self.data.as_ref().map_or(0, |data| data.len()))
    }

    /// Appends it as an error object of JSON-RPC.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(br#"{"code":"#);
        out.extend_from_slice(itoa::Buffer::new().format(self.code).as_bytes());
        out.extend_from_slice(br#","message":"#);
        write::string(out, &self.message);
        if let Some(data) = &self.data {
            out.extend_from_slice(br#","data":"#);
            out.extend_from_slice(data.as_bytes());
        }
        out.push(b'}');
    }

    fn reply(&self) -> Reply<'_> {
        let data = self.data.as_deref().map(Raw::new);
        Reply::Error { code: self.code, message: &self.message, data }
    }
}

impl Ending {
    /// Reads the answer that the request would have had without a task.
    pub(super) fn of(reply: Reply<'_>) -> Result<Self, TaskRule> {
        match reply {
            Reply::Result(result) => Self::of_result(result),
            Reply::Text(text, outcome) => Ok(Self::Result(text_result(text, outcome))),
            Reply::Error { code, message, data } => Ok(Self::of_error(code, message, data)),
            Reply::Relay(message) => match (message.error(), message.result()) {
                (Some(error), _) => {
                    Ok(Self::of_error(error.code, &error.message.decode(), error.data))
                }
                (None, Some(result)) => Self::of_result(result),
                (None, None) => Err(TaskRule::Answer),
            },
            Reply::CapabilityRequired(needed) => {
                let data = needed.required();
                let rule = PeerRule::CapabilityRequired;
                Ok(Self::of_error(rule.code().into(), rule.reason(), Some(Raw::new(&data))))
            }
            Reply::InputRequired { .. } => Err(TaskRule::Answer),
        }
    }

    fn of_result(result: Raw<'_>) -> Result<Self, TaskRule> {
        let is_object = result.members().is_some();
        if is_object { Ok(Self::Result(result.spelling().into())) } else { Err(TaskRule::Answer) }
    }

    fn of_error(code: i64, message: &str, data: Option<Raw<'_>>) -> Self {
        let data = data.map(|data| data.spelling().into());
        Self::Error(ErrorText { code, message: message.into(), data })
    }

    /// Bytes of its text.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Result(text) => text.len(),
            Self::Error(error) => error.len(),
        }
    }
}

fn text_result(text: &str, outcome: Outcome) -> String {
    let mut out = br#"{"content":[{"type":"text","text":"#.to_vec();
    write::string(&mut out, text);
    out.extend_from_slice(match outcome {
        Outcome::Success => b"}]}",
        Outcome::Failure => br#"}],"isError":true}"#,
    });
    String::from_utf8(out).unwrap_or_default()
}
