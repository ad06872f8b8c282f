//! The load generator on pipes: sends lines and counts line ends.

use std::io::{self, IoSlice};
use std::time::{Duration, Instant};

use memchr::memchr_iter;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read, writev};

use crate::process::Process;
use crate::requests::Requests;

/// A conversation with a server.
#[derive(Debug)]
pub(crate) struct Talk<'p> {
    process: &'p Process,
    buffer: Vec<u8>,
}

/// What came of a load.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) calls: u64,
    pub(crate) time: Duration,
    /// Of each call, where there was one at a time.
    pub(crate) latencies: Vec<Duration>,
}

/// When a load ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    Time(Duration),
    Calls(u64),
}

impl<'p> Talk<'p> {
    pub(crate) fn with(process: &'p Process) -> Self {
        Self { process, buffer: vec![0; ROOM] }
    }

    /// Sends a line, and waits for as many lines.
    pub(crate) fn exchange(&mut self, line: &[u8], answers: u64) -> io::Result<()> {
        let requests = Requests::line(line);
        let mut flow = Flow { requests: &requests, written: 0, answered: 0, allowed: 1 };
        flow.send(self.process)?;
        let mut left = answers;
        while left > 0 {
            let Some(lines) = self.lines()? else { continue };
            left = left.saturating_sub(lines);
        }
        Ok(())
    }

    /// Calls and calls, so many at a time, and waits for all answers.
    pub(crate) fn run(
        &mut self,
        requests: &Requests,
        window: u64,
        until: Until,
    ) -> io::Result<Run> {
        let mut flow = Flow { requests, written: 0, answered: 0, allowed: window };
        let mut latencies = Vec::new();
        let began = Instant::now();
        let mut asked = began;
        loop {
            if flow.answered == flow.allowed {
                break;
            }
            let answers = match flow.send(self.process)? {
                Sent::All => self.lines()?,
                Sent::Some => self.wait()?,
            };
            let Some(answers) = answers.filter(|answers| *answers > 0) else { continue };
            flow.answered += answers;
            let now = Instant::now();
            if window == 1 {
                latencies.push(now - asked);
                asked = now;
            }
            match until {
                Until::Time(time) if now - began < time => flow.allowed = flow.answered + window,
                Until::Calls(calls) => flow.allowed = (flow.answered + window).min(calls),
                Until::Time(_) => {}
            }
        }
        Ok(Run { calls: flow.answered, time: began.elapsed(), latencies })
    }

    /// Waits until something can be read or written, and reads what can be.
    fn wait(&mut self) -> io::Result<Option<u64>> {
        let input = self.process.input.as_ref().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut both =
            [PollFd::new(&self.process.output, PollFlags::IN), PollFd::new(input, PollFlags::OUT)];
        if poll(&mut both, Some(&PATIENCE))? == 0 {
            return Err(silent());
        }
        if both[0].revents().is_empty() { Ok(None) } else { self.lines() }
    }

    fn lines(&mut self) -> io::Result<Option<u64>> {
        let bytes = match read(&self.process.output, &mut self.buffer[..]) {
            Ok(0) => return Err(io::Error::other("it has ended")),
            Ok(bytes) => bytes,
            Err(Errno::INTR) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(Some(memchr_iter(b'\n', &self.buffer[..bytes]).count() as u64))
    }
}

/// How far both directions are.
#[derive(Debug)]
struct Flow<'r> {
    requests: &'r Requests,
    /// Bytes.
    written: u64,
    answered: u64,
    /// Calls that may have been sent.
    allowed: u64,
}

/// How much of what may be sent was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    All,
    Some,
}

impl Flow<'_> {
    fn send(&mut self, process: &Process) -> io::Result<Sent> {
        let input = process.input.as_ref().ok_or(io::ErrorKind::BrokenPipe)?;
        let allowed = self.allowed * self.requests.each();
        while self.written < allowed {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let used = self.requests.fill(self.written, allowed, &mut slices);
            match writev(input, &slices[..used]) {
                Ok(bytes) => self.written += bytes as u64,
                Err(Errno::AGAIN) => return Ok(Sent::Some),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Sent::All)
    }
}

fn silent() -> io::Error {
    io::Error::other("it says nothing for 5 seconds")
}

/// Most bytes of one read: small enough to stay in the cache.
const ROOM: usize = 256 << 10;
/// Most parts of one write.
const SLICES: usize = 32;
const PATIENCE: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };
