//! The index of a message as C has it: 128 bytes, the same as in Rust.

use core::ffi::c_char;
use core::mem::offset_of;

use mcp_engine::{Flags, Kind, Message, MsgIndex, Refusal, Span, Tag};

use crate::pointer::Ptr;
use crate::status::{MCPE_OK, mcpe_status, of_proto};
use crate::text;

/// Where a JSON value stands in its message. Strings include their quotes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct mcpe_span {
    /// Offset from the start of the message, in bytes.
    pub offset: u32,
    /// Length in bytes; 0 says that there is no such value.
    pub len: u32,
}

/// What one pass over a message found, in the byte order of the machine. Spans count from the start of the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct mcpe_msg_index {
    /// Offset of the message in its stream, in bytes.
    pub base: u64,
    /// Length of the message, in bytes.
    pub len: u32,
    /// One of `MCPE_KIND_…`; 0 while it is unknown.
    pub kind: u8,
    /// The `MCPE_TAG_…` of the id.
    pub id_tag: u8,
    /// One of `MCPE_METHOD_…`; 0 when there is none, or none that is known.
    pub method_id: u8,
    /// The `MCPE_TAG_…` of the token.
    pub token_tag: u8,
    /// The id, when it is an integer.
    pub id_int: i64,
    /// The token or the error code, when it is an integer.
    pub token_int: i64,
    /// Bits of `MCPE_FLAG_…`.
    pub flags: u32,
    /// Deepest nesting, counting the envelope as 1.
    pub max_depth: u8,
    /// The `MCPE_BLOCK_…` of the first content block.
    pub block_type: u8,
    /// Number of content blocks; 65,535 when there are as many or more.
    pub blocks: u16,
    /// The id.
    pub id: mcpe_span,
    /// The method.
    pub method: mcpe_span,
    /// The value of `params`, `result` or `error`.
    pub payload: mcpe_span,
    /// The value of `_meta` in the payload.
    pub meta: mcpe_span,
    /// `params.name`, or `error.message`, or `mimeType` of the first content block.
    pub name: mcpe_span,
    /// `params.arguments`, `result.content`, or `error.data`.
    pub args: mcpe_span,
    /// `params.uri`, or `result.structuredContent`.
    pub aux: mcpe_span,
    /// The progress token, the id that a cancellation names, or the error code.
    pub token: mcpe_span,
    /// `resultType` of a result, or the `protocolVersion` in the `_meta` of a request.
    pub tag: mcpe_span,
    /// `clientCapabilities` or `subscriptionId` in `_meta`.
    pub context: mcpe_span,
    /// `text` or `data` of the first content block.
    pub block: mcpe_span,
}

/// One row of what a decoder has read.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_item {
    /// The index. Of what was refused, as much as could be read.
    pub index: mcpe_msg_index,
    /// The message, `index.len` bytes; the data of an event; `NULL` when nothing of it could be kept.
    pub bytes: Ptr<c_char>,
    /// `MCPE_OK`, why it was refused, or `MCPE_EVENT`.
    pub status: mcpe_status,
    /// 0.
    pub reserved: u32,
}

/// It has a method and an id, and wants an answer.
pub const MCPE_KIND_REQUEST: u32 = 1;
/// It has a method and no id.
pub const MCPE_KIND_NOTIFICATION: u32 = 2;
/// It has a result.
pub const MCPE_KIND_RESPONSE: u32 = 3;
/// It has an error.
pub const MCPE_KIND_ERROR: u32 = 4;

/// Some string has a character above U+007F.
pub const MCPE_FLAG_NON_ASCII: u32 = 1;
/// Some string has an escape.
pub const MCPE_FLAG_ESCAPES: u32 = 2;
/// `result.isError` is true.
pub const MCPE_FLAG_IS_ERROR: u32 = 4;
/// The method is spelled with escapes.
pub const MCPE_FLAG_METHOD_ESCAPED: u32 = 8;
/// The string at `name` is spelled with escapes.
pub const MCPE_FLAG_NAME_ESCAPED: u32 = 16;
/// The message stood in a batch.
pub const MCPE_FLAG_BATCH: u32 = 32;
/// The message was the last of its batch.
pub const MCPE_FLAG_BATCH_LAST: u32 = 64;
/// The text of the first content block is spelled with escapes.
pub const MCPE_FLAG_BLOCK_ESCAPED: u32 = 128;

impl mcpe_msg_index {
    #[inline(always)]
    pub(crate) fn of(index: &MsgIndex) -> Self {
        Self {
            base: index.base,
            len: index.len,
            kind: index.kind,
            id_tag: index.id_tag,
            method_id: index.method_id,
            token_tag: index.token_tag,
            id_int: index.id_int,
            token_int: index.token_int,
            flags: index.flags,
            max_depth: index.max_depth,
            block_type: index.block_type,
            blocks: index.blocks,
            id: span(index.id),
            method: span(index.method),
            payload: span(index.payload),
            meta: span(index.meta),
            name: span(index.name),
            args: span(index.args),
            aux: span(index.aux),
            token: span(index.token),
            tag: span(index.tag),
            context: span(index.context),
            block: span(index.block),
        }
    }
}

impl mcpe_item {
    /// The row of a message, or of what was refused.
    pub(crate) fn of(verdict: &Result<Message, Refusal>) -> Self {
        match verdict {
            Ok(message) => Self::whole(message, MCPE_OK),
            Err(refusal) => Self::refused(refusal),
        }
    }

    /// The row of what was refused.
    #[cold]
    pub(crate) fn refused(refusal: &Refusal) -> Self {
        let status = of_proto(refusal.error());
        let index = mcpe_msg_index {
            base: refusal.error().offset().unwrap_or_default(),
            ..mcpe_msg_index::default()
        };
        let nothing = Self { index, bytes: Ptr::NULL, status, reserved: 0 };
        refusal.message().map_or(nothing, |message| Self::whole(message, status))
    }

    /// The row of an event that carries no message.
    pub(crate) fn event(event: &[u8]) -> Self {
        let index = mcpe_msg_index { len: event.len() as u32, ..mcpe_msg_index::default() };
        let bytes = Ptr::to(event).cast();
        Self { index, bytes, status: crate::status::MCPE_EVENT, reserved: 0 }
    }

    /// The row of a message.
    #[inline(always)]
    pub(crate) fn whole(message: &Message, status: mcpe_status) -> Self {
        let bytes = Ptr::to(message.as_str().as_bytes()).cast();
        Self { index: mcpe_msg_index::of(message.index()), bytes, status, reserved: 0 }
    }
}

fn span(span: Span) -> mcpe_span {
    mcpe_span { offset: span.offset, len: span.len }
}

/// The two layouts are one.
macro_rules! same_layout {
    ($($field:ident)+) => {
        const _: () = {
            assert!(size_of::<mcpe_msg_index>() == size_of::<MsgIndex>());
            $(assert!(offset_of!(mcpe_msg_index, $field) == offset_of!(MsgIndex, $field));)+
        };
    };
}

same_layout! {
    base len kind id_tag method_id token_tag id_int token_int flags max_depth block_type blocks id method payload meta name args aux
    token tag context block
}

const _: () = {
    assert!(size_of::<mcpe_item>() == 144);
    assert!(
        MCPE_KIND_REQUEST == Kind::Request as u32 && MCPE_KIND_ERROR == Kind::ErrorResponse as u32
    );
    assert!(MCPE_KIND_NOTIFICATION == Kind::Notification as u32);
    assert!(MCPE_KIND_RESPONSE == Kind::Response as u32);
    assert!(MCPE_FLAG_NON_ASCII == Flags::NON_ASCII && MCPE_FLAG_ESCAPES == Flags::ESCAPES);
    assert!(MCPE_FLAG_IS_ERROR == Flags::IS_ERROR && MCPE_FLAG_BATCH == Flags::BATCH);
    assert!(MCPE_FLAG_METHOD_ESCAPED == Flags::METHOD_ESCAPED);
    assert!(MCPE_FLAG_NAME_ESCAPED == Flags::NAME_ESCAPED);
    assert!(MCPE_FLAG_BATCH_LAST == Flags::BATCH_LAST);
    assert!(MCPE_FLAG_BLOCK_ESCAPED == Flags::BLOCK_ESCAPED);
    assert!(text::MCPE_TAG_ABSENT == Tag::ABSENT as u32 && text::MCPE_TAG_NULL == Tag::NULL as u32);
    assert!(
        text::MCPE_TAG_INTEGER == Tag::INTEGER as u32
            && text::MCPE_TAG_STRING == Tag::STRING as u32
    );
    assert!(
        text::MCPE_TAG_ESCAPED == Tag::ESCAPED as u32
            && text::MCPE_TAG_NUMBER == Tag::NUMBER as u32
    );
    assert!(text::MCPE_TAG_OTHER == Tag::OTHER as u32);
};
