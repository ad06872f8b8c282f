//! Who is next: keys in the order of their turns.
//!
//! A heap with four children to a node, and beside it where each key stands, so that a key can leave from anywhere. All lines of a scheduler
//! share that table, for a key stands in one line at a time. A turn is a virtual time; equal turns go in the order of arrival.

use core::hint::select_unpredictable;

use crate::error::Error;
use crate::slots::{NONE, reserve};

/// Where each key stands in its line.
#[derive(Debug, Default)]
pub(crate) struct Places(Vec<u32>);

impl Places {
    /// Makes room for so many keys.
    pub(crate) fn reserve(&mut self, keys: usize) -> Result<(), Error> {
        reserve(&mut self.0, keys)
    }

    /// Takes a key in.
    fn admit(&mut self, key: u32) {
        let wanted = (key as usize).saturating_add(1);
        if self.0.len() < wanted {
            self.0.resize(wanted, NONE);
        }
    }

    #[inline(always)]
    fn set(&mut self, key: u32, place: usize) {
        if let Some(at) = self.0.get_mut(key as usize) {
            *at = place as u32;
        }
    }

    fn of(&self, key: u32) -> usize {
        self.0.get(key as usize).copied().unwrap_or(NONE) as usize
    }
}

#[derive(Debug, Default)]
pub(crate) struct Line {
    heap: Vec<Waiting>,
    arrivals: u32,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    turn: u64,
    arrival: u32,
    key: u32,
}

impl Waiting {
    /// Arrivals wrap around; only those of equal turns are compared, and they are not far apart. Without a branch, which nobody could
    /// predict.
    #[inline(always)]
    fn before(&self, other: &Self) -> bool {
        let is_earlier = (self.arrival.wrapping_sub(other.arrival) as i32) < 0;
        (self.turn < other.turn) | ((self.turn == other.turn) & is_earlier)
    }
}

impl Line {
    /// Makes room for so many keys.
    pub(crate) fn reserve(&mut self, keys: usize) -> Result<(), Error> {
        reserve(&mut self.heap, keys)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    #[cfg(any(test, feature = "internal"))]
    pub(crate) fn len(&self) -> usize {
        self.heap.len()
    }

    #[inline]
    pub(crate) fn push(&mut self, places: &mut Places, key: u32, turn: u64) {
        self.arrivals = self.arrivals.wrapping_add(1);
        let waiting = Waiting { turn, arrival: self.arrivals, key };
        let place = self.heap.len();
        self.heap.push(waiting);
        places.admit(key);
        if place == 0 {
            places.set(key, 0);
        } else {
            self.rise(places, place, waiting);
        }
    }

    /// The key whose turn comes first.
    pub(crate) fn first(&self) -> Option<u32> {
        Some(self.heap.first()?.key)
    }

    /// Takes out the key whose turn comes first.
    #[inline]
    pub(crate) fn pop(&mut self, places: &mut Places) -> Option<(u32, u64)> {
        let first = *self.heap.first()?;
        if let Some(last) = self.heap.pop().filter(|_| !self.heap.is_empty()) {
            self.sink(places, 0, last);
        }
        Some((first.key, first.turn))
    }

    /// Takes out a key that stands in this line.
    pub(crate) fn remove(&mut self, places: &mut Places, key: u32) {
        let place = places.of(key);
        debug_assert!(self.heap.get(place).is_some_and(|waiting| waiting.key == key));
        self.take(places, place);
    }

    fn take(&mut self, places: &mut Places, place: usize) {
        let Some(last) = self.heap.pop() else { return };
        if place >= self.heap.len() {
            return;
        }
        let above = self.heap.get(parent(place)).filter(|_| place > 0);
        if above.is_some_and(|above| last.before(above)) {
            self.rise(places, place, last);
        } else {
            self.sink(places, place, last);
        }
    }

    /// Puts an entry at a place or above it.
    fn rise(&mut self, places: &mut Places, mut place: usize, waiting: Waiting) {
        while place > 0 {
            let above = parent(place);
            let Some(higher) = self.heap.get(above).filter(|other| waiting.before(other)).copied()
            else {
                break;
            };
            self.put(places, place, higher);
            place = above;
        }
        self.put(places, place, waiting);
    }

    /// Puts an entry at a place or below it.
    fn sink(&mut self, places: &mut Places, mut place: usize, waiting: Waiting) {
        while let Some((below, lower)) = self.first_child(place) {
            if !lower.before(&waiting) {
                break;
            }
            self.put(places, place, lower);
            place = below;
        }
        self.put(places, place, waiting);
    }

    /// The child of a place that comes first.
    #[inline(always)]
    fn first_child(&self, place: usize) -> Option<(usize, Waiting)> {
        let begin = place.wrapping_mul(4).wrapping_add(1);
        let children = self.heap.get(begin..)?;
        if let Some(four @ [a, b, c, d]) = children.first_chunk() {
            let (left, right) = (usize::from(b.before(a)), usize::from(d.before(c)) | 2);
            let is_right = four.get(right)?.before(four.get(left)?);
            let at = select_unpredictable(is_right, right, left);
            return Some((begin.wrapping_add(at), *four.get(at)?));
        }
        let mut best = (begin, children.first()?);
        for (at, child) in (begin..).zip(children).skip(1) {
            if child.before(best.1) {
                best = (at, child);
            }
        }
        Some((best.0, *best.1))
    }

    fn put(&mut self, places: &mut Places, place: usize, waiting: Waiting) {
        if let Some(at) = self.heap.get_mut(place) {
            *at = waiting;
        }
        places.set(waiting.key, place);
    }
}

const fn parent(place: usize) -> usize {
    place.wrapping_sub(1) / 4
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_come_out_by_turn_and_arrival(steps in proptest::collection::vec((0..40u32, 0..6u64, 0..4u8), 0..300)) {
            let (mut line, mut places, mut model) = (Line::default(), Places::default(), BTreeSet::new());
            for (arrival, (key, turn, what)) in steps.into_iter().enumerate() {
                let stands = model.iter().find(|(_, _, other)| *other == key).copied();
                match (what, stands) {
                    (0, _) => {
                        let first = model.pop_first();
                        prop_assert_eq!(line.pop(&mut places), first.map(|(turn, _, key)| (key, turn)));
                    }
                    (1, Some(stands)) => {
                        model.remove(&stands);
                        line.remove(&mut places, key);
                    }
                    (_, None) => {
                        model.insert((turn, arrival, key));
                        line.push(&mut places, key, turn);
                    }
                    _ => {}
                }
                prop_assert_eq!(line.is_empty(), model.is_empty());
            }
        }
    }
}
