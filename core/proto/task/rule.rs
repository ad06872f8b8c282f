//! Why something about a task is refused, and how often it was.

use crate::error::{
    Fault, INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND,
    MISSING_REQUIRED_CLIENT_CAPABILITY, rules,
};

rules! {
    /// Why something about a task is refused. Nothing has changed then.
    TaskRule {
        Unknown = "task-unknown": "there is no such task, or it has expired",
        IdParams = "task-id-params": "the parameter taskId must be a string",
        CursorParams = "task-cursor-params": "the cursor is not one of ours",
        InputParams = "task-input-params": "inputResponses must be an object with a result for each key",
        TaskParams = "task-params": "the parameter task must be an object, and its ttl a number of milliseconds",
        CancelTerminal = "task-cancel-terminal": "a task in a terminal status cannot be cancelled",
        MethodNotHere = "task-method-not-here": "the revision has no such method for tasks",
        Forbidden = "task-forbidden": "the tool does not run as a task",
        Required = "task-required": "the tool runs as a task only",
        AugmentationRequired = "task-augmentation-required": "the request is answered as a task only",
        CapabilityRequired = "task-capability-required": "the client must declare the extension io.modelcontextprotocol/tasks",
        Cancelled = "task-cancelled": "the task was cancelled",
        Withdrawn = "task-withdrawn": "the request for the result was withdrawn",
        Malformed = "task-malformed": "a task must have an id and a status",
        OtherTask = "task-other": "the answer is about another task",
        Transition = "task-transition": "the status of the task does not allow that",
        Method = "task-method": "requests of this method do not run as tasks",
        Entropy = "task-entropy": "the entropy of a task must be fresh",
        Answer = "task-answer": "a task ends with a result, which is an object, or with an error",
        InputRequest = "task-input-request": "input must be asked for by key, with methods that the client has declared",
        InputKey = "task-input-key": "a key for input must not be used again in the life of a task",
        Tasks = "tasks": "there are more tasks than TaskLimits::tasks",
        OwnTasks = "own-tasks": "the principal has more tasks than TaskLimits::tasks_per_principal",
        Bytes = "task-bytes": "the tasks hold more than TaskLimits::bytes",
        ResultBytes = "task-result-bytes": "the result is longer than TaskLimits::result_bytes",
        MessageBytes = "task-message-bytes": "the status message is longer than TaskLimits::message_bytes",
        InputKeys = "task-input-keys": "the task has asked for more inputs than TaskLimits::input_keys",
        Waiters = "task-waiters": "more requests wait for results than TaskLimits::waiters",
        OwnWaiters = "own-task-waiters": "more requests of the principal wait for results than TaskLimits::waiters_per_principal",
        Events = "task-events": "more events wait to be polled than TaskLimits::events",
    }
}

impl TaskRule {
    /// The JSON-RPC error code with which a peer is told.
    pub const fn code(self) -> i32 {
        match self {
            Self::Unknown
            | Self::IdParams
            | Self::CursorParams
            | Self::InputParams
            | Self::TaskParams
            | Self::CancelTerminal => INVALID_PARAMS,
            Self::MethodNotHere | Self::Forbidden | Self::Required => METHOD_NOT_FOUND,
            Self::AugmentationRequired => INVALID_REQUEST,
            Self::CapabilityRequired => MISSING_REQUIRED_CLIENT_CAPABILITY,
            _ => INTERNAL_ERROR,
        }
    }

    /// Whose fault it is.
    pub const fn fault(self) -> Fault {
        match self {
            Self::Unknown
            | Self::IdParams
            | Self::CursorParams
            | Self::InputParams
            | Self::TaskParams
            | Self::CancelTerminal
            | Self::MethodNotHere
            | Self::Forbidden
            | Self::Required
            | Self::AugmentationRequired
            | Self::Cancelled
            | Self::Withdrawn
            | Self::Malformed
            | Self::OtherTask => Fault::Peer,
            Self::CapabilityRequired => Fault::Incompatible,
            Self::Transition
            | Self::Method
            | Self::Entropy
            | Self::Answer
            | Self::InputRequest
            | Self::InputKey => Fault::Misuse,
            Self::Tasks
            | Self::OwnTasks
            | Self::Bytes
            | Self::ResultBytes
            | Self::MessageBytes
            | Self::InputKeys
            | Self::Waiters
            | Self::OwnWaiters
            | Self::Events => Fault::Limit,
        }
    }
}

impl std::error::Error for TaskRule {}

/// What has become of tasks so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskCounters {
    /// Tasks that were created.
    pub created: u64,
    /// Those that ended with a result, in the extension also with one that says `isError`.
    pub completed: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those that were cancelled.
    pub cancelled: u64,
    /// Those whose time to live ended, in whatever status.
    pub expired: u64,
    refused: [u64; TaskRule::ALL.len()],
}

impl TaskCounters {
    /// How often something was refused by that rule.
    pub fn refusals(&self, rule: TaskRule) -> u64 {
        self.refused.get(rule as usize).copied().unwrap_or_default()
    }

    /// Every rule that refused something, and how often.
    pub fn rules(&self) -> impl Iterator<Item = (TaskRule, u64)> + '_ {
        let all = TaskRule::ALL.iter().map(|rule| (*rule, self.refusals(*rule)));
        all.filter(|(_, count)| *count > 0)
    }

    pub(super) fn refuse(&mut self, rule: TaskRule) {
        if let Some(count) = self.refused.get_mut(rule as usize) {
            *count = count.wrapping_add(1);
        }
    }
}
