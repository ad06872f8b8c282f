//! The server's side of the handshake, and the requests that the connection answers itself.
//!
//! Rules: the routing of a dual-era server (MCP 2026-07-28, Versioning). A request that names a revision in its `_meta` stands alone and
//! is judged by that; any other one belongs to the session that `initialize` has opened.

use super::capability;
use super::config::Config;
use super::event::Event;
use super::notifications::subscription_messages;
use super::outbox::Fin;
use super::splice::{self, Additions};
use super::subscription::Filter;
use super::template::Templates;
use super::{
    Capabilities, Connection, Context, LoggingLevel, Peer, State, StreamId, refused, terms,
};
use crate::error::{Error, PeerRule};
use crate::json::{Raw, write};
use crate::limits::Limit;
use crate::message::{Message, Method, encode};
use crate::room;
use crate::version::{Era, Role, Version};

impl Connection {
    /// Answers a request that needs no application; `false` when it does.
    pub(super) fn answer_itself(
        &mut self,
        from: StreamId,
        message: &Message,
        context: Context,
    ) -> Result<bool, Error> {
        match message.method() {
            Some(Method::Ping) => self.answer(from, message, "{}", context.version)?,
            Some(Method::Discover) => self.answer_discover(from, message, context.version)?,
            Some(Method::SetLevel) => self.answer_set_level(from, message, context.version)?,
            Some(Method::Subscribe) => self.answer_subscribe(from, message, context.version)?,
            Some(Method::Unsubscribe) => self.answer_unsubscribe(from, message, context.version)?,
            Some(Method::Listen) => self.answer_listen(from, message, context.version)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Opens a session.
    pub(super) fn answer_initialize(
        &mut self,
        from: StreamId,
        message: &Message,
    ) -> Result<(), Error> {
        let Some(latest) = self.front.config.newest(|version| version.era() == Era::Legacy) else {
            return self.refuse_request(from, message, PeerRule::VersionUnsupported);
        };
        if let State::Open(_) = self.state {
            return self.refuse_request(from, message, PeerRule::InitializeTwice);
        }
        let Some((wanted, declared, implementation)) = initialize_params(message) else {
            return self.refuse_request(from, message, PeerRule::InitializeParams);
        };
        let wanted = Version::from_name(&wanted);
        let spoken =
            |version: &Version| version.era() == Era::Legacy && self.front.config.speaks(*version);
        let version = wanted.filter(spoken).unwrap_or(latest);
        let result = self.initialize_result(version);
        let capabilities = Capabilities::read(declared, Role::Client, version);
        let declared = room::copy(declared.spelling())?;
        let implementation = room::copy(implementation.spelling())?;
        self.answer(from, message, &result, version)?;
        self.state = State::Open(Box::new(Peer {
            version,
            capabilities,
            declared,
            implementation: Some(implementation),
            instructions: None,
            confirmed: false,
            level: LoggingLevel::Debug,
        }));
        Ok(())
    }

    fn initialize_result(&self, version: Version) -> String {
        let mut out = br#"{"protocolVersion":"#.to_vec();
        write::string(&mut out, version.name());
        out.extend_from_slice(br#","capabilities":"#);
        capability::write(&mut out, Raw::new(&self.front.config.capabilities), version);
        out.extend_from_slice(br#","serverInfo":"#);
        out.extend_from_slice(self.front.config.implementation.as_bytes());
        terms::write_instructions(&mut out, &self.front.config);
        out.push(b'}');
        String::from_utf8(out).unwrap_or_default()
    }

    fn answer_discover(
        &mut self,
        from: StreamId,
        message: &Message,
        version: Version,
    ) -> Result<(), Error> {
        let result = terms::discover_result(&self.front.config, version);
        self.answer(from, message, &result, version)
    }

    /// Keeps what a request says about its session, which the application answers. Names the URI that it subscribes to and nothing did
    /// before.
    pub(super) fn take_effect(&mut self, message: &Message) -> Result<Option<Box<str>>, Refusal> {
        if message.method() == Some(Method::SetLevel) {
            let level = level_of(message).ok_or(Refusal::Rule(PeerRule::LevelParams))?;
            if let Some(peer) = self.peer_mut() {
                peer.level = level;
            }
            return Ok(None);
        }
        let uri = uri_of(message).ok_or(Refusal::Rule(PeerRule::UriParams))?;
        if message.method() == Some(Method::Unsubscribe) {
            self.subscriptions.remove_uri(&uri);
            return Ok(None);
        }
        let is_new = !self.subscriptions.has_uri(&uri);
        let added = self.subscriptions.add_uri(uri.clone(), &self.front.config.limits);
        added.map_err(Refusal::Limit)?;
        Ok(is_new.then(|| uri.into()))
    }

    /// A subscription has come to nothing.
    pub(super) fn give_up(&mut self, subscribes: Option<Box<str>>) {
        if let Some(uri) = subscribes {
            self.subscriptions.remove_uri(&uri);
        }
    }

    fn answer_set_level(
        &mut self,
        from: StreamId,
        message: &Message,
        version: Version,
    ) -> Result<(), Error> {
        let Some(level) = level_of(message) else {
            return self.refuse_request(from, message, PeerRule::LevelParams);
        };
        self.answer(from, message, "{}", version)?;
        if let Some(peer) = self.peer_mut() {
            peer.level = level;
        }
        Ok(())
    }

    fn answer_subscribe(
        &mut self,
        from: StreamId,
        message: &Message,
        version: Version,
    ) -> Result<(), Error> {
        let Some(uri) = uri_of(message) else {
            return self.refuse_request(from, message, PeerRule::UriParams);
        };
        let is_new = !self.subscriptions.has_uri(&uri);
        if let Err(limit) = self.subscriptions.add_uri(uri.clone(), &self.front.config.limits) {
            return self.refuse_for_limit(from, message, limit);
        }
        if let Err(error) = self.answer(from, message, "{}", version) {
            // Who was subscribed before still is, and may ask again.
            if is_new {
                self.subscriptions.remove_uri(&uri);
            }
            return Err(error);
        }
        let id = own_id(message);
        self.events.push(Event::Subscribed { id, message: message.clone() });
        Ok(())
    }

    fn answer_unsubscribe(
        &mut self,
        from: StreamId,
        message: &Message,
        version: Version,
    ) -> Result<(), Error> {
        let Some(uri) = uri_of(message) else {
            return self.refuse_request(from, message, PeerRule::UriParams);
        };
        self.answer(from, message, "{}", version)?;
        if self.subscriptions.remove_uri(&uri) {
            let id = own_id(message);
            self.events.push(Event::Unsubscribed { id, message: Some(message.clone()) });
        }
        Ok(())
    }

    /// Opens a subscription: the acknowledgement is the first that is said about it.
    fn answer_listen(
        &mut self,
        from: StreamId,
        message: &Message,
        version: Version,
    ) -> Result<(), Error> {
        let wanted = message.params().and_then(|params| params.get("notifications"));
        let Some(wanted) = wanted.filter(|wanted| wanted.members().is_some()) else {
            return self.refuse_request(from, message, PeerRule::ListenParams);
        };
        let offered = self.offered(version);
        let filter = match Filter::read(wanted, offered, &self.front.config.limits) {
            Ok(filter) => filter,
            Err(limit) => return self.refuse_for_limit(from, message, limit),
        };
        let id = own_id(message);
        if let Err(limit) = self.subscriptions.room(filter.size(), &self.front.config.limits) {
            return self.refuse_for_limit(from, message, limit);
        }
        let most = filter.most().saturating_add(id.most()).saturating_add(room::ENVELOPE);
        self.outbox.push(from, Fin::Open, most, |out| {
            subscription_messages::acknowledged(out, &id, &filter);
        })?;
        self.subscriptions.open(id.clone(), from, filter);
        self.events.push(Event::Subscribed { id, message: message.clone() });
        Ok(())
    }

    /// Which of our own capabilities a peer of that revision sees.
    pub fn offered(&self, version: Version) -> Capabilities {
        self.front.templates.offered(version)
    }

    /// Answers with the error that goes with a rule, and yields that as an error.
    #[cold]
    pub(super) fn refuse_request(
        &mut self,
        from: StreamId,
        message: &Message,
        rule: PeerRule,
    ) -> Result<(), Error> {
        let most = echoed(message).saturating_add(room::ENVELOPE);
        self.say(from, most, |out, _, config| terms::write_refusal(out, config, message, rule))?;
        Err(refused(rule, message))
    }

    #[cold]
    pub(super) fn refuse_for_limit(
        &mut self,
        from: StreamId,
        message: &Message,
        limit: Limit,
    ) -> Result<(), Error> {
        let error = Error::LimitExceeded { limit, offset: message.index().base };
        let id = message.id().map(|id| id.to_owned());
        let (code, reason) = (i64::from(error.code()), error.reason());
        let most = echoed(message).saturating_add(room::ENVELOPE);
        self.say(from, most, |out, _, _| encode::error(out, id.as_ref(), code, reason, None))?;
        Err(error)
    }

    /// Answers a request that the application does not see.
    pub(super) fn answer(
        &mut self,
        from: StreamId,
        message: &Message,
        result: &str,
        version: Version,
    ) -> Result<(), Error> {
        let id = own_id(message);
        let is_cacheable = message.method() == Some(Method::Discover);
        let meta = self.front.templates.result_meta.len();
        let most = result.len().saturating_add(meta).saturating_add(id.most());
        self.say(from, most.saturating_add(room::ENVELOPE), |out, templates, _| {
            encode::open_response(out, &id);
            let add = result_additions(version, is_cacheable, &templates.result_meta);
            splice::object(out, Raw::new(result), add);
            out.push(b'}');
        })
    }

    /// Queues an answer that the connection gives itself, in the batch of the request if there is one.
    pub(super) fn say(
        &mut self,
        from: StreamId,
        most: usize,
        encode: impl FnOnce(&mut Vec<u8>, &Templates, &Config),
    ) -> Result<(), Error> {
        let (stream, fin) = self.route_of_answer(from, None);
        let (templates, config) = (&self.front.templates, &self.front.config);
        let encode = |out: &mut Vec<u8>| encode(out, templates, config);
        match self.batches.current() {
            Some(at) => self.batches.push(at, &mut self.outbox, most, encode),
            None => self.outbox.push(stream, fin, most, encode),
        }
    }
}

/// What a result gets that the application did not put there, and what it loses, by revision.
pub(super) fn result_additions(version: Version, is_cacheable: bool, meta: &[u8]) -> Additions<'_> {
    match (version.era(), is_cacheable) {
        (Era::Legacy, _) => Additions { dropped: MODERN_MEMBERS, ..Additions::default() },
        (Era::Modern, false) => {
            Additions { defaults: &CACHEABLE[..1], meta_defaults: meta, ..Additions::default() }
        }
        (Era::Modern, true) => {
            Additions { defaults: &CACHEABLE, meta_defaults: meta, ..Additions::default() }
        }
    }
}

/// `resultType` in every result; how long it may be kept, and by whom, in those of listings and reads.
const CACHEABLE: [(&str, &[u8]); 3] =
    [("resultType", b"\"complete\""), ("ttlMs", b"0"), ("cacheScope", b"\"private\"")];
const MODERN_MEMBERS: &[&str] = &["resultType", "ttlMs", "cacheScope"];

/// The revision, the capabilities and the implementation that `initialize` names.
fn initialize_params(message: &Message) -> Option<(std::borrow::Cow<'_, str>, Raw<'_>, Raw<'_>)> {
    let params = message.params()?;
    let version = params.get("protocolVersion")?.string()?;
    let capabilities = params.get("capabilities")?;
    let implementation = params.get("clientInfo")?;
    (capabilities.members().is_some() && implementation.members().is_some())
        .then(|| (version.decode(), capabilities, implementation))
}

/// How many bytes of a message its refusal says again at most: the id, and the revision where that is not spoken.
pub(crate) fn echoed(message: &Message) -> usize {
    let index = message.index();
    let named = message.params().and_then(|params| params.get("protocolVersion"));
    let named = named.map_or(0, |named| named.spelling().len());
    named.saturating_add(index.tag.len as usize).saturating_add(index.id.len as usize)
}

/// Why a request about a session is refused.
pub(super) enum Refusal {
    Rule(PeerRule),
    Limit(Limit),
}

/// What a client asks of its session.
pub(super) fn is_of_session(method: Method) -> bool {
    matches!(method, Method::SetLevel | Method::Subscribe | Method::Unsubscribe)
}

fn level_of(message: &Message) -> Option<LoggingLevel> {
    let level = message.params()?.get("level")?.string()?;
    LoggingLevel::from_name(&level.decode())
}

fn uri_of(message: &Message) -> Option<std::borrow::Cow<'_, str>> {
    Some(message.params()?.get("uri")?.string()?.decode())
}

/// The id of a request, to keep.
pub(super) fn own_id(message: &Message) -> crate::message::RequestId {
    message.id().map_or_else(|| 0.into(), |id| id.to_owned())
}
