//! Notifications, both ways.

use std::borrow::Cow;

use super::call::Delivery;
use super::capability::needed_to_notify;
use super::config::Topology;
use super::event::{Ending, Event};
use super::incoming::Fate;
use super::outbox::Fin;
use super::pending::Purpose;
use super::requests::cancelled;
use super::subscription::{Filter, Watch};
use super::{Connection, LoggingLevel, Misuse, State, StreamId, UnknownMethods, refused, trace};
use crate::Now;
use crate::error::{Error, Incompatible, PeerRule};
use crate::json::{Raw, write};
use crate::message::{Message, Method, RequestId, encode};
use crate::room;
use crate::version::{Era, Role};

/// Something of a server that has changed, and that clients may want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// The list of tools.
    Tools,
    /// The list of prompts.
    Prompts,
    /// The list of resources.
    Resources,
    /// The resource of that URI.
    Resource(&'a str),
    /// The task of that id, with its state as in `DetailedTask` (the extension `io.modelcontextprotocol/tasks`). Only
    /// subscriptions are told; [`task::Notice`](crate::task::Notice) has it ready.
    Task(&'a str, Raw<'a>),
}

impl Connection {
    pub(super) fn receive_notification(
        &mut self,
        from: StreamId,
        message: Message,
        now: Now,
    ) -> Result<(), Error> {
        match message.method() {
            Some(Method::Progress) => self.receive_progress(message, now),
            Some(Method::Cancelled) => self.receive_cancelled(message),
            Some(Method::Initialized) => self.receive_initialized(&message),
            Some(Method::SubscriptionsAcknowledged) => self.receive_acknowledged(message),
            Some(method) => self.receive_other(method, message),
            None if self.front.config.unknown_methods == UnknownMethods::Deliver => {
                self.events.push(Event::Notification { message, subscription: None });
                Ok(())
            }
            None => {
                let _ = from;
                Err(refused(PeerRule::MethodUnknown, &message))
            }
        }
    }

    /// Says something to the peer. `related` is the request of the peer that it belongs to.
    ///
    /// # Errors
    ///
    /// [`Error::PeerIncompatible`] when the revision does not let this side say it; [`Misuse::NotOffered`] when that takes a
    /// capability that was not declared; as for [`request`](Self::request) otherwise.
    pub fn notify(
        &mut self,
        method: &str,
        params: Option<Raw<'_>>,
        related: Option<&RequestId>,
    ) -> Result<(), Error> {
        let (version, is_confirmed) = match &self.state {
            State::Open(peer) => (peer.version, peer.confirmed),
            State::Closed(_) => return Err(Error::ApiMisuse(Misuse::Closed)),
            _ => return Err(Error::ApiMisuse(Misuse::NotReady)),
        };
        // Until the client has confirmed the handshake it is told nothing but log messages (MCP 2025-11-25, Lifecycle).
        if !is_confirmed && Method::from_name(method) != Some(Method::LoggingMessage) {
            return Err(Error::ApiMisuse(Misuse::NotReady));
        }
        if let Some(method) = Method::from_name(method) {
            if !version.allows(method, self.front.config.role) || !method.is_notification() {
                return Err(Error::PeerIncompatible(Incompatible::MethodOfVersion));
            }
            if method == Method::Initialized {
                return Err(Error::ApiMisuse(Misuse::StartedTwice));
            }
            if !self.offered(version).has(needed_to_notify(method)) {
                return Err(Error::ApiMisuse(Misuse::NotOffered));
            }
        }
        if params.is_some_and(|params| params.members().is_none()) {
            return Err(Error::ApiMisuse(Misuse::NotAnObject));
        }
        let stream = self.stream_related(related)?;
        let fin = self.fin_of_notice();
        let most = most(&[method], params);
        self.outbox.push(stream, fin, most, |out| encode::notification(out, method, params))
    }

    /// Tells the client that something has changed, where it wants to know: its session, and its subscriptions.
    ///
    /// # Errors
    ///
    /// [`Misuse::NotOffered`] when the capability was not declared; [`Error::LimitExceeded`] when too much waits to be sent.
    pub fn publish(&mut self, change: Change<'_>) -> Result<(), Error> {
        let method = change.method();
        let Some(newest) = self.front.config.newest(|_| true) else { return Ok(()) };
        if !self.offered(newest).has(needed_to_notify(method)) {
            return Err(Error::ApiMisuse(Misuse::NotOffered));
        }
        let params = change.params();
        let params = Some(Raw::new(&params)).filter(|params| !params.spelling().is_empty());
        self.publish_to_session(change, params)?;
        let wanting = self.subscriptions.iter().filter(|one| change.is_in(&one.filter));
        let wanting: Vec<_> = wanting.map(|one| (one.id.clone(), one.stream)).collect();
        for (id, stream) in wanting {
            self.notify_subscription(&id, stream, method, params.unwrap_or(Raw::new("{}")))?;
        }
        Ok(())
    }

    /// Sends a log message, if the client wants those of that level: in the session, or while `related` is served.
    ///
    /// # Errors
    ///
    /// [`Misuse::NotOffered`] without the capability `logging`; [`Misuse::UnknownRequest`]; [`Error::LimitExceeded`].
    pub fn log(
        &mut self,
        level: LoggingLevel,
        logger: Option<&str>,
        content: Raw<'_>,
        related: Option<&RequestId>,
    ) -> Result<Delivery, Error> {
        let (wanted, version) = match related {
            Some(id) => {
                let unknown = Error::ApiMisuse(Misuse::UnknownRequest);
                let (_, served) = self.incoming.find(id).ok_or(unknown)?;
                let (is_wanted, context) = (served.fate == Fate::Wanted, served.context);
                // The level of a session may have been set since the request came.
                let level = match context.version.era() {
                    Era::Legacy => self.peer().map(|peer| peer.level),
                    Era::Modern => context.level,
                };
                (level.filter(|_| is_wanted), context.version)
            }
            None => match self.peer() {
                Some(peer) => (Some(peer.level), peer.version),
                None => return Ok(Delivery::Dropped),
            },
        };
        if !self.offered(version).has(needed_to_notify(Method::LoggingMessage)) {
            return Err(Error::ApiMisuse(Misuse::NotOffered));
        }
        if wanted.is_none_or(|wanted| level < wanted) {
            return Ok(Delivery::Dropped);
        }
        let stream = self.stream_related(related)?;
        let most = most(&[logger.unwrap_or_default()], Some(content));
        self.outbox.push(stream, Fin::Open, most, |out| write_log(out, level, logger, content))?;
        Ok(Delivery::Queued)
    }

    /// Ends a subscription of the client (MCP 2026-07-28, subscriptions: the result says so, on stdio a cancellation too).
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownRequest`] when there is none of that id; [`Error::LimitExceeded`] when too much waits to be sent, and then
    /// it stays open.
    pub fn end_subscription(&mut self, id: &RequestId) -> Result<(), Error> {
        let most = most(&[], None).saturating_add(id.most());
        if self.subscriptions.has(id) {
            self.outbox.room()?;
            self.outbox.reserve(most.saturating_mul(2))?;
            self.outbox.reserve_places(2)?;
        }
        let unknown = Error::ApiMisuse(Misuse::UnknownRequest);
        let subscription = self.subscriptions.close(id).ok_or(unknown)?;
        let fin = match self.front.config.topology {
            Topology::Duplex => Fin::Open,
            Topology::Http => Fin::End,
        };
        self.outbox
            .push(subscription.stream, fin, most, |out| subscription_messages::end(out, id))?;
        if self.front.config.topology == Topology::Duplex {
            self.outbox.push_always(StreamId::MAIN, Fin::Open, |out| cancelled(out, id, None));
        }
        Ok(())
    }

    /// The subscriptions that came on a stream are over with it.
    pub(super) fn subscriptions_closed(&mut self, stream: StreamId) {
        for id in self.subscriptions.on(stream) {
            self.subscriptions.close(&id);
            self.events.push(Event::Unsubscribed { id, message: None });
        }
    }

    /// Sends a notification on a subscription.
    pub(super) fn notify_subscription(
        &mut self,
        id: &RequestId,
        stream: StreamId,
        method: Method,
        params: Raw<'_>,
    ) -> Result<(), Error> {
        let most = most(&[method.name()], Some(params)).saturating_add(id.most());
        self.outbox.push(stream, Fin::Open, most, |out| {
            subscription_messages::notification(out, id, method, params);
        })
    }

    fn publish_to_session(
        &mut self,
        change: Change<'_>,
        params: Option<Raw<'_>>,
    ) -> Result<(), Error> {
        let Some(peer) = self.peer().filter(|peer| peer.confirmed) else { return Ok(()) };
        let is_wanted = match change {
            Change::Resource(uri) => self.subscriptions.has_uri(uri),
            Change::Task(..) => false,
            _ => peer.version.era() == Era::Legacy,
        };
        let stream = match self.front.config.topology {
            Topology::Duplex => Some(StreamId::MAIN),
            Topology::Http => self.standalone,
        };
        match stream.filter(|_| is_wanted) {
            Some(stream) => {
                let most = most(&[], params);
                self.outbox.push(stream, Fin::Open, most, |out| {
                    encode::notification(out, change.method().name(), params);
                })
            }
            None => Ok(()),
        }
    }

    fn receive_initialized(&mut self, message: &Message) -> Result<(), Error> {
        let is_server = self.front.config.role == Role::Server;
        match self.peer_mut().filter(|peer| is_server && !peer.confirmed) {
            Some(peer) => {
                peer.confirmed = true;
                let version = peer.version;
                trace::opened(Role::Server, version);
                self.events.push(Event::Ready(version));
                Ok(())
            }
            None => Err(refused(PeerRule::MethodNotHere, message)),
        }
    }

    fn receive_progress(&mut self, message: Message, now: Now) -> Result<(), Error> {
        let token = message.token().and_then(|token| token.as_i64());
        let progress = message.params().and_then(|params| params.get("progress")?.as_f64());
        let Some(progress) = progress else {
            return Err(refused(PeerRule::ProgressMalformed, &message));
        };
        // A request that did not ask for progress has NaN here, which nothing is above.
        let asked = token.and_then(|token| self.pending.find(token));
        let Some(asked) = asked.filter(|asked| !asked.progress.is_nan()) else {
            return Err(refused(PeerRule::ProgressUnknown, &message));
        };
        if progress <= asked.progress {
            return Err(refused(PeerRule::ProgressBackwards, &message));
        }
        asked.progress = progress;
        let id = asked.id;
        match asked.report.and_then(|number| self.events.waiting(number)) {
            Some(event) => *event = Event::Progress { id: id.into(), message },
            None => {
                let number = self.events.push(Event::Progress { id: id.into(), message });
                asked.report = Some(number);
            }
        }
        self.pending.extend(id, now);
        Ok(())
    }

    fn receive_cancelled(&mut self, message: Message) -> Result<(), Error> {
        let Some(id) = message.token().map(|id| id.to_owned()) else {
            return Err(refused(PeerRule::CancelUnknown, &message));
        };
        if let Some((_, served)) = self.incoming.find(&id)
            && served.fate == Fate::Wanted
        {
            served.fate = Fate::Cancelled;
            let (batch, stream) = (served.batch.take(), served.stream);
            self.events.push(Event::Cancelled { id, message: Some(message) });
            match batch {
                Some(_) => self.finish_batch(batch),
                None => self.leave(stream),
            }
            return Ok(());
        }
        if self.subscriptions.close(&id).is_some() {
            self.events.push(Event::Unsubscribed { id, message: Some(message) });
            return Ok(());
        }
        let listening = id.as_i64().filter(|id| self.is_listening(*id));
        match listening.and_then(|id| self.pending.remove(id)) {
            Some(_) => {
                self.events.push(Event::ListeningEnded { id, ending: Ending::Server(message) });
                Ok(())
            }
            None => Err(refused(PeerRule::CancelUnknown, &message)),
        }
    }

    fn is_listening(&mut self, id: i64) -> bool {
        let purpose = self.pending.find(id).map(|asked| asked.purpose);
        matches!(purpose, Some(Purpose::Listen | Purpose::Listening))
    }

    fn receive_acknowledged(&mut self, message: Message) -> Result<(), Error> {
        let id = message.as_ref().subscription_id().and_then(|id| id.as_i64());
        let asked = id.and_then(|id| self.pending.find(id));
        match asked.filter(|asked| asked.purpose == Purpose::Listen) {
            Some(asked) => {
                asked.purpose = Purpose::Listening;
                let id = asked.id;
                self.pending.wait_for_ever(id);
                self.events.push(Event::Listening { id: id.into(), message });
                Ok(())
            }
            None => Err(refused(PeerRule::SubscriptionUnknown, &message)),
        }
    }

    /// Hands a notification to the application, if the peer may send it.
    fn receive_other(&mut self, method: Method, message: Message) -> Result<(), Error> {
        let Some(version) = self.version() else {
            return Err(refused(PeerRule::BeforeInitialize, &message));
        };
        if !version.allows(method, self.front.config.role.other()) || !method.is_notification() {
            return Err(refused(PeerRule::MethodNotHere, &message));
        }
        let subscription = message.as_ref().subscription_id().map(|id| id.to_owned());
        if let Some(id) = &subscription
            && !id.as_i64().is_some_and(|id| self.is_listening(id))
        {
            return Err(refused(PeerRule::SubscriptionUnknown, &message));
        }
        self.events.push(Event::Notification { message, subscription });
        Ok(())
    }
}

impl<'a> Change<'a> {
    pub(crate) fn method(self) -> Method {
        match self {
            Self::Tools => Method::ToolListChanged,
            Self::Prompts => Method::PromptListChanged,
            Self::Resources => Method::ResourceListChanged,
            Self::Resource(_) => Method::ResourceUpdated,
            Self::Task(..) => Method::TaskNotification,
        }
    }

    /// The parameters of the notification; empty when it has none.
    pub(crate) fn params(self) -> Cow<'a, str> {
        match self {
            Self::Resource(uri) => {
                let mut params = br#"{"uri":"#.to_vec();
                write::string(&mut params, uri);
                params.push(b'}');
                String::from_utf8(params).unwrap_or_default().into()
            }
            Self::Task(_, task) => task.spelling().into(),
            Self::Tools | Self::Prompts | Self::Resources => "".into(),
        }
    }

    /// Whether a subscription is for it.
    pub(crate) fn is_in(self, filter: &Filter) -> bool {
        match self {
            Self::Tools => filter.tools == Watch::On,
            Self::Prompts => filter.prompts == Watch::On,
            Self::Resources => filter.resources == Watch::On,
            Self::Resource(uri) => filter.uris.contains(uri),
            Self::Task(id, _) => filter.tasks.contains(id),
        }
    }
}

/// How many bytes a message with these texts and this value takes at most.
pub(crate) fn most(texts: &[&str], value: Option<Raw<'_>>) -> usize {
    let texts = texts.iter().map(|text| room::escaped(text));
    let value = value.map_or(0, |value| value.spelling().len());
    texts.fold(value.saturating_add(room::ENVELOPE), usize::saturating_add)
}

/// What is said on a subscription, which always names it in `_meta`.
pub(crate) mod subscription_messages {
    use super::super::splice::{self, Additions};
    use super::super::subscription::Filter;
    use crate::json::{Raw, write};
    use crate::message::{Method, RequestId, encode};

    /// Appends a notification.
    pub(crate) fn notification(out: &mut Vec<u8>, id: &RequestId, method: Method, params: Raw<'_>) {
        out.extend_from_slice(br#"{"jsonrpc":"2.0","method":"#);
        write::string(out, method.name());
        out.extend_from_slice(br#","params":"#);
        splice::object(out, params, Additions { meta: &meta(id), ..Additions::default() });
        out.push(b'}');
    }

    /// Appends the notification that says what the server agrees to: the first that is said.
    pub(crate) fn acknowledged(out: &mut Vec<u8>, id: &RequestId, filter: &Filter) {
        out.extend_from_slice(br#"{"jsonrpc":"2.0","method":"#);
        write::string(out, Method::SubscriptionsAcknowledged.name());
        out.extend_from_slice(br#","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":"#);
        id.write(out);
        out.extend_from_slice(br#"},"notifications":"#);
        filter.write(out);
        out.extend_from_slice(b"}}");
    }

    /// Appends the result that ends it.
    pub(crate) fn end(out: &mut Vec<u8>, id: &RequestId) {
        encode::open_response(out, id);
        let defaults: &[(&str, &[u8])] = &[("resultType", b"\"complete\"")];
        let add = Additions { defaults, meta: &meta(id), ..Additions::default() };
        splice::object(out, Raw::new("{}"), add);
        out.push(b'}');
    }

    fn meta(id: &RequestId) -> Vec<u8> {
        let mut meta = br#""io.modelcontextprotocol/subscriptionId":"#.to_vec();
        id.write(&mut meta);
        meta
    }
}

/// Appends `notifications/message`.
pub(crate) fn write_log(
    out: &mut Vec<u8>,
    level: LoggingLevel,
    logger: Option<&str>,
    content: Raw<'_>,
) {
    out.extend_from_slice(
        br#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"#,
    );
    write::string(out, level.name());
    if let Some(logger) = logger {
        out.extend_from_slice(br#","logger":"#);
        write::string(out, logger);
    }
    out.extend_from_slice(br#","data":"#);
    out.extend_from_slice(content.spelling().as_bytes());
    out.extend_from_slice(b"}}");
}
