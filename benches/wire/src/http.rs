//! The load generator on HTTP/1.1: a connection for each call that is outstanding. Of a reply it reads where it ends, and nothing else.

use std::io::{self, IoSlice};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use memchr::memmem::{find, rfind};
use rustix::event::Timespec;
use rustix::event::epoll::{self, Event, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::io::{Errno, read, writev};

use crate::requests::Requests;
use crate::stdio::Run;

/// A connection with at most one call on it.
#[derive(Debug)]
pub(crate) struct Line {
    stream: TcpStream,
    /// Bytes of the call that were written, of all calls together.
    written: u64,
    /// Where the call ends.
    end: u64,
    reply: Reply,
}

/// How much of a reply has come.
#[derive(Debug, Default)]
struct Reply {
    head: Vec<u8>,
    read: usize,
    /// How long all of it is, when its head says so.
    len: Option<usize>,
    /// Its last bytes.
    last: Vec<u8>,
}

impl Line {
    pub(crate) fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self { stream, written: 0, end: 0, reply: Reply::default() })
    }

    /// Sends one request, and yields the head of its reply.
    pub(crate) fn exchange(&mut self, request: &[u8]) -> io::Result<String> {
        let requests = Requests::line(request);
        (self.written, self.end) = (0, requests.each());
        let mut buffer = vec![0; ROOM];
        loop {
            self.write(&requests)?;
            if self.read(&mut buffer)? {
                break;
            }
            std::thread::yield_now();
        }
        Ok(String::from_utf8_lossy(&std::mem::take(&mut self.reply).head).into_owned())
    }

    /// Begins the call of that number.
    fn call(&mut self, number: u64, requests: &Requests) -> io::Result<()> {
        let before = number * requests.each();
        (self.written, self.end) = (before, before + requests.each());
        self.write(requests)
    }

    fn write(&mut self, requests: &Requests) -> io::Result<()> {
        while self.written < self.end {
            let mut slices = [IoSlice::new(&[]); 2];
            let used = requests.fill(self.written, self.end, &mut slices);
            match writev(&self.stream, &slices[..used]) {
                Ok(bytes) => self.written += bytes as u64,
                Err(Errno::AGAIN) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Reads what is there. Says whether the reply is complete.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<bool> {
        loop {
            let bytes = match read(&self.stream, &mut buffer[..]) {
                Ok(0) => return Err(io::Error::other("it closes the connection")),
                Ok(bytes) => bytes,
                Err(Errno::AGAIN) => return Ok(false),
                Err(error) => return Err(error.into()),
            };
            if self.reply.ends_with(&buffer[..bytes])? {
                return Ok(true);
            }
            // A read that was not filled has emptied the socket.
            if bytes < buffer.len() {
                return Ok(false);
            }
        }
    }
}

impl Reply {
    /// Takes note of more of it. Says whether that is all.
    fn ends_with(&mut self, bytes: &[u8]) -> io::Result<bool> {
        self.read += bytes.len();
        if self.last.is_empty() {
            self.begin(bytes)?;
        }
        let kept = bytes.len().min(CHUNKS_END.len());
        self.last.extend_from_slice(&bytes[bytes.len() - kept..]);
        self.last.drain(..self.last.len().saturating_sub(CHUNKS_END.len()));
        Ok(self.len.map_or(self.last == CHUNKS_END, |len| self.read >= len))
    }

    /// Reads the head, which servers send in one piece.
    fn begin(&mut self, bytes: &[u8]) -> io::Result<()> {
        let head =
            find(bytes, b"\r\n\r\n").ok_or_else(|| io::Error::other("its head comes in pieces"))?;
        self.head.clear();
        self.head.extend_from_slice(&bytes[..head]);
        if !bytes.starts_with(b"HTTP/1.1 20") {
            return Err(io::Error::other(String::from_utf8_lossy(bytes).into_owned()));
        }
        let digits =
            rfind(&self.head, b"ontent-length: ").or_else(|| rfind(&self.head, b"ontent-Length: "));
        let len = digits.map(|at| number(&self.head[at + 15..]));
        // A reply without a body may do without a length.
        let empty = bytes.starts_with(b"HTTP/1.1 202") && find(&self.head, b"chunked").is_none();
        self.len = len.or(empty.then_some(0)).map(|len| head + 4 + len);
        Ok(())
    }
}

/// Calls on all these connections for a while.
pub(crate) fn run(lines: &mut [Line], requests: &Requests, until: Duration) -> io::Result<Run> {
    let ready = epoll::create(epoll::CreateFlags::empty())?;
    for (line, number) in lines.iter().zip(0..) {
        let both = EventFlags::IN | EventFlags::OUT | EventFlags::ET;
        epoll::add(&ready, &line.stream, EventData::new_u64(number), both)?;
    }
    let alone = lines.len() == 1;
    let mut buffer = vec![0; ROOM];
    let (mut called, mut answered) = (0, 0);
    let mut latencies = Vec::new();
    let began = Instant::now();
    let mut asked = began;
    for line in &mut *lines {
        line.call(called, requests)?;
        called += 1;
    }
    let mut events = Vec::with_capacity(lines.len());
    while answered < called {
        wait(&ready, &mut events)?;
        for event in &events {
            let line = &mut lines[event.data.u64() as usize];
            line.write(requests)?;
            if !line.read(&mut buffer)? {
                continue;
            }
            line.reply = Reply { head: std::mem::take(&mut line.reply.head), ..Reply::default() };
            answered += 1;
            let now = Instant::now();
            if alone {
                latencies.push(now - asked);
                asked = now;
            }
            if now - began < until {
                line.call(called, requests)?;
                called += 1;
            }
        }
    }
    Ok(Run { calls: answered, time: began.elapsed(), latencies })
}

fn wait(ready: &OwnedFd, events: &mut Vec<Event>) -> io::Result<()> {
    events.clear();
    epoll::wait(ready, rustix::buffer::spare_capacity(events), Some(&PATIENCE))?;
    if events.is_empty() { Err(io::Error::other("it says nothing for 5 seconds")) } else { Ok(()) }
}

fn number(digits: &[u8]) -> usize {
    let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'))
}

const CHUNKS_END: &[u8] = b"0\r\n\r\n";
/// Most bytes of one read.
const ROOM: usize = 256 << 10;
const PATIENCE: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };
