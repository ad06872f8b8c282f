//! What may run, and what runs next.

#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod chain;
mod counters;
mod error;
mod id;
#[cfg(any(test, feature = "internal"))]
#[doc(hidden)]
pub mod internal;
mod limits;
mod line;
mod pace;
mod policy;
mod runs;
mod scheduler;
mod slots;
mod snapshot;
mod wheel;

pub use counters::{Counters, RunCounters};
pub use error::{Error, Misuse};
pub use id::{KeyId, QuotaId, RunId, TaskId, WaitId};
pub use limits::{Limit, Limits, RunLimits};
pub use pace::Rate;
pub use policy::{Failure, Policy, PolicyId};
pub use runs::{
    Ask, Finish, Payload, Question, Run, RunEvent, RunView, Runs, Status, Wait, WaitOutcome, Waited,
};
pub use scheduler::{
    Completion, Event, HEAVIEST, KeyConfig, Needs, Outcome, Priority, QUOTAS_OF_A_KEY, QuotaConfig,
    Ready, Scheduler, Scope, Settled, State, StopReason, Task,
};
pub use snapshot::{restore, snapshot};
