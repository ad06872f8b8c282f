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
use crate::message::{GLIMPSED, Glimpse};

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
    /// The line before the unread ones, which is gone, until it is reported.
    gone: Option<Gone>,
    state: State,
    ended: bool,
}

/// A line that was above the cap, and what is known of it.
#[derive(Debug)]
pub(crate) struct Gone {
    pub(crate) error: Error,
    pub(crate) glimpse: Glimpse,
}

#[derive(Debug)]
enum State {
    Keeping,
    /// What is to be reported when the line is over, if it was not at once, and the last bytes so far.
    Skipping(Option<(Gone, Vec<u8>)>),
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
        if matches!(self.state, State::Skipping(_)) {
            if !self.skip_line() {
                return Ok(());
            }
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
    pub(crate) fn whole(&mut self) -> Result<usize, Gone> {
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
        let gone = self.glimpsed();
        let mut last = Vec::new();
        keep_last(&mut last, self.arena.unread());
        self.arena.skip(usize::MAX);
        self.state = State::Skipping(if gone.glimpse.is_open() {
            Some((gone, last))
        } else {
            self.gone = Some(gone);
            None
        });
    }

    /// Drops what was read of a line that is being skipped. Says whether it is over.
    fn skip_line(&mut self) -> bool {
        let State::Skipping(awaited) = &mut self.state else { return true };
        let unread = self.arena.unread();
        let newline = memchr(b'\n', unread);
        if let Some((_, last)) = awaited {
            keep_last(last, unread.get(..newline.unwrap_or(unread.len())).unwrap_or_default());
        }
        self.arena.skip(newline.map_or(usize::MAX, |at| at.saturating_add(1)));
        if newline.is_none() {
            return false;
        }
        if let Some((mut gone, last)) = awaited.take() {
            gone.glimpse.add_end(&last);
            self.gone = Some(gone);
        }
        self.state = State::Keeping;
        true
    }

    /// What is known of the line at hand, which is above the cap, from its first bytes: the same ones however it comes in.
    fn glimpsed(&self) -> Gone {
        let unread = self.arena.unread();
        let glimpse = Glimpse::of_start(unread.get(..self.cap).unwrap_or(unread));
        let offset = self.arena.offset();
        Gone { error: Error::LimitExceeded { limit: Limit::MessageBytes, offset }, glimpse }
    }

    /// What is known of the first line, which is above the cap and ends after `len` bytes.
    pub(crate) fn too_long(&self, len: usize) -> Gone {
        let mut gone = self.glimpsed();
        if gone.glimpse.is_open() {
            gone.glimpse.add_end(self.arena.unread().get(..len).unwrap_or_default());
        }
        gone
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

    /// Declares the end of the stream. A partial line is dropped, and is an error unless it is blank, or was reported.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        self.ended = true;
        if let State::Skipping(awaited) = &mut self.state
            && let Some((gone, _)) = awaited.take()
        {
            return Err(gone.error);
        }
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

/// Appends bytes, and drops all but the last of them that may tell something.
fn keep_last(kept: &mut Vec<u8>, bytes: &[u8]) {
    let bytes = bytes.get(bytes.len().saturating_sub(GLIMPSED)..).unwrap_or_default();
    let most = GLIMPSED.saturating_sub(bytes.len());
    kept.drain(..kept.len().saturating_sub(most));
    kept.extend_from_slice(bytes);
}
