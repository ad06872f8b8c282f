//! Batches (MCP 2025-03-26): the answers to the requests of one leave as one.

use slab::Slab;

use super::config::Topology;
use super::outbox::Fin;
use super::{Connection, StreamId, refused};
use crate::Now;
use crate::error::{Error, PeerRule};
use crate::limits::Limit;
use crate::message::{Flags, Message, Refusal, encode};
use crate::version::Feature;

/// The batches whose answers are not complete.
#[derive(Debug, Default)]
pub(super) struct Batches {
    groups: Slab<Group>,
    /// Bytes of answers that are held back, of all batches.
    held: usize,
    /// What becomes of the messages of the batch that is coming in.
    arriving: Arriving,
}

/// The batch that is coming in, message by message.
#[derive(Clone, Copy, Debug, Default)]
enum Arriving {
    #[default]
    None,
    Taken(u32),
    Refused,
}

/// The answers to one batch.
#[derive(Debug)]
struct Group {
    stream: StreamId,
    /// Answers that are still to come, and one while the batch comes in.
    missing: u32,
    answers: u32,
    /// The answers so far, behind commas.
    bytes: Vec<u8>,
}

impl Batches {
    /// The batch that comes in gets one answer more.
    #[inline]
    pub(super) fn join(&mut self) -> Option<u32> {
        let Arriving::Taken(at) = self.arriving else { return None };
        let group = self.groups.get_mut(at as usize)?;
        group.missing = group.missing.saturating_add(1);
        Some(at)
    }

    /// The batch that comes in.
    pub(super) fn current(&self) -> Option<u32> {
        match self.arriving {
            Arriving::Taken(at) => Some(at),
            _ => None,
        }
    }

    /// Whether a batch is coming in.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.arriving, Arriving::None)
    }

    /// Adds an answer to a batch.
    pub(super) fn push(
        &mut self,
        at: u32,
        limit: u32,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), Error> {
        let Some(group) = self.groups.get_mut(at as usize) else { return Ok(()) };
        if self.held >= limit as usize {
            return Err(Error::LimitExceeded { limit: Limit::Outbox, offset: 0 });
        }
        let before = group.bytes.len();
        group.bytes.push(if group.answers == 0 { b'[' } else { b',' });
        group.answers = group.answers.saturating_add(1);
        encode(&mut group.bytes);
        self.held = self.held.saturating_add(group.bytes.len().saturating_sub(before));
        Ok(())
    }

    /// Bytes of answers that wait for others of their batch.
    pub(super) fn held(&self) -> usize {
        self.held
    }
}

impl Connection {
    /// Takes in a message that stood in a batch.
    #[cold]
    pub(super) fn receive_in_batch(
        &mut self,
        from: StreamId,
        message: Message,
        now: Now,
    ) -> Result<(), Error> {
        let place = message.index().flags;
        self.open_batch(from, message.index().base);
        let taken = match self.batches.arriving {
            Arriving::Refused => Err(refused(PeerRule::BatchNotAllowed, &message)),
            _ => self.dispatch(from, message, now),
        };
        self.leave_batch(place);
        taken
    }

    /// Takes in what was refused in a batch: it has its answer there, and may be the last of it.
    #[cold]
    pub(super) fn refuse_in_batch(
        &mut self,
        from: StreamId,
        refusal: &Refusal,
        now: Now,
    ) -> Result<(), Error> {
        self.open_batch(from, refusal.error().offset().unwrap_or_default());
        let taken = match self.batches.arriving {
            Arriving::Refused => Ok(()),
            _ => self.answer_refusal(from, refusal, now),
        };
        self.leave_batch(refusal.place());
        taken
    }

    /// One answer of a batch was given: sends all when it was the last.
    pub(super) fn finish_batch(&mut self, batch: Option<u32>) {
        let Some(at) = batch else { return };
        let Some(group) = self.batches.groups.get_mut(at as usize) else { return };
        group.missing = group.missing.saturating_sub(1);
        if group.missing > 0 {
            return;
        }
        let Some(group) = self.batches.groups.try_remove(at as usize) else { return };
        self.batches.held = self.batches.held.saturating_sub(group.bytes.len());
        if group.answers == 0 {
            return;
        }
        let stream = self.stream_of_notice(group.stream);
        let fin = match self.config.topology {
            Topology::Http => Fin::End,
            Topology::Duplex => Fin::Open,
        };
        // What is held back here was counted when it was queued; the end of a batch always finds room.
        self.outbox.push_always(stream, fin, |out| {
            out.extend_from_slice(&group.bytes);
            out.push(b']');
        });
    }

    /// Decides about the batch that the message is the first of.
    fn open_batch(&mut self, from: StreamId, offset: u64) {
        if self.batches.is_open() {
            return;
        }
        if self.version().is_some_and(|version| version.has(Feature::Batches)) {
            let group = Group { stream: from, missing: 1, answers: 0, bytes: Vec::new() };
            self.batches.arriving = Arriving::Taken(self.batches.groups.insert(group) as u32);
            return;
        }
        self.batches.arriving = Arriving::Refused;
        if !self.may_answer() {
            return;
        }
        let error = Error::PeerMisbehaved { rule: PeerRule::BatchNotAllowed, offset };
        let ((stream, fin), code) = (self.route_of_answer(from), i64::from(error.code()));
        let _ = self.outbox.push(stream, fin, |out| {
            encode::error(out, None, code, error.reason(), None);
        });
    }

    /// Ends the batch that comes in, when what stands in this place is its last.
    fn leave_batch(&mut self, place: u32) {
        if place & Flags::BATCH_LAST != 0 {
            let at = self.batches.current();
            self.batches.arriving = Arriving::None;
            self.finish_batch(at);
        }
    }
}
