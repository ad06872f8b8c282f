//! Who connects to us.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket, UnixListener};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::path::SocketFile;
use super::{Socket, Stream};
use crate::transport::error::{Error, Kind};
use crate::transport::limits::{Tally, TransportCounters, TransportLimit, TransportLimits};

/// Where to listen, and for whom.
///
/// ```
/// use mcp_engine_runtime::transport::Bind;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # let _here = runtime.enter();
/// # let folder = std::env::temp_dir().join(format!("mcp-engine-bind-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let path = folder.join("mcp.sock");
/// let listener = Bind::unix(&path).mode(0o660).listen()?;
/// assert!(path.exists());
/// drop(listener);
/// assert!(!path.exists());
///
/// // Other machines are let in only when that is said.
/// assert!(Bind::tcp(([0, 0, 0, 0], 0).into()).listen().is_err());
/// let listener = Bind::tcp(([0, 0, 0, 0], 0).into()).reachable().listen()?;
/// # std::fs::remove_dir(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Bind {
    place: Place,
    limits: TransportLimits,
}

#[derive(Clone, Debug)]
enum Place {
    Tcp { address: SocketAddr, reachable: bool },
    Unix { path: PathBuf, mode: u32 },
}

impl Bind {
    /// An address of TCP; port 0 takes a free one.
    pub fn tcp(address: SocketAddr) -> Self {
        let place = Place::Tcp { address, reachable: false };
        Self { place, limits: TransportLimits::default() }
    }

    /// A path for a socket file.
    ///
    /// A file that another listener has left behind is replaced. One where somebody listens is not, and nor is anything that is no socket.
    pub fn unix(path: impl AsRef<Path>) -> Self {
        let place = Place::Unix { path: path.as_ref().to_owned(), mode: OURS_ALONE };
        Self { place, limits: TransportLimits::default() }
    }

    /// Allows an address of TCP that other machines can reach.
    #[must_use]
    pub fn reachable(mut self) -> Self {
        if let Place::Tcp { reachable, .. } = &mut self.place {
            *reachable = true;
        }
        self
    }

    /// The permissions of the socket file, by default `0o600`. On Linux, whoever may write to it may connect.
    #[must_use]
    pub fn mode(mut self, permissions: u32) -> Self {
        if let Place::Unix { mode, .. } = &mut self.place {
            *mode = permissions;
        }
        self
    }

    /// Sets the limits of the listener.
    #[must_use]
    pub fn limits(mut self, limits: TransportLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Listens.
    ///
    /// # Errors
    ///
    /// Outside of a tokio runtime; the address can be reached from other machines and that was not allowed; somebody listens there; the
    /// path is something else than a socket; the system refuses.
    ///
    /// # Panics
    ///
    /// When the runtime was built without I/O.
    pub fn listen(&self) -> Result<Listener, Error> {
        Handle::try_current().map_err(|_| Kind::NoRuntime)?;
        let source = match &self.place {
            Place::Tcp { address, reachable } => listen_tcp(*address, *reachable)?,
            Place::Unix { path, mode } => {
                let (listener, file) = SocketFile::listen(path, *mode, BACKLOG)?;
                Source::Unix(listener, file)
            }
        };
        let room = Arc::new(Semaphore::new(self.limits.connections.min(Semaphore::MAX_PERMITS)));
        Ok(Listener { source, room, limits: self.limits, tally: Tally::default() })
    }
}

/// Lets connections in, up to [`TransportLimits::connections`] at a time. Its socket file, if it has one, goes with it.
#[derive(Debug)]
pub struct Listener {
    source: Source,
    room: Arc<Semaphore>,
    limits: TransportLimits,
    tally: Tally,
}

#[derive(Debug)]
enum Source {
    Tcp(TcpListener),
    Unix(UnixListener, SocketFile),
}

impl Listener {
    /// Waits for a connection. One for which there is no room is closed at once and counted. Dropping the future loses none.
    ///
    /// # Errors
    ///
    /// When the system lets the listener accept no more. Running out of descriptors or memory is no error: the listener pauses.
    pub async fn accept(&self) -> Result<Socket, Error> {
        loop {
            let stream = match self.next().await {
                Ok(stream) => stream,
                Err(error) if is_of_the_connection(&error) => continue,
                Err(error) if is_shortage(&error) => {
                    self.tally.refuse(TransportLimit::AcceptPause);
                    sleep(self.limits.accept_pause).await;
                    continue;
                }
                Err(error) => return Err(Error::with(Kind::Listen(self.name()), error)),
            };
            match Arc::clone(&self.room).try_acquire_owned() {
                Ok(permit) => return Ok(Socket::accepted(stream, permit)),
                Err(_) => self.tally.refuse(TransportLimit::Connections),
            }
        }
    }

    /// The address, if it is TCP.
    pub fn local_address(&self) -> Option<SocketAddr> {
        match &self.source {
            Source::Tcp(listener) => listener.local_addr().ok(),
            Source::Unix(..) => None,
        }
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.limits.connections.saturating_sub(self.room.available_permits())
    }

    /// How often limits have refused something.
    pub fn counters(&self) -> TransportCounters {
        self.tally.counters()
    }

    async fn next(&self) -> io::Result<Stream> {
        match &self.source {
            Source::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // It fails only for a connection that is gone already, which its first read will say.
                let _ = stream.set_nodelay(true);
                Ok(Stream::Tcp(stream))
            }
            Source::Unix(listener, _) => Ok(Stream::Unix(listener.accept().await?.0)),
        }
    }

    fn name(&self) -> Box<str> {
        match &self.source {
            Source::Tcp(listener) => format!("{:?}", listener.local_addr()).into(),
            Source::Unix(_, file) => file.name(),
        }
    }
}

fn listen_tcp(address: SocketAddr, reachable: bool) -> Result<Source, Error> {
    if !reachable && !address.ip().to_canonical().is_loopback() {
        return Err(Kind::Reachable(address).into());
    }
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG.unsigned_abs())
    };
    listen().map(Source::Tcp).map_err(|error| {
        let name = address.to_string().into();
        match error.kind() {
            io::ErrorKind::AddrInUse => Error::with(Kind::InUse(name), error),
            _ => Error::with(Kind::Listen(name), error),
        }
    })
}

/// A connection that was given up before it was accepted; the next one is none the worse.
fn is_of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

fn is_shortage(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let shortages = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];
    Errno::from_io_error(error).is_some_and(|error| shortages.contains(&error))
}

const OURS_ALONE: u32 = 0o600;

/// How many connections wait in the system until they are accepted; it may allow fewer.
const BACKLOG: i32 = 1024;
