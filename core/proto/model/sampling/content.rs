//! What is said to a language model and by it: text, pictures, sounds, and the use of tools.

use std::borrow::Cow;

use crate::json::{Raw, ValueKind};
use crate::model::content::{AudioContent, ContentBlock, ImageContent, TextContent, write_lacking};
use crate::model::declare::{object, union};
use crate::model::meta::MetaObject;
use crate::model::tool::may_be_structured;
use crate::model::value::array;
use crate::model::{Json, JsonObject, Mismatch, Value};
use crate::version::Version;

object! {
    /// A model wants to use a tool.
    pub struct ToolUseContent<'a> [since V2025_11_25] {
        tag { "type": "tool_use" }
        required {
            /// What the result refers to.
            id: Cow<'a, str> = "id",
            /// Name of the tool.
            name: Cow<'a, str> = "name",
            /// What it is called with.
            input: JsonObject<'a> = "input",
        }
        optional {
            /// See [`MetaObject`].
            meta: MetaObject<'a> = "_meta",
        }
    }
}

object! {
    /// What the tool returned.
    pub struct ToolResultContent<'a> [since V2025_11_25] {
        tag { "type": "tool_result" }
        required {
            /// The [`id`](field@ToolUseContent::id) of the use.
            tool_use_id: Cow<'a, str> = "toolUseId",
            /// What the tool says.
            content: Vec<ContentBlock<'a>> = "content",
        }
        optional {
            /// The same for programs. Before 2026-07-28 one that is no object is left out.
            structured_content: Json<'a> = "structuredContent" [if may_be_structured],
            /// Whether the tool failed.
            is_error: bool = "isError",
            /// See [`MetaObject`].
            meta: MetaObject<'a> = "_meta",
        }
    }
}

union! {
    /// One block of what is said.
    pub enum SamplingMessageContentBlock<'a> by "type" open else write_name {
        /// Text.
        Text(TextContent) = "text",
        /// A picture.
        Image(ImageContent) = "image",
        /// A sound, since 2025-03-26.
        Audio(AudioContent) = "audio",
        /// The use of a tool, since 2025-11-25.
        ToolUse(ToolUseContent) = "tool_use",
        /// What a tool returned, since 2025-11-25.
        ToolResult(ToolResultContent) = "tool_result",
    }
}

/// What is said: one block, or since 2025-11-25 a list of them.
#[derive(Clone, Debug, PartialEq)]
pub enum SamplingContent<'a> {
    /// One block, not in a list.
    One(SamplingMessageContentBlock<'a>),
    /// A list of blocks.
    Many(Vec<SamplingMessageContentBlock<'a>>),
}

impl<'a> SamplingContent<'a> {
    /// One block of text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::One(SamplingMessageContentBlock::Text(TextContent::new(text)))
    }

    /// The blocks, in order.
    pub fn blocks(&self) -> &[SamplingMessageContentBlock<'a>] {
        match self {
            Self::One(block) => std::slice::from_ref(block),
            Self::Many(blocks) => blocks,
        }
    }

    /// Whether the revision can say it in one message.
    pub(super) fn fits_in_one(&self, version: Version) -> bool {
        version >= Version::V2025_11_25 || matches!(self, Self::One(_))
    }

    fn write_one(&self, out: &mut Vec<u8>, version: Version) {
        let blocks = self.blocks();
        match blocks.iter().find(|block| block.exists(version)).or(blocks.first()) {
            Some(block) => block.write(out, version),
            None => TextContent::new("").write(out, version),
        }
    }
}

impl<'a> Value<'a> for SamplingContent<'a> {
    type Owned = SamplingContent<'static>;

    fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        match raw.kind() {
            ValueKind::Array => Value::read(raw).map(Self::Many),
            _ => Value::read(raw).map(Self::One),
        }
    }

    fn write(&self, out: &mut Vec<u8>, version: Version) {
        match self {
            Self::Many(blocks) if self.fits_in_one(version) => {
                array(out, blocks, |out, block| block.write(out, version));
            }
            _ => self.write_one(out, version),
        }
    }

    fn into_owned(self) -> SamplingContent<'static> {
        match self {
            Self::One(block) => SamplingContent::One(block.into_owned()),
            Self::Many(blocks) => {
                SamplingContent::Many(blocks.into_iter().map(Value::into_owned).collect())
            }
        }
    }
}

impl<'a, T: Into<SamplingMessageContentBlock<'a>>> From<T> for SamplingContent<'a> {
    fn from(block: T) -> Self {
        Self::One(block.into())
    }
}

fn write_name(block: &SamplingMessageContentBlock<'_>, out: &mut Vec<u8>, version: Version) {
    use SamplingMessageContentBlock as Block;
    match block {
        Block::Audio(audio) => write_lacking(out, &audio.mime_type, version),
        Block::ToolUse(tool) => write_lacking(out, &format!("use of {}", tool.name), version),
        _ => write_lacking(out, "result of a tool", version),
    }
}
