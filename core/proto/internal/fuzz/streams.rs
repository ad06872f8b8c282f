//! Streams: what comes out must not depend on how the bytes came in.

use core::fmt::Debug;

use bytes::Bytes;

use crate::error::Error;
use crate::frame::Pool;
use crate::frame::sse::{Event, Outgoing, Parser, write};
use crate::internal::{backends, decoder};
use crate::json::{Duplicates, Seed};
use crate::limits::Limits;
use crate::message::{Counters, Decoder, EventDecoder, Incoming, Message, MsgIndex, Refusal};

pub(super) fn frame(input: &[u8]) {
    for limits in [Limits::default(), tight(input)] {
        let pool = Pool::new(&limits, Seed([3, 5]));
        let make = || Decoder::new(&limits, Duplicates::Deep, pool.clone());
        let whole = drive(make(), input, || usize::MAX, Keep::Copy);
        assert_eq!(whole, drive(make(), input, || 1, Keep::Copy));
        let cuts = drive(make(), input, cuts(input), Keep::Shared);
        assert_eq!(whole, cuts);
        for backend in backends() {
            let other = decoder(backend, &limits, Duplicates::Deep, pool.clone());
            assert_eq!(whole, drive(other, input, || usize::MAX, Keep::Shared));
        }
    }
}

pub(super) fn sse(input: &[u8]) {
    for limits in [Limits::default(), tight(input)] {
        let pool = Pool::new(&limits, Seed([3, 5]));
        let events = || Parser::new(&limits, pool.clone());
        let whole = drive(events(), input, || usize::MAX, Keep::Copy);
        assert_eq!(whole, drive(events(), input, || 1, Keep::Copy));
        assert_eq!(whole, drive(events(), input, cuts(input), Keep::Shared));
        if limits == Limits::default() {
            assert_eq!(whole, plain_reading(input));
        }
        let make = || EventDecoder::new(&limits, Duplicates::Deep, pool.clone());
        let whole = drive(make(), input, || usize::MAX, Keep::Copy);
        assert_eq!(whole, drive(make(), input, || 1, Keep::Copy));
        assert_eq!(whole, drive(make(), input, cuts(input), Keep::Shared));
    }
    round_trip(input);
}

/// What a stream yielded, comparable.
#[derive(Debug, PartialEq)]
enum Seen {
    Message(Bytes, MsgIndex),
    /// With what is known of a message that was not read.
    Refusal(Error, Option<String>, Option<(Bytes, MsgIndex)>),
    Event(String, Bytes),
}

/// Whether what was seen is copied at once, or shares the arena until the end of the stream, so that an
/// arena that is written again too early shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Copy,
    Shared,
}

/// A decoder of any kind, and what it remembers at its end.
trait Stream {
    type Memory: Debug + PartialEq;

    fn spare(&mut self) -> Result<&mut [u8], Error>;
    fn commit(&mut self, n: usize) -> Result<(), Error>;
    fn poll(&mut self) -> Option<Seen>;
    fn end(&mut self) -> Result<(), Error>;
    fn memory(&self) -> Self::Memory;
}

/// Everything a stream showed: its items, how it ended, and what it remembers.
type Shown<M> = (Vec<Seen>, Result<(), Error>, M);

fn drive<S: Stream>(
    mut stream: S,
    mut input: &[u8],
    mut size: impl FnMut() -> usize,
    keep: Keep,
) -> Shown<S::Memory> {
    let mut seen = Vec::new();
    while !input.is_empty() {
        let spare = stream.spare().expect("there is room after polling");
        let n = size().min(spare.len()).min(input.len());
        spare[..n].copy_from_slice(&input[..n]);
        input = &input[n..];
        stream.commit(n).expect("the room was enough before the stream ended");
        drain(&mut stream, &mut seen, keep);
    }
    let end = stream.end();
    drain(&mut stream, &mut seen, keep);
    (seen, end, stream.memory())
}

fn drain<S: Stream>(stream: &mut S, seen: &mut Vec<Seen>, keep: Keep) {
    let own = |bytes: Bytes| match keep {
        Keep::Copy => Bytes::copy_from_slice(&bytes),
        Keep::Shared => bytes,
    };
    while let Some(item) = stream.poll() {
        seen.push(match item {
            Seen::Message(bytes, index) => Seen::Message(own(bytes), index),
            Seen::Refusal(error, known, message) => {
                Seen::Refusal(error, known, message.map(|(bytes, index)| (own(bytes), index)))
            }
            Seen::Event(name, data) => Seen::Event(name, own(data)),
        });
    }
}

macro_rules! stream {
    ($kind:ty, $memory:ty, $seen:expr, $memorise:expr) => {
        impl Stream for $kind {
            type Memory = $memory;

            fn spare(&mut self) -> Result<&mut [u8], Error> {
                <$kind>::spare(self)
            }

            fn commit(&mut self, n: usize) -> Result<(), Error> {
                <$kind>::commit(self, n)
            }

            fn poll(&mut self) -> Option<Seen> {
                <$kind>::poll(self).map($seen)
            }

            fn end(&mut self) -> Result<(), Error> {
                <$kind>::end(self)
            }

            fn memory(&self) -> $memory {
                let memorise: fn(&Self) -> $memory = $memorise;
                memorise(self)
            }
        }
    };
}

type Recalled = (String, Option<u64>);

stream!(Decoder, Counters, seen_message, |of| of.counters().clone());
stream!(EventDecoder, (Recalled, Counters), seen_incoming, |of| {
    let recalled = (of.last_event_id().to_owned(), of.retry_ms());
    (recalled, of.counters().clone())
});
stream!(Parser, Recalled, seen_event, |of| (of.last_event_id().to_owned(), of.retry_ms()));

fn seen_message(verdict: Result<Message, Refusal>) -> Seen {
    let parts = |message: &Message| (message.bytes().clone(), *message.index());
    match verdict {
        Ok(message) => {
            let (bytes, index) = parts(&message);
            Seen::Message(bytes, index)
        }
        Err(refusal) => {
            let id = refusal.id().map(|id| id.token().to_owned());
            let known = format!("{id:?} {} {}", refusal.asks(), refusal.answers());
            Seen::Refusal(refusal.error(), Some(known), refusal.message().map(parts))
        }
    }
}

fn seen_incoming(incoming: Result<Incoming, Refusal>) -> Seen {
    match incoming {
        Ok(Incoming::Event(event)) => Seen::Event(event.name, event.data),
        Ok(Incoming::Message(message)) => seen_message(Ok(message)),
        Err(refusal) => seen_message(Err(refusal)),
    }
}

fn seen_event(event: Result<Event, Error>) -> Seen {
    match event {
        Ok(event) => Seen::Event(event.name, event.data),
        Err(error) => Seen::Refusal(error, None, None),
    }
}

/// The events of a stream that is there as a whole, read as WHATWG HTML 9.2.6 describes it, except that data
/// which is empty still makes an event.
fn plain_reading(input: &[u8]) -> Shown<Recalled> {
    let (mut seen, mut name, mut data) = (Vec::new(), String::new(), None::<Vec<u8>>);
    let (mut id, mut last_id, mut retry) = (String::new(), String::new(), None);
    let mut at = if input.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut truncated = at;
    while let Some(len) = input[at..].iter().position(|byte| b"\r\n".contains(byte)) {
        let line = &input[at..at + len];
        let crlf = input[at + len..].starts_with(b"\r\n");
        at += len + 1 + usize::from(crlf);
        let colon = line.iter().position(|byte| *byte == b':');
        let (field, value) = line.split_at(colon.unwrap_or(line.len()));
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let text = String::from_utf8_lossy(value);
        match field {
            b"" if colon.is_none() => {
                last_id.clone_from(&id);
                let name = core::mem::take(&mut name);
                seen.extend(data.take().map(|data: Vec<u8>| Seen::Event(name, data.into())));
                truncated = at;
            }
            b"event" => name = text.into_owned(),
            b"data" => match &mut data {
                Some(data) => data.extend(b"\n".iter().chain(value)),
                None => data = Some(value.to_vec()),
            },
            b"id" if !text.contains('\0') => id = text.into_owned(),
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                let ms = text.parse().unwrap_or(u64::MAX);
                retry = Some(ms.min(24 * 60 * 60 * 1000));
            }
            _ => {}
        }
        if data.is_none() {
            truncated = at;
        }
    }
    let rest = if data.is_some() || at < input.len() {
        Err(Error::InvalidFrame {
            rule: crate::error::FrameRule::Truncated,
            offset: truncated as u64,
        })
    } else {
        Ok(())
    };
    (seen, rest, (last_id, retry))
}

/// An event that is written is read back. The input gives its name, its id and its data.
fn round_trip(input: &[u8]) {
    let mut parts = input.splitn(3, |byte| *byte == b'|');
    let name = parts.next().and_then(|part| core::str::from_utf8(part).ok());
    let id = parts.next().and_then(|part| core::str::from_utf8(part).ok());
    let data = parts.next().unwrap_or(input);
    let retry_ms = input.first().map(|byte| u64::from(*byte));
    let mut out = Vec::new();
    let event = Outgoing { name, id, retry_ms, data };
    let breaks = |text: Option<&str>| text.is_some_and(|text| text.contains(['\n', '\r', '\0']));
    if breaks(name) || breaks(id) {
        assert!(write(&mut out, &event).is_err() && out.is_empty());
        return;
    }
    write(&mut out, &event).expect("no field holds a line break");
    let (seen, end, recalled) = drive(Parser::default(), &out, cuts(input), Keep::Shared);
    let lines = String::from_utf8_lossy(data).replace("\r\n", "\n").replace('\r', "\n");
    let [Seen::Event(read_name, read_data)] = seen.as_slice() else {
        unreachable!("one event was written, not {seen:?}");
    };
    assert_eq!((read_name.as_str(), end), (name.unwrap_or_default(), Ok(())));
    assert_eq!(String::from_utf8_lossy(read_data), lines);
    assert_eq!(recalled, (id.unwrap_or_default().to_owned(), retry_ms));
}

/// Limits that a short input reaches; the input says which.
fn tight(input: &[u8]) -> Limits {
    let mut next = numbers(input);
    let mut up_to = |most: u64| (next() % most) as u32 + 1;
    Limits {
        message_bytes: up_to(64),
        event_bytes: up_to(64),
        depth: up_to(6) as u8,
        items: up_to(12),
        batch: up_to(3),
        id_bytes: up_to(12),
        retained: 0,
        ..Limits::default()
    }
}

/// Sizes of reads, most of them small and some of them 0; the input says which.
fn cuts(input: &[u8]) -> impl FnMut() -> usize {
    let mut next = numbers(input);
    move || {
        let widest = 1 << (next() % 9);
        (next() % (widest + 1)) as usize
    }
}

/// Numbers that look random and follow from the input.
fn numbers(input: &[u8]) -> impl FnMut() -> u64 {
    let mut state = input.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ mixed >> 31
    }
}
