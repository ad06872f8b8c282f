//! What a handler may return: everything that can become an answer.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mcp_engine_proto::encode::Outcome;
use mcp_engine_proto::model::{
    BlobResourceContents, CallToolResult, ContentBlock, GetPromptResult, Json, PromptMessage,
    ReadResourceResult, ResourceContents, Role, TextResourceContents, Value,
};
use mcp_engine_proto::version::Version;
use serde::Serialize;

use super::argument::ArgumentError;
use crate::answer::{Answer, INTERNAL_ERROR};

/// Something that a tool may return.
///
/// Text becomes one block of text; `()` no block at all; [`Structured`] a structured result, with the same as text beside it. The error of a
/// `Result` becomes a failure that the model reads and may learn from, not an error of the protocol: for that, return an
/// [`Answer::Error`].
pub trait ToolOutput<'a> {
    /// The answer, in the form of a revision.
    fn into_answer(self, version: Version) -> Answer<'a>;
}

/// A structured result: any value that serde can write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Structured<T>(pub T);

impl<'a> ToolOutput<'a> for Answer<'a> {
    fn into_answer(self, _: Version) -> Self {
        self
    }
}

impl<'a> ToolOutput<'a> for Cow<'a, str> {
    fn into_answer(self, _: Version) -> Answer<'a> {
        Answer::Text(self, Outcome::Success)
    }
}

impl<'a> ToolOutput<'a> for &'a str {
    fn into_answer(self, _: Version) -> Answer<'a> {
        Answer::text(self)
    }
}

impl<'a> ToolOutput<'a> for String {
    fn into_answer(self, _: Version) -> Answer<'a> {
        Answer::text(self)
    }
}

impl<'a> ToolOutput<'a> for () {
    fn into_answer(self, version: Version) -> Answer<'a> {
        CallToolResult::new([]).into_answer(version)
    }
}

impl<'a, 'r> ToolOutput<'a> for CallToolResult<'r> {
    fn into_answer(self, version: Version) -> Answer<'a> {
        typed(&self, version)
    }
}

impl<'a, 'r> ToolOutput<'a> for ContentBlock<'r> {
    fn into_answer(self, version: Version) -> Answer<'a> {
        CallToolResult::new([self]).into_answer(version)
    }
}

impl<'a, 'r> ToolOutput<'a> for Vec<ContentBlock<'r>> {
    fn into_answer(self, version: Version) -> Answer<'a> {
        CallToolResult::new(self).into_answer(version)
    }
}

impl<'a, T: Serialize> ToolOutput<'a> for Structured<T> {
    fn into_answer(self, version: Version) -> Answer<'a> {
        let json = serde_json::to_string(&self.0).ok().and_then(|text| Json::parse(text).ok());
        match json {
            Some(json) => CallToolResult::structured(json).into_answer(version),
            None => {
                Answer::error(INTERNAL_ERROR, "the result of the tool cannot be written as JSON")
            }
        }
    }
}

impl<'a, T: ToolOutput<'a>, E: std::fmt::Display> ToolOutput<'a> for Result<T, E> {
    fn into_answer(self, version: Version) -> Answer<'a> {
        match self {
            Ok(output) => output.into_answer(version),
            Err(error) => Answer::failure(error.to_string()),
        }
    }
}

impl From<ArgumentError> for Answer<'_> {
    /// A failure that the model reads (MCP 2025-11-25, Tools, error handling: input that is not valid).
    fn from(error: ArgumentError) -> Self {
        Self::failure(error.to_string())
    }
}

macro_rules! shown {
    ($($type:ty)*) => {$(
        impl<'a> ToolOutput<'a> for $type {
            fn into_answer(self, _: Version) -> Answer<'a> {
                Answer::text(self.to_string())
            }
        }
    )*};
}

shown! { bool char f32 f64 i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }

/// Something that a prompt may return.
pub trait PromptOutput<'a> {
    /// The answer, in the form of a revision.
    fn into_answer(self, version: Version) -> Answer<'a>;
}

impl<'a> PromptOutput<'a> for Answer<'a> {
    fn into_answer(self, _: Version) -> Self {
        self
    }
}

impl<'a> PromptOutput<'a> for String {
    /// One message of the user.
    fn into_answer(self, version: Version) -> Answer<'a> {
        PromptMessage::new(Role::User, ContentBlock::text(self)).into_answer(version)
    }
}

impl<'a> PromptOutput<'a> for &str {
    fn into_answer(self, version: Version) -> Answer<'a> {
        PromptMessage::new(Role::User, ContentBlock::text(self)).into_answer(version)
    }
}

impl<'a, 'r> PromptOutput<'a> for PromptMessage<'r> {
    fn into_answer(self, version: Version) -> Answer<'a> {
        vec![self].into_answer(version)
    }
}

impl<'a, 'r> PromptOutput<'a> for Vec<PromptMessage<'r>> {
    fn into_answer(self, version: Version) -> Answer<'a> {
        GetPromptResult::new(self).into_answer(version)
    }
}

impl<'a, 'r> PromptOutput<'a> for GetPromptResult<'r> {
    fn into_answer(self, version: Version) -> Answer<'a> {
        typed(&self, version)
    }
}

impl<'a, T: PromptOutput<'a>, E: std::fmt::Display> PromptOutput<'a> for Result<T, E> {
    fn into_answer(self, version: Version) -> Answer<'a> {
        match self {
            Ok(output) => output.into_answer(version),
            Err(error) => Answer::error(INTERNAL_ERROR, error.to_string()),
        }
    }
}

/// Something that reading a resource may return.
///
/// Text and bytes get URI and media type from the resource; contents say themselves what they are.
pub trait ResourceOutput<'a> {
    /// The answer, to what is read.
    fn into_answer(self, reading: Reading<'_>) -> Answer<'a>;
}

/// What is read, and in which revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading<'r> {
    uri: &'r str,
    mime_type: Option<&'r str>,
    version: Version,
}

impl<'r> Reading<'r> {
    /// The resource of a URI.
    pub const fn new(uri: &'r str, mime_type: Option<&'r str>, version: Version) -> Self {
        Self { uri, mime_type, version }
    }
}

impl<'a> ResourceOutput<'a> for Answer<'a> {
    fn into_answer(self, _: Reading<'_>) -> Self {
        self
    }
}

impl<'a> ResourceOutput<'a> for &str {
    fn into_answer(self, reading: Reading<'_>) -> Answer<'a> {
        let mut contents = TextResourceContents::new(reading.uri, self);
        contents.mime_type = reading.mime_type.map(Cow::Borrowed);
        ResourceContents::from(contents).into_answer(reading)
    }
}

impl<'a> ResourceOutput<'a> for String {
    fn into_answer(self, reading: Reading<'_>) -> Answer<'a> {
        ResourceOutput::into_answer(self.as_str(), reading)
    }
}

impl<'a> ResourceOutput<'a> for Cow<'_, str> {
    fn into_answer(self, reading: Reading<'_>) -> Answer<'a> {
        ResourceOutput::into_answer(&*self, reading)
    }
}

impl<'a> ResourceOutput<'a> for &[u8] {
    fn into_answer(self, reading: Reading<'_>) -> Answer<'a> {
        let mut contents = BlobResourceContents::new(reading.uri, STANDARD.encode(self));
        contents.mime_type = reading.mime_type.map(Cow::Borrowed);
        ResourceContents::from(contents).into_answer(reading)
    }
}

impl<'a> ResourceOutput<'a> for Vec<u8> {
    fn into_answer(self, reading: Reading<'_>) -> Answer<'a> {
        ResourceOutput::into_answer(self.as_slice(), reading)
    }
}

impl<'a, 'r> ResourceOutput<'a> for ResourceContents<'r> {
    fn into_answer(self, reading: Reading<'_>) -> Answer<'a> {
        ReadResourceResult::new([self]).into_answer(reading)
    }
}

impl<'a, 'r> ResourceOutput<'a> for Vec<ResourceContents<'r>> {
    fn into_answer(self, reading: Reading<'_>) -> Answer<'a> {
        ReadResourceResult::new(self).into_answer(reading)
    }
}

impl<'a, 'r> ResourceOutput<'a> for ReadResourceResult<'r> {
    fn into_answer(self, reading: Reading<'_>) -> Answer<'a> {
        typed(&self, reading.version)
    }
}

impl<'a, T: ResourceOutput<'a>, E: std::fmt::Display> ResourceOutput<'a> for Result<T, E> {
    fn into_answer(self, reading: Reading<'_>) -> Answer<'a> {
        match self {
            Ok(output) => output.into_answer(reading),
            Err(error) => Answer::error(INTERNAL_ERROR, error.to_string()),
        }
    }
}

/// A result of the schema.
pub(crate) fn typed<'v, 'a>(result: &impl Value<'v>, version: Version) -> Answer<'a> {
    match Json::of(result, version).into_object() {
        Some(object) => Answer::Result(object),
        None => Answer::error(INTERNAL_ERROR, "the result is no object"),
    }
}
