//! The peer's requests: letting them in, and answering them.

use super::call::{Delivery, Reply};
use super::config::{SessionRequests, Topology};
use super::event::{Context, Event};
use super::incoming::{Fate, Report, Served};
use super::outbox::{Fin, SHARED};
use super::server::{Refusal, is_of_session, own_id};
use super::trace::Trace;
use super::{Capabilities, Connection, State, StreamId, refused, reply, splice, terms};
use crate::Now;
use crate::error::{Error, Misuse, PeerRule};
use crate::json::Raw;
use crate::limits::Limit;
use crate::message::{Kind, Message, Method, RequestId, encode};
use crate::room;
use crate::version::{Era, Role, Version};

impl Connection {
    #[inline]
    pub(super) fn receive_request(
        &mut self,
        from: StreamId,
        message: Message,
        _now: Now,
    ) -> Result<(), Error> {
        let terms = self.terms(&message);
        if let Terms::Ignored(rule) = terms {
            return Err(refused(rule, &message));
        }
        // Before anything else is refused: no refusal may carry the id of another request.
        if message.id().is_some_and(|id| self.is_in_flight(id)) {
            return self.refuse_request(from, &message, PeerRule::IdInFlight);
        }
        let context = match terms {
            Terms::Of(context) => context,
            Terms::Handshake => return self.answer_initialize(from, &message),
            Terms::Refused(rule) | Terms::Ignored(rule) => {
                return self.refuse_request(from, &message, rule);
            }
        };
        if let Err(rule) =
            terms::admit(&self.front.config, &self.front.templates, &message, context)
        {
            return self.refuse_request(from, &message, rule);
        }
        let is_delivered = self.front.config.session_requests == SessionRequests::Deliver
            && message.method().is_some_and(is_of_session);
        if !is_delivered && self.answer_itself(from, &message, context)? {
            return Ok(());
        }
        if self.incoming.len() >= self.front.config.limits.peer_requests as usize {
            return self.refuse_for_limit(from, &message, Limit::PeerRequests);
        }
        // The token is kept as long as the request, like its id.
        if message.index().token.len > self.front.config.limits.id_bytes {
            return self.refuse_for_limit(from, &message, Limit::IdBytes);
        }
        let subscribes = match is_delivered {
            true => match self.take_effect(&message) {
                Ok(subscribes) => subscribes,
                Err(Refusal::Rule(rule)) => return self.refuse_request(from, &message, rule),
                Err(Refusal::Limit(limit)) => return self.refuse_for_limit(from, &message, limit),
            },
            false => None,
        };
        let id = own_id(&message);
        self.incoming.insert(Served {
            id: id.clone(),
            method: message.method(),
            stream: from,
            context,
            fate: Fate::Wanted,
            token: message.token().map(|token| token.to_owned()),
            progress: Report::default(),
            batch: self.batches.join(),
            subscribes,
            trace: Trace::served(&id, message.method(), context.version),
        });
        self.events.push(Event::Request { id, message, context });
        Ok(())
    }

    /// Answers a request of the peer.
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownRequest`] when there is none of that id, or it was answered; [`Misuse::NotAnObject`] and
    /// [`Error::PeerIncompatible`] when the revision or the client does not allow this answer; [`Limit::Outbox`] when too much waits
    /// to be sent. The request still wants its answer then, but after the first.
    #[inline]
    pub fn respond(
        &mut self,
        id: &RequestId,
        reply: Reply<'_>,
        _now: Now,
    ) -> Result<Delivery, Error> {
        let unknown = Error::ApiMisuse(Misuse::UnknownRequest);
        let (_, served) = self.incoming.find(id).ok_or(unknown)?;
        if served.fate == Fate::Cancelled {
            served.trace.end("cancelled");
            let served = self.incoming.remove(id);
            self.give_up(served.and_then(|served| served.subscribes));
            return Ok(Delivery::Dropped);
        }
        let (context, method) = (served.context, served.method);
        let (stream, batch, waits) = (served.stream, served.batch, served.progress.waits);
        reply::check(&reply, method, context)?;
        if waits {
            self.flush_progress();
        }
        let is_error = reply::code(&reply, context.version).is_some();
        let (stream, fin) = self.route_of_answer(stream, Some(id));
        match reply {
            Reply::Relay(message) if batch.is_none() && is_large(message) => {
                self.relay(id, message, method, context.version, stream, fin)?;
            }
            reply => {
                let is_line = reply::is_line(&reply);
                let templates = &self.front.templates;
                let most = reply::most(&reply, id, templates);
                let encode = |out: &mut Vec<u8>| {
                    reply::write(out, id, reply, method, context.version, templates);
                };
                match batch {
                    Some(batch) => self.batches.push(batch, &mut self.outbox, most, encode)?,
                    None if is_line => self.outbox.push_line(stream, fin, most, encode)?,
                    None => self.outbox.push(stream, fin, most, encode)?,
                }
            }
        }
        if let Some(served) = self.incoming.remove(id) {
            served.trace.end("answered");
            self.give_up(served.subscribes.filter(|_| is_error));
        }
        self.finish_batch(batch);
        Ok(Delivery::Queued)
    }

    /// Whether the peer waits for the answer to a request of its own: it was neither answered nor cancelled.
    pub fn is_wanted(&self, id: &RequestId) -> bool {
        self.incoming.get(id).is_some_and(|served| served.fate == Fate::Wanted)
    }

    /// The stream on which a request of the peer is answered, as long as its answer is wanted.
    pub fn stream_of(&self, id: &RequestId) -> Option<StreamId> {
        let served = self.incoming.get(id).filter(|served| served.fate == Fate::Wanted);
        served.map(|served| served.stream)
    }

    /// Tells how far a request of the peer is. What was told before and not sent yet is replaced.
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownRequest`] when there is none of that id; [`Misuse::ProgressValue`] when `value` is not finite or does not
    /// increase.
    pub fn progress(
        &mut self,
        id: &RequestId,
        value: f64,
        total: Option<f64>,
        message: Option<&str>,
    ) -> Result<Delivery, Error> {
        let unknown = Error::ApiMisuse(Misuse::UnknownRequest);
        let (_, served) = self.incoming.find(id).ok_or(unknown)?;
        let is_wanted = served.fate == Fate::Wanted && served.token.is_some();
        let report = &mut served.progress;
        if !value.is_finite() || value <= report.value || !total.is_none_or(f64::is_finite) {
            return Err(Error::ApiMisuse(Misuse::ProgressValue));
        }
        // The first revision has no message of progress.
        let has_message = served.context.version > Version::V2024_11_05;
        let message = message.filter(|_| has_message).unwrap_or_default();
        let more = message.len().saturating_sub(report.message.len());
        report.message.try_reserve(more).map_err(|_| room::REFUSED)?;
        self.incoming.reserve_mark()?;
        let Some((slot, served)) = self.incoming.find(id) else { return Err(unknown) };
        let report = &mut served.progress;
        (report.value, report.total) = (value, total);
        report.message.clear();
        report.message.push_str(message);
        if !is_wanted {
            return Ok(Delivery::Dropped);
        }
        self.incoming.mark(slot);
        Ok(Delivery::Queued)
    }

    /// Queues the newest progress of every request that has made some.
    #[inline]
    pub(super) fn flush_progress(&mut self) {
        let is_client = self.front.config.role == Role::Client;
        while let Some(served) = self.incoming.take_report() {
            if served.fate == Fate::Cancelled {
                continue;
            }
            let duplex = self.front.config.topology == Topology::Duplex;
            let (stream, fin) = match (duplex, is_client) {
                (false, true) => (StreamId::OWN, Fin::End),
                _ => (served.stream, Fin::Open),
            };
            // Without room this report is lost; the next one says more.
            let token = served.token.as_ref().map_or(0, RequestId::most);
            let most = room::escaped(&served.progress.message).saturating_add(token);
            let most = most.saturating_add(room::ENVELOPE);
            let _ = self.outbox.push(stream, fin, most, |out| {
                reply::write_progress(out, served.token.as_ref(), &served.progress)
            });
        }
    }

    /// Under which terms a request was made.
    #[inline]
    fn terms(&mut self, message: &Message) -> Terms {
        if self.front.config.role == Role::Client {
            return self.terms_of_server(message);
        }
        if message.as_ref().protocol_version().is_some() {
            if self.batches.is_open() {
                return Terms::Refused(PeerRule::BatchNotAllowed);
            }
            return match terms::modern(&self.front.config, message, &mut self.remembered) {
                Ok(context) => Terms::Of(context),
                Err(rule) => Terms::Refused(rule),
            };
        }
        if message.method() == Some(Method::Initialize) {
            let is_in_batch = self.batches.is_open();
            return if is_in_batch {
                Terms::Refused(PeerRule::InitializeInBatch)
            } else {
                Terms::Handshake
            };
        }
        match &self.state {
            State::Open(peer) => Terms::Of(peer.context()),
            _ => self.terms_before_handshake(message),
        }
    }

    fn terms_before_handshake(&self, message: &Message) -> Terms {
        match self.front.config.newest(|version| version.era() == Era::Legacy) {
            None => Terms::Refused(PeerRule::VersionMeta),
            Some(version) if message.method() == Some(Method::Ping) => {
                Terms::Of(Context { version, capabilities: Capabilities::NONE, level: None })
            }
            Some(_) => Terms::Refused(PeerRule::BeforeInitialize),
        }
    }

    /// What a client makes of a request: in the modern era a server has none.
    fn terms_of_server(&self, message: &Message) -> Terms {
        match &self.state {
            State::Open(peer) if peer.version.era() == Era::Modern => {
                Terms::Ignored(PeerRule::MethodNotHere)
            }
            State::Open(peer) => Terms::Of(peer.context()),
            State::Initializing(version) if message.method() == Some(Method::Ping) => {
                let version = *version;
                Terms::Of(Context { version, capabilities: Capabilities::NONE, level: None })
            }
            _ => Terms::Refused(PeerRule::BeforeInitialize),
        }
    }

    pub(super) fn is_in_flight(&mut self, id: crate::message::Id<'_>) -> bool {
        self.incoming.find_id(id).is_some() || self.subscriptions.has_id(id)
    }

    /// Passes a large result on without copying it.
    fn relay(
        &mut self,
        id: &RequestId,
        message: &Message,
        method: Option<Method>,
        version: Version,
        stream: StreamId,
        fin: Fin,
    ) -> Result<(), Error> {
        let result = message.result().unwrap_or(Raw::new("{}"));
        let add = reply::additions(method, version, &self.front.templates.result_meta);
        let Some(rest) = splice::rest(result, add) else {
            let templates = &self.front.templates;
            let most = reply::most(&Reply::Result(result), id, templates);
            return self.outbox.push(stream, fin, most, |out| {
                reply::write(out, id, Reply::Result(result), method, version, templates);
            });
        };
        let body = message.bytes().slice_ref(rest.as_bytes());
        let most = reply::most(&Reply::Result(Raw::new("{}")), id, &self.front.templates);
        self.outbox.push_shared(stream, fin, body, b"}", most, |out| {
            encode::open_response(out, id);
            splice::front(out, result, add);
        })
    }
}

/// What is to be done with a request.
enum Terms {
    Of(Context),
    Handshake,
    Refused(PeerRule),
    /// Not even answered: the peer may not ask, and so does not wait.
    Ignored(PeerRule),
}

impl super::Peer {
    fn context(&self) -> Context {
        Context { version: self.version, capabilities: self.capabilities, level: Some(self.level) }
    }
}

fn is_large(message: &Message) -> bool {
    message.index().payload.len as usize >= SHARED && message.kind() == Kind::Response
}
