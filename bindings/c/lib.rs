//! The engine for C, without any I/O: `docs/C_API.md` has the conventions, `include/mcp_engine.h` the functions.
//!
//! Every exported function has the same shape: it runs inside `boundary`, checks its outputs, makes slices of its inputs by
//! `input!`, and reaches what a handle names by the trait `Handle`. So no pointer is followed outside of `pointer`, nothing
//! unwinds into C, and nothing is used by two calls at once.
#![expect(
    non_camel_case_types,
    reason = "the names of types are those of C, so that the header needs no renaming"
)]
#![expect(unsafe_code, reason = "the pointers of C: docs/UNSAFE.md lists the places")]
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

#[cfg(not(target_pointer_width = "64"))]
compile_error!("the layouts of this ABI are those of 64-bit machines");

pub mod abi;
pub mod boundary;
pub mod buffer;
pub mod cache;
pub mod config;
pub mod connection;
pub mod decoder;
pub mod encode;
pub mod endpoint;
pub mod error;
pub mod handle;
pub mod index;
pub mod json;
pub mod message;
pub mod names;
pub mod options;
pub mod pointer;
pub mod reading;
pub mod scheduler;
pub mod status;
pub mod text;
pub mod view;

pub(crate) use boundary::boundary;
