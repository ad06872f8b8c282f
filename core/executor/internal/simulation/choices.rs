//! Where the decisions of a schedule come from: a seed, or bytes that somebody chose.

/// A source of decisions.
#[derive(Debug)]
pub(super) enum Choices<'a> {
    /// Endless, from a seed: splitmix64.
    Seeded(u64),
    /// One byte for each. When they are used up, always the first choice.
    Listed(&'a [u8]),
}

impl Choices<'_> {
    /// A number below `n`, which is at most 256, or 0.
    pub(super) fn below(&mut self, n: usize) -> usize {
        let number = match self {
            Self::Seeded(state) => next(state),
            Self::Listed(bytes) => bytes.split_off_first().map_or(0, |byte| u64::from(*byte)),
        };
        (number % n.max(1) as u64) as usize
    }

    /// True once in so many times.
    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    /// One of several.
    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Whether there is nothing left to decide.
    pub(super) fn are_over(&self) -> bool {
        matches!(self, Self::Listed([]))
    }
}

fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
