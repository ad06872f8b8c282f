//! The way in for whole bodies, as HTTP brings them: bytes in, messages out.

use super::counters::Counters;
use super::reader::{Reader, Verdict};
use crate::error::{Error, JsonRule};
use crate::frame::{Arena, Pool, Sharing, copy};
use crate::json::Duplicates;
use crate::limits::{Limit, Limits};

/// Decodes whole bodies: one message or batch in each, in which newlines are white space.
#[derive(Debug)]
pub struct BodyDecoder {
    arena: Arena,
    limits: Limits,
    reader: Reader,
    pending: Option<Verdict>,
}

impl BodyDecoder {
    /// A decoder with these limits, whose arenas come from `pool`.
    pub fn new(limits: &Limits, duplicates: Duplicates, pool: Pool) -> Self {
        let limits = limits.clamped();
        Self {
            arena: Arena::new(pool, limits.message_bytes as usize, Sharing::Split),
            limits,
            reader: Reader::new(&limits, duplicates),
            pending: None,
        }
    }

    /// Room for the next part of the body; empty when the body is above the cap.
    ///
    /// # Errors
    ///
    /// [`Error::LimitExceeded`] when the system refuses memory.
    pub fn spare(&mut self) -> Result<&mut [u8], Error> {
        self.arena.spare()
    }

    /// Declares that the first `n` bytes of the spare room were read.
    ///
    /// # Errors
    ///
    /// [`Error::LimitExceeded`] when the body is above [`Limits::message_bytes`]: it is dropped, and the next part
    /// begins a new body. [`Error::ApiMisuse`] when `n` is more than the room.
    pub fn commit(&mut self, n: usize) -> Result<(), Error> {
        self.arena.commit(n)?;
        self.reader.counters.read(n);
        if self.arena.len() <= self.limits.message_bytes as usize {
            return Ok(());
        }
        let error =
            Error::LimitExceeded { limit: Limit::MessageBytes, offset: self.arena.offset() };
        self.arena.skip(usize::MAX);
        self.arena.rest();
        self.reader.counters.refuse(error);
        Err(error)
    }

    /// Copies a part of the body in.
    ///
    /// # Errors
    ///
    /// As for [`commit`](Self::commit).
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let n = copy(self.arena.spare()?, rest);
            self.commit(n)?;
            rest = rest.get(n..).unwrap_or_default();
        }
        Ok(())
    }

    /// Declares the end of the body, whose messages can then be polled. An empty body is no JSON.
    pub fn end(&mut self) {
        let (base, len) = (self.arena.offset(), self.arena.len());
        if let Err(error) = self.arena.workspace() {
            self.pending = Some(self.reader.refuse(error, None));
            return;
        }
        let verdict = self.reader.whole(&mut self.arena, len);
        self.arena.rest();
        self.pending = verdict.or_else(|| self.reader.queued()).or_else(|| {
            let rule = JsonRule::ExpectedValue;
            Some(self.reader.refuse(Error::InvalidJson { rule, offset: base }, None))
        });
    }

    /// The next message or refusal of the body that ended.
    pub fn poll(&mut self) -> Option<Verdict> {
        self.pending.take().or_else(|| self.reader.queued())
    }

    /// What was seen so far.
    pub fn counters(&self) -> &Counters {
        &self.reader.counters
    }
}

impl Default for BodyDecoder {
    fn default() -> Self {
        Self::new(&Limits::default(), Duplicates::Deep, Pool::default())
    }
}
