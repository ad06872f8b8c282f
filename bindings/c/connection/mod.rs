//! One side of a conversation, driven by its caller: messages in, events and messages out.

mod event;
mod notice;
mod request;
mod serving;
mod state;

use mcp_engine::connection::{Connection, Event, Fin, StreamId};

use crate::boundary;
use crate::boundary::DONE;
use crate::buffer::mcpe_buffer;
use crate::config::{Care, mcpe_config};
use crate::decoder::mcpe_decoder;
use crate::handle::{Handle, handles};
use crate::message::mcpe_message;
use crate::pointer::{Out, Ptr, Userdata};
use crate::reading::Verdict;
use crate::status::{Failure, MCPE_EVENT, MCPE_NOTHING, mcpe_status};

pub(crate) use serving::{finite, put, required_reply};

pub use event::*;
pub use notice::*;
pub use request::*;
pub use serving::*;
pub use state::*;

/// One side of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct mcpe_connection {
    /// Its place.
    pub slot: u32,
    /// What tells it from others in the same place.
    pub generation: u32,
}

/// A moment, by two clocks. The library has none: every call that depends on the time is told it.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct mcpe_now {
    /// Nanoseconds of a clock that never goes back (`CLOCK_MONOTONIC`).
    pub mono_ns: u64,
    /// Milliseconds since 1970, UTC.
    pub unix_ms: i64,
}

/// What was transmitted.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_transmit {
    /// On which stream.
    pub stream: u64,
    /// How many bytes were appended to the buffer.
    pub len: usize,
    /// One of `MCPE_FIN_…`.
    pub fin: u32,
    /// 0.
    pub reserved: u32,
}

/// The only stream of a duplex transport.
pub const MCPE_STREAM_MAIN: u64 = 0;
/// A stream for one message of a client that is no request: a POST of its own.
pub const MCPE_STREAM_OWN: u64 = 9223372036854775808;
/// The stream goes on.
pub const MCPE_FIN_OPEN: u32 = 0;
/// It ends here: the reply of an HTTP request is complete.
pub const MCPE_FIN_END: u32 = 1;
/// It is given up, which cancels what it was for.
pub const MCPE_FIN_ABORT: u32 = 2;

const _: () = assert!(MCPE_STREAM_MAIN == StreamId::MAIN.0 && MCPE_STREAM_OWN == StreamId::OWN.0);

handles! {
    mcpe_connection => Conversation,
}

/// A connection, and what its caller was told last.
#[derive(Debug)]
pub struct Conversation {
    pub(crate) connection: Connection,
    pub(crate) shown: Shown,
    /// An event that could not be handed out.
    pub(crate) stalled: Option<Event>,
    care: Care,
}

/// Makes a connection that has said nothing yet. `destroy` of the configuration is called also when this fails.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_new(
    config: Ptr<mcpe_config>,
    connection: Out<mcpe_connection>,
) -> mcpe_status {
    boundary(|| {
        if config.is_null() {
            return Err(Failure::Null("config"));
        }
        let config = config.options()?;
        let care = Care::new(config.userdata, config.destroy);
        let place = connection.required("connection")?;
        let (shown, stalled) = (Shown::default(), None);
        let connection = Connection::new(config.read()?)?;
        place.put(mcpe_connection::open(Conversation { connection, shown, stalled, care })?);
        DONE
    })
}

/// Frees a connection. The peer is told nothing: `mcpe_connection_close` and a last `mcpe_connection_poll_transmit` come before.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_free(connection: mcpe_connection) -> mcpe_status {
    boundary(|| {
        connection.free()?;
        DONE
    })
}

/// The pointer that came with the configuration. Reads the connection.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_userdata(
    connection: mcpe_connection,
    userdata: Out<Userdata>,
) -> mcpe_status {
    boundary(|| {
        let userdata = userdata.required("userdata")?;
        userdata.put(connection.read(|one| Ok(one.care.userdata()))?);
        DONE
    })
}

/// Opens the conversation of a client. `MCPE_EVENT_READY` says when it is open. Changes the connection.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_start(connection: mcpe_connection, now: mcpe_now) -> mcpe_status {
    boundary(|| {
        connection.change(|one| Ok(one.connection.start(now.read())?))?;
        DONE
    })
}

/// The server does not answer the probe of a client as a modern one does, as a status of HTTP tells: goes on with `initialize`. Changes the
/// connection.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_fall_back(
    connection: mcpe_connection,
    now: mcpe_now,
) -> mcpe_status {
    boundary(|| {
        connection.change(|one| Ok(one.connection.fall_back(now.read())?))?;
        DONE
    })
}

/// Takes a message of the peer in, or what was refused in place of one. Changes the connection, reads the message.
///
/// `MCPE_ERR_PEER` and `MCPE_ERR_LIMIT` when the message broke a rule: it was counted, answered where it can be, and the conversation goes on.
/// `MCPE_ERR_MISUSE` when the connection is closed. What was refused by the decoder is answered, which is `MCPE_OK`.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_receive(
    connection: mcpe_connection,
    stream: u64,
    message: mcpe_message,
    now: mcpe_now,
) -> mcpe_status {
    boundary(|| {
        let verdict = message.read(|verdict| Ok(verdict.clone()))?;
        connection.change(|one| one.receive(StreamId(stream), verdict, now))?;
        DONE
    })
}

/// Takes in what a decoder has next, without a handle for it. Changes both.
///
/// As `mcpe_decoder_next` followed by `mcpe_connection_receive`: `MCPE_NOTHING` when more bytes are needed, `MCPE_EVENT` when there was an event that
/// carries no message. Poll events and transmits between two calls.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_receive_next(
    connection: mcpe_connection,
    stream: u64,
    decoder: mcpe_decoder,
    now: mcpe_now,
) -> mcpe_status {
    boundary(|| {
        connection.change(|one| match decoder.change(|reading| Ok(reading.take_in()))? {
            None => Ok(MCPE_NOTHING),
            Some(Err(())) => Ok(MCPE_EVENT),
            Some(Ok(verdict)) => {
                one.receive(StreamId(stream), verdict, now)?;
                DONE
            }
        })
    })
}

/// Appends the next message that is to be sent; `MCPE_NOTHING` when there is none. Changes both.
///
/// On a duplex transport call it until there is nothing, then write the pieces of the buffer. Over HTTP each message belongs to a stream, so
/// that each wants a buffer of its own, or one that is cleared.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_poll_transmit(
    connection: mcpe_connection,
    buffer: mcpe_buffer,
    transmit: Out<mcpe_transmit>,
) -> mcpe_status {
    boundary(|| {
        let transmit = transmit.required("transmit")?;
        let sent = connection.change(|one| {
            buffer.change(|buffer| buffer.transmit(|out| one.connection.try_poll_transmit(out)))
        })?;
        let Some((sent, len)) = sent else { return Ok(MCPE_NOTHING) };
        let fin = match sent.fin {
            Fin::Open => MCPE_FIN_OPEN,
            Fin::End => MCPE_FIN_END,
            Fin::Abort => MCPE_FIN_ABORT,
        };
        transmit.put(mcpe_transmit { stream: sent.stream.0, len, fin, reserved: 0 });
        DONE
    })
}

/// When `mcpe_connection_handle_timeout` has to be called next, in nanoseconds of the monotonic clock; `MCPE_NOTHING` for never. Reads the
/// connection.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_poll_timeout(
    connection: mcpe_connection,
    mono_ns: Out<u64>,
) -> mcpe_status {
    boundary(|| {
        let mono_ns = mono_ns.required("mono_ns")?;
        let due = connection.read(|one| Ok(one.connection.poll_timeout()))?;
        let Some(due) = due else { return Ok(MCPE_NOTHING) };
        mono_ns.put(due);
        DONE
    })
}

/// Lets time pass: requests that are out of it fail, and the peer is told. Changes the connection.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_handle_timeout(
    connection: mcpe_connection,
    now: mcpe_now,
) -> mcpe_status {
    boundary(|| {
        connection.change(|one| {
            one.connection.handle_timeout(now.read());
            Ok(())
        })?;
        DONE
    })
}

/// Ends the conversation: every request of ours fails, and nothing is sent any more. Changes the connection.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_close(connection: mcpe_connection) -> mcpe_status {
    boundary(|| {
        connection.change(|one| {
            one.connection.close();
            Ok(())
        })?;
        DONE
    })
}

/// The peer is gone: the transport has ended. Changes the connection.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_peer_closed(connection: mcpe_connection) -> mcpe_status {
    boundary(|| {
        connection.change(|one| {
            one.connection.peer_closed();
            Ok(())
        })?;
        DONE
    })
}

/// A stream has ended before what it was for was finished (HTTP). Requests of ours on it fail, and modern requests of the peer on it are cancelled.
/// Changes the connection.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_stream_closed(
    connection: mcpe_connection,
    stream: u64,
    now: mcpe_now,
) -> mcpe_status {
    boundary(|| {
        connection.change(|one| {
            one.connection.stream_closed(StreamId(stream), now.read());
            Ok(())
        })?;
        DONE
    })
}

/// Names the stream for what belongs to no request: the reply to a GET (HTTP, earlier revisions). `MCPE_STREAM_OWN` when it is closed. Changes the
/// connection.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_set_standalone(
    connection: mcpe_connection,
    stream: u64,
) -> mcpe_status {
    boundary(|| {
        let stream = Some(StreamId(stream)).filter(|stream| *stream != StreamId::OWN);
        connection.change(|one| {
            one.connection.set_standalone(stream);
            Ok(())
        })?;
        DONE
    })
}

impl Conversation {
    fn receive(&mut self, from: StreamId, verdict: Verdict, now: mcpe_now) -> Result<(), Failure> {
        match verdict {
            Ok(message) => self.connection.receive(from, message, now.read())?,
            Err(refusal) => self.connection.refuse(from, &refusal, now.read())?,
        }
        Ok(())
    }
}

impl mcpe_now {
    pub(crate) fn read(self) -> mcp_engine::Now {
        mcp_engine::Now { mono_ns: self.mono_ns, unix_ms: self.unix_ms }
    }
}
