//! From one frame in an arena to its messages: the step that all decoders share.

use std::collections::VecDeque;

use super::counters::Counters;
use super::found::{Element, Shape};
use super::{Flags, Message, Refusal};
use crate::error::{Error, MessageRule};
use crate::frame::Arena;
use crate::json::{Backend, Duplicates, Ending, Policy, Scanned, Scanner, Text};
use crate::limits::Limits;

/// What comes out of a decoder: a message, or why there is none.
pub(crate) type Verdict = Result<Message, Refusal>;

/// Turns frames into messages.
#[derive(Debug)]
pub(crate) struct Reader {
    scanner: Scanner,
    /// Messages of a batch that wait to be asked for.
    queue: VecDeque<Verdict>,
    pub(crate) counters: Counters,
}

/// What one frame gave.
pub(crate) enum Read {
    /// One message or refusal.
    One(Verdict),
    /// Nothing: the frame was blank.
    Blank,
    /// A batch, whose messages are in the queue.
    Batch,
}

impl Reader {
    pub(crate) fn new(limits: &Limits, duplicates: Duplicates) -> Self {
        let policy = Policy::new(limits, duplicates);
        let scanner = Scanner {
            backend: Backend::detect(),
            policy,
        };
        Self {
            scanner,
            queue: VecDeque::new(),
            counters: Counters::default(),
        }
    }

    #[cfg(feature = "internal")]
    pub(crate) fn set_backend(&mut self, backend: Backend) {
        self.scanner.backend = backend;
    }

    /// The next message of a batch.
    #[inline]
    pub(crate) fn queued(&mut self) -> Option<Verdict> {
        if self.queue.is_empty() {
            None
        } else {
            self.queue.pop_front()
        }
    }

    /// Reads the frame at the front of `arena` and takes it. Yields what it gave and where it ended, from
    /// its start; the end of a frame that is no JSON is not known, only where the fault is.
    #[inline]
    pub(crate) fn read(
        &mut self,
        arena: &mut Arena,
        end: usize,
        ending: Ending,
    ) -> (Read, Result<u32, u32>) {
        let base = arena.offset();
        match self.scanner.read(arena, end, ending) {
            Ok((text, scanned)) => (self.accept(arena, base, text, scanned), Ok(scanned.end)),
            Err(failure) => (
                Read::One(self.refuse(failure.at(base), None)),
                Err(failure.offset),
            ),
        }
    }

    /// Counts a refusal.
    #[cold]
    pub(crate) fn refuse(&mut self, error: Error, message: Option<Message>) -> Verdict {
        self.counters.refuse(error);
        Err(Refusal::new(error, message))
    }

    #[inline]
    fn accept(&mut self, arena: &mut Arena, base: u64, text: Text, scanned: Scanned) -> Read {
        let found = &mut arena.workspace().found;
        match found.shape {
            Shape::Message => {
                let mut index = found.index;
                index.base = base.saturating_add(u64::from(found.origin));
                Read::One(self.judge(base, Message::new(text, index), scanned.note))
            }
            Shape::Blank => {
                self.counters.blank = self.counters.blank.wrapping_add(1);
                Read::Blank
            }
            Shape::Batch => {
                let mut batch = core::mem::take(&mut found.batch);
                let read = self.accept_batch(base, &text, &mut batch, scanned.note);
                arena.workspace().found.batch = batch;
                read
            }
        }
    }

    fn accept_batch(
        &mut self,
        base: u64,
        text: &Text,
        batch: &mut Vec<Element>,
        note: Option<(MessageRule, u32)>,
    ) -> Read {
        if let Some((rule, offset)) = note {
            let offset = base.saturating_add(u64::from(offset));
            return Read::One(self.refuse(Error::InvalidMessage { rule, offset }, None));
        }
        self.counters.batches = self.counters.batches.wrapping_add(1);
        let last = batch.len().saturating_sub(1);
        for (
            at,
            Element {
                mut index,
                origin,
                note,
            },
        ) in batch.drain(..).enumerate()
        {
            let from = origin as usize;
            let text = text.part(from, from.saturating_add(index.len as usize));
            index.base = base.saturating_add(u64::from(origin));
            index.flags |= Flags::BATCH | if at == last { Flags::BATCH_LAST } else { 0 };
            let verdict = self.judge(base, Message::new(text, index), note);
            self.queue.push_back(verdict);
        }
        Read::Batch
    }

    /// Refuses a message with a fault, and counts it in any case.
    #[inline]
    fn judge(&mut self, base: u64, message: Message, note: Option<(MessageRule, u32)>) -> Verdict {
        match note {
            None => {
                self.counters.accept(message.index.kind);
                Ok(message)
            }
            Some((rule, offset)) => {
                let offset = base.saturating_add(u64::from(offset));
                self.refuse(Error::InvalidMessage { rule, offset }, Some(message))
            }
        }
    }
}
