//! Typed views of the messages that are read most often, borrowed from the message.
//!
//! A view is made from the index alone where that is enough, and otherwise by stepping through the payload. It
//! never fails where the decoder accepted the message: what is absent or of the wrong type is `None`.

use super::index::Flags;
use super::{Id, Kind, Message, MessageRef, Method};
use crate::json::{Elements, Raw, Str};

/// The parameters of `tools/call`.
#[derive(Clone, Copy, Debug)]
pub struct CallParams<'a> {
    /// Name of the tool.
    pub name: Str<'a>,
    /// The arguments: an object, or whatever the peer sent instead.
    pub arguments: Option<Raw<'a>>,
    /// The member `_meta`.
    pub meta: Option<Raw<'a>>,
    /// The progress token in `_meta`.
    pub progress_token: Option<Id<'a>>,
}

/// The result of `tools/call`.
#[derive(Clone, Copy, Debug)]
pub struct CallToolResult<'a> {
    message: MessageRef<'a>,
    /// The member `structuredContent` (2025-06-18 and later).
    pub structured: Option<Raw<'a>>,
    /// Whether the tool failed.
    pub is_error: bool,
    /// The member `_meta`.
    pub meta: Option<Raw<'a>>,
    /// The member `resultType` (2026-07-28).
    pub result_type: Option<Str<'a>>,
}

/// One block of content.
#[derive(Clone, Copy, Debug)]
pub enum ContentBlock<'a> {
    /// `text`
    Text(Str<'a>),
    /// `image`, its data in base64.
    Image {
        /// The image, base64-encoded.
        data: Str<'a>,
        /// Its media type.
        mime_type: Option<Str<'a>>,
    },
    /// `audio`, its data in base64.
    Audio {
        /// The sound, base64-encoded.
        data: Str<'a>,
        /// Its media type.
        mime_type: Option<Str<'a>>,
    },
    /// `resource_link`: the block.
    ResourceLink(Raw<'a>),
    /// `resource`: the embedded resource.
    Resource(Raw<'a>),
    /// A block of another type, or one that lacks what its type needs.
    Other(Raw<'a>),
}

/// The types of content blocks, as stored in [`MsgIndex::block_type`](super::MsgIndex::block_type).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum BlockType {
    /// None, or one that is not known.
    Other = 0,
    /// `text`
    Text = 1,
    /// `image`
    Image = 2,
    /// `audio`
    Audio = 3,
    /// `resource_link`
    ResourceLink = 4,
    /// `resource`
    Resource = 5,
}

/// The blocks of a result, in order.
#[derive(Clone, Debug)]
pub struct ContentBlocks<'a> {
    first: Option<ContentBlock<'a>>,
    rest: Rest<'a>,
}

#[derive(Clone, Debug)]
enum Rest<'a> {
    None,
    /// The content, whose first block was read from the index.
    BehindFirst(Raw<'a>),
    Elements(Elements<'a>),
}

/// The parameters of `notifications/progress`.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The token of the request.
    pub token: Id<'a>,
    /// How much is done.
    pub progress: f64,
    /// How much there is, when that is known.
    pub total: Option<f64>,
    /// What is being done (2025-03-26 and later).
    pub message: Option<Str<'a>>,
}

/// The error of an error response: a JSON-RPC value.
#[derive(Clone, Copy, Debug)]
pub struct ErrorObject<'a> {
    /// The error code.
    pub code: i64,
    /// A short description.
    pub message: Str<'a>,
    /// The member `data`.
    pub data: Option<Raw<'a>>,
}

impl Message {
    /// The parameters of a `tools/call` request that names a tool.
    pub fn call_params(&self) -> Option<CallParams<'_>> {
        self.as_ref().call_params()
    }

    /// The result of a response, read as one of `tools/call`; the caller knows from the id which request it
    /// answers.
    pub fn call_tool_result(&self) -> Option<CallToolResult<'_>> {
        self.as_ref().call_tool_result()
    }

    /// The parameters of a progress notification whose token and progress are sound.
    pub fn progress(&self) -> Option<Progress<'_>> {
        self.as_ref().progress()
    }

    /// The error of an error response.
    pub fn error(&self) -> Option<ErrorObject<'_>> {
        self.as_ref().error()
    }
}

impl<'a> MessageRef<'a> {
    /// The parameters of a `tools/call` request that names a tool.
    pub fn call_params(self) -> Option<CallParams<'a>> {
        let called = self.kind() == Kind::Request && self.method() == Some(Method::CallTool);
        called.then_some(())?;
        Some(CallParams {
            name: self.raw(self.index.name)?.string()?,
            arguments: self.raw(self.index.args),
            meta: self.meta(),
            progress_token: self.token(),
        })
    }

    /// The result of a response, read as one of `tools/call`.
    pub fn call_tool_result(self) -> Option<CallToolResult<'a>> {
        self.result()?;
        Some(CallToolResult {
            message: self,
            structured: self.raw(self.index.aux),
            is_error: self.index.flags & Flags::IS_ERROR != 0,
            meta: self.meta(),
            result_type: self.raw(self.index.tag).and_then(Raw::string),
        })
    }

    /// The parameters of a progress notification whose token and progress are sound.
    pub fn progress(self) -> Option<Progress<'a>> {
        (self.method() == Some(Method::Progress)).then_some(())?;
        let (mut done, mut total, mut message) = (None, None, None);
        for (key, value) in self.params()?.members()? {
            match &*key.decode() {
                "progress" => done = value.as_f64(),
                "total" => total = value.as_f64(),
                "message" => message = value.string(),
                _ => {}
            }
        }
        Some(Progress { token: self.token()?, progress: done?, total, message })
    }

    /// The error of an error response.
    pub fn error(self) -> Option<ErrorObject<'a>> {
        (self.kind() == Kind::ErrorResponse).then_some(())?;
        Some(ErrorObject {
            code: self.index.token_int,
            message: self.raw(self.index.name)?.string()?,
            data: self.raw(self.index.args),
        })
    }
}

impl<'a> CallToolResult<'a> {
    /// The member `content`.
    pub fn content(&self) -> Option<Raw<'a>> {
        self.message.raw(self.message.index.args)
    }

    /// The number of content blocks, at most 65,535.
    pub fn len(&self) -> usize {
        usize::from(self.message.index.blocks)
    }

    /// Whether there are no content blocks.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The content blocks. The text or data of the first one costs nothing to find.
    pub fn blocks(&self) -> ContentBlocks<'a> {
        let index = self.message.index;
        let Some(content) = self.content() else {
            return ContentBlocks { first: None, rest: Rest::None };
        };
        let first = self.first_block();
        let rest = match (first, index.blocks) {
            (Some(_), 1) => Rest::None,
            (Some(_), _) => Rest::BehindFirst(content),
            (None, _) => content.elements().map_or(Rest::None, Rest::Elements),
        };
        ContentBlocks { first, rest }
    }

    /// The first block, when the index has all of it.
    fn first_block(&self) -> Option<ContentBlock<'a>> {
        let index = self.message.index;
        let text = self.message.raw(index.block)?.string()?;
        let mime_type = self.message.raw(index.name).and_then(Raw::string);
        match index.block_type {
            kind if kind == BlockType::Text as u8 => Some(ContentBlock::Text(text)),
            kind if kind == BlockType::Image as u8 => {
                Some(ContentBlock::Image { data: text, mime_type })
            }
            kind if kind == BlockType::Audio as u8 => {
                Some(ContentBlock::Audio { data: text, mime_type })
            }
            _ => None,
        }
    }
}

impl<'a> Iterator for ContentBlocks<'a> {
    type Item = ContentBlock<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        if let Rest::BehindFirst(content) = self.rest {
            let mut elements = content.elements()?;
            elements.next()?;
            self.rest = Rest::Elements(elements);
        }
        match &mut self.rest {
            Rest::Elements(elements) => elements.next().map(ContentBlock::new),
            _ => None,
        }
    }
}

impl<'a> ContentBlock<'a> {
    /// Reads one block.
    pub fn new(block: Raw<'a>) -> Self {
        Self::typed(block).unwrap_or(Self::Other(block))
    }

    fn typed(block: Raw<'a>) -> Option<Self> {
        let (mut kind, mut text, mut data) = (BlockType::Other, None, None);
        let (mut mime_type, mut resource) = (None, None);
        for (key, value) in block.members()? {
            match &*key.decode() {
                "type" => kind = BlockType::lookup(value.string()?.decode().as_bytes()),
                "text" => text = value.string(),
                "data" => data = value.string(),
                "mimeType" => mime_type = value.string(),
                "resource" => resource = Some(value),
                _ => {}
            }
        }
        Some(match kind {
            BlockType::Text => Self::Text(text?),
            BlockType::Image => Self::Image { data: data?, mime_type },
            BlockType::Audio => Self::Audio { data: data?, mime_type },
            BlockType::ResourceLink => Self::ResourceLink(block),
            BlockType::Resource => Self::Resource(resource?),
            BlockType::Other => return None,
        })
    }
}

impl BlockType {
    /// The type of that exact name.
    pub(crate) fn lookup(name: &[u8]) -> Self {
        match name {
            b"text" => Self::Text,
            b"image" => Self::Image,
            b"audio" => Self::Audio,
            b"resource_link" => Self::ResourceLink,
            b"resource" => Self::Resource,
            _ => Self::Other,
        }
    }
}
