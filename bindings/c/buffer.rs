//! Buffers: what is going to be written, small messages copied behind one another and large payloads where they are.

use core::ops::Range;
use std::collections::VecDeque;

use bytes::Bytes;
use mcp_engine::Error;
use mcp_engine::connection::{Framing, Transmit, TransmitBuf};

use crate::boundary;
use crate::boundary::DONE;
use crate::handle::{Handle, handles};
use crate::pointer::{Out, Place, Ptr, input};
use crate::status::{Failure, MCPE_NOTHING, mcpe_status};
use crate::text::mcpe_str;

/// A buffer of bytes that are going to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct mcpe_buffer {
    /// Its place.
    pub slot: u32,
    /// What tells it from others in the same place.
    pub generation: u32,
}

/// Where something is appended: make it by `mcpe_to_buffer` or `mcpe_to_memory`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_target {
    /// The buffer, when there is no memory.
    pub buffer: mcpe_buffer,
    /// Memory of the caller's.
    pub ptr: Out<u8>,
    /// How many bytes of it.
    pub capacity: usize,
}

/// A newline is put behind each message: stdio and sockets.
pub const MCPE_FRAMING_LINE: u32 = 0;
/// Nothing is put behind a message: the transport has frames of its own.
pub const MCPE_FRAMING_BARE: u32 = 1;

handles! {
    mcpe_buffer => Buffer,
}

/// A buffer, and how much of it was written.
///
/// # Invariant
///
/// The pieces are in the order in which they are to be written, and cover everything that was not consumed.
#[derive(Debug)]
pub struct Buffer {
    out: TransmitBuf,
    framing: Framing,
    pieces: VecDeque<Piece>,
    /// Bytes of the first pieces that were written.
    consumed: usize,
}

#[derive(Debug)]
enum Piece {
    /// Copied: a range of `out`.
    Own(Range<usize>),
    Shared(Bytes),
}

/// Makes an empty buffer. `framing` is one of `MCPE_FRAMING_…`, and counts for what a connection transmits.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_buffer_new(framing: u32, buffer: Out<mcpe_buffer>) -> mcpe_status {
    boundary(|| {
        let buffer = buffer.required("buffer")?;
        let framing = match framing {
            MCPE_FRAMING_LINE => Framing::Line,
            MCPE_FRAMING_BARE => Framing::Bare,
            _ => return Err(Failure::Value("framing")),
        };
        buffer.put(mcpe_buffer::open(Buffer::new(framing))?);
        DONE
    })
}

/// Frees a buffer and what is in it.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_buffer_free(buffer: mcpe_buffer) -> mcpe_status {
    boundary(|| {
        buffer.free()?;
        DONE
    })
}

/// Appends bytes as they are. Changes the buffer.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_buffer_append(
    buffer: mcpe_buffer,
    bytes: Ptr<u8>,
    bytes_len: usize,
) -> mcpe_status {
    boundary(|| {
        let bytes = input!(bytes, bytes_len)?;
        buffer.change(|buffer| {
            buffer.append(bytes.len(), |out| {
                out.extend_from_slice(bytes);
                Ok(())
            })
        })?;
        DONE
    })
}

/// How many bytes wait to be written. Reads the buffer.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_buffer_len(buffer: mcpe_buffer, len: Out<usize>) -> mcpe_status {
    boundary(|| {
        let len = len.required("len")?;
        len.put(buffer.read(|buffer| Ok(buffer.len()))?);
        DONE
    })
}

/// The pieces that wait to be written, in order, as many as there are rows; `MCPE_NOTHING` when none wait. A row has the layout of a
/// `struct iovec`, so that a table can go to `writev`. Reads the buffer; the pieces are valid until it is changed.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_buffer_pieces(
    buffer: mcpe_buffer,
    table: Out<mcpe_str>,
    capacity: usize,
    stride: usize,
    count: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let (count, mut rows) = (count.required("count")?, table.rows(capacity, stride)?);
        buffer.read(|buffer| {
            buffer.waiting().for_each(|piece| rows.push(mcpe_str::to_bytes(piece)));
            Ok(())
        })?;
        if rows.filled() == 0 {
            return Ok(MCPE_NOTHING);
        }
        count.put(rows.filled());
        DONE
    })
}

/// Forgets the first `len` bytes: they were written. All of them, when it is as many as wait. Changes the buffer.
///
/// `MCPE_ERR_VALUE` when fewer wait.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_buffer_consume(buffer: mcpe_buffer, len: usize) -> mcpe_status {
    boundary(|| {
        buffer.change(|buffer| buffer.consume(len))?;
        DONE
    })
}

/// Forgets everything, and keeps the memory for what comes next. Changes the buffer.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_buffer_clear(buffer: mcpe_buffer) -> mcpe_status {
    boundary(|| {
        buffer.change(|buffer| {
            buffer.clear();
            Ok(())
        })?;
        DONE
    })
}

impl Buffer {
    fn new(framing: Framing) -> Self {
        Self { out: TransmitBuf::new(framing), framing, pieces: VecDeque::new(), consumed: 0 }
    }

    /// Appends what `write` does, at most so many bytes; nothing, when it fails.
    pub(crate) fn append<R>(
        &mut self,
        most: usize,
        write: impl FnOnce(&mut Vec<u8>) -> Result<R, Failure>,
    ) -> Result<(R, usize), Failure> {
        self.reserve_piece()?;
        reserve(&mut self.out.bytes, most)?;
        let from = self.out.bytes.len();
        let written = write(&mut self.out.bytes);
        if written.is_err() {
            self.out.bytes.truncate(from);
        }
        let to = self.out.bytes.len();
        self.add(from..to);
        Ok((written?, to.saturating_sub(from)))
    }

    /// Appends what a connection transmits next, if there is anything.
    pub(crate) fn transmit(
        &mut self,
        poll: impl FnOnce(&mut TransmitBuf) -> Result<Option<Transmit>, Error>,
    ) -> Result<Option<(Transmit, usize)>, Failure> {
        self.reserve_piece()?;
        let before = self.len();
        let Some(transmit) = poll(&mut self.out)? else { return Ok(None) };
        self.add(transmit.head.clone());
        if let Some(body) = &transmit.body {
            self.pieces.push_back(Piece::Shared(body.clone()));
            self.add(transmit.tail.clone());
        }
        let len = self.len().saturating_sub(before);
        Ok(Some((transmit, len)))
    }

    /// Makes room for one more message in the list of pieces: what is copied, what is shared, and what is copied behind it.
    fn reserve_piece(&mut self) -> Result<(), Failure> {
        self.pieces.try_reserve(3).map_err(|_| Failure::Memory)
    }

    fn add(&mut self, range: Range<usize>) {
        match self.pieces.back_mut() {
            _ if range.is_empty() => {}
            Some(Piece::Own(last)) if last.end == range.start => last.end = range.end,
            _ => self.pieces.push_back(Piece::Own(range)),
        }
    }

    fn len(&self) -> usize {
        let all: usize = self.pieces.iter().map(Piece::len).sum();
        all.saturating_sub(self.consumed)
    }

    /// What was not written yet.
    fn waiting(&self) -> impl Iterator<Item = &[u8]> {
        let mut skip = self.consumed;
        let pieces = self.pieces.iter().map(move |piece| {
            let bytes = piece.bytes(&self.out.bytes);
            let begin = skip.min(bytes.len());
            skip = skip.saturating_sub(begin);
            bytes.get(begin..).unwrap_or_default()
        });
        pieces.filter(|piece| !piece.is_empty())
    }

    fn consume(&mut self, len: usize) -> Result<(), Failure> {
        match len.cmp(&self.len()) {
            core::cmp::Ordering::Less => {
                self.consumed = self.consumed.saturating_add(len);
                self.drop_consumed();
            }
            core::cmp::Ordering::Equal => self.clear(),
            core::cmp::Ordering::Greater => return Err(Failure::Value("len")),
        }
        Ok(())
    }

    /// Gives up the pieces that were written, and their memory when that is most of it.
    fn drop_consumed(&mut self) {
        while let Some(first) = self.pieces.front()
            && first.len() <= self.consumed
        {
            self.consumed = self.consumed.saturating_sub(first.len());
            self.pieces.pop_front();
        }
        let own = self.pieces.iter().find_map(|piece| match piece {
            Piece::Own(range) => Some(range.start),
            Piece::Shared(_) => None,
        });
        let gone = own.unwrap_or(self.out.bytes.len());
        if gone > COMPACT && gone > self.out.bytes.len() / 2 {
            self.out.bytes.drain(..gone);
            for piece in &mut self.pieces {
                if let Piece::Own(range) = piece {
                    *range = range.start.saturating_sub(gone)..range.end.saturating_sub(gone);
                }
            }
        }
    }

    fn clear(&mut self) {
        self.pieces.clear();
        self.consumed = 0;
        if self.out.bytes.capacity() > KEPT {
            self.out = TransmitBuf::new(self.framing);
        }
        self.out.clear();
    }
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Self::Own(range) => range.len(),
            Self::Shared(bytes) => bytes.len(),
        }
    }

    fn bytes<'a>(&'a self, own: &'a [u8]) -> &'a [u8] {
        match self {
            Self::Own(range) => own.get(range.clone()).unwrap_or_default(),
            Self::Shared(bytes) => bytes,
        }
    }
}

impl mcpe_buffer {
    /// Appends what `write` does, at most so many bytes, and says how much that was. The buffer is at hand before anything is written.
    pub(crate) fn append<R>(
        self,
        written: Place<usize>,
        most: usize,
        write: impl FnOnce(&mut Vec<u8>) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let (result, len) = self.change(|buffer| buffer.append(most, write))?;
        written.put(len);
        Ok(result)
    }
}

impl mcpe_target {
    /// Fails where nothing could be appended, however little it is.
    pub fn check(self) -> Result<(), Failure> {
        match (self.ptr.is_null(), self.capacity) {
            (true, 0) => self.buffer.read(|_| Ok(())),
            _ => self.ptr.fill(self.capacity, &[]),
        }
    }

    /// As [`append`](Self::append), for what cannot fail.
    pub fn write(
        self,
        written: Place<usize>,
        most: usize,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), Failure> {
        self.append(written, most, |out| {
            write(out);
            Ok(())
        })
    }

    /// Appends what `write` does, at most so many bytes, and says how much that was.
    pub fn append<R>(
        self,
        written: Place<usize>,
        most: usize,
        write: impl FnOnce(&mut Vec<u8>) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        match (self.ptr.is_null(), self.capacity) {
            (true, 0) => return self.buffer.append(written, most, write),
            (true, _) => return Err(Failure::Null("ptr")),
            _ => {}
        }
        let mut out = Vec::new();
        reserve(&mut out, most)?;
        let result = write(&mut out)?;
        self.ptr.fill(self.capacity, &out)?;
        written.put(out.len());
        Ok(result)
    }
}

/// Makes room for so many bytes more.
fn reserve(out: &mut Vec<u8>, most: usize) -> Result<(), Failure> {
    out.try_reserve(most).map_err(|_| Failure::Memory)
}

/// What a text takes in JSON at most.
pub(crate) fn escaped(text: &str) -> usize {
    text.len().saturating_mul(6)
}

/// What the fixed parts of any message take, and what the writers of strings reach ahead.
pub(crate) const ENVELOPE: usize = 2 << 10;

/// How many written bytes may stand before those that wait.
const COMPACT: usize = 64 << 10;
/// Memory that an empty buffer keeps: a large message does not stay forever.
const KEPT: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(buffer: &Buffer) -> Vec<u8> {
        buffer.waiting().flatten().copied().collect()
    }

    fn append(buffer: &mut Buffer, bytes: &[u8]) {
        let appended = buffer.append(bytes.len(), |out| {
            out.extend_from_slice(bytes);
            Ok(())
        });
        assert_eq!(appended, Ok(((), bytes.len())));
    }

    fn shared(buffer: &mut Buffer) {
        let transmit = buffer.transmit(|out| {
            out.bytes.extend_from_slice(b"<>");
            let from = out.bytes.len() - 2;
            let (head, tail) = (from..from + 1, from + 1..from + 2);
            let body = Some(Bytes::from_static(b"body"));
            let (stream, fin) = Default::default();
            Ok(Some(Transmit { stream, fin, head, body, tail }))
        });
        assert_eq!(transmit.map(|sent| sent.map(|(_, len)| len)), Ok(Some(6)));
    }

    #[test]
    fn pieces_are_written_in_their_order_and_consumed_across_their_ends() {
        let mut buffer = Buffer::new(Framing::Bare);
        append(&mut buffer, b"ab");
        shared(&mut buffer);
        append(&mut buffer, b"cd");
        let all = b"ab<body>cd";
        for consumed in 0..all.len() {
            assert_eq!(waiting(&buffer), &all[consumed..]);
            assert_eq!(buffer.len(), all.len() - consumed);
            buffer.consume(1).expect("one waits");
        }
        assert_eq!(buffer.consume(1), Err(Failure::Value("len")));
        assert_eq!((buffer.len(), buffer.pieces.len()), (0, 0));
    }

    #[test]
    fn what_was_written_makes_room_although_the_buffer_is_never_empty() {
        let mut buffer = Buffer::new(Framing::Bare);
        for _ in 0..1_000 {
            append(&mut buffer, &[b'.'; 1_000]);
            shared(&mut buffer);
            let all_but_some = buffer.len() - 1_000;
            buffer.consume(all_but_some).expect("they wait");
        }
        assert_eq!(waiting(&buffer).len(), 1_000);
        assert!(buffer.pieces.len() < 4 && buffer.out.bytes.len() < 3 * COMPACT);
    }

    #[test]
    fn what_fails_appends_nothing() {
        let mut buffer = Buffer::new(Framing::Line);
        let failed = buffer.append(4, |out| -> Result<(), Failure> {
            out.extend_from_slice(b"half");
            Err(Failure::Memory)
        });
        assert_eq!(failed, Err(Failure::Memory));
        assert_eq!((buffer.len(), buffer.out.bytes.len()), (0, 0));
    }
}
