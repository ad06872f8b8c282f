//! When something that has failed is tried again.

use std::time::Duration;

use tokio::time::Instant;

/// How often something has failed in a row, and until when it is left alone: twice as long each time.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    attempts: u32,
    again: Option<Instant>,
}

impl Backoff {
    /// It has failed. Says how often by now.
    pub(crate) fn failed(&mut self) -> u32 {
        self.attempts = self.attempts.saturating_add(1);
        let wait = FIRST_WAIT.saturating_mul(1 << self.attempts.min(8)).min(LONGEST_WAIT);
        self.again = Some(Instant::now() + wait);
        self.attempts
    }

    /// It has not.
    pub(crate) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// Until when it is left alone; `None` when it may be tried.
    pub(crate) fn until(&self) -> Option<Instant> {
        self.again.filter(|again| Instant::now() < *again)
    }
}

const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
