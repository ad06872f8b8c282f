//! The server's side of the handshake, and the requests that the connection answers itself.
//!
//! Rules: the routing of a dual-era server (MCP 2026-07-28, Versioning). A request that names a revision in its `_meta` stands alone and
//! is judged by that; any other one belongs to the session that `initialize` has opened.

use super::capability::{self, needed};
use super::event::{Context, Event};
use super::splice::Additions;
use super::subscription::Filter;
use super::{
    Capabilities, Connection, LoggingLevel, Peer, State, StreamId, Templates, UnknownMethods,
    refused, splice,
};
use crate::error::{Error, PeerRule};
use crate::json::{Raw, write};
use crate::limits::Limit;
use crate::message::{Message, Method, encode};
use crate::version::{Era, Role, Version};

impl Connection {
    /// Finds the terms of a request that names its revision itself.
    pub(super) fn modern_context(&mut self, message: &Message) -> Result<Context, PeerRule> {
        let view = message.as_ref();
        let name = view.protocol_version().and_then(Raw::string).ok_or(PeerRule::VersionMeta)?;
        let version = Version::from_name(&name.decode());
        let version = version
            .filter(|version| version.era() == Era::Modern && self.config.speaks(*version))
            .ok_or(PeerRule::VersionUnsupported)?;
        let declared = view.client_capabilities().ok_or(PeerRule::CapabilitiesMeta)?;
        let capabilities = self.declared(declared, version)?;
        Ok(Context { version, capabilities, level: level_of(message) })
    }

    /// Reads what a client has declared. Most say the same in every request, so the last is remembered by its spelling.
    #[inline]
    fn declared(&mut self, declared: Raw<'_>, version: Version) -> Result<Capabilities, PeerRule> {
        let (spelling, of, capabilities) = &self.last_declared;
        if *of == version && **spelling == *declared.spelling() {
            return Ok(*capabilities);
        }
        if declared.members().is_none() {
            return Err(PeerRule::CapabilitiesMeta);
        }
        let capabilities = Capabilities::read(declared, Role::Client, version);
        if declared.spelling().len() <= REMEMBERED {
            self.last_declared = (declared.spelling().into(), version, capabilities);
        }
        Ok(capabilities)
    }

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
        let Some(latest) = self.config.newest(|version| version.era() == Era::Legacy) else {
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
            |version: &Version| version.era() == Era::Legacy && self.config.speaks(*version);
        let version = wanted.filter(spoken).unwrap_or(latest);
        let result = self.initialize_result(version);
        self.answer(from, message, &result, version)?;
        self.state = State::Open(Box::new(Peer {
            version,
            capabilities: Capabilities::read(declared, Role::Client, version),
            declared: declared.spelling().into(),
            implementation: Some(implementation.spelling().into()),
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
        capability::write(&mut out, Raw::new(&self.config.capabilities), version);
        out.extend_from_slice(br#","serverInfo":"#);
        out.extend_from_slice(self.config.implementation.as_bytes());
        self.write_instructions(&mut out);
        out.push(b'}');
        String::from_utf8(out).unwrap_or_default()
    }

    fn answer_discover(
        &mut self,
        from: StreamId,
        message: &Message,
        version: Version,
    ) -> Result<(), Error> {
        let mut out = br#"{"supportedVersions":"#.to_vec();
        self.write_versions(&mut out);
        out.extend_from_slice(br#","capabilities":"#);
        capability::write(&mut out, Raw::new(&self.config.capabilities), version);
        self.write_instructions(&mut out);
        out.push(b'}');
        let result = String::from_utf8(out).unwrap_or_default();
        self.answer(from, message, &result, version)
    }

    fn answer_set_level(
        &mut self,
        from: StreamId,
        message: &Message,
        version: Version,
    ) -> Result<(), Error> {
        let named = message.params().and_then(|params| params.get("level")?.string());
        let Some(level) = named.and_then(|name| LoggingLevel::from_name(&name.decode())) else {
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
        if let Err(limit) = self.subscriptions.add_uri(uri, &self.config.limits) {
            return self.refuse_for_limit(from, message, limit);
        }
        self.answer(from, message, "{}", version)?;
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
        let filter = match Filter::read(wanted, offered, &self.config.limits) {
            Ok(filter) => filter,
            Err(limit) => return self.refuse_for_limit(from, message, limit),
        };
        let id = own_id(message);
        let mut acknowledged = br#"{"notifications":"#.to_vec();
        filter.write(&mut acknowledged);
        acknowledged.push(b'}');
        if let Err(limit) = self.subscriptions.open(id.clone(), from, filter, &self.config.limits) {
            return self.refuse_for_limit(from, message, limit);
        }
        let params = String::from_utf8(acknowledged).unwrap_or_default();
        self.notify_subscription(&id, from, Method::SubscriptionsAcknowledged, Raw::new(&params))?;
        self.events.push(Event::Subscribed { id, message: message.clone() });
        Ok(())
    }

    /// Which of our own capabilities a peer of that revision sees.
    pub(super) fn offered(&self, version: Version) -> Capabilities {
        self.templates.offered(version)
    }

    /// Whether a method may be asked for under these terms.
    pub(super) fn admit(&self, message: &Message, context: Context) -> Result<(), PeerRule> {
        let Some(method) = message.method() else {
            return match self.config.unknown_methods {
                UnknownMethods::Deliver => Ok(()),
                UnknownMethods::Refuse => Err(PeerRule::MethodUnknown),
            };
        };
        if method.is_notification() || !context.version.allows(method, self.config.role.other()) {
            return Err(PeerRule::MethodNotHere);
        }
        if !self.offered(context.version).has_any(needed(method, context.version)) {
            return Err(PeerRule::CapabilityNotOffered);
        }
        Ok(())
    }

    /// Answers with the error that goes with a rule, and yields that as an error.
    #[cold]
    pub(super) fn refuse_request(
        &mut self,
        from: StreamId,
        message: &Message,
        rule: PeerRule,
    ) -> Result<(), Error> {
        let error = refused(rule, message);
        // The answer to the first request of an id must not be taken for this one.
        let id = message.id().filter(|_| rule != PeerRule::IdInFlight).map(|id| id.to_owned());
        let mut data = Vec::new();
        if rule == PeerRule::VersionUnsupported {
            self.write_unsupported(&mut data, message);
        }
        let data = String::from_utf8(data).unwrap_or_default();
        let data = Some(Raw::new(&data)).filter(|data| !data.spelling().is_empty());
        let (code, reason) = (i64::from(error.code()), error.reason());
        self.say(from, |out, _| encode::error(out, id.as_ref(), code, reason, data))?;
        Err(error)
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
        self.say(from, |out, _| encode::error(out, id.as_ref(), code, reason, None))?;
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
        self.say(from, |out, templates| {
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
        encode: impl FnOnce(&mut Vec<u8>, &Templates),
    ) -> Result<(), Error> {
        let fin = self.fin_of(from);
        let templates = &self.templates;
        match self.batches.current() {
            Some(at) => {
                let limit = self.config.limits.outbox_bytes;
                self.batches.push(at, limit, |out| encode(out, templates))
            }
            None => self.outbox.push(from, fin, |out| encode(out, templates)),
        }
    }

    fn write_instructions(&self, out: &mut Vec<u8>) {
        if let Some(instructions) = &self.config.instructions {
            out.extend_from_slice(br#","instructions":"#);
            write::string(out, instructions);
        }
    }

    /// The revisions that are spoken, newest first.
    fn write_versions(&self, out: &mut Vec<u8>) {
        let mut versions = self.config.versions.clone();
        versions.sort_unstable();
        out.push(b'[');
        for (at, version) in versions.iter().rev().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            write::string(out, version.name());
        }
        out.push(b']');
    }

    /// What goes with the error about a revision that is not spoken (MCP 2026-07-28, error codes).
    fn write_unsupported(&self, out: &mut Vec<u8>, message: &Message) {
        let named = message.as_ref().protocol_version();
        let named = named.or_else(|| message.params()?.get("protocolVersion"));
        out.extend_from_slice(br#"{"supported":"#);
        self.write_versions(out);
        out.extend_from_slice(br#","requested":"#);
        match named.filter(|named| named.string().is_some()) {
            Some(named) => out.extend_from_slice(named.spelling().as_bytes()),
            None => out.extend_from_slice(b"\"\""),
        }
        out.push(b'}');
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
/// Longest declaration that is remembered, in bytes.
const REMEMBERED: usize = 4096;
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

/// The mildest log messages that a request asks for in its `_meta`.
fn level_of(message: &Message) -> Option<LoggingLevel> {
    let meta = message.meta()?;
    memchr::memmem::find(meta.spelling().as_bytes(), b"logLevel")?;
    let level = meta.get("io.modelcontextprotocol/logLevel")?.string()?;
    LoggingLevel::from_name(&level.decode())
}

fn uri_of(message: &Message) -> Option<std::borrow::Cow<'_, str>> {
    Some(message.params()?.get("uri")?.string()?.decode())
}

/// The id of a request, to keep.
pub(super) fn own_id(message: &Message) -> crate::message::RequestId {
    message.id().map_or_else(|| 0.into(), |id| id.to_owned())
}
