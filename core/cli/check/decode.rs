//! The decoder of either format, behind one face.

use mcp_engine_proto::{
    Counters, Decoder, Duplicates, Error, EventDecoder, Incoming, Limits, Message, Pool, Refusal,
    Seed,
};

use super::format::Format;

/// A decoder of a stream.
#[derive(Debug)]
pub(super) enum Decode {
    Lines(Decoder),
    Events(EventDecoder),
}

/// What decoders are made with.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) limits: Limits,
    pub(super) duplicates: Duplicates,
    pub(super) pool: Pool,
}

impl Rules {
    pub(super) fn new(limits: Limits, duplicates: Duplicates) -> Self {
        let pool = Pool::new(&limits, Seed::default());
        Self { limits, duplicates, pool }
    }
}

impl Decode {
    pub(super) fn new(format: Format, rules: &Rules) -> Self {
        let Rules { limits, duplicates, pool } = rules;
        match format {
            Format::Ndjson => Self::Lines(Decoder::new(limits, *duplicates, pool.clone())),
            Format::Sse => Self::Events(EventDecoder::new(limits, *duplicates, pool.clone())),
        }
    }

    pub(super) fn spare(&mut self) -> Result<&mut [u8], Error> {
        match self {
            Self::Lines(decoder) => decoder.spare(),
            Self::Events(decoder) => decoder.spare(),
        }
    }

    pub(super) fn commit(&mut self, n: usize) -> Result<(), Error> {
        match self {
            Self::Lines(decoder) => decoder.commit(n),
            Self::Events(decoder) => decoder.commit(n),
        }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Self::Lines(decoder) => decoder.feed(bytes),
            Self::Events(decoder) => decoder.feed(bytes),
        }
    }

    /// The next message, or nothing for an event without one, or the next refusal.
    #[inline]
    pub(super) fn poll(&mut self) -> Option<Result<Option<Message>, Refusal>> {
        match self {
            Self::Lines(decoder) => Some(decoder.poll()?.map(Some)),
            Self::Events(decoder) => Some(decoder.poll()?.map(|incoming| match incoming {
                Incoming::Message(message) => Some(message),
                Incoming::Event(_) => None,
            })),
        }
    }

    pub(super) fn end(&mut self) -> Result<(), Error> {
        match self {
            Self::Lines(decoder) => decoder.end(),
            Self::Events(decoder) => decoder.end(),
        }
    }

    pub(super) fn counters(&self) -> &Counters {
        match self {
            Self::Lines(decoder) => decoder.counters(),
            Self::Events(decoder) => decoder.counters(),
        }
    }
}
