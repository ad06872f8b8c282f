//! Tools: what a server lets a model do.

use std::borrow::Cow;

use super::cache::{CacheScope, private, stale};
use super::content::ContentBlock;
use super::declare::{object, words};
use super::implementation::Icon;
use super::meta::{MetaObject, RequestMetaObject, ResultMetaObject, required};
use super::result::{InputResponses, ResultType, complete};
use super::task::TaskMetadata;
use super::{Json, JsonObject, Millis};
use crate::json::{Raw, ValueKind};
use crate::version::Version;

object! {
    /// A tool that a server has.
    pub struct Tool<'a> {
        required {
            /// Name for programs.
            name: Cow<'a, str> = "name",
            /// JSON Schema of the arguments; its root says `"type": "object"`.
            input_schema: JsonObject<'a> = "inputSchema",
        }
        optional {
            /// Name for people.
            title: Cow<'a, str> = "title" [since V2025_06_18],
            /// What it does, for a model to read.
            description: Cow<'a, str> = "description",
            /// JSON Schema of the structured content. Before 2026-07-28 one that is not about an object is left out.
            output_schema: JsonObject<'a> = "outputSchema" [since V2025_06_18 if is_about_objects],
            /// Hints on what it does.
            annotations: ToolAnnotations<'a> = "annotations" [since V2025_03_26],
            /// Pictures of it.
            icons: Vec<Icon<'a>> = "icons" [since V2025_11_25],
            /// How it is run.
            execution: ToolExecution<'a> = "execution" [only V2025_11_25],
            /// See [`MetaObject`].
            meta: MetaObject<'a> = "_meta" [since V2025_06_18],
        }
    }
}

object! {
    /// Hints on what a tool does. A client must not rely on them unless it trusts the server.
    #[derive(Default)]
    pub struct ToolAnnotations<'a> [since V2025_03_26] {
        optional {
            /// Name for people.
            title: Cow<'a, str> = "title",
            /// Whether it changes nothing; taken to be false.
            read_only_hint: bool = "readOnlyHint",
            /// Whether it may destroy something; taken to be true.
            destructive_hint: bool = "destructiveHint",
            /// Whether a second call with the same arguments changes nothing more; taken to be false.
            idempotent_hint: bool = "idempotentHint",
            /// Whether it deals with the world outside; taken to be true.
            open_world_hint: bool = "openWorldHint",
        }
    }
}

object! {
    /// How a tool is run.
    #[derive(Default)]
    pub struct ToolExecution<'a> [only V2025_11_25] {
        optional {
            /// Whether a call may be a task; taken to be forbidden.
            task_support: TaskSupport = "taskSupport",
        }
    }
}

words! {
    /// Whether the call of a tool may be a task.
    pub enum TaskSupport {
        /// It must not be.
        Forbidden = "forbidden",
        /// As the client likes.
        Optional = "optional",
        /// It must be.
        Required = "required",
    }
}

object! {
    /// Result of `tools/list`.
    pub struct ListToolsResult<'a> {
        required {
            /// This page of the tools.
            tools: Vec<Tool<'a>> = "tools",
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
    /// Parameters of `tools/call`.
    pub struct CallToolRequestParams<'a> {
        required {
            /// Name of the tool.
            name: Cow<'a, str> = "name",
        }
        optional {
            /// What it is called with.
            arguments: JsonObject<'a> = "arguments",
            /// Asks for the call to be a task.
            task: TaskMetadata<'a> = "task" [only V2025_11_25],
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
    /// Result of `tools/call`.
    pub struct CallToolResult<'a> {
        required {
            /// What the tool says.
            content: Vec<ContentBlock<'a>> = "content",
        }
        optional {
            /// The same for programs. Before 2026-07-28 one that is no object is left out.
            structured_content: Json<'a> = "structuredContent" [since V2025_06_18 if may_be_structured],
            /// Whether the tool failed, and the content says why.
            is_error: bool = "isError",
            /// How it ended.
            result_type: ResultType<'a> = "resultType" [since V2026_07_28 else complete],
            /// See [`ResultMetaObject`].
            meta: Box<ResultMetaObject<'a>> = "_meta",
        }
    }
}

impl<'a> CallToolResult<'a> {
    /// A result of one text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new([ContentBlock::text(text)])
    }

    /// A failure that says why, for the model to read.
    pub fn failure(text: impl Into<Cow<'a, str>>) -> Self {
        Self::text(text).is_error(true)
    }

    /// A structured result, and beside it the same as text, for whoever reads only that (MCP 2025-06-18, Tools,
    /// Structured content).
    pub fn structured(content: Json<'a>) -> Self {
        Self::text(content.as_str().to_owned()).structured_content(content)
    }
}

/// Before 2026-07-28 structured content is an object.
pub(super) fn may_be_structured(content: &Json<'_>, version: Version) -> bool {
    version >= Version::V2026_07_28 || content.raw().kind() == ValueKind::Object
}

/// Before 2026-07-28 the root of an output schema says that it is about an object.
fn is_about_objects(schema: &JsonObject<'_>, version: Version) -> bool {
    let root = schema.get("type").and_then(Raw::string);
    version >= Version::V2026_07_28 || root.is_some_and(|root| root == "object")
}
