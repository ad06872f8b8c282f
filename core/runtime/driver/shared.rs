//! What a driver shares with everybody who speaks on its connection.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::{Poll, Waker};
use std::time::Duration;

use mcp_engine_proto::connection::{Change, Closing, Connection, Delivery, Reply};
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::state::StateKey;
use mcp_engine_proto::task::Notice;
use mcp_engine_proto::version::Version;
use mcp_engine_proto::{self as proto, LoggingLevel, Misuse, Now, RequestId};

use super::calls::Calls;
use crate::clock::Clock;
use crate::context::{Channel, Report, StreamClosing, Streams};
use crate::error::{Cause, Error};
use crate::host::Running;
use crate::peer::Peer;
use crate::server::{Owner, Sink};

/// A connection and those who wait for it, behind a lock that is never held while something of the application's is called.
pub(crate) struct Shared {
    me: Weak<Self>,
    state: Mutex<State>,
    clock: Clock,
    state_key: Option<Arc<StateKey>>,
    principal: OnceLock<Arc<str>>,
    /// One of its own in this process.
    number: u64,
    /// Whether it is for one request alone.
    is_alone: AtomicBool,
    /// The streams that its client can come back to, where there are such.
    streams: OnceLock<Weak<dyn Streams>>,
}

pub(crate) struct State {
    pub(crate) connection: Connection,
    pub(crate) calls: Calls,
    /// What serves requests of the peer and can be cancelled.
    pub(crate) serving: HashMap<RequestId, Running>,
    /// Whether the connection was changed and the driver has not looked.
    pub(crate) stirred: bool,
    pub(crate) driver: Option<Waker>,
    /// Whether the conversation ends once what is being served is answered.
    pub(crate) ends: bool,
    opened: Opened,
}

/// Whether the handshake is finished.
enum Opened {
    NotYet(Vec<Waker>),
    Ready(Version),
    Closed(Closing, Option<Cause>),
}

impl Shared {
    pub(crate) fn new(
        connection: Connection,
        clock: Clock,
        state_key: Option<Arc<StateKey>>,
    ) -> Arc<Self> {
        let state = State {
            connection,
            calls: Calls::default(),
            serving: HashMap::new(),
            stirred: false,
            driver: None,
            ends: false,
            opened: Opened::NotYet(Vec::new()),
        };
        let state = Mutex::new(state);
        Arc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            state,
            clock,
            state_key,
            principal: OnceLock::new(),
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            is_alone: AtomicBool::new(false),
            streams: OnceLock::new(),
        })
    }

    /// Remembers who the peer is, where the transport knows; it stays the same.
    #[cfg(feature = "http")]
    pub(crate) fn belongs_to(&self, principal: Arc<str>) {
        // A connection is opened for one principal, once.
        let _ = self.principal.set(principal);
    }

    /// A number that no other connection of the process has had.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Remembers that it is for one request alone: nothing can belong to it.
    #[cfg(feature = "http")]
    pub(crate) fn stands_alone(&self) {
        self.is_alone.store(true, Ordering::Relaxed);
    }

    /// Remembers the streams that its client can come back to.
    #[cfg(feature = "http")]
    pub(crate) fn has_streams(&self, streams: Weak<dyn Streams>) {
        // A session gets its id once.
        let _ = self.streams.set(streams);
    }

    pub(crate) fn now(&self) -> Now {
        self.clock.now()
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// For the driver, who looks at what it has changed.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For everybody else: the driver is woken to look at what was changed.
    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut State, Now) -> R) -> R {
        let now = self.now();
        let mut state = self.lock();
        let result = act(&mut state, now);
        state.stirred = true;
        let driver = state.driver.take();
        drop(state);
        if let Some(driver) = driver {
            driver.wake();
        }
        result
    }

    /// The same for what may be refused. Once the connection is over, the error says by whom it was closed.
    pub(crate) fn attempt<R>(
        &self,
        act: impl FnOnce(&mut State, Now) -> Result<R, proto::Error>,
    ) -> Result<R, Error> {
        self.with(|state, now| act(state, now).map_err(|error| state.refusal(error)))
    }

    /// Answers a request that was served elsewhere.
    pub(crate) fn respond(&self, id: &RequestId, reply: Reply<'_>) -> Result<(), Error> {
        self.attempt(|state, now| {
            state.serving.remove(id);
            if state.serving.is_empty() && state.serving.capacity() > KEPT {
                state.serving = HashMap::new();
            }
            state.connection.respond(id, reply, now).map(drop)
        })
    }
}

impl State {
    fn refusal(&self, error: proto::Error) -> Error {
        match (error, self.connection.closing()) {
            (proto::Error::ApiMisuse(Misuse::Closed), Some(closing)) => Error::ended(closing),
            (error, _) => error.into(),
        }
    }

    pub(crate) fn poll_opened(&mut self, waker: &Waker) -> Poll<Result<Version, Error>> {
        match &mut self.opened {
            Opened::Ready(version) => Poll::Ready(Ok(*version)),
            Opened::Closed(closing, cause) => Poll::Ready(Err(match cause {
                Some(cause) => cause.clone().into(),
                None => Error::ended(*closing),
            })),
            Opened::NotYet(waiting) => {
                if !waiting.iter().any(|waiting| waiting.will_wake(waker)) {
                    waiting.push(waker.clone());
                }
                Poll::Pending
            }
        }
    }

    pub(crate) fn open(&mut self, version: Version) {
        self.settle(Opened::Ready(version));
    }

    pub(crate) fn close(&mut self, closing: Closing, cause: Option<Cause>) {
        self.settle(Opened::Closed(closing, cause));
    }

    fn settle(&mut self, opened: Opened) {
        if let Opened::NotYet(waiting) = std::mem::replace(&mut self.opened, opened) {
            waiting.into_iter().for_each(Waker::wake);
        }
    }
}

impl Channel for Shared {
    fn progress(&self, id: &RequestId, report: Report<'_>) -> Result<Delivery, Error> {
        let Report { value, total, message } = report;
        self.attempt(|state, _| state.connection.progress(id, value, total, message))
    }

    fn log(
        &self,
        id: &RequestId,
        level: LoggingLevel,
        logger: Option<&str>,
        content: Raw<'_>,
    ) -> Result<Delivery, Error> {
        self.attempt(|state, _| state.connection.log(level, logger, content, Some(id)))
    }

    fn notify(&self, id: &RequestId, method: &str, params: Option<Raw<'_>>) -> Result<(), Error> {
        self.attempt(|state, _| state.connection.notify(method, params, Some(id)))
    }

    fn is_cancelled(&self, id: &RequestId) -> bool {
        !self.lock().connection.is_wanted(id)
    }

    fn close_stream(&self, id: &RequestId, retry: Option<Duration>) -> StreamClosing {
        let stream = self.lock().connection.stream_of(id);
        let streams = self.streams.get().and_then(Weak::upgrade);
        match (streams, stream) {
            (Some(streams), Some(stream)) => streams.close(stream, retry),
            _ => StreamClosing::Kept,
        }
    }

    fn state_key(&self) -> Option<&Arc<StateKey>> {
        self.state_key.as_ref()
    }

    fn connection(&self) -> Option<u64> {
        (!self.is_alone.load(Ordering::Relaxed)).then_some(self.number)
    }

    fn peer(&self) -> Option<Peer> {
        self.me.upgrade().map(Peer::new)
    }

    fn related(&self, id: &RequestId) -> Option<RequestId> {
        self.lock().connection.related_to(id)
    }

    fn principal(&self) -> Option<&str> {
        self.principal.get().map(|principal| &**principal)
    }
}

impl Sink for Shared {
    fn publish(&self, change: Change<'_>) {
        // A client that cannot be told at present, since too much waits for it already, is not told.
        let _ = self.with(|state, _| state.connection.publish(change));
    }

    fn tell(&self, notice: &Notice) {
        let principal = self.principal.get().map(|principal| &**principal);
        if Owner::may_be(principal, Some(self.number), &notice.principal) {
            // As above; and in MCP 2025-11-25 there may be no stream for it.
            let _ = self.with(|state, _| notice.send(&mut state.connection));
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// The next connection.
static NUMBERS: AtomicU64 = AtomicU64::new(0);

/// Room for so many requests that are served elsewhere is kept when there is none.
const KEPT: usize = 64;
