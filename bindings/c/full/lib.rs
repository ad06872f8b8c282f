//! The batteries for C: ready clients and servers and a pool of workers, with everything that the half without I/O has.
//!
//! Functions have the shape of those in `mcp_engine_c`. What waits does so on the thread of its caller, while the work is done on a tokio runtime
//! that starts with the first object that needs it; callbacks are called on threads of their own, where they may wait, too.
#![expect(
    non_camel_case_types,
    reason = "the names of types are those of C, so that the header needs no renaming"
)]
#![expect(unsafe_code, reason = "the callbacks of C: docs/UNSAFE.md lists the places")]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

// Its functions leave this library, too.
pub use mcp_engine_c;

pub mod callee;
pub mod client;
mod error;
mod inbox;
pub mod options;
mod output;
pub mod pool;
pub mod refusal;
pub mod responder;
mod runtime;
pub mod server;
mod signal;
mod speaker;

pub(crate) use error::{DONE, Error, boundary};
