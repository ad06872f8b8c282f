//! Where streams without anything buffered leave their memory, for the next stream that reads.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::memory::{LEAST_READ, Memory, STANDARD, TAIL};
use crate::error::Error;
use crate::json::{Scratch, Seed};
use crate::limits::Limits;
use crate::message::Found;
use crate::room;

/// Read arenas shared by many streams.
///
/// A stream holds an arena only while bytes of it are in flight, so ten thousand idle streams on one
/// pool hold none. Cloning a pool is cheap and yields another handle of the same one. A lock is taken once per read,
/// never per message.
///
/// Messages share the arena they were read into. An arena that is full while messages of it live is
/// set aside until they are gone; when [`Limits::retained`] bytes are set aside, further messages
/// are copied out instead, so that each pins no more than itself.
#[derive(Clone, Debug)]
pub struct Pool {
    shelf: Arc<Mutex<Shelf>>,
    seed: Seed,
}

#[derive(Debug, Default)]
struct Shelf {
    workspaces: Vec<Box<Workspace>>,
    /// Memories of the standard size with room for a read.
    standard: Vec<Memory>,
    /// Larger memories, for the next long message.
    large: Vec<Memory>,
    /// Memories that messages share and that have no room left, and their bytes.
    pinned: VecDeque<Memory>,
    pinned_bytes: usize,
    /// Most bytes that may be set aside: [`Limits::retained`].
    retained: usize,
}

/// What a stream needs only while bytes are in flight.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(super) memory: Memory,
    /// Whether messages are copied out of the memory instead of sharing it.
    pub(super) copy_out: bool,
    pub(crate) scratch: Scratch,
    pub(crate) found: Found,
}

impl Pool {
    /// A pool for streams with these limits. `seed` should be a secret: see [`Seed`].
    pub fn new(limits: &Limits, seed: Seed) -> Self {
        let shelf = Shelf { retained: limits.retained as usize, ..Shelf::default() };
        Self { shelf: Arc::new(Mutex::new(shelf)), seed }
    }

    /// Bytes of arenas that were full and are set aside until the messages that share them are gone.
    pub fn pinned_bytes(&self) -> usize {
        self.shelf().pinned_bytes
    }

    /// Number of arenas that wait for a stream.
    pub fn idle_arenas(&self) -> usize {
        self.shelf().standard.len()
    }

    /// What a stream needs while bytes are in flight.
    ///
    /// # Errors
    ///
    /// [`Limit::Memory`](crate::limits::Limit::Memory).
    pub(super) fn acquire(&self) -> Result<Box<Workspace>, Error> {
        let mut shelf = self.shelf();
        let memory = shelf.standard(LEAST_READ + TAIL);
        let copy_out = !shelf.may_pin(STANDARD);
        let workspace = shelf.workspaces.pop();
        drop(shelf);
        let mut workspace = workspace.unwrap_or_else(|| Box::new(Workspace::new(self.seed)));
        workspace.memory = match memory {
            Some(memory) => memory,
            None => Memory::new(STANDARD).map_err(|_| room::REFUSED)?,
        };
        workspace.copy_out = copy_out;
        Ok(workspace)
    }

    /// Takes a workspace back whose bytes are all gone. Its memory is worth keeping unless it grew for
    /// nothing.
    pub(super) fn release(&self, mut work: Box<Workspace>, worth_keeping: bool) {
        let memory = core::mem::take(&mut work.memory);
        let mut shelf = self.shelf();
        if worth_keeping || memory.size() <= STANDARD {
            shelf.put(memory);
        }
        if shelf.workspaces.len() < MOST_IDLE {
            shelf.workspaces.push(work);
        }
    }

    /// Exchanges the memory of a workspace for another one of at least `size` bytes. `false` when there is
    /// none and `size` is above the standard.
    pub(super) fn exchange(&self, work: &mut Workspace, size: usize, partial: usize) -> bool {
        let mut shelf = self.shelf();
        let other = if size > STANDARD {
            shelf.large(size)
        } else {
            shelf.standard(partial.saturating_add(LEAST_READ + TAIL))
        };
        let other =
            other.or_else(|| (size <= STANDARD).then(|| Memory::new(STANDARD).ok()).flatten());
        let whole = other.as_ref().map_or(size, Memory::whole);
        work.copy_out = !shelf.may_pin(whole);
        let Some(mut other) = other else { return false };
        other.begin_with(work.memory.bytes().get(..partial).unwrap_or_default());
        core::mem::swap(&mut work.memory, &mut other);
        shelf.put(other);
        true
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Pool {
    fn default() -> Self {
        Self::new(&Limits::default(), Seed::default())
    }
}

impl Workspace {
    fn new(seed: Seed) -> Self {
        let memory = Memory::default();
        Self { memory, copy_out: false, scratch: Scratch::new(seed), found: Found::default() }
    }
}

impl Shelf {
    /// Whether `size` more bytes may be pinned.
    fn may_pin(&self, size: usize) -> bool {
        self.pinned_bytes.saturating_add(size) <= self.retained
    }

    /// A memory of the standard size with room for `room` bytes.
    fn standard(&mut self, room: usize) -> Option<Memory> {
        if self.standard.is_empty() {
            self.look_at_pinned();
        }
        if let Some(at) = self.standard.iter().rposition(|memory| memory.has_room(room)) {
            return Some(self.standard.swap_remove(at));
        }
        let mut memory = self.standard.pop()?;
        if memory.compact(0, 0, STANDARD) {
            return Some(memory);
        }
        self.pin(memory);
        None
    }

    /// A memory of at least `size` bytes.
    fn large(&mut self, size: usize) -> Option<Memory> {
        let at = self.large.iter().position(|memory| memory.has_room(size))?;
        Some(self.large.swap_remove(at))
    }

    /// Sets a memory aside, unless that many bytes are set aside already: then it is let go, and lives as long
    /// as its messages.
    fn pin(&mut self, memory: Memory) {
        if self.may_pin(memory.whole()) && self.pinned.try_reserve(1).is_ok() {
            self.pinned_bytes = self.pinned_bytes.saturating_add(memory.whole());
            self.pinned.push_back(memory);
        }
    }

    /// Looks at the memories longest set aside for those whose messages are gone.
    fn look_at_pinned(&mut self) {
        for _ in 0..LOOKS.min(self.pinned.len()) {
            let Some(memory) = self.pinned.pop_front() else { return };
            self.pinned_bytes = self.pinned_bytes.saturating_sub(memory.whole());
            self.put(memory);
        }
    }

    /// Takes a memory whose bytes are all gone, for the next stream, or until its messages are.
    fn put(&mut self, mut memory: Memory) {
        let whole = memory.whole();
        let usable = memory.has_room(LEAST_READ + TAIL) || memory.compact(0, 0, whole);
        if !usable {
            self.pin(memory);
        } else if whole <= STANDARD {
            if self.standard.len() < MOST_IDLE {
                self.standard.push(memory);
            }
        } else {
            let kept = self.large.iter().map(Memory::whole).sum::<usize>();
            if kept.saturating_add(whole) <= MOST_LARGE {
                self.large.push(memory);
            }
        }
    }
}

/// Arenas beyond this are freed rather than kept.
const MOST_IDLE: usize = 64;
/// Bytes of longer memories that are kept, all together.
pub(super) const MOST_LARGE: usize = 4 << 20;
/// How many memories set aside are looked at before a new one is made.
const LOOKS: usize = 4;

#[cfg(test)]
mod tests {
    use super::{LEAST_READ, Limits, Memory, Pool, STANDARD, Seed, TAIL};

    #[test]
    fn an_arena_that_has_to_be_set_aside_counts_against_the_limit() {
        let limits = Limits { retained: STANDARD as u32, ..Limits::default() };
        let pool = Pool::new(&limits, Seed::default());
        let (mut late, mut kept) = (pool.acquire().expect("memory"), Vec::new());
        for room in [0, LEAST_READ + TAIL] {
            let mut work = pool.acquire().expect("memory");
            work.memory = Memory::new(STANDARD).expect("memory");
            kept.push(work.memory.take(0, STANDARD - room).0);
            pool.release(work, true);
        }
        assert_eq!((pool.pinned_bytes(), pool.idle_arenas()), (STANDARD, 1));
        assert!(pool.exchange(&mut late, STANDARD, LEAST_READ));
        assert!(pool.pinned_bytes() <= STANDARD, "{} bytes are pinned", pool.pinned_bytes());
        drop(kept);
    }
}
