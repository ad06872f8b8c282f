//! Requests of ours that wait for an answer, and whoever waits for it.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::task::Waker;

use mcp_engine_proto::{Message, RequestId};

use crate::error::Error;

/// What became of a request of ours.
pub(crate) enum Settled {
    /// It was answered: with a result or an error.
    Answered(Message),
    /// The server needs input first (MCP 2026-07-28).
    InputRequired(Message, Option<OnProgress>),
    /// There is no answer.
    Failed(Error),
}

/// Hears of the progress of a request.
pub(crate) type OnProgress = Box<dyn FnMut(&Message) + Send>;

/// The requests by their ids, which we give out and nobody else.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    waiting: HashMap<i64, Waiting, BuildHasherDefault<Spread>>,
}

#[derive(Default)]
struct Waiting {
    settled: Option<Settled>,
    waker: Option<Waker>,
    on_progress: Option<OnProgress>,
}

impl Calls {
    pub(crate) fn wait(&mut self, id: &RequestId, on_progress: Option<OnProgress>) {
        if let Some(id) = id.as_i64() {
            self.waiting.insert(id, Waiting { on_progress, ..Waiting::default() });
        }
    }

    /// Leaves the outcome for whoever waits, and says whom to wake.
    pub(crate) fn settle(&mut self, id: &RequestId, settled: Settled) -> Option<Waker> {
        let waiting = self.waiting.get_mut(&id.as_i64()?)?;
        waiting.settled = Some(settled);
        waiting.waker.take()
    }

    /// The outcome, once; until then, the waker is kept.
    pub(crate) fn poll(&mut self, id: &RequestId, waker: &Waker) -> Option<Settled> {
        let id = id.as_i64()?;
        let waiting = self.waiting.get_mut(&id)?;
        if let Some(mut settled) = waiting.settled.take() {
            // Whoever heard of the progress of the first try hears of that of the next one.
            if let Settled::InputRequired(_, on_progress) = &mut settled {
                *on_progress = waiting.on_progress.take();
            }
            self.waiting.remove(&id);
            return Some(settled);
        }
        match &mut waiting.waker {
            Some(kept) => kept.clone_from(waker),
            kept => *kept = Some(waker.clone()),
        }
        None
    }

    /// Nobody waits any more. Says whether the answer had not come.
    pub(crate) fn forget(&mut self, id: &RequestId) -> bool {
        let waiting = id.as_i64().and_then(|id| self.waiting.remove(&id));
        waiting.is_some_and(|waiting| waiting.settled.is_none())
    }

    /// Lends out who hears of progress, so that it is called without the lock.
    pub(crate) fn take_listener(&mut self, id: &RequestId) -> Option<OnProgress> {
        self.waiting.get_mut(&id.as_i64()?)?.on_progress.take()
    }

    pub(crate) fn put_listener(&mut self, id: &RequestId, listener: OnProgress) {
        if let Some(waiting) = id.as_i64().and_then(|id| self.waiting.get_mut(&id)) {
            waiting.on_progress = Some(listener);
        }
    }
}

/// Spreads ids that are counted up. A peer cannot choose them.
#[derive(Default)]
pub(crate) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number.cast_unsigned());
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting").field("settled", &self.settled.is_some()).finish_non_exhaustive()
    }
}
