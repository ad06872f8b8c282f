//! The client's side of the handshake: which era the server lives in, and which revision both speak.
//!
//! Rules: MCP 2026-07-28, Versioning and stdio; 2025-11-25, Lifecycle. A server is probed with `server/discover`. A result, and an
//! error that only a modern server gives, settle it; any other error, and silence, lead to `initialize`.

use super::call::Call;
use super::capability::{self, Capabilities};
use super::event::{Closing, Event, Failure};
use super::pending::{Extend, Patience, Purpose};
use super::requests::Asking;
use super::{Connection, LoggingLevel, Peer, State, StreamId, refused, trace};
use crate::Now;
use crate::error::{
    Error, Incompatible, MISSING_REQUIRED_CLIENT_CAPABILITY, Misuse, PeerRule,
    UNSUPPORTED_PROTOCOL_VERSION,
};
use crate::json::{Raw, write};
use crate::message::{Message, Method, RequestId, encode};
use crate::room;
use crate::version::{Era, Role, Version};

impl Connection {
    /// Opens the conversation. [`Event::Ready`] says when it is open.
    ///
    /// # Errors
    ///
    /// [`Error::ApiMisuse`] on a server, and when it was started before.
    pub fn start(&mut self, now: Now) -> Result<(), Error> {
        match (self.front.config.role, &self.state) {
            (Role::Server, _) => return Err(Error::ApiMisuse(Misuse::WrongRole)),
            (_, State::Closed(_)) => return Err(Error::ApiMisuse(Misuse::Closed)),
            (_, State::Idle) => {}
            _ => return Err(Error::ApiMisuse(Misuse::StartedTwice)),
        }
        let known = self.front.config.known.filter(|known| self.front.config.speaks(*known));
        if known.is_some_and(|known| known.era() == Era::Legacy) {
            return self.initialize(now);
        }
        match self.front.config.newest(|version| version.era() == Era::Modern) {
            Some(version) => self.discover(version, now),
            None => self.initialize(now),
        }
    }

    /// The server does not answer the probe as a modern one does: goes on with `initialize`. For drivers of HTTP, where a status
    /// tells.
    ///
    /// # Errors
    ///
    /// [`Misuse::NotReady`] when no probe is in flight.
    pub fn fall_back(&mut self, now: Now) -> Result<(), Error> {
        let id = self.probe_id().ok_or(Error::ApiMisuse(Misuse::NotReady))?;
        self.pending.remove(id);
        self.initialize_or_close(now);
        Ok(())
    }

    /// The id of the probe, while it is in flight.
    pub(super) fn probe_id(&self) -> Option<i64> {
        matches!(self.state, State::Discovering(_)).then(|| self.pending.next_id().wrapping_sub(1))
    }

    fn discover(&mut self, version: Version, now: Now) -> Result<(), Error> {
        self.state = State::Discovering(version);
        let asking = self.handshake(Purpose::Discover, self.front.config.probe_ns);
        self.send(Call::new(Method::Discover), &[], version, asking, now).map(|_| ())
    }

    fn initialize(&mut self, now: Now) -> Result<(), Error> {
        let Some(version) = self.front.config.newest(|version| version.era() == Era::Legacy) else {
            self.shut(Closing::Incompatible(Incompatible::NoCommonVersion));
            return Ok(());
        };
        self.state = State::Initializing(version);
        let mut params = br#"{"protocolVersion":"#.to_vec();
        write::string(&mut params, version.name());
        params.extend_from_slice(br#","capabilities":"#);
        capability::write(&mut params, Raw::new(&self.front.config.capabilities), version);
        params.extend_from_slice(br#","clientInfo":"#);
        params.extend_from_slice(self.front.config.implementation.as_bytes());
        params.push(b'}');
        let params = String::from_utf8(params).unwrap_or_default();
        let call = Call::new(Method::Initialize).params(Raw::new(&params));
        let asking = self.handshake(Purpose::Initialize, self.front.config.handshake_ns);
        self.send(call, &[], version, asking, now).map(|_| ())
    }

    fn initialize_or_close(&mut self, now: Now) {
        if self.initialize(now).is_err() {
            self.shut(Closing::HandshakeRefused);
        }
    }

    fn handshake(&self, purpose: Purpose, ns: u64) -> Asking {
        let patience = Patience { idle_ns: ns, progress: Extend::Never, total_ns: ns };
        let stream = match self.front.config.topology {
            super::Topology::Duplex => StreamId::MAIN,
            super::Topology::Http => StreamId(self.pending.next_id() as u64),
        };
        Asking { purpose, stream, patience }
    }

    /// The answer to the probe.
    pub(super) fn discovered(&mut self, message: Message, now: Now) -> Result<(), Error> {
        if let Some(error) = message.error() {
            self.probe_refused(error.code, error.data, now);
            return Ok(());
        }
        let Some(versions) = supported_versions(&message) else {
            self.initialize_or_close(now);
            return Err(refused(PeerRule::HandshakeResult, &message));
        };
        let common = |era| {
            let both =
                versions.iter().copied().filter(|version| self.front.config.speaks(*version));
            both.filter(|version| version.era() == era).max()
        };
        match (common(Era::Modern), common(Era::Legacy)) {
            (Some(version), _) => self.open(version, &message),
            (None, Some(_)) => self.initialize_or_close(now),
            (None, None) => self.shut(Closing::Incompatible(Incompatible::NoCommonVersion)),
        }
        Ok(())
    }

    /// The probe was answered with an error. Those of the modern era settle the era; with any other one the server is taken
    /// for an earlier one.
    fn probe_refused(&mut self, code: i64, data: Option<Raw<'_>>, now: Now) {
        let is = |known: i32| code == i64::from(known);
        if is(UNSUPPORTED_PROTOCOL_VERSION) {
            let tried = match self.state {
                State::Discovering(tried) => Some(tried),
                _ => None,
            };
            match self.newest_in_common(data) {
                Some(version) if version.era() == Era::Legacy => self.initialize_or_close(now),
                Some(version) if Some(version) != tried => {
                    let _ = self.discover(version, now);
                }
                _ => self.shut(Closing::Incompatible(Incompatible::NoCommonVersion)),
            }
        } else if is(MISSING_REQUIRED_CLIENT_CAPABILITY) {
            self.shut(Closing::Incompatible(Incompatible::Capability));
        } else if is(HEADER_MISMATCH) {
            self.shut(Closing::HandshakeRefused);
        } else {
            self.initialize_or_close(now);
        }
    }

    /// The probe was not answered, or not with a message.
    pub(super) fn discovery_failed(&mut self, failure: &Failure, now: Now) {
        if let State::Closed(_) = self.state {
            return;
        }
        match failure {
            Failure::Closed => self.shut(Closing::Peer),
            Failure::ClosedHere => self.shut(Closing::Local),
            Failure::TimedOut | Failure::Invalid(_) => self.initialize_or_close(now),
        }
    }

    /// The answer to `initialize`.
    pub(super) fn initialized(&mut self, message: Message, now: Now) -> Result<(), Error> {
        if let Some(error) = message.error() {
            self.initialize_refused(error.code, error.data, now);
            return Ok(());
        }
        let result = message.result();
        let named = result.and_then(|result| result.get("protocolVersion"));
        let has_capabilities =
            result.and_then(|result| result.get("capabilities")?.members()).is_some();
        if named.and_then(Raw::string).is_none() || !has_capabilities {
            self.shut(Closing::HandshakeRefused);
            return Err(refused(PeerRule::HandshakeResult, &message));
        }
        let version = named.and_then(version_of);
        match version
            .filter(|version| version.era() == Era::Legacy && self.front.config.speaks(*version))
        {
            Some(version) => {
                let stream = self.stream_of_notice(StreamId::MAIN);
                let fin = self.fin_of_notice();
                self.outbox.push(stream, fin, room::ENVELOPE, |out| {
                    encode::notification(out, Method::Initialized.name(), None);
                })?;
                self.open(version, &message);
            }
            None => self.shut(Closing::Incompatible(Incompatible::NoCommonVersion)),
        }
        Ok(())
    }

    /// `initialize` was answered with an error. A modern server names its revisions in it, and one that starts slowly may not have
    /// answered the probe in time.
    fn initialize_refused(&mut self, code: i64, data: Option<Raw<'_>>, now: Now) {
        if code != i64::from(UNSUPPORTED_PROTOCOL_VERSION) {
            return self.shut(Closing::HandshakeRefused);
        }
        let next = self.newest_in_common(data).filter(|version| version.era() == Era::Modern);
        match next.filter(|_| self.pending.next_id() <= ATTEMPTS) {
            Some(version) if self.discover(version, now).is_ok() => {}
            _ => self.shut(Closing::Incompatible(Incompatible::NoCommonVersion)),
        }
    }

    /// The newest revision that both speak, by the data of the error about an unsupported one.
    fn newest_in_common(&self, data: Option<Raw<'_>>) -> Option<Version> {
        let offered = data.and_then(|data| data.get("supported")).and_then(Raw::elements);
        let offered = offered.into_iter().flatten().filter_map(version_of);
        offered.filter(|version| self.front.config.speaks(*version)).max()
    }

    /// The handshake is finished, with this result.
    fn open(&mut self, version: Version, message: &Message) {
        let member = |name| message.result().and_then(|result: Raw<'_>| result.get(name));
        let declared = member("capabilities").unwrap_or(Raw::new("{}"));
        let implementation = match version.era() {
            Era::Legacy => member("serverInfo"),
            Era::Modern => message.meta().and_then(|meta| meta.get(SERVER_INFO)),
        };
        let instructions = member("instructions").and_then(Raw::string);
        self.state = State::Open(Box::new(Peer {
            version,
            capabilities: Capabilities::read(declared, Role::Server, version),
            declared: declared.spelling().into(),
            implementation: implementation.map(|raw| raw.spelling().into()),
            instructions: instructions.map(|text| text.decode().into()),
            confirmed: true,
            level: LoggingLevel::Debug,
        }));
        trace::opened(self.front.config.role, version);
        self.events.push(Event::Ready(version));
    }

    /// Asks to be told about changes (MCP 2026-07-28, subscriptions). [`Event::Listening`] says that it works. `notifications` is
    /// the filter, as in the schema.
    ///
    /// # Errors
    ///
    /// As for [`request`](Self::request).
    pub fn listen(&mut self, notifications: Raw<'_>, now: Now) -> Result<RequestId, Error> {
        if notifications.members().is_none() {
            return Err(Error::ApiMisuse(Misuse::NotAnObject));
        }
        let filter = ("notifications", notifications.spelling().as_bytes());
        self.ask(Call::new(Method::Listen), &[filter], Purpose::Listen, now)
    }
}

/// The revisions that the result of `server/discover` names; `None` when it is no such result.
fn supported_versions(message: &Message) -> Option<Vec<Version>> {
    let result = message.result()?;
    result.get("capabilities")?.members()?;
    let versions = result.get("supportedVersions")?.elements()?;
    Some(versions.filter_map(version_of).collect())
}

fn version_of(raw: Raw<'_>) -> Option<Version> {
    Version::from_name(&raw.string()?.decode())
}

/// Most requests of one handshake, so that no server keeps a client going in circles.
const ATTEMPTS: i64 = 4;
/// MCP 2026-07-28, error codes.
const HEADER_MISMATCH: i32 = -32020;
pub(super) const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
