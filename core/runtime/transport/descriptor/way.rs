//! How a shared descriptor is used without blocking and without changing it.

use std::io::{self, IoSlice, IsTerminal};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags};

/// How to read and write a descriptor that can be polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// A pipe, opened once more: the new description is ours, and so is its `O_NONBLOCK`.
    Pipe,
    /// A terminal, opened once more.
    Terminal,
    /// A socket cannot be opened once more, but told with each call not to wait.
    Socket,
    /// A pipe that cannot be opened once more, since it belongs to another user or there is no `/proc`: told with each call not to wait,
    /// where the kernel knows how.
    NoWait,
    /// Anything else: asked before each call, and given no more than what is sure not to wait.
    Asked,
}

impl Way {
    /// A descriptor of our own to what `fd` is open to, and the way to use it.
    pub(super) fn open(fd: BorrowedFd<'_>, access: OFlags) -> io::Result<(OwnedFd, Self)> {
        let kind = FileType::from_raw_mode(rustix::fs::fstat(fd)?.st_mode);
        let (again, otherwise) = match kind {
            FileType::Fifo => (Some(Self::Pipe), Self::NoWait),
            FileType::Socket => (None, Self::Socket),
            FileType::CharacterDevice if fd.is_terminal() => (Some(Self::Terminal), Self::Asked),
            // A file that is opened once more would begin at its start.
            _ => (None, Self::Asked),
        };
        if let Some(way) = again
            && let Ok(own) = open_again(fd, access)
        {
            return Ok((own, way));
        }
        Ok((fd.try_clone_to_owned()?, otherwise))
    }

    pub(super) fn read(self, fd: BorrowedFd<'_>, space: &mut [u8]) -> io::Result<usize> {
        Ok(match self {
            Self::Pipe => rustix::io::read(fd, space)?,
            Self::Terminal => end_if_gone(rustix::io::read(fd, space))?,
            Self::Socket => rustix::net::recv(fd, space, RecvFlags::DONTWAIT)?.0,
            Self::NoWait => read_no_wait(fd, space)?,
            Self::Asked => {
                ask(fd, PollFlags::IN)?;
                end_if_gone(rustix::io::read(fd, space))?
            }
        })
    }

    pub(super) fn write(self, fd: BorrowedFd<'_>, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(match self {
            Self::Pipe | Self::Terminal => rustix::io::writev(fd, slices)?,
            Self::Socket => {
                let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
                let slices = &slices[..slices.len().min(MOST_SLICES)];
                rustix::net::sendmsg(fd, slices, &mut SendAncillaryBuffer::default(), flags)?
            }
            Self::NoWait => write_no_wait(fd, slices)?,
            Self::Asked => {
                ask(fd, PollFlags::OUT)?;
                let first = slices.iter().find(|slice| !slice.is_empty());
                let first = first.map_or(&[][..], |slice| slice);
                rustix::io::write(fd, &first[..first.len().min(PIPE_BUF)])?
            }
        })
    }

    /// Whether nothing is left after a read that had more room. Terminals give one line at a time.
    pub(super) fn is_empty_after(self, bytes: usize, room: usize) -> bool {
        matches!(self, Self::Pipe | Self::Socket | Self::NoWait) && 0 < bytes && bytes < room
    }

    /// Whether the same is tried again, perhaps in a humbler way.
    pub(super) fn goes_on_after(&mut self, error: &io::Error) -> bool {
        if *self == Self::NoWait && error.kind() == io::ErrorKind::Unsupported {
            *self = Self::Asked;
            return true;
        }
        matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
    }
}

fn open_again(fd: BorrowedFd<'_>, access: OFlags) -> rustix::io::Result<OwnedFd> {
    let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
    let flags = access | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty())
}

/// Whether the descriptor is ready now; the reactor tells only that it has become so.
fn ask(fd: BorrowedFd<'_>, what: PollFlags) -> rustix::io::Result<()> {
    let ready = rustix::event::poll(&mut [PollFd::new(&fd, what)], Some(&Timespec::default()))?;
    if ready == 0 { Err(Errno::AGAIN) } else { Ok(()) }
}

/// A terminal whose other side is gone has come to its end.
fn end_if_gone(read: rustix::io::Result<usize>) -> rustix::io::Result<usize> {
    if read == Err(Errno::IO) { Ok(0) } else { read }
}

#[cfg(target_os = "linux")]
fn read_no_wait(fd: BorrowedFd<'_>, space: &mut [u8]) -> rustix::io::Result<usize> {
    let flags = rustix::io::ReadWriteFlags::NOWAIT;
    let space = &mut [io::IoSliceMut::new(space)];
    rustix::io::preadv2(fd, space, IN_ORDER, flags).map_err(unknown_as_unsupported)
}

#[cfg(target_os = "linux")]
fn write_no_wait(fd: BorrowedFd<'_>, slices: &[IoSlice<'_>]) -> rustix::io::Result<usize> {
    let flags = rustix::io::ReadWriteFlags::NOWAIT;
    rustix::io::pwritev2(fd, slices, IN_ORDER, flags).map_err(unknown_as_unsupported)
}

#[cfg(not(target_os = "linux"))]
fn read_no_wait(_: BorrowedFd<'_>, _: &mut [u8]) -> rustix::io::Result<usize> {
    Err(Errno::OPNOTSUPP)
}

#[cfg(not(target_os = "linux"))]
fn write_no_wait(_: BorrowedFd<'_>, _: &[IoSlice<'_>]) -> rustix::io::Result<usize> {
    Err(Errno::OPNOTSUPP)
}

/// Kernels say in several ways that they do not know a flag.
#[cfg(target_os = "linux")]
fn unknown_as_unsupported(error: Errno) -> Errno {
    if matches!(error, Errno::NOSYS | Errno::INVAL) { Errno::OPNOTSUPP } else { error }
}

/// At the place where the descriptor stands, which pipes do not have.
#[cfg(target_os = "linux")]
const IN_ORDER: u64 = !0;

/// What a pipe that is ready takes at once (POSIX gives 512, Linux 4,096).
const PIPE_BUF: usize = if cfg!(target_os = "linux") { 4096 } else { 512 };

/// `IOV_MAX`.
const MOST_SLICES: usize = 1024;
