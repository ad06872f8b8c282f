//! Completion: what the arguments of prompts and of resource templates can be.

use std::borrow::Cow;

use super::Map;
use super::declare::{object, union};
use super::meta::{RequestMetaObject, ResultMetaObject, required};
use super::result::{ResultType, complete};

object! {
    /// Parameters of `completion/complete`.
    pub struct CompleteRequestParams<'a> {
        required {
            /// Whose argument it is.
            reference: CompletionReference<'a> = "ref",
            /// The argument.
            argument: CompleteArgument<'a> = "argument",
        }
        optional {
            /// What is known besides.
            context: CompleteContext<'a> = "context" [since V2025_06_18],
            /// See [`RequestMetaObject`].
            meta: Box<RequestMetaObject<'a>> = "_meta" [else required],
        }
    }
}

union! {
    /// Whose argument is completed.
    pub enum CompletionReference<'a> by "type" closed {
        /// That of a prompt.
        Prompt(PromptReference) = "ref/prompt",
        /// That of a resource template.
        Resource(ResourceTemplateReference) = "ref/resource",
    }
}

object! {
    /// Names a prompt.
    pub struct PromptReference<'a> {
        tag { "type": "ref/prompt" }
        required {
            /// Name of the prompt.
            name: Cow<'a, str> = "name",
        }
        optional {
            /// Name for people.
            title: Cow<'a, str> = "title" [since V2025_06_18],
        }
    }
}

object! {
    /// Names a resource or a resource template. Before 2025-06-18 it is called `ResourceReference`.
    pub struct ResourceTemplateReference<'a> {
        tag { "type": "ref/resource" }
        required {
            /// The URI or the template.
            uri: Cow<'a, str> = "uri",
        }
    }
}

object! {
    /// An argument that is to be completed.
    pub struct CompleteArgument<'a> {
        required {
            /// Its name.
            name: Cow<'a, str> = "name",
            /// What has been typed of it.
            value: Cow<'a, str> = "value",
        }
    }
}

object! {
    /// What is known while an argument is completed.
    #[derive(Default)]
    pub struct CompleteContext<'a> [since V2025_06_18] {
        optional {
            /// The arguments that are filled in already.
            arguments: Map<'a, Cow<'a, str>> = "arguments",
        }
    }
}

object! {
    /// Result of `completion/complete`.
    pub struct CompleteResult<'a> {
        required {
            /// What the argument can be.
            completion: Completion<'a> = "completion",
        }
        optional {
            /// How it ended.
            result_type: ResultType<'a> = "resultType" [since V2026_07_28 else complete],
            /// See [`ResultMetaObject`].
            meta: Box<ResultMetaObject<'a>> = "_meta",
        }
    }
}

object! {
    /// What an argument can be.
    pub struct Completion<'a> {
        required {
            /// The likeliest values, at most 100.
            values: Vec<Cow<'a, str>> = "values",
        }
        optional {
            /// How many there are in all.
            total: i64 = "total",
            /// Whether there are more.
            has_more: bool = "hasMore",
        }
    }
}
