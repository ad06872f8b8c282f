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
mod pool;
mod scheduler;
mod slots;
mod sync;
mod wheel;

pub use counters::Counters;
pub use error::{Error, Misuse};
pub use id::{KeyId, QuotaId, TaskId};
pub use limits::{Limit, Limits};
pub use pace::Rate;
pub use policy::{Failure, Policy, PolicyId};
pub use pool::{Pool, PoolConfig, PoolCounters, PoolError, Refused};
pub use scheduler::{
    Completion, Event, HEAVIEST, KeyConfig, Needs, Outcome, Priority, QUOTAS_OF_A_KEY, QuotaConfig,
    Ready, Scheduler, Scope, Settled, State, StopReason, Task,
};
