//! Descriptors that other processes share, as streams on the reactor.
//!
//! Our standard input, output and error come from somebody else, and what `O_NONBLOCK` changes is theirs too: the parent and whoever shares
//! the terminal would suddenly see `EAGAIN`. So a descriptor is never changed; it is used in the best [`Way`] that its kind offers, and
//! nothing here ever waits for a peer inside a system call.

mod way;

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustix::fs::OFlags;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::task::coop;

use way::Way;

/// Reads from a descriptor that others share.
#[derive(Debug)]
pub(super) struct Input {
    source: Source<Receiver>,
}

/// Writes to a descriptor that others share.
#[derive(Debug)]
pub(super) struct Output {
    source: Source<Sender>,
}

/// A receiver or sender of tokio registers whatever can be polled, not only pipes, and needs no `unsafe` for it as `AsyncFd` does.
#[derive(Debug)]
enum Source<P> {
    Watched(P, Way),
    /// What cannot be polled is always ready: files, `/dev/null`.
    Always(OwnedFd),
}

impl Input {
    /// A descriptor of our own for reading what `fd` reads.
    pub(super) fn open(fd: BorrowedFd<'_>) -> io::Result<Self> {
        let (own, way) = Way::open(fd, OFlags::RDONLY)?;
        Self::by(own, way)
    }

    fn by(own: OwnedFd, way: Way) -> io::Result<Self> {
        let source = Source::watch(own, way, Receiver::from_owned_fd_unchecked)?;
        Ok(Self { source })
    }
}

impl Output {
    /// A descriptor of our own for writing where `fd` writes.
    pub(super) fn open(fd: BorrowedFd<'_>) -> io::Result<Self> {
        let (own, way) = Way::open(fd, OFlags::WRONLY)?;
        Self::by(own, way)
    }

    fn by(own: OwnedFd, way: Way) -> io::Result<Self> {
        let source = Source::watch(own, way, Sender::from_owned_fd_unchecked)?;
        Ok(Self { source })
    }

    /// Whether it is a socket, whose peer hears of the end only by being told.
    pub(super) fn is_socket(&self) -> bool {
        matches!(self.source, Source::Watched(_, Way::Socket))
    }
}

impl<P> Source<P> {
    fn watch(
        own: OwnedFd,
        way: Way,
        register: impl FnOnce(OwnedFd) -> io::Result<P>,
    ) -> io::Result<Self> {
        // A refused registration closes what it was given.
        let spare = own.try_clone()?;
        match register(own) {
            Ok(watched) => Ok(Self::Watched(watched, way)),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Ok(Self::Always(spare))
            }
            Err(error) => Err(error),
        }
    }
}

impl AsFd for Input {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.source {
            Source::Watched(pipe, _) => pipe.as_fd(),
            Source::Always(file) => file.as_fd(),
        }
    }
}

impl AsFd for Output {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.source {
            Source::Watched(pipe, _) => pipe.as_fd(),
            Source::Always(file) => file.as_fd(),
        }
    }
}

impl AsyncRead for Input {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.source {
            Source::Watched(pipe, Way::Pipe) => Pin::new(pipe).poll_read(cx, buf),
            Source::Watched(pipe, way) => loop {
                ready!(pipe.poll_read_ready(cx))?;
                let read = read_once(pipe, *way, buf);
                match read {
                    Err(error) if way.goes_on_after(&error) => {}
                    _ => return Poll::Ready(read),
                }
            },
            Source::Always(file) => at_once(cx, || {
                let read = rustix::io::read(&*file, buf.initialize_unfilled())?;
                buf.advance(read);
                Ok(())
            }),
        }
    }
}

impl AsyncWrite for Output {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.source {
            Source::Watched(pipe, Way::Pipe) => Pin::new(pipe).poll_write(cx, bytes),
            _ => self.poll_write_vectored(cx, &[io::IoSlice::new(bytes)]),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.source {
            Source::Watched(pipe, Way::Pipe | Way::Terminal) => {
                Pin::new(pipe).poll_write_vectored(cx, slices)
            }
            Source::Watched(pipe, way) => loop {
                ready!(pipe.poll_write_ready(cx))?;
                let written = pipe.try_io(|| way.write(pipe.as_fd(), slices));
                match written {
                    Err(error) if way.goes_on_after(&error) => {}
                    _ => return Poll::Ready(written),
                }
            },
            Source::Always(file) => at_once(cx, || Ok(rustix::io::writev(&*file, slices)?)),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Reads, and forgets that the descriptor was ready when there cannot be more: this saves asking again before each wait.
fn read_once(pipe: &Receiver, way: Way, buf: &mut ReadBuf<'_>) -> io::Result<()> {
    let space = buf.initialize_unfilled();
    let room = space.len();
    let mut read = None;
    let tried = pipe.try_io(|| {
        let bytes = way.read(pipe.as_fd(), space)?;
        read = Some(bytes);
        if way.is_empty_after(bytes, room) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(())
    });
    read.map_or(tried, |bytes| {
        buf.advance(bytes);
        Ok(())
    })
}

/// Does what never waits, and lets others have their turn now and then.
fn at_once<T>(
    cx: &mut Context<'_>,
    mut operation: impl FnMut() -> io::Result<T>,
) -> Poll<io::Result<T>> {
    let turn = ready!(coop::poll_proceed(cx));
    turn.made_progress();
    loop {
        match operation() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return Poll::Ready(done),
        }
    }
}

#[cfg(test)]
mod tests;
