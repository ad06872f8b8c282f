//! The lists of resources and of their templates, page by page.

use std::borrow::Cow;

use super::{Resource, ResourceTemplate};
use crate::model::Millis;
use crate::model::cache::{CacheScope, private, stale};
use crate::model::declare::object;
use crate::model::meta::ResultMetaObject;
use crate::model::result::{ResultType, complete};

object! {
    /// Result of `resources/list`.
    pub struct ListResourcesResult<'a> {
        required {
            /// This page of the resources.
            resources: Vec<Resource<'a>> = "resources",
        }
        optional {
            /// Where the next page begins; without one this was the last.
            next_cursor: Cow<'a, str> = "nextCursor",
            /// How it ended.
            result_type: ResultType<'a> = "resultType" [since V2026_07_28 else complete],
            /// How long it stays fresh.
            ttl_ms: Millis = "ttlMs" [since V2026_07_28 else stale],
            /// Who may share it.
            cache_scope: CacheScope = "cacheScope" [since V2026_07_28 else private],
            /// See [`ResultMetaObject`].
            meta: Box<ResultMetaObject<'a>> = "_meta",
        }
    }
}

object! {
    /// Result of `resources/templates/list`.
    pub struct ListResourceTemplatesResult<'a> {
        required {
            /// This page of the templates.
            resource_templates: Vec<ResourceTemplate<'a>> = "resourceTemplates",
        }
        optional {
            /// Where the next page begins; without one this was the last.
            next_cursor: Cow<'a, str> = "nextCursor",
            /// How it ended.
            result_type: ResultType<'a> = "resultType" [since V2026_07_28 else complete],
            /// How long it stays fresh.
            ttl_ms: Millis = "ttlMs" [since V2026_07_28 else stale],
            /// Who may share it.
            cache_scope: CacheScope = "cacheScope" [since V2026_07_28 else private],
            /// See [`ResultMetaObject`].
            meta: Box<ResultMetaObject<'a>> = "_meta",
        }
    }
}
