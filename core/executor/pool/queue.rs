//! The queues of a pool: one that everybody puts into, and one of each worker that the others may steal from.
//!
//! They are the deques of `crossbeam-deque`, behind the few verbs the pool needs. They stand between [`Pool::spawn`](super::Pool)
//! and the workers, and know neither counts nor threads. Under `--cfg loom`, which cannot look into crossbeam, a locked
//! `VecDeque` stands in for each; the verbs are the same.

use super::job::Job;

#[cfg(not(loom))]
pub(super) use real::{Injector, Stealer, Worker};

#[cfg(loom)]
pub(super) use model::{Injector, Stealer, Worker};

#[cfg(not(loom))]
mod real {
    use crossbeam_deque::{self as deque, Steal};

    use super::Job;

    /// Jobs from outside, first in, first out.
    pub(in super::super) struct Injector(deque::Injector<Job>);

    /// A worker's own jobs, first in, first out, so that one that spawns itself again and again lets the others pass.
    pub(in super::super) struct Worker(deque::Worker<Job>);

    /// Somebody else's end of a worker's own jobs.
    pub(in super::super) struct Stealer(deque::Stealer<Job>);

    impl Injector {
        pub(in super::super) fn new() -> Self {
            Self(deque::Injector::new())
        }

        pub(in super::super) fn push(&self, job: Job) {
            self.0.push(job);
        }

        pub(in super::super) fn is_empty(&self) -> bool {
            self.0.is_empty()
        }

        /// The oldest job.
        pub(in super::super) fn take(&self) -> Option<Job> {
            settled(|| self.0.steal())
        }

        /// The oldest job; some of the next, half of them at most, move into the worker's own queue.
        pub(in super::super) fn take_batch(&self, into: &Worker) -> Option<Job> {
            settled(|| self.0.steal_batch_and_pop(&into.0))
        }
    }

    impl Worker {
        pub(in super::super) fn new() -> Self {
            Self(deque::Worker::new_fifo())
        }

        pub(in super::super) fn push(&self, job: Job) {
            self.0.push(job);
        }

        pub(in super::super) fn pop(&self) -> Option<Job> {
            self.0.pop()
        }

        pub(in super::super) fn is_empty(&self) -> bool {
            self.0.is_empty()
        }

        pub(in super::super) fn stealer(&self) -> Stealer {
            Stealer(self.0.stealer())
        }
    }

    impl Stealer {
        pub(in super::super) fn is_empty(&self) -> bool {
            self.0.is_empty()
        }

        /// The oldest job; some of the next, half of them at most, move into the thief's own queue.
        pub(in super::super) fn take_batch(&self, into: &Worker) -> Option<Job> {
            settled(|| self.0.steal_batch_and_pop(&into.0))
        }
    }

    /// Tries until it is clear whether there was a job. It ends: that a try has to be repeated means that another thread has
    /// just taken something.
    fn settled(mut steal: impl FnMut() -> Steal<Job>) -> Option<Job> {
        loop {
            match steal() {
                Steal::Success(job) => return Some(job),
                Steal::Empty => return None,
                Steal::Retry => {}
            }
        }
    }
}

#[cfg(loom)]
mod model {
    use std::collections::VecDeque;

    use super::Job;
    use crate::sync::{Arc, Mutex, lock};

    pub(in super::super) struct Injector(Mutex<VecDeque<Job>>);

    pub(in super::super) struct Worker(Arc<Mutex<VecDeque<Job>>>);

    pub(in super::super) struct Stealer(Arc<Mutex<VecDeque<Job>>>);

    impl Injector {
        pub(in super::super) fn new() -> Self {
            Self(Mutex::new(VecDeque::new()))
        }

        pub(in super::super) fn push(&self, job: Job) {
            lock(&self.0).push_back(job);
        }

        pub(in super::super) fn is_empty(&self) -> bool {
            lock(&self.0).is_empty()
        }

        pub(in super::super) fn take(&self) -> Option<Job> {
            lock(&self.0).pop_front()
        }

        pub(in super::super) fn take_batch(&self, into: &Worker) -> Option<Job> {
            batch(&self.0, into)
        }
    }

    impl Worker {
        pub(in super::super) fn new() -> Self {
            Self(Arc::new(Mutex::new(VecDeque::new())))
        }

        pub(in super::super) fn push(&self, job: Job) {
            lock(&self.0).push_back(job);
        }

        pub(in super::super) fn pop(&self) -> Option<Job> {
            lock(&self.0).pop_front()
        }

        pub(in super::super) fn is_empty(&self) -> bool {
            lock(&self.0).is_empty()
        }

        pub(in super::super) fn stealer(&self) -> Stealer {
            Stealer(Arc::clone(&self.0))
        }
    }

    impl Stealer {
        pub(in super::super) fn is_empty(&self) -> bool {
            lock(&self.0).is_empty()
        }

        pub(in super::super) fn take_batch(&self, into: &Worker) -> Option<Job> {
            batch(&self.0, into)
        }
    }

    /// Takes as crossbeam does, the batch in flight between the two locks: seen in neither queue.
    fn batch(from: &Mutex<VecDeque<Job>>, into: &Worker) -> Option<Job> {
        let (first, rest) = {
            let mut from = lock(from);
            let first = from.pop_front()?;
            let half = from.len().div_ceil(2);
            (first, from.drain(..half).collect::<Vec<_>>())
        };
        if !rest.is_empty() {
            lock(&into.0).extend(rest);
        }
        Some(first)
    }
}
