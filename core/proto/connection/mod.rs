//! One side of a conversation, as a state machine that does no I/O.
//!
//! Messages go in, events for the application and messages for the peer come out. It stands behind `message` on the ring
//! and knows the rules of all revisions of MCP: who may say what, and when. Every request ends in exactly one way,
//! and a peer that breaks a rule is refused by that rule and harms nothing else.
//!
//! ```text
//!            receive ──▶ ┌────────────┐ ──▶ poll_event ──▶ application
//!   peer                 │ Connection │                        │
//!         poll_transmit ◀┤            │◀── request, respond ───┘
//!                        └────────────┘◀── handle_timeout
//! ```
//!
//! Rule for every driver: after each call that changes the connection, drain [`poll_event`](Connection::poll_event) and
//! [`poll_transmit`](Connection::poll_transmit) before the next input, and ask for the next
//! [`poll_timeout`](Connection::poll_timeout).
//!
//! ```
//! use mcp_engine_proto::connection::{Call, Config, Connection, Event, Reply, TransmitBuf};
//! use mcp_engine_proto::encode::Outcome;
//! use mcp_engine_proto::{Decoder, Error, Method, Now, json::Raw};
//!
//! /// Carries what one side has to say to the other.
//! fn carry(from: &mut Connection, to: &mut Connection, now: Now) -> Result<(), Box<dyn std::error::Error>> {
//!     let (mut out, mut decoder) = (TransmitBuf::default(), Decoder::default());
//!     while from.poll_transmit(&mut out).is_some() {}
//!     decoder.feed(&out.bytes)?;
//!     while let Some(message) = decoder.poll() {
//!         to.receive(Default::default(), message?, now)?;
//!     }
//!     Ok(())
//! }
//!
//! let now = Now::default();
//! let tools = Raw::parse(r#"{"tools":{}}"#)?;
//! let mut server = Connection::new(Config::server("echo", "1.0").capabilities(tools))?;
//! let mut client = Connection::new(Config::client("shell", "1.0"))?;
//! client.start(now)?;
//! carry(&mut client, &mut server, now)?;
//! carry(&mut server, &mut client, now)?;
//! assert!(matches!(client.poll_event(), Some(Event::Ready(_))));
//!
//! client.request(Call::new(Method::CallTool).params(Raw::parse(r#"{"name":"echo"}"#)?), now)?;
//! carry(&mut client, &mut server, now)?;
//! let Some(Event::Request { id, .. }) = server.poll_event() else { panic!("no request") };
//! server.respond(&id, Reply::Text("hello", Outcome::Success), now)?;
//! carry(&mut server, &mut client, now)?;
//! let Some(Event::Response { message, .. }) = client.poll_event() else { panic!("no response") };
//! assert!(message.as_str().contains("hello"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answers;
mod batch;
mod call;
mod capability;
mod client;
mod closing;
mod config;
mod deadlines;
mod event;
mod events;
pub(crate) mod extension;
mod incoming;
mod input;
mod notifications;
mod outbox;
mod pages;
mod pending;
pub(crate) mod reply;
mod requests;
mod server;
mod serving;
mod slots;
mod splice;
mod streams;
mod subscription;
mod template;
pub(crate) mod terms;
mod tools;
mod trace;

pub use crate::level::LoggingLevel;
pub use call::{Call, Delivery, Reply};
pub use capability::Capabilities;
pub use config::{Config, SessionRequests, Topology, UnknownMethods};
pub use event::{Closing, Context, Ending, Event, Failure};
pub use input::check_input;
pub use notifications::Change;
pub use outbox::{Fin, Framing, Transmit, TransmitBuf};
pub use pages::Pages;
pub use pending::{Extend, Patience};
pub use subscription::{Filter, Watch};
pub use tools::{Standing, Tools};

pub(crate) use incoming::Report;
pub(crate) use input::check_requests as check_input_requests;
pub(crate) use notifications::{most, subscription_messages, write_log};
pub(crate) use server::echoed;
pub(crate) use splice::{Additions, object as splice_object};
pub(crate) use template::Front;
pub(crate) use terms::Remembered;
pub(crate) use terms::TASKS_REQUIRED;

use std::sync::Arc;

use batch::Batches;
use events::Events;
use incoming::Incoming;
use outbox::Outbox;
use pending::Pending;
use subscription::Subscriptions;

use crate::Now;
use crate::error::{Error, Misuse, PeerRule};
use crate::json::Raw;
use crate::limits::Limit;
use crate::message::{Counters, Flags, Id, Kind, Message, Refusal, RequestId, Tag, encode};
use crate::room;
use crate::version::{Era, Role, Version};

/// One side of a conversation over a byte stream, or of a session over HTTP.
///
/// See the [module](self) for how it is driven, and [`Config`] for what can be chosen.
#[derive(Debug)]
pub struct Connection {
    front: Arc<Front>,
    state: State,
    pending: Pending,
    incoming: Incoming,
    subscriptions: Subscriptions,
    batches: Batches,
    events: Events,
    outbox: Outbox,
    counters: Counters,
    remembered: Remembered,
    /// The stream for what belongs to no request (HTTP).
    standalone: Option<StreamId>,
}

/// One of the streams of a connection. A byte stream has just [`MAIN`](Self::MAIN); over HTTP each request has one, numbered by
/// the driver of the server, and by the connection of the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub u64);

impl StreamId {
    /// The only stream of a duplex transport.
    pub const MAIN: Self = Self(0);
    /// A stream for one message of a client that is no request: a POST of its own, which is answered without a body.
    pub const OWN: Self = Self(1 << 63);
}

/// How far the conversation is.
///
/// ```text
///   client   Idle ─start─▶ Discovering ─result──────────────▶ Open (modern)
///                              │ error, timeout, fall_back
///                              ▼
///                          Initializing ─result─────────────▶ Open (legacy)
///
///   server   Idle (modern requests are served) ─initialize──▶ Open (legacy; modern requests still are)
///
///   any ─close, peer gone, nothing in common─▶ Closed
/// ```
#[derive(Debug)]
enum State {
    Idle,
    Discovering(Version),
    Initializing(Version),
    Open(Box<Peer>),
    Closed(Closing),
}

/// What the handshake told about the other side.
#[derive(Debug)]
struct Peer {
    version: Version,
    capabilities: Capabilities,
    /// As it declared them: an object.
    declared: Box<str>,
    /// Its name and version: an object, when it told.
    implementation: Option<Box<str>>,
    instructions: Option<Box<str>>,
    /// Whether a client has confirmed the handshake.
    confirmed: bool,
    /// The mildest log messages that a client wants of its session.
    level: LoggingLevel,
}

impl Connection {
    /// A connection that has said nothing yet.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoVersion`] when the configuration speaks no revision.
    pub fn new(config: Config) -> Result<Self, Error> {
        if config.versions.is_empty() {
            return Err(Error::ApiMisuse(Misuse::NoVersion));
        }
        Ok(Self::of(Arc::new(Front::new(config))))
    }

    /// A connection with the same configuration that has said nothing yet: what the two say of themselves is in memory once.
    #[must_use]
    pub fn another(&self) -> Self {
        Self::of(Arc::clone(&self.front))
    }

    fn of(front: Arc<Front>) -> Self {
        let limits = front.config.limits;
        Self {
            pending: Pending::new(limits.own_requests),
            incoming: Incoming::new(front.config.seed),
            subscriptions: Subscriptions::default(),
            batches: Batches::default(),
            events: Events::default(),
            outbox: Outbox::new(limits.outbox_bytes),
            counters: Counters::default(),
            remembered: Remembered::default(),
            standalone: None,
            state: State::Idle,
            front,
        }
    }

    /// Takes a message of the peer in.
    ///
    /// # Errors
    ///
    /// [`Error::PeerMisbehaved`] when the message broke a rule: it was counted, answered where it can be, and the conversation
    /// goes on. [`Error::LimitExceeded`] in the same way, and when more than [`Limits::events`](crate::Limits::events) wait to be
    /// polled. [`Error::ApiMisuse`] when the connection is closed.
    #[inline]
    pub fn receive(&mut self, from: StreamId, message: Message, now: Now) -> Result<(), Error> {
        if let State::Closed(_) = self.state {
            return Err(Error::ApiMisuse(Misuse::Closed));
        }
        if self.events.len() >= self.front.config.limits.events as usize {
            let error = Error::LimitExceeded { limit: Limit::Events, offset: message.index().base };
            self.counters.refuse(error);
            return Err(error);
        }
        self.make_room()?;
        self.counters.accept(message.kind() as u8);
        let taken = match message.index().flags & Flags::BATCH {
            0 if self.batches.is_open() => {
                self.end_arrival();
                self.dispatch(from, message, now)
            }
            0 => self.dispatch(from, message, now),
            _ => self.receive_in_batch(from, message, now),
        };
        if let Err(error) = taken {
            trace::refused(self.front.config.role, error);
            self.counters.refuse(error);
        }
        taken
    }

    /// Makes room for what one message of the peer can lead to, beside what is said in return.
    #[inline]
    fn make_room(&mut self) -> Result<(), Error> {
        self.events.reserve(self.pending.len().saturating_add(1))?;
        self.outbox.reserve_places(1)?;
        self.subscriptions.reserve()?;
        self.incoming.reserve()
    }

    #[inline]
    fn dispatch(&mut self, from: StreamId, message: Message, now: Now) -> Result<(), Error> {
        match message.kind() {
            Kind::Response | Kind::ErrorResponse => self.receive_answer(message, now),
            Kind::Request => self.receive_request(from, message, now),
            Kind::Notification => self.receive_notification(from, message, now),
        }
    }

    /// Takes in what a decoder refused: a request is answered with the error, a call whose answer it was fails.
    ///
    /// # Errors
    ///
    /// [`Misuse::Closed`], or [`Error::LimitExceeded`] when the answer finds no room.
    pub fn refuse(&mut self, from: StreamId, refusal: &Refusal, now: Now) -> Result<(), Error> {
        if let State::Closed(_) = self.state {
            return Err(Error::ApiMisuse(Misuse::Closed));
        }
        self.make_room()?;
        trace::refused(self.front.config.role, refusal.error());
        self.counters.refuse(refusal.error());
        match refusal.place() & Flags::BATCH {
            0 => {
                self.end_arrival();
                self.answer_refusal(from, refusal, now)
            }
            _ => self.refuse_in_batch(from, refusal, now),
        }
    }

    fn answer_refusal(&mut self, from: StreamId, refusal: &Refusal, now: Now) -> Result<(), Error> {
        let (message, id) = (refusal.message(), refusal.id());
        if refusal.answers()
            && let Some(id) = id.and_then(Id::as_i64)
            && self.fail(id, Failure::Invalid(refusal.error()), now)
        {
            return Ok(());
        }
        let has_method = refusal.asks() && (message.is_some() || id.is_some());
        // A notification is never answered, however it is broken.
        let is_notification =
            has_method && message.is_some_and(|message| message.index().id_tag == Tag::ABSENT);
        if is_notification {
            return Ok(());
        }
        if self.front.config.role == Role::Server || has_method && self.may_answer() {
            // The answer to the first request of an id must not be taken for this one.
            let id = id.filter(|id| has_method && !self.is_in_flight(*id)).map(|id| id.to_owned());
            let (code, reason) = (i64::from(refusal.error().code()), refusal.error().reason());
            let most = message.map_or(0, echoed).saturating_add(room::ENVELOPE);
            self.say(from, most, |out, _, _| encode::error(out, id.as_ref(), code, reason, None))?;
        }
        Ok(())
    }

    /// The next event for the application.
    #[inline]
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.poll()
    }

    /// The next message to send. Its bytes are appended to `out`.
    #[inline]
    pub fn poll_transmit(&mut self, out: &mut TransmitBuf) -> Option<Transmit> {
        self.flush_progress();
        self.outbox.poll(out)
    }

    /// As [`poll_transmit`](Self::poll_transmit), for a buffer that may not be able to grow.
    ///
    /// # Errors
    ///
    /// [`Limit::Memory`] when the system refuses the memory: the message waits on.
    pub fn try_poll_transmit(&mut self, out: &mut TransmitBuf) -> Result<Option<Transmit>, Error> {
        self.flush_progress();
        // With the newline that frames it.
        room::behind(&mut out.bytes, self.outbox.first().saturating_add(1))?;
        Ok(self.outbox.poll(out))
    }

    /// When [`handle_timeout`](Self::handle_timeout) has to be called next, in nanoseconds of the monotonic clock.
    #[inline]
    pub fn poll_timeout(&self) -> Option<u64> {
        self.pending.deadline()
    }

    /// Bytes that [`poll_transmit`](Self::poll_transmit) would yield now. Answers that wait for others of their batch are none of them: a driver that
    /// stopped reading for their sake could wait for ever.
    pub fn ready_bytes(&self) -> usize {
        self.outbox.waiting()
    }

    /// Bytes that wait to be transmitted, with answers that wait for others of their batch.
    pub fn waiting_bytes(&self) -> usize {
        self.outbox.waiting().saturating_add(self.batches.held())
    }

    /// What was seen so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.front.config
    }

    /// The revision that was agreed on; `None` before the handshake, and on a server without a session.
    pub fn version(&self) -> Option<Version> {
        self.peer().map(|peer| peer.version)
    }

    /// How the conversation was opened.
    pub fn era(&self) -> Option<Era> {
        self.version().map(Version::era)
    }

    /// What the peer has declared in the handshake.
    pub fn peer_capabilities(&self) -> Option<Capabilities> {
        self.peer().map(|peer| peer.capabilities)
    }

    /// The same as it was spelled: an object.
    pub fn peer_declared(&self) -> Option<Raw<'_>> {
        self.peer().map(|peer| Raw::new(&peer.declared))
    }

    /// The name and version that the peer gave: an object.
    pub fn peer_implementation(&self) -> Option<Raw<'_>> {
        self.peer()?.implementation.as_deref().map(Raw::new)
    }

    /// How the server says that it wants to be used.
    pub fn instructions(&self) -> Option<&str> {
        self.peer()?.instructions.as_deref()
    }

    /// Why the connection is over, when it is.
    pub fn closing(&self) -> Option<Closing> {
        match self.state {
            State::Closed(closing) => Some(closing),
            _ => None,
        }
    }

    /// Requests of ours that wait for an answer.
    pub fn own_requests(&self) -> usize {
        self.pending.len()
    }

    /// Requests of the peer that wait for an answer, also those that were cancelled.
    pub fn peer_requests(&self) -> usize {
        self.incoming.len()
    }

    /// The request of ours on whose stream a request of the peer has come: over HTTP a server asks on the stream of what it serves. `None`
    /// where that cannot be told, as on byte streams.
    pub fn related_to(&self, id: &RequestId) -> Option<RequestId> {
        let is_client =
            self.front.config.role == Role::Client && self.front.config.topology == Topology::Http;
        let stream = self.incoming.get(id).filter(|_| is_client)?.stream;
        let own = i64::try_from(stream.0).ok().filter(|own| self.pending.is_waiting(*own))?;
        Some(own.into())
    }

    /// Names the stream for what belongs to no request: the reply to a GET (HTTP, earlier revisions). `None` when it is closed.
    pub fn set_standalone(&mut self, stream: Option<StreamId>) {
        self.standalone = stream;
    }

    fn peer(&self) -> Option<&Peer> {
        match &self.state {
            State::Open(peer) => Some(peer),
            _ => None,
        }
    }

    fn peer_mut(&mut self) -> Option<&mut Peer> {
        match &mut self.state {
            State::Open(peer) => Some(peer),
            _ => None,
        }
    }

    /// Whether the peer may have an answer at all: a client gives none in the modern era, in which servers ask nothing.
    fn may_answer(&self) -> bool {
        self.front.config.role == Role::Server || self.era() != Some(Era::Modern)
    }
}

/// The refusal of a message.
fn refused(rule: PeerRule, message: &Message) -> Error {
    Error::PeerMisbehaved { rule, offset: message.index().base }
}
