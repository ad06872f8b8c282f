//! Sockets: who may connect, how many, and which files stay.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mcp_engine_runtime::transport::{Bind, Memory, Socket, TransportLimit, TransportLimits};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

type Tested = Result<(), Box<dyn std::error::Error>>;

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mcp-engine-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn socket(&self) -> PathBuf {
        self.0.join("mcp.sock")
    }

    fn entries(&self) -> usize {
        fs::read_dir(&self.0).expect("it is there").count()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[tokio::test]
async fn a_socket_at_a_path_is_ours_alone_and_goes_with_the_listener() -> Tested {
    let folder = Folder::new("path");
    let path = folder.socket();
    let listener = Bind::unix(&path).listen()?;
    assert_eq!((mode(&path), folder.entries()), (0o600, 1));
    let mut client = Socket::connect_unix(&path, &TransportLimits::default()).await?;
    let mut server = listener.accept().await?;
    client.write_all(b"hello").await?;
    client.shutdown().await?;
    let mut bytes = [0; 5];
    server.read_exact(&mut bytes).await?;
    assert_eq!(&bytes, b"hello");
    assert_eq!(server.read(&mut bytes).await?, 0);
    let peer = server.peer_credentials().ok_or("it has")?;
    assert_eq!(peer.pid(), Some(i32::try_from(std::process::id())?));
    assert_eq!((server.peer_address(), listener.local_address()), (None, None));
    drop(listener);
    assert_eq!(folder.entries(), 0);
    Ok(())
}

#[tokio::test]
async fn permissions_are_those_that_were_asked_for() -> Tested {
    let folder = Folder::new("mode");
    let _listener = Bind::unix(folder.socket()).mode(0o660).listen()?;
    assert_eq!(mode(&folder.socket()), 0o660);
    Ok(())
}

#[tokio::test]
async fn a_stale_socket_is_replaced() -> Tested {
    let folder = Folder::new("replaced");
    let path = folder.socket();
    drop(UnixListener::bind(&path)?);
    assert!(path.exists());
    let listener = Bind::unix(&path).listen()?;
    assert_eq!((mode(&path), folder.entries()), (0o600, 1));
    let _client = Socket::connect_unix(&path, &TransportLimits::default()).await?;
    listener.accept().await?;
    Ok(())
}

#[tokio::test]
async fn a_socket_where_somebody_listens_is_left_alone() -> Tested {
    let folder = Folder::new("used");
    let path = folder.socket();
    let listener = Bind::unix(&path).listen()?;
    let error = Bind::unix(&path).listen().expect_err("somebody listens");
    assert!(error.is_in_use(), "{error}");
    assert_eq!(folder.entries(), 1);
    let _client = Socket::connect_unix(&path, &TransportLimits::default()).await?;
    // The first is that of the second listener, who has looked whether somebody is there.
    listener.accept().await?;
    listener.accept().await?;
    Ok(())
}

#[tokio::test]
async fn what_is_no_socket_is_never_removed() -> Tested {
    let folder = Folder::new("precious");
    let path = folder.socket();
    fs::write(&path, "precious")?;
    let error = Bind::unix(&path).listen().expect_err("it is no socket");
    assert!(error.to_string().ends_with("is there and is no socket"), "{error}");
    assert_eq!((fs::read(&path)?.as_slice(), folder.entries()), (&b"precious"[..], 1));

    fs::remove_file(&path)?;
    std::os::unix::fs::symlink("elsewhere", &path)?;
    Bind::unix(&path).listen().expect_err("it is no socket");
    assert!(path.is_symlink());
    Ok(())
}

#[tokio::test]
async fn a_file_that_has_replaced_ours_stays() -> Tested {
    let folder = Folder::new("stays");
    let path = folder.socket();
    let listener = Bind::unix(&path).listen()?;
    fs::remove_file(&path)?;
    fs::write(&path, "somebody else's")?;
    drop(listener);
    assert!(path.exists());
    Ok(())
}

#[tokio::test]
async fn a_folder_that_is_missing_is_an_error() {
    let error = Bind::unix("/nowhere/mcp.sock").listen().expect_err("there is no folder");
    assert_eq!(error.io_kind(), Some(io::ErrorKind::NotFound));
    assert_eq!(error.to_string(), "nobody can listen at \"/nowhere/mcp.sock\"");
}

#[tokio::test]
async fn other_machines_are_let_in_only_when_that_is_said() -> Tested {
    for address in ["0.0.0.0:0", "[::]:0", "[::ffff:0.0.0.0]:0", "192.0.2.1:0"] {
        let error = Bind::tcp(address.parse()?).listen().expect_err(address);
        assert!(error.to_string().contains("other machines"), "{error}");
    }
    Bind::tcp("0.0.0.0:0".parse()?).reachable().listen()?;
    Bind::tcp("127.0.0.2:0".parse()?).listen()?;
    Ok(())
}

#[tokio::test]
async fn an_address_in_use_is_named() -> Tested {
    let listener = Bind::tcp(ANY).listen()?;
    let address = listener.local_address().ok_or("it is TCP")?;
    let error = Bind::tcp(address).listen().expect_err("somebody listens");
    assert!(error.is_in_use());
    assert!(error.to_string().contains(&address.to_string()), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_connection_above_the_limit_is_closed_at_once_and_counted() -> Tested {
    let limits = TransportLimits { connections: 1, ..TransportLimits::default() };
    let listener = Bind::tcp(ANY).limits(limits).listen()?;
    let address = listener.local_address().ok_or("it is TCP")?;
    let _first = Socket::connect_tcp(address, &limits).await?;
    let served = listener.accept().await?;
    assert_eq!(listener.connections(), 1);

    let mut second = Socket::connect_tcp(address, &limits).await?;
    let mut bytes = [0; 1];
    tokio::select! {
        refused = second.read(&mut bytes) => assert_eq!(refused?, 0),
        _ = listener.accept() => panic!("there is no room"),
    }
    assert_eq!(listener.counters().of(TransportLimit::Connections), 1);

    drop(served);
    assert_eq!(listener.connections(), 0);
    let third = Socket::connect_tcp(address, &limits).await?;
    assert_eq!(third.peer_address(), Some(address));
    listener.accept().await?;
    Ok(())
}

#[tokio::test]
async fn nobody_who_listens_is_an_error_and_so_is_one_who_takes_too_long() -> Tested {
    let folder = Folder::new("nobody");
    let error = Socket::connect_unix(folder.socket(), &TransportLimits::default()).await;
    let error = error.expect_err("nobody listens");
    assert_eq!(error.io_kind(), Some(io::ErrorKind::NotFound));
    assert!(!error.is_timeout());

    // One connection waits to be accepted, and nobody answers the next.
    let socket = TcpSocket::new_v4()?;
    socket.bind(ANY)?;
    let listener = socket.listen(0)?;
    let connect_wait = Duration::from_millis(20);
    let limits = TransportLimits { connect_wait, ..TransportLimits::default() };
    let _waits = TcpStream::connect(listener.local_addr()?).await?;
    let error = Socket::connect_tcp(listener.local_addr()?, &limits).await;
    let error = error.expect_err("nobody answers");
    assert!(error.is_timeout(), "{error}");
    Ok(())
}

#[test]
fn nothing_listens_outside_of_a_runtime() {
    assert!(Bind::tcp(ANY).listen().expect_err("there is none").is_closed());
}

#[tokio::test]
async fn memory_holds_no_more_than_it_was_told() -> Tested {
    let (mut one, mut other) = Memory::pair(4);
    assert!(one.is_write_vectored());
    assert_eq!(one.write(b"hello").await?, 4);
    assert!(timeout(Duration::ZERO, one.write(b"o")).await.is_err());
    let mut bytes = [0; 4];
    other.read_exact(&mut bytes).await?;
    assert_eq!(&bytes, b"hell");
    drop(one);
    assert_eq!(other.read(&mut bytes).await?, 0);
    Ok(())
}
