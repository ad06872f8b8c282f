//! What the peer asks us, and what we say to it.

use core::ffi::c_char;

use mcp_engine::connection::{Delivery, Reply};
use mcp_engine::encode::Outcome;
use mcp_engine::{Error, Message, Misuse};

use super::{mcpe_connection, mcpe_now};
use crate::boundary;
use crate::boundary::DONE;
use crate::handle::Handle;
use crate::message::mcpe_message;
use crate::names::capabilities_of;
use crate::pointer::{Out, Place, Ptr};
use crate::status::{Failure, mcpe_status};
use crate::text::{mcpe_id, mcpe_str, optional_text, required_id};

/// The answer to a request of the peer. What a kind has no use for is left alone.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_reply {
    /// `sizeof(mcpe_reply)`.
    pub size: usize,
    /// One of `MCPE_REPLY_…`.
    pub kind: u32,
    /// The capabilities that the client would have to declare (`CAPABILITY_REQUIRED`).
    pub capabilities: u32,
    /// The result (`RESULT`), the data of an error if it has any (`ERROR`), or what is asked for by key (`INPUT_REQUIRED`): JSON.
    pub json: mcpe_str,
    /// The text (`TEXT`, `TEXT_ERROR`), one sentence for people (`ERROR`), or what the client has to bring back (`INPUT_REQUIRED`).
    pub text: mcpe_str,
    /// The code (`ERROR`).
    pub code: i64,
    /// The message whose result or error is passed on (`RELAY`).
    pub message: mcpe_message,
}

/// A result: an object. What its revision asks for in every result is added where it lacks.
pub const MCPE_REPLY_RESULT: u32 = 1;
/// The result of a tool whose content is one text.
pub const MCPE_REPLY_TEXT: u32 = 2;
/// The same of a tool that has failed.
pub const MCPE_REPLY_TEXT_ERROR: u32 = 3;
/// An error.
pub const MCPE_REPLY_ERROR: u32 = 4;
/// The result or the error of a message, as a proxy passes it on; a large one is shared and not copied.
pub const MCPE_REPLY_RELAY: u32 = 5;
/// The client would have to declare capabilities for it (MCP 2026-07-28).
pub const MCPE_REPLY_CAPABILITY_REQUIRED: u32 = 6;
/// Input is needed first (MCP 2026-07-28).
pub const MCPE_REPLY_INPUT_REQUIRED: u32 = 7;

/// It will be sent.
pub const MCPE_DELIVERY_QUEUED: u32 = 1;
/// The peer does not want it, and it was dropped.
pub const MCPE_DELIVERY_DROPPED: u32 = 2;

/// Answers a request of the peer; `delivery` is one of `MCPE_DELIVERY_…`. Changes the connection.
///
/// `MCPE_ERR_MISUSE` when there is no request of that id, or it was answered. With any other failure it still wants its answer.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_respond(
    connection: mcpe_connection,
    id: Ptr<mcpe_id>,
    reply: Ptr<mcpe_reply>,
    now: mcpe_now,
    delivery: Out<u32>,
) -> mcpe_status {
    boundary(|| {
        let delivery = delivery.required("delivery")?;
        let (id, reply) = (required_id(id, "id")?, required_reply(reply)?);
        let relayed = reply.relayed()?;
        let reply = reply.read(relayed.as_ref())?;
        let delivered =
            connection.change(|one| Ok(one.connection.respond(&id, reply, now.read())?))?;
        put(delivered, delivery);
        DONE
    })
}

/// Tells how far a request of the peer is. What was told before and not sent yet is replaced. `total` may be `NULL`, and `message` too. Changes
/// the connection.
///
/// `MCPE_ERR_MISUSE` when there is no such request, and when `value` is not finite or does not increase.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_progress(
    connection: mcpe_connection,
    id: Ptr<mcpe_id>,
    value: f64,
    total: Ptr<f64>,
    message: Ptr<c_char>,
    message_len: usize,
    delivery: Out<u32>,
) -> mcpe_status {
    boundary(|| {
        let delivery = delivery.required("delivery")?;
        let id = required_id(id, "id")?;
        let (total, message) = (finite(total)?, optional_text!(message, message_len)?);
        let delivered =
            connection.change(|one| Ok(one.connection.progress(&id, value, total, message)?))?;
        put(delivered, delivery);
        DONE
    })
}

/// Whether the peer waits for the answer to a request of its own: 1 when it was neither answered nor cancelled, else 0. Reads the connection.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_connection_is_wanted(
    connection: mcpe_connection,
    id: Ptr<mcpe_id>,
    is_wanted: Out<u32>,
) -> mcpe_status {
    boundary(|| {
        let is_wanted = is_wanted.required("is_wanted")?;
        let id = required_id(id, "id")?;
        is_wanted.put(connection.read(|one| Ok(u32::from(one.connection.is_wanted(&id))))?);
        DONE
    })
}

impl mcpe_reply {
    /// The message that is passed on, where one is.
    pub(crate) fn relayed(&self) -> Result<Option<Message>, Failure> {
        if self.kind != MCPE_REPLY_RELAY {
            return Ok(None);
        }
        self.message.whole(|message| Ok(Some(message.clone())))
    }

    pub(crate) fn read<'a>(&'a self, relayed: Option<&'a Message>) -> Result<Reply<'a>, Failure> {
        Ok(match self.kind {
            MCPE_REPLY_RESULT => {
                Reply::Result(self.json.json("json")?.ok_or(Failure::Null("json"))?)
            }
            MCPE_REPLY_TEXT => Reply::Text(self.text.text("text")?, Outcome::Success),
            MCPE_REPLY_TEXT_ERROR => Reply::Text(self.text.text("text")?, Outcome::Failure),
            MCPE_REPLY_ERROR => Reply::Error {
                code: self.code,
                message: self.text.text("text")?,
                data: self.json.json("json")?,
            },
            MCPE_REPLY_RELAY => Reply::Relay(relayed.ok_or(Failure::Value("message"))?),
            MCPE_REPLY_CAPABILITY_REQUIRED => {
                Reply::CapabilityRequired(capabilities_of(self.capabilities)?)
            }
            MCPE_REPLY_INPUT_REQUIRED => Reply::InputRequired {
                requests: self.json.json("json")?,
                state: self.text.optional("text")?,
            },
            _ => return Err(Failure::Value("kind")),
        })
    }
}

pub(crate) fn required_reply(reply: Ptr<mcpe_reply>) -> Result<mcpe_reply, Failure> {
    if reply.is_null() { Err(Failure::Null("reply")) } else { reply.options() }
}

/// A total, where one is told.
pub(crate) fn finite(total: Ptr<f64>) -> Result<Option<f64>, Failure> {
    match total.read() {
        Some(total) if !total.is_finite() => Err(Error::ApiMisuse(Misuse::ProgressValue).into()),
        total => Ok(total),
    }
}

pub(crate) fn put(delivered: Delivery, delivery: Place<u32>) {
    delivery.put(match delivered {
        Delivery::Queued => MCPE_DELIVERY_QUEUED,
        Delivery::Dropped => MCPE_DELIVERY_DROPPED,
    });
}
