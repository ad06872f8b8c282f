//! The bounds on tasks, by name.

/// Bounds on what tasks may make their registry hold, and how long they live.
///
/// Each has a [`TaskRule`](super::TaskRule) of its own name that says it was reached.
///
/// ```
/// use mcp_engine_proto::task::TaskLimits;
///
/// let limits = TaskLimits { tasks_per_principal: 20, ..TaskLimits::default() };
/// assert_eq!(limits.ttl_ms, 3_600_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskLimits {
    /// Most tasks. Default 10,000.
    pub tasks: u32,
    /// Most tasks of one principal. Default 1,000.
    pub tasks_per_principal: u32,
    /// Most bytes of text that all tasks and unpolled events hold: results, requests for input, messages, principals.
    /// Default 256 MiB.
    pub bytes: u64,
    /// Longest result or error of one task, in bytes. Default 16 MiB.
    pub result_bytes: u32,
    /// Longest status message, in bytes. Default 4 KiB.
    pub message_bytes: u32,
    /// Most requests for input in the life of one task. Default 256.
    pub input_keys: u32,
    /// Most requests (`tasks/result`) that wait for a task. Default 1,024.
    pub waiters: u32,
    /// Most of those of one principal. Default 256.
    pub waiters_per_principal: u32,
    /// Most events that wait to be polled. Default 4,096.
    pub events: u32,
    /// Most tasks on one page of `tasks/list`; at least one is. Default 100.
    pub page: u32,
    /// How long a task is kept from its creation on when nothing else is asked for, in milliseconds. Default one hour.
    pub ttl_ms: u64,
    /// The shortest time to live that is granted, in milliseconds: a task has to be there when its id arrives.
    /// Default one second.
    pub shortest_ttl_ms: u64,
    /// The longest one, in milliseconds. Default one day. Only [`Ttl::Unlimited`](super::Ttl::Unlimited) goes beyond it.
    pub longest_ttl_ms: u64,
    /// How often clients are told to poll, in milliseconds. Default one second.
    pub poll_interval_ms: u64,
}

impl Default for TaskLimits {
    fn default() -> Self {
        Self {
            tasks: 10_000,
            tasks_per_principal: 1_000,
            bytes: 256 << 20,
            result_bytes: 16 << 20,
            message_bytes: 4 << 10,
            input_keys: 256,
            waiters: 1 << 10,
            waiters_per_principal: 256,
            events: 1 << 12,
            page: 100,
            ttl_ms: HOUR,
            shortest_ttl_ms: 1_000,
            longest_ttl_ms: 24 * HOUR,
            poll_interval_ms: 1_000,
        }
    }
}

const HOUR: u64 = 3_600_000;
