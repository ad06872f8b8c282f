//! What may run, and what runs next: the scheduler, driven by its caller.

mod open;
mod permit;
mod run;
mod task;

use mcp_engine::executor::{self, Limits, Scheduler};

use crate::boundary;
use crate::boundary::DONE;
use crate::config::{Care, mcpe_destructor};
use crate::handle::{Handle, handles};
use crate::pointer::{Out, Ptr, Userdata};
use crate::status::{MCPE_NOTHING, mcpe_status};

pub use open::*;
pub use permit::*;
pub use run::*;
pub use task::*;

/// A scheduler. Times are nanoseconds of a clock of the caller's that never goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct mcpe_scheduler {
    /// Its place.
    pub slot: u32,
    /// What tells it from others in the same place.
    pub generation: u32,
}

/// What a scheduler may hold and run at a time. Zero in a member is its default.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_scheduler_options {
    /// `sizeof(mcpe_scheduler_options)`.
    pub size: usize,
    /// Tasks and scopes that are known. Default 65,536.
    pub tasks: u32,
    /// Tasks that run at the same time. Default 256.
    pub running: u32,
    /// Keys. Default 16,384.
    pub keys: u32,
    /// Quotas. Default 1,024.
    pub quotas: u32,
    /// Dependencies between tasks, in all. Default 65,536.
    pub dependencies: u32,
    /// Retry policies. Default 1,024.
    pub policies: u32,
    /// Is called when a permit has come back, or `NULL`: see `mcpe_scheduler_collect`.
    pub wake: mcpe_wake_callback,
    /// What `wake` and `destroy` are called with.
    pub userdata: Userdata,
    /// Is called with `userdata` when neither the scheduler nor a permit of it is left, or it could not be made; may be `NULL`.
    pub destroy: mcpe_destructor,
}

/// How much there is in a scheduler, and what has happened so far.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_totals {
    /// Tasks and scopes that are known.
    pub known: u64,
    /// Tasks that hold a permit.
    pub running: u64,
    /// Tasks that were taken in.
    pub submitted: u64,
    /// Attempts that were handed out.
    pub started: u64,
    /// Attempts that failed and were followed by another.
    pub retried: u64,
    /// Completions that came after the outcome was decided.
    pub late: u64,
    /// Tasks that ended with success.
    pub succeeded: u64,
    /// Tasks whose last attempt failed.
    pub failed: u64,
    /// Tasks that were cancelled.
    pub cancelled: u64,
    /// Tasks whose time was up.
    pub timed_out: u64,
    /// Tasks that were skipped, for what they wait for had failed.
    pub skipped: u64,
    /// Refused, for a limit was reached.
    pub refused: u64,
    /// Refused, for a rule was broken by the caller.
    pub misused: u64,
}

handles! {
    mcpe_scheduler => Schedule,
}

/// A scheduler, and where its permits come back to.
#[derive(Debug)]
pub struct Schedule {
    pub(crate) scheduler: Scheduler,
    pub(crate) returns: executor::Returns,
}

/// Makes a scheduler without keys. `options` may be `NULL`. `destroy` is called also when this fails.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_new(
    options: Ptr<mcpe_scheduler_options>,
    scheduler: Out<mcpe_scheduler>,
) -> mcpe_status {
    boundary(|| {
        let options = options.options()?;
        let wake = Wake::new(options.wake, Care::new(options.userdata, options.destroy));
        let place = scheduler.required("scheduler")?;
        let schedule = Schedule {
            scheduler: Scheduler::new(options.limits()),
            returns: executor::Returns::new(move || wake.call()),
        };
        place.put(mcpe_scheduler::open(schedule)?);
        DONE
    })
}

/// Frees a scheduler and everything in it. Permits that are out can still be given back, to nobody.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_free(scheduler: mcpe_scheduler) -> mcpe_status {
    boundary(|| {
        scheduler.free()?;
        DONE
    })
}

/// When `mcpe_scheduler_handle_timeout` wants to be called, if nothing else is before that; `MCPE_NOTHING` for never. It may be a little early, never
/// late. Reads the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_poll_timeout(
    scheduler: mcpe_scheduler,
    mono_ns: Out<u64>,
) -> mcpe_status {
    boundary(|| {
        let mono_ns = mono_ns.required("mono_ns")?;
        let due = scheduler.read(|one| Ok(one.scheduler.poll_timeout()))?;
        let Some(due) = due else { return Ok(MCPE_NOTHING) };
        mono_ns.put(due);
        DONE
    })
}

/// Does what was due by now. Changes the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_handle_timeout(
    scheduler: mcpe_scheduler,
    now_ns: u64,
) -> mcpe_status {
    boundary(|| {
        scheduler.change(|one| {
            one.scheduler.handle_timeout(now_ns);
            Ok(())
        })?;
        DONE
    })
}

/// How much there is, and what has happened so far. Reads the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_totals(
    scheduler: mcpe_scheduler,
    totals: Out<mcpe_totals>,
) -> mcpe_status {
    boundary(|| {
        let totals = totals.required("totals")?;
        totals.put(scheduler.read(|one| Ok(mcpe_totals::of(&one.scheduler)))?);
        DONE
    })
}

impl mcpe_scheduler_options {
    fn limits(&self) -> Limits {
        let usual = Limits::default();
        let or = |wanted: u32, usual: u32| if wanted == 0 { usual } else { wanted };
        Limits {
            tasks: or(self.tasks, usual.tasks),
            running: or(self.running, usual.running),
            keys: or(self.keys, usual.keys),
            quotas: or(self.quotas, usual.quotas),
            dependencies: or(self.dependencies, usual.dependencies),
            policies: or(self.policies, usual.policies),
        }
    }
}

impl mcpe_totals {
    fn of(scheduler: &Scheduler) -> Self {
        let counters = scheduler.counters();
        let refused = [
            counters.refused_tasks,
            counters.refused_queued,
            counters.refused_keys,
            counters.refused_quotas,
            counters.refused_dependencies,
            counters.refused_policies,
        ];
        Self {
            known: u64::from(scheduler.len()),
            running: u64::from(scheduler.running()),
            submitted: counters.submitted,
            started: counters.started,
            retried: counters.retried,
            late: counters.late,
            succeeded: counters.succeeded,
            failed: counters.failed,
            cancelled: counters.cancelled,
            timed_out: counters.timed_out,
            skipped: counters.skipped,
            refused: refused.iter().fold(0, |sum, count| sum.saturating_add(*count)),
            misused: counters.misused,
        }
    }
}

const _: () = assert!(size_of::<mcpe_scheduler_options>() == 56);
