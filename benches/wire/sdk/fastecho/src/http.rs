//! POSTs over HTTP/1.1 connections that stay open, on one thread.

use std::collections::HashMap;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{TcpListener, TcpStream};

use memchr::memmem::find;
use rustix::event::epoll::{self, Event, EventData, EventFlags};

use crate::reply::Reply;

/// A client, and what it has sent.
struct Client {
    stream: TcpStream,
    input: Vec<u8>,
    filled: usize,
}

pub(crate) fn serve(port: u16) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let ready = epoll::create(epoll::CreateFlags::empty())?;
    epoll::add(&ready, &listener, EventData::new_u64(0), EventFlags::IN)?;
    let mut clients = HashMap::new();
    let mut next = 1;
    loop {
        let mut events = Vec::with_capacity(64);
        epoll::wait(&ready, rustix::buffer::spare_capacity(&mut events), None)?;
        for Event { data, .. } in events {
            if data.u64() == 0 {
                let (stream, _) = listener.accept()?;
                stream.set_nodelay(true)?;
                epoll::add(&ready, &stream, EventData::new_u64(next), EventFlags::IN)?;
                clients.insert(next, Client { stream, input: vec![0; LONGEST], filled: 0 });
                next += 1;
            } else if let Some(client) = clients.get_mut(&data.u64())
                && !client.serve()?
            {
                clients.remove(&data.u64());
            }
        }
    }
}

impl Client {
    /// Reads once, and answers what is complete. Says whether the client is still there.
    fn serve(&mut self) -> io::Result<bool> {
        let bytes = match self.stream.read(&mut self.input[self.filled..]) {
            Ok(0) => return Ok(false),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(false),
            read => read?,
        };
        self.filled += bytes;
        let request = &self.input[..self.filled];
        let Some((body, len)) = body_of(request) else { return Ok(true) };
        let Some(body) = request.get(body..body + len) else { return Ok(true) };
        match Reply::to(body) {
            Some(reply) => self.send(&reply)?,
            None => (&self.stream).write_all(ACCEPTED)?,
        }
        self.filled = 0;
        Ok(true)
    }

    fn send(&self, reply: &Reply<'_>) -> io::Result<()> {
        let parts = reply.parts();
        let len: usize = parts.iter().map(|part| part.len()).sum();
        let mut head = [0; HEAD.len() + 24];
        let mut rest = &mut head[..];
        write!(rest, "{HEAD}{len}\r\n\r\n")?;
        let unused = rest.len();
        let mut slices = [IoSlice::new(&[]); 6];
        slices[0] = IoSlice::new(&head[..head.len() - unused]);
        for (slice, part) in slices[1..].iter_mut().zip(parts) {
            *slice = IoSlice::new(part);
        }
        let mut left = &mut slices[..];
        while left.iter().any(|slice| !slice.is_empty()) {
            let written = (&self.stream).write_vectored(left)?;
            IoSlice::advance_slices(&mut left, written);
        }
        Ok(())
    }
}

/// Where the body of a request begins, and how long it is.
fn body_of(request: &[u8]) -> Option<(usize, usize)> {
    let head = find(request, b"\r\n\r\n")?;
    let line = find(&request[..head], b"ength: ")? + 7;
    let digits = request[line..].iter().take_while(|byte| byte.is_ascii_digit());
    Some((head + 4, digits.fold(0, |len, digit| len * 10 + usize::from(digit - b'0'))))
}

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ";
const ACCEPTED: &[u8] = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";
/// The longest request.
const LONGEST: usize = 4 << 20;
