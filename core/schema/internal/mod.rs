//! Hidden, behind the feature `internal`: what the fuzz target and the property test of this crate need and nobody else. Not
//! covered by any promise of stability.

pub mod fuzz;
mod generate;
