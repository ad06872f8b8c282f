//! The primitives of threads, from `std` or from the model checker.
//!
//! Whatever in this crate is shared between threads takes its atomics, locks and threads from here, so that `--cfg loom` swaps
//! them all for those that loom drives through every interleaving. It stands below everything else. A lock is taken through
//! [`lock`] only: a panic elsewhere never makes it unusable.

#[cfg(not(loom))]
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};
#[cfg(not(loom))]
pub(crate) use std::sync::{Arc, Mutex, MutexGuard};
#[cfg(not(loom))]
pub(crate) use std::thread::{self, JoinHandle, Thread};

#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};
#[cfg(loom)]
pub(crate) use loom::sync::{Arc, Mutex, MutexGuard};
#[cfg(loom)]
pub(crate) use loom::thread::{self, JoinHandle, Thread};

use std::sync::PoisonError;

/// Takes a lock. What it guards is changed in steps that each leave it whole, so a holder that panicked spoiled nothing.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A value with cache lines of its own (two, since x86-64 fetches them in pairs), so that who writes it slows nobody down who
/// reads its neighbour.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Line<T>(pub(crate) T);
