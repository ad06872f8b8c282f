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

mod pool;
mod sync;

pub use pool::{Pool, PoolConfig, PoolCounters, PoolError, Refused};
