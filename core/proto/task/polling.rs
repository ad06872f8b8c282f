//! When to ask about a task again.

use super::entry::NS_OF_MS;
use crate::Now;

/// How often to ask about a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Polling {
    /// Nanoseconds to wait at least, whatever the other side suggests. Default 100 ms.
    pub shortest_ns: u64,
    /// Nanoseconds to wait at most. Default one minute.
    pub longest_ns: u64,
    /// Nanoseconds to wait first when the other side suggests nothing; then twice as long each time that nothing has
    /// changed. Default one second.
    pub first_ns: u64,
    /// Most requests for input in the life of one task. Default 1,024.
    pub input_keys: u32,
}

/// The next poll.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    polling: Polling,
    interval_ns: u64,
    next: Next,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    At(u64),
    /// The answer is on its way.
    Asked,
    Never,
}

/// How the time to the next poll changes where nothing is suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// It begins anew.
    Fresh,
    /// It doubles.
    Slower,
}

impl Default for Polling {
    fn default() -> Self {
        Self {
            shortest_ns: 100 * NS_OF_MS,
            longest_ns: 60_000 * NS_OF_MS,
            first_ns: 1_000 * NS_OF_MS,
            input_keys: 1_024,
        }
    }
}

impl Schedule {
    pub(super) fn new(polling: Polling) -> Self {
        Self { polling, interval_ns: polling.first_ns, next: Next::Asked }
    }

    pub(super) fn polling(&self) -> &Polling {
        &self.polling
    }

    /// When it is, unless it is never or its answer is on its way.
    pub(super) fn at(&self) -> Option<u64> {
        match self.next {
            Next::At(at) => Some(at),
            Next::Asked | Next::Never => None,
        }
    }

    /// Whether it is now. It counts as asked then.
    pub(super) fn take(&mut self, now: Now) -> bool {
        let is_due = self.at().is_some_and(|at| at <= now.mono_ns);
        if is_due {
            self.next = Next::Asked;
        }
        is_due
    }

    /// There was no answer.
    pub(super) fn missed(&mut self, now: Now) {
        if self.next == Next::Asked {
            self.wait(self.interval_ns.saturating_mul(2), now);
        }
    }

    /// There was one, with a suggestion or none.
    pub(super) fn plan(&mut self, suggested_ms: Option<u64>, pace: Pace, now: Now) {
        if self.next == Next::Never {
            return;
        }
        let interval_ns = match (suggested_ms, pace) {
            (Some(ms), _) => ms.saturating_mul(NS_OF_MS),
            (None, Pace::Slower) => self.interval_ns.saturating_mul(2),
            (None, Pace::Fresh) => self.polling.first_ns,
        };
        self.wait(interval_ns, now);
    }

    /// There is nothing more to ask.
    pub(super) fn stop(&mut self) {
        self.next = Next::Never;
    }

    fn wait(&mut self, interval_ns: u64, now: Now) {
        let at_least = interval_ns.max(self.polling.shortest_ns);
        self.interval_ns = at_least.min(self.polling.longest_ns);
        self.next = Next::At(now.mono_ns.saturating_add(self.interval_ns));
    }
}
