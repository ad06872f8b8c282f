//! One thread of a pool: looks for jobs, runs them, sleeps.
//!
//! A [`Local`] is what a worker keeps to itself, and [`Shared`] what it has in common with the others and with the callers of
//! [`Pool`](super::Pool). Its loop turns queues into finished jobs: first its own, then those from outside, then those of others, then
//! sleep. What must always hold: a job is counted as taken before it runs, whatever it does stays inside [`Local::execute`], and a
//! worker ends only when the gate is closed and nothing waits.

use std::cell::{Cell, RefCell};
#[cfg(not(loom))]
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;

use super::counters::Tally;
use super::gate::Gate;
use super::job::{self, Job};
use super::parking::{Parker, Parking};
use super::queue::{Injector, Stealer, Worker};
use super::shelf::Shelf;
use crate::sync::{Arc, Line, thread};

/// What the workers of a pool have in common.
pub(super) struct Shared {
    pub(super) gate: Gate,
    pub(super) injector: Injector,
    pub(super) parking: Parking,
    pub(super) shelf: Shelf,
    pub(super) desks: Box<[Desk]>,
}

/// What the others see of a worker.
pub(super) struct Desk {
    stealer: Stealer,
    pub(super) tally: Line<Tally>,
}

/// What a worker keeps to itself.
struct Local {
    shared: Arc<Shared>,
    desk: usize,
    queue: Worker,
    parker: Arc<Parker>,
    /// Jobs looked for at hand, so that those from outside get their turn.
    turn: Cell<usize>,
}

impl Desk {
    pub(super) fn new(queue: &Worker) -> Self {
        Self { stealer: queue.stealer(), tally: Line::default() }
    }
}

impl Shared {
    /// Puts an accepted job where it will be found: on a worker of this pool into its own queue, else into that for all.
    pub(super) fn place<F>(&self, callback: F)
    where
        F: FnOnce() + Send + 'static,
    {
        if let Some(job) = self.keep(job::boxed(callback, &self.shelf)) {
            self.injector.push(job);
        }
        self.parking.announce();
    }

    /// Whether this is the thread of one of these workers.
    pub(super) fn is_here(&self) -> bool {
        here(|local| ptr::eq(&*local.shared, self)).unwrap_or(false)
    }

    pub(super) fn sum(&self, count: impl Fn(&Tally) -> u64) -> u64 {
        self.desks.iter().fold(0, |sum, desk| sum.wrapping_add(count(&desk.tally.0)))
    }

    pub(super) fn taken(&self) -> u64 {
        self.sum(|tally| tally.taken.read())
    }

    /// Gives the job back when this is not the thread of one of these workers.
    fn keep(&self, job: Job) -> Option<Job> {
        let mut job = Some(job);
        here(|local| {
            if ptr::eq(&*local.shared, self)
                && let Some(job) = job.take()
            {
                local.queue.push(job);
            }
        });
        job
    }

    fn has_work(&self) -> bool {
        !self.injector.is_empty() || self.desks.iter().any(|desk| !desk.stealer.is_empty())
    }

    fn is_over(&self) -> bool {
        self.gate.is_done(|| self.taken())
    }
}

/// The life of a worker.
pub(super) fn work(shared: Arc<Shared>, desk: usize, queue: Worker) {
    let local = Rc::new(Local { shared, desk, queue, parker: Parker::here(), turn: Cell::new(0) });
    HERE.with(|here| here.replace(Some(Rc::clone(&local))));
    while let Some(job) = local.at_hand().or_else(|| local.seek()) {
        local.execute(job);
    }
    HERE.with(|here| here.replace(None));
}

impl Local {
    /// A job from the own queue, else one from outside; now and then the other way round, or jobs that spawn jobs would keep all
    /// others out.
    fn at_hand(&self) -> Option<Job> {
        let turn = self.turn.get().wrapping_add(1);
        self.turn.set(turn);
        if turn.is_multiple_of(FAIR)
            && let Some(job) = self.shared.injector.take()
        {
            return Some(job);
        }
        self.queue.pop().or_else(|| self.take_batch())
    }

    /// One job from outside to run, and some to keep, which the others have to hear of: while they moved they were in no queue.
    fn take_batch(&self) -> Option<Job> {
        let job = self.shared.injector.take_batch(&self.queue)?;
        if !self.queue.is_empty() {
            self.shared.parking.announce();
        }
        Some(job)
    }

    /// Searches and sleeps until there is a job, or never will be one.
    fn seek(&self) -> Option<Job> {
        let parking = &self.shared.parking;
        parking.begin_search();
        loop {
            if let Some(job) = self.search() {
                parking.end_search(|| self.shared.has_work());
                return Some(job);
            }
            if self.shared.is_over() {
                parking.end_search(|| false);
                parking.wake_all();
                return None;
            }
            parking.park(&self.parker, || self.shared.has_work() || self.shared.is_over());
        }
    }

    /// Looks everywhere, a few times, so that a burst that is not over yet is met awake. In between it lets others have the
    /// processor, who may be about to spawn: on a busy machine that saves most wakeups, where a spin would delay them.
    fn search(&self) -> Option<Job> {
        (0..ROUNDS).find_map(|round| {
            if round != 0 {
                thread::yield_now();
            }
            self.look()
        })
    }

    fn look(&self) -> Option<Job> {
        let outside = self.shared.injector.take_batch(&self.queue);
        outside.or_else(|| self.steal())
    }

    /// Begins behind the own desk, so that not all thieves go to the same one.
    fn steal(&self) -> Option<Job> {
        let desks = self.shared.desks.iter();
        let others = desks.clone().skip(self.desk.wrapping_add(1)).chain(desks.take(self.desk));
        let job = others.map(|desk| &desk.stealer).find_map(|from| from.take_batch(&self.queue));
        if job.is_some() {
            self.tally().stolen.add_one();
        }
        job
    }

    fn execute(&self, mut job: Job) {
        let tally = self.tally();
        tally.taken.add_one();
        let (ended, count) = if self.shared.gate.is_abandoned() {
            (contained(|| job.clear()), &tally.dropped)
        } else {
            (contained(|| job.run()), &tally.completed)
        };
        let count = if ended { count } else { &tally.panicked };
        count.add_one();
        job::retire(job, &self.shared.shelf);
    }

    #[expect(clippy::indexing_slicing, reason = "a worker sits at one of the desks")]
    fn tally(&self) -> &Tally {
        &self.shared.desks[self.desk].tally.0
    }
}

/// Whether a piece of foreign code came to its end. What a panic throws is dropped, and when even that panics, forgotten.
#[cfg(not(loom))]
fn contained(code: impl FnOnce()) -> bool {
    let Err(thrown) = catch_unwind(AssertUnwindSafe(code)) else { return true };
    if let Err(thrown) = catch_unwind(AssertUnwindSafe(|| drop(thrown))) {
        std::mem::forget(thrown);
    }
    false
}

/// The model checker speaks through panics, which have to get through.
#[cfg(loom)]
fn contained(code: impl FnOnce()) -> bool {
    code();
    true
}

/// Looks at the worker whose thread this is, if it is one.
fn here<T>(look: impl FnOnce(&Local) -> T) -> Option<T> {
    HERE.try_with(|here| here.try_borrow().ok()?.as_deref().map(look)).ok().flatten()
}

#[cfg(not(loom))]
std::thread_local! {
    static HERE: RefCell<Option<Rc<Local>>> = const { RefCell::new(None) };
}
#[cfg(loom)]
loom::thread_local! {
    static HERE: RefCell<Option<Rc<Local>>> = RefCell::new(None);
}

/// Every how many jobs one from outside goes first.
const FAIR: usize = 61;
/// How often a searcher looks everywhere before it sleeps.
const ROUNDS: usize = if cfg!(loom) { 1 } else { 16 };
