//! When the requests in flight run out of time: an indexed heap.
//!
//! Each slot has at most one deadline, which can be moved or taken away in logarithmic time. What is in the heap is
//! bounded by what is in flight, and once it has grown to that it allocates nothing.

use crate::error::Error;
use crate::room;

/// The deadlines of slots, nearest first.
///
/// # Invariant
///
/// `places[slot]` is one more than the position of `slot` in `heap`, or 0; no entry of the heap is earlier than its parent.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    heap: Vec<(u64, u32)>,
    places: Vec<u32>,
}

impl Deadlines {
    /// Makes room for so many slots.
    pub(super) fn reserve(&mut self, slots: usize) -> Result<(), Error> {
        let (waiting, known) = (self.heap.len(), self.places.len());
        room::behind(&mut self.heap, slots.saturating_sub(waiting))?;
        room::behind(&mut self.places, slots.saturating_sub(known))
    }

    /// Gives `slot` the deadline `at`, in nanoseconds of the monotonic clock.
    pub(super) fn set(&mut self, slot: u32, at: u64) {
        self.clear(slot);
        self.heap.push((at, slot));
        let last = self.heap.len().saturating_sub(1);
        self.remember(last);
        self.rise(last);
    }

    /// Takes the deadline of `slot` away.
    pub(super) fn clear(&mut self, slot: u32) {
        let Some(place) = self.places.get(slot as usize).and_then(|place| place.checked_sub(1))
        else {
            return;
        };
        let (place, last) = (place as usize, self.heap.len().saturating_sub(1));
        self.swap(place, last);
        self.heap.pop();
        self.forget(slot);
        if place < last {
            self.sink(place);
            self.rise(place);
        }
    }

    /// The nearest deadline.
    pub(super) fn first(&self) -> Option<u64> {
        self.heap.first().map(|(at, _)| *at)
    }

    /// A slot whose deadline is not after `now`; its deadline is taken away.
    pub(super) fn take_due(&mut self, now: u64) -> Option<u32> {
        let (_, slot) = *self.heap.first().filter(|(at, _)| *at <= now)?;
        self.clear(slot);
        Some(slot)
    }

    fn rise(&mut self, mut at: usize) {
        while let Some(parent) = at.checked_sub(1).map(|at| at / 2) {
            if self.at(parent) <= self.at(at) {
                return;
            }
            self.swap(parent, at);
            at = parent;
        }
    }

    fn sink(&mut self, mut at: usize) {
        loop {
            let left = at.saturating_mul(2).saturating_add(1);
            let right = left.saturating_add(1);
            let child = if self.at(right) < self.at(left) { right } else { left };
            if self.at(at) <= self.at(child) {
                return;
            }
            self.swap(at, child);
            at = child;
        }
    }

    /// The deadline at a position; behind the heap there is none, and so it is never.
    fn at(&self, position: usize) -> u64 {
        self.heap.get(position).map_or(u64::MAX, |(at, _)| *at)
    }

    fn swap(&mut self, one: usize, other: usize) {
        if one != other && one.max(other) < self.heap.len() {
            self.heap.swap(one, other);
            self.remember(one);
            self.remember(other);
        }
    }

    fn remember(&mut self, position: usize) {
        let Some((_, slot)) = self.heap.get(position) else { return };
        let slot = *slot as usize;
        if slot >= self.places.len() {
            self.places.resize(slot.saturating_add(1), 0);
        }
        if let Some(place) = self.places.get_mut(slot) {
            *place = (position as u32).saturating_add(1);
        }
    }

    fn forget(&mut self, slot: u32) {
        if let Some(place) = self.places.get_mut(slot as usize) {
            *place = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_heap_agrees_with_a_sorted_map() {
        let mut random = 7u64;
        let mut below = |n: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) % n
        };
        for _ in 0..200 {
            let (mut deadlines, mut model) = (Deadlines::default(), BTreeMap::new());
            for _ in 0..below(200) {
                let (slot, at) = (below(40) as u32, below(1000));
                if below(3) == 0 {
                    deadlines.clear(slot);
                    model.remove(&slot);
                } else {
                    deadlines.set(slot, at);
                    model.insert(slot, at);
                }
                assert_eq!(deadlines.first(), model.values().min().copied());
            }
            let now = below(1000);
            let due: Vec<u64> =
                core::iter::from_fn(|| deadlines.take_due(now)).map(|slot| model[&slot]).collect();
            let mut expected: Vec<u64> = model.into_values().filter(|at| *at <= now).collect();
            expected.sort_unstable();
            assert_eq!(due, expected);
        }
    }
}
