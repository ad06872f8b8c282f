//! Reading resources, and hearing when they change.

use std::borrow::Cow;

use super::ResourceContents;
use crate::model::Millis;
use crate::model::cache::{CacheScope, private, stale};
use crate::model::declare::object;
use crate::model::meta::{NotificationMetaObject, RequestMetaObject, ResultMetaObject, required};
use crate::model::result::{InputResponses, ResultType, complete};

object! {
    /// Parameters of `resources/read`.
    pub struct ReadResourceRequestParams<'a> {
        required {
            /// Where it is.
            uri: Cow<'a, str> = "uri",
        }
        optional {
            /// Answers to what an earlier try asked for.
            input_responses: InputResponses<'a> = "inputResponses" [since V2026_07_28],
            /// What the earlier try said to send back, byte for byte.
            request_state: Cow<'a, str> = "requestState" [since V2026_07_28],
            /// See [`RequestMetaObject`].
            meta: Box<RequestMetaObject<'a>> = "_meta" [else required],
        }
    }
}

object! {
    /// Result of `resources/read`.
    pub struct ReadResourceResult<'a> {
        required {
            /// What the resource holds, or several of its parts.
            contents: Vec<ResourceContents<'a>> = "contents",
        }
        optional {
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
    /// Parameters of a request about one resource: what those below have in common.
    pub struct ResourceRequestParams<'a> {
        required {
            /// Where it is.
            uri: Cow<'a, str> = "uri",
        }
        optional {
            /// See [`RequestMetaObject`].
            meta: Box<RequestMetaObject<'a>> = "_meta" [else required],
        }
    }
}

object! {
    /// Parameters of `resources/subscribe`.
    pub struct SubscribeRequestParams<'a> [until V2025_11_25] {
        required {
            /// Where it is.
            uri: Cow<'a, str> = "uri",
        }
        optional {
            /// See [`RequestMetaObject`].
            meta: Box<RequestMetaObject<'a>> = "_meta" [else required],
        }
    }
}

object! {
    /// Parameters of `resources/unsubscribe`.
    pub struct UnsubscribeRequestParams<'a> [until V2025_11_25] {
        required {
            /// Where it is.
            uri: Cow<'a, str> = "uri",
        }
        optional {
            /// See [`RequestMetaObject`].
            meta: Box<RequestMetaObject<'a>> = "_meta" [else required],
        }
    }
}

object! {
    /// Parameters of `notifications/resources/updated`.
    pub struct ResourceUpdatedNotificationParams<'a> {
        required {
            /// Which resource changed, or one that holds it.
            uri: Cow<'a, str> = "uri",
        }
        optional {
            /// See [`NotificationMetaObject`].
            meta: NotificationMetaObject<'a> = "_meta",
        }
    }
}
