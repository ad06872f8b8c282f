//! Finding events in a byte stream.

use core::ops::Range;
use std::collections::TryReserveError;

use bytes::Bytes;
use memchr::{memchr, memchr2};

use crate::error::{Error, FrameRule, Misuse};
use crate::frame::{Arena, Pool, Sharing, copy};
use crate::limits::{Limit, Limits};
use crate::message::Glimpse;

/// An event as the stream named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The event type; empty when the stream gave none, which means `message`.
    pub name: String,
    /// The data, its lines joined by newlines. Not checked to be UTF-8.
    pub data: Bytes,
}

/// An incremental parser of an event stream.
///
/// ```
/// use mcp_engine_proto::frame::sse::Parser;
///
/// let mut parser = Parser::default();
/// parser.feed(b"retry: 250\nid: 7\ndata: one\ndata: two\n")?;
/// assert!(parser.poll().is_none());
/// parser.feed(b"\r\n")?;
/// let event = parser.poll().unwrap()?;
/// assert_eq!(event.data, "one\ntwo");
/// assert_eq!(parser.last_event_id(), "7");
/// assert_eq!(parser.retry_ms(), Some(250));
/// # Ok::<(), mcp_engine_proto::Error>(())
/// ```
///
/// ```text
///                 data line             blank line
///   Between ──────────────────▶ Inside ────────────▶ an event, and Between again
///      │                          │
///      └──── over the cap ────────┴──▶ Skipping ── blank line ──▶ Between
/// ```
#[derive(Debug)]
pub struct Parser {
    arena: Arena,
    cap: usize,
    /// How many unread bytes were parsed. Only while data waits for its event to end are they kept.
    parsed: usize,
    /// How many bytes of the line at hand were searched for its end.
    searched: usize,
    /// Where the data of the event at hand stands among the unread bytes, joined so far.
    data: Option<Range<usize>>,
    state: State,
    /// What was found and not asked for yet. Nothing is parsed behind a whole event.
    ready: Option<Result<Place, Error>>,
    /// What is known of the event that was refused last.
    refused: Glimpse,
    /// The first part of the line at hand was dropped, so that it is not blank.
    cut_line: bool,
    /// The line before ended with a carriage return that was the last byte read.
    after_return: bool,
    fields: Fields,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing was read yet: a byte order mark may come.
    Start,
    Reading,
    /// The event at hand is above the cap; its lines are dropped.
    Skipping,
}

/// What the fields other than data said.
#[derive(Debug, Default)]
struct Fields {
    name: String,
    /// The name of the event found last.
    last_name: String,
    id: String,
    last_id: String,
    retry_ms: Option<u64>,
}

/// An event that is whole: where its data stands among the unread bytes.
type Place = Range<usize>;

impl Parser {
    /// A parser with these limits, whose arenas come from `pool`.
    pub fn new(limits: &Limits, pool: Pool) -> Self {
        let cap = limits.clamped().event_bytes as usize;
        Self {
            arena: Arena::new(pool, cap.saturating_add(1), Sharing::Split),
            cap,
            parsed: 0,
            searched: 0,
            data: None,
            state: State::Start,
            ready: None,
            refused: Glimpse::default(),
            cut_line: false,
            after_return: false,
            fields: Fields::default(),
        }
    }

    /// Room for the next read.
    ///
    /// # Errors
    ///
    /// [`Error::LimitExceeded`] when the system refuses memory; [`Error::ApiMisuse`] when events wait to be
    /// polled and no room is left.
    pub fn spare(&mut self) -> Result<&mut [u8], Error> {
        let spare = self.arena.spare()?;
        if spare.is_empty() { Err(Error::ApiMisuse(Misuse::NotDrained)) } else { Ok(spare) }
    }

    /// Declares that the first `n` bytes of the spare room were read.
    ///
    /// # Errors
    ///
    /// [`Error::ApiMisuse`] when `n` is more than the room.
    pub fn commit(&mut self, n: usize) -> Result<(), Error> {
        self.arena.commit(n)?;
        self.advance();
        Ok(())
    }

    /// Copies bytes in, as many times as they need room.
    ///
    /// # Errors
    ///
    /// As for [`spare`](Self::spare).
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let n = copy(self.spare()?, rest);
            self.commit(n)?;
            rest = rest.get(n..).unwrap_or_default();
        }
        Ok(())
    }

    /// The next event, or the next refusal; `None` when more bytes are needed.
    pub fn poll(&mut self) -> Option<Result<Event, Error>> {
        Some(self.find()?.map(|place| self.take(place)))
    }

    /// Takes the event found last out of the arena.
    pub(crate) fn take(&mut self, place: Range<usize>) -> Event {
        let data = self.arena.take(place.start, place.len());
        self.taken(place.end);
        Event { name: core::mem::take(&mut self.fields.last_name), data }
    }

    /// What is known of the event that was refused last: its first bytes tell it.
    pub(crate) fn refused(&mut self) -> Glimpse {
        core::mem::take(&mut self.refused)
    }

    /// The name of the event found last.
    pub(crate) fn event_name(&self) -> &str {
        &self.fields.last_name
    }

    /// Declares the end of the stream: an event that is not whole is dropped. Poll until nothing is left
    /// before.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidFrame`] when data was dropped.
    pub fn end(&mut self) -> Result<(), Error> {
        let offset = self.arena.offset();
        let partial = self.data.take().is_some() || self.arena.len() > self.parsed;
        self.arena.truncate(if self.ready.is_some() { self.parsed } else { 0 });
        self.parsed = self.parsed.min(self.arena.len());
        self.searched = 0;
        self.arena.rest();
        let cut = Error::InvalidFrame { rule: FrameRule::Truncated, offset };
        if partial { Err(cut) } else { Ok(()) }
    }

    /// The id of the last event that had one: what a client sends as `Last-Event-ID`.
    pub fn last_event_id(&self) -> &str {
        &self.fields.last_id
    }

    /// How long the server asked to wait before a reconnection, in milliseconds, at most a day.
    pub fn retry_ms(&self) -> Option<u64> {
        self.fields.retry_ms
    }

    pub(crate) fn arena(&mut self) -> &mut Arena {
        &mut self.arena
    }

    /// Tells that the first `n` unread bytes left the arena.
    pub(crate) fn taken(&mut self, n: usize) {
        self.parsed = self.parsed.saturating_sub(n);
    }

    /// The next whole event, whose data stays in the arena until it is taken.
    pub(crate) fn find(&mut self) -> Option<Result<Range<usize>, Error>> {
        self.advance();
        let found = self.ready.take();
        if let Some(Ok(_)) = found {
            self.fields.last_id.clone_from(&self.fields.id);
            core::mem::swap(&mut self.fields.last_name, &mut self.fields.name);
            self.fields.name.clear();
        }
        found
    }

    /// Parses up to the end of the next event. Behind a refused one, which is remembered until it is
    /// reported, its other lines are still dropped.
    fn advance(&mut self) {
        if self.skip_byte_order_mark().is_none() {
            return;
        }
        while self.ready.is_none() || (self.state == State::Skipping && self.data.is_none()) {
            self.drop_parsed();
            let Some(line) = self.next_line() else {
                self.check_partial_line();
                self.drop_skipped();
                self.arena.rest();
                return;
            };
            self.whole_line(line);
        }
    }

    fn whole_line(&mut self, line: Range<usize>) {
        let cut = core::mem::take(&mut self.cut_line);
        let blank = line.is_empty() && !cut;
        match (self.state, blank) {
            (State::Skipping, true) => self.state = State::Reading,
            (State::Skipping, false) => {}
            (_, true) => self.ready = self.dispatch().map(Ok),
            (_, false) if line.end > self.cap => self.refuse(Limit::EventBytes, line.start),
            (_, false) => self.line(line),
        }
    }

    /// Steps over a byte order mark at the start of the stream, once enough bytes are there to tell.
    fn skip_byte_order_mark(&mut self) -> Option<()> {
        if self.state == State::Start {
            let unread = self.arena.unread();
            if unread.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(unread) {
                self.arena.rest();
                return None;
            }
            if unread.starts_with(BYTE_ORDER_MARK) {
                self.arena.skip(BYTE_ORDER_MARK.len());
            }
            self.state = State::Reading;
        }
        Some(())
    }

    /// Drops what was parsed, unless data waits in it.
    fn drop_parsed(&mut self) {
        if self.data.is_none() {
            self.arena.skip(self.parsed);
            self.parsed = 0;
        }
    }

    /// Drops the part of a line that will be dropped as a whole.
    fn drop_skipped(&mut self) {
        if self.state == State::Skipping && self.arena.len() > 0 {
            self.cut_line = true;
            self.arena.skip(usize::MAX);
            (self.parsed, self.searched) = (0, 0);
        }
    }

    /// The next whole line among the unread bytes, without its end.
    fn next_line(&mut self) -> Option<Range<usize>> {
        if self.after_return && self.parsed < self.arena.len() {
            self.after_return = false;
            self.parsed = after_newline(self.arena.unread(), self.parsed);
            self.drop_parsed();
        }
        let unread = self.arena.unread();
        let line = unread.get(self.parsed..)?;
        let Some(at) = memchr2(b'\n', b'\r', line.get(self.searched..)?) else {
            self.searched = line.len();
            return None;
        };
        let from = self.parsed;
        let to = from.saturating_add(self.searched).saturating_add(at);
        self.searched = 0;
        self.parsed = to.saturating_add(1);
        if unread.get(to) == Some(&b'\r') {
            self.after_return = self.parsed == unread.len();
            self.parsed = after_newline(unread, self.parsed);
        }
        Some(from..to)
    }

    /// Processes a field.
    fn line(&mut self, line: Range<usize>) {
        let (from, end) = (line.start, line.end);
        let (name, value) = field(self.arena.unread().get(line).unwrap_or_default());
        if name == b"data" {
            let line = end.saturating_sub(value.len())..end;
            self.data = Some(match self.data.take() {
                None => line,
                Some(data) => data.start..self.arena.join(data.end, line),
            });
        } else if self.fields.set(name, value).is_err() {
            self.refuse(Limit::Memory, from);
        }
    }

    /// Ends the event at hand.
    fn dispatch(&mut self) -> Option<Place> {
        if self.data.is_none() {
            self.fields.last_id.clone_from(&self.fields.id);
            self.fields.name.clear();
        }
        self.data.take()
    }

    /// Refuses the event at hand when the line that has not ended yet brings it above the cap.
    fn check_partial_line(&mut self) {
        let len = self.arena.len();
        if len > self.parsed && len > self.cap && self.state != State::Skipping {
            self.refuse(Limit::EventBytes, self.parsed);
        }
    }

    /// Refuses the event at hand, whose last line begins at `line`; what it said besides data is forgotten.
    fn refuse(&mut self, limit: Limit, line: usize) {
        let unread = self.arena.unread();
        let (from, to) = self.data.take().map_or((line, self.cap), |data| (data.start, data.end));
        let start = unread.get(from..to.min(self.cap).min(unread.len())).unwrap_or_default();
        self.refused = match field(start) {
            (b"data", value) => Glimpse::of_start(value),
            _ => Glimpse::of_start(start),
        };
        let error = Error::LimitExceeded { limit, offset: self.arena.offset() };
        self.ready = Some(Err(error));
        self.state = State::Skipping;
        self.fields.name.clear();
        self.fields.id.clone_from(&self.fields.last_id);
    }
}

impl Fields {
    /// Applies a field other than data. Unknown ones are ignored, comments among them.
    fn set(&mut self, name: &[u8], value: &[u8]) -> Result<(), TryReserveError> {
        match name {
            b"event" => set(&mut self.name, value)?,
            b"id" if !value.contains(&0) => {
                set(&mut self.id, value)?;
                // It becomes the last one with the end of the event.
                self.last_id.try_reserve(self.id.len())?;
            }
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                let digit = |ms: u64, digit: &u8| {
                    ms.saturating_mul(10).saturating_add(u64::from(digit.wrapping_sub(b'0')))
                };
                self.retry_ms = Some(value.iter().fold(0, digit).min(LONGEST_RETRY_MS));
            }
            _ => {}
        }
        Ok(())
    }
}

impl Default for Parser {
    fn default() -> Self {
        Self::new(&Limits::default(), Pool::default())
    }
}

/// Replaces a text without giving its memory up.
fn set(text: &mut String, value: &[u8]) -> Result<(), TryReserveError> {
    text.clear();
    for chunk in value.utf8_chunks() {
        text.try_reserve(chunk.valid().len().saturating_add(4))?;
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    Ok(())
}

/// The name and the value of a line.
fn field(line: &[u8]) -> (&[u8], &[u8]) {
    let colon = memchr(b':', line).unwrap_or(line.len());
    let (name, value) = line.split_at_checked(colon).unwrap_or((line, &[]));
    let value = value.strip_prefix(b":").unwrap_or(value);
    (name, value.strip_prefix(b" ").unwrap_or(value))
}

/// Steps over a newline at `at`, if one is there.
fn after_newline(unread: &[u8], at: usize) -> usize {
    if unread.get(at) == Some(&b'\n') { at.saturating_add(1) } else { at }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// A server that asks for more is asking for a day.
const LONGEST_RETRY_MS: u64 = 24 * 60 * 60 * 1000;
