//! Runs: their statuses, signals, questions, limits, and what happens when everything happens at once.

mod limits;
mod mailbox;
mod races;
mod registry;
mod status;
mod waits;

use mcp_engine_executor::{
    Error, KeyConfig, KeyId, Limits, Run, RunEvent, RunId, RunLimits, Runs, Scheduler, Task,
    TaskId, restore, snapshot,
};

/// A registry, its scheduler and a key.
struct Desk {
    scheduler: Scheduler,
    runs: Runs,
    key: KeyId,
}

impl Desk {
    fn new(limits: RunLimits) -> Self {
        let mut scheduler = Scheduler::new(Limits::default());
        let key = scheduler.open_key(&KeyConfig::default()).expect("room for a key");
        Self { scheduler, runs: Runs::new(limits), key }
    }

    fn try_open(&mut self, id: &str, now: u64) -> Result<RunId, Error> {
        let run = Run { workflow: "deploy", id, tag: 1, parent: None };
        let opened = self.runs.open(&run, &mut self.scheduler, now);
        self.runs.assert_sound();
        opened
    }

    /// A run that runs, with nothing to poll.
    fn running(&mut self, id: &str) -> RunId {
        let run = self.try_open(id, 0).expect("room for a run");
        self.runs.start(run, 0).expect("it can start");
        self.events();
        run
    }

    /// The process goes, and another one goes on.
    fn restart(&mut self, now: u64) {
        let bytes = snapshot(&self.scheduler, &self.runs, now, 0).expect("it is short");
        let restored = restore(&bytes, Limits::default(), *self.runs.limits(), now, 0);
        (self.scheduler, self.runs) = restored.expect("a snapshot can be restored");
        self.scheduler.assert_sound();
        self.runs.assert_sound();
        assert_eq!(snapshot(&self.scheduler, &self.runs, now, 0), Ok(bytes));
    }

    fn submit(&mut self, run: RunId) -> TaskId {
        let parent = Some(self.runs.scope(run).expect("the run is known"));
        self.scheduler.submit(&Task { parent, ..Task::new(self.key) }, 0).expect("room for a task")
    }

    fn events(&mut self) -> Vec<RunEvent> {
        let events = std::iter::from_fn(|| self.runs.poll_event()).collect();
        self.runs.assert_sound();
        events
    }
}
