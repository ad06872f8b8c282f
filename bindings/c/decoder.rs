//! Decoders: bytes of a transport in, messages out.

use core::ffi::c_int;

use mcp_engine::Counters;

use crate::boundary;
use crate::boundary::DONE;
use crate::config::mcpe_limits;
use crate::handle::{Handle, handles};
use crate::index::mcpe_item;
use crate::message::mcpe_message;
use crate::pointer::{Out, Ptr, Userdata, input};
use crate::reading::{Next, Reading, Stream};
use crate::status::{Failure, MCPE_EVENT, MCPE_NOTHING, mcpe_status};
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
    /// Secret bits that keep a peer from choosing keys that collide; random ones where all are zero.
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
/// What was read before can still be taken. `MCPE_ERR_FRAME` when something was cut off, which is dropped, and `MCPE_ERR_LIMIT` when it was too long besides.
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
        decoder.change(|reading| reading.drain(&mut rows))?;
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
        let verdict = decoder
            .read(|reading| reading.items.rows().get(row).cloned().ok_or(Failure::Value("row")))?;
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
