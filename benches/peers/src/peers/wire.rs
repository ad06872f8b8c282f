//! Borrowed types that serde-driven peers share: a tool result to read, a text result to write.
//!
//! Texts are `Cow`s that borrow from the line when nothing is escaped, content blocks are an
//! internally tagged enum, as an application would write them by hand.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub(super) struct ToolReply<'a> {
    pub(super) id: u64,
    #[serde(borrow)]
    pub(super) result: CallToolResult<'a>,
}

#[derive(Deserialize)]
pub(super) struct CallToolResult<'a> {
    #[serde(borrow)]
    pub(super) content: Vec<Block<'a>>,
    #[serde(default, rename = "isError")]
    pub(super) is_error: bool,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Block<'a> {
    Text {
        #[serde(borrow)]
        text: Cow<'a, str>,
    },
    Image {
        #[serde(borrow)]
        data: Cow<'a, str>,
        #[serde(borrow, rename = "mimeType")]
        mime_type: Cow<'a, str>,
    },
}

impl ToolReply<'_> {
    /// A checksum over blocks, their unescaped lengths and the error flag.
    pub(super) fn fold(&self) -> u64 {
        let blocks = self.result.content.iter().map(Block::bytes).sum::<usize>();
        tool_checksum(self.result.content.len(), blocks, self.result.is_error) + (self.id & 1)
    }
}

impl Block<'_> {
    fn bytes(&self) -> usize {
        match self {
            Self::Text { text } => text.len(),
            Self::Image { data, mime_type } => data.len() + mime_type.len(),
        }
    }
}

/// What every parser of a tool result must come to.
pub(crate) fn tool_checksum(blocks: usize, bytes: usize, is_error: bool) -> u64 {
    (bytes as u64) << 16 | (blocks as u64) << 8 | u64::from(is_error) << 1
}

#[derive(Serialize)]
pub(super) struct TextReply<'a> {
    jsonrpc: &'static str,
    id: u32,
    result: TextResult<'a>,
}

#[derive(Serialize)]
struct TextResult<'a> {
    content: [TextBlock<'a>; 1],
}

#[derive(Serialize)]
struct TextBlock<'a> {
    r#type: &'static str,
    text: &'a str,
}

impl<'a> TextReply<'a> {
    pub(super) fn new(id: u32, text: &'a str) -> Self {
        let content = [TextBlock { r#type: "text", text }];
        Self { jsonrpc: "2.0", id, result: TextResult { content } }
    }
}
