//! Tools whose calls run as tasks, and the bounds on those.

use mcp_engine::server::Tool;
use mcp_engine::task::{TaskCounters, TaskLimits, TaskSupport};
use mcp_engine_c::pointer::Out;
use mcp_engine_c::status::{Failure, MCPE_NOTHING, mcpe_status};

use super::{mcpe_part, mcpe_server, site_of};
use crate::responder::Question;
use crate::{DONE, Error, boundary};

/// Bounds on the tasks of a server. Zero in a member is its default.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_task_limits {
    /// `sizeof(mcpe_task_limits)`.
    pub size: usize,
    /// Most tasks. Default 10,000.
    pub tasks: u32,
    /// Most tasks of one principal; who has no name counts as one. Default 1,000.
    pub tasks_per_principal: u32,
    /// How many callbacks may run for tasks at a time, beside those that run for requests, at most 4,096; other tasks wait. Default 64.
    pub callbacks: u32,
    /// Longest result or error of one task, in bytes. Default 16 MiB.
    pub result_bytes: u32,
    /// Most requests that wait for the result of a task. Default 1,024.
    pub waiters: u32,
    /// Most of those of one principal. Default 256.
    pub waiters_per_principal: u32,
    /// Most bytes of text that all tasks hold: results, questions, messages. Default 256 MiB.
    pub bytes: u64,
    /// How long a task is kept from its beginning on when its client wants nothing else, in nanoseconds. Default one hour.
    pub ttl_ns: u64,
    /// The longest that a client may want, in nanoseconds. Default one day.
    pub longest_ttl_ns: u64,
    /// How often clients are told to poll, in nanoseconds. Default one second.
    pub poll_ns: u64,
}

/// What has become of the tasks of a server so far.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_task_counters {
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
    /// What was refused: requests beyond a limit of the tasks, and those about tasks that there are not.
    pub refused: u64,
}

/// Counts the tasks of a server. Reads the server. `MCPE_NOTHING` where it has none; `MCPE_ERR_MISUSE` before it is served.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_server_task_counters(
    server: mcpe_server,
    counters: Out<mcpe_task_counters>,
) -> mcpe_status {
    boundary(|| {
        let counters = counters.required("counters")?;
        let Some(counted) = site_of(server)?.built_server()?.task_counters() else {
            return Ok(MCPE_NOTHING);
        };
        counters.put(mcpe_task_counters::of(&counted));
        DONE
    })
}

impl mcpe_task_counters {
    fn of(counted: &TaskCounters) -> Self {
        let TaskCounters { created, completed, failed, cancelled, expired, .. } = *counted;
        let refused = counted.rules().fold(0, |sum: u64, (_, count)| sum.saturating_add(count));
        Self { created, completed, failed, cancelled, expired, refused }
    }
}

/// Calls of the tool never run as tasks, unless its `definition` says so.
pub const MCPE_TASK_SUPPORT_NONE: u32 = 0;
/// They do for clients that can poll them.
pub const MCPE_TASK_SUPPORT_OPTIONAL: u32 = 1;
/// They do in any case: clients that cannot poll them are refused.
pub const MCPE_TASK_SUPPORT_REQUIRED: u32 = 2;

impl mcpe_task_limits {
    pub(super) fn read(&self) -> TaskLimits {
        let usual = TaskLimits::default();
        let or = |wanted: u32, usual: u32| if wanted == 0 { usual } else { wanted };
        let time = |ns: u64, usual: u64| if ns == 0 { usual } else { ns.div_ceil(NS_OF_MS) };
        TaskLimits {
            tasks: or(self.tasks, usual.tasks),
            tasks_per_principal: or(self.tasks_per_principal, usual.tasks_per_principal),
            result_bytes: or(self.result_bytes, usual.result_bytes),
            waiters: or(self.waiters, usual.waiters),
            waiters_per_principal: or(self.waiters_per_principal, usual.waiters_per_principal),
            bytes: if self.bytes == 0 { usual.bytes } else { self.bytes },
            ttl_ms: time(self.ttl_ns, usual.ttl_ms),
            longest_ttl_ms: time(self.longest_ttl_ns, usual.longest_ttl_ms),
            poll_interval_ms: time(self.poll_ns, usual.poll_interval_ms),
            ..usual
        }
    }
}

impl mcpe_part {
    /// The tool with what is said of its tasks.
    pub(super) fn with_tasks(&self, tool: Tool) -> Result<Tool, Error> {
        let tool = match self.task {
            MCPE_TASK_SUPPORT_NONE => tool,
            MCPE_TASK_SUPPORT_OPTIONAL => tool.task(TaskSupport::Optional),
            MCPE_TASK_SUPPORT_REQUIRED => tool.task(TaskSupport::Required),
            _ => return Err(Failure::Value("task").into()),
        };
        let Some(first) = self.ask_first.json("ask_first")? else { return Ok(tool) };
        let questions = Question::all(first, "ask_first")?;
        Ok(tool.ask_first(move |inputs| questions.iter().for_each(|one| one.want(inputs))))
    }
}

const NS_OF_MS: u64 = 1_000_000;
