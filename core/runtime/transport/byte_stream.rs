//! Lines over a stream of bytes: stdio, pipes of children, sockets, memory.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use mcp_engine_proto::connection::{Fin, Framing, StreamId, Transmit, TransmitBuf};
use mcp_engine_proto::{Decoder, Duplicates, Limits, Pool};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Arrival, Read, Transport};

/// Messages as lines over a duplex stream of bytes.
///
/// What is read is decoded where it was read into, and what is written leaves together: small messages behind one another, large
/// payloads from where they are.
#[derive(Debug)]
pub struct ByteStream<S> {
    stream: S,
    decoder: Decoder,
    memory: Memory,
    outgoing: Outgoing,
    end: End,
}

/// Whose the memory is that is read into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Memory {
    /// That of this stream, which keeps it.
    Own,
    /// That of many streams, each of which has some while it has something to read.
    Pooled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    NotYet,
    /// The stream has ended, and its last line may have had no line end.
    Read,
}

impl<S> ByteStream<S> {
    /// Lines over that stream.
    pub fn new(stream: S, limits: &Limits) -> Self {
        Self::over(stream, limits, Pool::default(), Memory::Own)
    }

    /// Lines over one of many streams, all of which read into memory of that pool: a stream on which nothing comes holds none of it, where one by
    /// [itself](Self::new) keeps 64 KiB. For servers of sockets.
    ///
    /// ```
    /// use mcp_engine_proto::{Limits, Pool};
    /// use mcp_engine_runtime::server::Server;
    /// use mcp_engine_runtime::transport::{ByteStream, Listener};
    ///
    /// async fn serve(server: Server, listener: Listener) -> Result<(), Box<dyn std::error::Error>> {
    ///     let pool = Pool::default();
    ///     loop {
    ///         let stream = ByteStream::pooled(listener.accept().await?, &Limits::default(), &pool);
    ///         let server = server.clone();
    ///         tokio::spawn(async move { server.serve(stream).await });
    ///     }
    /// }
    /// ```
    pub fn pooled(stream: S, limits: &Limits, pool: &Pool) -> Self {
        Self::over(stream, limits, pool.clone(), Memory::Pooled)
    }

    fn over(stream: S, limits: &Limits, pool: Pool, memory: Memory) -> Self {
        Self {
            stream,
            decoder: Decoder::new(limits, Duplicates::default(), pool),
            memory,
            outgoing: Outgoing::default(),
            end: End::NotYet,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Transport for ByteStream<S> {
    fn next(&mut self) -> Option<Arrival> {
        self.decoder.poll().map(|verdict| Arrival::Message(StreamId::MAIN, verdict))
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Read>> {
        if self.end == End::Read {
            return Poll::Ready(Ok(Read::End));
        }
        let spare = self.decoder.spare().map_err(io::Error::other)?;
        let mut buffer = ReadBuf::new(spare);
        let polled = Pin::new(&mut self.stream).poll_read(cx, &mut buffer);
        if polled.is_pending() && self.memory == Memory::Pooled {
            self.decoder.rest();
            self.outgoing.rest();
            return Poll::Pending;
        }
        ready!(polled)?;
        let read = buffer.filled().len();
        if read == 0 {
            self.end = End::Read;
            self.decoder.end().map_err(io::Error::other)?;
        } else {
            self.decoder.commit(read).map_err(io::Error::other)?;
        }
        Poll::Ready(Ok(Read::More))
    }

    fn buffer(&mut self) -> Option<&mut TransmitBuf> {
        let Outgoing { buffer, waiting, .. } = &mut self.outgoing;
        (*waiting < WRITE_AHEAD && buffer.bytes.len() < WRITE_AHEAD).then_some(buffer)
    }

    fn send(&mut self, transmit: Transmit) {
        debug_assert_eq!(transmit.fin, Fin::Open, "a duplex stream has no streams that end");
        self.outgoing.push(transmit);
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.outgoing.waiting > 0 {
            let written = ready!(self.outgoing.poll_write(Pin::new(&mut self.stream), cx))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.outgoing.advance(written);
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_write(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// What waits to be written: pieces of one buffer, and large payloads between them.
#[derive(Debug)]
struct Outgoing {
    buffer: TransmitBuf,
    pieces: VecDeque<Piece>,
    waiting: usize,
}

#[derive(Debug)]
enum Piece {
    Copied(Range<usize>),
    Shared(Bytes),
}

impl Outgoing {
    fn push(&mut self, transmit: Transmit) {
        self.copied(transmit.head);
        if let Some(body) = transmit.body {
            self.waiting = self.waiting.saturating_add(body.len());
            self.pieces.push_back(Piece::Shared(body));
            self.copied(transmit.tail);
        }
    }

    fn copied(&mut self, range: Range<usize>) {
        self.waiting = self.waiting.saturating_add(range.len());
        match self.pieces.back_mut() {
            Some(Piece::Copied(last)) if last.end == range.start => last.end = range.end,
            _ => self.pieces.push_back(Piece::Copied(range)),
        }
    }

    fn piece<'a>(&'a self, piece: &'a Piece) -> &'a [u8] {
        match piece {
            Piece::Copied(range) => self.buffer.bytes.get(range.clone()).unwrap_or_default(),
            Piece::Shared(body) => body,
        }
    }

    fn poll_write<S: AsyncWrite>(
        &self,
        stream: Pin<&mut S>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if let [only] = self.pieces.as_slices().0
            && self.pieces.len() == 1
        {
            return stream.poll_write(cx, self.piece(only));
        }
        let mut slices = [IoSlice::new(&[]); GATHERED];
        let filled = slices.iter_mut().zip(&self.pieces);
        let count = filled.map(|(slice, piece)| *slice = IoSlice::new(self.piece(piece))).count();
        stream.poll_write_vectored(cx, slices.get(..count).unwrap_or_default())
    }

    fn advance(&mut self, mut written: usize) {
        self.waiting = self.waiting.saturating_sub(written);
        while let Some(piece) = self.pieces.front_mut() {
            let len = match piece {
                Piece::Copied(range) => range.len(),
                Piece::Shared(body) => body.len(),
            };
            if written < len {
                match piece {
                    Piece::Copied(range) => range.start = range.start.saturating_add(written),
                    Piece::Shared(body) => drop(body.split_to(written)),
                }
                return;
            }
            written = written.saturating_sub(len);
            self.pieces.pop_front();
        }
        self.give_up_above(KEPT);
    }

    /// For a stream on which nothing comes.
    fn rest(&mut self) {
        if self.waiting == 0 {
            self.give_up_above(KEPT_AT_REST);
        }
    }

    /// Everything was written.
    fn give_up_above(&mut self, most: usize) {
        self.buffer.clear();
        if self.buffer.bytes.capacity() > most {
            self.buffer = TransmitBuf::new(Framing::Line);
        }
    }
}

impl Default for Outgoing {
    fn default() -> Self {
        Self { buffer: TransmitBuf::new(Framing::Line), pieces: VecDeque::new(), waiting: 0 }
    }
}

/// From so many bytes on that wait to be written, messages stay with the connection, which counts them.
const WRITE_AHEAD: usize = 256 << 10;
/// The largest buffer that is kept for the next messages.
const KEPT: usize = 1 << 20;
/// The same of a stream that reads into memory of a pool, while nothing comes.
const KEPT_AT_REST: usize = 4 << 10;
/// Most pieces of one write.
const GATHERED: usize = 32;
