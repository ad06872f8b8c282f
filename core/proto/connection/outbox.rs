//! What waits to be sent: encoded messages in one buffer, in order, until the driver takes them.

use core::ops::Range;
use std::collections::VecDeque;

use bytes::Bytes;
use memchr::memchr;

use super::StreamId;
use crate::error::Error;
use crate::limits::Limit;
use crate::room;

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
    newlines: Newlines,
}

/// Whether there are newlines in a message, as in JSON that somebody else has spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Newlines {
    None,
    Perhaps,
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

    /// Queues what `encode` appends: `most` bytes at most.
    ///
    /// # Errors
    ///
    /// [`Limit::Outbox`] when too much waits already, [`Limit::Memory`]; nothing is queued then.
    #[inline]
    pub(crate) fn push(
        &mut self,
        stream: StreamId,
        fin: Fin,
        most: usize,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), Error> {
        self.room()?;
        self.reserve(most)?;
        let before = self.bytes.len();
        self.push_always(stream, fin, encode);
        debug_assert!(
            self.bytes.len().saturating_sub(before) <= most,
            "{most} bytes were too few for {}",
            String::from_utf8_lossy(self.bytes.get(before..).unwrap_or_default())
        );
        Ok(())
    }

    /// Makes room for one more message of at most so many bytes.
    #[inline]
    pub(crate) fn reserve(&mut self, most: usize) -> Result<(), Error> {
        room::behind(&mut self.bytes, most)?;
        self.reserve_places(1)
    }

    /// Makes room for more in the queue. One is enough for most connections, and all that those hold which are idle.
    #[inline]
    pub(crate) fn reserve_places(&mut self, more: usize) -> Result<(), Error> {
        let reserved = match self.queue.capacity() {
            0 => self.queue.try_reserve_exact(more),
            _ => self.queue.try_reserve(more),
        };
        reserved.map_err(|_| room::REFUSED)
    }

    /// As [`push`](Self::push), for what has no newline in it, so that nobody needs to look for one.
    #[inline]
    pub(crate) fn push_line(
        &mut self,
        stream: StreamId,
        fin: Fin,
        most: usize,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), Error> {
        self.push(stream, fin, most, encode)?;
        if let Some(queued) = self.queue.back_mut() {
            queued.newlines = Newlines::None;
        }
        Ok(())
    }

    /// As [`push`](Self::push), for what was counted before and has its room.
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
        self.enqueue(Queued::new(stream, fin, head));
    }

    /// Room for one is enough for most connections, and all that those hold which are idle.
    #[inline]
    fn enqueue(&mut self, queued: Queued) {
        if self.queue.capacity() == 0 {
            self.queue.reserve_exact(1);
        }
        self.queue.push_back(queued);
    }

    /// As [`push`](Self::push), with a shared body in the middle; `tail` is what follows it.
    pub(crate) fn push_shared(
        &mut self,
        stream: StreamId,
        fin: Fin,
        body: Bytes,
        tail: &[u8],
        most: usize,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), Error> {
        self.push(stream, fin, most, encode)?;
        self.bytes.extend_from_slice(tail);
        self.shared = self.shared.saturating_add(body.len());
        if let Some(queued) = self.queue.back_mut() {
            (queued.body, queued.tail) = (Some(body), tail.len() as u32);
        }
        Ok(())
    }

    /// Queues a body that stands alone, and was counted before.
    pub(crate) fn push_body(&mut self, stream: StreamId, fin: Fin, body: Bytes) {
        self.shared = self.shared.saturating_add(body.len());
        self.enqueue(Queued { body: Some(body), ..Queued::new(stream, fin, 0) });
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

    /// Whether that much beside what waits is all that may be.
    pub(crate) fn is_full_with(&self, held: usize) -> bool {
        self.waiting().saturating_add(held) >= self.limit
    }

    /// Queues the end of a stream on which nothing more is said. It takes no room.
    pub(crate) fn finish(&mut self, stream: StreamId, fin: Fin) {
        self.enqueue(Queued::new(stream, fin, 0));
    }

    /// How many bytes the first message takes in a buffer at most.
    pub(crate) fn first(&self) -> usize {
        self.queue.front().map_or(0, |queued| {
            let body = queued.body.as_ref().map_or(0, Bytes::len);
            (queued.head as usize).saturating_add(body).saturating_add(queued.tail as usize)
        })
    }

    /// Moves the first message into `out`.
    #[inline]
    pub(crate) fn poll(&mut self, out: &mut TransmitBuf) -> Option<Transmit> {
        let Queued { stream, fin, head, mut body, tail, newlines } = self.queue.pop_front()?;
        let mut head = match self.is_only(head) && out.bytes.is_empty() {
            true => self.swap(&mut out.bytes),
            false => self.take(head, &mut out.bytes),
        };
        if let Some(shared) = &body {
            let is_small = head.is_empty() && shared.len() < SHARED;
            self.shared = self.shared.saturating_sub(shared.len());
            if is_small || !out.can_share(shared) {
                out.bytes.extend_from_slice(shared);
                body = None;
            }
        }
        let mut tail = self.take(tail, &mut out.bytes);
        if body.is_none() {
            head.end = tail.end;
            tail.start = tail.end;
        }
        if newlines == Newlines::Perhaps {
            out.flatten(head.start);
        }
        out.frame(&mut head, &mut tail, body.is_some());
        self.compact();
        Some(Transmit { stream, fin, head, body, tail })
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
            if self.bytes.capacity() > KEPT {
                self.bytes = Vec::new();
            }
            self.start = 0;
        } else if self.start > COMPACT && self.start > self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
    }

    /// Whether nothing but the first `len` bytes waits.
    fn is_only(&self, len: u32) -> bool {
        self.start == 0 && self.bytes.len() == len as usize
    }

    /// Gives away everything, and the memory with it, for other memory.
    fn swap(&mut self, out: &mut Vec<u8>) -> Range<usize> {
        core::mem::swap(&mut self.bytes, out);
        0..out.len()
    }

    fn take(&mut self, len: u32, out: &mut Vec<u8>) -> Range<usize> {
        let (from, end) = (out.len(), self.start.saturating_add(len as usize));
        out.extend_from_slice(self.bytes.get(self.start..end).unwrap_or_default());
        self.start = end;
        from..out.len()
    }
}

impl TransmitBuf {
    /// Whether a body can be sent as it is: in a frame that ends with a newline there must be none.
    fn can_share(&self, body: &[u8]) -> bool {
        self.framing == Framing::Bare || memchr(b'\n', body).is_none()
    }

    /// Puts the frame around what was copied last.
    #[inline]
    fn frame(&mut self, head: &mut Range<usize>, tail: &mut Range<usize>, has_body: bool) {
        if self.framing == Framing::Bare || (head.start == head.end && !has_body) {
            return;
        }
        self.bytes.push(b'\n');
        let last = if has_body { tail } else { head };
        last.end = self.bytes.len();
    }

    /// Turns newlines into spaces: outside of strings they mean the same, and in strings there are none.
    #[inline]
    fn flatten(&mut self, from: usize) {
        if self.framing == Framing::Bare {
            return;
        }
        let copied = self.bytes.get_mut(from..).unwrap_or_default();
        let Some(first) = memchr(b'\n', copied) else { return };
        for byte in copied.iter_mut().skip(first).filter(|byte| **byte == b'\n') {
            *byte = b' ';
        }
    }
}

impl Queued {
    fn new(stream: StreamId, fin: Fin, head: u32) -> Self {
        Self { stream, fin, head, body: None, tail: 0, newlines: Newlines::Perhaps }
    }
}

/// Payloads from this length on are shared instead of copied: below, one more piece in a write costs more than
/// the copy.
pub(crate) const SHARED: usize = 16 << 10;
/// The largest buffer that is kept when nothing waits.
const KEPT: usize = 256 << 10;
/// How many sent bytes may stand before those that wait.
const COMPACT: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn polled(framing: Framing, body: &'static [u8]) -> (String, Transmit) {
        let (mut outbox, mut out) = (Outbox::new(100), TransmitBuf::new(framing));
        let head = |out: &mut Vec<u8>| out.extend_from_slice(b"{\n\"a\":");
        let body = Bytes::from_static(body);
        outbox.push_shared(StreamId::MAIN, Fin::Open, body, b"}", 64, head).unwrap();
        let transmit = outbox.poll(&mut out).unwrap();
        assert_eq!(outbox.waiting(), 0);
        (String::from_utf8(out.bytes).unwrap(), transmit)
    }

    #[test]
    fn a_line_has_no_newline_inside() {
        let (bytes, transmit) = polled(Framing::Line, b"[\n1]");
        assert_eq!((bytes.as_str(), transmit.body), ("{ \"a\":[ 1]}\n", None));
        assert_eq!((transmit.head, transmit.tail.len()), (0..12, 0));
        let (bytes, transmit) = polled(Framing::Line, b"[1]");
        assert_eq!((bytes.as_str(), transmit.body.as_deref()), ("{ \"a\":}\n", Some(&b"[1]"[..])));
        assert_eq!((transmit.head, transmit.tail), (0..6, 6..8));
    }

    #[test]
    fn a_message_that_waits_alone_is_not_copied() {
        let (mut outbox, mut out) = (Outbox::new(100), TransmitBuf::default());
        for text in [&b"[1]"[..], b"[22]"] {
            outbox
                .push(StreamId::MAIN, Fin::Open, 1 << 20, |out| out.extend_from_slice(text))
                .unwrap();
            let encoded = outbox.bytes.as_ptr();
            let transmit = outbox.poll(&mut out).unwrap();
            assert_eq!(out.bytes.get(transmit.head), Some(&[text, b"\n"].concat()[..]));
            assert_eq!((out.bytes.as_ptr(), outbox.waiting()), (encoded, 0));
            out.clear();
        }
    }

    #[test]
    fn a_bare_message_is_left_as_it_is() {
        let (bytes, transmit) = polled(Framing::Bare, b"[\n1]");
        assert_eq!((bytes.as_str(), transmit.body.as_deref()), ("{\n\"a\":}", Some(&b"[\n1]"[..])));
    }

    #[test]
    fn the_limit_on_waiting_bytes_is_reached_and_left() {
        let mut outbox = Outbox::new(10);
        let push = |outbox: &mut Outbox| {
            outbox
                .push(StreamId::MAIN, Fin::Open, 1 << 20, |out| out.extend_from_slice(&[b' '; 10]))
        };
        assert_eq!(push(&mut outbox), Ok(()));
        let full = Error::LimitExceeded { limit: Limit::Outbox, offset: 0 };
        assert_eq!(push(&mut outbox), Err(full));
        outbox.poll(&mut TransmitBuf::default());
        assert_eq!(push(&mut outbox), Ok(()));
    }

    #[test]
    fn what_was_sent_is_given_up_while_more_waits() {
        let (mut outbox, mut out) = (Outbox::new(1 << 20), TransmitBuf::default());
        for _ in 0..10_000 {
            let text = [b'x'; 1000];
            outbox
                .push(StreamId::MAIN, Fin::Open, 1 << 20, |out| out.extend_from_slice(&text))
                .unwrap();
            if outbox.queue.len() > 2 {
                outbox.poll(&mut out);
                out.clear();
            }
        }
        assert!(outbox.bytes.len() < 4 * COMPACT, "{}", outbox.bytes.len());
    }

    #[test]
    fn the_room_of_long_messages_is_given_up_once_they_are_sent() {
        let mut outbox = Outbox::new(16 << 20);
        for _ in 0..2 {
            let text = [b'x'; KEPT];
            outbox
                .push(StreamId::MAIN, Fin::Open, 1 << 20, |out| out.extend_from_slice(&text))
                .unwrap();
        }
        let mut out = TransmitBuf::default();
        while outbox.poll(&mut out).is_some() {}
        assert!(outbox.bytes.capacity() <= KEPT, "{}", outbox.bytes.capacity());
    }
}
