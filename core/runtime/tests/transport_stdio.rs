//! Standard input and output of every kind, each in a process of its own.

mod shared;

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::thread;

use mcp_engine_runtime::transport::{self, TransportLimits};
use rustix::fs::OFlags;
use rustix::pipe::fcntl_getpipe_size;
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};
use shared::{Player, ROLE, await_end, command, pipe, read_some, read_until, watch};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[test]
fn pipes_become_large_and_stay_blocking_for_everybody_else() {
    let (their_input, our_output) = pipe();
    let (our_input, their_output) = pipe();
    let stdio = [copy(&their_input), copy(&their_output), copy(&their_output)];
    let _player = Player::start("echo", stdio);
    read_until(&our_input, b"ready\n");
    for end in [&their_input, &our_output, &their_output, &our_input] {
        assert!(is_blocking(end));
        assert_eq!(fcntl_getpipe_size(end), Ok(1 << 20));
    }
    echo(our_output, our_input);
}

#[test]
fn pipes_of_another_user_are_used_as_they_are() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let (their_input, our_output) = pipe();
    let (our_input, their_output) = pipe();
    let mut command = command("echo", [copy(&their_input), copy(&their_output), Stdio::null()]);
    // Nobody may open what root has made, as in a container whose program is not root.
    let Ok(player) = command.uid(NOBODY).gid(NOBODY).spawn() else { return };
    let _player = Player(player);
    read_until(&our_input, b"ready\n");
    assert!(is_blocking(&their_input) && is_blocking(&their_output));
    echo(our_output, our_input);
}

#[test]
fn sockets_stay_blocking_for_everybody_else() {
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    let theirs = OwnedFd::from(theirs);
    let _player = Player::start("echo", [copy(&theirs), copy(&theirs), copy(&theirs)]);
    read_until(&ours, b"ready\n");
    assert!(is_blocking(&theirs));
    echo(OwnedFd::from(ours.try_clone().expect("it is open")), ours.into());
}

#[test]
fn files_are_read_from_where_they_stand_and_written_where_they_end() {
    let folder = std::env::temp_dir().join(format!("mcp-engine-files-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let (input, output) = (folder.join("input"), folder.join("output"));
    fs::write(&input, "skipped, read").expect("a file");
    fs::write(&output, "old, ").expect("a file");
    let mut reading = File::open(&input).expect("it is there");
    reading.seek(SeekFrom::Start(9)).expect("it is longer");
    let appending = File::options().append(true).open(&output).expect("it is there");
    let mut player = Player::start("echo", [reading.into(), appending.into(), Stdio::null()]);
    assert!(player.0.wait().expect("it is ours").success());
    let written = fs::read(&output).expect("it is there");
    assert!(written.starts_with(b"old, ") && written.ends_with(b"ready\nREAD"));
    fs::remove_dir_all(&folder).expect("all of it is ours");
}

#[test]
fn nothing_is_an_end() {
    let mut player = Player::start("echo", [Stdio::null(), Stdio::null(), Stdio::null()]);
    assert!(player.0.wait().expect("it is ours").success());
}

#[test]
fn a_terminal_is_read_line_by_line_and_stays_blocking_for_everybody_else() {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let ours = openpt(flags).expect("a terminal");
    unlockpt(&ours).expect("it is ours");
    let theirs = ioctl_tiocgptpeer(&ours, flags);
    let theirs = theirs.expect("the other side");
    let _player = Player::start("echo", [copy(&theirs), copy(&theirs), copy(&theirs)]);
    read_until(&ours, b"ready\r\n");
    assert!(is_blocking(&theirs));
    // Both lines are there before the first is read, and nothing comes behind them that would wake the reader.
    rustix::io::write(&ours, b"first\nsecond\n").expect("there is room");
    read_until(&ours, b"SECOND\r\n");
    assert!(is_blocking(&theirs));
}

#[test]
fn what_is_printed_beside_a_taken_output_is_no_message() {
    let (their_input, our_output) = pipe();
    let (our_input, their_output) = pipe();
    let (our_errors, their_errors) = pipe();
    let stdio = [their_input.into(), their_output.into(), their_errors.into()];
    let player = Player::start("taker", stdio);
    assert!(read_until(&our_input, b"words\n").ends_with(b"ready\nwords\n"));
    assert_eq!(read_some(&our_input), b"", "shutting down is seen while the process runs");
    read_until(&our_errors, b"noise");
    let end = watch(player.0.id());
    drop(our_output);
    await_end(&end);
}

#[test]
fn a_taken_socket_is_shut_down_while_the_process_runs() {
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    let theirs = OwnedFd::from(theirs);
    let stdio = [copy(&theirs), theirs.into(), Stdio::null()];
    let player = Player::start("taker", stdio);
    assert!(read_until(&ours, b"words\n").ends_with(b"ready\nwords\n"));
    assert_eq!(read_some(&ours), b"", "shutting down is seen while the process runs");
    let end = watch(player.0.id());
    drop(ours);
    await_end(&end);
}

/// Not a test, but what the processes of the tests do.
#[test]
fn role() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let played = runtime.expect("a runtime").block_on(async {
        match role.as_str() {
            "echo" => play_echo().await,
            "taker" => play_taker().await,
            _ => Err("there is no such role".into()),
        }
    });
    if let Err(error) = &played {
        eprintln!("{role}: {error}");
    }
    std::process::exit(i32::from(played.is_err()));
}

type Played = Result<(), Box<dyn std::error::Error>>;

/// Says everything again, louder.
async fn play_echo() -> Played {
    let mut stdio = transport::Stdio::open(&TransportLimits::default())?;
    stdio.write_all(b"ready\n").await?;
    let mut bytes = vec![0; 64 << 10];
    loop {
        let read = stdio.read(&mut bytes).await?;
        if read == 0 {
            return Ok(());
        }
        bytes[..read].make_ascii_uppercase();
        stdio.write_all(&bytes[..read]).await?;
    }
}

/// Prints while it speaks, and ends with its input, long after its output.
async fn play_taker() -> Played {
    let mut stdio = transport::Stdio::take(&TransportLimits::default())?;
    stdio.write_all(b"ready\n").await?;
    print!("noise");
    std::io::stdout().flush()?;
    stdio.write_all(b"words\n").await?;
    stdio.shutdown().await?;
    let written = stdio.write(b"too late").await.map_err(|error| error.kind());
    assert_eq!(written, Err(std::io::ErrorKind::BrokenPipe));
    let mut bytes = [0; 16];
    while stdio.read(&mut bytes).await? > 0 {}
    Ok(())
}

const NOBODY: u32 = 65534;

/// A long text comes back louder, while both directions are in use.
fn echo(output: OwnedFd, input: OwnedFd) {
    let (mut output, mut input) = (File::from(output), File::from(input));
    let text = "0123456789abcdef".repeat(100_000);
    let loud = text.to_uppercase();
    let sender = thread::spawn(move || {
        output.write_all(text.as_bytes()).expect("somebody reads");
        output
    });
    let mut heard = vec![0; loud.len()];
    input.read_exact(&mut heard).expect("somebody writes");
    assert!(heard == loud.as_bytes());
    drop(sender.join().expect("it does not panic"));
}

fn copy(fd: &OwnedFd) -> Stdio {
    fd.try_clone().expect("it is open").into()
}

fn is_blocking(fd: impl AsFd) -> bool {
    !rustix::fs::fcntl_getfl(fd).expect("it is open").contains(OFlags::NONBLOCK)
}
