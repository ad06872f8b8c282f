//! Random schedules, repeated by their seed: every request that waits gets exactly one answer, and nothing is left over.

use std::collections::{BTreeMap, BTreeSet};

use mcp_engine::Method;
use mcp_engine::connection::Reply;
use mcp_engine::task::{NewTask, Status, TaskEvent, TaskId, TaskLimits, TaskRequest, Ttl};
use serde_json::json;

use crate::stage::{ALICE, Bench, MALLORY, core, extension, named, raw, text, tool_error, update};

/// A schedule, and what must come of it.
struct Schedule {
    bench: Bench,
    random: u64,
    tasks: Vec<TaskId>,
    /// The last status that was seen of each task.
    seen: BTreeMap<TaskId, Status>,
    waiting: BTreeSet<u32>,
    answered: BTreeSet<u32>,
    created: u64,
    expired: u64,
}

impl Schedule {
    fn new(seed: u64) -> Self {
        let limits = TaskLimits {
            tasks: 12,
            tasks_per_principal: 8,
            waiters: 10,
            waiters_per_principal: 7,
            bytes: 20_000,
            events: 6,
            input_keys: 5,
            ..TaskLimits::default()
        };
        Self {
            bench: Bench::with(limits),
            random: seed,
            tasks: Vec::new(),
            seen: BTreeMap::new(),
            waiting: BTreeSet::new(),
            answered: BTreeSet::new(),
            created: 0,
            expired: 0,
        }
    }

    fn below(&mut self, n: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.random >> 33) % n
    }

    fn some_task(&mut self) -> Option<TaskId> {
        let n = self.tasks.len() as u64;
        (n > 0).then(|| self.below(n)).map(|at| self.tasks[at as usize])
    }

    fn step(&mut self) {
        let id = self.some_task();
        let now = self.bench.now;
        match (self.below(14), id) {
            (0 | 1, _) | (_, None) => self.create(),
            (2, _) => {
                let ms = self.below(3_000);
                self.bench.wait(ms);
            }
            (3 | 4, Some(id)) => self.wait_for(id),
            (5, Some(id)) => self.finish(id),
            (6, Some(id)) => {
                let _ = self.bench.cancel(id);
            }
            (7, Some(id)) => {
                let context = if self.below(2) == 0 { core() } else { extension() };
                self.bench.ask(context, Method::CancelTask, &named(id)).expect("an answer");
            }
            (8, Some(id)) => {
                let key = self.below(9).to_string();
                let _ = self.bench.require(id, &[&key]);
                let _ = self.bench.tasks.require_input(id, None, now);
            }
            (9, Some(id)) => {
                let keys = [self.below(9).to_string(), self.below(9).to_string()];
                let keys = [keys[0].as_str(), keys[1].as_str()];
                let params = update(id, &keys);
                self.bench.ask(extension(), Method::UpdateTask, &params).expect("an answer");
            }
            (10, Some(id)) => {
                let _ = self.bench.tasks.resume(id, now);
            }
            (11, Some(id)) => {
                let _ = self.bench.tasks.keep(id, Ttl::Milliseconds(2_000), now);
            }
            (12, _) => self.withdraw(),
            (_, _) => self.poll_one(),
        }
    }

    fn create(&mut self) {
        let context = if self.below(2) == 0 { core() } else { extension() };
        let principal = if self.below(3) == 0 { MALLORY } else { ALICE };
        let ttl = Ttl::Milliseconds(1_000 + self.below(20_000));
        let new = NewTask::new(Method::CallTool, context, principal).ttl(ttl);
        if let Ok((id, _)) = self.bench.try_create(new) {
            self.tasks.push(id);
            self.created += 1;
        }
    }

    fn wait_for(&mut self, id: TaskId) {
        let params = json!({ "taskId": id.to_string() }).to_string();
        for principal in [ALICE, MALLORY] {
            let name = self.waiting.len() as u32;
            let request = TaskRequest {
                method: Method::TaskResult,
                params: Some(raw(&params)),
                context: core(),
                principal,
            };
            if self.bench.tasks.handle(name, &request, self.bench.now).is_none() {
                self.waiting.insert(name);
            }
        }
    }

    fn finish(&mut self, id: TaskId) {
        let long = "x".repeat(self.below(3_000) as usize);
        let reply = match self.below(3) {
            0 => text(&long),
            1 => tool_error(&long),
            _ => Reply::error(-32603, &long),
        };
        let _ = self.bench.finish(id, reply);
    }

    fn withdraw(&mut self) {
        let open: Vec<_> = self.waiting.difference(&self.answered).copied().collect();
        if !open.is_empty() {
            let at = self.below(open.len() as u64) as usize;
            self.bench.tasks.withdraw(&open[at]);
        }
    }

    /// Takes one of everything that waits to be polled.
    fn poll_one(&mut self) {
        if let Some((name, _)) = self.bench.tasks.poll_answer() {
            assert!(self.waiting.contains(&name), "{name} did not wait");
            assert!(self.answered.insert(name), "{name} was answered twice");
        }
        if let Some(TaskEvent::Expired(id)) = self.bench.tasks.poll_event() {
            assert_eq!(self.bench.tasks.status(id), None);
            self.expired += 1;
        }
        self.bench.tasks.poll_notice();
    }

    /// What holds after every step.
    fn check(&mut self) {
        let limits = *self.bench.tasks.limits();
        let tasks = &self.bench.tasks;
        assert!(tasks.len() <= limits.tasks as usize);
        assert!(tasks.held_bytes() as u64 <= limits.bytes);
        for id in &self.tasks {
            let Some(status) = tasks.status(*id) else { continue };
            let before = self.seen.insert(*id, status).unwrap_or(Status::Working);
            assert!(before == status || before.may_become(status), "{before} to {status}");
            assert!(!status.is_terminal() || tasks.waiters(*id).next().is_none());
        }
        assert!(tasks.poll_timeout().is_some() || tasks.is_empty());
    }

    /// Lets everything expire.
    fn end(mut self) {
        self.bench.wait(100_000_000);
        let now = self.bench.now;
        self.bench.tasks.handle_timeout(now);
        assert!(self.bench.tasks.is_empty());
        let per_poll = self.created + self.waiting.len() as u64 + 10_000;
        (0..per_poll).for_each(|_| self.poll_one());
        assert_eq!(self.answered, self.waiting, "everyone who has waited has an answer");
        let tasks = &mut self.bench.tasks;
        assert_eq!((tasks.held_bytes(), tasks.poll_timeout()), (0, None));
        assert!(tasks.poll_event().is_none() && tasks.poll_notice().is_none());
        assert!(tasks.poll_answer().is_none());
        let counters = tasks.counters();
        assert_eq!((counters.created, counters.expired), (self.created, self.expired));
        let ended = counters.completed + counters.failed + counters.cancelled;
        assert!(ended <= counters.created);
    }
}

#[test]
fn every_waiter_gets_exactly_one_answer_whatever_happens() {
    let mut waited = 0;
    for seed in 0..200 {
        let mut schedule = Schedule::new(seed);
        for _ in 0..400 {
            schedule.step();
            schedule.check();
        }
        waited += schedule.waiting.len();
        schedule.end();
    }
    assert!(waited > 1_000, "the schedules are worth the time: {waited}");
}
