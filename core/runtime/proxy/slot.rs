//! The place of a connection to the server: it is connected when somebody needs it, and anew when it is gone.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use mcp_engine_proto::version::Era;
use tokio::time::{Instant, timeout};

use super::Shared;
use super::board::Audience;
use super::limits::ProxyLimit;
use super::lines::{Key, Line};
use super::watching::Wanted;
use crate::answer::{Answer, INTERNAL_ERROR};
use crate::backoff::Backoff;
use crate::error::Error;
use crate::workers::lock;

/// The place of a connection to the server.
pub(super) struct Slot {
    pub(super) key: Key,
    pub(super) audience: Audience,
    /// Held while it is being connected, so that this is done once.
    connecting: tokio::sync::Mutex<()>,
    line: Mutex<Option<Arc<Line>>>,
    down: Mutex<Down>,
    users: AtomicU32,
    used_at: Mutex<Instant>,
    pub(super) wanted: Wanted,
}

/// What went wrong last, and until when nobody tries again.
#[derive(Debug, Default)]
struct Down {
    backoff: Backoff,
    error: String,
}

/// A connection to the server in use.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) line: Arc<Line>,
    used: Used,
}

impl Slot {
    pub(super) fn new(key: Key, audience: Audience) -> Self {
        Self {
            key,
            audience,
            connecting: tokio::sync::Mutex::default(),
            line: Mutex::default(),
            down: Mutex::default(),
            users: AtomicU32::new(0),
            used_at: Mutex::new(Instant::now()),
            wanted: Wanted::default(),
        }
    }

    /// The connection, which is made now if it is not there.
    ///
    /// # Errors
    ///
    /// What a request is answered with that needs it.
    pub(super) async fn line(
        self: &Arc<Self>,
        shared: &Arc<Shared>,
    ) -> Result<Use, Answer<'static>> {
        // Whoever waits for it keeps it from being taken out.
        let used = Used::new(self);
        let _connecting = self.connecting.lock().await;
        if let Some(line) = self.there() {
            return Ok(used.with(line));
        }
        if self.key.era == Era::Legacy && self.is_gone() {
            return Err(Answer::error(INTERNAL_ERROR, GONE));
        }
        self.assert_due()?;
        let made = match shared.lines.take_spare(&self.key) {
            Some(spare) => Ok(spare),
            None => connect(shared, &self.key.declared).await,
        };
        match made {
            Ok(made) => {
                lock(&self.down).backoff.succeeded();
                made.board.is_for(self.audience.clone());
                let line = Arc::new(made);
                *lock(&self.line) = Some(Arc::clone(&line));
                Ok(used.with(line))
            }
            Err(error) => {
                let mut down = lock(&self.down);
                down.backoff.failed();
                down.error = error.to_string();
                Err(Answer::error(INTERNAL_ERROR, down.error.clone()))
            }
        }
    }

    /// The connection, if it is there.
    pub(super) fn there(&self) -> Option<Arc<Line>> {
        lock(&self.line).as_ref().filter(|line| !line.is_closed()).map(Arc::clone)
    }

    /// A server that has just failed is left alone for a while.
    fn assert_due(&self) -> Result<(), Answer<'static>> {
        let down = lock(&self.down);
        match down.backoff.until() {
            Some(_) => Err(Answer::error(INTERNAL_ERROR, down.error.clone())),
            None => Ok(()),
        }
    }

    /// Until when it is not tried again.
    pub(super) fn due(&self) -> Option<Instant> {
        lock(&self.down).backoff.until()
    }

    /// Whether it was there, and is not any more.
    pub(super) fn is_gone(&self) -> bool {
        lock(&self.line).as_ref().is_some_and(|line| line.is_closed())
    }

    /// Since when nobody uses it; `None` while somebody does.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        let is_idle = self.users.load(Ordering::SeqCst) == 0 && self.wanted.is_empty();
        is_idle.then(|| *lock(&self.used_at))
    }

    /// Ends the connection, if there is one, and waits for that.
    pub(super) async fn close(&self) {
        let line = lock(&self.line).take();
        if let Some(line) = line {
            line.client.clone().close().await;
        }
    }
}

/// Makes a connection for a client that has declared this.
pub(super) async fn connect(shared: &Arc<Shared>, declared: &str) -> Result<Line, Error> {
    match timeout(shared.limits.connect_time, shared.connect(declared)).await {
        Ok(connected) => connected,
        Err(_) => {
            let limit = shared.tally.count(ProxyLimit::ConnectTime);
            Err(Error::unreachable(limit.reason()))
        }
    }
}

/// That somebody uses a connection, or waits for it.
#[derive(Debug)]
struct Used(Arc<Slot>);

impl Used {
    fn new(slot: &Arc<Slot>) -> Self {
        slot.users.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(slot))
    }

    fn with(self, line: Arc<Line>) -> Use {
        Use { line, used: self }
    }
}

impl Use {
    pub(super) fn slot(&self) -> &Arc<Slot> {
        &self.used.0
    }
}

impl Deref for Use {
    type Target = Line;

    fn deref(&self) -> &Line {
        &self.line
    }
}

impl Drop for Used {
    fn drop(&mut self) {
        *lock(&self.0.used_at) = Instant::now();
        self.0.users.fetch_sub(1, Ordering::SeqCst);
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What a session is told whose server is gone.
pub(super) const GONE: &str = "the server is gone, and the session with it";
