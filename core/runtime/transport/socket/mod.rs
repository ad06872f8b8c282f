//! Sockets of Unix and of TCP, as streams.
//!
//! [`Bind`] listens, by default only for those on this machine and, at a path, for our own user; a [`Listener`] has room for a limited
//! number of connections. [`Socket`] is either side of a connection.

mod listener;
mod path;

pub use listener::{Bind, Listener};

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::UCred;
use tokio::net::{TcpStream, ToSocketAddrs, UnixStream};
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::error::{Error, Kind};
use super::limits::TransportLimits;

/// One side of a connection. One that was accepted counts against its listener's limit until it is dropped.
///
/// ```
/// use mcp_engine_runtime::transport::{Bind, Socket, TransportLimits};
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let listener = Bind::tcp(([127, 0, 0, 1], 0).into()).listen()?;
/// let address = listener.local_address().ok_or("TCP has one")?;
/// let mut client = Socket::connect_tcp(address, &TransportLimits::default()).await?;
/// let mut server = listener.accept().await?;
/// client.write_all(b"hello\n").await?;
/// let mut line = [0; 6];
/// server.read_exact(&mut line).await?;
/// assert_eq!(&line, b"hello\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Socket {
    stream: Stream,
    _permit: Option<OwnedSemaphorePermit>,
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    /// Connects to an address of TCP.
    ///
    /// # Errors
    ///
    /// Outside of a tokio runtime; nobody listens there, or it takes longer than [`TransportLimits::connect_wait`].
    pub async fn connect_tcp(
        address: impl ToSocketAddrs + std::fmt::Debug,
        limits: &TransportLimits,
    ) -> Result<Self, Error> {
        let name = format!("{address:?}");
        let stream = in_time(&name, limits, TcpStream::connect(address)).await?;
        // Without it, a small message may wait 40 ms for an acknowledgement of the last.
        stream.set_nodelay(true).map_err(|error| Error::with(Kind::Connect(name.into()), error))?;
        Ok(Self { stream: Stream::Tcp(stream), _permit: None })
    }

    /// Connects to the socket at a path.
    ///
    /// # Errors
    ///
    /// Outside of a tokio runtime; nobody listens there, or it takes longer than [`TransportLimits::connect_wait`].
    pub async fn connect_unix(
        path: impl AsRef<Path>,
        limits: &TransportLimits,
    ) -> Result<Self, Error> {
        let path = path.as_ref();
        let stream = in_time(&path.to_string_lossy(), limits, UnixStream::connect(path)).await?;
        Ok(Self { stream: Stream::Unix(stream), _permit: None })
    }

    /// The address of the other side, if it is TCP.
    pub fn peer_address(&self) -> Option<SocketAddr> {
        match &self.stream {
            Stream::Tcp(stream) => stream.peer_addr().ok(),
            Stream::Unix(_) => None,
        }
    }

    /// The user, group and process on the other side, if it is a Unix socket.
    pub fn peer_credentials(&self) -> Option<UCred> {
        match &self.stream {
            Stream::Tcp(_) => None,
            Stream::Unix(stream) => stream.peer_cred().ok(),
        }
    }

    fn accepted(stream: Stream, permit: OwnedSemaphorePermit) -> Self {
        Self { stream, _permit: Some(permit) }
    }
}

async fn in_time<T>(
    name: &str,
    limits: &TransportLimits,
    connecting: impl Future<Output = io::Result<T>>,
) -> Result<T, Error> {
    Handle::try_current().map_err(|_| Kind::NoRuntime)?;
    let connected = timeout(limits.connect_wait, connecting).await;
    let connected = connected.map_err(|_| Kind::ConnectWait(name.into()))?;
    connected.map_err(|error| Error::with(Kind::Connect(name.into()), error))
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Unix(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Stream::Unix(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
