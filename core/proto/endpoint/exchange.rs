//! One request of a modern client, and what is said in return.

use std::sync::Arc;

use super::Front;
use crate::connection::{
    Capabilities, Context, Delivery, LoggingLevel, Reply, Report, extension, most, reply, write_log,
};
use crate::error::{Error, Incompatible, Misuse};
use crate::json::Raw;
use crate::message::{Message, Method, RequestId, encode};
use crate::room;
use crate::version::Role;

/// One request and its reply stream. Everything is appended to the caller's memory as one message each; how messages are put on
/// the wire (a body, events) is up to the caller. To drop an exchange is to stop caring: nothing else knows of it.
#[derive(Debug)]
pub struct Exchange {
    front: Arc<Front>,
    message: Message,
    id: RequestId,
    context: Context,
    progress: f64,
    state: State,
}

/// Whether the request was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Answered,
}

/// What a request was answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The code of the error, when it was one: the status of an HTTP reply depends on it.
    pub code: Option<i64>,
}

impl Exchange {
    pub(super) fn new(front: Arc<Front>, message: Message, context: Context) -> Self {
        let id = message.id().map_or_else(|| 0.into(), |id| id.to_owned());
        Self { front, message, id, context, progress: f64::NEG_INFINITY, state: State::Open }
    }

    /// The request.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// The id of the request.
    pub fn id(&self) -> &RequestId {
        &self.id
    }

    /// Under which terms it was made.
    pub fn context(&self) -> Context {
        self.context
    }

    /// The settings that the client has declared in this request for an extension which the server has declared too: an object.
    ///
    /// # Errors
    ///
    /// As for [`Connection::extension`](crate::connection::Connection::extension).
    pub fn extension(&self, name: &str) -> Result<Raw<'_>, Error> {
        extension::spoken(self.front.config.declared(), extension::declared(&self.message), name)
    }

    /// Appends how far it is.
    ///
    /// # Errors
    ///
    /// [`Misuse::ProgressValue`] when `value` is not finite or does not increase; [`Misuse::UnknownRequest`] after the answer.
    pub fn progress(
        &mut self,
        value: f64,
        total: Option<f64>,
        message: Option<&str>,
        out: &mut Vec<u8>,
    ) -> Result<Delivery, Error> {
        self.is_open()?;
        if !value.is_finite() || value <= self.progress || !total.is_none_or(f64::is_finite) {
            return Err(Error::ApiMisuse(Misuse::ProgressValue));
        }
        let Some(token) = self.message.token().map(|token| token.to_owned()) else {
            self.progress = value;
            return Ok(Delivery::Dropped);
        };
        let message = message.unwrap_or_default();
        room::behind(out, most(&[message], None).saturating_add(token.most()))?;
        let message = room::copy(message)?.into();
        self.progress = value;
        let report = Report { value, total, message, waits: false };
        reply::write_progress(out, Some(&token), &report);
        Ok(Delivery::Queued)
    }

    /// Appends a log message, if the request asks for those of that level.
    ///
    /// # Errors
    ///
    /// [`Misuse::NotOffered`] without the capability `logging`; [`Misuse::UnknownRequest`] after the answer.
    pub fn log(
        &mut self,
        level: LoggingLevel,
        logger: Option<&str>,
        content: Raw<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Delivery, Error> {
        self.is_open()?;
        if !self.front.templates.offered(self.context.version).has(Capabilities::LOGGING) {
            return Err(Error::ApiMisuse(Misuse::NotOffered));
        }
        if self.context.level.is_none_or(|wanted| level < wanted) {
            return Ok(Delivery::Dropped);
        }
        room::behind(out, most(&[logger.unwrap_or_default()], Some(content)))?;
        write_log(out, level, logger, content);
        Ok(Delivery::Queued)
    }

    /// Appends another notification that belongs to the request.
    ///
    /// # Errors
    ///
    /// [`Error::PeerIncompatible`] when a server may not send it; [`Misuse::NotAnObject`]; [`Misuse::UnknownRequest`] after
    /// the answer.
    pub fn notify(
        &mut self,
        method: &str,
        params: Option<Raw<'_>>,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        self.is_open()?;
        let known = Method::from_name(method);
        if known.is_some_and(|known| !self.context.version.allows(known, Role::Server)) {
            return Err(Error::PeerIncompatible(Incompatible::MethodOfVersion));
        }
        if params.is_some_and(|params| params.members().is_none()) {
            return Err(Error::ApiMisuse(Misuse::NotAnObject));
        }
        room::behind(out, most(&[method], params))?;
        encode::notification(out, method, params);
        Ok(())
    }

    /// Appends the answer, which is the last that is said.
    ///
    /// # Errors
    ///
    /// [`Misuse::NotAnObject`] and [`Error::PeerIncompatible`] when the revision or the client does not allow this answer: the request
    /// still wants one. [`Misuse::UnknownRequest`] when it was answered.
    pub fn respond(&mut self, reply: Reply<'_>, out: &mut Vec<u8>) -> Result<Answer, Error> {
        self.is_open()?;
        let (method, version) = (self.message.method(), self.context.version);
        reply::check(&reply, method, self.context)?;
        room::behind(out, reply::most(&reply, &self.id, &self.front.templates))?;
        reply::write(out, &self.id, reply, method, version, &self.front.templates);
        self.state = State::Answered;
        Ok(Answer { code: reply::code(&reply, version) })
    }

    fn is_open(&self) -> Result<(), Error> {
        match self.state {
            State::Open => Ok(()),
            State::Answered => Err(Error::ApiMisuse(Misuse::UnknownRequest)),
        }
    }
}
