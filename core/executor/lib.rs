//! What may run, and what runs next.
//!
//! Tasks go into a [`Scheduler`], which knows the limits, whose turn it is and what depends on what, and come out when they may run. It does
//! not run them, asks no clock and starts no thread: the same scheduler is driven by an async runtime, by a [`Pool`] of threads, by a loop in
//! another language, or by a test with virtual time.
//!
//! ```text
//!            submit            poll_ready            Permit
//! task ────▶ Scheduler ──────▶ driver ─────────────▶ thread, future, callback
//!               ▲                 │ ▲                           │
//!               └── complete ─────┘ └──────── Returns ◀─────────┘
//! ```
//!
//! Everything is bounded by [`Limits`]; what is refused says by which of them and changes nothing.

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
mod permit;
mod policy;
mod pool;
mod runs;
mod scheduler;
mod slots;
mod snapshot;
mod sync;
mod wheel;

pub use counters::{Counters, RunCounters};
pub use error::{Error, Misuse};
pub use id::{KeyId, QuotaId, RunId, TaskId, WaitId};
pub use limits::{Limit, Limits, RunLimits};
pub use pace::Rate;
pub use permit::{Permit, Returns};
pub use policy::{Failure, Policy, PolicyId};
pub use pool::{Pool, PoolConfig, PoolCounters, PoolError, Refused};
pub use runs::{
    Ask, Finish, Payload, Question, Run, RunEvent, RunView, Runs, Status, Wait, WaitOutcome, Waited,
};
pub use scheduler::{
    Completion, Event, HEAVIEST, KeyConfig, Needs, Outcome, Priority, QUOTAS_OF_A_KEY, QuotaConfig,
    Ready, Scheduler, Scope, Settled, State, StopReason, Task,
};
pub use snapshot::{restore, snapshot};
