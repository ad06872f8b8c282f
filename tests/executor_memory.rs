//! The scheduler of the executor allocates nothing once it has been as full as it gets, whatever is asked of it.
//!
//! The counting allocator belongs to the whole process, so all of it is one test, which runs every measurement and then tells which
//! ones failed.

use std::panic::catch_unwind;

use dhat::{HeapStats, Profiler};
use mcp_engine_executor::{
    Completion, Event, Failure, KeyConfig, KeyId, Limits, Needs, Policy, PolicyId, Priority,
    QuotaConfig, Rate, Ready, Scheduler, Scope, Task, TaskId,
};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

#[test]
fn a_scheduler_that_was_as_full_as_it_gets_allocates_nothing() {
    let mut failed = Vec::new();
    for (name, round) in ROUNDS {
        if catch_unwind(|| assert_steady(*round)).is_err() {
            eprintln!("^ {name}\n");
            failed.push(*name);
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

/// What is done, in words and in deed.
type Round = (&'static str, fn(&mut Desk));

/// What is done again and again. Each leaves nothing behind.
const ROUNDS: &[Round] = &[
    ("tasks that do nothing", |desk| desk.submit(SUCCEEDS)),
    ("tasks that are done inline", Desk::inline),
    ("many that wait, of every priority", many),
    ("attempts that fail and are tried again", |desk| desk.submit(FAILS)),
    ("attempts that take too long, tried again", |desk| {
        desk.submit(Task { attempt_ns: Some(50), ..HANGS });
    }),
    ("deadlines of what runs", |desk| desk.submit(desk.until(100, HANGS))),
    ("deadlines that are over", |desk| desk.submit(desk.until(0, SUCCEEDS))),
    ("tasks that wait for others", chain),
    ("one that waits for many, and is skipped", wide),
    ("scopes that are closed", |desk| family(desk, |desk, root| desk.close(root))),
    ("scopes that are cancelled", |desk| family(desk, |desk, root| desk.cancel(root))),
    ("scopes that are paused and resumed", |desk| {
        family(desk, |desk, root| {
            desk.scheduler.pause(root, desk.now).expect("it is open");
            desk.scheduler.resume(root, desk.now).expect("it is open");
            desk.close(root);
        });
    }),
    ("starts at a rate", |desk| (0..5).for_each(|_| desk.submit_to(desk.paced, SUCCEEDS))),
    ("starts at the rate of a quota that keys share", |desk| {
        (0..5).for_each(|_| desk.shared.into_iter().for_each(|key| desk.submit_to(key, SUCCEEDS)));
    }),
];

fn assert_steady(round: fn(&mut Desk)) {
    let mut desk = Desk::new();
    let mut rounds = |count| {
        for _ in 0..count {
            round(&mut desk);
            desk.drain();
            assert!(desk.scheduler.is_empty(), "a round leaves nothing");
        }
        desk.scheduler.counters().ended()
    };
    let before = rounds(100);
    let mut blocks = || {
        let profiler = Profiler::builder().testing().build();
        rounds(1_000);
        let stats = HeapStats::get();
        drop(profiler);
        stats.total_blocks
    };
    // The thread that waits for this test may allocate meanwhile, once; what the scheduler allocates, it does every time.
    let fewest = (0..3).map(|_| blocks()).min();
    assert_eq!(fewest, Some(0), "blocks");
    assert!(rounds(1) > before, "something has ended");
}

fn many(desk: &mut Desk) {
    for priority in Priority::ALL {
        (0..20).for_each(|_| desk.submit(Task { priority, ..SUCCEEDS }));
    }
}

fn chain(desk: &mut Desk) {
    let mut last = None;
    for _ in 0..10 {
        let after = last.as_slice();
        let task = Task { after, key: desk.key, ..SUCCEEDS };
        last = Some(desk.scheduler.submit(&task, desk.now).expect("room"));
    }
}

fn wide(desk: &mut Desk) {
    let fails = Task { key: desk.key, ..FAILS };
    let after = [(); 20].map(|()| desk.scheduler.submit(&fails, desk.now).expect("room"));
    desk.submit(Task { after: &after, ..SUCCEEDS });
    desk.submit(Task { after: &after, needs: Needs::End, ..SUCCEEDS });
}

/// Scopes below scopes, with tasks of every kind below them.
fn family(desk: &mut Desk, end: fn(&mut Desk, TaskId)) {
    let root = desk.open(None);
    for _ in 0..3 {
        let inner = desk.open(Some(root));
        for task in [SUCCEEDS, FAILS, desk.until(50, HANGS), desk.until(50, SUCCEEDS)] {
            desk.submit(Task { parent: Some(inner), ..task });
        }
        desk.close(inner);
    }
    end(desk, root);
}

/// A scheduler, and who deals with what comes out of it.
struct Desk {
    scheduler: Scheduler,
    key: KeyId,
    paced: KeyId,
    /// Keys whose starts count against one rate.
    shared: [KeyId; 2],
    policy: PolicyId,
    now: u64,
}

impl Desk {
    fn new() -> Self {
        let mut scheduler = Scheduler::new(Limits { running: 8, ..Limits::default() });
        let rate = Some(Rate { starts: 1, period_ns: 10, burst: 2 });
        let quota = scheduler.open_quota(&QuotaConfig { concurrency: Some(2), rate });
        let quotas = &[quota.expect("room")];
        let mut open = |config| scheduler.open_key(&config).expect("room");
        let key = open(KeyConfig::default());
        let paced = open(KeyConfig { rate, ..KeyConfig::default() });
        let shared =
            [1, 2].map(|weight| open(KeyConfig { weight, quotas, ..KeyConfig::default() }));
        let policy = Policy { initial_ns: 20, ..Policy::default() };
        let policy = scheduler.set_policy("*", policy).expect("room");
        Self { scheduler, key, paced, shared, policy, now: 1 }
    }

    fn submit(&mut self, task: Task<'_>) {
        self.submit_to(self.key, task);
    }

    fn submit_to(&mut self, key: KeyId, task: Task<'_>) {
        let task = Task { key, policy: self.policy, ..task };
        self.scheduler.submit(&task, self.now).expect("room");
    }

    fn inline(&mut self) {
        let task = Task { key: self.key, ..SUCCEEDS };
        let started = self.scheduler.try_start(&task, self.now).expect("room");
        self.run(started.expect("nothing else runs"));
    }

    fn until(&self, ns: u64, task: Task<'static>) -> Task<'static> {
        Task { deadline_ns: Some(self.now + ns), ..task }
    }

    fn open(&mut self, parent: Option<TaskId>) -> TaskId {
        self.scheduler.open_scope(&Scope { parent, ..Scope::default() }).expect("room")
    }

    fn close(&mut self, scope: TaskId) {
        self.scheduler.close_scope(scope, self.now).expect("it is open");
    }

    fn cancel(&mut self, task: TaskId) {
        self.scheduler.cancel(task, self.now).expect("it is open");
    }

    /// Until there is nothing to do and nothing to wait for.
    fn drain(&mut self) {
        loop {
            if let Some(event) = self.scheduler.poll_event() {
                self.hear(event);
            } else if let Some(ready) = self.scheduler.poll_ready(self.now) {
                self.run(ready);
            } else if let Some(at) = self.scheduler.poll_timeout() {
                self.now = self.now.max(at);
                self.scheduler.handle_timeout(self.now);
            } else {
                return;
            }
        }
    }

    fn run(&mut self, ready: Ready) {
        match ready.tag {
            0 => self.complete(ready.id, Completion::Succeeded),
            1 => self.complete(ready.id, Completion::Failed(Failure::default())),
            _ => {}
        }
    }

    fn hear(&mut self, event: Event) {
        if let Event::Stop { id, .. } = event {
            self.complete(id, Completion::Failed(Failure::default()));
        }
    }

    fn complete(&mut self, task: TaskId, completion: Completion<'_>) {
        self.scheduler.complete(task, completion, self.now).expect("it runs");
    }
}

/// Tasks by what becomes of them; the desk gives them their keys.
const SUCCEEDS: Task<'static> = Task::new(KeyId::from_bits(0));
const FAILS: Task<'static> = Task { tag: 1, ..SUCCEEDS };
/// Runs until it is told to stop.
const HANGS: Task<'static> = Task { tag: 2, ..SUCCEEDS };
