//! From the clock of the one who took the snapshot to that of the one who restores it.

use crate::wheel::NEVER;

/// Writes times down as distances from the moment of the snapshot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken(pub(crate) u64);

/// Reads them, on another clock and some time later.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Restored {
    pub(crate) now: u64,
    /// Nanoseconds since the snapshot.
    pub(crate) elapsed: u64,
}

impl Taken {
    pub(crate) fn distance(self, time: u64) -> i64 {
        if time == NEVER {
            return i64::MAX;
        }
        let distance = i128::from(time).saturating_sub(i128::from(self.0));
        distance.clamp(i64::MIN.into(), (i64::MAX - 1).into()) as i64
    }
}

impl Restored {
    pub(crate) fn time(self, distance: i64) -> u64 {
        if distance == i64::MAX {
            return NEVER;
        }
        let moment = i128::from(self.now).saturating_sub(i128::from(self.elapsed));
        let time = moment.saturating_add(i128::from(distance));
        time.clamp(0, (NEVER - 1).into()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_their_distances() {
        let restored = Restored { now: 1_000, elapsed: 30 };
        let again = |time| restored.time(Taken(500).distance(time));
        assert_eq!([500, 530, 400].map(again), [970, 1_000, 870]);
        assert_eq!((again(NEVER), again(NEVER - 1)), (NEVER, restored.time(i64::MAX - 1)));
        assert_eq!(Restored { now: 5, elapsed: 30 }.time(-100), 0);
    }
}
