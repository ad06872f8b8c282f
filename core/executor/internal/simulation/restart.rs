//! The process goes, and another one goes on from a snapshot.

use super::world::World;
use crate::{RunLimits, Runs, restore, snapshot};

impl World<'_> {
    /// Most restarts come between verbs, some before what was said is heard.
    pub(super) fn restart(&mut self) {
        match self.choices.below(3) {
            0 => self.pass_time(),
            1 => self.on_one(|at, world| world.oracle.exists(at), Self::cancel_at),
            _ => {}
        }
        self.verb("restart");
        let now = self.oracle.now;
        let runs = Runs::new(RunLimits::default());
        let bytes = snapshot(&self.scheduler, &runs, now, 0).expect("it is short");
        let restored = restore(&bytes, self.oracle.limits, RunLimits::default(), now, 0);
        let (scheduler, runs) = restored.expect("a snapshot can be restored");
        runs.assert_sound();
        self.tell(|| format!("restart from {} bytes", bytes.len()));
        self.told_before += self.scheduler.counters().ended();
        self.scheduler = scheduler;
        self.forget_drivers();
    }

    /// What ran is not run by anybody any more.
    fn forget_drivers(&mut self) {
        for at in 0..self.oracle.tasks.len() {
            let task = &mut self.oracle.tasks[at];
            if task.running.take().is_none() {
                continue;
            }
            task.attempt_is_late = false;
            if task.decided.is_none() {
                self.report.see("interrupted");
            }
            let task = &self.oracle.tasks[at];
            let key = task.key.expect("a task has a key");
            for capacity in &self.oracle.keys[key].capacities {
                self.oracle.capacities[*capacity].running -= 1;
            }
        }
        self.oracle.end_scopes();
    }
}
