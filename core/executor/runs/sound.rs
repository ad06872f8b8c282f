//! The invariants, checked one by one: for the tests and the fuzz target. Linear in everything.

#![expect(clippy::arithmetic_side_effects, reason = "a panic is how a check reports what it found")]

use super::Runs;

impl Runs {
    /// # Panics
    ///
    /// Where an invariant does not hold.
    pub fn assert_sound(&self) {
        self.assert_waits();
        self.assert_runs();
        self.assert_lists();
        self.assert_limits();
    }

    fn assert_waits(&self) {
        let over = self.waits.iter().filter(|(_, wait)| wait.outcome.is_some()).count();
        assert_eq!(self.outcomes.iter(&self.waits).count(), over, "waits that are over");
        for (slot, run) in self.runs.iter() {
            let of_run = || self.waits.iter().filter(|(_, wait)| wait.run == slot);
            let open = of_run().filter(|(_, wait)| wait.outcome.is_none()).count();
            assert_eq!(run.waits.iter(&self.waits).count(), open, "open waits of run {slot}");
            assert_eq!(run.outcomes as usize, of_run().count() - open, "outcomes of run {slot}");
        }
        let owned = self.waits.iter().filter(|(_, wait)| self.id_of(wait.run).generation() > 0);
        assert_eq!(owned.count(), self.waits.len() as usize, "waits without a run");
    }

    fn assert_runs(&self) {
        for (slot, run) in self.runs.iter() {
            let is_over = run.status.is_over();
            assert_eq!(self.ids.get(&run.id), Some(&slot), "the id of run {slot}");
            assert!(!is_over || run.mailbox.iter().next().is_none(), "signals of ended run {slot}");
            assert!(!is_over || run.waits.is_empty(), "waits of ended run {slot}");
            let kept = || run.mailbox.iter().map(|signal| signal.version);
            assert!(kept().zip(kept().skip(1)).all(|(one, next)| one < next));
            assert!(kept().all(|version| version <= run.mailbox.version()));
            let siblings = &self.workflows[run.workflow].runs;
            assert!(siblings.iter(&self.runs).any(|other| other == slot), "workflow of run {slot}");
        }
        let mut scopes = self.scopes.values().map(|slot| &self.runs[*slot]);
        assert!(scopes.all(|run| !run.status.is_over()), "the scope of an ended run");
    }

    fn assert_lists(&self) {
        let runs = self.runs.len() as usize;
        assert_eq!(self.ids.len(), runs);
        assert_eq!(self.recent.iter(&self.runs).count(), runs, "the list of all");
        let over = self.runs.iter().filter(|(_, run)| run.status.is_over()).count();
        assert_eq!(self.finished.iter(&self.runs).count(), over, "the list of those that ended");
        assert_eq!(self.ended as usize, over);
        let unpolled = self.runs.iter().filter(|(_, run)| run.unpolled).count();
        assert_eq!(self.telling.iter(&self.runs).count(), unpolled, "the list of news");
        let listed: usize =
            self.workflows.iter().map(|(_, one)| one.runs.iter(&self.runs).count()).sum();
        assert_eq!(listed, runs, "the lists of workflows");
        assert_eq!(self.names.len(), self.workflows.len() as usize);
        assert!(self.workflows.iter().all(|(_, one)| !one.runs.is_empty()));
    }

    fn assert_limits(&self) {
        let runs: usize = self.runs.iter().map(|(_, run)| run.bytes()).sum();
        let waits: usize = self.waits.iter().map(|(_, wait)| wait.bytes()).sum();
        let names: usize = self.workflows.iter().map(|(_, one)| one.name.len()).sum();
        assert_eq!(self.held, (runs + waits + names) as u64, "bytes that are held");
        assert!(self.held <= self.limits.bytes);
        assert!(self.runs.len() <= self.limits.runs && self.waits.len() <= self.limits.waits);
        for (_, run) in self.runs.iter() {
            assert!(run.mailbox.iter().count() <= self.limits.signals as usize);
            assert!(run.mailbox.bytes() <= self.limits.signal_bytes as usize);
        }
    }
}
