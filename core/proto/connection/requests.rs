//! Our requests: making, cancelling and giving up on them.

use memchr::memmem::find;

use super::call::{Call, Reports};
use super::capability::{needed, needed_by, needed_to_ask};
use super::config::Topology;
use super::event::{Closing, Ending, Event, Failure};
use super::input::{self, Fault};
use super::outbox::Fin;
use super::pending::{Asked, Patience, Purpose};
use super::splice::{self, Additions};
use super::trace::Trace;
use super::{Connection, State, StreamId};
use crate::Now;
use crate::error::{Error, Incompatible, Misuse};
use crate::json::{Raw, write};
use crate::message::encode;
use crate::message::{Message, Method, RequestId};
use crate::room;
use crate::version::{Era, Role, Version};

impl Connection {
    /// Asks the peer something. The answer comes as an [`Event`] with the id that is returned here.
    ///
    /// # Errors
    ///
    /// [`Error::PeerIncompatible`] when the revision or the capabilities of the peer do not allow it;
    /// [`Error::LimitExceeded`] when too much is in flight already; [`Error::ApiMisuse`] before the handshake is finished, after
    /// the end, when the parameters are no object, and when the method takes a capability that this side has not declared. Nothing
    /// was sent then.
    #[inline]
    pub fn request(&mut self, call: Call<'_>, now: Now) -> Result<RequestId, Error> {
        let purpose = match call.method {
            Some(Method::Listen) => Purpose::Listen,
            _ => Purpose::Application,
        };
        self.ask(call, &[], purpose, now)
    }

    /// Asks again, with the input that the server wanted (MCP 2026-07-28). `call` is the original one, `input` the
    /// message of [`Event::InputRequired`], and `responses` an object with a result for each key of `inputRequests`.
    ///
    /// # Errors
    ///
    /// As for [`request`](Self::request).
    pub fn retry(
        &mut self,
        call: Call<'_>,
        input: &Message,
        responses: Option<Raw<'_>>,
        now: Now,
    ) -> Result<RequestId, Error> {
        if responses.is_some_and(|responses| responses.members().is_none()) {
            return Err(Error::ApiMisuse(Misuse::NotAnObject));
        }
        let state = input.result().and_then(|result| result.get("requestState"));
        let responses = responses.map(|raw| ("inputResponses", raw.spelling().as_bytes()));
        let state = state.map(|raw| ("requestState", raw.spelling().as_bytes()));
        let members: Vec<_> = responses.into_iter().chain(state).collect();
        self.ask(call, &members, Purpose::Application, now)
    }

    /// Does without the answer to a request of ours. The peer is told, and no event comes for it any more.
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownRequest`] when it is not in flight: its event has come or is on its way.
    pub fn cancel(&mut self, id: &RequestId, reason: Option<&str>, now: Now) -> Result<(), Error> {
        let _ = now;
        // The requests of the handshake are not the application's: `initialize` cannot be cancelled.
        let own = id.as_i64().filter(|_| matches!(self.state, State::Open(_)));
        let asked = own.and_then(|id| self.pending.remove(id));
        let asked = asked.ok_or(Error::ApiMisuse(Misuse::UnknownRequest))?;
        asked.trace.end("cancelled");
        self.withdraw(&asked, reason);
        Ok(())
    }

    /// Lets time pass: requests that are out of it fail, and the peer is told.
    pub fn handle_timeout(&mut self, now: Now) {
        while let Some(id) = self.pending.take_due(now) {
            self.fail(id, Failure::TimedOut, now);
        }
    }

    /// Sends a request, with more members in its parameters.
    #[inline]
    pub(super) fn ask(
        &mut self,
        call: Call<'_>,
        members: &[(&str, &[u8])],
        purpose: Purpose,
        now: Now,
    ) -> Result<RequestId, Error> {
        let version = self.may_ask(&call)?;
        let stream = self.stream_for(&call)?;
        let patience = call.patience.unwrap_or(self.front.config.patience);
        self.send(call, members, version, Asking { purpose, stream, patience }, now)
    }

    /// Sends a request that is known to be allowed.
    pub(super) fn send(
        &mut self,
        call: Call<'_>,
        members: &[(&str, &[u8])],
        version: Version,
        asking: Asking,
        now: Now,
    ) -> Result<RequestId, Error> {
        self.pending.room()?;
        // Whatever becomes of the requests in flight, there is room for the events that say so.
        self.events.reserve(self.pending.len().saturating_add(1))?;
        if call.params.is_some_and(|params| params.members().is_none()) {
            return Err(Error::ApiMisuse(Misuse::NotAnObject));
        }
        let id = self.pending.next_id();
        let mut own = Vec::new();
        let meta = match (version.era(), call.reports, call.level) {
            (Era::Modern, Reports::Unwanted, None) => &self.front.templates.request_meta[..],
            (era, ..) => {
                if era == Era::Modern {
                    own.extend_from_slice(&self.front.templates.request_meta);
                }
                more_meta(&mut own, &call, id, era);
                &own[..]
            }
        };
        let meta_dropped = foreign_meta(version.era());
        let add = Additions { members, meta, meta_dropped, ..Additions::default() };
        let request = RequestId::from(id);
        let most = most(&call, add);
        self.outbox.push(asking.stream, Fin::Open, most, |out| {
            encode::open_request(out, &request, call.name);
            params(out, call.params, add);
            out.push(b'}');
        })?;
        let asked = Asked {
            id,
            method: call.method,
            stream: asking.stream,
            purpose: asking.purpose,
            patience: asking.patience.from(now),
            progress: if call.reports == Reports::Wanted { f64::NEG_INFINITY } else { f64::NAN },
            report: None,
            trace: Trace::asked(id, call.name),
        };
        self.pending.insert(asked, now);
        Ok(request)
    }

    /// Gives up on a request of ours; `false` when there is none of that id.
    pub(super) fn fail(&mut self, id: i64, failure: Failure, now: Now) -> bool {
        let Some(asked) = self.pending.remove(id) else { return false };
        if matches!(failure, Failure::TimedOut) {
            self.withdraw(&asked, Some("timed out"));
        }
        asked.trace.failed(&failure);
        let id = RequestId::from(asked.id);
        match asked.purpose {
            Purpose::Application => {
                self.events.push(Event::Failed { id, failure });
            }
            Purpose::Listen | Purpose::Listening => {
                self.events.push(Event::ListeningEnded { id, ending: Ending::Failed(failure) });
            }
            Purpose::Discover => self.discovery_failed(&failure, now),
            Purpose::Initialize => self.shut(match failure {
                Failure::TimedOut => Closing::HandshakeTimeout,
                Failure::Closed => Closing::Peer,
                Failure::ClosedHere => Closing::Local,
                Failure::Invalid(_) => Closing::HandshakeRefused,
            }),
        }
        true
    }

    /// Tells the peer that a request of ours is not wanted any more. `initialize` cannot be cancelled.
    pub(super) fn withdraw(&mut self, asked: &Asked, reason: Option<&str>) {
        let is_probe = asked.purpose == Purpose::Discover;
        let is_modern = self.era() == Some(Era::Modern) || is_probe;
        if matches!(self.state, State::Closed(_)) || asked.purpose == Purpose::Initialize {
            return;
        }
        if self.front.config.topology == Topology::Http
            && self.front.config.role == Role::Client
            && is_modern
        {
            return self.outbox.finish(asked.stream, Fin::Abort);
        }
        // Who did not answer the probe is taken for a server that wants to hear `initialize` first (MCP 2025-11-25, Lifecycle).
        if is_probe {
            return;
        }
        let id = RequestId::from(asked.id);
        let Some(stream) = self.stream_behind(asked.stream) else { return };
        // Without room the peer is not told, and its answer will be ignored.
        let most = room::escaped(reason.unwrap_or_default()).saturating_add(room::ENVELOPE);
        let fin = self.fin_of_notice();
        let _ = self.outbox.push(stream, fin, most, |out| cancelled(out, &id, reason));
    }

    /// Whether the call may be made, and under which revision.
    #[inline]
    fn may_ask(&self, call: &Call<'_>) -> Result<Version, Error> {
        let peer = match &self.state {
            State::Open(peer) => peer,
            State::Closed(_) => return Err(Error::ApiMisuse(Misuse::Closed)),
            _ => return Err(Error::ApiMisuse(Misuse::NotReady)),
        };
        let Some(method) = call.method else { return Ok(peer.version) };
        if self.front.config.role == Role::Server && !peer.confirmed && method != Method::Ping {
            return Err(Error::ApiMisuse(Misuse::NotReady));
        }
        if method == Method::Initialize && peer.version.era() == Era::Legacy {
            return Err(Error::ApiMisuse(Misuse::StartedTwice));
        }
        if !peer.version.allows(method, self.front.config.role) {
            return Err(Error::PeerIncompatible(Incompatible::MethodOfVersion));
        }
        if !self.offered(peer.version).has(needed_to_ask(method, peer.version)) {
            return Err(Error::ApiMisuse(Misuse::NotOffered));
        }
        let has_all = peer.capabilities.has(needed_by(method, call.params, peer.version));
        if !has_all || !peer.capabilities.has_any(needed(method, peer.version)) {
            return Err(Error::PeerIncompatible(Incompatible::Capability));
        }
        input::check_params(method, call.params, peer.version).map_err(Fault::ours)?;
        Ok(peer.version)
    }

    /// The stream that a request travels on.
    #[inline]
    fn stream_for(&mut self, call: &Call<'_>) -> Result<StreamId, Error> {
        if self.front.config.topology == Topology::Duplex {
            return Ok(StreamId::MAIN);
        }
        if self.front.config.role == Role::Client {
            return Ok(StreamId(self.pending.next_id() as u64));
        }
        self.stream_related(call.related)
    }
}

/// Why, where and for how long a request is made.
pub(super) struct Asking {
    pub(super) purpose: Purpose,
    pub(super) stream: StreamId,
    pub(super) patience: Patience,
}

/// How many bytes a request takes at most.
#[inline]
fn most(call: &Call<'_>, add: Additions<'_>) -> usize {
    let params = call.params.map_or(0, |params| params.spelling().len());
    let members = add.members.iter().map(|(name, value)| name.len().saturating_add(value.len()));
    let own = members.fold(add.meta.len(), usize::saturating_add);
    let name = room::escaped(call.name);
    params.saturating_add(own).saturating_add(name).saturating_add(room::ENVELOPE)
}

/// Appends what one request says in `_meta` beside the rest.
fn more_meta(out: &mut Vec<u8>, call: &Call<'_>, id: i64, era: Era) {
    let comma = |out: &mut Vec<u8>| {
        if !out.is_empty() {
            out.push(b',');
        }
    };
    if call.reports == Reports::Wanted {
        comma(out);
        out.extend_from_slice(br#""progressToken":"#);
        out.extend_from_slice(itoa::Buffer::new().format(id).as_bytes());
    }
    if let (Some(level), Era::Modern) = (call.level, era) {
        comma(out);
        out.extend_from_slice(br#""io.modelcontextprotocol/logLevel":"#);
        write::string(out, level.name());
    }
}

/// Appends the member `params`, when there is anything in it.
fn params(out: &mut Vec<u8>, params: Option<Raw<'_>>, add: Additions<'_>) {
    let is_bare = add.meta.is_empty() && add.members.is_empty();
    let is_bare = is_bare && !params.is_some_and(|params| mentions(params, add.meta_dropped));
    match params {
        None if is_bare => {}
        Some(params) if is_bare => {
            out.extend_from_slice(br#","params":"#);
            out.extend_from_slice(params.spelling().as_bytes());
        }
        params => {
            out.extend_from_slice(br#","params":"#);
            splice::object(out, params.unwrap_or(Raw::new("{}")), add);
        }
    }
}

/// Whether a member of one of these names may be there.
fn mentions(params: Raw<'_>, names: &[&str]) -> bool {
    let text = params.spelling().as_bytes();
    let is_there = |name: &&str| find(text, name.as_bytes()).is_some();
    names.iter().any(is_there) || find(text, b"\\u00").is_some()
}

/// What whoever the parameters come from says in `_meta` of its own conversation. Our peer would take the token for one of ours, and
/// in the legacy era the rest for a request of the modern one (MCP 2026-07-28, Versioning).
fn foreign_meta(era: Era) -> &'static [&'static str] {
    match era {
        Era::Modern => &FOREIGN[..1],
        Era::Legacy => &FOREIGN,
    }
}

/// Appends `notifications/cancelled`.
pub(super) fn cancelled(out: &mut Vec<u8>, id: &RequestId, reason: Option<&str>) {
    out.extend_from_slice(
        br#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"#,
    );
    id.write(out);
    if let Some(reason) = reason {
        out.extend_from_slice(br#","reason":"#);
        write::string(out, reason);
    }
    out.extend_from_slice(b"}}");
}

const FOREIGN: [&str; 5] = [
    "progressToken",
    "io.modelcontextprotocol/protocolVersion",
    "io.modelcontextprotocol/clientCapabilities",
    "io.modelcontextprotocol/clientInfo",
    "io.modelcontextprotocol/logLevel",
];
