//! Content: what tools return, prompts say and models read, block by block.
//!
//! A block that a revision has no type for is written as a text that names it, so that the list keeps its length and
//! stays valid: a link becomes its name and URI, anything else its type. A block of a type that no revision knows is
//! passed on as it was read.

use std::borrow::Cow;

use super::declare::{object, union, words};
use super::meta::MetaObject;
use super::resource::{Resource, ResourceContents};
use crate::json::write;
use crate::version::Version;

words! {
    /// Who said something, or whom it is for.
    pub enum Role {
        User = "user",
        Assistant = "assistant",
    }
}

object! {
    /// Hints on what to do with content. Whoever made the content made them up.
    #[derive(Default)]
    pub struct Annotations<'a> {
        optional {
            /// Whom it is for.
            audience: Vec<Role> = "audience",
            /// How much it matters: from 0, it may be left out, to 1, it must be there.
            priority: f64 = "priority",
            /// When it was last changed, as in ISO 8601.
            last_modified: Cow<'a, str> = "lastModified" [since V2025_06_18],
        }
    }
}

object! {
    /// Text.
    pub struct TextContent<'a> {
        tag { "type": "text" }
        required {
            /// The text.
            text: Cow<'a, str> = "text",
        }
        optional {
            /// Hints.
            annotations: Annotations<'a> = "annotations",
            /// See [`MetaObject`].
            meta: MetaObject<'a> = "_meta" [since V2025_06_18],
        }
    }
}

object! {
    /// A picture.
    pub struct ImageContent<'a> {
        tag { "type": "image" }
        required {
            /// The picture, in base64.
            data: Cow<'a, str> = "data",
            /// Its media type.
            mime_type: Cow<'a, str> = "mimeType",
        }
        optional {
            /// Hints.
            annotations: Annotations<'a> = "annotations",
            /// See [`MetaObject`].
            meta: MetaObject<'a> = "_meta" [since V2025_06_18],
        }
    }
}

object! {
    /// A sound.
    pub struct AudioContent<'a> [since V2025_03_26] {
        tag { "type": "audio" }
        required {
            /// The sound, in base64.
            data: Cow<'a, str> = "data",
            /// Its media type.
            mime_type: Cow<'a, str> = "mimeType",
        }
        optional {
            /// Hints.
            annotations: Annotations<'a> = "annotations",
            /// See [`MetaObject`].
            meta: MetaObject<'a> = "_meta" [since V2025_06_18],
        }
    }
}

object! {
    /// A resource that can be read, whether it is listed or not.
    pub struct ResourceLink<'a> [since V2025_06_18] {
        tag { "type": "resource_link" }
        flatten {
            /// The resource.
            resource: Resource,
        }
    }
}

object! {
    /// What a resource holds, put into a message.
    pub struct EmbeddedResource<'a> {
        tag { "type": "resource" }
        required {
            /// What it holds.
            resource: ResourceContents<'a> = "resource",
        }
        optional {
            /// Hints.
            annotations: Annotations<'a> = "annotations",
            /// See [`MetaObject`].
            meta: MetaObject<'a> = "_meta" [since V2025_06_18],
        }
    }
}

union! {
    /// One block of content.
    pub enum ContentBlock<'a> by "type" open else write_name {
        /// Text.
        Text(TextContent) = "text",
        /// A picture.
        Image(ImageContent) = "image",
        /// A sound, since 2025-03-26.
        Audio(AudioContent) = "audio",
        /// A link to a resource, since 2025-06-18.
        ResourceLink(ResourceLink) = "resource_link",
        /// A resource.
        Resource(EmbeddedResource) = "resource",
    }
}

impl<'a> ContentBlock<'a> {
    /// A block of text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(TextContent::new(text))
    }

    /// A picture, already in base64.
    pub fn image(data: impl Into<Cow<'a, str>>, mime_type: impl Into<Cow<'a, str>>) -> Self {
        Self::Image(ImageContent::new(data, mime_type))
    }
}

/// Writes a text that names a block which the revision has no type for.
fn write_name(block: &ContentBlock<'_>, out: &mut Vec<u8>, version: Version) {
    match block {
        ContentBlock::ResourceLink(link) => {
            write_text(out, &format!("{}: {}", link.resource.name, link.resource.uri));
        }
        ContentBlock::Audio(audio) => write_lacking(out, &audio.mime_type, version),
        _ => write_lacking(out, "content", version),
    }
}

/// Writes a text in place of something that the revision cannot carry.
pub(super) fn write_lacking(out: &mut Vec<u8>, what: &str, version: Version) {
    write_text(out, &format!("[{what}: not in MCP {version}]"));
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(br#"{"type":"text","text":"#);
    write::string(out, text);
    out.push(b'}');
}
