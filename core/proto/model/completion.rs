//! Completion: what the arguments of prompts and of resource templates can be.

use std::borrow::Cow;

use super::declare::{object, union};
use super::meta::{RequestMetaObject, ResultMetaObject, required};
use super::result::{ResultType, complete};
use super::value::array;
use super::{Map, Value};
use crate::version::Version;

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
            /// The likeliest values, the best first. At most 100 are written.
            values: Vec<Cow<'a, str>> = "values" via write_values,
        }
        optional {
            /// How many there are in all.
            total: i64 = "total",
            /// Whether there are more.
            has_more: bool = "hasMore",
        }
    }
}

impl<'a> Completion<'a> {
    /// Most values of one completion (MCP, completion).
    pub const MOST: usize = 100;

    /// The first of these values, the likeliest first, and how many there are.
    ///
    /// ```
    /// use mcp_engine_proto::model::Completion;
    ///
    /// let completion = Completion::of((0..250).map(|n| n.to_string()));
    /// assert_eq!((completion.values.len(), completion.total, completion.has_more), (100, Some(250), Some(true)));
    /// ```
    pub fn of<T: Into<Cow<'a, str>>>(values: impl IntoIterator<Item = T>) -> Self {
        let mut values = values.into_iter().map(Into::into);
        let first: Vec<_> = values.by_ref().take(Self::MOST).collect();
        let more = values.count();
        let total = i64::try_from(first.len().saturating_add(more)).unwrap_or(i64::MAX);
        Self { total: Some(total), has_more: Some(more > 0), ..Self::new(first) }
    }
}

fn write_values(values: &Vec<Cow<'_, str>>, out: &mut Vec<u8>, version: Version) {
    array(out, values.iter().take(Completion::MOST), |out, value| value.write(out, version));
}
