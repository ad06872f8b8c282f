//! The file of a Unix socket: made with its permissions, replaced when it is stale, removed when it is ours.
//!
//! A socket is bound under a name of its own, listens, and only then gets its path. So at the path there is never a socket that does not
//! listen yet, which somebody else would take for stale, and nobody gets in before the permissions are set.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use tokio::net::UnixListener;

use crate::transport::error::{Error, Kind};

/// The file of a socket that is ours, removed when this is dropped unless it was replaced.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    identity: Identity,
}

/// Which file it is, whatever its name.
type Identity = (u64, u64);

impl SocketFile {
    /// Listens at a path.
    pub(super) fn listen(
        path: &Path,
        mode: u32,
        backlog: i32,
    ) -> Result<(UnixListener, Self), Error> {
        let refused = |error| Error::with(Kind::Listen(name(path)), error);
        let beside = beside(path);
        let socket = listen_beside(&beside, mode, backlog).map_err(refused)?;
        let identity = identity(&beside).map_err(refused);
        let put = identity.and_then(|identity| put(&beside, path).map(|()| identity));
        let _ = fs::remove_file(&beside);
        let file = Self { path: path.to_owned(), identity: put? };
        let listener = UnixListener::from_std(socket.into()).map_err(refused)?;
        Ok((listener, file))
    }

    pub(super) fn name(&self) -> Box<str> {
        name(&self.path)
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|now| now == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn listen_beside(path: &Path, mode: u32, backlog: i32) -> io::Result<OwnedFd> {
    let socket = unix_socket()?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    let listening = rustix::fs::chmod(path, Mode::from_raw_mode(mode))
        .and_then(|()| rustix::net::listen(&socket, backlog));
    if let Err(error) = listening {
        let _ = fs::remove_file(path);
        return Err(error.into());
    }
    Ok(socket)
}

/// Gives the socket its path, in place of a stale one if need be.
fn put(beside: &Path, path: &Path) -> Result<(), Error> {
    for _ in 0..ATTEMPTS {
        match fs::hard_link(beside, path) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => remove_stale(path)?,
            Err(error) => return Err(Error::with(Kind::Listen(name(path)), error)),
        }
    }
    Err(Kind::InUse(name(path)).into())
}

/// Removes a socket file at which nobody listens.
fn remove_stale(path: &Path) -> Result<(), Error> {
    let refused = |error: io::Error| Error::with(Kind::Listen(name(path)), error);
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found.map_err(refused)?,
    };
    if !found.file_type().is_socket() {
        return Err(Kind::NotASocket(name(path)).into());
    }
    match knock(path) {
        Err(Errno::CONNREFUSED) => {}
        Err(Errno::NOENT) => return Ok(()),
        // It listens, but its backlog is full.
        Ok(()) | Err(Errno::AGAIN) => return Err(Kind::InUse(name(path)).into()),
        Err(error) => return Err(refused(error.into())),
    }
    take_away(path, (found.dev(), found.ino())).map_err(refused)
}

/// Connects, and hangs up at once.
fn knock(path: &Path) -> rustix::io::Result<()> {
    rustix::net::connect(&unix_socket()?, &SocketAddrUnix::new(path)?)
}

/// Removes the file, if it is still this one: two of us may have found it stale, and the other may listen at its place by now.
fn take_away(path: &Path, stale: Identity) -> io::Result<()> {
    let aside = beside(path);
    match fs::rename(path, &aside) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        renamed => renamed?,
    }
    if identity(&aside)? != stale {
        fs::hard_link(&aside, path)?;
    }
    fs::remove_file(&aside)
}

fn unix_socket() -> rustix::io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)
}

/// A name of our own in the same folder. It is short, for the path of a socket has no more than 107 bytes.
fn beside(path: &Path) -> PathBuf {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!(".{:x}.{number:x}", process::id()))
}

fn identity(path: &Path) -> io::Result<Identity> {
    let found = fs::symlink_metadata(path)?;
    Ok((found.dev(), found.ino()))
}

fn name(path: &Path) -> Box<str> {
    path.to_string_lossy().into()
}

/// How often a stale file is replaced before it is believed that others do the same.
const ATTEMPTS: usize = 3;

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;

    #[test]
    fn a_socket_that_has_taken_the_place_of_a_stale_one_stays() {
        let folder = std::env::temp_dir().join(format!("mcp-engine-stale-{}", process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("mcp.sock");
        drop(UnixListener::bind(&path).expect("a socket"));
        let stale = identity(&path).expect("it is there");
        fs::rename(&path, folder.join("old.sock")).expect("it can be moved");
        let _winner = UnixListener::bind(&path).expect("a socket");

        take_away(&path, stale).expect("both are ours");
        UnixStream::connect(&path).expect("the winner still listens");
        fs::remove_dir_all(&folder).expect("all of it is ours");
    }
}
