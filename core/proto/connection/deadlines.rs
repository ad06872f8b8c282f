//! When the requests in flight run out of time: an indexed heap.
//!
//! Each slot has at most one deadline, which can be moved or taken away in logarithmic time. What is in the heap is
//! bounded by what is in flight, and once it has grown to that it allocates nothing.

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
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn the_heap_agrees_with_a_sorted_map(
            steps in proptest::collection::vec((0u32..40, proptest::option::of(0u64..1000)), 0..200),
            now in 0u64..1000,
        ) {
            let mut deadlines = Deadlines::default();
            let mut model = BTreeMap::new();
            for (slot, at) in steps {
                match at {
                    Some(at) => {
                        deadlines.set(slot, at);
                        model.insert(slot, at);
                    }
                    None => {
                        deadlines.clear(slot);
                        model.remove(&slot);
                    }
                }
                prop_assert_eq!(deadlines.first(), model.values().min().copied());
            }
            let mut due = Vec::new();
            while let Some(slot) = deadlines.take_due(now) {
                due.push(model[&slot]);
            }
            let mut expected: Vec<u64> = model.into_values().filter(|at| *at <= now).collect();
            expected.sort_unstable();
            prop_assert_eq!(due, expected);
        }
    }
}
