//! Our own standard input and output as one stream.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll};

use rustix::net::Shutdown;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::Handle;

use super::descriptor::{Input, Output};
use super::error::{Error, Kind};
use super::limits::{Tally, TransportCounters, TransportLimits};
use super::pipes::{PipeShare, widen};

/// Our own standard input and output as one stream.
///
/// It works on pipes, sockets, terminals, files and `/dev/null`, always on the reactor and never on another thread, and leaves the flags that
/// the parent and a shared standard error see as they were. Reads are cheapest into memory that is initialised.
///
/// ```no_run
/// use mcp_engine_runtime::transport::{Stdio, TransportLimits};
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// # tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
/// let mut stdio = Stdio::take(&TransportLimits::default())?;
/// let mut bytes = vec![0; 64 << 10];
/// let read = stdio.read(&mut bytes).await?;
/// stdio.write_all(&bytes[..read]).await?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Stdio {
    input: Input,
    /// Gone after the stream was shut down.
    output: Option<Output>,
    taken: bool,
    tally: Tally,
    _shares: [Option<PipeShare>; 2],
}

impl Stdio {
    /// Reads and writes where standard input and output lead, which stay open beside it.
    ///
    /// So a stray `println!` lands among the messages, and the peer sees the end of the stream only when the process ends.
    ///
    /// # Errors
    ///
    /// Outside of a tokio runtime; when standard input or output is closed.
    ///
    /// # Panics
    ///
    /// When the runtime was built without I/O.
    pub fn open(limits: &TransportLimits) -> Result<Self, Error> {
        Handle::try_current().map_err(|_| Kind::NoRuntime)?;
        let refused = |error| Error::with(Kind::Stdio, error);
        let input = Input::open(io::stdin().as_fd()).map_err(refused)?;
        let output = Output::open(io::stdout().as_fd()).map_err(refused)?;
        let tally = Tally::default();
        let shares = [widen(&input, limits, &tally), widen(&output, limits, &tally)];
        Ok(Self { input, output: Some(output), taken: false, tally, _shares: shares })
    }

    /// Takes standard input and output away from the rest of the process: from then on, the old numbers read nothing and write to
    /// standard error. They are not given back.
    ///
    /// So nothing that a library prints breaks the protocol, no child that inherits them reads our messages, and the peer sees the end of
    /// the stream as soon as it is shut down or dropped.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open); when there is no `/dev/null`.
    ///
    /// # Panics
    ///
    /// When the runtime was built without I/O.
    pub fn take(limits: &TransportLimits) -> Result<Self, Error> {
        let mut stdio = Self::open(limits)?;
        redirect().map_err(|error| Error::with(Kind::Stdio, error))?;
        stdio.taken = true;
        Ok(stdio)
    }

    /// How often limits have refused something.
    pub fn counters(&self) -> TransportCounters {
        self.tally.counters()
    }
}

impl AsyncRead for Stdio {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stdio {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.output {
            Some(output) => Pin::new(output).poll_write(cx, bytes),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.output {
            Some(output) => Pin::new(output).poll_write_vectored(cx, slices),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let output = self.output.take();
        // A socket is one for both directions: closing one of its descriptors tells the peer nothing.
        if let Some(socket) = output.filter(|output| self.taken && output.is_socket()) {
            rustix::net::shutdown(&socket, Shutdown::Write)?;
        }
        Poll::Ready(Ok(()))
    }
}

/// Makes the old numbers harmless.
fn redirect() -> io::Result<()> {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    // A closed standard error leaves nothing to print to.
    rustix::stdio::dup2_stdout(io::stderr()).or_else(|_| rustix::stdio::dup2_stdout(&null))?;
    Ok(())
}
