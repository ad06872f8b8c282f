//! How a conversation begins: the handshake up to 2025-11-25, discovery since.

use std::borrow::Cow;

use super::Millis;
use super::cache::{CacheScope, private, stale};
use super::capability::{ClientCapabilities, ServerCapabilities};
use super::declare::object;
use super::implementation::Implementation;
use super::meta::{RequestMetaObject, ResultMetaObject, required};
use super::result::{ResultType, complete};

object! {
    /// Parameters of a request that says all by its name.
    #[derive(Default)]
    pub struct RequestParams<'a> {
        optional {
            /// See [`RequestMetaObject`].
            meta: Box<RequestMetaObject<'a>> = "_meta" [else required],
        }
    }
}

object! {
    /// Parameters of `initialize`.
    pub struct InitializeRequestParams<'a> [until V2025_11_25] {
        required {
            /// The revision that the client would like: its latest.
            protocol_version: Cow<'a, str> = "protocolVersion",
            /// What the client can do.
            capabilities: ClientCapabilities<'a> = "capabilities",
            /// Who asks.
            client_info: Implementation<'a> = "clientInfo",
        }
        optional {
            /// See [`RequestMetaObject`].
            meta: Box<RequestMetaObject<'a>> = "_meta",
        }
    }
}

object! {
    /// Result of `initialize`.
    pub struct InitializeResult<'a> [until V2025_11_25] {
        required {
            /// The revision that is spoken from here on.
            protocol_version: Cow<'a, str> = "protocolVersion",
            /// What the server can do.
            capabilities: ServerCapabilities<'a> = "capabilities",
            /// Who answers.
            server_info: Implementation<'a> = "serverInfo",
        }
        optional {
            /// How to use the server, for a model to read.
            instructions: Cow<'a, str> = "instructions",
            /// See [`ResultMetaObject`].
            meta: Box<ResultMetaObject<'a>> = "_meta",
        }
    }
}

object! {
    /// Result of `server/discover`.
    pub struct DiscoverResult<'a> [since V2026_07_28] {
        required {
            /// The revisions that the server speaks.
            supported_versions: Vec<Cow<'a, str>> = "supportedVersions",
            /// What the server can do.
            capabilities: ServerCapabilities<'a> = "capabilities",
        }
        optional {
            /// How to use the server, for a model to read.
            instructions: Cow<'a, str> = "instructions",
            /// How it ended.
            result_type: ResultType<'a> = "resultType" [else complete],
            /// How long it stays fresh.
            ttl_ms: Millis = "ttlMs" [else stale],
            /// Who may share it.
            cache_scope: CacheScope = "cacheScope" [else private],
            /// See [`ResultMetaObject`].
            meta: Box<ResultMetaObject<'a>> = "_meta",
        }
    }
}
