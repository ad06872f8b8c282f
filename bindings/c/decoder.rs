//! Decoders: bytes of a transport in, messages out.

use core::ffi::{c_char, c_int};

use mcp_engine::frame::sse;
use mcp_engine::json::{Duplicates, Seed};
use mcp_engine::{
    BodyDecoder, Counters, Decoder, Error, EventDecoder, Incoming, Limits, Message, Pool, Refusal,
};

use crate::boundary;
use crate::boundary::DONE;
use crate::config::mcpe_limits;
use crate::handle::{Handle, handles};
use crate::index::mcpe_item;
use crate::message::mcpe_message;
use crate::pointer::{Options, Out, Ptr, Rows, Userdata, input};
use crate::status::{Failure, MCPE_EVENT, MCPE_NOTHING, MCPE_OK, mcpe_status};
use crate::text::mcpe_str;

/// A decoder of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct mcpe_decoder {
    /// Its place.
    pub slot: u32,
    /// What tells it from others in the same place.
    pub generation: u32,
}

/// How a decoder reads. Zero everywhere is lines, with the default limits.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_decoder_options {
    /// `sizeof(mcpe_decoder_options)`.
    pub size: usize,
    /// One of `MCPE_STREAM_…`.
    pub stream: u32,
    /// One of `MCPE_DUPLICATES_…`.
    pub duplicates: u32,
    /// Random bits that keep a peer from choosing keys that collide. Give each process its own.
    pub seed: [u64; 2],
    /// Bounds; `NULL` for the defaults.
    pub limits: Ptr<mcpe_limits>,
}

/// What a decoder has seen since it was made.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_counters {
    /// Bytes that were read, whatever became of them.
    pub bytes: u64,
    /// Lines with nothing but white space.
    pub blank: u64,
    /// Batches.
    pub batches: u64,
    /// Valid requests.
    pub requests: u64,
    /// Valid notifications.
    pub notifications: u64,
    /// Valid results.
    pub responses: u64,
    /// Valid errors.
    pub errors: u64,
    /// Refusals by the transport's framing, JSON, the rules of messages, those of the conversation, what a peer can do, limits, and misuse.
    pub refused: [u64; 7],
}

/// Is handed one item, and returns 0 to go on. The item and its bytes are valid during the call.
pub type mcpe_item_callback =
    Option<unsafe extern "C" fn(userdata: Userdata, item: *const mcpe_item) -> c_int>;

/// Newline-delimited: stdio and sockets.
pub const MCPE_STREAM_LINES: u32 = 0;
/// Server-sent events: the replies of HTTP.
pub const MCPE_STREAM_EVENTS: u32 = 1;
/// Whole bodies, one behind the other: each ends with `mcpe_decoder_end`.
pub const MCPE_STREAM_BODIES: u32 = 2;
/// A key must not appear twice in any object.
pub const MCPE_DUPLICATES_DEEP: u32 = 0;
/// Only the keys that the protocol reads must not appear twice.
pub const MCPE_DUPLICATES_RESERVED: u32 = 1;

handles! {
    mcpe_decoder => Reading,
}

// SAFETY: integers and a pointer, without padding, in 40 bytes.
unsafe impl Options for mcpe_decoder_options {
    const NAME: &'static str = "mcpe_decoder_options";
}

/// A decoder, and what it has handed out last.
#[derive(Debug)]
pub struct Reading {
    stream: Stream,
    /// Rows of the last drain, whose bytes the caller may be reading.
    items: Vec<Verdict>,
    /// The last event that carried no message.
    event: Option<sse::Event>,
}

#[derive(Debug)]
enum Stream {
    Lines(Decoder),
    Events(EventDecoder),
    Bodies(BodyDecoder),
}

/// A message, or why it is none.
pub(crate) type Verdict = Result<Message, Refusal>;

/// What a stream had next.
enum Next {
    Verdict(Verdict),
    Event(sse::Event),
}

/// Makes a decoder. `options` may be `NULL`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_decoder_new(
    options: Ptr<mcpe_decoder_options>,
    decoder: Out<mcpe_decoder>,
) -> mcpe_status {
    boundary(|| {
        let decoder = decoder.required("decoder")?;
        decoder.put(mcpe_decoder::open(Reading::new(&options.options()?)?)?);
        DONE
    })
}

/// Frees a decoder. Messages that were made from it live on.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_decoder_free(decoder: mcpe_decoder) -> mcpe_status {
    boundary(|| {
        decoder.free()?;
        DONE
    })
}

/// Room to read into, so that nothing is copied; empty when a body is above its limit. Changes the decoder.
///
/// The memory is the decoder's, initialised, and the caller's to write until the next call on the decoder. Take every message first.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_decoder_reserve(
    decoder: mcpe_decoder,
    room: Out<Out<u8>>,
    room_len: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let (room, room_len) = (room.required("room")?, room_len.required("room_len")?);
        decoder.change(|reading| {
            reading.let_go();
            let spare = reading.stream.spare()?;
            room_len.put(spare.len());
            room.put(Out::to(spare));
            Ok(())
        })?;
        DONE
    })
}

/// Says that the first `len` bytes of the room were read. Changes the decoder.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_decoder_commit(decoder: mcpe_decoder, len: usize) -> mcpe_status {
    boundary(|| {
        decoder.change(|reading| Ok(reading.stream.commit(len)?))?;
        DONE
    })
}

/// Copies bytes in that are elsewhere. Changes the decoder.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_decoder_feed(
    decoder: mcpe_decoder,
    bytes: Ptr<u8>,
    bytes_len: usize,
) -> mcpe_status {
    boundary(|| {
        let bytes = input!(bytes, bytes_len)?;
        decoder.change(|reading| {
            reading.let_go();
            Ok(reading.stream.feed(bytes)?)
        })?;
        DONE
    })
}

/// Says that the stream, or the body, has ended. Changes the decoder.
///
/// What was read before can still be taken. `MCPE_ERR_FRAME` when something was cut off, which is dropped.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_decoder_end(decoder: mcpe_decoder) -> mcpe_status {
    boundary(|| {
        decoder.change(|reading| {
            reading.let_go();
            Ok(reading.stream.end()?)
        })?;
        DONE
    })
}

/// The next message, or the next that was refused: `mcpe_message_verdict` tells. Changes the decoder; the message is the caller's to free.
///
/// `MCPE_NOTHING` when more bytes are needed. `MCPE_EVENT` when the stream had an event that carries no message.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_decoder_next(
    decoder: mcpe_decoder,
    message: Out<mcpe_message>,
) -> mcpe_status {
    boundary(|| {
        let message = message.required("message")?;
        decoder.change(|reading| match reading.next() {
            None => Ok(MCPE_NOTHING),
            Some(Next::Event(event)) => {
                reading.event = Some(event);
                Ok(MCPE_EVENT)
            }
            Some(Next::Verdict(verdict)) => {
                message.put(mcpe_message::open(verdict)?);
                DONE
            }
        })
    })
}

/// Fills a table with what was read, a row every `stride` bytes. Changes the decoder.
///
/// This is the fastest way to read: nothing is allocated, and no handles are made. The bytes that rows point to are valid until the next call
/// that changes the decoder; `mcpe_decoder_take` makes a handle of a row that is to be kept. An event that carries no message ends the table.
/// `MCPE_NOTHING` when there is nothing.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_decoder_drain(
    decoder: mcpe_decoder,
    table: Out<mcpe_item>,
    capacity: usize,
    stride: usize,
    count: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let (count, mut rows) = (count.required("count")?, table.rows(capacity, stride)?);
        decoder.change(|reading| {
            reading.drain(&mut rows);
            Ok(())
        })?;
        if rows.filled() == 0 {
            return Ok(MCPE_NOTHING);
        }
        count.put(rows.filled());
        DONE
    })
}

/// Makes a handle of a row of the last `mcpe_decoder_drain`. Reads the decoder; the message is the caller's to free.
///
/// `MCPE_ERR_VALUE` when there is no such row, or it is an event.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_decoder_take(
    decoder: mcpe_decoder,
    row: usize,
    message: Out<mcpe_message>,
) -> mcpe_status {
    boundary(|| {
        let message = message.required("message")?;
        let verdict = decoder.read(|reading| {
            reading.items.get(row).cloned().ok_or(Failure::Value("row"))
        })?;
        message.put(mcpe_message::open(verdict)?);
        DONE
    })
}

/// Hands each item that was read to `callback`, until that returns something else than 0, and says how many it was. Changes the decoder.
///
/// The decoder is in use meanwhile: calls on it from inside the callback get `MCPE_ERR_BUSY`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_decoder_visit(
    decoder: mcpe_decoder,
    callback: mcpe_item_callback,
    userdata: Userdata,
    count: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let count = count.required("count")?;
        let callback = callback.ok_or(Failure::Null("callback"))?;
        count.put(decoder.change(|reading| {
            Ok(reading.visit(|item| {
                // SAFETY: the caller has promised a function of this type that returns.
                unsafe { callback(userdata, item) }
            }))
        })?);
        DONE
    })
}

/// The last event that carried no message: its type, empty for `message`, and its data. Reads the decoder.
///
/// `MCPE_NOTHING` when there was none. Both are valid until the decoder is changed.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_decoder_event(
    decoder: mcpe_decoder,
    name: Out<mcpe_str>,
    content: Out<mcpe_str>,
) -> mcpe_status {
    boundary(|| {
        let (name, content) = (name.required("name")?, content.required("content")?);
        decoder.read(|reading| {
            let Some(event) = &reading.event else { return Ok(MCPE_NOTHING) };
            name.put(mcpe_str::to(&event.name));
            content.put(mcpe_str::to_bytes(&event.data));
            DONE
        })
    })
}

/// The id of the last event that had one, to resume behind it. Reads the decoder; valid until it is changed.
///
/// `MCPE_NOTHING` when there was none, or the stream is not one of events.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_decoder_last_event_id(
    decoder: mcpe_decoder,
    id: Out<mcpe_str>,
) -> mcpe_status {
    boundary(|| {
        let id = id.required("id")?;
        decoder.read(|reading| match &reading.stream {
            Stream::Events(events) if !events.last_event_id().is_empty() => {
                id.put(mcpe_str::to(events.last_event_id()));
                DONE
            }
            _ => Ok(MCPE_NOTHING),
        })
    })
}

/// How long the server asked to wait before a reconnection, in milliseconds. Reads the decoder. `MCPE_NOTHING` when it did not.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_decoder_retry_ms(decoder: mcpe_decoder, retry_ms: Out<u64>) -> mcpe_status {
    boundary(|| {
        let retry_ms = retry_ms.required("retry_ms")?;
        decoder.read(|reading| match &reading.stream {
            Stream::Events(events) => match events.retry_ms() {
                Some(asked) => {
                    retry_ms.put(asked);
                    DONE
                }
                None => Ok(MCPE_NOTHING),
            },
            _ => Ok(MCPE_NOTHING),
        })
    })
}

/// What was seen so far. Reads the decoder.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_decoder_counters(
    decoder: mcpe_decoder,
    counters: Out<mcpe_counters>,
) -> mcpe_status {
    boundary(|| {
        let counters = counters.required("counters")?;
        counters.put(decoder.read(|reading| Ok(mcpe_counters::of(reading.stream.counters())))?);
        DONE
    })
}

impl Reading {
    fn new(options: &mcpe_decoder_options) -> Result<Self, Failure> {
        let limits = match options.limits.is_null() {
            true => Limits::default(),
            false => options.limits.options()?.read()?,
        };
        let duplicates = match options.duplicates {
            MCPE_DUPLICATES_DEEP => Duplicates::Deep,
            MCPE_DUPLICATES_RESERVED => Duplicates::Reserved,
            _ => return Err(Failure::Value("duplicates")),
        };
        let pool = Pool::new(&limits, Seed(options.seed));
        let stream = match options.stream {
            MCPE_STREAM_LINES => Stream::Lines(Decoder::new(&limits, duplicates, pool)),
            MCPE_STREAM_EVENTS => Stream::Events(EventDecoder::new(&limits, duplicates, pool)),
            MCPE_STREAM_BODIES => Stream::Bodies(BodyDecoder::new(&limits, duplicates, pool)),
            _ => return Err(Failure::Value("stream")),
        };
        Ok(Self { stream, items: Vec::new(), event: None })
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

    fn next(&mut self) -> Option<Next> {
        self.let_go();
        self.stream.poll()
    }

    /// Forgets what was handed out last, so that the arena can be used again.
    fn let_go(&mut self) {
        self.items.clear();
    }

    fn drain(&mut self, rows: &mut Rows<mcpe_item>) {
        self.let_go();
        while !rows.is_full() {
            match self.stream.poll() {
                None => break,
                Some(Next::Verdict(verdict)) => {
                    rows.push(mcpe_item::of(&verdict));
                    self.items.push(verdict);
                }
                Some(Next::Event(event)) => {
                    rows.push(mcpe_item::event(&event.data));
                    self.event = Some(event);
                    break;
                }
            }
        }
    }

    fn visit(&mut self, mut visit: impl FnMut(*const mcpe_item) -> c_int) -> usize {
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
    fn spare(&mut self) -> Result<&mut [u8], Error> {
        match self {
            Self::Lines(lines) => lines.spare(),
            Self::Events(events) => events.spare(),
            Self::Bodies(bodies) => bodies.spare(),
        }
    }

    fn commit(&mut self, len: usize) -> Result<(), Error> {
        match self {
            Self::Lines(lines) => lines.commit(len),
            Self::Events(events) => events.commit(len),
            Self::Bodies(bodies) => bodies.commit(len),
        }
    }

    fn feed(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Self::Lines(lines) => lines.feed(bytes),
            Self::Events(events) => events.feed(bytes),
            Self::Bodies(bodies) => bodies.feed(bytes),
        }
    }

    fn end(&mut self) -> Result<(), Error> {
        match self {
            Self::Lines(lines) => lines.end(),
            Self::Events(events) => events.end(),
            Self::Bodies(bodies) => {
                bodies.end();
                Ok(())
            }
        }
    }

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

    fn counters(&self) -> &Counters {
        match self {
            Self::Lines(lines) => lines.counters(),
            Self::Events(events) => events.counters(),
            Self::Bodies(bodies) => bodies.counters(),
        }
    }
}

impl mcpe_counters {
    pub(crate) fn of(counters: &Counters) -> Self {
        use mcp_engine::{Fault, Kind};
        let faults = [
            Fault::Frame,
            Fault::Json,
            Fault::Message,
            Fault::Peer,
            Fault::Incompatible,
            Fault::Limit,
            Fault::Misuse,
        ];
        Self {
            bytes: counters.bytes,
            blank: counters.blank,
            batches: counters.batches,
            requests: counters.messages(Kind::Request),
            notifications: counters.messages(Kind::Notification),
            responses: counters.messages(Kind::Response),
            errors: counters.messages(Kind::ErrorResponse),
            refused: faults.map(|fault| counters.faults(fault)),
        }
    }
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

const _: () = assert!(MCPE_OK == 0 && size_of::<c_char>() == 1);
