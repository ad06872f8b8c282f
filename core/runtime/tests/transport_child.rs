//! Children of every temper, and what is left of them: nothing.

mod shared;

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use mcp_engine_runtime::transport::{
    ChildStream, Command, Environment, Stderr, TransportLimit, TransportLimits,
};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use shared::{PATIENCE, Player, ROLE, await_end, pipe, read_until, watch};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::runtime::Builder;
use tokio::time::timeout;

type Tested = Result<(), Box<dyn std::error::Error>>;

/// Waits that nobody who behaves would need, and that a test can stand.
const IMPATIENT: TransportLimits = TransportLimits {
    pipe_bytes: 0,
    stderr_bytes: 64 << 10,
    connections: 0,
    exit_wait: Duration::from_millis(50),
    terminate_wait: Duration::from_millis(50),
    connect_wait: Duration::ZERO,
    accept_pause: Duration::ZERO,
};

fn shell(script: &str) -> Command {
    Command::new("sh").args(["-c", script])
}

/// The next line, which must come. Children write one line at a time, so that none is read too far.
async fn line(stream: &mut ChildStream) -> String {
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        let byte = timeout(PATIENCE, stream.read_u8()).await.expect("it comes in time");
        line.push(byte.expect("a whole line comes"));
    }
    String::from_utf8(line).expect("it is text").trim_end().to_owned()
}

async fn everything(stream: ChildStream) -> Vec<String> {
    let mut lines = BufReader::new(stream).lines();
    let mut all = Vec::new();
    while let Some(line) =
        timeout(PATIENCE, lines.next_line()).await.ok().and_then(Result::ok).flatten()
    {
        all.push(line);
    }
    all
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let error = Command::new("/nowhere/server").arg("x").spawn().expect_err("it is not there");
    assert_eq!(error.io_kind(), Some(std::io::ErrorKind::NotFound));
    assert_eq!(error.to_string(), "the program \"/nowhere/server\" could not be started");
    assert!(!error.is_closed());
}

#[test]
fn nothing_is_started_outside_of_a_runtime() {
    assert!(Command::new("true").spawn().expect_err("there is none").is_closed());
}

#[tokio::test]
async fn arguments_mean_nothing_to_a_shell() -> Tested {
    let argument = "; rm -rf \"$HOME\" `id` $(id) | cat > /dev/null &";
    let (stream, child) = Command::new("printf").args(["%s\n", argument]).spawn()?;
    assert_eq!(everything(stream).await, [argument]);
    assert!(child.wait().await?.success());
    Ok(())
}

#[tokio::test]
async fn only_the_short_list_and_what_was_added_is_inherited() -> Tested {
    let names = |lines: Vec<String>| -> BTreeSet<String> {
        lines.iter().filter_map(|line| Some(line.split_once('=')?.0.to_owned())).collect()
    };
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());

    let (stream, _child) = Command::new("env").env("ADDED", "1").spawn()?;
    let short = ["ADDED", "HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"];
    let inherited = names(everything(stream).await);
    assert!(inherited.contains("ADDED") && inherited.contains("PATH"));
    assert!(inherited.iter().all(|name| short.contains(&name.as_str())), "{inherited:?}");

    let command = Command::new("env").env("ADDED", "1").environment(Environment::Nothing);
    let (stream, _child) = command.spawn()?;
    assert_eq!(everything(stream).await, ["ADDED=1"]);

    let (stream, _child) = Command::new("env").environment(Environment::All).spawn()?;
    assert!(names(everything(stream).await).contains("CARGO_MANIFEST_DIR"));
    Ok(())
}

#[tokio::test]
async fn a_child_starts_where_it_was_told() -> Tested {
    let (stream, _child) = Command::new("pwd").directory("/").spawn()?;
    assert_eq!(everything(stream).await, ["/"]);
    Ok(())
}

#[tokio::test]
async fn a_child_that_ends_with_its_input_is_left_to_do_so() -> Tested {
    let (mut stream, child) = shell("cat; echo done >&2; exit 4").spawn()?;
    stream.write_all(b"hello\n").await?;
    assert_eq!(line(&mut stream).await, "hello");
    assert_eq!(child.status(), None);
    let (one, other) = tokio::join!(child.shutdown(), child.wait());
    assert_eq!((one?.code(), other?.code()), (Some(4), Some(4)));
    assert_eq!(child.status().and_then(|status| status.code()), Some(4));
    assert_eq!(child.stderr_tail().bytes, b"done\n");
    assert_eq!(child.counters().refusals().count(), 0);
    assert_eq!(stream.read(&mut [0; 8]).await?, 0);
    let error = stream.write(b"x").await.expect_err("nobody reads");
    assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
    Ok(())
}

#[tokio::test]
async fn a_child_that_ignores_eof_is_terminated() -> Tested {
    let script = "trap 'exit 7' TERM; echo ready; while :; do sleep 60; done";
    let (mut stream, child) = shell(script).limits(IMPATIENT).spawn()?;
    assert_eq!(line(&mut stream).await, "ready");
    assert_eq!(child.shutdown().await?.code(), Some(7));
    assert_eq!(child.counters().of(TransportLimit::ExitWait), 1);
    assert_eq!(child.counters().of(TransportLimit::TerminateWait), 0);
    Ok(())
}

#[tokio::test]
async fn a_child_that_ignores_sigterm_is_killed() -> Tested {
    let script = "trap '' TERM; echo ready; while :; do sleep 60; done";
    let (mut stream, child) = shell(script).limits(IMPATIENT).spawn()?;
    assert_eq!(line(&mut stream).await, "ready");
    assert_eq!(child.shutdown().await?.signal(), Some(9));
    assert_eq!(child.counters().of(TransportLimit::TerminateWait), 1);
    Ok(())
}

#[tokio::test]
async fn a_kill_cuts_the_waits_short() -> Tested {
    let hours = Duration::from_secs(3600);
    let limits = TransportLimits { exit_wait: hours, terminate_wait: hours, ..IMPATIENT };
    let (mut stream, child) = shell("echo ready; sleep 600").limits(limits).spawn()?;
    assert_eq!(line(&mut stream).await, "ready");
    let (shut, killed) = tokio::join!(child.shutdown(), child.kill());
    assert_eq!((shut?.signal(), killed?.signal()), (Some(9), Some(9)));
    Ok(())
}

#[tokio::test]
async fn what_a_child_has_started_ends_with_it() -> Tested {
    // It ends by itself and leaves another process of its group behind, which would hold the stream open.
    let script = "sleep 600 & echo $!; read line; exit 3";
    let (mut stream, child) = shell(script).spawn()?;
    let grandchild = watch(line(&mut stream).await.parse()?);
    stream.write_all(b"\n").await?;
    assert_eq!(child.wait().await?.code(), Some(3));
    await_end(&grandchild);
    assert_eq!(stream.read(&mut [0; 8]).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_stream_ends_with_the_child_though_somebody_else_holds_its_output() -> Tested {
    let script = "setsid sh -c 'echo $$; exec sleep 600' & read line; echo last; exit 5";
    let (mut stream, child) = shell(script).spawn()?;
    let pid: u32 = line(&mut stream).await.parse()?;
    let grandchild = watch(pid);
    stream.write_all(b"\n").await?;
    assert_eq!(everything(stream).await, ["last"]);
    assert_eq!(child.wait().await?.code(), Some(5));
    rustix::process::pidfd_send_signal(&grandchild, rustix::process::Signal::KILL)?;
    await_end(&grandchild);
    Ok(())
}

#[tokio::test]
async fn a_reader_that_waits_hears_of_the_end() -> Tested {
    let (mut stream, child) = shell("echo ready; sleep 600").spawn()?;
    assert_eq!(line(&mut stream).await, "ready");
    let reader = tokio::spawn(async move { stream.read(&mut [0; 8]).await });
    child.kill().await?;
    assert_eq!(timeout(PATIENCE, reader).await??.ok(), Some(0));
    Ok(())
}

#[tokio::test]
async fn a_writer_that_waits_hears_of_the_end() -> Tested {
    let (mut stream, child) = shell("echo ready; sleep 600").limits(IMPATIENT).spawn()?;
    assert_eq!(line(&mut stream).await, "ready");
    let writer = tokio::spawn(async move { stream.write_all(&vec![0; 8 << 20]).await });
    child.shutdown().await?;
    let error = timeout(PATIENCE, writer).await??.expect_err("nobody reads");
    assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
    Ok(())
}

#[tokio::test]
async fn a_child_without_a_stream_is_ended() -> Tested {
    let (mut stream, child) = shell("echo ready; sleep 600").limits(IMPATIENT).spawn()?;
    assert_eq!(line(&mut stream).await, "ready");
    drop(stream);
    assert_eq!(child.wait().await?.signal(), Some(15));
    Ok(())
}

#[tokio::test]
async fn a_child_without_a_handle_goes_on_and_one_without_anything_is_ended() -> Tested {
    let script = "sleep 600 & echo $!; while read line; do echo \"$line\"; done; sleep 600";
    let (mut stream, child) = shell(script).limits(IMPATIENT).spawn()?;
    let grandchild = watch(line(&mut stream).await.parse()?);
    let id = child.id();
    drop(child);
    stream.write_all(b"still there\n").await?;
    assert_eq!(line(&mut stream).await, "still there");
    drop(stream);
    let waited = tokio::task::spawn_blocking(move || {
        await_end(&grandchild);
        await_reaped(id);
    });
    waited.await?;
    Ok(())
}

#[test]
fn children_end_with_the_runtime() -> Tested {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (stream, child, grandchild) = runtime.block_on(async {
        let script = "trap '' TERM; sleep 600 & echo $!; sleep 600";
        let (mut stream, child) = shell(script).spawn()?;
        let grandchild = watch(line(&mut stream).await.parse()?);
        Ok::<_, Box<dyn std::error::Error>>((stream, child, grandchild))
    })?;
    drop(runtime);
    await_end(&grandchild);
    await_reaped(child.id());
    let other = Builder::new_current_thread().build()?;
    assert!(other.block_on(child.wait()).expect_err("nobody knows").is_closed());
    drop(stream);
    Ok(())
}

#[tokio::test]
async fn a_flood_of_errors_is_drained_and_its_end_is_kept() -> Tested {
    let script = "head -c 10000000 /dev/zero | tr '\\0' x >&2; echo end >&2";
    let (_stream, child) = shell(script).spawn()?;
    assert!(child.wait().await?.success());
    let tail = child.stderr_tail();
    assert_eq!(tail.bytes.len(), 64 << 10);
    assert!(tail.bytes.ends_with(b"xend\n"));
    assert_eq!(tail.dropped, 10_000_004 - (64 << 10));
    assert!(child.counters().of(TransportLimit::StderrBytes) > 0);
    Ok(())
}

#[test]
fn errors_are_passed_on_when_that_is_asked_for() {
    let (ours, theirs) = pipe();
    let _player = Player::start("parent", [Stdio::null(), Stdio::null(), theirs.into()]);
    read_until(&ours, b"complaint\n");
}

#[tokio::test]
async fn pipes_are_large_within_the_budget() -> Tested {
    let player = || {
        let program = std::env::current_exe().expect("tests are a program");
        let command = Command::new(program).args(["--exact", "role", "--nocapture"]);
        command.env(ROLE, "sizes")
    };
    let (mut stream, child) = player().spawn()?;
    stream.write_all(b"now").await?;
    assert!(everything(stream).await.contains(&"1048576 1048576".to_owned()));
    assert_eq!(child.counters().refusals().count(), 0);

    let (mut stream, child) = player().limits(IMPATIENT).spawn()?;
    stream.write_all(b"now").await?;
    assert!(everything(stream).await.contains(&"65536 65536".to_owned()));
    assert_eq!(child.counters().of(TransportLimit::PipeBytes), 2);
    Ok(())
}

/// Waits until nothing is left of a child of ours, not even a zombie.
fn await_reaped(pid: u32) {
    let pid = Pid::from_raw(i32::try_from(pid).expect("a pid")).expect("a pid");
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    let began = Instant::now();
    while waitid(WaitId::Pid(pid), look).err() != Some(rustix::io::Errno::CHILD) {
        assert!(began.elapsed() < PATIENCE, "nobody reaps it");
        std::thread::yield_now();
    }
}

/// Not a test, but what the processes of the tests do.
#[test]
fn role() {
    match std::env::var(ROLE).as_deref() {
        Ok("parent") => {
            let runtime = Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let command = shell("echo complaint >&2").stderr(Stderr::PassOn);
                let (_stream, child) = command.spawn().expect("there is a shell");
                child.wait().await.expect("nobody else reaps it");
            });
        }
        Ok("sizes") => {
            // Until it is told, its parent may be at work on them.
            read_until(rustix::stdio::stdin(), b"now");
            let size = |fd| rustix::pipe::fcntl_getpipe_size(fd).expect("it is a pipe");
            println!("{} {}", size(rustix::stdio::stdin()), size(rustix::stdio::stdout()));
        }
        _ => return,
    }
    std::process::exit(0);
}

/// What an event loop of somebody else does: reads and writes descriptors, while the child is kept on a runtime.
#[test]
fn a_foreign_loop_has_the_pipes_of_a_child() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let (mut pipes, child) =
        Command::new("cat").spawn_pipes(runtime.handle()).expect("there is cat");
    let input = pipes.input().expect("it is open");
    rustix::io::write(input, b"hello\n").expect("there is room");
    let output = pipes.output();
    let mut ready = [rustix::event::PollFd::new(&output, rustix::event::PollFlags::IN)];
    rustix::event::poll(&mut ready, None).expect("it answers");
    let mut line = [0; 6];
    assert_eq!(rustix::io::read(pipes.output(), &mut line), Ok(6));
    assert_eq!(&line, b"hello\n");
    assert_eq!(rustix::io::read(pipes.output(), &mut line), Err(rustix::io::Errno::AGAIN));

    pipes.close_input();
    assert!(pipes.input().is_none());
    let status = runtime.block_on(child.wait()).expect("it was reaped here");
    assert!(status.success());
    assert_eq!(rustix::io::read(pipes.output(), &mut line), Ok(0));
}

#[test]
fn a_child_ends_with_its_pipes() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let (pipes, child) = Command::new("cat").spawn_pipes(runtime.handle()).expect("there is cat");
    drop(pipes);
    assert!(runtime.block_on(child.wait()).expect("it was reaped here").success());
}
