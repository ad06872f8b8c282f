//! Numbers in buckets of growing width: a quantile of any number of them in fixed memory.

/// Counts numbers below 2^`TOP`; larger ones count as the largest of these. Each doubling has 2^`BITS` buckets; a bucket remembers the sum of
/// its numbers too, so that a quantile is exact where all numbers of its bucket are equal, and within one part in 2^`BITS` otherwise. The
/// largest number of all is always exact. Without any number it holds no memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram<const BITS: u32, const TOP: u32> {
    buckets: Vec<Bucket>,
    largest: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    count: u64,
    sum: u64,
}

impl<const BITS: u32, const TOP: u32> Histogram<BITS, TOP> {
    /// One more than the bucket of the largest number.
    const BUCKETS: usize = ((TOP - BITS + 1) as usize) << BITS;

    #[inline]
    pub(crate) fn add(&mut self, number: u64) {
        let number = number.min(u64::MAX >> (64 - TOP));
        self.largest = self.largest.max(number);
        if self.buckets.is_empty() {
            self.buckets = vec![Bucket::default(); Self::BUCKETS];
        }
        if let Some(bucket) = self.buckets.get_mut(slot(number, BITS)) {
            bucket.count += 1;
            bucket.sum = bucket.sum.saturating_add(number);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.largest = self.largest.max(other.largest);
        if self.buckets.is_empty() {
            self.buckets.clone_from(&other.buckets);
            return;
        }
        for (bucket, other) in self.buckets.iter_mut().zip(&other.buckets) {
            bucket.count += other.count;
            bucket.sum = bucket.sum.saturating_add(other.sum);
        }
    }

    /// The number that half of all are not above; 0 when there are none.
    pub(crate) fn median(&self) -> u64 {
        self.per_mille(500)
    }

    /// The number that so many of a thousand are not above; 0 when there are none.
    pub(crate) fn per_mille(&self, share: u64) -> u64 {
        let total: u64 = self.buckets.iter().map(|bucket| bucket.count).sum();
        let mut rank = total.saturating_mul(share).div_ceil(1_000).max(1);
        for bucket in &self.buckets {
            if bucket.count > 0 && rank <= bucket.count {
                return (bucket.sum + bucket.count / 2) / bucket.count;
            }
            rank -= bucket.count;
        }
        0
    }

    pub(crate) fn largest(&self) -> u64 {
        self.largest
    }
}

/// The bucket of a number: its highest bit, and so many bits below.
#[inline]
fn slot(number: u64, bits: u32) -> usize {
    let Some(shift) = number.checked_ilog2().and_then(|high| high.checked_sub(bits)) else {
        return number as usize;
    };
    // The bits that are kept lie between 2^bits and twice that.
    ((shift as usize) << bits) + (number >> shift) as usize
}

#[cfg(test)]
mod tests {
    use super::{Histogram, slot};

    type Coarse = Histogram<3, 32>;

    #[test]
    fn buckets_follow_each_other() {
        let slots: Vec<usize> = (0..40).map(|number| slot(number, 3)).collect();
        assert_eq!(slots.get(..18), Some(&(0..16).chain([16, 16]).collect::<Vec<_>>()[..]));
        assert!(slots.is_sorted());
        assert_eq!(slot(u32::MAX.into(), 3), Coarse::BUCKETS - 1);
        assert_eq!(slot(u64::MAX, 7), Histogram::<7, 64>::BUCKETS - 1);
    }

    #[test]
    fn median_is_exact_for_equal_sizes_and_close_for_others() {
        let mut equal = Coarse::default();
        (0..9).for_each(|_| equal.add(1234));
        equal.add(7);
        assert_eq!(equal.median(), 1234);

        let mut spread = Coarse::default();
        (0..10_000).for_each(|size| spread.add(size));
        assert!(spread.median().abs_diff(5_000) < 5_000 / 8);
        assert_eq!(Coarse::default().median(), 0);
    }

    #[test]
    fn quantiles_of_a_million_numbers_are_close_and_the_largest_is_exact() {
        let mut fine = Histogram::<7, 64>::default();
        (1..=1_000_000).for_each(|number| fine.add(number));
        for (share, expected) in [(500, 500_000u64), (900, 900_000), (990, 990_000), (1, 1_000)] {
            assert!(fine.per_mille(share).abs_diff(expected) <= expected / 128, "{share}");
        }
        assert_eq!(fine.largest(), 1_000_000);
    }

    #[test]
    fn what_is_too_large_counts_as_the_largest_that_is_not() {
        let mut coarse = Coarse::default();
        coarse.add(u64::MAX);
        assert_eq!((coarse.median(), coarse.largest()), (u32::MAX.into(), u32::MAX.into()));
    }

    #[test]
    fn two_that_are_merged_are_as_one() {
        let (mut one, mut other, mut both) =
            (Coarse::default(), Coarse::default(), Coarse::default());
        for number in 0..100 {
            let half = if number % 3 == 0 { &mut one } else { &mut other };
            half.add(number);
            both.add(number);
        }
        let mut merged = Coarse::default();
        merged.merge(&one);
        merged.merge(&other);
        for share in [1, 250, 500, 999] {
            assert_eq!(merged.per_mille(share), both.per_mille(share));
        }
        assert_eq!(merged.largest(), 99);
    }
}
