//! The way in for newline-delimited streams: bytes in, messages out.

use super::counters::Counters;
use super::reader::{Read, Reader, Verdict};
use super::table::Table;
use super::{Glimpse, Message, Refusal};
use crate::error::Error;
use crate::frame::{Gone, Lines, Pool, copy};
#[cfg(feature = "internal")]
use crate::json::Backend;
use crate::json::{Duplicates, Ending, Text};
use crate::limits::Limits;
use crate::room;

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
    /// Bytes that are kept of a line that is no JSON.
    excerpt: usize,
    refused: Option<Box<[u8]>>,
    /// What the ends of that line tell.
    glimpse: Glimpse,
}

/// What was next.
enum Taken {
    /// A message, whose index is in the arena's workspace.
    Message(Text),
    Refused(Refusal),
    /// What the reader has queued.
    Queued,
    Nothing,
}

impl Decoder {
    /// A decoder with these limits, whose arenas come from `pool`.
    pub fn new(limits: &Limits, duplicates: Duplicates, pool: Pool) -> Self {
        Self {
            lines: Lines::new(limits, pool),
            reader: Reader::new(limits, duplicates),
            excerpt: 0,
            refused: None,
            glimpse: Glimpse::default(),
        }
    }

    /// Keeps the beginning of a line that is no JSON, for [`take_refused`](Self::take_refused): so many bytes of it at most. By default
    /// nothing is kept.
    pub fn keep_refused(&mut self, bytes: usize) {
        self.excerpt = bytes;
    }

    /// The beginning of the line that was refused last, when it was no JSON.
    ///
    /// ```
    /// use mcp_engine_proto::Decoder;
    ///
    /// let mut decoder = Decoder::default();
    /// decoder.keep_refused(5);
    /// decoder.feed(b"Starting up\n")?;
    /// assert!(decoder.poll().unwrap().is_err());
    /// assert_eq!(decoder.take_refused().as_deref(), Some(&b"Start"[..]));
    /// assert_eq!(decoder.take_refused(), None);
    /// # Ok::<(), mcp_engine_proto::Error>(())
    /// ```
    pub fn take_refused(&mut self) -> Option<Box<[u8]>> {
        self.refused.take()
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
        match self.take() {
            Taken::Message(text) => {
                let found = self.lines.arena().found();
                found.map(|found| Ok(Message { text, index: found.index }))
            }
            Taken::Refused(refusal) => Some(Err(refusal)),
            Taken::Queued => self.reader.queued(),
            Taken::Nothing => None,
        }
    }

    /// As [`poll`](Self::poll), into a row of a table: the fastest way for messages that are looked at many at a time. `false` when more bytes
    /// are needed.
    ///
    /// # Errors
    ///
    /// [`Error::LimitExceeded`] when the system refuses memory for the row: nothing is taken then.
    ///
    /// ```
    /// use mcp_engine_proto::{Decoder, Table};
    ///
    /// let (mut decoder, mut table) = (Decoder::default(), Table::default());
    /// decoder.feed(b"{\"jsonrpc\":\"2.0\",\"method\":\"one\"}\n{\"jsonrpc\":\"2.0\",\"method\":\"two\"}\n")?;
    /// while decoder.poll_into(&mut table)? {}
    /// assert_eq!(table.rows().len(), 2);
    /// table.clear();
    /// # Ok::<(), mcp_engine_proto::Error>(())
    /// ```
    #[inline]
    pub fn poll_into(&mut self, table: &mut Table) -> Result<bool, Error> {
        table.reserve()?;
        match self.take() {
            Taken::Message(text) => {
                if let Some(found) = self.lines.arena().found() {
                    table.put(text, &found.index);
                }
            }
            Taken::Refused(refusal) => table.push(Err(refusal)),
            Taken::Queued => self.reader.queued().into_iter().for_each(|next| table.push(next)),
            Taken::Nothing => return Ok(false),
        }
        Ok(true)
    }

    /// Gives the memory of the next read back to the pool when nothing is buffered: for a stream that has nothing to read, so that many of
    /// them can wait on one [`Pool`] with next to nothing each.
    pub fn rest(&mut self) {
        self.lines.arena().rest();
    }

    /// Declares the end of the stream. What was read before can still be polled; a line that has not ended
    /// is dropped.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidFrame`] when a line was dropped, and [`Error::LimitExceeded`] when it was too long, unless it was refused before.
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

    /// Takes the next message out of the arena.
    #[inline]
    fn take(&mut self) -> Taken {
        if self.reader.has_queued() {
            return Taken::Queued;
        }
        loop {
            let whole = match self.lines.whole() {
                Ok(0) => {
                    self.lines.arena().rest();
                    return Taken::Nothing;
                }
                Ok(whole) => whole,
                Err(gone) => return Taken::Refused(self.refuse_gone(gone)),
            };
            let base = self.lines.arena().offset();
            if whole > self.lines.cap()
                && let Some(gone) = self.long_line(base)
            {
                return Taken::Refused(self.refuse_gone(gone));
            }
            match self.line(whole, base) {
                Read::Message(text, note, _) => {
                    let Some(found) = self.lines.arena().found() else {
                        return Taken::Refused(self.reader.refusal(room::REFUSED, None));
                    };
                    if note.is_some() {
                        let refusal = self.reader.refuse_message(&found.index, text, note, base);
                        return Taken::Refused(refusal);
                    }
                    self.reader.counters.accept(found.index.kind);
                    return Taken::Message(text);
                }
                Read::Batch(None, _) if self.reader.has_queued() => return Taken::Queued,
                Read::Batch(None, _) => return Taken::Nothing,
                Read::Batch(Some(error), _) => {
                    return Taken::Refused(self.reader.refusal(error, None));
                }
                Read::Refused(error, _) => {
                    let glimpse = core::mem::take(&mut self.glimpse);
                    return Taken::Refused(self.reader.refusal(error, None).glimpsed(glimpse));
                }
                Read::Blank(_) => {}
            }
        }
    }

    /// Reads the first of `whole` bytes of whole lines.
    #[inline]
    fn line(&mut self, whole: usize, base: u64) -> Read {
        let end = whole.saturating_sub(1);
        let read = self.reader.read(self.lines.arena(), end, Ending::Newline);
        let end = match read {
            Read::Message(_, _, end) | Read::Blank(end) | Read::Batch(_, end) => end as usize,
            Read::Refused(_, fault) => {
                let end = self.lines.line_end(fault as usize);
                self.note_refused(end);
                end
            }
        };
        self.finish_line(base, end);
        read
    }

    #[cold]
    fn note_refused(&mut self, end: usize) {
        let line = self.lines.arena().unread().get(..end).unwrap_or_default();
        self.glimpse = Glimpse::of_answer(line);
        if self.excerpt > 0 {
            self.refused = line.get(..end.min(self.excerpt)).map(Box::from);
        }
    }

    /// Drops the first line if it is above the cap; only looked at when the whole lines together are.
    #[cold]
    fn long_line(&mut self, base: u64) -> Option<Gone> {
        let end = self.lines.line_end(0);
        if !self.lines.is_too_long(end) {
            return None;
        }
        let gone = self.lines.too_long(end);
        self.finish_line(base, end);
        Some(gone)
    }

    #[cold]
    fn refuse_gone(&mut self, gone: Gone) -> Refusal {
        self.reader.refusal(gone.error, None).glimpsed(gone.glimpse)
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
