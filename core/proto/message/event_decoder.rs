//! The way in for event streams: bytes in, messages and other events out.

use super::counters::Counters;
use super::reader::{Reader, Verdict};
use super::{Message, Refusal};
use crate::error::Error;
use crate::frame::Pool;
use crate::frame::sse::{Event, Parser};
use crate::json::Duplicates;
use crate::limits::Limits;

/// Decodes a stream of server-sent events: the replies of MCP's HTTP transports.
#[derive(Debug)]
pub struct EventDecoder {
    events: Parser,
    reader: Reader,
}

/// What an event was.
#[derive(Clone, Debug)]
pub enum Incoming {
    /// A message.
    Message(Message),
    /// An event that carries no message: its type is not `message`, as with the `endpoint` of
    /// MCP 2024-11-05, or its data is empty, as with the priming event of 2025-11-25.
    Event(Event),
}

impl EventDecoder {
    /// A decoder with these limits, whose arenas come from `pool`.
    pub fn new(limits: &Limits, duplicates: Duplicates, pool: Pool) -> Self {
        Self { events: Parser::new(limits, pool), reader: Reader::new(limits, duplicates) }
    }

    /// Room for the next read; see [`Decoder::spare`](super::Decoder::spare).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn spare(&mut self) -> Result<&mut [u8], Error> {
        self.events.spare()
    }

    /// Declares that the first `n` bytes of the spare room were read.
    ///
    /// # Errors
    ///
    /// [`Error::ApiMisuse`] when `n` is more than the room.
    pub fn commit(&mut self, n: usize) -> Result<(), Error> {
        self.events.commit(n)?;
        self.reader.counters.read(n);
        Ok(())
    }

    /// Copies bytes in.
    ///
    /// # Errors
    ///
    /// As for [`Decoder::feed`](super::Decoder::feed).
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.events.feed(bytes)?;
        self.reader.counters.read(bytes.len());
        Ok(())
    }

    /// The next message, other event or refusal; `None` when more bytes are needed.
    pub fn poll(&mut self) -> Option<Result<Incoming, Refusal>> {
        if let Some(verdict) = self.reader.queued() {
            return Some(verdict.map(Incoming::Message));
        }
        loop {
            let place = match self.events.find()? {
                Ok(place) => place,
                Err(error) => {
                    let refused = self.reader.refuse(error, None);
                    let glimpse = self.events.refused();
                    let refused = refused.map_err(|refusal| refusal.glimpsed(glimpse));
                    return Some(refused.map(Incoming::Message));
                }
            };
            if place.is_empty() || !matches!(self.events.event_name(), "" | "message") {
                return Some(Ok(Incoming::Event(self.events.take(place))));
            }
            let (from, len) = (place.start, place.len());
            if let Some(verdict) = self.message(from, len) {
                return Some(verdict.map(Incoming::Message));
            }
        }
    }

    /// Declares the end of the stream; see [`Parser::end`].
    ///
    /// # Errors
    ///
    /// [`Error::InvalidFrame`] when an event was dropped.
    pub fn end(&mut self) -> Result<(), Error> {
        let ended = self.events.end();
        if let Err(error) = ended {
            self.reader.counters.refuse(error);
        }
        ended
    }

    /// The id of the last event that had one; see [`Parser::last_event_id`].
    pub fn last_event_id(&self) -> &str {
        self.events.last_event_id()
    }

    /// How long the server asked to wait before a reconnection; see [`Parser::retry_ms`].
    pub fn retry_ms(&self) -> Option<u64> {
        self.events.retry_ms()
    }

    /// What was seen so far.
    pub fn counters(&self) -> &Counters {
        &self.reader.counters
    }

    /// Reads the data of one event. Blank data gives nothing.
    fn message(&mut self, from: usize, len: usize) -> Option<Verdict> {
        let arena = self.events.arena();
        arena.skip(from);
        let verdict = self.reader.whole(arena, len);
        self.events.taken(from.saturating_add(len));
        verdict
    }
}

impl Default for EventDecoder {
    fn default() -> Self {
        Self::new(&Limits::default(), Duplicates::Deep, Pool::default())
    }
}
