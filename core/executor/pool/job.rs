//! Jobs, and the boxes they lie in, which are used again.
//!
//! A callback becomes a [`Job`], a box that any queue can hold; once it has run the empty box goes back to who spawns, by way of a
//! [`Shelf`] when that is another thread, and takes the next callback of the same type. So in the long run no job is allocated, only
//! the blocks of the injector, of which each holds many; memory that one thread takes and another gives back costs an allocator more
//! than all the rest of a tiny job. What is kept is bounded, and an empty box holds nothing of its callback.

use std::any::Any;
#[cfg(not(loom))]
use std::cell::RefCell;

use super::shelf::Shelf;

/// A callback in its box.
pub(super) type Job = Box<dyn Task>;

/// What a box does, whatever lies in it.
pub(super) trait Task: Send {
    /// Runs the callback, once.
    fn run(&mut self);
    /// Drops the callback.
    fn clear(&mut self);
    /// Whether the empty box is worth keeping.
    fn is_small(&self) -> bool;
    /// The box, to see of which type it is.
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

struct Slot<F>(Option<F>);

impl<F: FnOnce() + Send + 'static> Task for Slot<F> {
    fn run(&mut self) {
        if let Some(callback) = self.0.take() {
            callback();
        }
    }

    fn clear(&mut self) {
        drop(self.0.take());
    }

    fn is_small(&self) -> bool {
        size_of::<Self>() <= LARGEST
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// Puts a callback into a box: one that is at hand, when the callback before was of the same type, or a new one.
pub(super) fn boxed<F>(callback: F, shelf: &Shelf) -> Job
where
    F: FnOnce() + Send + 'static,
{
    let spare = spares(|spares| spares.take(shelf)).flatten();
    match spare.and_then(|spare| spare.into_any().downcast::<Slot<F>>().ok()) {
        Some(mut slot) => {
            slot.0 = Some(callback);
            slot
        }
        None => Box::new(Slot(Some(callback))),
    }
}

/// Keeps an empty box.
pub(super) fn retire(job: Job, shelf: &Shelf) {
    if job.is_small() {
        spares(|spares| spares.give(job, shelf));
    }
}

/// The empty boxes that a thread has at hand: two bundles, so that one who now takes and now gives does not go to the shelf
/// each time.
struct Spares {
    front: Vec<Job>,
    back: Vec<Job>,
}

impl Spares {
    #[cfg(not(loom))]
    const fn new() -> Self {
        Self { front: Vec::new(), back: Vec::new() }
    }

    fn take(&mut self, shelf: &Shelf) -> Option<Job> {
        if self.front.is_empty() {
            std::mem::swap(&mut self.front, &mut self.back);
            if self.front.is_empty() {
                shelf.take(&mut self.front);
            }
        }
        self.front.pop()
    }

    fn give(&mut self, empty: Job, shelf: &Shelf) {
        if self.front.len() >= BUNDLE {
            std::mem::swap(&mut self.front, &mut self.back);
            if self.front.len() >= BUNDLE {
                shelf.put(&mut self.front);
            }
        }
        self.front.push(empty);
    }
}

/// Those of this thread, unless it is just ending.
#[cfg(not(loom))]
fn spares<T>(of: impl FnOnce(&mut Spares) -> T) -> Option<T> {
    std::thread_local! {
        static SPARES: RefCell<Spares> = const { RefCell::new(Spares::new()) };
    }
    SPARES.try_with(|spares| Some(of(&mut *spares.try_borrow_mut().ok()?))).ok().flatten()
}

/// The model checker looks at what threads share, and would see the same without the shelf, only later.
#[cfg(loom)]
fn spares<T>(_: impl FnOnce(&mut Spares) -> T) -> Option<T> {
    None
}

/// How many boxes change hands at a time.
const BUNDLE: usize = 64;
/// Larger boxes are not kept, in bytes.
const LARGEST: usize = 256;

#[cfg(all(test, not(loom)))]
mod tests {
    use std::iter;

    use super::*;

    fn address(job: &Job) -> usize {
        std::ptr::from_ref(&**job).addr()
    }

    fn empty() -> Job {
        let mut job = boxed(|| {}, &Shelf::default());
        job.run();
        job
    }

    #[test]
    fn box_takes_the_next_callback_of_its_type() {
        let shelf = Shelf::default();
        let callback = |number: u64| move || assert!(number < 2);
        let mut first = boxed(callback(0), &shelf);
        let place = address(&first);
        first.run();
        retire(first, &shelf);
        let mut second = boxed(callback(1), &shelf);
        assert_eq!(address(&second), place);
        second.run();
        retire(second, &shelf);
        let text = String::from("of another type");
        boxed(move || assert_eq!(text.len(), 15), &shelf).run();
    }

    #[test]
    fn large_boxes_are_not_kept() {
        let shelf = Shelf::default();
        let large = [0u8; LARGEST + 1];
        let mut job = boxed(move || assert_eq!(large[0], 0), &shelf);
        job.run();
        retire(job, &shelf);
        assert!(spares(|spares| spares.take(&shelf).is_none()).unwrap());
    }

    #[test]
    fn boxes_go_from_thread_to_thread_by_the_bundle_and_are_bounded() {
        let (mut worker, mut caller, shelf) = (Spares::new(), Spares::new(), Shelf::default());
        let mut taken = || iter::from_fn(|| caller.take(&shelf)).count();
        (0..=2 * BUNDLE).for_each(|_| worker.give(empty(), &shelf));
        assert_eq!(taken(), BUNDLE);
        (0..2 * Shelf::BUNDLES * BUNDLE).for_each(|_| worker.give(empty(), &shelf));
        assert_eq!(taken(), Shelf::BUNDLES * BUNDLE);
    }
}
