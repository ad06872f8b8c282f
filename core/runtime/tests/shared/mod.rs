//! Descriptors and processes as the tests see them from outside.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::pipe::PipeFlags;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

/// A process of this test program that plays a role instead of running tests. It ends with this.
pub(crate) struct Player(pub(crate) Child);

impl Player {
    pub(crate) fn start(role: &str, stdio: [Stdio; 3]) -> Self {
        Self(command(role, stdio).spawn().expect("it has just run"))
    }
}

pub(crate) fn command(role: &str, [stdin, stdout, stderr]: [Stdio; 3]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("tests are a program"));
    command.args(["--exact", "role", "--nocapture", "--test-threads=1"]).env(ROLE, role);
    command.stdin(stdin).stdout(stdout).stderr(stderr);
    command
}

impl Drop for Player {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What is read up to and with the marker. The test fails when it does not come.
pub(crate) fn read_until(fd: impl AsFd, marker: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    while !all.windows(marker.len()).any(|window| window == marker) {
        let new = read_some(&fd);
        assert!(!new.is_empty(), "the end came first, behind {:?}", String::from_utf8_lossy(&all));
        all.extend(new);
    }
    all
}

/// What is there, once something is; nothing at the end.
pub(crate) fn read_some(fd: impl AsFd) -> Vec<u8> {
    await_readable(&fd);
    let mut bytes = [0; 4096];
    let read = rustix::io::read(fd, &mut bytes).expect("it can be read");
    bytes[..read].to_vec()
}

/// A pipe that the processes of other tests do not inherit: its reading end, and its writing end.
pub(crate) fn pipe() -> (OwnedFd, OwnedFd) {
    rustix::pipe::pipe_with(PipeFlags::CLOEXEC).expect("a pipe")
}

/// A descriptor that tells when a process has ended.
pub(crate) fn watch(pid: u32) -> OwnedFd {
    let pid = Pid::from_raw(i32::try_from(pid).expect("a pid"));
    pidfd_open(pid.expect("a pid"), PidfdFlags::empty()).expect("it runs")
}

pub(crate) fn await_end(process: &OwnedFd) {
    await_readable(process);
}

fn await_readable(fd: &impl AsFd) {
    let patience = Timespec::try_from(PATIENCE).expect("it is short");
    let mut fds = [PollFd::new(fd, PollFlags::IN)];
    let ready = loop {
        match rustix::event::poll(&mut fds, Some(&patience)) {
            Err(rustix::io::Errno::INTR) => {}
            ready => break ready.map_err(io::Error::from),
        }
    };
    assert_ne!(ready.expect("it can be polled"), 0, "nothing has come");
}

/// Says which role a process plays.
pub(crate) const ROLE: &str = "MCP_ENGINE_ROLE";

/// When a test has failed that waits for something.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
