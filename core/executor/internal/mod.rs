//! Hidden: what this repository's own tests, fuzz targets and benchmarks need. It promises nothing.

pub mod simulation;

/// The body of the fuzz target `scheduler`: bytes decide a schedule, and every rule must hold in it.
pub fn scheduler(input: &[u8]) {
    simulation::play_bytes(input, None);
}
