//! Some scheduler and some runs, in the middle of whatever a seed makes up.

use mcp_engine_executor::{
    Ask, Completion, Event, Failure, Finish, KeyConfig, KeyId, Limits, Policy, PolicyId, Priority,
    QuotaConfig, Rate, Run, RunId, RunLimits, Runs, Scheduler, Scope, Task, TaskId, Wait, WaitId,
    Waited, snapshot,
};

pub(crate) struct Scene {
    seed: u64,
    pub(crate) now: u64,
    pub(crate) scheduler: Scheduler,
    pub(crate) runs: Runs,
    keys: Vec<KeyId>,
    policies: Vec<PolicyId>,
    tasks: Vec<TaskId>,
    scopes: Vec<TaskId>,
    handed_out: Vec<TaskId>,
    opened: Vec<RunId>,
    waits: Vec<WaitId>,
}

pub(crate) const RUN_LIMITS: RunLimits = RunLimits {
    runs: 12,
    finished: 4,
    finished_ns: 1_000,
    waits: 16,
    signals: 4,
    signal_bytes: 64,
    name_bytes: 16,
    payload_bytes: 32,
    bytes: 4_096,
};

pub(crate) const LIMITS: Limits =
    Limits { tasks: 48, running: 4, keys: 6, quotas: 3, dependencies: 24, policies: 4 };

impl Scene {
    pub(crate) fn new(seed: u64) -> Self {
        let mut scene = Self {
            seed,
            now: 1_000,
            scheduler: Scheduler::new(LIMITS),
            runs: Runs::new(RUN_LIMITS),
            keys: Vec::new(),
            policies: vec![PolicyId::ONCE],
            tasks: Vec::new(),
            scopes: Vec::new(),
            handed_out: Vec::new(),
            opened: Vec::new(),
            waits: Vec::new(),
        };
        scene.furnish();
        scene
    }

    pub(crate) fn snapshot(&self) -> Vec<u8> {
        snapshot(&self.scheduler, &self.runs, self.now, 0).expect("it is short")
    }

    /// Whether something is to be forgotten at a restoration.
    pub(crate) fn has_late_drivers(&self) -> bool {
        let is_late = |id: &&TaskId| {
            !matches!(
                self.scheduler.state(**id),
                Ok(mcp_engine_executor::State::Running | mcp_engine_executor::State::Stopping)
            )
        };
        self.handed_out.iter().filter(is_late).count() > 0
    }

    fn below(&mut self, n: usize) -> usize {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let at = self.below(of.len());
        of.get(at).copied()
    }

    fn furnish(&mut self) {
        let rate = Some(Rate { starts: 1, period_ns: 50, burst: 2 });
        let mut quotas = Vec::new();
        for at in 0..3 {
            let config = QuotaConfig { concurrency: Some(2), rate: rate.filter(|_| at == 1) };
            quotas.push(self.scheduler.open_quota(&config).expect("room"));
        }
        // A hole, and a place that was used twice.
        self.scheduler.close_quota(quotas[0]).expect("nobody uses it");
        for at in 0..5 {
            let config = KeyConfig {
                concurrency: (at == 2).then_some(1),
                weight: at + 1,
                rate: rate.filter(|_| at == 3),
                quotas: if at % 2 == 0 { &quotas[1..] } else { &[] },
                ..KeyConfig::default()
            };
            self.keys.push(self.scheduler.open_key(&config).expect("room"));
        }
        let closed = self.keys.swap_remove(0);
        self.scheduler.close_key(closed).expect("nobody uses it");
        for pattern in ["*", "tools.*"] {
            let policy = Policy { final_kinds: vec!["fatal".into()], ..Policy::default() };
            self.policies.push(self.scheduler.set_policy(pattern, policy).expect("room"));
        }
    }

    pub(crate) fn act(&mut self) {
        match self.below(20) {
            0..=5 => self.submit(),
            6 => self.open_scope(),
            7..=8 => self.hand_out(),
            9 => self.complete(),
            10 => self.change_one(),
            11 => self.pass(),
            12 => self.hear(),
            13 => self.open_run(),
            14 => self.change_run(),
            15..=16 => self.signal(),
            17 => self.wait(),
            18 => self.ask(),
            _ => self.answer(),
        }
    }

    fn submit(&mut self) {
        let key = self.pick(&self.keys.clone()).expect("a key");
        let after: Vec<_> =
            (0..self.below(3)).filter_map(|_| self.pick(&self.tasks.clone())).collect();
        let deadline = self.now + 10 * self.below(50) as u64;
        let task = Task {
            tag: self.below(1_000) as u64,
            parent: self.pick(&self.scopes.clone()),
            after: &after,
            priority: self.pick(&Priority::ALL).expect("a priority"),
            deadline_ns: (self.below(3) == 0).then_some(deadline),
            attempt_ns: (self.below(3) == 0).then_some(40),
            policy: self.pick(&self.policies.clone()).expect("a policy"),
            ..Task::new(key)
        };
        self.tasks.extend(self.scheduler.submit(&task, self.now));
    }

    fn open_scope(&mut self) {
        let scope = Scope { parent: self.pick(&self.scopes.clone()), ..Scope::default() };
        if let Ok(id) = self.scheduler.open_scope(&scope) {
            self.scopes.push(id);
            self.tasks.push(id);
        }
    }

    fn hand_out(&mut self) {
        if let Some(ready) = self.scheduler.poll_ready(self.now) {
            self.handed_out.push(ready.id);
        }
    }

    fn complete(&mut self) {
        if self.handed_out.is_empty() {
            return;
        }
        let at = self.below(self.handed_out.len());
        let id = self.handed_out.swap_remove(at);
        let failed = Completion::Failed(Failure::default());
        let completion = if self.below(2) == 0 { failed } else { Completion::Succeeded };
        self.scheduler.complete(id, completion, self.now).expect("it runs");
    }

    fn change_one(&mut self) {
        let Some(id) = self.pick(&self.tasks.clone()) else { return };
        let now = self.now;
        let _ = match self.below(4) {
            0 => self.scheduler.cancel(id, now).map(drop),
            1 => self.scheduler.close_scope(id, now),
            2 => self.scheduler.resume(id, now),
            _ => self.scheduler.pause(id, now),
        };
    }

    fn pass(&mut self) {
        self.now += [1, 20, 100][self.below(3)];
        self.scheduler.handle_timeout(self.now);
        self.runs.handle_timeout(self.now);
    }

    fn hear(&mut self) {
        while let Some(event) = self.scheduler.poll_event() {
            if let Event::Ended { id, outcome, .. } = event {
                self.runs.scope_ended(id, outcome, self.now);
            }
        }
        for _ in 0..self.below(6) {
            self.runs.poll_event();
        }
    }

    fn open_run(&mut self) {
        let number = self.below(1_000_000);
        let run = Run {
            workflow: ["deploy", "review"][number % 2],
            id: &format!("{number:x}"),
            tag: number as u64,
            parent: self.pick(&self.scopes.clone()),
        };
        if let Ok(run) = self.runs.open(&run, &mut self.scheduler, self.now) {
            self.opened.push(run);
            self.scopes.push(self.runs.scope(run).expect("it is known"));
        }
    }

    fn change_run(&mut self) {
        let Some(run) = self.pick(&self.opened.clone()) else { return };
        let (choice, now) = (self.below(8), self.now);
        let Self { runs, scheduler, .. } = self;
        let _ = match choice {
            0 => runs.schedule(run, now),
            1..=3 => runs.start(run, now),
            4 => runs.pause(run, scheduler, now),
            5 => runs.resume(run, scheduler, now),
            6 => runs.finish(run, Finish::Completed(b"result"), scheduler, now),
            _ => runs.cancel(run, scheduler, now).map(drop),
        };
    }

    fn signal(&mut self) {
        let Some(run) = self.pick(&self.opened.clone()) else { return };
        let name = ["go", "stop"][self.below(2)];
        let payload = vec![7; self.below(20)];
        let _ = self.runs.signal(run, name, &payload, self.now);
    }

    fn wait(&mut self) {
        let Some(run) = self.pick(&self.opened.clone()) else { return };
        let wait = Wait {
            name: ["go", "stop"][self.below(2)],
            after: self.below(5) as u64,
            deadline_ns: (self.below(2) == 0).then_some(self.now + 100),
            tag: 1,
        };
        if let Ok(Waited::Waits(wait)) = self.runs.wait(run, &wait, self.now) {
            self.waits.push(wait);
        }
    }

    fn ask(&mut self) {
        let Some(run) = self.pick(&self.opened.clone()) else { return };
        let ask = Ask { prompt: b"may I?", deadline_ns: Some(self.now + 300), tag: 2 };
        self.waits.extend(self.runs.ask(run, &ask, self.now));
    }

    fn answer(&mut self) {
        let Some(wait) = self.pick(&self.waits.clone()) else { return };
        let now = self.now;
        let _ = match self.below(3) {
            0 => self.runs.answer(wait, Ok(b"yes"), now),
            1 => self.runs.answer(wait, Err("nobody"), now),
            _ => self.runs.withdraw(wait, now),
        };
    }
}
