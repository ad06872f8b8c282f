//! What a thread of the caller's is told by work on the runtime that it waits for.
//!
//! It waits by nothing but a lock, which works on every thread there is, also on those that are about to end. Work that is dropped says so.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A place for one outcome, and for so many steps before it.
#[derive(Debug)]
pub(crate) struct Inbox<T, P>(Arc<Shared<T, P>>);

/// Where the work says what it has come to, once, and how far it is until then.
#[derive(Debug)]
pub(crate) struct Outcome<T, P>(Arc<Shared<T, P>>);

/// Something to be heard.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Note<T, P> {
    Step(P),
    Done(T),
    /// Nothing more comes.
    Dropped,
}

#[derive(Debug)]
struct Shared<T, P> {
    notes: Mutex<Notes<T, P>>,
    arrived: Condvar,
}

#[derive(Debug)]
struct Notes<T, P> {
    steps: VecDeque<P>,
    end: Option<Note<T, P>>,
}

/// Both ends.
pub(crate) fn inbox<T, P>() -> (Outcome<T, P>, Inbox<T, P>) {
    let notes = Mutex::new(Notes { steps: VecDeque::new(), end: None });
    let shared = Arc::new(Shared { notes, arrived: Condvar::new() });
    (Outcome(Arc::clone(&shared)), Inbox(shared))
}

impl<T, P> Inbox<T, P> {
    /// The next note, which is waited for.
    pub(crate) fn next(&self) -> Note<T, P> {
        let is_empty = |notes: &mut Notes<T, P>| notes.steps.is_empty() && notes.end.is_none();
        let notes = self.0.arrived.wait_while(self.0.lock(), is_empty);
        let mut notes = notes.unwrap_or_else(PoisonError::into_inner);
        let step = notes.steps.pop_front().map(Note::Step);
        step.or_else(|| notes.end.take()).unwrap_or(Note::Dropped)
    }
}

impl<T, P> Outcome<T, P> {
    /// Says how far it is. `false` when nobody will hear that: too many steps were not heard yet.
    pub(crate) fn step(&self, step: P) -> bool {
        let mut notes = self.0.lock();
        if notes.steps.len() >= STEPS || notes.end.is_some() {
            return false;
        }
        notes.steps.push_back(step);
        self.0.arrived.notify_one();
        true
    }

    /// Says what it has come to. What is said afterwards is not heard.
    pub(crate) fn done(&self, outcome: T) {
        self.end(Note::Done(outcome));
    }

    fn end(&self, note: Note<T, P>) {
        self.0.lock().end.get_or_insert(note);
        self.0.arrived.notify_one();
    }
}

impl<T, P> Drop for Outcome<T, P> {
    fn drop(&mut self) {
        self.end(Note::Dropped);
    }
}

impl<T, P> Shared<T, P> {
    fn lock(&self) -> MutexGuard<'_, Notes<T, P>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Most steps that were not heard; those beyond are left out.
const STEPS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_heard_before_the_end_and_no_more_than_fit() {
        let (outcome, inbox) = inbox();
        let kept = (0..100).filter(|step| outcome.step(*step)).count();
        outcome.done("done");
        assert!(!outcome.step(7), "it is over");
        assert_eq!(kept, STEPS);
        for step in 0..STEPS {
            assert_eq!(inbox.next(), Note::Step(step));
        }
        assert_eq!(inbox.next(), Note::Done("done"));
        drop(outcome);
        assert_eq!(inbox.next(), Note::Dropped);
    }

    #[test]
    fn work_that_is_dropped_is_not_waited_for() {
        let (outcome, inbox) = inbox::<(), ()>();
        let waiting = std::thread::spawn(move || inbox.next());
        drop(outcome);
        assert_eq!(waiting.join().expect("no panic"), Note::Dropped);
    }
}
