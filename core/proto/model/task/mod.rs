//! Tasks: requests that outlive their response (MCP 2025-11-25, Tasks), and the extension that took their place
//! (`io.modelcontextprotocol/tasks`, since 2026-07-28).
//!
//! A [`Task`] is the same for both, but for the names of its times; what is around it differs, and is written as the
//! revision has it.

mod create;
mod exchange;

pub use create::CreateTaskResult;
pub use exchange::{
    CancelTaskRequestParams, CancelTaskResult, GetTaskPayloadRequestParams, GetTaskPayloadResult,
    GetTaskRequestParams, GetTaskResult, ListTasksResult, TaskNotificationParams,
    TaskStatusNotificationParams, UpdateTaskRequestParams,
};

use std::borrow::Cow;

use super::Millis;
use super::declare::{object, words};
use crate::version::Version;

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

fn null(_: Version) -> Option<&'static str> {
    Some("null")
}
