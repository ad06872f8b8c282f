//! A process that leads a group of its own, and the group with it.
//!
//! The number of a group is that of its leader and stays taken until the leader is reaped. So its exit is noticed without reaping it, the
//! rest of the group is killed while the number is still ours, and only then it is reaped. Nothing is signalled after that.

use std::io;
use std::os::fd::OwnedFd;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::Duration;

use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, pidfd_open,
    waitid,
};
use tokio::net::unix::pipe::Receiver;
use tokio::time::sleep;

/// Kills the group and reaps the leader when it is dropped.
#[derive(Debug)]
pub(super) struct Leader {
    /// Gone once it was reaped.
    process: Option<Child>,
    pid: Pid,
    /// Becomes readable when the process has ended, where the system has such descriptors.
    exit: Option<Receiver>,
}

impl Leader {
    /// # Errors
    ///
    /// When there is no descriptor left. The process is killed then.
    pub(super) fn new(process: Child) -> io::Result<Self> {
        let pid = Pid::from_child(&process);
        let mut leader = Self { process: Some(process), pid, exit: None };
        match pidfd_open(pid, PidfdFlags::NONBLOCK) {
            Ok(fd) => leader.exit = Some(watch(fd)?),
            Err(error) if is_unknown(error) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(leader)
    }

    pub(super) fn id(&self) -> u32 {
        self.pid.as_raw_pid().unsigned_abs()
    }

    /// Waits until the process has ended; it is not reaped by that.
    pub(super) async fn exited(&self) {
        if let Some(exit) = &self.exit
            && exit.readable().await.is_ok()
        {
            return;
        }
        while self.is_running() {
            sleep(LOOK_EVERY).await;
        }
    }

    /// Signals the whole group, or the process alone if it has left the group.
    pub(super) fn signal(&self, signal: Signal) {
        if self.is_ours() && kill_process_group(self.pid, signal).is_err() {
            // It may have ended just now, which is what was wanted.
            let _ = kill_process(self.pid, signal);
        }
    }

    /// Kills the whole group, and the process wherever it is.
    pub(super) fn kill(&self) {
        if self.is_ours() {
            let _ = kill_process_group(self.pid, Signal::KILL);
            let _ = kill_process(self.pid, Signal::KILL);
        }
    }

    /// Kills what is left of the group, then reaps the process, which has ended.
    ///
    /// # Errors
    ///
    /// When somebody else has reaped it.
    pub(super) fn reap(mut self) -> io::Result<ExitStatus> {
        self.kill();
        let mut process = self.process.take().ok_or(io::ErrorKind::NotFound)?;
        process.wait()
    }

    fn is_running(&self) -> bool {
        matches!(waitid(WaitId::Pid(self.pid), LOOK), Ok(None))
    }

    /// Whether the number still belongs to the process: it was not reaped, neither here nor by somebody else.
    fn is_ours(&self) -> bool {
        self.process.is_some() && waitid(WaitId::Pid(self.pid), LOOK).is_ok()
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.kill();
        let Some(mut process) = self.process.take() else { return };
        if matches!(process.try_wait(), Ok(None)) {
            // A killed process takes a moment to end, and whoever drops this may be on the reactor.
            let reaper = thread::Builder::new().name("reaper".to_owned());
            // Without a thread it stays a zombie until we end ourselves; there is no better way.
            let _ = reaper.spawn(move || process.wait());
        }
    }
}

/// Tokio registers whatever can be polled as a receiver.
fn watch(fd: OwnedFd) -> io::Result<Receiver> {
    Receiver::from_owned_fd_unchecked(fd)
}

/// Whether the system has no such descriptors: an old kernel, or a sandbox that does not let us.
fn is_unknown(error: rustix::io::Errno) -> bool {
    use rustix::io::Errno;
    matches!(error, Errno::NOSYS | Errno::PERM | Errno::INVAL | Errno::OPNOTSUPP)
}

/// Looks, and leaves everything as it is.
const LOOK: WaitIdOptions =
    WaitIdOptions::EXITED.union(WaitIdOptions::NOHANG).union(WaitIdOptions::NOWAIT);

/// How often is looked where the system does not tell.
const LOOK_EVERY: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    use super::*;

    #[tokio::test]
    async fn exit_is_noticed_without_the_help_of_the_system() {
        let process = Command::new("cat").stdin(Stdio::piped()).process_group(0).spawn();
        let mut leader = Leader::new(process.expect("there is cat")).expect("a descriptor");
        leader.exit = None;
        assert!(leader.is_running());
        drop(leader.process.as_mut().and_then(|process| process.stdin.take()));
        leader.exited().await;
        assert!(leader.is_ours());
        assert!(leader.reap().expect("nobody else has reaped it").success());
    }

    #[tokio::test]
    async fn what_somebody_else_has_reaped_is_not_signalled() {
        let process = Command::new("true").process_group(0).spawn().expect("there is true");
        let leader = Leader::new(process).expect("a descriptor");
        leader.exited().await;
        assert!(leader.is_ours());
        waitid(WaitId::Pid(leader.pid), WaitIdOptions::EXITED).expect("it is our child");
        assert!(!leader.is_ours());
        assert!(leader.reap().is_err());
    }
}
