//! Tasks: requests that outlive their response (MCP 2025-11-25, Tasks), and the extension that took their place
//! (`io.modelcontextprotocol/tasks`, since 2026-07-28).
//!
//! A [`Task`] is the same for both, but for the names of its times; what is around it differs, and is written as the
//! revision has it.

use std::borrow::Cow;

use super::declare::{object, words};
use super::error::ErrorObject;
use super::meta::{NotificationMetaObject, RequestMetaObject, ResultMetaObject, required};
use super::object::{self, Object, ObjectWriter};
use super::result::{InputRequests, InputResponses, ResultType, complete};
use super::{Extra, JsonObject, Millis, Mismatch, Value};
use crate::json::Raw;
use crate::version::{Revisions, Version};

object! {
    /// Asks for a request to be a task.
    #[derive(Default)]
    pub struct TaskMetadata<'a> [only V2025_11_25] {
        optional {
            /// How long the task is to be kept, from its creation.
            ttl: Millis = "ttl",
        }
    }
}

object! {
    /// The task that a message belongs to, in its `_meta`.
    pub struct RelatedTaskMetadata<'a> [only V2025_11_25] {
        required {
            /// Which task.
            task_id: Cow<'a, str> = "taskId",
        }
    }
}

object! {
    /// A task, and how it is getting on.
    pub struct Task<'a> [since V2025_11_25] {
        required {
            /// Which task: text that cannot be guessed.
            task_id: Cow<'a, str> = "taskId",
            /// How it is getting on.
            status: TaskStatus = "status",
            /// When it was created, as in ISO 8601.
            created_at: Cow<'a, str> = "createdAt",
            /// When it last changed, as in ISO 8601.
            last_updated_at: Cow<'a, str> = "lastUpdatedAt",
        }
        optional {
            /// More about its status, for people.
            status_message: Cow<'a, str> = "statusMessage",
            /// How long it is kept, from its creation; without it, for ever.
            ttl: Millis = "ttl" | "ttlMs" from V2026_07_28 [else null],
            /// How long to wait before asking again.
            poll_interval: Millis = "pollInterval" | "pollIntervalMs" from V2026_07_28,
        }
    }
}

words! {
    /// How a task is getting on.
    pub enum TaskStatus {
        /// It is at work.
        Working = "working",
        /// It waits for input.
        InputRequired = "input_required",
        /// It is done.
        Completed = "completed",
        /// It failed.
        Failed = "failed",
        /// It was cancelled.
        Cancelled = "cancelled",
    }
}

impl TaskStatus {
    /// Whether it will never change again.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// Result of a request that has become a task. In 2025-11-25 the task is a member of it, since 2026-07-28 its members
/// are those of the task.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CreateTaskResult<'a> {
    /// The task.
    pub task: Task<'a>,
    /// See [`ResultMetaObject`].
    ///
    /// Member `_meta`.
    pub meta: Option<Box<ResultMetaObject<'a>>>,
    /// Members that no revision knows, kept for whoever the object is passed on to.
    pub extra: Extra<'a>,
}

impl<'a> CreateTaskResult<'a> {
    /// The name in the schema.
    pub const NAME: &'static str = "CreateTaskResult";

    /// The revisions that have the type.
    pub const REVISIONS: Revisions = Revisions::since(Version::V2025_11_25);

    /// The type with what it requires, and nothing else.
    pub fn new(task: Task<'a>) -> Self {
        Self { task, meta: None, extra: Extra::new() }
    }

    /// Reads the type in either form.
    ///
    /// # Errors
    ///
    /// A [`Mismatch`] when the value is not of this type.
    pub fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        <Self as Value>::read(raw).map_err(|mismatch| mismatch.within(Self::NAME, ""))
    }

    /// Appends the type as `version` has it.
    pub fn write(&self, out: &mut Vec<u8>, version: Version) {
        let flat = version >= Version::V2026_07_28;
        let mut object = ObjectWriter::open(out, version);
        if flat {
            object.word("resultType", "task");
            self.task.write_members(&mut object);
        } else {
            object.required("task", &self.task, Task::write);
        }
        if let Some(meta) = &self.meta {
            object.required("_meta", meta, Value::write);
        }
        object.extra(&self.extra, knows);
        if flat {
            object.extra_beside(&self.task.extra, &self.extra, knows);
        }
        object.close();
    }

    /// Copies what is borrowed.
    pub fn into_owned(self) -> CreateTaskResult<'static> {
        CreateTaskResult {
            task: self.task.into_owned(),
            meta: self.meta.map(Value::into_owned),
            extra: self.extra.into_owned(),
        }
    }
}

impl<'a> Value<'a> for CreateTaskResult<'a> {
    type Owned = CreateTaskResult<'static>;

    fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        let members = raw.members().ok_or(Mismatch::expected("an object"))?;
        let (mut nested, mut meta, mut extra) = (None, None, Extra::new());
        let mut flat = <Task<'a> as Object<'a>>::Parts::default();
        let within = |mismatch: Mismatch, member| mismatch.within(Self::NAME, member);
        for (name, value) in members {
            match &*name.decode() {
                "task" => nested = Some(Value::read(value).map_err(|it| within(it, "task"))?),
                "_meta" => meta = object::optional(value).map_err(|it| within(it, "_meta"))?,
                "resultType" => {}
                known if Task::take(&mut flat, known, value)? => {}
                _ => extra.push(name.decode(), value.into()),
            }
        }
        let task = nested.map_or_else(|| Task::build(flat, Extra::new()), Ok)?;
        Ok(Self { task, meta, extra })
    }

    fn write(&self, out: &mut Vec<u8>, version: Version) {
        self.write(out, version);
    }

    fn into_owned(self) -> CreateTaskResult<'static> {
        self.into_owned()
    }
}

object! {
    /// Parameters of `tasks/get`.
    pub struct GetTaskRequestParams<'a> [since V2025_11_25] {
        required {
            /// Which task.
            task_id: Cow<'a, str> = "taskId",
        }
        optional {
            /// See [`RequestMetaObject`].
            meta: Box<RequestMetaObject<'a>> = "_meta" [else required],
        }
    }
}

object! {
    /// Result of `tasks/get`: the task, and in the extension how it ended or what it waits for.
    pub struct GetTaskResult<'a> [since V2025_11_25] {
        flatten {
            /// The task.
            task: Task,
        }
        optional {
            /// What the request would have been answered with, once the task is completed.
            result: JsonObject<'a> = "result" [since V2026_07_28],
            /// Why the task failed.
            error: ErrorObject<'a> = "error" [since V2026_07_28],
            /// What the task waits for.
            input_requests: InputRequests<'a> = "inputRequests" [since V2026_07_28],
            /// How `tasks/get` ended: it is complete, however the task is getting on.
            result_type: ResultType<'a> = "resultType" [since V2026_07_28 else complete],
            /// See [`ResultMetaObject`].
            meta: Box<ResultMetaObject<'a>> = "_meta",
        }
    }
}

object! {
    /// Parameters of `tasks/update`, in the extension.
    pub struct UpdateTaskRequestParams<'a> [since V2026_07_28] {
        required {
            /// Which task.
            task_id: Cow<'a, str> = "taskId",
            /// Answers to some of what the task waits for.
            input_responses: InputResponses<'a> = "inputResponses",
        }
        optional {
            /// See [`RequestMetaObject`].
            meta: Box<RequestMetaObject<'a>> = "_meta" [else required],
        }
    }
}

object! {
    /// Parameters of `tasks/cancel`.
    pub struct CancelTaskRequestParams<'a> [since V2025_11_25] {
        required {
            /// Which task.
            task_id: Cow<'a, str> = "taskId",
        }
        optional {
            /// See [`RequestMetaObject`].
            meta: Box<RequestMetaObject<'a>> = "_meta" [else required],
        }
    }
}

object! {
    /// Result of `tasks/cancel` in 2025-11-25. The extension answers with an [`EmptyResult`](super::EmptyResult).
    pub struct CancelTaskResult<'a> [only V2025_11_25] {
        flatten {
            /// The task.
            task: Task,
        }
        optional {
            /// See [`ResultMetaObject`].
            meta: Box<ResultMetaObject<'a>> = "_meta",
        }
    }
}

object! {
    /// Parameters of `tasks/result`.
    pub struct GetTaskPayloadRequestParams<'a> [only V2025_11_25] {
        required {
            /// Which task.
            task_id: Cow<'a, str> = "taskId",
        }
        optional {
            /// See [`RequestMetaObject`].
            meta: Box<RequestMetaObject<'a>> = "_meta",
        }
    }
}

object! {
    /// Result of `tasks/result`: exactly what the request would have been answered with, among the extra members.
    #[derive(Default)]
    pub struct GetTaskPayloadResult<'a> [only V2025_11_25] {
        optional {
            /// See [`ResultMetaObject`].
            meta: Box<ResultMetaObject<'a>> = "_meta",
        }
    }
}

object! {
    /// Result of `tasks/list`.
    pub struct ListTasksResult<'a> [only V2025_11_25] {
        required {
            /// This page of the tasks.
            tasks: Vec<Task<'a>> = "tasks",
        }
        optional {
            /// Where the next page begins; without one this was the last.
            next_cursor: Cow<'a, str> = "nextCursor",
            /// See [`ResultMetaObject`].
            meta: Box<ResultMetaObject<'a>> = "_meta",
        }
    }
}

object! {
    /// Parameters of `notifications/tasks/status`.
    pub struct TaskStatusNotificationParams<'a> [only V2025_11_25] {
        flatten {
            /// The task.
            task: Task,
        }
        optional {
            /// See [`NotificationMetaObject`].
            meta: NotificationMetaObject<'a> = "_meta",
        }
    }
}

object! {
    /// Parameters of `notifications/tasks`, in the extension.
    pub struct TaskNotificationParams<'a> [since V2026_07_28] {
        flatten {
            /// The task.
            task: Task,
        }
        optional {
            /// What the request would have been answered with, once the task is completed.
            result: JsonObject<'a> = "result",
            /// Why the task failed.
            error: ErrorObject<'a> = "error",
            /// What the task waits for.
            input_requests: InputRequests<'a> = "inputRequests",
            /// See [`NotificationMetaObject`].
            meta: NotificationMetaObject<'a> = "_meta",
        }
    }
}

fn null(_: Version) -> Option<&'static str> {
    Some("null")
}

fn knows(name: &str) -> bool {
    matches!(name, "task" | "_meta" | "resultType") || Task::knows(name)
}
