//! What goes into a scheduler.

use mcp_engine::executor::{Needs, PolicyId, Priority, Scope, Task, TaskId};

use super::mcpe_scheduler;
use super::run::mcpe_ready;
use crate::boundary;
use crate::boundary::DONE;
use crate::handle::Handle;
use crate::pointer::{Out, Ptr, input, list};
use crate::status::{Failure, MCPE_NOTHING, mcpe_status};

/// A piece of work as its submitter describes it. Zero in a member is as usual.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_task {
    /// `sizeof(mcpe_task)`.
    pub size: usize,
    /// In whose queue it stands.
    pub key: u64,
    /// The caller's: it comes back with everything that is said of the task.
    pub tag: u64,
    /// Whose end takes it along; 0 for nobody's.
    pub parent: u64,
    /// What has to end first.
    pub after: Ptr<u64>,
    /// How many those are.
    pub after_len: usize,
    /// When it has to have ended; 0 for no such time.
    pub deadline_ns: u64,
    /// How long one attempt may take; 0 for no limit.
    pub attempt_ns: u64,
    /// One of `MCPE_NEEDS_…`.
    pub needs: u32,
    /// One of `MCPE_PRIORITY_…`.
    pub priority: u32,
    /// What happens when an attempt fails: what `mcpe_scheduler_set_policy` gave, or 0 for one attempt.
    pub policy: u32,
    /// 0.
    pub reserved: u32,
}

/// All of what it waits for has to end with success; else it is skipped.
pub const MCPE_NEEDS_SUCCESS: u32 = 0;
/// It has to end in any way.
pub const MCPE_NEEDS_END: u32 = 1;
/// As usual.
pub const MCPE_PRIORITY_NORMAL: u32 = 0;
/// After the others.
pub const MCPE_PRIORITY_LOW: u32 = 1;
/// Before the others.
pub const MCPE_PRIORITY_HIGH: u32 = 2;
/// Before all.
pub const MCPE_PRIORITY_URGENT: u32 = 3;

/// Takes a task in, and gives its id. Changes the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_submit(
    scheduler: mcpe_scheduler,
    task: Ptr<mcpe_task>,
    now_ns: u64,
    id: Out<u64>,
) -> mcpe_status {
    boundary(|| {
        let id = id.required("id")?;
        let task = required(task)?;
        let after = task.after()?;
        let task = task.read(&after)?;
        id.put(scheduler.change(|one| Ok(one.scheduler.submit(&task, now_ns)?.to_bits()))?);
        DONE
    })
}

/// Takes a task in and hands it out at once, if nothing has to wait for it and it for nothing. `MCPE_NOTHING` means that it has to be submitted, and
/// nothing has changed. Changes the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_try_start(
    scheduler: mcpe_scheduler,
    task: Ptr<mcpe_task>,
    now_ns: u64,
    ready: Out<mcpe_ready>,
) -> mcpe_status {
    boundary(|| {
        let ready = ready.required("ready")?;
        let task = required(task)?;
        let after = task.after()?;
        let task = task.read(&after)?;
        let started = scheduler.change(|one| Ok(one.scheduler.try_start(&task, now_ns)?))?;
        let Some(started) = started else { return Ok(MCPE_NOTHING) };
        ready.put(mcpe_ready::of(started));
        DONE
    })
}

/// Opens a scope: a parent for tasks that belong together. `parent` and `deadline_ns` may be 0. Changes the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_open_scope(
    scheduler: mcpe_scheduler,
    tag: u64,
    parent: u64,
    deadline_ns: u64,
    scope: Out<u64>,
) -> mcpe_status {
    boundary(|| {
        let place = scope.required("scope")?;
        let scope = Scope { tag, parent: task_of(parent), deadline_ns: time(deadline_ns) };
        place.put(scheduler.change(|one| Ok(one.scheduler.open_scope(&scope)?.to_bits()))?);
        DONE
    })
}

/// Takes no more children into a scope. It ends, with success, when the last one is gone. Changes the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_close_scope(
    scheduler: mcpe_scheduler,
    scope: u64,
    now_ns: u64,
) -> mcpe_status {
    boundary(|| {
        scheduler
            .change(|one| Ok(one.scheduler.close_scope(TaskId::from_bits(scope), now_ns)?))?;
        DONE
    })
}

impl mcpe_task {
    fn after(&self) -> Result<Vec<TaskId>, Failure> {
        let after = &self.after;
        let ids = input!(after, self.after_len)?;
        list(ids, |id| Ok(TaskId::from_bits(*id)))
    }

    fn read<'a>(&self, after: &'a [TaskId]) -> Result<Task<'a>, Failure> {
        Ok(Task {
            tag: self.tag,
            parent: task_of(self.parent),
            after,
            needs: match self.needs {
                MCPE_NEEDS_SUCCESS => Needs::Success,
                MCPE_NEEDS_END => Needs::End,
                _ => return Err(Failure::Value("needs")),
            },
            priority: match self.priority {
                MCPE_PRIORITY_NORMAL => Priority::Normal,
                MCPE_PRIORITY_LOW => Priority::Low,
                MCPE_PRIORITY_HIGH => Priority::High,
                MCPE_PRIORITY_URGENT => Priority::Urgent,
                _ => return Err(Failure::Value("priority")),
            },
            deadline_ns: time(self.deadline_ns),
            attempt_ns: time(self.attempt_ns),
            policy: PolicyId::from_bits(self.policy),
            ..Task::new(mcp_engine::executor::KeyId::from_bits(self.key))
        })
    }
}

fn required(task: Ptr<mcpe_task>) -> Result<mcpe_task, Failure> {
    if task.is_null() { Err(Failure::Null("task")) } else { task.options() }
}

fn task_of(bits: u64) -> Option<TaskId> {
    (bits != 0).then(|| TaskId::from_bits(bits))
}

fn time(ns: u64) -> Option<u64> {
    (ns != 0).then_some(ns)
}
