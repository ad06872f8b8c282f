//! The peer's requests that wait for our answer.

use std::collections::VecDeque;

use hashbrown::HashTable;

use super::StreamId;
use super::event::Context;
use super::slots::Slots;
use super::trace::Trace;
use crate::error::Error;
use crate::json::Seed;
use crate::message::{Id, Method, RequestId};
use crate::room;
use crate::version::Era;

/// The requests in flight, by their id. An entry stays until the application has answered, also when the peer has
/// cancelled it: until then its id must not come again, and it counts against the limit.
///
/// # Invariant
///
/// `by_id` holds the slot of every entry once, under the seeded hash of its id.
#[derive(Debug)]
pub(crate) struct Incoming {
    entries: Slots<Served>,
    by_id: HashTable<u32>,
    seed: Seed,
    /// Slots with progress that was not sent yet, in the order it was made.
    dirty: VecDeque<u32>,
}

/// One request of the peer.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) id: RequestId,
    pub(crate) method: Option<Method>,
    pub(crate) stream: StreamId,
    pub(crate) context: Context,
    pub(crate) fate: Fate,
    /// The token with which the peer asked for progress.
    pub(crate) token: Option<RequestId>,
    pub(crate) progress: Report,
    /// The batch that the answer belongs to.
    pub(crate) batch: Option<u32>,
    /// The URI that it subscribes to and nothing did before, when the application answers that.
    pub(crate) subscribes: Option<Box<str>>,
    pub(super) trace: Trace,
}

/// Whether the answer to a request is still wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Wanted,
    Cancelled,
}

/// The newest progress of a request.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) value: f64,
    pub(crate) total: Option<f64>,
    pub(crate) message: String,
    /// Whether it waits to be sent.
    pub(crate) waits: bool,
}

impl Default for Report {
    fn default() -> Self {
        Self { value: f64::NEG_INFINITY, total: None, message: String::new(), waits: false }
    }
}

impl Incoming {
    pub(crate) fn new(seed: Seed) -> Self {
        Self { entries: Slots::new(), by_id: HashTable::new(), seed, dirty: VecDeque::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Makes room for one more, in each of the tables.
    ///
    /// # Errors
    ///
    /// [`Limit::Memory`](crate::limits::Limit::Memory).
    #[inline]
    pub(crate) fn reserve(&mut self) -> Result<(), Error> {
        self.entries.reserve()?;
        let (seed, entries) = (self.seed, &self.entries);
        let hashed = |slot: &u32| entries.get(*slot).map_or(0, |served| served.id.hash(seed));
        self.by_id.try_reserve(1, hashed).map_err(|_| room::REFUSED)
    }

    /// Adds a request, whose id is not in flight.
    #[inline]
    pub(crate) fn insert(&mut self, served: Served) {
        let (seed, hash) = (self.seed, served.id.hash(self.seed));
        let slot = self.entries.insert(served);
        let entries = &self.entries;
        self.by_id.insert_unique(hash, slot, |slot| {
            entries.get(*slot).map_or(0, |served| served.id.hash(seed))
        });
    }

    /// The request that has the id of a message.
    #[inline]
    pub(crate) fn find_id(&mut self, id: Id<'_>) -> Option<&mut Served> {
        let is = |slot: &u32| self.entries.get(*slot).is_some_and(|served| id == served.id);
        let slot = *self.by_id.find(id.hash(self.seed), is)?;
        self.entries.get_mut(slot)
    }

    /// The request that has an id which was kept.
    #[inline]
    pub(crate) fn find(&mut self, id: &RequestId) -> Option<(u32, &mut Served)> {
        let slot = self.slot_of(id)?;
        Some((slot, self.entries.get_mut(slot)?))
    }

    /// The same, to look at.
    pub(crate) fn get(&self, id: &RequestId) -> Option<&Served> {
        self.entries.get(self.slot_of(id)?)
    }

    #[inline]
    fn slot_of(&self, id: &RequestId) -> Option<u32> {
        let is = |slot: &u32| self.entries.get(*slot).is_some_and(|served| served.id == *id);
        self.by_id.find(id.hash(self.seed), is).copied()
    }

    /// Takes a request out.
    #[inline]
    pub(crate) fn remove(&mut self, id: &RequestId) -> Option<Served> {
        let entries = &self.entries;
        let is = |slot: &u32| entries.get(*slot).is_some_and(|served| served.id == *id);
        let (slot, _) = self.by_id.find_entry(id.hash(self.seed), is).ok()?.remove();
        let served = self.entries.remove(slot);
        if self.entries.is_empty() && self.entries.capacity() > KEPT {
            (self.entries, self.by_id) = (Slots::new(), HashTable::new());
        }
        served
    }

    /// The modern requests on a stream whose answer is not wanted any more from now on.
    pub(crate) fn cancel_modern(&mut self, stream: StreamId) -> Vec<RequestId> {
        let served = self.entries.iter_mut();
        let is_lost = |served: &&mut Served| {
            let is_modern = served.context.version.era() == Era::Modern;
            is_modern && served.stream == stream && served.fate == Fate::Wanted
        };
        let lost = served.filter(is_lost).map(|served| {
            served.fate = Fate::Cancelled;
            served.id.clone()
        });
        lost.collect()
    }

    /// No answer is wanted any more.
    pub(crate) fn abandon(&mut self) {
        for served in self.entries.iter_mut() {
            (served.fate, served.batch) = (Fate::Cancelled, None);
        }
    }

    /// Makes room to remember one more slot.
    pub(crate) fn reserve_mark(&mut self) -> Result<(), Error> {
        self.dirty.try_reserve(1).map_err(|_| room::REFUSED)
    }

    /// Remembers that the progress of a slot waits to be sent.
    pub(crate) fn mark(&mut self, slot: u32) {
        if let Some(served) = self.entries.get_mut(slot)
            && !served.progress.waits
        {
            served.progress.waits = true;
            self.dirty.push_back(slot);
        }
    }

    /// The next request whose progress waits to be sent; it does not wait any more.
    #[inline]
    pub(crate) fn take_report(&mut self) -> Option<&Served> {
        loop {
            let slot = self.dirty.pop_front()?;
            // A slot that was given back since has nothing to say.
            if let Some(served) = self.entries.get_mut(slot)
                && served.progress.waits
            {
                served.progress.waits = false;
                return self.entries.get(slot);
            }
        }
    }

    /// Whether a request that came on a stream still wants its answer, one left out of account.
    pub(crate) fn is_wanted_on(&self, stream: StreamId, but: Option<&RequestId>) -> bool {
        let mut served = self.entries.iter();
        served.any(|served| {
            served.stream == stream && served.fate == Fate::Wanted && Some(&served.id) != but
        })
    }
}

/// Room for so many requests is kept when none is in flight.
const KEPT: usize = 64;
