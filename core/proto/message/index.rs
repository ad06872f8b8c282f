//! The index of a message: 128 bytes that say where everything worth knowing stands.
//!
//! It is plain old data with one layout in Rust, C, Python and on disk. Spans are relative to the
//! start of the message, so an index is worth nothing without the bytes it was made from.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Where a JSON token or value stands in its message. Strings include their quotes, so that an
/// empty string is not the same as none.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Span {
    /// Offset from the start of the message, in bytes.
    pub offset: u32,
    /// Length in bytes; 0 says that there is no such token.
    pub len: u32,
}

/// What one pass over a message found, in its native byte order.
///
/// # Invariant
///
/// Every span is absent or lies within [`len`](Self::len), begins and ends on a token, and covers valid JSON. An
/// index that did not come from the decoder of the same bytes may break this: readers check bounds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C, align(8))]
pub struct MsgIndex {
    /// Offset of the message in its stream, in bytes.
    pub base: u64,
    /// Length of the message, in bytes.
    pub len: u32,
    /// A [`Kind`](super::Kind); 0 while it is unknown.
    pub kind: u8,
    /// The [`Tag`] of the id.
    pub id_tag: u8,
    /// A [`Method`](super::Method); 0 when there is none, or none that is known.
    pub method_id: u8,
    /// The [`Tag`] of the token.
    pub token_tag: u8,
    /// The id, when its tag is [`Tag::INTEGER`].
    pub id_int: i64,
    /// The token or the error code, when its tag is [`Tag::INTEGER`].
    pub token_int: i64,
    /// The bits of [`Flags`].
    pub flags: u32,
    /// Deepest nesting, counting the envelope as 1.
    pub max_depth: u8,
    /// The [`BlockType`](super::BlockType) of the first content block; 0 when there is none.
    pub block_type: u8,
    /// Number of content blocks; 65,535 when there are as many or more.
    pub blocks: u16,
    /// The id.
    pub id: Span,
    /// The method.
    pub method: Span,
    /// The value of `params`, `result` or `error`.
    pub payload: Span,
    /// The value of `_meta` in the payload.
    pub meta: Span,
    /// `params.name`, or `error.message`, or `mimeType` of the first content block.
    pub name: Span,
    /// `params.arguments`, `result.content`, or `error.data`.
    pub args: Span,
    /// `params.uri`, or `result.structuredContent`.
    pub aux: Span,
    /// The `progressToken` of a progress notification, the `requestId` of a cancellation, `error.code`, or in other messages the
    /// `progressToken` in `_meta`.
    pub token: Span,
    /// `resultType` of a result, or the `protocolVersion` in the `_meta` of a request.
    pub tag: Span,
    /// `clientCapabilities` or `subscriptionId` in `_meta`.
    pub context: Span,
    /// `text` or `data` of the first content block.
    pub block: Span,
}

impl MsgIndex {
    /// The version of this layout, of its tags, flags and block types, and of the ids of kinds. Whoever stores or shares
    /// indexes says which version they are; the ids of methods are only ever added to.
    pub const VERSION: u32 = 1;
}

const _: () = assert!(size_of::<MsgIndex>() == 128 && align_of::<MsgIndex>() == 8);
const _: () = assert!(core::mem::offset_of!(MsgIndex, meta) == 64);

/// The types of an id or a token, as stored in [`MsgIndex::id_tag`] and [`MsgIndex::token_tag`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag;

impl Tag {
    /// There is none.
    pub const ABSENT: u8 = 0;
    /// The literal `null`.
    pub const NULL: u8 = 1;
    /// An integer that fits in an `i64`.
    pub const INTEGER: u8 = 2;
    /// A string without escapes.
    pub const STRING: u8 = 3;
    /// A string with escapes.
    pub const ESCAPED: u8 = 4;
    /// A number that is not an `i64`: a larger integer, a fraction or an exponent.
    pub const NUMBER: u8 = 5;
    /// A value of a type that the place does not allow.
    pub const OTHER: u8 = 6;
}

/// Single-bit facts about a message, as stored in [`MsgIndex::flags`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags;

impl Flags {
    /// Some string has a character above U+007F.
    pub const NON_ASCII: u32 = 1 << 0;
    /// Some string has an escape.
    pub const ESCAPES: u32 = 1 << 1;
    /// `result.isError` is true.
    pub const IS_ERROR: u32 = 1 << 2;
    /// The method is spelled with escapes.
    pub const METHOD_ESCAPED: u32 = 1 << 3;
    /// The string at [`MsgIndex::name`] is spelled with escapes.
    pub const NAME_ESCAPED: u32 = 1 << 4;
    /// The message stood in a batch.
    pub const BATCH: u32 = 1 << 5;
    /// The message was the last of its batch.
    pub const BATCH_LAST: u32 = 1 << 6;
    /// The text of the first content block is spelled with escapes.
    pub const BLOCK_ESCAPED: u32 = 1 << 7;
}

impl Span {
    /// Whether there is such a token.
    #[inline]
    pub const fn is_present(self) -> bool {
        self.len != 0
    }

    /// Offset behind the token, in bytes.
    #[inline]
    pub const fn end(self) -> u32 {
        self.offset.saturating_add(self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::offset_of;

    /// Other languages and files on disk rely on it: a change is a new [`MsgIndex::VERSION`].
    #[test]
    fn the_layout_of_version_1_is_frozen() {
        let offsets = [
            offset_of!(MsgIndex, base),
            offset_of!(MsgIndex, len),
            offset_of!(MsgIndex, kind),
            offset_of!(MsgIndex, id_tag),
            offset_of!(MsgIndex, method_id),
            offset_of!(MsgIndex, token_tag),
            offset_of!(MsgIndex, id_int),
            offset_of!(MsgIndex, token_int),
            offset_of!(MsgIndex, flags),
            offset_of!(MsgIndex, max_depth),
            offset_of!(MsgIndex, block_type),
            offset_of!(MsgIndex, blocks),
            offset_of!(MsgIndex, id),
            offset_of!(MsgIndex, method),
            offset_of!(MsgIndex, payload),
            offset_of!(MsgIndex, meta),
            offset_of!(MsgIndex, name),
            offset_of!(MsgIndex, args),
            offset_of!(MsgIndex, aux),
            offset_of!(MsgIndex, token),
            offset_of!(MsgIndex, tag),
            offset_of!(MsgIndex, context),
            offset_of!(MsgIndex, block),
        ];
        assert_eq!(MsgIndex::VERSION, 1);
        let expected = [
            0, 8, 12, 13, 14, 15, 16, 24, 32, 36, 37, 38, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112,
            120,
        ];
        assert_eq!(offsets, expected);
    }
}
