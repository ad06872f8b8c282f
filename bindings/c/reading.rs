//! What stands behind the handle of a decoder: one of the three ways in, and what was handed out last.

use core::ffi::c_int;

use mcp_engine::frame::sse;
use mcp_engine::json::{Duplicates, Seed};
use mcp_engine::{
    BodyDecoder, Counters, Decoder, Error, EventDecoder, Incoming, Limits, Message, Pool, Refusal,
    Table,
};

use crate::decoder::{
    MCPE_DUPLICATES_DEEP, MCPE_DUPLICATES_RESERVED, MCPE_STREAM_BODIES, MCPE_STREAM_EVENTS,
    MCPE_STREAM_LINES, mcpe_decoder_options,
};
use crate::index::mcpe_item;
use crate::pointer::Rows;
use crate::status::{Failure, MCPE_OK};

/// A decoder, and what it has handed out last.
#[derive(Debug)]
pub struct Reading {
    pub(crate) stream: Stream,
    /// Rows of the last drain, whose bytes the caller may be reading.
    pub(crate) items: Table,
    /// The last event that carried no message.
    pub(crate) event: Option<sse::Event>,
}

/// One of the three ways in.
#[derive(Debug)]
pub(crate) enum Stream {
    Lines(Decoder),
    Events(EventDecoder),
    Bodies(BodyDecoder),
}

/// A message, or why it is none.
pub(crate) type Verdict = Result<Message, Refusal>;

/// What a stream had next.
pub(crate) enum Next {
    Verdict(Verdict),
    Event(sse::Event),
}

impl Reading {
    pub(crate) fn new(options: &mcpe_decoder_options) -> Result<Self, Failure> {
        let limits = match options.limits.is_null() {
            true => Limits::default(),
            false => options.limits.options()?.read()?,
        };
        let duplicates = match options.duplicates {
            MCPE_DUPLICATES_DEEP => Duplicates::Deep,
            MCPE_DUPLICATES_RESERVED => Duplicates::Reserved,
            _ => return Err(Failure::Value("duplicates")),
        };
        let pool = Pool::new(&limits, seed(options.seed));
        let stream = match options.stream {
            MCPE_STREAM_LINES => Stream::Lines(Decoder::new(&limits, duplicates, pool)),
            MCPE_STREAM_EVENTS => Stream::Events(EventDecoder::new(&limits, duplicates, pool)),
            MCPE_STREAM_BODIES => Stream::Bodies(BodyDecoder::new(&limits, duplicates, pool)),
            _ => return Err(Failure::Value("stream")),
        };
        Ok(Self { stream, items: Table::default(), event: None })
    }

    /// The next message, for whoever takes it in at once. An event that carries none is kept.
    pub(crate) fn take_in(&mut self) -> Option<Result<Verdict, ()>> {
        Some(match self.next()? {
            Next::Verdict(verdict) => Ok(verdict),
            Next::Event(event) => {
                self.event = Some(event);
                Err(())
            }
        })
    }

    #[inline(always)]
    pub(crate) fn next(&mut self) -> Option<Next> {
        self.let_go();
        self.stream.poll()
    }

    /// Forgets what was handed out last, so that the arena can be used again.
    pub(crate) fn let_go(&mut self) {
        self.items.clear();
    }

    /// Fills as many rows as there are messages and memory for, up to an event, which ends the table.
    ///
    /// The rows are written when all messages are there: an index that was made just now is still on its way to memory, piece by piece, and
    /// to copy it then is to wait for it.
    pub(crate) fn drain(&mut self, rows: &mut Rows<mcpe_item>) -> Result<(), Failure> {
        self.let_go();
        let ended_by = self.collect(rows.capacity())?;
        for verdict in self.items.rows() {
            // Each kind of row is made where it goes: one that may be either is made elsewhere first.
            match verdict {
                Ok(message) => rows.push(mcpe_item::whole(message, MCPE_OK)),
                Err(refusal) => rows.push(mcpe_item::refused(refusal)),
            }
        }
        if let Some(event) = ended_by {
            rows.push(mcpe_item::event(&event.data));
            self.event = Some(event);
        }
        Ok(())
    }

    /// Keeps as many messages as there are, and room and memory for. Yields the event that came between.
    fn collect(&mut self, most: usize) -> Result<Option<sse::Event>, Failure> {
        let (items, mut ended_by) = (&mut self.items, None);
        match &mut self.stream {
            Stream::Lines(lines) => keep(items, most, |items| lines.poll_into(items)),
            others => keep(items, most, |items| {
                items.reserve()?;
                match others.poll() {
                    None => return Ok(false),
                    Some(Next::Verdict(verdict)) => items.push(verdict),
                    Some(Next::Event(event)) => {
                        ended_by = Some(event);
                        return Ok(false);
                    }
                }
                Ok(true)
            }),
        }?;
        Ok(ended_by)
    }

    pub(crate) fn visit(&mut self, mut visit: impl FnMut(*const mcpe_item) -> c_int) -> usize {
        let mut count = 0usize;
        while let Some(next) = self.next() {
            let item = match &next {
                Next::Verdict(verdict) => mcpe_item::of(verdict),
                Next::Event(event) => mcpe_item::event(&event.data),
            };
            count = count.saturating_add(1);
            if visit(&raw const item) != 0 {
                break;
            }
        }
        count
    }
}

impl Stream {
    pub(crate) fn spare(&mut self) -> Result<&mut [u8], Error> {
        match self {
            Self::Lines(lines) => lines.spare(),
            Self::Events(events) => events.spare(),
            Self::Bodies(bodies) => bodies.spare(),
        }
    }

    pub(crate) fn commit(&mut self, len: usize) -> Result<(), Error> {
        match self {
            Self::Lines(lines) => lines.commit(len),
            Self::Events(events) => events.commit(len),
            Self::Bodies(bodies) => bodies.commit(len),
        }
    }

    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Self::Lines(lines) => lines.feed(bytes),
            Self::Events(events) => events.feed(bytes),
            Self::Bodies(bodies) => bodies.feed(bytes),
        }
    }

    pub(crate) fn end(&mut self) -> Result<(), Error> {
        match self {
            Self::Lines(lines) => lines.end(),
            Self::Events(events) => events.end(),
            Self::Bodies(bodies) => {
                bodies.end();
                Ok(())
            }
        }
    }

    #[inline(always)]
    fn poll(&mut self) -> Option<Next> {
        match self {
            Self::Lines(lines) => lines.poll().map(Next::Verdict),
            Self::Bodies(bodies) => bodies.poll().map(Next::Verdict),
            Self::Events(events) => events.poll().map(|next| match next {
                Ok(Incoming::Message(message)) => Next::Verdict(Ok(message)),
                Ok(Incoming::Event(event)) => Next::Event(event),
                Err(refusal) => Next::Verdict(Err(refusal)),
            }),
        }
    }

    pub(crate) fn counters(&self) -> &Counters {
        match self {
            Self::Lines(lines) => lines.counters(),
            Self::Events(events) => events.counters(),
            Self::Bodies(bodies) => bodies.counters(),
        }
    }
}

/// Lets `keep_next` add rows until it has none, or there are so many.
#[inline(always)]
fn keep(
    items: &mut Table,
    most: usize,
    mut keep_next: impl FnMut(&mut Table) -> Result<bool, Error>,
) -> Result<(), Failure> {
    while items.rows().len() < most {
        match keep_next(items) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) if items.rows().is_empty() => return Err(Failure::Memory),
            Err(_) => break,
        }
    }
    Ok(())
}

/// One message from memory of the caller's.
pub(crate) fn parse(text: &[u8]) -> Result<Message, Failure> {
    let mut bodies = BodyDecoder::default();
    bodies.feed(text)?;
    bodies.end();
    let message = bodies.poll().ok_or(Failure::Memory)?.map_err(|refusal| refusal.error())?;
    match bodies.poll() {
        None => Ok(message),
        Some(_) => Err(Failure::Value("text")),
    }
}

/// The seed that a caller gave, or a random one.
pub(crate) fn seed(words: [u64; 2]) -> Seed {
    if words == [0; 2] { Seed::default() } else { Seed(words) }
}
