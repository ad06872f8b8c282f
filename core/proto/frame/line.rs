//! Newline-delimited frames (MCP stdio transport; also sockets): which bytes of the arena are whole
//! lines.
//!
//! No byte is searched twice, however it dribbles in: each read is searched once, backwards from
//! its end, for the last newline. Everything before it is whole lines, and where each of these ends is found
//! by the scanner on its way.

use memchr::{memchr, memrchr};

use super::arena::{Arena, Sharing};
use super::pool::Pool;
use crate::error::{Error, FrameRule, Misuse};
use crate::limits::{Limit, Limits};

/// The lines of one stream.
///
/// ```text
///            newline within the cap
///          ┌──────────────┐
///          ▼              │
///        Keeping ─────────┘
///          │  ▲
/// cap + 1  │  │ newline
///  bytes   ▼  │
///        Skipping ──▶ every byte up to the newline is dropped on arrival
/// ```
#[derive(Debug)]
pub(crate) struct Lines {
    arena: Arena,
    cap: usize,
    /// Length of the whole lines among the unread bytes, the last newline included.
    whole: usize,
    /// Why the line before the unread ones is gone, until it is reported.
    gone: Option<Error>,
    state: State,
    ended: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Keeping,
    Skipping,
}

impl Lines {
    pub(crate) fn new(limits: &Limits, pool: Pool) -> Self {
        let cap = limits.clamped().message_bytes as usize;
        let arena = Arena::new(pool, cap.saturating_add(1), Sharing::SplitOrSeal);
        Self { arena, cap, whole: 0, gone: None, state: State::Keeping, ended: false }
    }

    pub(crate) fn arena(&mut self) -> &mut Arena {
        &mut self.arena
    }

    /// Longest line, without its end.
    pub(crate) fn cap(&self) -> usize {
        self.cap
    }

    /// Room for the next read.
    pub(crate) fn spare(&mut self) -> Result<&mut [u8], Error> {
        let spare = self.arena.spare()?;
        if spare.is_empty() { Err(Error::ApiMisuse(Misuse::NotDrained)) } else { Ok(spare) }
    }

    /// Takes note of `n` bytes that were read into the spare room.
    pub(crate) fn commit(&mut self, n: usize) -> Result<(), Error> {
        if self.ended && n > 0 {
            return Err(Error::ApiMisuse(Misuse::AfterEnd));
        }
        let mut before = self.arena.len();
        self.arena.commit(n)?;
        if self.state == State::Skipping {
            let newline = memchr(b'\n', self.arena.unread());
            self.arena.skip(newline.map_or(usize::MAX, |at| at.saturating_add(1)));
            if newline.is_none() {
                return Ok(());
            }
            self.state = State::Keeping;
            before = 0;
        }
        let fresh = self.arena.unread().get(before..).unwrap_or_default();
        match memrchr(b'\n', fresh) {
            Some(at) => self.whole = before.saturating_add(at).saturating_add(1),
            None => self.drop_long_partial(),
        }
        Ok(())
    }

    /// Length of the whole lines at the front of the arena; 0 when there is none.
    ///
    /// # Errors
    ///
    /// The line that came next was above the cap, and is gone.
    pub(crate) fn whole(&mut self) -> Result<usize, Error> {
        if self.gone.is_none() && self.whole == 0 {
            self.drop_long_partial();
        }
        self.gone.take().map_or(Ok(self.whole), Err)
    }

    /// Drops a partial line once it is above the cap and nothing stands before it.
    fn drop_long_partial(&mut self) {
        if self.whole > 0 || self.gone.is_some() || !self.is_too_long(self.arena.len()) {
            return;
        }
        let offset = self.arena.offset();
        self.gone = Some(Error::LimitExceeded { limit: Limit::MessageBytes, offset });
        self.arena.skip(usize::MAX);
        self.state = State::Skipping;
    }

    /// Where the first line ends, of which the first `known` bytes are known to have no newline.
    pub(crate) fn line_end(&self, known: usize) -> usize {
        let unread = self.arena.unread();
        let rest = unread.get(known..self.whole).unwrap_or_default();
        memchr(b'\n', rest).map_or(self.whole, |at| known.saturating_add(at))
    }

    /// Whether the first `len` unread bytes, which hold no newline, are above the cap. One carriage
    /// return at their end belongs to the line end.
    pub(crate) fn is_too_long(&self, len: usize) -> bool {
        let line = self.arena.unread().get(..len).unwrap_or_default();
        line.strip_suffix(b"\r").unwrap_or(line).len() > self.cap
    }

    /// Drops the first `n` unread bytes, or tells that they were taken from the arena.
    pub(crate) fn consumed(&mut self, n: usize) {
        self.whole = self.whole.saturating_sub(n);
    }

    /// Declares the end of the stream. A partial line is dropped, and is an error unless it is blank.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        self.ended = true;
        let partial = self.arena.unread().get(self.whole..).unwrap_or_default();
        let blank = partial.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
        if blank {
            return Ok(());
        }
        let offset = self.arena.offset().saturating_add(self.whole as u64);
        self.arena.truncate(self.whole);
        Err(Error::InvalidFrame { rule: FrameRule::Truncated, offset })
    }
}
