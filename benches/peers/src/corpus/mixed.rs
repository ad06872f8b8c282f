//! A realistic session: every thousand messages hold the same hand of kinds, each hand in an order
//! of its own.
//!
//! Dealing whole hands keeps the mean size and the share of each kind exact at every length that is
//! a multiple of a thousand.

use fastrand::Rng;

use super::{Kind, SEED, Sent, message};

/// About `count` messages: the nearest number of whole hands, one at least.
pub(super) fn session(count: usize) -> Vec<Sent> {
    let kinds = (0..((count + 500) / 1000).max(1)).flat_map(hand);
    kinds.enumerate().map(|(variant, kind)| message(kind, variant)).collect()
}

fn hand(number: usize) -> Vec<Kind> {
    let mut kinds: Vec<Kind> =
        SHARES.iter().flat_map(|(kind, share)| std::iter::repeat_n(*kind, *share)).collect();
    Rng::with_seed(SEED.rotate_left(17) ^ number as u64).shuffle(&mut kinds);
    kinds
}

const SHARES: [(Kind, usize); 13] = [
    (Kind::Progress, 274),
    (Kind::Cancelled, 26),
    (Kind::Call, 200),
    (Kind::CallMeta, 112),
    (Kind::Initialize, 2),
    (Kind::Result, 264),
    (Kind::Error, 30),
    (Kind::Code4k, 41),
    (Kind::Utf84k, 24),
    (Kind::Deep, 10),
    (Kind::Struct, 11),
    (Kind::Tools, 4),
    (Kind::Code64k, 2),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_is_a_thousand_messages() {
        assert_eq!(SHARES.iter().map(|(_, share)| share).sum::<usize>(), 1000);
    }
}
