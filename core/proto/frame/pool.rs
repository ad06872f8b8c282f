//! Where streams without anything buffered leave their memory, for the next stream that reads.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::arena::{Memory, STANDARD};
use crate::json::{Keys, Seed};
use crate::limits::Limits;
use crate::message::Found;

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
    retained: usize,
    seed: Seed,
}

#[derive(Debug, Default)]
struct Shelf {
    idle: Vec<Box<Workspace>>,
    /// Larger memories, for the next long message.
    large: Vec<Memory>,
    pinned: VecDeque<Memory>,
}

/// What a stream needs only while bytes are in flight.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(super) memory: Memory,
    /// Whether messages are copied out of the memory instead of sharing it.
    pub(super) copy_out: bool,
    pub(crate) keys: Keys,
    pub(crate) found: Found,
}

impl Pool {
    /// A pool for streams with these limits. `seed` should be random: see [`Seed`].
    pub fn new(limits: &Limits, seed: Seed) -> Self {
        Self { shelf: Arc::default(), retained: limits.retained as usize, seed }
    }

    /// Bytes of arenas that were full and are set aside until the messages that share them are gone.
    pub fn pinned_bytes(&self) -> usize {
        self.shelf().pinned.len().saturating_mul(STANDARD)
    }

    /// Number of arenas that wait for a stream.
    pub fn idle_arenas(&self) -> usize {
        self.shelf().idle.len()
    }

    pub(super) fn acquire(&self) -> Box<Workspace> {
        let mut shelf = self.shelf();
        if let Some(work) = shelf.idle.pop() {
            return work;
        }
        let pinned = shelf.pinned.len().saturating_mul(STANDARD);
        let copy_out = pinned.saturating_add(STANDARD) > self.retained;
        let memory = shelf.unpin().unwrap_or_else(|| Memory::new(STANDARD));
        drop(shelf);
        Box::new(Workspace {
            memory,
            copy_out,
            keys: Keys::new(self.seed),
            found: Found::default(),
        })
    }

    /// A memory of at least `size` bytes, if a stream has left one.
    pub(super) fn large(&self, size: usize) -> Option<Memory> {
        let mut shelf = self.shelf();
        let at = shelf.large.iter().position(|memory| memory.bytes().len() >= size)?;
        Some(shelf.large.swap_remove(at))
    }

    /// Takes a memory back that is longer than the standard. It is kept for the next long message, unless
    /// messages share it or it is too long to keep.
    pub(super) fn release_large(&self, mut memory: Memory) {
        let size = memory.bytes().len();
        if size > MOST_LARGE || !memory.compact(0, 0, size) {
            return;
        }
        let mut shelf = self.shelf();
        let kept =
            shelf.large.iter().fold(size, |sum, memory| sum.saturating_add(memory.bytes().len()));
        if kept <= MOST_LARGE {
            shelf.large.push(memory);
        }
    }

    /// Takes a workspace back whose bytes were all taken.
    pub(super) fn release(&self, mut work: Box<Workspace>) {
        if work.memory.bytes().len() > STANDARD {
            return self.release_large(work.memory);
        }
        let mut shelf = self.shelf();
        let usable = work.memory.has_room() || work.memory.compact(0, 0, STANDARD);
        if usable && shelf.idle.len() < MOST_IDLE {
            shelf.idle.push(work);
        } else if !usable && shelf.pinned.len().saturating_mul(STANDARD) < self.retained {
            shelf.pinned.push_back(work.memory);
        }
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

impl Shelf {
    /// Looks at the memories longest set aside for one whose messages are gone.
    fn unpin(&mut self) -> Option<Memory> {
        for _ in 0..LOOKS.min(self.pinned.len()) {
            let mut memory = self.pinned.pop_front()?;
            if memory.compact(0, 0, STANDARD) {
                return Some(memory);
            }
            self.pinned.push_back(memory);
        }
        None
    }
}

/// Arenas beyond this are freed rather than kept.
const MOST_IDLE: usize = 64;
/// Bytes of longer memories that are kept, all together.
const MOST_LARGE: usize = 4 << 20;
/// How many memories set aside are looked at before a new one is made.
const LOOKS: usize = 4;
