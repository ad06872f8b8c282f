//! How fast: rate limits.

use crate::wheel::NEVER;

/// At most so many starts in a period, and so many at once.
///
/// ```
/// use mcp_engine_executor::Rate;
///
/// // A hundred a minute, of which ten may come at once.
/// let rate = Rate { starts: 100, period_ns: 60_000_000_000, burst: 10 };
/// # let _ = rate;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Starts in a period; 0 counts as 1.
    pub starts: u32,
    /// Nanoseconds.
    pub period_ns: u64,
    /// Starts that may follow one another at once; 0 counts as 1.
    pub burst: u32,
}

/// A rate and what was used of it: the generic cell rate algorithm, three numbers and no timer of its own.
///
/// `due` is when the bucket will be full again; a start is allowed as long as that is no further ahead than `slack`. What is promised
/// and not taken yet counts as if it were taken last, so that a promise can be kept whenever it is called in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    interval: u64,
    slack: u64,
    due: u64,
    promised: u32,
}

impl Default for Pace {
    /// Without a limit.
    fn default() -> Self {
        Self { interval: 0, slack: NEVER, due: 0, promised: 0 }
    }
}

impl Pace {
    pub(crate) fn new(rate: Option<Rate>) -> Self {
        let Some(Rate { starts, period_ns, burst }) = rate else {
            return Self::default();
        };
        let interval = period_ns.div_ceil(u64::from(starts.max(1)));
        let slack = interval.saturating_mul(u64::from(burst.max(1)).saturating_sub(1));
        Self { interval, slack, due: 0, promised: 0 }
    }

    /// When the next start may be promised or taken; that may be past. `NEVER` as long as promises have to be kept first.
    pub(crate) fn ready_at(&self) -> u64 {
        if self.interval == 0 {
            return 0;
        }
        let promised = self.interval.saturating_mul(u64::from(self.promised));
        match self.slack.checked_sub(promised) {
            Some(slack) => self.due.saturating_sub(slack),
            None => NEVER,
        }
    }

    pub(crate) fn promise(&mut self) {
        self.promised = self.promised.wrapping_add(u32::from(self.interval != 0));
    }

    /// Undoes a promise.
    pub(crate) fn release(&mut self) {
        self.promised = self.promised.saturating_sub(1);
    }

    /// Keeps a promise, or takes what was ready.
    #[inline]
    pub(crate) fn take(&mut self, now: u64) {
        if self.interval == 0 {
            return;
        }
        self.release();
        self.due = self.due.max(now).saturating_add(self.interval);
    }

    /// The interval and the slack.
    pub(crate) fn rate(&self) -> (u64, u64) {
        (self.interval, self.slack)
    }

    /// With an interval, a slack and a debt, unless the debt is more than the others can have led to.
    pub(crate) fn restored(interval: u64, slack: u64, debt: u64) -> Option<Self> {
        let most = interval.saturating_add(slack);
        (debt <= most).then_some(Self { interval, slack, due: 0, promised: 0 })
    }

    /// How far ahead `due` is.
    pub(crate) fn debt(&self, now: u64) -> u64 {
        self.due.saturating_sub(now)
    }

    pub(crate) fn set_debt(&mut self, now: u64, debt: u64) {
        self.due = now.saturating_add(debt);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_each_interval() {
        let mut pace = Pace::new(Some(Rate { starts: 10, period_ns: 1_000, burst: 3 }));
        let mut starts = Vec::new();
        for now in 0..400 {
            while pace.ready_at() <= now {
                pace.take(now);
                starts.push(now);
            }
        }
        assert_eq!(starts, [0, 0, 0, 100, 200, 300]);
    }

    #[test]
    fn without_a_rate_everything_is_allowed_at_once() {
        let mut pace = Pace::new(None);
        (0..1000).for_each(|_| pace.take(5));
        assert!(pace.ready_at() <= 5);
    }

    #[test]
    fn promises_are_kept_at_any_time() {
        let mut pace = Pace::new(Some(Rate { starts: 1, period_ns: 100, burst: 2 }));
        pace.promise();
        pace.promise();
        assert_eq!(pace.ready_at(), NEVER);
        pace.take(1_000);
        assert_eq!(pace.ready_at(), 1_100);
        pace.release();
        assert_eq!(pace.ready_at(), 1_000);
        pace.take(1_000);
        assert_eq!(pace.ready_at(), 1_100);
    }
}
