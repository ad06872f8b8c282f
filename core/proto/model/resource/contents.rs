//! What resources hold: text or bytes.

use std::borrow::Cow;

use crate::json::Raw;
use crate::model::declare::object;
use crate::model::meta::MetaObject;
use crate::model::{Mismatch, Value};
use crate::version::{Revisions, Version};

object! {
    /// What a resource holds: text.
    pub struct TextResourceContents<'a> {
        required {
            /// Where it is.
            uri: Cow<'a, str> = "uri",
            /// The text.
            text: Cow<'a, str> = "text",
        }
        optional {
            /// Its media type.
            mime_type: Cow<'a, str> = "mimeType",
            /// See [`MetaObject`].
            meta: MetaObject<'a> = "_meta" [since V2025_06_18],
        }
    }
}

object! {
    /// What a resource holds: bytes.
    pub struct BlobResourceContents<'a> {
        required {
            /// Where it is.
            uri: Cow<'a, str> = "uri",
            /// The bytes, in base64.
            blob: Cow<'a, str> = "blob",
        }
        optional {
            /// Its media type.
            mime_type: Cow<'a, str> = "mimeType",
            /// See [`MetaObject`].
            meta: MetaObject<'a> = "_meta" [since V2025_06_18],
        }
    }
}

/// What a resource holds.
#[derive(Clone, Debug, PartialEq)]
pub enum ResourceContents<'a> {
    /// Text.
    Text(TextResourceContents<'a>),
    /// Bytes.
    Blob(BlobResourceContents<'a>),
}

impl<'a> ResourceContents<'a> {
    /// The name in the schema.
    pub const NAME: &'static str = "ResourceContents";

    /// The revisions that have the type.
    pub const REVISIONS: Revisions = Revisions::since(Version::V2024_11_05);

    /// Where it is.
    pub fn uri(&self) -> &str {
        match self {
            Self::Text(contents) => &contents.uri,
            Self::Blob(contents) => &contents.uri,
        }
    }

    /// Reads whichever it is.
    ///
    /// # Errors
    ///
    /// A [`Mismatch`] when it has neither `text` nor `blob`, or is not what it says it is.
    pub fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        <Self as Value>::read(raw).map_err(|mismatch| mismatch.within(Self::NAME, ""))
    }

    /// Appends it as `version` has it.
    pub fn write(&self, out: &mut Vec<u8>, version: Version) {
        match self {
            Self::Text(contents) => contents.write(out, version),
            Self::Blob(contents) => contents.write(out, version),
        }
    }

    /// Copies what is borrowed.
    pub fn into_owned(self) -> ResourceContents<'static> {
        match self {
            Self::Text(contents) => ResourceContents::Text(contents.into_owned()),
            Self::Blob(contents) => ResourceContents::Blob(contents.into_owned()),
        }
    }
}

impl<'a> Value<'a> for ResourceContents<'a> {
    type Owned = ResourceContents<'static>;

    fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        let mut members = raw.members().ok_or(Mismatch::expected("an object"))?;
        let telling = members.find(|(name, _)| *name == "text" || *name == "blob");
        match telling {
            Some((name, _)) if name == "text" => Value::read(raw).map(Self::Text),
            Some(_) => Value::read(raw).map(Self::Blob),
            None => Err(Mismatch::missing(Self::NAME, "text or blob")),
        }
    }

    fn write(&self, out: &mut Vec<u8>, version: Version) {
        self.write(out, version);
    }

    fn into_owned(self) -> ResourceContents<'static> {
        self.into_owned()
    }
}

impl<'a> From<TextResourceContents<'a>> for ResourceContents<'a> {
    fn from(contents: TextResourceContents<'a>) -> Self {
        Self::Text(contents)
    }
}

impl<'a> From<BlobResourceContents<'a>> for ResourceContents<'a> {
    fn from(contents: BlobResourceContents<'a>) -> Self {
        Self::Blob(contents)
    }
}
