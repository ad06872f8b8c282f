//! The engine under tokio.
//!
//! What the crates below decide without I/O is done here: [`workers`] runs the tasks that a scheduler lets run.

pub mod workers;
