//! What carries messages: a transport turns what it reads into messages, and writes what a connection has to say.
//!
//! It stands between a socket, a pipe or an HTTP client and the [driver](crate::Peer), decodes in the memory that was read into, and
//! knows nothing of MCP. Nothing in it waits without a bound: what is read is decoded before more is read, and what is written is
//! taken from the connection only as long as [`Transport::buffer`] has room.

mod byte_stream;
mod child;
mod descriptor;
mod error;
mod limits;
mod memory;
mod pipes;
mod socket;
mod stdio;

pub use byte_stream::ByteStream;
pub use child::{Child, ChildPipes, ChildStream, Command, Environment, Stderr, StderrTail};
pub use error::Error;
pub use limits::{TransportCounters, TransportLimit, TransportLimits};
pub use memory::Memory;
pub use socket::{Bind, Listener, Socket};
pub use stdio::Stdio;

use std::io;
use std::task::{Context, Poll};

use mcp_engine_proto::connection::{StreamId, Topology, Transmit, TransmitBuf};
use mcp_engine_proto::{Message, Refusal};

/// A carrier of messages, driven by polling.
///
/// ```text
///           poll_read          next
///  socket ─────────────▶ ▒▒▒ ─────────▶ driver
///         ◀───────────── ▒▒▒ ◀─────────
///           poll_write        buffer, send
/// ```
pub trait Transport: Send + Unpin + 'static {
    /// Whether there is a stream for each request, or just one.
    fn topology(&self) -> Topology {
        Topology::Duplex
    }

    /// The next thing that was read. It does not read.
    fn next(&mut self) -> Option<Arrival>;

    /// Reads once, when [`next`](Self::next) has nothing more.
    ///
    /// # Errors
    ///
    /// The transport is broken, and the conversation over.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Read>>;

    /// Where the connection puts the next message; `None` while enough waits to be written.
    fn buffer(&mut self) -> Option<&mut TransmitBuf>;

    /// Takes over a message that was put into the [`buffer`](Self::buffer).
    fn send(&mut self, transmit: Transmit);

    /// Writes what was taken over, until all of it is written.
    ///
    /// # Errors
    ///
    /// The transport is broken, and the conversation over.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Tells the other side that nothing more comes, after the last byte was written.
    ///
    /// # Errors
    ///
    /// The transport is broken.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

/// What has come.
#[derive(Debug)]
#[non_exhaustive]
pub enum Arrival {
    /// A message, or the refusal of one.
    Message(StreamId, Result<Message, Refusal>),
    /// The stream of a request has ended; nothing more comes on it.
    StreamClosed(StreamId),
    /// The stream of a request has broken, and this is why its request has no answer.
    StreamFailed(StreamId, io::Error),
    /// The stream for what belongs to no request is this one now, or there is none.
    Standalone(Option<StreamId>),
    /// The server has shown that it does not know the modern era (HTTP): the handshake falls back.
    FallBack,
}

/// What reading has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// More, of which [`Transport::next`] knows.
    More,
    /// The end: nothing more comes.
    End,
}
