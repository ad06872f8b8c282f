//! The modern era over HTTP: every request in a POST of its own, and nothing remembered between two.
//!
//! An [`Endpoint`] is what all requests to a server share, and it does not change. A request that it accepts becomes an [`Exchange`],
//! which knows how to answer it, or a [`Listening`], which says what has changed. On the side of the client, a [`Cache`] keeps
//! results as long as the server allows.
//!
//! ```
//! use mcp_engine_proto::connection::{Config, Reply};
//! use mcp_engine_proto::encode::Outcome;
//! use mcp_engine_proto::endpoint::{Accepted, Endpoint};
//! use mcp_engine_proto::{BodyDecoder, json::Raw};
//!
//! let config = Config::server("echo", "1.0").capabilities(Raw::parse(r#"{"tools":{}}"#)?);
//! let mut endpoint = Endpoint::new(config)?;
//! let mut body = BodyDecoder::default();
//! body.feed(br#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","_meta":{
//!     "io.modelcontextprotocol/protocolVersion":"2026-07-28",
//!     "io.modelcontextprotocol/clientCapabilities":{}}}}"#)?;
//! body.end();
//! let message = body.poll().unwrap()?;
//!
//! let mut reply = Vec::new();
//! let Accepted::Exchange(mut exchange) = endpoint.accept(message, &mut reply) else { panic!() };
//! exchange.respond(Reply::Text("hello", Outcome::Success), &mut reply)?;
//! assert!(reply.starts_with(br#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete""#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cache;
mod exchange;
mod listening;

pub use cache::{Cache, CacheLimits};
pub use exchange::{Answer, Exchange};
pub use listening::{Listeners, Listening};

use std::sync::Arc;

use crate::connection::{Config, Context, Filter};
use crate::connection::{Front, Remembered, echoed, terms};
use crate::error::{Error, Misuse, PeerRule};
use crate::json::Raw;
use crate::message::{Kind, Message, Method, encode};
use crate::room;
use crate::version::{Era, Role};

/// A server in the modern era: judges requests one by one. Clones share the configuration; give each connection or thread its own.
#[derive(Clone, Debug)]
pub struct Endpoint {
    front: Arc<Front>,
    remembered: Remembered,
}

/// What became of a message.
#[derive(Debug)]
#[non_exhaustive]
pub enum Accepted {
    /// A request for the application.
    Exchange(Exchange),
    /// A request to be told about changes. Its stream stays open.
    Listening(Listening),
    /// A notification, which needs no answer.
    Notification(Message),
    /// A request that was answered or refused here: the answer was appended.
    Answered(Answer),
    /// Something that a client must not send: a response, or a notification of the wrong side.
    Refused(Error),
}

impl Endpoint {
    /// An endpoint with that configuration. Revisions of the legacy era are left out of account.
    ///
    /// # Errors
    ///
    /// [`Misuse::WrongRole`] for the configuration of a client; [`Misuse::NoVersion`] when it speaks no modern revision.
    pub fn new(config: Config) -> Result<Self, Error> {
        if config.role != Role::Server {
            return Err(Error::ApiMisuse(Misuse::WrongRole));
        }
        if config.newest(|version| version.era() == Era::Modern).is_none() {
            return Err(Error::ApiMisuse(Misuse::NoVersion));
        }
        let front = Arc::new(Front::new(config));
        Ok(Self { front, remembered: Remembered::default() })
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.front.config
    }

    /// Takes in the message of a POST. What it is answered with at once is appended to `out`.
    pub fn accept(&mut self, message: Message, out: &mut Vec<u8>) -> Accepted {
        match message.kind() {
            Kind::Request => self.accept_request(message, out),
            Kind::Notification if self.may_notify(&message) => Accepted::Notification(message),
            Kind::Notification | Kind::Response | Kind::ErrorResponse => {
                let offset = message.index().base;
                Accepted::Refused(Error::PeerMisbehaved { rule: PeerRule::MethodNotHere, offset })
            }
        }
    }

    fn accept_request(&mut self, message: Message, out: &mut Vec<u8>) -> Accepted {
        let context = match self.judge(&message) {
            Ok(context) => context,
            Err(rule) => return self.refuse(&message, rule, out),
        };
        match message.method() {
            Some(Method::Discover) => {
                let result = terms::discover_result(&self.front.config, context.version);
                let mut exchange = Exchange::new(Arc::clone(&self.front), message, context);
                let reply = crate::connection::Reply::Result(Raw::new(&result));
                match exchange.respond(reply, out) {
                    Ok(answer) => Accepted::Answered(answer),
                    Err(error) => Accepted::Refused(error),
                }
            }
            Some(Method::Listen) => self.listen(message, context, out),
            _ => Accepted::Exchange(Exchange::new(Arc::clone(&self.front), message, context)),
        }
    }

    fn judge(&mut self, message: &Message) -> Result<Context, PeerRule> {
        let Front { config, templates } = &*self.front;
        let context = terms::modern(config, message, &mut self.remembered)?;
        terms::admit(config, templates, message, context)?;
        Ok(context)
    }

    fn refuse(&self, message: &Message, rule: PeerRule, out: &mut Vec<u8>) -> Accepted {
        if let Err(error) = room::behind(out, echoed(message).saturating_add(room::ENVELOPE)) {
            return Accepted::Refused(error);
        }
        terms::write_refusal(out, &self.front.config, message, rule);
        Accepted::Answered(Answer { code: Some(i64::from(rule.code())) })
    }

    fn listen(&self, message: Message, context: Context, out: &mut Vec<u8>) -> Accepted {
        let wanted = message.params().and_then(|params| params.get("notifications"));
        let Some(wanted) = wanted.filter(|wanted| wanted.members().is_some()) else {
            return self.refuse(&message, PeerRule::ListenParams, out);
        };
        let offered = self.front.templates.offered(context.version);
        match Filter::read(wanted, offered, &self.front.config.limits) {
            Ok(filter) => Accepted::Listening(Listening::new(message, filter)),
            Err(limit) => {
                let error = Error::LimitExceeded { limit, offset: message.index().base };
                let (id, code) = (message.id().map(|id| id.to_owned()), i64::from(error.code()));
                encode::error(out, id.as_ref(), code, error.reason(), None);
                Accepted::Answered(Answer { code: Some(code) })
            }
        }
    }

    fn may_notify(&self, message: &Message) -> bool {
        let newest = self.front.config.newest(|version| version.era() == Era::Modern);
        match (message.method(), newest) {
            (Some(method), Some(version)) => version.allows(method, Role::Client),
            _ => false,
        }
    }
}
