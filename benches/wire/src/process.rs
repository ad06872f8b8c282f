//! A contender as a process: pinned to its core, and what it has used.

use std::fs;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::thread::{CpuSet, sched_setaffinity};

/// The core of what is measured.
pub(crate) const MEASURED: usize = 0;
/// The core of whoever talks to it.
pub(crate) const GENERATOR: usize = 1;

/// A running server, which is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) input: Option<ChildStdin>,
    pub(crate) output: ChildStdout,
    pub(crate) began: Instant,
}

impl Process {
    /// Starts it on its core. Reading from it blocks, writing to it does not.
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // It inherits the core, and the way back costs the same for all.
        pin(MEASURED)?;
        let began = Instant::now();
        let child = command.spawn();
        pin(GENERATOR)?;
        let mut child = child?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        fcntl_setfl(input.as_fd(), OFlags::NONBLOCK)?;
        Ok(Self { child, input: Some(input), output, began })
    }

    /// Processor time of all its threads.
    pub(crate) fn cpu(&self) -> io::Result<Duration> {
        let mut nanos = 0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let times = fs::read_to_string(thread?.path().join("schedstat"))?;
            nanos += times.split(' ').next().and_then(|run| run.parse::<u64>().ok()).unwrap_or(0);
        }
        Ok(Duration::from_nanos(nanos))
    }

    /// The most memory that was ever resident, in MB.
    pub(crate) fn peak_rss(&self) -> io::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        Ok(kilobytes.unwrap_or(f64::NAN) / 1024.0)
    }

    /// Closes its input, and waits for its end and what it says there.
    pub(crate) fn end(mut self) -> io::Result<String> {
        self.input = None;
        let until = Instant::now() + PATIENCE;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > until {
                return Err(io::Error::other("it does not end with its input"));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let errors = self.child.stderr.take().map(|errors| errors.take(LONGEST_REPORT));
        Ok(errors.map(io::read_to_string).transpose()?.unwrap_or_default())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Puts this thread, and what it starts from now on, on one core.
pub(crate) fn pin(core: usize) -> io::Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core);
    Ok(sched_setaffinity(None, &cores)?)
}

const PATIENCE: Duration = Duration::from_secs(3);
/// In bytes: how much a contender may say at its end.
const LONGEST_REPORT: u64 = 64 << 10;
