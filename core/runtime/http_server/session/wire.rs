//! The transport of a session: its inbox, and its lanes.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use mcp_engine_proto::connection::{Framing, Topology, Transmit, TransmitBuf};

use super::lanes::Lanes;
use crate::transport::{Arrival, Read, Transport};

/// What the driver of a session reads from and writes to. Nothing here ever waits: what is written is taken over by a lane, which is bounded.
pub(super) struct Wire {
    lanes: Arc<Lanes>,
    topology: Topology,
    buffer: TransmitBuf,
}

impl Wire {
    pub(super) fn new(lanes: Arc<Lanes>, topology: Topology) -> Self {
        Self { lanes, topology, buffer: TransmitBuf::new(Framing::Bare) }
    }

    /// The message of a transmit, and the buffer is free again. A message that is alone in the buffer takes it along.
    fn message(&mut self, transmit: &Transmit) -> Option<Bytes> {
        let (head, tail) = (transmit.head.clone(), transmit.tail.clone());
        let bytes = &mut self.buffer.bytes;
        let message = match &transmit.body {
            None if head.is_empty() => None,
            None if head == (0..bytes.len()) => Some(std::mem::take(bytes).into()),
            None => bytes.get(head).map(Bytes::copy_from_slice),
            Some(body) => {
                let (head, tail) = (bytes.get(head), bytes.get(tail));
                Some([head.unwrap_or_default(), body, tail.unwrap_or_default()].concat().into())
            }
        };
        self.buffer.clear();
        if self.buffer.bytes.capacity() > KEPT {
            self.buffer = TransmitBuf::new(Framing::Bare);
        }
        message
    }
}

impl Transport for Wire {
    fn topology(&self) -> Topology {
        self.topology
    }

    fn next(&mut self) -> Option<Arrival> {
        self.lanes.next()
    }

    fn poll_read(&mut self, _: &mut Context<'_>) -> Poll<io::Result<Read>> {
        // Whoever puts something in lets the driver look afterwards.
        if self.lanes.has_arrivals() { Poll::Ready(Ok(Read::More)) } else { Poll::Pending }
    }

    fn buffer(&mut self) -> Option<&mut TransmitBuf> {
        Some(&mut self.buffer)
    }

    fn send(&mut self, transmit: Transmit) {
        let message = self.message(&transmit);
        self.lanes.deliver(transmit.stream, transmit.fin, message);
    }

    fn poll_write(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The largest buffer that a session keeps for its next message.
const KEPT: usize = 64 << 10;
