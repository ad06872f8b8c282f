//! Sizes in buckets of growing width: a median of any number of messages in fixed memory.

/// Counts sizes. Each doubling has eight buckets; a bucket remembers the sum of its sizes too, so that
/// the median is exact where all sizes of its bucket are equal, and within an eighth otherwise.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    buckets: [Bucket; BUCKETS],
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    count: u64,
    sum: u64,
}

impl Histogram {
    #[inline]
    pub(super) fn add(&mut self, size: u32) {
        if let Some(bucket) = self.buckets.get_mut(slot(size)) {
            bucket.count += 1;
            bucket.sum += u64::from(size);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (bucket, other) in self.buckets.iter_mut().zip(&other.buckets) {
            bucket.count += other.count;
            bucket.sum += other.sum;
        }
    }

    /// The size that half of all are not above; 0 when there are none.
    pub(super) fn median(&self) -> u64 {
        let total: u64 = self.buckets.iter().map(|bucket| bucket.count).sum();
        let mut rank = total.div_ceil(2);
        for bucket in &self.buckets {
            if bucket.count > 0 && rank <= bucket.count {
                return (bucket.sum + bucket.count / 2) / bucket.count;
            }
            rank -= bucket.count;
        }
        0
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: [Bucket::default(); BUCKETS] }
    }
}

/// The bucket of a size: its highest bit, and the three bits below.
#[inline]
fn slot(size: u32) -> usize {
    let Some(shift) = size.checked_ilog2().and_then(|high| high.checked_sub(3)) else {
        return size as usize;
    };
    // The bits that are kept lie between 8 and 15.
    (shift as usize) * 8 + (size >> shift) as usize
}

/// One more than the bucket of the largest size.
const BUCKETS: usize = 29 * 8 + 8;

#[cfg(test)]
mod tests {
    use super::{BUCKETS, Histogram, slot};

    #[test]
    fn buckets_follow_each_other() {
        let slots: Vec<usize> = (0..40).map(slot).collect();
        assert_eq!(slots.get(..18), Some(&(0..16).chain([16, 16]).collect::<Vec<_>>()[..]));
        assert!(slots.is_sorted());
        assert_eq!(slot(u32::MAX), BUCKETS - 1);
    }

    #[test]
    fn median_is_exact_for_equal_sizes_and_close_for_others() {
        let mut equal = Histogram::default();
        (0..9).for_each(|_| equal.add(1234));
        equal.add(7);
        assert_eq!(equal.median(), 1234);

        let mut spread = Histogram::default();
        (0..10_000).for_each(|size| spread.add(size));
        assert!(spread.median().abs_diff(5_000) < 5_000 / 8);
        assert_eq!(Histogram::default().median(), 0);
    }
}
