//! The last that a child wrote to its standard error.

use std::collections::VecDeque;
use std::future::{pending, poll_fn};
use std::os::fd::BorrowedFd;
use std::pin::Pin;
use std::task::Poll;

use tokio::io::{AsyncReadExt, AsyncWrite};
use tokio::net::unix::pipe::Receiver;

use super::shared::Shared;
use crate::transport::descriptor::Output;
use crate::transport::limits::TransportLimit;

/// The last that a child wrote to its standard error.
///
/// Its text is the child's: before it is shown on a terminal, control characters have to be escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StderrTail {
    /// At most `TransportLimits::stderr_bytes`, the newest last.
    pub bytes: Vec<u8>,
    /// How many bytes came before and are gone.
    pub dropped: u64,
}

/// What is kept of it so far.
#[derive(Debug)]
pub(super) struct Tail {
    bytes: VecDeque<u8>,
    dropped: u64,
    most: usize,
}

impl Tail {
    pub(super) fn new(most: usize) -> Self {
        Self { bytes: VecDeque::new(), dropped: 0, most }
    }

    /// Adds what is new; whether something had to go for it.
    fn push(&mut self, new: &[u8]) -> bool {
        let kept = &new[new.len().saturating_sub(self.most)..];
        let room = self.most - kept.len();
        let old = self.bytes.len().saturating_sub(room);
        self.bytes.drain(..old);
        self.bytes.extend(kept);
        let dropped = old + new.len() - kept.len();
        self.dropped = self.dropped.saturating_add(dropped as u64);
        dropped > 0
    }

    pub(super) fn so_far(&self) -> StderrTail {
        StderrTail { bytes: self.bytes.iter().copied().collect(), dropped: self.dropped }
    }
}

/// Reads the standard error of a child all the time, so that the child never waits for it.
#[derive(Debug)]
pub(super) struct Drain<'a> {
    errors: Receiver,
    pass_on: Option<PassOn>,
    shared: &'a Shared,
    lines: Lines,
}

impl<'a> Drain<'a> {
    pub(super) fn new(
        errors: Receiver,
        pass_on: Option<PassOn>,
        shared: &'a Shared,
        pid: u32,
    ) -> Self {
        Self { errors, pass_on, shared, lines: Lines { pid, begun: Vec::new() } }
    }

    /// Drains it until somebody stops waiting for this.
    pub(super) async fn drain(&mut self) {
        let mut bytes = [0; CHUNK];
        while let Ok(read @ 1..) = self.errors.read(&mut bytes).await {
            self.take(&bytes[..read]).await;
        }
        pending().await
    }

    /// What was left in the pipe when the child ended. Who still writes has left the group and is not waited for.
    pub(super) async fn finish(mut self) {
        let mut bytes = [0; CHUNK];
        for _ in 0..MOST_CHUNKS {
            match rustix::io::read(&self.errors, &mut bytes) {
                Ok(read @ 1..) => self.take(&bytes[..read]).await,
                _ => break,
            }
        }
    }

    async fn take(&mut self, bytes: &[u8]) {
        if cfg!(feature = "tracing") {
            self.lines.take(bytes);
        }
        if self.shared.tail().push(bytes) {
            self.shared.tally.refuse(TransportLimit::StderrBytes);
        }
        if let Some(pass_on) = &mut self.pass_on
            && !pass_on.write(bytes).await
        {
            self.shared.tally.refuse(TransportLimit::StderrStalled);
        }
    }
}

/// Lines as they become complete, for a tracer.
#[derive(Debug)]
struct Lines {
    pid: u32,
    begun: Vec<u8>,
}

impl Lines {
    fn take(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LONGEST_LINE.saturating_sub(self.begun.len()).min(piece.len());
            self.begun.extend_from_slice(&piece[..room]);
            if piece.ends_with(b"\n") {
                self.end();
            }
        }
    }

    fn end(&mut self) {
        if !self.begun.is_empty() {
            crate::trace::child_said(self.pid, &self.begun);
            self.begun.clear();
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.end();
    }
}

/// Where it is written to beside.
#[derive(Debug)]
pub(super) struct PassOn {
    output: Output,
}

impl PassOn {
    /// Nothing, when the descriptor is closed.
    pub(super) fn open(descriptor: BorrowedFd<'_>) -> Option<Self> {
        Output::open(descriptor).ok().map(|output| Self { output })
    }

    /// Writes what it takes now; whether that was all.
    async fn write(&mut self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        poll_fn(|cx| {
            while !rest.is_empty() {
                match Pin::new(&mut self.output).poll_write(cx, rest) {
                    Poll::Ready(Ok(written @ 1..)) => rest = &rest[written..],
                    _ => break,
                }
            }
            Poll::Ready(rest.is_empty())
        })
        .await
    }
}

const CHUNK: usize = 4 << 10;

/// No more of a line is told.
const LONGEST_LINE: usize = 1 << 10;

/// As much as the largest pipe holds.
const MOST_CHUNKS: usize = (1 << 20) / CHUNK;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_kept_and_the_rest_is_counted() {
        let mut tail = Tail::new(4);
        assert!(!tail.push(b"abc"));
        assert!(tail.push(b"def"));
        assert_eq!(tail.so_far(), StderrTail { bytes: b"cdef".to_vec(), dropped: 2 });
        assert!(tail.push(b"0123456789"));
        assert_eq!(tail.so_far(), StderrTail { bytes: b"6789".to_vec(), dropped: 12 });
    }

    #[test]
    fn a_tail_of_nothing_counts_all() {
        let mut tail = Tail::new(0);
        assert!(tail.push(b"x"));
        assert_eq!(tail.so_far(), StderrTail { bytes: Vec::new(), dropped: 1 });
    }
}
