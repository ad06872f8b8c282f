use std::os::unix::net::UnixStream;

use rustix::fs::{FileType, Mode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

/// Ways that do not need the descriptor to be ours, so that a blocking pipe is used.
const HUMBLE: [Way; 2] = [Way::NoWait, Way::Asked];

fn flags(fd: impl AsFd) -> OFlags {
    rustix::fs::fcntl_getfl(fd).expect("it is open")
}

#[tokio::test]
async fn a_blocking_pipe_is_read_and_written_without_waiting_in_the_kernel() {
    for way in HUMBLE {
        let (read_end, write_end) = rustix::pipe::pipe().expect("a pipe");
        let mut input = Input::by(read_end, way).expect("a pipe can be watched");
        let mut output = Output::by(write_end, way).expect("a pipe can be watched");
        let sent: Vec<_> = (0..1_000_000_u32).map(|at| at.to_le_bytes()[0]).collect();
        let mut received = vec![0; sent.len()];
        // One thread does both: had either waited in the kernel, neither would end.
        let (written, read) =
            tokio::join!(output.write_all(&sent), input.read_exact(&mut received));
        written.expect("somebody reads");
        read.expect("somebody writes");
        assert!(sent == received, "{way:?}");
        assert!(!flags(&input).contains(OFlags::NONBLOCK), "{way:?}");

        drop(output);
        assert_eq!(input.read(&mut received).await.expect("an end"), 0, "{way:?}");
    }
}

#[tokio::test]
async fn who_writes_to_nobody_is_told() {
    for way in HUMBLE {
        let (read_end, write_end) = rustix::pipe::pipe().expect("a pipe");
        let mut output = Output::by(write_end, way).expect("a pipe can be watched");
        drop(read_end);
        let error = output.write_all(b"x").await.expect_err("nobody reads");
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{way:?}");
    }
}

#[tokio::test]
async fn a_pipe_that_cannot_be_opened_once_more_is_used_as_it_is() {
    let path = std::env::temp_dir().join(format!("mcp-engine-fifo-{}", std::process::id()));
    let mode = Mode::RUSR | Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &path, FileType::Fifo, mode, 0).expect("a pipe");
    let open = |flags| rustix::fs::open(&path, flags, Mode::empty()).expect("it is there");
    let read_end = open(OFlags::RDONLY | OFlags::NONBLOCK);
    let write_end = open(OFlags::WRONLY);
    std::fs::remove_file(&path).expect("it is ours");
    // Nobody can begin to write to a pipe with a name that nobody reads.
    drop(read_end);
    let output = Output::open(write_end.as_fd()).expect("it is used as it is");
    assert!(matches!(output.source, Source::Watched(_, Way::NoWait)));
    assert!(!flags(&write_end).contains(OFlags::NONBLOCK));
}

#[tokio::test]
async fn a_socket_stays_as_it_was() {
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    let mut input = Input::open(ours.as_fd()).expect("a socket can be watched");
    let mut output = Output::open(ours.as_fd()).expect("a socket can be watched");
    theirs.set_nonblocking(true).expect("it is open");
    let mut theirs = tokio::net::UnixStream::from_std(theirs).expect("a socket can be watched");
    let sent = vec![b'x'; 1_000_000];
    let mut received = vec![0; sent.len()];
    let (written, read) = tokio::join!(output.write_all(&sent), theirs.read_exact(&mut received));
    written.expect("somebody reads");
    read.expect("somebody writes");
    let (written, read) = tokio::join!(theirs.write_all(&sent), input.read_exact(&mut received));
    written.expect("somebody reads");
    read.expect("somebody writes");
    assert!(sent == received);
    assert!(!flags(&ours).contains(OFlags::NONBLOCK));
}

#[tokio::test]
async fn more_slices_than_the_system_takes_are_written_in_part() {
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    let mut output = Output::open(ours.as_fd()).expect("a socket can be watched");
    let slices = vec![io::IoSlice::new(b"x"); 5_000];
    let written = output.write_vectored(&slices).await.expect("there is room");
    assert_eq!(written, 1024);
    drop(theirs);
}
