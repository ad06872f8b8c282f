//! Asking for tasks and hearing of them.

use std::borrow::Cow;

use super::Task;
use crate::model::JsonObject;
use crate::model::declare::object;
use crate::model::error::ErrorObject;
use crate::model::meta::{NotificationMetaObject, RequestMetaObject, ResultMetaObject, required};
use crate::model::result::{InputRequests, InputResponses, ResultType, complete};

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
    /// Result of `tasks/cancel` in 2025-11-25. The extension answers with an [`EmptyResult`](crate::model::EmptyResult).
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
