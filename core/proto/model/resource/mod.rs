//! Resources: what a server lets be read, by URI.

mod contents;
mod list;
mod read;

pub use contents::{BlobResourceContents, ResourceContents, TextResourceContents};
pub use list::{ListResourceTemplatesResult, ListResourcesResult};
pub use read::{
    ReadResourceRequestParams, ReadResourceResult, ResourceRequestParams,
    ResourceUpdatedNotificationParams, SubscribeRequestParams, UnsubscribeRequestParams,
};

use std::borrow::Cow;

use super::content::Annotations;
use super::declare::object;
use super::implementation::Icon;
use super::meta::MetaObject;

object! {
    /// A resource that a server has.
    pub struct Resource<'a> {
        required {
            /// Where it is.
            uri: Cow<'a, str> = "uri",
            /// Name for programs.
            name: Cow<'a, str> = "name",
        }
        optional {
            /// Name for people.
            title: Cow<'a, str> = "title" [since V2025_06_18],
            /// What it is, for a model to read.
            description: Cow<'a, str> = "description",
            /// Its media type.
            mime_type: Cow<'a, str> = "mimeType",
            /// How long its content is, in bytes, before any encoding.
            size: i64 = "size",
            /// Hints.
            annotations: Annotations<'a> = "annotations",
            /// Pictures of it.
            icons: Vec<Icon<'a>> = "icons" [since V2025_11_25],
            /// See [`MetaObject`].
            meta: MetaObject<'a> = "_meta" [since V2025_06_18],
        }
    }
}

object! {
    /// A family of resources, by a URI template (RFC 6570).
    pub struct ResourceTemplate<'a> {
        required {
            /// Where they are.
            uri_template: Cow<'a, str> = "uriTemplate",
            /// Name for programs.
            name: Cow<'a, str> = "name",
        }
        optional {
            /// Name for people.
            title: Cow<'a, str> = "title" [since V2025_06_18],
            /// What they are, for a model to read.
            description: Cow<'a, str> = "description",
            /// The media type of them all.
            mime_type: Cow<'a, str> = "mimeType",
            /// Hints.
            annotations: Annotations<'a> = "annotations",
            /// Pictures of them.
            icons: Vec<Icon<'a>> = "icons" [since V2025_11_25],
            /// See [`MetaObject`].
            meta: MetaObject<'a> = "_meta" [since V2025_06_18],
        }
    }
}
