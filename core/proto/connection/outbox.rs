//! What waits to be sent: encoded messages in one buffer, in order, until the driver takes them.

use core::ops::Range;
use std::collections::VecDeque;

use bytes::Bytes;

use super::StreamId;
use crate::error::Error;
use crate::limits::Limit;

/// Where a driver collects what it is going to write.
///
/// Small messages are copied behind one another, so that many leave in one write. A large payload stays where it is
/// and comes as the [`body`](Transmit::body) of its transmit.
#[derive(Debug, Default)]
pub struct TransmitBuf {
    /// The copied bytes of the transmits that were polled and not cleared.
    pub bytes: Vec<u8>,
    framing: Framing,
}

/// What is put behind each message in a [`TransmitBuf`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// A newline: stdio and sockets.
    #[default]
    Line,
    /// Nothing: the transport has frames of its own.
    Bare,
}

/// One message to be sent, or the end of a stream.
#[derive(Clone, Debug)]
pub struct Transmit {
    /// On which stream.
    pub stream: StreamId,
    /// Whether more follows there.
    pub fin: Fin,
    /// What stands before the body, in [`TransmitBuf::bytes`]; all of the message when it has no body.
    pub head: Range<usize>,
    /// A large payload, shared and not copied.
    pub body: Option<Bytes>,
    /// What stands behind the body, in [`TransmitBuf::bytes`].
    pub tail: Range<usize>,
}

/// What becomes of a stream after a transmit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fin {
    /// It goes on.
    #[default]
    Open,
    /// It ends here: the reply of an HTTP request is complete.
    End,
    /// It is given up, which cancels what it was for.
    Abort,
}

/// The queue of encoded messages.
#[derive(Debug)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    /// Where in `bytes` the first queued message begins.
    start: usize,
    /// Bytes of shared bodies.
    shared: usize,
    queue: VecDeque<Queued>,
    limit: usize,
}

#[derive(Debug)]
struct Queued {
    stream: StreamId,
    fin: Fin,
    head: u32,
    body: Option<Bytes>,
    tail: u32,
}

impl TransmitBuf {
    /// An empty buffer that puts this behind each message.
    pub fn new(framing: Framing) -> Self {
        Self { bytes: Vec::new(), framing }
    }

    /// Forgets what was sent, keeping the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }
}

impl Outbox {
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            bytes: Vec::new(),
            start: 0,
            shared: 0,
            queue: VecDeque::new(),
            limit: limit as usize,
        }
    }

    /// Bytes that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.bytes.len().saturating_sub(self.start).saturating_add(self.shared)
    }

    /// Queues what `encode` appends.
    ///
    /// # Errors
    ///
    /// [`Limit::Outbox`] when too much waits already; nothing is queued then.
    #[inline]
    pub(crate) fn push(
        &mut self,
        stream: StreamId,
        fin: Fin,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), Error> {
        self.room()?;
        self.push_always(stream, fin, encode);
        Ok(())
    }

    /// As [`push`](Self::push), for what was counted before.
    #[inline]
    pub(crate) fn push_always(
        &mut self,
        stream: StreamId,
        fin: Fin,
        encode: impl FnOnce(&mut Vec<u8>),
    ) {
        let before = self.bytes.len();
        encode(&mut self.bytes);
        let head = self.bytes.len().saturating_sub(before) as u32;
        self.queue.push_back(Queued { stream, fin, head, body: None, tail: 0 });
    }

    /// As [`push`](Self::push), with a shared body in the middle; `tail` is what follows it.
    pub(crate) fn push_shared(
        &mut self,
        stream: StreamId,
        fin: Fin,
        body: Bytes,
        tail: &[u8],
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), Error> {
        self.push(stream, fin, encode)?;
        self.bytes.extend_from_slice(tail);
        self.shared = self.shared.saturating_add(body.len());
        if let Some(queued) = self.queue.back_mut() {
            (queued.body, queued.tail) = (Some(body), tail.len() as u32);
        }
        Ok(())
    }

    /// Whether another message may be queued.
    ///
    /// # Errors
    ///
    /// [`Limit::Outbox`] when too much waits already.
    #[inline]
    pub(crate) fn room(&self) -> Result<(), Error> {
        if self.waiting() >= self.limit {
            return Err(Error::LimitExceeded { limit: Limit::Outbox, offset: 0 });
        }
        Ok(())
    }

    /// Queues the end of a stream on which nothing more is said. It takes no room.
    pub(crate) fn finish(&mut self, stream: StreamId, fin: Fin) {
        self.queue.push_back(Queued { stream, fin, head: 0, body: None, tail: 0 });
    }

    /// Moves the first message into `out`.
    #[inline]
    pub(crate) fn poll(&mut self, out: &mut TransmitBuf) -> Option<Transmit> {
        let queued = self.queue.pop_front()?;
        let head = self.take(queued.head, &mut out.bytes);
        let tail = self.take(queued.tail, &mut out.bytes);
        let (head, tail) = out.framed(head, tail, queued.body.is_some());
        if let Some(body) = &queued.body {
            self.shared = self.shared.saturating_sub(body.len());
        }
        self.compact();
        Some(Transmit { stream: queued.stream, fin: queued.fin, head, body: queued.body, tail })
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.queue.clear();
        self.bytes.clear();
        (self.start, self.shared) = (0, 0);
    }

    /// Gives up the room of what was sent: for nothing when all was, else when it is most of the buffer.
    #[inline]
    fn compact(&mut self) {
        if self.queue.is_empty() {
            self.bytes.clear();
            self.start = 0;
        } else if self.start > COMPACT && self.start > self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
    }

    fn take(&mut self, len: u32, out: &mut Vec<u8>) -> Range<usize> {
        let (from, end) = (out.len(), self.start.saturating_add(len as usize));
        out.extend_from_slice(self.bytes.get(self.start..end).unwrap_or_default());
        self.start = end;
        from..out.len()
    }
}

impl TransmitBuf {
    /// Puts the frame around what was copied last.
    #[inline]
    fn framed(
        &mut self,
        mut head: Range<usize>,
        mut tail: Range<usize>,
        body: bool,
    ) -> (Range<usize>, Range<usize>) {
        if self.framing == Framing::Line && (body || !head.is_empty()) {
            self.bytes.push(b'\n');
            let last = if body { &mut tail } else { &mut head };
            last.end = self.bytes.len();
        }
        (head, tail)
    }
}

/// Payloads from this length on are shared instead of copied: below, one more piece in a write costs more than
/// the copy.
pub(crate) const SHARED: usize = 16 << 10;
/// How many sent bytes may stand before those that wait.
const COMPACT: usize = 64 << 10;
