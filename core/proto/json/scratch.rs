//! What a scan writes down as it goes.

use super::keys::{Keys, Seed};

/// The memory of a scan. Kept from text to text, so that it is made once.
#[derive(Debug)]
pub(crate) struct Scratch {
    /// The keys of the open objects.
    pub(super) keys: Keys,
    /// Where the next special bytes stand; see `arch::marks`. Whatever a scan leaves here, the next one overwrites
    /// before it reads.
    pub(super) marks: [u8; MARKS],
}

/// One mark for each of 256 bytes, and a vector more, for marks are written by whole vectors.
pub(super) const MARKS: usize = 256 + 64;

impl Scratch {
    pub(crate) fn new(seed: Seed) -> Self {
        Self { keys: Keys::new(seed), marks: [0; MARKS] }
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new(Seed::default())
    }
}
