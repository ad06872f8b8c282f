//! Messages as handles that keep their bytes.

use core::ffi::c_char;

use mcp_engine::Message;

use crate::boundary;
use crate::boundary::DONE;
use crate::handle::{Handle, handles};
use crate::index::{mcpe_item, mcpe_msg_index};
use crate::pointer::{Out, Ptr, bytes_of, input};
use crate::reading::{Verdict, parse};
use crate::status::{Failure, MCPE_NOTHING, mcpe_status};
use crate::text::{mcpe_id, mcpe_str};

/// A message, or what was refused in place of one. It does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct mcpe_message {
    /// Its place.
    pub slot: u32,
    /// What tells it from others in the same place.
    pub generation: u32,
}

/// The value of `params`, `result` or `error`.
pub const MCPE_PART_PAYLOAD: u32 = 0;
/// The id.
pub const MCPE_PART_ID: u32 = 1;
/// The method.
pub const MCPE_PART_METHOD: u32 = 2;
/// The value of `_meta` in the payload.
pub const MCPE_PART_META: u32 = 3;
/// `params.name`, or `error.message`, or `mimeType` of the first content block.
pub const MCPE_PART_NAME: u32 = 4;
/// `params.arguments`, `result.content`, or `error.data`.
pub const MCPE_PART_ARGS: u32 = 5;
/// `params.uri`, or `result.structuredContent`.
pub const MCPE_PART_AUX: u32 = 6;
/// The progress token, the id that a cancellation names, or the error code.
pub const MCPE_PART_TOKEN: u32 = 7;
/// `resultType` of a result, or the `protocolVersion` in the `_meta` of a request.
pub const MCPE_PART_TAG: u32 = 8;
/// `clientCapabilities` or `subscriptionId` in `_meta`.
pub const MCPE_PART_CONTEXT: u32 = 9;
/// `text` or `data` of the first content block.
pub const MCPE_PART_BLOCK: u32 = 10;

handles! {
    mcpe_message => Verdict,
}

/// Reads one message from memory, which is copied. The message is the caller's to free.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_message_parse(
    text: Ptr<c_char>,
    text_len: usize,
    message: Out<mcpe_message>,
) -> mcpe_status {
    boundary(|| {
        let message = message.required("message")?;
        message.put(mcpe_message::open(Ok(parse(bytes_of(input!(text, text_len)?))?))?);
        DONE
    })
}

/// Frees a message. What points into its bytes is no longer valid.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_message_free(message: mcpe_message) -> mcpe_status {
    boundary(|| {
        message.free()?;
        DONE
    })
}

/// Another handle of the same message, which shares its bytes. Reads the message; the copy is the caller's to free.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_message_clone(
    message: mcpe_message,
    copy: Out<mcpe_message>,
) -> mcpe_status {
    boundary(|| {
        let copy = copy.required("copy")?;
        let verdict = message.read(|verdict| Ok(verdict.clone()))?;
        copy.put(mcpe_message::open(verdict)?);
        DONE
    })
}

/// The same message with bytes of its own, so that it keeps no arena alive: for one that is kept for long. Reads the message; the copy is
/// the caller's to free.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_message_detach(
    message: mcpe_message,
    copy: Out<mcpe_message>,
) -> mcpe_status {
    boundary(|| {
        let copy = copy.required("copy")?;
        let detached = message.whole(|message| Ok(message.try_detach()?))?;
        copy.put(mcpe_message::open(Ok(detached))?);
        DONE
    })
}

/// `MCPE_OK` for a message, and why it was refused for what is none. Reads the message.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_message_verdict(message: mcpe_message) -> mcpe_status {
    boundary(|| {
        message.read(|verdict| match verdict {
            Ok(_) => DONE,
            Err(refusal) => Err(refusal.error().into()),
        })
    })
}

/// The bytes, as the peer wrote them, without a line end. Of what was refused, as much as was kept. Reads the message; valid until it is freed.
///
/// `MCPE_NOTHING` when nothing was kept.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_message_bytes(message: mcpe_message, bytes: Out<mcpe_str>) -> mcpe_status {
    boundary(|| {
        let bytes = bytes.required("bytes")?;
        message.read(|verdict| {
            let Some(message) = at_hand(verdict) else { return Ok(MCPE_NOTHING) };
            bytes.put(mcpe_str::to(message.as_str()));
            DONE
        })
    })
}

/// The index: what kind of message it is, and where everything in it stands. Reads the message.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_message_index(
    message: mcpe_message,
    index: Out<mcpe_msg_index>,
) -> mcpe_status {
    boundary(|| {
        let index = index.required("index")?;
        message.read(|verdict| {
            match verdict {
                Ok(message) => index.put(mcpe_msg_index::of(message.index())),
                refused => index.put(mcpe_item::of(refused).index),
            }
            DONE
        })
    })
}

/// Verdict, index and bytes at once: the row that `mcpe_decoder_drain` writes. Reads the message; its bytes are valid until it is freed.
///
/// `MCPE_OK` as well for what was refused: `item->status` is the verdict.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_message_item(message: mcpe_message, item: Out<mcpe_item>) -> mcpe_status {
    boundary(|| {
        let item = item.required("item")?;
        message.read(|verdict| {
            item.put(mcpe_item::of(verdict));
            DONE
        })
    })
}

/// The id, when there is one that MCP allows; else `MCPE_NOTHING`. Reads the message; valid until it is freed.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_message_id(message: mcpe_message, id: Out<mcpe_id>) -> mcpe_status {
    boundary(|| {
        let id = id.required("id")?;
        message.read(|verdict| {
            let found = at_hand(verdict).and_then(Message::id);
            if found.is_none() {
                return Ok(MCPE_NOTHING);
            }
            id.put(mcpe_id::to(found));
            DONE
        })
    })
}

/// The progress token of a request or of a progress notification, or the id that a cancellation names; `MCPE_NOTHING` without one. Reads the
/// message; valid until it is freed.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_message_token(message: mcpe_message, token: Out<mcpe_id>) -> mcpe_status {
    boundary(|| {
        let token = token.required("token")?;
        message.whole(|message| {
            let found = message.token();
            if found.is_none() {
                return Ok(MCPE_NOTHING);
            }
            token.put(mcpe_id::to(found));
            DONE
        })
    })
}

/// One part of the message, one of `MCPE_PART_…`: a JSON value as it is spelled. `MCPE_NOTHING` when the message has none. Reads the message;
/// valid until it is freed.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_message_part(
    message: mcpe_message,
    part: u32,
    value: Out<mcpe_str>,
) -> mcpe_status {
    boundary(|| {
        let value = value.required("value")?;
        message.read(|verdict| {
            let Some(message) = at_hand(verdict) else { return Ok(MCPE_NOTHING) };
            let Some(found) = part_of(message, part)? else { return Ok(MCPE_NOTHING) };
            value.put(mcpe_str::to(found));
            DONE
        })
    })
}

impl mcpe_message {
    /// Reads the message, which must not be one that was refused.
    pub(crate) fn whole<R>(
        self,
        body: impl FnOnce(&Message) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        self.read(|verdict| match verdict {
            Ok(message) => body(message),
            Err(refusal) => Err(refusal.error().into()),
        })
    }
}

/// The message, or what there is of one that was refused.
fn at_hand(verdict: &Verdict) -> Option<&Message> {
    match verdict {
        Ok(message) => Some(message),
        Err(refusal) => refusal.message(),
    }
}

/// The value at a span of the index; `None` when there is none.
fn part_of(message: &Message, part: u32) -> Result<Option<&str>, Failure> {
    let index = message.index();
    let span = match part {
        MCPE_PART_PAYLOAD => index.payload,
        MCPE_PART_ID => index.id,
        MCPE_PART_METHOD => index.method,
        MCPE_PART_META => index.meta,
        MCPE_PART_NAME => index.name,
        MCPE_PART_ARGS => index.args,
        MCPE_PART_AUX => index.aux,
        MCPE_PART_TOKEN => index.token,
        MCPE_PART_TAG => index.tag,
        MCPE_PART_CONTEXT => index.context,
        MCPE_PART_BLOCK => index.block,
        _ => return Err(Failure::Value("part")),
    };
    let value = message.as_str().get(span.offset as usize..span.end() as usize);
    Ok(value.filter(|value| !value.is_empty()))
}
