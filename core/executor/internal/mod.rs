//! Hidden: what this repository's own tests, fuzz targets and benchmarks need. It promises nothing.

pub mod restored;
pub mod simulation;

/// The body of the fuzz target `scheduler`: bytes decide a schedule, and every rule must hold in it.
pub fn scheduler(input: &[u8]) {
    simulation::play_bytes(input, None);
}

/// The body of the fuzz target `snapshot`: whatever bytes say, what is restored from them is sound and comes to an end.
pub fn snapshot(input: &[u8]) {
    restored::try_bytes(input);
}
