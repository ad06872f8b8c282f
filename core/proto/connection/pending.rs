//! Our requests that wait for an answer.

use hashbrown::HashTable;

use super::StreamId;
use super::deadlines::Deadlines;
use super::slots::Slots;
use super::trace::Trace;
use crate::Now;
use crate::error::Error;
use crate::limits::Limit;
use crate::message::Method;
use crate::room;

/// The requests in flight, by their id.
///
/// # Invariant
///
/// `by_id` holds the slot of every entry once, under the hash of its id.
#[derive(Debug)]
pub(crate) struct Pending {
    next: i64,
    entries: Slots<Asked>,
    by_id: HashTable<u32>,
    deadlines: Deadlines,
    limit: usize,
}

/// One of our requests.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) id: i64,
    pub(crate) method: Option<Method>,
    pub(crate) stream: StreamId,
    pub(crate) purpose: Purpose,
    pub(crate) patience: Patience,
    /// The last progress, or less than any.
    pub(crate) progress: f64,
    /// The number of its last progress event.
    pub(crate) report: Option<u64>,
    pub(super) trace: Trace,
}

/// On whose behalf a request was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The application's.
    Application,
    /// To learn what the server speaks: `server/discover`.
    Discover,
    /// To open a session: `initialize`.
    Initialize,
    /// A subscription that was not acknowledged yet.
    Listen,
    /// A subscription that is open.
    Listening,
}

/// How long a request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Nanoseconds without a sign of life; 0 for no limit.
    pub idle_ns: u64,
    /// Whether progress starts the time anew.
    pub progress: Extend,
    /// Nanoseconds in all, whatever progress there is; 0 for no limit.
    pub total_ns: u64,
}

/// Whether progress gives a request more time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extend {
    /// It does, up to the total.
    #[default]
    OnProgress,
    /// It does not.
    Never,
}

impl Default for Patience {
    /// A minute without progress, an hour in all.
    fn default() -> Self {
        Self { idle_ns: 60 * SECOND, progress: Extend::OnProgress, total_ns: 3600 * SECOND }
    }
}

impl Pending {
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            next: 1,
            entries: Slots::new(),
            by_id: HashTable::new(),
            deadlines: Deadlines::default(),
            limit: limit as usize,
        }
    }

    /// The id that the next request will have.
    pub(crate) fn next_id(&self) -> i64 {
        self.next
    }

    /// Whether an id was given out, long ago or not.
    pub(crate) fn was_given(&self, id: i64) -> bool {
        0 < id && id < self.next
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether one more request may be made.
    ///
    /// # Errors
    ///
    /// [`Limit::OwnRequests`] when too many are in flight; [`Limit::Memory`].
    #[inline]
    pub(crate) fn room(&mut self) -> Result<(), Error> {
        if self.entries.len() >= self.limit {
            return Err(Error::LimitExceeded { limit: Limit::OwnRequests, offset: 0 });
        }
        self.entries.reserve()?;
        let entries = &self.entries;
        let hashed = |slot: &u32| entries.get(*slot).map_or(0, |asked| hash(asked.id));
        self.by_id.try_reserve(1, hashed).map_err(|_| room::REFUSED)?;
        self.deadlines.reserve(self.entries.len().saturating_add(1))
    }

    /// Adds a request under [`next_id`](Self::next_id).
    #[inline]
    pub(crate) fn insert(&mut self, mut asked: Asked, now: Now) {
        asked.id = self.next;
        self.next = self.next.wrapping_add(1);
        let (id, patience) = (asked.id, asked.patience);
        let slot = self.entries.insert(asked);
        let entries = &self.entries;
        self.by_id.insert_unique(hash(id), slot, |slot| {
            entries.get(*slot).map_or(0, |asked| hash(asked.id))
        });
        if let Some(at) = patience.deadline(now) {
            self.deadlines.set(slot, at);
        }
    }

    /// The request with that id.
    #[inline]
    pub(crate) fn find(&mut self, id: i64) -> Option<&mut Asked> {
        let slot = self.slot(id)?;
        self.entries.get_mut(slot)
    }

    /// Whether the request with that id waits.
    pub(crate) fn is_waiting(&self, id: i64) -> bool {
        self.slot(id).is_some()
    }

    /// Takes the request with that id out.
    #[inline]
    pub(crate) fn remove(&mut self, id: i64) -> Option<Asked> {
        let entries = &self.entries;
        let entry = self
            .by_id
            .find_entry(hash(id), |slot| entries.get(*slot).is_some_and(|asked| asked.id == id));
        let (slot, _) = entry.ok()?.remove();
        self.deadlines.clear(slot);
        self.entries.remove(slot)
    }

    /// Gives a request the time that progress buys it.
    pub(crate) fn extend(&mut self, id: i64, now: Now) {
        let Some(slot) = self.slot(id) else { return };
        let Some(asked) = self.entries.get_mut(slot) else { return };
        if let Some(at) = asked.patience.extended(now) {
            self.deadlines.set(slot, at);
        }
    }

    /// Lets a request wait for ever.
    pub(crate) fn wait_for_ever(&mut self, id: i64) {
        if let Some(slot) = self.slot(id) {
            self.deadlines.clear(slot);
        }
    }

    /// The nearest deadline, in nanoseconds of the monotonic clock.
    #[inline]
    pub(crate) fn deadline(&self) -> Option<u64> {
        self.deadlines.first()
    }

    /// The id of a request that is out of time.
    pub(crate) fn take_due(&mut self, now: Now) -> Option<i64> {
        let slot = self.deadlines.take_due(now.mono_ns)?;
        self.entries.get(slot).map(|asked| asked.id)
    }

    /// The ids of the requests that a stream was for, or of all, oldest first; none when there is no memory for a list of them.
    pub(crate) fn ids(&self, of: Option<StreamId>) -> Vec<i64> {
        let mut ids = Vec::new();
        if ids.try_reserve_exact(self.entries.len()).is_ok() {
            ids.extend(self.on(of));
            ids.sort_unstable();
        }
        ids
    }

    /// The oldest of them.
    pub(crate) fn oldest(&self, of: Option<StreamId>) -> Option<i64> {
        self.on(of).min()
    }

    fn on(&self, of: Option<StreamId>) -> impl Iterator<Item = i64> {
        let on = self.entries.iter().filter(move |asked| of.is_none_or(|of| asked.stream == of));
        on.map(|asked| asked.id)
    }

    #[inline]
    fn slot(&self, id: i64) -> Option<u32> {
        let is = |slot: &u32| self.entries.get(*slot).is_some_and(|asked| asked.id == id);
        self.by_id.find(hash(id), is).copied()
    }
}

impl Patience {
    /// No limit at all.
    pub const ENDLESS: Self = Self { idle_ns: 0, progress: Extend::Never, total_ns: 0 };

    /// The same limits, with the total counted from `now` on, as an absolute time.
    pub(crate) fn from(self, now: Now) -> Self {
        let total_ns = match self.total_ns {
            0 => u64::MAX,
            ns => now.mono_ns.saturating_add(ns),
        };
        Self { total_ns, ..self }
    }

    /// The first deadline of a request whose total is an absolute time.
    fn deadline(self, now: Now) -> Option<u64> {
        let idle = match self.idle_ns {
            0 => u64::MAX,
            ns => now.mono_ns.saturating_add(ns),
        };
        Some(idle.min(self.total_ns)).filter(|at| *at != u64::MAX)
    }

    /// The deadline after progress, when progress moves it.
    fn extended(self, now: Now) -> Option<u64> {
        match self.progress {
            Extend::OnProgress => self.deadline(now),
            Extend::Never => None,
        }
    }
}

/// Our own ids are counted up, so nobody can make them collide.
#[inline]
fn hash(id: i64) -> u64 {
    (id as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

const SECOND: u64 = 1_000_000_000;
