//! Timers: which entry of a table is due next.
//!
//! A wheel of eleven rings with 64 places each, exact to the nanosecond over the whole range of the clock. Setting and stopping a timer takes
//! constant time, and a timer moves inwards at most ten times before it is due. The entries are named by their places in a table of their
//! own, and each has one timer.
//!
//! ```text
//! ring 0: the next 64 ns, one place each ── ring 1: 64 × 64 ns ── … ── ring 10: the rest of time
//! ```
//!
//! Invariant: a timer stands in the ring of the highest digit (of six bits) in which its time differs from the wheel's. So all timers of a
//! ring are due before those of the rings outside of it, and within a ring the places are in order.

use crate::error::Error;
use crate::slots::{NONE, reserve};

/// A time that does not come.
pub(crate) const NEVER: u64 = !0;

const RINGS: usize = 11;
const PLACES: usize = 64;
const DIGIT: u32 = 6;

#[derive(Debug)]
pub(crate) struct Wheel {
    /// Everything before was taken out.
    elapsed: u64,
    /// Which places of a ring are taken, a bit each.
    taken: [u64; RINGS],
    /// The first timer of each place.
    heads: Box<[[u32; PLACES]; RINGS]>,
    /// By the number of the entry that the timer is for.
    timers: Vec<Timer>,
}

#[derive(Clone, Copy, Debug)]
struct Timer {
    due: u64,
    previous: u32,
    next: u32,
    /// `IDLE`, or the ring and the place.
    ring: u8,
    place: u8,
}

/// The ring of a timer that is not set.
const IDLE: u8 = u8::MAX;

impl Wheel {
    pub(crate) fn new() -> Self {
        let heads = Box::new([[NONE; PLACES]; RINGS]);
        Self { elapsed: 0, taken: [0; RINGS], heads, timers: Vec::new() }
    }

    /// Makes room for so many entries.
    pub(crate) fn reserve(&mut self, entries: usize) -> Result<(), Error> {
        reserve(&mut self.timers, entries)
    }

    /// Sets the timer of an entry, in place of the one it had.
    pub(crate) fn set(&mut self, entry: u32, due: u64) {
        self.stop(entry);
        let wanted = (entry as usize).saturating_add(1);
        if self.timers.len() < wanted {
            self.timers.resize(wanted, Timer::idle());
        }
        self.place(entry, due);
    }

    /// Stops the timer of an entry, where it has one.
    #[inline]
    pub(crate) fn stop(&mut self, entry: u32) {
        if self.timers.get(entry as usize).is_some_and(|timer| timer.ring != IDLE) {
            self.take_out(entry);
        }
    }

    fn take_out(&mut self, entry: u32) {
        let Some(timer) = self.timers.get_mut(entry as usize) else { return };
        let Timer { previous, next, ring, place, .. } = core::mem::replace(timer, Timer::idle());
        if let Some(timer) = self.timers.get_mut(next as usize) {
            timer.previous = previous;
        }
        if let Some(timer) = self.timers.get_mut(previous as usize) {
            timer.next = next;
        } else {
            self.set_head(ring, place, next);
        }
    }

    /// When to look again: the time of the next timer, or an earlier one.
    pub(crate) fn next(&self) -> Option<u64> {
        let (ring, place) = self.first()?;
        let timer = self.timers.get(self.head(ring, place) as usize)?;
        // Alone in its place, it is the next one.
        Some(if timer.next == NONE { timer.due } else { self.begin(ring, place) })
    }

    /// Takes out an entry whose time has come, the earliest first.
    pub(crate) fn expire(&mut self, now: u64) -> Option<u32> {
        while let Some((ring, place)) = self.first() {
            let begin = self.begin(ring, place);
            if begin > now {
                break;
            }
            self.elapsed = begin.max(self.elapsed);
            let entry = self.head(ring, place);
            if ring == 0 {
                self.stop(entry);
                return Some(entry);
            }
            self.move_inwards(ring, place);
        }
        // No timer lies between, so each one still differs from the new time in the same digit.
        self.elapsed = self.elapsed.max(now);
        None
    }

    /// Gives the timers of a place, which begins now, their places in the rings inside.
    fn move_inwards(&mut self, ring: u8, place: u8) {
        let mut entry = self.head(ring, place);
        self.set_head(ring, place, NONE);
        while let Some(timer) = self.timers.get(entry as usize) {
            let (due, next) = (timer.due, timer.next);
            self.place(entry, due);
            entry = next;
        }
    }

    /// The first place that is taken.
    fn first(&self) -> Option<(u8, u8)> {
        let ring = self.taken.iter().position(|taken| *taken != 0)?;
        Some((ring as u8, self.taken.get(ring)?.trailing_zeros() as u8))
    }

    /// When a place begins.
    fn begin(&self, ring: u8, place: u8) -> u64 {
        let below = u32::from(ring).saturating_mul(DIGIT);
        let above = below.saturating_add(DIGIT);
        let kept = self.elapsed.checked_shr(above).unwrap_or(0).checked_shl(above).unwrap_or(0);
        kept | u64::from(place).wrapping_shl(below)
    }

    fn place(&mut self, entry: u32, due: u64) {
        // What is late already is due at once.
        let due = due.max(self.elapsed);
        let differing = (due ^ self.elapsed) | 1;
        let ring = differing.ilog2().checked_div(DIGIT).unwrap_or(0);
        let place = (due.wrapping_shr(ring.saturating_mul(DIGIT)) & 63) as u8;
        let ring = ring as u8;
        let next = self.head(ring, place);
        if let Some(timer) = self.timers.get_mut(entry as usize) {
            *timer = Timer { due, previous: NONE, next, ring, place };
        }
        if let Some(timer) = self.timers.get_mut(next as usize) {
            timer.previous = entry;
        }
        self.set_head(ring, place, entry);
    }

    fn head(&self, ring: u8, place: u8) -> u32 {
        let places = self.heads.get(usize::from(ring));
        places.and_then(|places| places.get(usize::from(place))).copied().unwrap_or(NONE)
    }

    fn set_head(&mut self, ring: u8, place: u8, entry: u32) {
        let places = self.heads.get_mut(usize::from(ring));
        if let Some(head) = places.and_then(|places| places.get_mut(usize::from(place))) {
            *head = entry;
        }
        if let Some(taken) = self.taken.get_mut(usize::from(ring)) {
            let bit = 1u64.wrapping_shl(u32::from(place));
            *taken = if entry == NONE { *taken & !bit } else { *taken | bit };
        }
    }
}

impl Timer {
    const fn idle() -> Self {
        Self { due: 0, previous: NONE, next: NONE, ring: IDLE, place: 0 }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Set(u32, u64),
        Stop(u32),
        Expire(u64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let span = (0..64u32).prop_flat_map(|bits| 0..=(u64::MAX >> bits));
        let step = prop_oneof![
            3 => (0..20u32, span.clone()).prop_map(|(entry, due)| Step::Set(entry, due)),
            1 => (0..20u32).prop_map(Step::Stop),
            1 => span.prop_map(Step::Expire),
        ];
        proptest::collection::vec(step, 0..60)
    }

    proptest! {
        #[test]
        fn timers_are_due_as_in_a_sorted_list(steps in steps()) {
            let (mut wheel, mut model, mut clock) = (Wheel::new(), BTreeSet::new(), 0u64);
            for step in steps {
                match step {
                    Step::Set(entry, after) => {
                        let due = clock.saturating_add(after);
                        model.retain(|(_, other)| *other != entry);
                        model.insert((due, entry));
                        wheel.set(entry, due);
                    }
                    Step::Stop(entry) => {
                        model.retain(|(_, other)| *other != entry);
                        wheel.stop(entry);
                    }
                    Step::Expire(after) => {
                        clock = clock.saturating_add(after);
                        let mut last = 0;
                        while let Some(entry) = wheel.expire(clock) {
                            let (due, _) = *model.iter().find(|(_, other)| *other == entry).expect("set");
                            prop_assert!(due <= clock && due >= last);
                            last = due;
                            model.remove(&(due, entry));
                        }
                        prop_assert!(model.iter().all(|(due, _)| *due > clock));
                    }
                }
                let first = model.first().map(|(due, _)| *due);
                prop_assert_eq!(wheel.next().is_some(), first.is_some());
                prop_assert!(wheel.next() <= first || wheel.next().is_none());
            }
        }
    }

    #[test]
    fn a_timer_that_is_alone_is_known_exactly() {
        let mut wheel = Wheel::new();
        wheel.set(3, 30_000_000_001);
        assert_eq!(wheel.next(), Some(30_000_000_001));
        assert_eq!(wheel.expire(30_000_000_000), None);
        assert_eq!(wheel.expire(30_000_000_001), Some(3));
        assert_eq!(wheel.next(), None);
    }
}
