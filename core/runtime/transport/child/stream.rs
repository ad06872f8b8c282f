//! Standard input and output of a child as one stream.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::pipe::Receiver;

use super::shared::{Order, Shared};
use crate::transport::pipes::PipeShare;

/// Standard input and output of a [`Child`](super::Child) as one stream.
///
/// Shutting it down closes the input of the program; dropping it ends the program, as
/// [`Child::shutdown`](super::Child::shutdown) does. It comes to its end when the program has ended and everything it wrote was read, even
/// when somebody else still holds its output.
#[derive(Debug)]
pub struct ChildStream {
    output: Receiver,
    shared: Arc<Shared>,
    _shares: [Option<PipeShare>; 2],
}

impl ChildStream {
    pub(super) fn new(
        output: Receiver,
        shared: Arc<Shared>,
        shares: [Option<PipeShare>; 2],
    ) -> Self {
        Self { output, shared, _shares: shares }
    }

    fn write(&self, cx: &mut Context<'_>, slices: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = self.shared.with_input(cx, |input, cx| input.poll_write_vectored(cx, slices));
        written.map(|written| written.unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into())))
    }
}

impl AsyncRead for ChildStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.output).poll_read(cx, buf);
        if read.is_ready() || !self.shared.has_exited(cx) {
            return read;
        }
        // The reactor may not have heard yet of the last bytes.
        match rustix::io::read(&self.output, buf.initialize_unfilled()) {
            Ok(bytes) => buf.advance(bytes),
            Err(rustix::io::Errno::AGAIN) => {}
            Err(error) => return Poll::Ready(Err(error.into())),
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ChildStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.write(cx, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shared.close_input();
        Poll::Ready(Ok(()))
    }
}

impl Drop for ChildStream {
    fn drop(&mut self) {
        self.shared.order(Order::End);
    }
}
