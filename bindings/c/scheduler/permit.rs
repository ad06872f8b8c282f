//! Permits: what runs elsewhere, and comes back from any thread.

use mcp_engine::executor::{Failure as Failed, Permit, Ready, TaskId};

use super::mcpe_scheduler;
use super::run::mcpe_ready;
use crate::boundary;
use crate::boundary::DONE;
use crate::config::Care;
use crate::handle::{Handle, handles};
use crate::pointer::{Out, Ptr, Userdata};
use crate::status::{Failure, mcpe_status};
use crate::text::mcpe_str;

/// The right to run a task. It is given back on whichever thread; freed without a word, it says that the attempt was abandoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct mcpe_permit {
    /// Its place.
    pub slot: u32,
    /// What tells it from others in the same place.
    pub generation: u32,
}

/// How an attempt has failed. Zero in a member is nothing to say.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_failure {
    /// `sizeof(mcpe_failure)`.
    pub size: usize,
    /// The name of an error, which the final kinds of the policy are compared with.
    pub kind: mcpe_str,
    /// Nanoseconds that the other side asked to wait, in place of the policy's; 0 when it did not.
    pub retry_after_ns: u64,
    /// Random bits for the jitter: what follows from the same calls is the same.
    pub random: u64,
}

/// Is called, on the thread that gives a permit back, when the first one has come back since the last `mcpe_scheduler_collect`: wakes whoever drives the
/// scheduler. It must return soon.
pub type mcpe_wake_callback = Option<unsafe extern "C" fn(userdata: Userdata)>;

handles! {
    mcpe_permit => Permit,
}

/// The caller's way of being woken.
#[derive(Debug)]
pub(super) struct Wake {
    callback: mcpe_wake_callback,
    care: Care,
}

/// Makes a permit of what was handed out, so that it can be given back from any thread, and no longer by `mcpe_scheduler_complete`. Reads the
/// scheduler; the permit is the caller's.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_permit_new(
    scheduler: mcpe_scheduler,
    ready: Ptr<mcpe_ready>,
    permit: Out<mcpe_permit>,
) -> mcpe_status {
    boundary(|| {
        let permit = permit.required("permit")?;
        let ready = ready.read().ok_or(Failure::Null("ready"))?;
        let ready =
            Ready { id: TaskId::from_bits(ready.task), tag: ready.tag, attempt: ready.attempt };
        let made = scheduler.read(|one| Ok(one.returns.permit(ready)))?;
        match mcpe_permit::open(made) {
            Ok(handle) => permit.put(handle),
            Err(failure) => return Err(failure),
        }
        DONE
    })
}

/// The task is done. The permit is used up.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_permit_succeed(permit: mcpe_permit) -> mcpe_status {
    boundary(|| {
        permit.take()?.succeed();
        DONE
    })
}

/// The attempt has failed; the policy of the task says whether there is another. `failure` may be `NULL`. The permit is used up.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_permit_fail(permit: mcpe_permit, failure: Ptr<mcpe_failure>) -> mcpe_status {
    boundary(|| {
        let failure = failure.options()?;
        let failed = failure.read()?;
        permit.take()?.fail(&failed);
        DONE
    })
}

/// Frees a permit: the attempt was abandoned.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_permit_free(permit: mcpe_permit) -> mcpe_status {
    boundary(|| {
        permit.free()?;
        DONE
    })
}

/// Takes back all permits that have come, and says how many. Changes the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_collect(
    scheduler: mcpe_scheduler,
    now_ns: u64,
    count: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let count = count.required("count")?;
        count.put(scheduler.change(|one| Ok(one.returns.collect(&mut one.scheduler, now_ns)))?);
        DONE
    })
}

impl mcpe_failure {
    pub(super) fn read(&self) -> Result<Failed<'_>, Failure> {
        Ok(Failed {
            kind: self.kind.text("kind")?,
            retry_after_ns: Some(self.retry_after_ns).filter(|ns| *ns != 0),
            random: self.random,
        })
    }
}

impl Wake {
    pub(super) fn new(callback: mcpe_wake_callback, care: Care) -> Self {
        Self { callback, care }
    }

    pub(super) fn call(&self) {
        if let Some(callback) = self.callback {
            // SAFETY: the caller has promised a function of this type that returns, until `destroy` is called.
            unsafe { callback(self.care.userdata()) };
        }
    }
}
