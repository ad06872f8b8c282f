//! Batches (MCP 2025-03-26): the answers to the requests of one leave as one.

use super::config::Topology;
use super::outbox::{Fin, Outbox};
use super::slots::Slots;
use super::{Connection, StreamId, refused};
use crate::Now;
use crate::error::{Error, PeerRule};
use crate::message::{Flags, Message, Refusal, encode};
use crate::room;
use crate::version::Feature;

/// The batches whose answers are not complete.
#[derive(Debug, Default)]
pub(super) struct Batches {
    groups: Slots<Group>,
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
    /// Requests that came to the application.
    requests: u32,
    /// The answers so far that were not sent, each behind a bracket or a comma.
    bytes: Vec<u8>,
}

impl Batches {
    /// The batch that comes in gets one answer more.
    #[inline]
    pub(super) fn join(&mut self) -> Option<u32> {
        let Arriving::Taken(at) = self.arriving else { return None };
        let group = self.groups.get_mut(at)?;
        group.missing = group.missing.saturating_add(1);
        group.requests = group.requests.saturating_add(1);
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

    /// Adds an answer to a batch. When no more can be held back, what is there leaves, and the rest follows as another batch.
    pub(super) fn push(
        &mut self,
        at: u32,
        outbox: &mut Outbox,
        most: usize,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), Error> {
        outbox.room()?;
        if let Some(group) = self.groups.get_mut(at) {
            // With a bracket before and one behind.
            room::behind(&mut group.bytes, most.saturating_add(2))?;
        }
        if outbox.is_full_with(self.held) {
            self.send_parts(outbox);
        }
        let Some(group) = self.groups.get_mut(at) else { return Ok(()) };
        let before = group.bytes.len();
        group.bytes.push(if before == 0 { b'[' } else { b',' });
        encode(&mut group.bytes);
        self.held = self.held.saturating_add(group.bytes.len().saturating_sub(before));
        Ok(())
    }

    /// Bytes of answers that wait for others of their batch.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    fn send_parts(&mut self, outbox: &mut Outbox) {
        for group in self.groups.iter_mut().filter(|group| !group.bytes.is_empty()) {
            // A part from a client over HTTP is a POST of its own.
            let fin = if group.stream == StreamId::OWN { Fin::End } else { Fin::Open };
            group.send(fin, outbox);
        }
        self.held = 0;
    }
}

impl Group {
    /// Sends the answers so far. They were counted when they came, so they always find room.
    fn send(&mut self, fin: Fin, outbox: &mut Outbox) {
        let mut bytes = core::mem::take(&mut self.bytes);
        bytes.push(b']');
        outbox.push_body(self.stream, fin, bytes.into());
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
        let Some(group) = self.batches.groups.get_mut(at) else { return };
        group.missing = group.missing.saturating_sub(1);
        if group.missing > 0 {
            return;
        }
        let Some(mut group) = self.batches.groups.remove(at) else { return };
        self.batches.held = self.batches.held.saturating_sub(group.bytes.len());
        let fin = match self.front.config.topology {
            Topology::Http => Fin::End,
            Topology::Duplex => Fin::Open,
        };
        if !group.bytes.is_empty() {
            group.send(fin, &mut self.outbox);
        } else if group.requests > 0 {
            self.leave(group.stream);
        }
    }

    /// Decides about the batch that the message is the first of.
    fn open_batch(&mut self, from: StreamId, offset: u64) {
        if self.batches.is_open() {
            return;
        }
        let (stream, fin) = self.route_of_answer(from, None);
        if self.version().is_some_and(|version| version.has(Feature::Batches)) {
            let group = Group { stream, missing: 1, requests: 0, bytes: Vec::new() };
            self.batches.arriving = Arriving::Taken(self.batches.groups.insert(group));
            return;
        }
        self.batches.arriving = Arriving::Refused;
        if !self.may_answer() {
            return;
        }
        let error = Error::PeerMisbehaved { rule: PeerRule::BatchNotAllowed, offset };
        let _ = self.outbox.push(stream, fin, room::ENVELOPE, |out| {
            encode::error(out, None, i64::from(error.code()), error.reason(), None);
        });
    }

    /// The batch that comes in is complete, or its last messages were lost for want of polling.
    pub(super) fn end_arrival(&mut self) {
        let at = self.batches.current();
        self.batches.arriving = Arriving::None;
        self.finish_batch(at);
    }

    /// Ends the batch that comes in, when what stands in this place is its last.
    fn leave_batch(&mut self, place: u32) {
        if place & Flags::BATCH_LAST != 0 {
            self.end_arrival();
        }
    }
}
