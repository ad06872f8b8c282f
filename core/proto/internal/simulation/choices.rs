//! Where the decisions of a schedule come from: a seed, or bytes that somebody chose.
//!
//! Decisions that a seed has made can be written down as the bytes that make the same ones, so that a fuzzer can go on from
//! there, or make the schedule smaller.

/// A source of decisions.
#[derive(Debug)]
pub(super) enum Choices<'a> {
    /// Endless, from a seed: splitmix64.
    Seeded(u64),
    /// The same, written down.
    Recorded(u64, &'a mut Vec<u8>),
    /// One byte for each, two where there is more to choose from. When they are used up, always the first choice.
    Listed(&'a [u8]),
}

impl Choices<'_> {
    /// A number below `n`, which is at most 65,536, or 0.
    pub(super) fn below(&mut self, n: usize) -> usize {
        match self {
            Self::Seeded(state) => random_below(state, n),
            Self::Recorded(state, bytes) => {
                let chosen = random_below(state, n);
                if n > 256 {
                    bytes.push((chosen >> 8) as u8);
                }
                bytes.push(chosen as u8);
                chosen
            }
            Self::Listed(bytes) => {
                let mut byte = || bytes.split_off_first().map_or(0, |byte| usize::from(*byte));
                let high = if n > 256 { byte() << 8 } else { 0 };
                (high | byte()) % n.max(1)
            }
        }
    }

    /// True once in so many times.
    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    /// One of several.
    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// One of several, each as often as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, of: &[(usize, T)]) -> T {
        let mut at = self.below(of.iter().map(|(weight, _)| weight).sum());
        for (weight, one) in of {
            match at.checked_sub(*weight) {
                Some(rest) => at = rest,
                None => return *one,
            }
        }
        of[0].1
    }

    /// Whether there is nothing left to decide.
    pub(super) fn are_over(&self) -> bool {
        matches!(self, Self::Listed([]))
    }

    /// A line that somebody chose byte for byte; `None` where bytes are not chosen.
    pub(super) fn line(&mut self) -> Option<String> {
        match self {
            Self::Seeded(_) => None,
            Self::Recorded(_, bytes) => {
                bytes.push(0);
                None
            }
            Self::Listed(_) => {
                let length = self.below(256);
                self.text(length).filter(|line| !line.is_empty())
            }
        }
    }

    fn text(&mut self, length: usize) -> Option<String> {
        let Self::Listed(bytes) = self else { return None };
        let (line, rest) = bytes.split_at(length.min(bytes.len()));
        *bytes = rest;
        Some(String::from_utf8_lossy(line).replace(['\n', '\r'], " "))
    }
}

fn random_below(state: &mut u64, n: usize) -> usize {
    (next(state) % n.max(1) as u64) as usize
}

fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
