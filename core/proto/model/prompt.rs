//! Prompts: what a server has prepared for users to say.

use std::borrow::Cow;

use super::cache::{CacheScope, private, stale};
use super::content::{ContentBlock, Role};
use super::declare::object;
use super::implementation::Icon;
use super::meta::{MetaObject, RequestMetaObject, ResultMetaObject, required};
use super::result::{InputResponses, ResultType, complete};
use super::{Map, Millis};

object! {
    /// A prompt that a server has.
    pub struct Prompt<'a> {
        required {
            /// Name for programs.
            name: Cow<'a, str> = "name",
        }
        optional {
            /// Name for people.
            title: Cow<'a, str> = "title" [since V2025_06_18],
            /// What it is for.
            description: Cow<'a, str> = "description",
            /// What it is filled in with.
            arguments: Vec<PromptArgument<'a>> = "arguments",
            /// Pictures of it.
            icons: Vec<Icon<'a>> = "icons" [since V2025_11_25],
            /// See [`MetaObject`].
            meta: MetaObject<'a> = "_meta" [since V2025_06_18],
        }
    }
}

object! {
    /// What a prompt is filled in with.
    pub struct PromptArgument<'a> {
        required {
            /// Name for programs.
            name: Cow<'a, str> = "name",
        }
        optional {
            /// Name for people.
            title: Cow<'a, str> = "title" [since V2025_06_18],
            /// What it means.
            description: Cow<'a, str> = "description",
            /// Whether it must be given; taken to be false.
            required: bool = "required",
        }
    }
}

object! {
    /// One message of a prompt.
    pub struct PromptMessage<'a> {
        required {
            /// Who says it.
            role: Role = "role",
            /// What is said.
            content: ContentBlock<'a> = "content",
        }
    }
}

object! {
    /// Result of `prompts/list`.
    pub struct ListPromptsResult<'a> {
        required {
            /// This page of the prompts.
            prompts: Vec<Prompt<'a>> = "prompts",
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
    /// Parameters of `prompts/get`.
    pub struct GetPromptRequestParams<'a> {
        required {
            /// Name of the prompt.
            name: Cow<'a, str> = "name",
        }
        optional {
            /// What it is filled in with.
            arguments: Map<'a, Cow<'a, str>> = "arguments",
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
    /// Result of `prompts/get`.
    pub struct GetPromptResult<'a> {
        required {
            /// What is said, in order.
            messages: Vec<PromptMessage<'a>> = "messages",
        }
        optional {
            /// What it is for.
            description: Cow<'a, str> = "description",
            /// How it ended.
            result_type: ResultType<'a> = "resultType" [since V2026_07_28 else complete],
            /// See [`ResultMetaObject`].
            meta: Box<ResultMetaObject<'a>> = "_meta",
        }
    }
}
