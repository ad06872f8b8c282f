//! The engine under test: every call into it, behind the few verbs the stations race.
//!
//! STAND-IN: until the engine's library is linked, each verb does its job with `serde_json` over
//! `RawValue`, so that the harness runs and every ratio against that peer reads about one.
//! Replacing the bodies below changes nothing elsewhere.

#![expect(
    clippy::unused_self,
    reason = "the stand-in has no state, the engine will"
)]

use std::borrow::Cow;

use memchr::memchr;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::peers::tool_checksum;
use crate::seen::Seen;
use crate::stream::Stream;

/// The engine's state for one stream. What an application would set up once per connection belongs
/// into `new`, outside the clock.
pub(crate) struct Engine {}

impl Engine {
    /// Prepares for the lines of `stream`, for instance an arena that holds them.
    pub(crate) fn new(_stream: &Stream) -> Self {
        Self {}
    }

    /// Row 1: the index of one line, read in place, deep duplicate keys rejected.
    pub(crate) fn envelope(&mut self, line: &[u8]) -> Seen {
        stand_in(line)
    }

    /// Row 8: the same without the check for duplicate keys below the reserved levels.
    pub(crate) fn envelope_lenient(&mut self, line: &[u8]) -> Seen {
        stand_in(line)
    }

    /// Row 4: every message of `wire`, the parser finding each newline itself. Returns the sum of
    /// what was seen.
    pub(crate) fn fused(&mut self, wire: &[u8]) -> u64 {
        lines(wire).fold(0, |sum, line| sum.wrapping_add(stand_in(line).fold()))
    }

    /// From bytes as a socket yields them to messages that own their bytes. Returns the sum of what
    /// was seen.
    pub(crate) fn owning(&mut self, wire: &[u8]) -> u64 {
        let kept = lines(wire).map(|line| stand_in(&std::hint::black_box(line.to_owned())).fold());
        kept.fold(0, u64::wrapping_add)
    }

    /// Row 9: the content blocks of a tool result, strings left as they stand in the line. Returns
    /// the number of blocks.
    pub(crate) fn typed(&mut self, line: &[u8]) -> u64 {
        let reply: LazyReply<'_> = serde_json::from_slice(line).expect("a tool result");
        reply.result.content.len() as u64
    }

    /// The same with every text and image unescaped. Returns [`tool_checksum`] plus the lowest bit
    /// of the id.
    pub(crate) fn typed_unescaped(&mut self, line: &[u8]) -> u64 {
        let reply: EagerReply<'_> = serde_json::from_slice(line).expect("a tool result");
        let bytes =
            |block: &EagerBlock<'_>| block.text.len() + block.data.len() + block.mime_type.len();
        let content = &reply.result.content;
        tool_checksum(
            content.len(),
            content.iter().map(bytes).sum(),
            reply.result.is_error,
        ) + (reply.id & 1)
    }
}

/// Row 10: appends the line that answers `id` with one text block, newline included.
pub(crate) fn write_text(out: &mut Vec<u8>, id: u32, text: &str) {
    let text = serde_json::Value::from(text);
    let line = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"content\":[{{\"type\":\"text\",\"text\":{text}}}]}}}}\n"
    );
    out.extend_from_slice(line.as_bytes());
}

fn stand_in(line: &[u8]) -> Seen {
    crate::peers::raw_value_envelope(line)
}

fn lines(wire: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = wire;
    std::iter::from_fn(move || {
        let end = memchr(b'\n', rest)?;
        let line = &rest[..end];
        rest = &rest[end + 1..];
        Some(line)
    })
}

#[derive(Deserialize)]
struct LazyReply<'a> {
    #[serde(borrow)]
    result: LazyResult<'a>,
}

#[derive(Deserialize)]
struct LazyResult<'a> {
    #[serde(borrow)]
    content: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct EagerReply<'a> {
    id: u64,
    #[serde(borrow)]
    result: EagerResult<'a>,
}

#[derive(Deserialize)]
struct EagerResult<'a> {
    #[serde(borrow)]
    content: Vec<EagerBlock<'a>>,
    #[serde(default, rename = "isError")]
    is_error: bool,
}

#[derive(Deserialize)]
struct EagerBlock<'a> {
    #[serde(borrow, default)]
    text: Cow<'a, str>,
    #[serde(borrow, default)]
    data: Cow<'a, str>,
    #[serde(borrow, default, rename = "mimeType")]
    mime_type: Cow<'a, str>,
}
