//! The way in for newline-delimited streams: bytes in, messages out.

use super::counters::Counters;
use super::reader::{Read, Reader, Verdict};
use crate::error::Error;
use crate::frame::{Gone, Lines, Pool, copy};
#[cfg(feature = "internal")]
use crate::json::Backend;
use crate::json::{Duplicates, Ending};
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
}

impl Decoder {
    /// A decoder with these limits, whose arenas come from `pool`.
    pub fn new(limits: &Limits, duplicates: Duplicates, pool: Pool) -> Self {
        Self {
            lines: Lines::new(limits, pool),
            reader: Reader::new(limits, duplicates),
            excerpt: 0,
            refused: None,
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
                Err(gone) => return Some(self.refuse_gone(gone)),
            };
            let base = self.lines.arena().offset();
            if whole > self.lines.cap()
                && let Some(gone) = self.long_line(base)
            {
                return Some(self.refuse_gone(gone));
            }
            match self.line(whole, base) {
                Read::Message(text, note, _) => {
                    return Some(match self.lines.arena().found() {
                        Some(found) => self.reader.judge(&found.index, text, note, base),
                        None => self.reader.refuse(room::REFUSED, None),
                    });
                }
                Read::Batch(None, _) => return self.reader.queued(),
                Read::Batch(Some(error), _) | Read::Refused(error, _) => {
                    return Some(self.reader.refuse(error, None));
                }
                Read::Blank(_) => {}
            }
        }
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
        if self.excerpt > 0 {
            let line = self.lines.arena().unread().get(..end.min(self.excerpt));
            self.refused = line.map(Box::from);
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
    fn refuse_gone(&mut self, gone: Gone) -> Verdict {
        let refused = self.reader.refuse(gone.error, None);
        refused.map_err(|refusal| refusal.glimpsed(gone.glimpse))
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
