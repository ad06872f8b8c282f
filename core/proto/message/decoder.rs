//! The decoders: bytes of a transport in, messages out.

use super::counters::Counters;
use super::reader::{Read, Reader, Verdict};
use crate::error::{Error, JsonRule};
use crate::frame::sse::{Event, Parser};
use crate::frame::{Arena, Lines, Pool, Sharing, copy};
#[cfg(feature = "internal")]
use crate::json::Backend;
use crate::json::{Duplicates, Ending};
use crate::limits::{Limit, Limits};

/// Decodes a newline-delimited stream: MCP's stdio transport, and sockets.
///
/// Read into [`spare`](Self::spare) and [`commit`](Self::commit), or [`feed`](Self::feed) bytes that are
/// elsewhere; then [`poll`](Self::poll) until it yields nothing, and only then read again.
///
/// ```
/// use mcp_engine_proto::{Decoder, Kind, Method};
///
/// let mut decoder = Decoder::default();
/// decoder.feed(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",")?;
/// assert!(decoder.poll().is_none());
/// decoder.feed(b"\"params\":{\"name\":\"echo\"}}\nnot JSON\n")?;
///
/// let message = decoder.poll().unwrap()?;
/// assert_eq!((message.kind(), message.method()), (Kind::Request, Some(Method::CallTool)));
/// assert!(decoder.poll().unwrap().is_err());
/// assert!(decoder.poll().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    lines: Lines,
    reader: Reader,
}

/// Decodes a stream of server-sent events: the replies of MCP's HTTP transports.
#[derive(Debug)]
pub struct EventDecoder {
    events: Parser,
    reader: Reader,
}

/// Decodes whole bodies: one message or batch in each, in which newlines are white space.
#[derive(Debug)]
pub struct BodyDecoder {
    arena: Arena,
    limits: Limits,
    reader: Reader,
    pending: Option<Verdict>,
}

/// What an event was.
#[derive(Clone, Debug)]
pub enum Incoming {
    /// A message.
    Message(super::Message),
    /// An event that carries no message: its type is not `message`, as with the `endpoint` of
    /// MCP 2024-11-05, or its data is empty, as with the priming event of 2025-11-25.
    Event(Event),
}

impl Decoder {
    /// A decoder with these limits, whose arenas come from `pool`.
    pub fn new(limits: &Limits, duplicates: Duplicates, pool: Pool) -> Self {
        Self { lines: Lines::new(limits, pool), reader: Reader::new(limits, duplicates) }
    }

    /// Room for the next read. Poll until nothing is left before asking for it.
    ///
    /// # Errors
    ///
    /// [`Error::LimitExceeded`] when the system refuses memory; [`Error::ApiMisuse`] when messages wait to
    /// be polled and no room is left.
    pub fn spare(&mut self) -> Result<&mut [u8], Error> {
        self.lines.spare()
    }

    /// Declares that the first `n` bytes of the spare room were read.
    ///
    /// # Errors
    ///
    /// [`Error::ApiMisuse`] when `n` is more than the room, or the stream has ended.
    pub fn commit(&mut self, n: usize) -> Result<(), Error> {
        self.lines.commit(n)?;
        self.reader.counters.read(n);
        Ok(())
    }

    /// Copies bytes in.
    ///
    /// # Errors
    ///
    /// As for [`spare`](Self::spare): messages that are not polled take room.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let n = copy(self.spare()?, rest);
            self.commit(n)?;
            rest = rest.get(n..).unwrap_or_default();
        }
        Ok(())
    }

    /// The next message, or the next refusal; `None` when more bytes are needed.
    #[inline]
    pub fn poll(&mut self) -> Option<Verdict> {
        if let Some(verdict) = self.reader.queued() {
            return Some(verdict);
        }
        loop {
            let whole = match self.lines.whole() {
                Ok(0) => {
                    self.lines.arena().rest();
                    return None;
                }
                Ok(whole) => whole,
                Err(error) => return Some(self.reader.refuse(error, None)),
            };
            let base = self.lines.arena().offset();
            match self.line(whole, base) {
                Read::Message(text, note, _) => {
                    let index = &self.lines.arena().found().index;
                    return Some(self.reader.judge(index, text, note, base));
                }
                Read::Batch(None, _) => return self.reader.queued(),
                Read::Batch(Some(error), _) | Read::Refused(error, _) => {
                    return Some(self.reader.refuse(error, None));
                }
                Read::Blank(_) => {}
            }
        }
    }

    /// Declares the end of the stream. What was read before can still be polled; a line that has not ended
    /// is dropped.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidFrame`] when a line was dropped.
    pub fn end(&mut self) -> Result<(), Error> {
        let ended = self.lines.end();
        if let Err(error) = ended {
            self.reader.counters.refuse(error);
        }
        ended
    }

    /// What was seen so far.
    pub fn counters(&self) -> &Counters {
        &self.reader.counters
    }

    /// Reads the first of `whole` bytes of whole lines.
    #[inline]
    fn line(&mut self, whole: usize, base: u64) -> Read {
        if whole > self.lines.cap()
            && let Some(refusal) = self.refuse_long_line(base)
        {
            return refusal;
        }
        let end = whole.saturating_sub(1);
        let read = self.reader.read(self.lines.arena(), end, Ending::Newline);
        let end = match read {
            Read::Message(_, _, end) | Read::Blank(end) | Read::Batch(_, end) => end as usize,
            Read::Refused(_, fault) => self.lines.line_end(fault as usize),
        };
        self.finish_line(base, end);
        read
    }

    /// Refuses the first line if it is above the cap; only looked at when the whole lines together are.
    #[cold]
    fn refuse_long_line(&mut self, base: u64) -> Option<Read> {
        let end = self.lines.line_end(0);
        if !self.lines.is_too_long(end) {
            return None;
        }
        self.finish_line(base, end);
        let error = Error::LimitExceeded { limit: Limit::MessageBytes, offset: base };
        Some(Read::Refused(error, 0))
    }

    /// Drops what is left of the line that began at `base` and ended after `end` bytes.
    #[inline]
    fn finish_line(&mut self, base: u64, end: usize) {
        let len = end.saturating_add(1);
        self.lines.arena().skip_to(base.saturating_add(len as u64));
        self.lines.consumed(len);
    }

    #[cfg(feature = "internal")]
    pub(crate) fn set_backend(&mut self, backend: Backend) {
        self.reader.set_backend(backend);
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new(&Limits::default(), Duplicates::Deep, Pool::default())
    }
}

impl EventDecoder {
    /// A decoder with these limits, whose arenas come from `pool`.
    pub fn new(limits: &Limits, duplicates: Duplicates, pool: Pool) -> Self {
        Self { events: Parser::new(limits, pool), reader: Reader::new(limits, duplicates) }
    }

    /// Room for the next read; see [`Decoder::spare`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn spare(&mut self) -> Result<&mut [u8], Error> {
        self.events.spare()
    }

    /// Declares that the first `n` bytes of the spare room were read.
    ///
    /// # Errors
    ///
    /// [`Error::ApiMisuse`] when `n` is more than the room.
    pub fn commit(&mut self, n: usize) -> Result<(), Error> {
        self.events.commit(n)?;
        self.reader.counters.read(n);
        Ok(())
    }

    /// Copies bytes in.
    ///
    /// # Errors
    ///
    /// As for [`Decoder::feed`].
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.events.feed(bytes)?;
        self.reader.counters.read(bytes.len());
        Ok(())
    }

    /// The next message, other event or refusal; `None` when more bytes are needed.
    pub fn poll(&mut self) -> Option<Result<Incoming, super::Refusal>> {
        if let Some(verdict) = self.reader.queued() {
            return Some(verdict.map(Incoming::Message));
        }
        loop {
            let place = match self.events.find()? {
                Ok(place) => place,
                Err(error) => return Some(self.reader.refuse(error, None).map(Incoming::Message)),
            };
            if place.is_empty() || !matches!(self.events.event_name(), "" | "message") {
                return Some(Ok(Incoming::Event(self.events.take(place))));
            }
            let (from, len) = (place.start, place.len());
            if let Some(verdict) = self.message(from, len) {
                return Some(verdict.map(Incoming::Message));
            }
        }
    }

    /// Declares the end of the stream; see [`Parser::end`].
    ///
    /// # Errors
    ///
    /// [`Error::InvalidFrame`] when an event was dropped.
    pub fn end(&mut self) -> Result<(), Error> {
        let ended = self.events.end();
        if let Err(error) = ended {
            self.reader.counters.refuse(error);
        }
        ended
    }

    /// The id of the last event that had one; see [`Parser::last_event_id`].
    pub fn last_event_id(&self) -> &str {
        self.events.last_event_id()
    }

    /// How long the server asked to wait before a reconnection; see [`Parser::retry_ms`].
    pub fn retry_ms(&self) -> Option<u64> {
        self.events.retry_ms()
    }

    /// What was seen so far.
    pub fn counters(&self) -> &Counters {
        &self.reader.counters
    }

    /// Reads the data of one event. Blank data gives nothing.
    fn message(&mut self, from: usize, len: usize) -> Option<Verdict> {
        let arena = self.events.arena();
        arena.skip(from);
        let verdict = self.reader.whole(arena, len);
        self.events.taken(from.saturating_add(len));
        verdict
    }
}

impl Default for EventDecoder {
    fn default() -> Self {
        Self::new(&Limits::default(), Duplicates::Deep, Pool::default())
    }
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
        self.arena.workspace();
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
