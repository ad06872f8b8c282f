//! The read arena: bytes from the transport, padded, so that the scanner may over-read them and
//! messages may share them.
//!
//! ```text
//!      start              filled                       end of memory
//! ┌──────┬───────────────────┬─────────────┬──────────────┐
//! │ gone │ read, not taken   │ spare room  │ padding      │
//! └──────┴───────────────────┴─────────────┴──────────────┘
//! ```
//!
//! All of it is initialised, so the spare room is a plain slice. A message that is taken shares the
//! memory; when all messages are gone before the next read, the same memory is used again and
//! nothing is allocated.

use core::ops::Range;

use bytes::Bytes;

use super::memory::{LEAST_READ, STANDARD, TAIL};
use super::pool::{MOST_LARGE, Pool, Workspace};
use crate::error::{Error, Misuse};
use crate::json::{Ending, Padded, Scratch};
use crate::limits::Limit;
use crate::message::Found;

/// The read arena of one stream.
///
/// # Invariant
///
/// `start <= filled` and `filled + TAIL <= memory.len()`; all offsets are relative to the memory at
/// hand. While the stream has nothing buffered it holds no memory at all.
#[derive(Debug)]
pub(crate) struct Arena {
    pool: Pool,
    /// Longest run of untaken bytes that the arena grows for.
    cap: usize,
    sharing: Sharing,
    workspace: Option<Box<Workspace>>,
    start: usize,
    filled: usize,
    /// Offset in the stream of the memory's first byte.
    base: u64,
    /// Whether a message was taken since the stream last rested.
    taken: bool,
}

/// How messages may share the memory of an arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// They are split off its front, and the rest stays writable.
    Split,
    /// As `Split`, or all of it is sealed when little room is left.
    SplitOrSeal,
}

impl Arena {
    pub(crate) fn new(pool: Pool, cap: usize, sharing: Sharing) -> Self {
        Self { pool, cap, sharing, workspace: None, start: 0, filled: 0, base: 0, taken: false }
    }

    /// Room for the next read, at least [`LEAST_READ`] bytes unless the cap forbids it.
    ///
    /// # Errors
    ///
    /// [`Error::LimitExceeded`] when the system refuses memory.
    pub(crate) fn spare(&mut self) -> Result<&mut [u8], Error> {
        if self.room() < LEAST_READ {
            self.make_room()?;
        }
        let (from, to) = (self.filled, self.filled.saturating_add(self.room()));
        let memory = self.workspace.as_mut().and_then(|work| work.memory.writable());
        Ok(memory.and_then(|memory| memory.get_mut(from..to)).unwrap_or_default())
    }

    /// Declares that the first `n` bytes of the spare room were read.
    pub(crate) fn commit(&mut self, n: usize) -> Result<(), Error> {
        if n > self.room() {
            return Err(Error::ApiMisuse(Misuse::CommitBeyondSpare));
        }
        self.filled = self.filled.saturating_add(n);
        Ok(())
    }

    /// The bytes that were read and not taken, together with everything behind them.
    pub(crate) fn unread(&self) -> &[u8] {
        self.memory().get(self.start..self.filled).unwrap_or_default()
    }

    /// How many bytes were read and not taken.
    pub(crate) fn len(&self) -> usize {
        self.filled.saturating_sub(self.start)
    }

    /// Offset in the stream of the first byte that was not taken.
    pub(crate) fn offset(&self) -> u64 {
        self.base.saturating_add(self.start as u64)
    }

    /// The scanner's state that comes with the memory.
    ///
    /// # Errors
    ///
    /// [`Error::LimitExceeded`] when the system refuses memory.
    pub(crate) fn workspace(&mut self) -> Result<&mut Workspace, Error> {
        let work = match self.workspace.take() {
            Some(work) => work,
            None => self.pool.acquire()?,
        };
        Ok(self.workspace.insert(work))
    }

    /// The untaken bytes up to the sentinel at `end`, padded, with what a scan of them needs. A zero
    /// sentinel is written there.
    #[inline]
    pub(crate) fn desk(
        &mut self,
        end: usize,
        ending: Ending,
    ) -> Option<(Padded<'_>, &mut Scratch, &mut Found)> {
        let end = self.start.checked_add(end)?;
        let work = self.workspace.as_deref_mut()?;
        if ending == Ending::Zero {
            *work.memory.writable()?.get_mut(end)? = 0;
        }
        let text = Padded::new(work.memory.bytes(), self.start, end, ending)?;
        Some((text, &mut work.scratch, &mut work.found))
    }

    /// What the last scan found.
    #[inline]
    pub(crate) fn found(&mut self) -> Option<&mut Found> {
        self.workspace.as_deref_mut().map(|work| &mut work.found)
    }

    /// Drops untaken bytes up to an offset in the stream.
    pub(crate) fn skip_to(&mut self, offset: u64) {
        let n = offset.saturating_sub(self.offset());
        self.skip(usize::try_from(n).unwrap_or(usize::MAX));
    }

    /// Drops `n` untaken bytes.
    pub(crate) fn skip(&mut self, n: usize) {
        self.start = self.start.saturating_add(n).min(self.filled);
    }

    /// Drops all but the first `n` untaken bytes.
    pub(crate) fn truncate(&mut self, n: usize) {
        self.filled = self.start.saturating_add(n).min(self.filled);
    }

    /// Moves the line at `line` to directly behind `end`, with a newline between, and yields where it then
    /// ends. There must be a byte to spare between the two.
    pub(crate) fn join(&mut self, end: usize, line: Range<usize>) -> usize {
        let len = line.len();
        let (end, from) = (self.start.saturating_add(end), self.start.saturating_add(line.start));
        let memory = self.workspace.as_mut().and_then(|work| work.memory.writable());
        if let Some(region) =
            memory.and_then(|memory| memory.get_mut(end..from.saturating_add(len)))
            && let Some((newline, region)) = region.split_first_mut()
        {
            *newline = b'\n';
            let gap = region.len().saturating_sub(len);
            region.copy_within(gap.., 0);
        }
        end.saturating_sub(self.start).saturating_add(1).saturating_add(len)
    }

    /// Takes `len` bytes, beginning `from` bytes behind the first untaken one, out as a shared slice;
    /// what stands before them is dropped.
    pub(crate) fn take(&mut self, from: usize, len: usize) -> Bytes {
        let from = self.start.saturating_add(from).min(self.filled);
        let to = from.saturating_add(len).min(self.filled);
        let little_room = self.room() < LEAST_READ;
        let Some(work) = self.workspace.as_deref_mut() else { return Bytes::new() };
        self.taken = true;
        // Where there is no memory for a copy, the message shares the arena all the same.
        if work.copy_out
            && let Some(copied) = copied(work.memory.bytes().get(from..to).unwrap_or_default())
        {
            self.start = to;
            return copied;
        }
        let whole = little_room || work.memory.whole() > STANDARD;
        if whole && self.sharing == Sharing::SplitOrSeal {
            work.memory.seal();
        }
        let (taken, split) = work.memory.take(from, to);
        self.start = to;
        if split {
            self.base = self.base.saturating_add(to as u64);
            self.filled = self.filled.saturating_sub(to);
            self.start = 0;
        }
        taken
    }

    /// Gives the memory back to the pool when nothing is buffered.
    pub(crate) fn rest(&mut self) {
        if self.len() == 0
            && let Some(work) = self.workspace.take()
        {
            self.base = self.base.saturating_add(self.filled as u64);
            (self.start, self.filled) = (0, 0);
            self.pool.release(work, self.taken);
            self.taken = false;
        }
    }

    fn memory(&self) -> &[u8] {
        self.workspace.as_ref().map_or(&[], |work| work.memory.bytes())
    }

    fn room(&self) -> usize {
        let memory = self.workspace.as_ref().map(|work| &work.memory);
        let size = memory.filter(|memory| memory.has_room(0)).map_or(0, |memory| memory.size());
        size.saturating_sub(self.filled).saturating_sub(TAIL)
    }

    /// Moves what is untaken to the front of a memory with room behind it: the same when no message
    /// shares it, a larger one when it is long, else another one.
    #[cold]
    fn make_room(&mut self) -> Result<(), Error> {
        let Some(work) = self.workspace.as_deref_mut() else {
            self.workspace()?;
            return Ok(());
        };
        let partial = self.filled.saturating_sub(self.start);
        let size = grown(partial, self.cap);
        self.base = self.base.saturating_add(self.start as u64);
        let ready = work.memory.compact(self.start, self.filled, size);
        (self.start, self.filled) = (0, partial);
        if ready {
            return Ok(());
        }
        if self.pool.exchange(work, size, partial) {
            return Ok(());
        }
        let offset = self.base;
        let refused = |_| Error::LimitExceeded { limit: Limit::Memory, offset };
        work.memory.grow(partial, size).map_err(refused)
    }
}

/// The same bytes elsewhere, unless the system refuses memory for them.
fn copied(bytes: &[u8]) -> Option<Bytes> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len()).ok()?;
    copy.extend_from_slice(bytes);
    Some(copy.into())
}

/// Size of a memory that has room for a read behind `partial` bytes, up to the cap: the standard one, or a power of
/// two, so that few sizes are about, or what is wanted where none is kept.
fn grown(partial: usize, cap: usize) -> usize {
    let wanted = partial.saturating_add(partial / 2).saturating_add(LEAST_READ + TAIL);
    if wanted <= STANDARD {
        return STANDARD;
    }
    let size = if wanted > MOST_LARGE { wanted } else { wanted.next_power_of_two() };
    size.min(cap.saturating_add(LEAST_READ + TAIL)).max(STANDARD)
}

/// Copies as much of `from` as fits into `to`, and yields how much that is.
pub(crate) fn copy(to: &mut [u8], from: &[u8]) -> usize {
    let n = to.len().min(from.len());
    if let (Some(to), Some(from)) = (to.get_mut(..n), from.get(..n)) {
        to.copy_from_slice(from);
    }
    n
}
