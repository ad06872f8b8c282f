//! Where empty boxes wait, by the bundle, for a thread that spawns.
//!
//! Workers put full bundles of boxes onto the shelf and who spawns takes them, leaving the emptied bundle in their place; it stands
//! between the `Spares` of all threads. It holds a bounded number of bundles, and nothing waits for it.

use super::job::Job;
use crate::sync::{AtomicUsize, Line, Mutex, Ordering, lock};

#[derive(Default)]
pub(super) struct Shelf {
    bundles: Mutex<Bundles>,
    /// How many are full, so that who finds none takes no lock.
    full: Line<AtomicUsize>,
}

#[derive(Default)]
struct Bundles {
    full: Vec<Vec<Job>>,
    empty: Vec<Vec<Job>>,
}

impl Shelf {
    /// As many bundles as are kept.
    pub(super) const BUNDLES: usize = 64;

    /// Puts a full bundle up and leaves an empty one; the boxes are dropped when the shelf is full.
    pub(super) fn put(&self, bundle: &mut Vec<Job>) {
        let mut bundles = lock(&self.bundles);
        if bundles.full.len() < Self::BUNDLES {
            let empty = bundles.empty.pop().unwrap_or_default();
            bundles.full.push(std::mem::replace(bundle, empty));
            self.full.0.store(bundles.full.len(), Ordering::Relaxed);
        }
        drop(bundles);
        bundle.clear();
    }

    /// Fills an empty bundle, if there is a full one.
    pub(super) fn take(&self, bundle: &mut Vec<Job>) {
        if self.full.0.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut bundles = lock(&self.bundles);
        if let Some(full) = bundles.full.pop() {
            self.full.0.store(bundles.full.len(), Ordering::Relaxed);
            let empty = std::mem::replace(bundle, full);
            if bundles.empty.len() < Self::BUNDLES {
                bundles.empty.push(empty);
            }
        }
    }
}
