//! Plays loads of any size in the scheduler, and says how many tasks have ended.
//!
//! ```sh
//! cargo run --release --example schedule_load -- queue 1000000 10000 100000
//! cargo run --release --example schedule_load -- cancel-deep 100000
//! ```
//!
//! `queue TASKS KEYS N` keeps so many tasks waiting for so many keys, and sees N of them through, each of which another one follows. The
//! other loads take their size alone; each ends whatever it has begun. `tests/linear` counts the instructions that they take.

use std::error::Error;

use mcp_engine_executor::{
    Completion, Failure, KeyConfig, KeyId, Limits, Needs, Scheduler, Scope, Task, TaskId,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().ok_or("which load?")?;
    let numbers: Vec<u32> = arguments.map(|number| number.parse()).collect::<Result<_, _>>()?;
    let ended = match (name.as_str(), numbers.as_slice()) {
        ("queue", [tasks, keys, count]) => queue(*tasks, *keys, *count)?,
        (name, [size]) => {
            let (_, play) = LOADS.iter().find(|(load, _)| *load == name).ok_or("no such load")?;
            let mut desk = Desk::new(*size)?;
            play(&mut desk, *size)?;
            desk.drain()?
        }
        _ => return Err("a load has a size".into()),
    };
    println!("ended {ended}");
    Ok(())
}

type Load = fn(&mut Desk, u32) -> Outcome<()>;
type Outcome<T> = Result<T, mcp_engine_executor::Error>;

const LOADS: &[(&str, Load)] = &[
    ("cancel-deep", |desk, size| {
        let scopes = desk.deep(size)?;
        desk.cancel(scopes.first())
    }),
    ("cancel-deep-from-below", |desk, size| {
        let scopes = desk.deep(size)?;
        scopes.iter().rev().try_for_each(|scope| desk.cancel(Some(scope)))
    }),
    ("cancel-deep-from-above", |desk, size| {
        let scopes = desk.deep(size)?;
        scopes.iter().try_for_each(|scope| desk.cancel(Some(scope)))
    }),
    ("cancel-wide", |desk, size| {
        let (scope, _) = desk.wide(size)?;
        desk.cancel(Some(&scope))
    }),
    ("cancel-wide-one-by-one", |desk, size| {
        let (scope, tasks) = desk.wide(size)?;
        tasks.iter().rev().try_for_each(|task| desk.cancel(Some(task)))?;
        desk.cancel(Some(&scope))
    }),
    ("cancel-wide-that-runs", |desk, size| {
        let (scope, _) = desk.wide(size)?;
        let running: Vec<_> =
            std::iter::from_fn(|| desk.scheduler.poll_ready(0)).map(|ready| ready.id).collect();
        desk.cancel(Some(&scope))?;
        running.iter().try_for_each(|task| desk.complete(*task, Completion::Abandoned))
    }),
    ("pause-deep", |desk, size| {
        let scopes = desk.deep(size)?;
        desk.pause_and_resume(&scopes[..1])?;
        desk.close_all(&scopes)
    }),
    ("pause-deep-everywhere", |desk, size| {
        let scopes = desk.deep(size)?;
        desk.pause_and_resume(&scopes)?;
        desk.close_all(&scopes)
    }),
    ("pause-wide", |desk, size| {
        let (scope, _) = desk.wide(size)?;
        desk.pause_and_resume(&[scope])?;
        desk.cancel(Some(&scope))
    }),
    ("chain-that-succeeds", |desk, size| desk.chain(size, Needs::Success)),
    ("chain-that-is-skipped", |desk, size| {
        desk.fails = true;
        desk.chain(size, Needs::Success)
    }),
    ("many-wait-for-one", |desk, size| {
        let first = desk.submit(Task::new(desk.key))?;
        for _ in 1..size {
            desk.submit(Task { after: &[first], ..Task::new(desk.key) })?;
        }
        Ok(())
    }),
    ("one-waits-for-many", |desk, size| {
        let tasks: Outcome<Vec<_>> = (1..size).map(|_| desk.submit(Task::new(desk.key))).collect();
        desk.submit(Task { after: &tasks?, ..Task::new(desk.key) }).map(drop)
    }),
    ("deadlines", |desk, size| {
        for at in 1..=u64::from(size) {
            let deadline_ns = Some(at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 8);
            desk.submit(Task { deadline_ns, ..Task::new(desk.key) })?;
        }
        desk.scheduler.handle_timeout(u64::MAX);
        Ok(())
    }),
];

/// A scheduler with one key, and room for whatever a load needs.
struct Desk {
    scheduler: Scheduler,
    key: KeyId,
    /// Whether what runs comes to no good.
    fails: bool,
}

impl Desk {
    fn new(size: u32) -> Outcome<Self> {
        let limits = Limits {
            tasks: size.saturating_add(1),
            dependencies: size,
            running: size,
            ..Limits::default()
        };
        let mut scheduler = Scheduler::new(limits);
        let key = scheduler.open_key(&KeyConfig { queued: size, ..KeyConfig::default() })?;
        Ok(Self { scheduler, key, fails: false })
    }

    fn submit(&mut self, task: Task<'_>) -> Outcome<TaskId> {
        self.scheduler.submit(&task, 0)
    }

    fn complete(&mut self, task: TaskId, completion: Completion<'_>) -> Outcome<()> {
        self.scheduler.complete(task, completion, 0).map(drop)
    }

    fn cancel(&mut self, task: Option<&TaskId>) -> Outcome<()> {
        task.map_or(Ok(()), |task| self.scheduler.cancel(*task, 0).map(drop))
    }

    /// Scopes, each in the one before, and a task in the last.
    fn deep(&mut self, size: u32) -> Outcome<Vec<TaskId>> {
        let mut scopes: Vec<TaskId> = Vec::new();
        for _ in 1..size {
            let parent = scopes.last().copied();
            scopes.push(self.scheduler.open_scope(&Scope { parent, ..Scope::default() })?);
        }
        self.submit(Task { parent: scopes.last().copied(), ..Task::new(self.key) })?;
        Ok(scopes)
    }

    /// A scope with many tasks.
    fn wide(&mut self, size: u32) -> Outcome<(TaskId, Vec<TaskId>)> {
        let scope = self.scheduler.open_scope(&Scope::default())?;
        let task = Task { parent: Some(scope), ..Task::new(self.key) };
        let tasks: Outcome<Vec<_>> = (0..size).map(|_| self.submit(task)).collect();
        Ok((scope, tasks?))
    }

    /// Tasks, each of which waits for the one before.
    fn chain(&mut self, size: u32, needs: Needs) -> Outcome<()> {
        let mut last = None;
        for _ in 0..size {
            let after = last.as_slice();
            last = Some(self.submit(Task { after, needs, ..Task::new(self.key) })?);
        }
        Ok(())
    }

    /// Pauses everything, the inner first, and lets it go on again.
    fn pause_and_resume(&mut self, scopes: &[TaskId]) -> Outcome<()> {
        scopes.iter().rev().try_for_each(|scope| self.scheduler.pause(*scope, 0))?;
        scopes.iter().rev().try_for_each(|scope| self.scheduler.resume(*scope, 0))
    }

    fn close_all(&mut self, scopes: &[TaskId]) -> Outcome<()> {
        scopes.iter().try_for_each(|scope| self.scheduler.close_scope(*scope, 0))
    }

    /// Runs what is ready until nothing is left. Counts what has ended, scopes aside.
    fn drain(&mut self) -> Outcome<u64> {
        loop {
            while self.scheduler.poll_event().is_some() {}
            let Some(ready) = self.scheduler.poll_ready(0) else { break };
            let failed = Completion::Failed(Failure::default());
            self.complete(ready.id, if self.fails { failed } else { Completion::Succeeded })?;
        }
        assert!(self.scheduler.is_empty(), "everything ends");
        Ok(self.scheduler.counters().ended())
    }
}

/// Sees `count` tasks through while the queues stay as long as they are.
fn queue(tasks: u32, keys: u32, count: u32) -> Outcome<u64> {
    let limits = Limits { tasks: tasks.saturating_add(1), keys, running: 64, ..Limits::default() };
    let mut scheduler = Scheduler::new(limits);
    // Each key as often as it weighs, so that tasks come as they go.
    let mut by_weight = Vec::new();
    for weight in (1..=7u16).cycle().take(keys as usize) {
        let config = KeyConfig { weight, queued: tasks, ..KeyConfig::default() };
        let key = scheduler.open_key(&config)?;
        by_weight.extend((0..weight).map(|_| key));
    }
    let mut seed = 1u64;
    let mut submit = |scheduler: &mut Scheduler, now| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let key = by_weight[(seed >> 33) as usize % by_weight.len()];
        scheduler.submit(&Task::new(key), now)
    };
    for _ in 0..tasks {
        submit(&mut scheduler, 0)?;
    }
    for now in 1..=u64::from(count) {
        let ready = scheduler.poll_ready(now).expect("tasks wait and nothing runs");
        scheduler.complete(ready.id, Completion::Succeeded, now)?;
        while scheduler.poll_event().is_some() {}
        submit(&mut scheduler, now)?;
    }
    Ok(scheduler.counters().ended())
}
