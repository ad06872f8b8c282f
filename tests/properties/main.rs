//! What must hold for every input, tried on random ones.
//!
//! `PROPTEST_CASES` sets how many; the defaults are small enough for a debug build. The seed is fixed unless
//! `PROPTEST_RNG_SEED` names another.

mod backends;
mod chunks;
mod encoding;
mod escapes;
mod events;
mod inputs;
#[path = "../shared/mutator.rs"]
mod mutator;
#[path = "../shared/stream.rs"]
mod stream;
