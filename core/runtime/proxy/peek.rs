//! The first thing that a client says, seen before it is served: the server is told what the client can do.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

use mcp_engine_proto::Method;
use mcp_engine_proto::connection::{Topology, Transmit, TransmitBuf};
use mcp_engine_proto::json::Raw;

use crate::transport::{Arrival, Read, Transport};

/// A transport whose first arrival was looked at.
#[derive(Debug)]
pub(super) struct Peeked<T> {
    first: Option<Arrival>,
    transport: T,
}

impl<T: Transport> Peeked<T> {
    /// Waits for the first arrival. `None` when there is none.
    ///
    /// # Errors
    ///
    /// The transport is broken.
    pub(super) async fn new(mut transport: T) -> io::Result<Option<Self>> {
        let first = poll_fn(|cx| {
            loop {
                if let Some(first) = transport.next() {
                    return Poll::Ready(io::Result::Ok(Some(first)));
                }
                match ready!(transport.poll_read(cx))? {
                    Read::More => {}
                    Read::End => return Poll::Ready(Ok(None)),
                }
            }
        });
        let first = first.await?;
        Ok(first.map(|first| Self { first: Some(first), transport }))
    }

    /// What the client declares that it can do: the text of an object.
    pub(super) fn declared(&self) -> &str {
        let Some(Arrival::Message(_, Ok(message))) = &self.first else { return "{}" };
        let declared = match message.method() {
            Some(Method::Initialize) => message.params().and_then(|it| it.get("capabilities")),
            _ => message.as_ref().client_capabilities(),
        };
        declared.filter(|declared| declared.members().is_some()).map_or("{}", Raw::spelling)
    }
}

impl<T: Transport> Transport for Peeked<T> {
    fn topology(&self) -> Topology {
        self.transport.topology()
    }

    fn next(&mut self) -> Option<Arrival> {
        self.first.take().or_else(|| self.transport.next())
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Read>> {
        self.transport.poll_read(cx)
    }

    fn buffer(&mut self) -> Option<&mut TransmitBuf> {
        self.transport.buffer()
    }

    fn send(&mut self, transmit: Transmit) {
        self.transport.send(transmit);
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.transport.poll_write(cx)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.transport.poll_close(cx)
    }
}
