//! Permits that come back by themselves.
//!
//! A driver on one thread hands out what is ready to others as a [`Permit`], and gets it back through [`Returns`] whatever happens there: a
//! completion, a panic, or a future that is dropped. The scheduler stays where it is, and what crosses threads is a list behind a lock.

use core::fmt;

use crate::error::Error;
use crate::id::TaskId;
use crate::policy::Failure;
use crate::scheduler::{Completion, Ready, Scheduler};
use crate::sync::{Arc, Mutex, lock};

/// The right to run a task. Dropped without a word, it says that the attempt was abandoned.
///
/// ```
/// use mcp_engine_executor::{Event, KeyConfig, Limits, Outcome, Returns, Scheduler, Task};
///
/// let mut scheduler = Scheduler::new(Limits::default());
/// let key = scheduler.open_key(&KeyConfig::default())?;
/// scheduler.submit(&Task::new(key), 0)?;
/// let driver = std::thread::current();
/// let mut returns = Returns::new(move || driver.unpark());
///
/// let permit = returns.permit(scheduler.poll_ready(0).expect("it may run"));
/// std::thread::spawn(move || permit.succeed());
/// while returns.collect(&mut scheduler, 0) == 0 {
///     std::thread::park();
/// }
/// assert!(matches!(scheduler.poll_event(), Some(Event::Ended { outcome: Outcome::Succeeded, .. })));
/// # Ok::<(), mcp_engine_executor::Error>(())
/// ```
#[must_use = "dropping a permit abandons its task"]
pub struct Permit {
    ready: Ready,
    /// Where it goes when it is dropped.
    home: Option<Arc<Home>>,
    /// What it says there.
    word: Word,
}

impl Permit {
    /// Which task.
    pub fn id(&self) -> TaskId {
        self.ready.id
    }

    /// What the submitter gave it.
    pub fn tag(&self) -> u64 {
        self.ready.tag
    }

    /// Which attempt, from 1 on.
    pub fn attempt(&self) -> u32 {
        self.ready.attempt
    }

    /// The task is done.
    pub fn succeed(mut self) {
        self.word = Word::Succeeded;
    }

    /// The attempt has failed. The task's policy says whether there is another.
    pub fn fail(mut self, failure: &Failure<'_>) {
        let Failure { kind, retry_after_ns, random } = *failure;
        self.word = Word::Failed { kind: kind.into(), retry_after_ns, random };
    }

    /// What was handed out, without the guard: whoever has it calls [`Scheduler::complete`].
    pub fn into_ready(mut self) -> Ready {
        self.home = None;
        self.ready
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let word = core::mem::replace(&mut self.word, Word::Abandoned);
        if let Some(home) = self.home.take() {
            home.give_back(self.ready.id, word);
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Permit").field(&self.ready).finish()
    }
}

/// Where the permits of a driver come back to.
///
/// It holds no more than are out, which [`Limits::running`](crate::Limits::running) bounds.
pub struct Returns {
    home: Arc<Home>,
    /// Memory to exchange for that of the list.
    spare: Vec<(TaskId, Word)>,
}

impl Returns {
    /// `wake` is called, on the thread of a permit, when the first one has come back since the last [`collect`](Self::collect). If that is
    /// before the driver goes to sleep, it must not sleep.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let home = Home { back: Mutex::new(Vec::new()), wake: Box::new(wake) };
        Self { home: Arc::new(home), spare: Vec::new() }
    }

    /// The permit for a task that was handed out.
    pub fn permit(&self, ready: Ready) -> Permit {
        Permit { ready, home: Some(Arc::clone(&self.home)), word: Word::Abandoned }
    }

    /// Takes back all permits that have come, and returns how many.
    pub fn collect(&mut self, scheduler: &mut Scheduler, now: u64) -> usize {
        core::mem::swap(&mut self.spare, &mut *lock(&self.home.back));
        let count = self.spare.len();
        for (task, word) in self.spare.drain(..) {
            let completed = scheduler.complete(task, word.completion(), now);
            debug_assert!(!matches!(completed, Err(Error::LimitExceeded { .. })));
        }
        count
    }
}

impl fmt::Debug for Returns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Returns").finish_non_exhaustive()
    }
}

/// What permits know of where they come from.
struct Home {
    back: Mutex<Vec<(TaskId, Word)>>,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl Home {
    fn give_back(&self, task: TaskId, word: Word) {
        let is_first = {
            let mut back = lock(&self.back);
            back.push((task, word));
            back.len() == 1
        };
        if is_first {
            (self.wake)();
        }
    }
}

/// A completion that owns what it says.
enum Word {
    Abandoned,
    Succeeded,
    Failed { kind: Box<str>, retry_after_ns: Option<u64>, random: u64 },
}

impl Word {
    fn completion(&self) -> Completion<'_> {
        match self {
            Self::Abandoned => Completion::Abandoned,
            Self::Succeeded => Completion::Succeeded,
            Self::Failed { kind, retry_after_ns, random } => Completion::Failed(Failure {
                kind,
                retry_after_ns: *retry_after_ns,
                random: *random,
            }),
        }
    }
}

#[cfg(all(test, loom))]
mod loom {
    use ::loom::model::Builder;

    use super::{Returns, Scheduler};
    use crate::sync::thread;
    use crate::{KeyConfig, Limits, Task};

    /// Two permits go back on threads of their own, while the driver collects and lies down in between.
    #[test]
    fn permits_come_back_and_wake_the_driver() {
        let mut builder = Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(|| {
            let mut scheduler = Scheduler::new(Limits::default());
            let key = scheduler.open_key(&KeyConfig::default()).expect("room");
            let driver = thread::current();
            let mut returns = Returns::new(move || driver.unpark());
            for _ in 0..2 {
                scheduler.submit(&Task::new(key), 0).expect("room");
                let permit = returns.permit(scheduler.poll_ready(0).expect("it may run"));
                thread::spawn(move || permit.succeed());
            }
            let mut back = 0;
            while back < 2 {
                match returns.collect(&mut scheduler, 0) {
                    0 => thread::park(),
                    some => back += some,
                }
            }
            assert_eq!(scheduler.running(), 0);
            assert_eq!(scheduler.counters().succeeded, 2);
        });
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::{Event, KeyConfig, Limits, Outcome, Policy, Task};

    fn handed_out(policy: Policy) -> (Scheduler, Returns, Permit) {
        let mut scheduler = Scheduler::new(Limits { running: 1, ..Limits::default() });
        let policy = scheduler.set_policy("*", policy).expect("room");
        let key = scheduler.open_key(&KeyConfig::default()).expect("room");
        scheduler.submit(&Task { policy, ..Task::new(key) }, 0).expect("room");
        let returns = Returns::new(|| {});
        let permit = returns.permit(scheduler.poll_ready(0).expect("it may run"));
        (scheduler, returns, permit)
    }

    fn outcome(scheduler: &mut Scheduler) -> Option<Outcome> {
        match scheduler.poll_event() {
            Some(Event::Ended { outcome, .. }) => Some(outcome),
            _ => None,
        }
    }

    #[test]
    fn a_permit_that_panics_comes_back() {
        let (mut scheduler, mut returns, permit) = handed_out(Policy::default());
        let panicked = catch_unwind(AssertUnwindSafe(move || {
            let _held = permit;
            panic!("a callback that fails");
        }));
        assert!(panicked.is_err());
        assert_eq!(returns.collect(&mut scheduler, 0), 1);
        assert_eq!(scheduler.running(), 0);
        assert_eq!(outcome(&mut scheduler), Some(Outcome::Failed));
    }

    #[test]
    fn a_failure_may_be_followed_by_another_attempt() {
        let policy =
            Policy { initial_ns: 0, final_kinds: vec!["ValueError".into()], ..Policy::default() };
        let (mut scheduler, mut returns, permit) = handed_out(policy);
        permit.fail(&Failure { kind: "OSError", ..Failure::default() });
        returns.collect(&mut scheduler, 0);
        let permit = returns.permit(scheduler.poll_ready(0).expect("another attempt"));
        assert_eq!(permit.attempt(), 2);
        permit.fail(&Failure { kind: "ValueError", ..Failure::default() });
        returns.collect(&mut scheduler, 0);
        assert_eq!(outcome(&mut scheduler), Some(Outcome::Failed));
    }
}
