//! From one frame in an arena to its messages: the step that all decoders share.

use std::collections::VecDeque;

use super::counters::Counters;
use super::found::{Element, Found, Shape};
use super::{Flags, Glimpse, Message, MsgIndex, Refusal};
use crate::error::{Error, MessageRule};
use crate::frame::Arena;
use crate::json::{Backend, Duplicates, Ending, Policy, Scanner, Text};
use crate::limits::Limits;
use crate::room;

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

/// What one frame gave, and from its start where it ended.
pub(crate) enum Read {
    /// A message, whose index is in the arena's workspace, and its first fault.
    Message(Text, Option<Note>, u32),
    /// Nothing: the frame was blank.
    Blank(u32),
    /// A batch, whose messages are in the queue, unless the batch itself has a fault.
    Batch(Option<Error>, u32),
    /// No JSON. Where the frame ends is not known, only where the fault is.
    Refused(Error, u32),
}

/// A fault of a message, and its offset from the start of the frame.
type Note = (MessageRule, u32);

impl Reader {
    pub(crate) fn new(limits: &Limits, duplicates: Duplicates) -> Self {
        let policy = Policy::new(limits, duplicates);
        let scanner = Scanner { backend: Backend::detect(), policy };
        Self { scanner, queue: VecDeque::new(), counters: Counters::default() }
    }

    #[cfg(feature = "internal")]
    pub(crate) fn set_backend(&mut self, backend: Backend) {
        self.scanner.backend = backend;
    }

    /// Whether messages of a batch wait to be asked for.
    #[inline]
    pub(crate) fn has_queued(&self) -> bool {
        !self.queue.is_empty()
    }

    /// The next message of a batch.
    #[inline]
    pub(crate) fn queued(&mut self) -> Option<Verdict> {
        if self.queue.is_empty() { None } else { self.queue.pop_front() }
    }

    /// Reads the frame at the front of `arena` and takes its messages out.
    #[inline]
    pub(crate) fn read(&mut self, arena: &mut Arena, end: usize, ending: Ending) -> Read {
        let base = arena.offset();
        let (text, scanned) = match self.scanner.read(arena, end, ending) {
            Ok(read) => read,
            Err(failure) => return Read::Refused(failure.at(base), failure.offset),
        };
        let Some(found) = arena.found() else { return Read::Refused(room::REFUSED, 0) };
        match found.shape {
            Shape::Message => {
                found.index.base = base.saturating_add(u64::from(found.origin));
                Read::Message(text, scanned.note, scanned.end)
            }
            Shape::Blank => {
                self.counters.blank = self.counters.blank.wrapping_add(1);
                Read::Blank(scanned.end)
            }
            Shape::Batch => Read::Batch(self.batch(found, base, &text, scanned.note), scanned.end),
        }
    }

    /// Reads a frame that is known to be the first `len` bytes of `arena`. Yields its message, the first one
    /// of a batch, or a refusal; nothing when it is blank.
    pub(crate) fn whole(&mut self, arena: &mut Arena, len: usize) -> Option<Verdict> {
        let base = arena.offset();
        let read = self.read(arena, len, Ending::Zero);
        let glimpse = match read {
            Read::Refused(..) => Glimpse::of_answer(arena.unread().get(..len).unwrap_or_default()),
            _ => Glimpse::default(),
        };
        arena.skip_to(base.saturating_add(len as u64));
        match read {
            Read::Message(text, note, _) => Some(match arena.found() {
                Some(found) => self.judge(&found.index, text, note, base),
                None => self.refuse(room::REFUSED, None),
            }),
            Read::Batch(None, _) => self.queued(),
            Read::Batch(Some(error), _) => Some(self.refuse(error, None)),
            Read::Refused(error, _) => Some(Err(self.refusal(error, None).glimpsed(glimpse))),
            Read::Blank(_) => None,
        }
    }

    /// The verdict on the message that was read last. It is built in place: moving an index about costs
    /// as much as making it.
    #[inline(always)]
    pub(crate) fn judge(
        &mut self,
        index: &MsgIndex,
        text: Text,
        note: Option<Note>,
        base: u64,
    ) -> Verdict {
        if note.is_some() {
            return Err(self.refuse_message(index, text, note, base));
        }
        self.counters.accept(index.kind);
        Ok(Message { text, index: *index })
    }

    /// Counts a refusal.
    #[cold]
    pub(crate) fn refuse(&mut self, error: Error, message: Option<Message>) -> Verdict {
        Err(self.refusal(error, message))
    }

    /// Counts a refusal.
    #[cold]
    pub(crate) fn refusal(&mut self, error: Error, message: Option<Message>) -> Refusal {
        self.counters.refuse(error);
        Refusal::new(error, message, 0)
    }

    /// Counts the refusal of the message that was read last.
    #[cold]
    pub(crate) fn refuse_message(
        &mut self,
        index: &MsgIndex,
        text: Text,
        note: Option<Note>,
        base: u64,
    ) -> Refusal {
        let (rule, offset) = note.unwrap_or((MessageRule::NotAnObject, 0));
        let offset = base.saturating_add(u64::from(offset));
        let message = (index.len > 0).then_some(Message { text, index: *index });
        let error = Error::InvalidMessage { rule, offset };
        self.counters.refuse(error);
        Refusal::new(error, message, index.flags)
    }

    /// Queues the messages of a batch.
    fn batch(
        &mut self,
        found: &mut Found,
        base: u64,
        text: &Text,
        note: Option<Note>,
    ) -> Option<Error> {
        if let Some((rule, offset)) = note {
            let offset = base.saturating_add(u64::from(offset));
            return Some(Error::InvalidMessage { rule, offset });
        }
        if self.queue.try_reserve(found.batch.len()).is_err() {
            return Some(room::REFUSED);
        }
        self.counters.batches = self.counters.batches.wrapping_add(1);
        let last = found.batch.len().saturating_sub(1);
        for (at, Element { mut index, origin, note }) in found.batch.drain(..).enumerate() {
            let from = origin as usize;
            let text = text.part(from, from.saturating_add(index.len as usize));
            index.base = base.saturating_add(u64::from(origin));
            index.flags |= Flags::BATCH | if at == last { Flags::BATCH_LAST } else { 0 };
            let verdict = self.judge(&index, text, note, base);
            self.queue.push_back(verdict);
        }
        None
    }
}
