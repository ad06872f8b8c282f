//! Time, which passes in steps around deadlines.

use super::ledger::{Fate, Own};
use super::plan::SECOND;
use super::world::{BOTH, World};

impl World<'_> {
    /// Lets time pass: a little, up to a deadline, or over many.
    pub(super) fn pass(&mut self) {
        let next = BOTH.map(|role| self.pair.side(role).connection.poll_timeout());
        let next = next.into_iter().flatten().min().unwrap_or_default();
        let to_deadline = next.saturating_sub(self.pair.now.mono_ns);
        let ns = match self.choices.below(6) {
            0 => 1,
            1 => SECOND / 2,
            2 => to_deadline.saturating_sub(1),
            3 => to_deadline,
            4 => 3 * SECOND,
            _ => 70 * SECOND,
        };
        let is_late = self.choices.one_in(3);
        self.pass_ns(ns, is_late.then_some(()).map_or(Punctual::Always, |()| Punctual::AtTheEnd));
    }

    pub(super) fn pass_ns(&mut self, ns: u64, punctual: Punctual) {
        self.is_hurried |= ns > 0 && self.pair.client.connection.version().is_none();
        let end = self.pair.now.after(ns);
        self.say(|_| format!("{ns} ns pass"));
        if punctual == Punctual::Always {
            while let Some(at) = self.next_deadline().filter(|at| *at < end.mono_ns) {
                self.pair.now = self.pair.now.after(at.saturating_sub(self.pair.now.mono_ns));
                self.ring();
            }
        }
        self.pair.now = end;
        self.ring();
    }

    fn next_deadline(&self) -> Option<u64> {
        BOTH.iter().filter_map(|role| self.pair.side(*role).connection.poll_timeout()).min()
    }

    /// Calls both sides at their time; none is late afterwards.
    fn ring(&mut self) {
        let now = self.pair.now;
        for role in BOTH {
            self.pair.side_mut(role).connection.handle_timeout(now);
            let next = self.pair.side(role).connection.poll_timeout();
            assert!(
                next.is_none_or(|at| at > now.mono_ns),
                "{role:?} is late: {next:?} at {now:?}"
            );
        }
        self.poll();
        for role in BOTH {
            let late = |own: &Own| own.fate == Fate::Open && own.is_due(now.mono_ns);
            let late = self.ledger(role).own.values().find(|own| late(own)).cloned();
            assert!(late.is_none(), "out of time, but not over: {late:?}");
        }
    }
}

/// Whether timers ring in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Punctual {
    Always,
    AtTheEnd,
}
