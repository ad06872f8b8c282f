//! Tables whose places are used again: what all ids lead into.
//!
//! Every operation takes constant time, and once a table has been as full as it gets, nothing is allocated. A place out of range
//! reads as a vacant value, so no access can panic; the links between entries never lead there.

use core::ops::{Index, IndexMut};

/// The place of nothing.
pub(crate) const NONE: u32 = !0;

#[derive(Debug)]
pub(crate) struct Slots<T> {
    slots: Vec<Slot<T>>,
    /// The free places; the last one is used next.
    free: Vec<u32>,
    cap: u32,
    /// What stands in the places out of range: never taken.
    vacant: Slot<T>,
}

/// A place, on cache lines of its own.
#[derive(Debug)]
#[repr(align(64))]
struct Slot<T> {
    value: T,
    /// Odd while it is taken.
    generation: u32,
}

impl<T> Slot<T> {
    fn is_taken(&self) -> bool {
        !self.generation.is_multiple_of(2)
    }
}

impl<T: Default> Slots<T> {
    /// A table of at most so many entries.
    pub(crate) fn new(cap: u32) -> Self {
        let vacant = Slot { value: T::default(), generation: 0 };
        Self { slots: Vec::new(), free: Vec::new(), cap: cap.min(NONE >> 1), vacant }
    }

    pub(crate) fn len(&self) -> u32 {
        (self.slots.len() as u32).saturating_sub(self.free.len() as u32)
    }

    /// How many more there is room for.
    pub(crate) fn room(&self) -> usize {
        self.cap.saturating_sub(self.len()) as usize
    }

    /// Puts a value into a free place. `None` when the table is full.
    pub(crate) fn insert(&mut self, value: T) -> Option<u32> {
        self.insert_with(|| value)
    }

    /// The same, and the value is made where it will stand.
    #[inline(always)]
    pub(crate) fn insert_with(&mut self, make: impl FnOnce() -> T) -> Option<u32> {
        if let Some(place) = self.free.pop() {
            let slot = self.slots.get_mut(place as usize)?;
            slot.generation = slot.generation.wrapping_add(1);
            slot.value = make();
            return Some(place);
        }
        self.insert_behind(make())
    }

    #[cold]
    #[inline(never)]
    fn insert_behind(&mut self, value: T) -> Option<u32> {
        let place = self.slots.len() as u32;
        if place >= self.cap {
            return None;
        }
        self.slots.push(Slot { value, generation: 1 });
        Some(place)
    }

    /// Empties a place. Ids that lead there are worth nothing from now on.
    #[inline(always)]
    pub(crate) fn remove(&mut self, place: u32) {
        let Some(slot) = self.slots.get_mut(place as usize).filter(|slot| slot.is_taken()) else {
            debug_assert!(false, "nothing stands in place {place}");
            return;
        };
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(place);
    }

    /// The generation of what stands in a place.
    pub(crate) fn generation(&self, place: u32) -> u32 {
        self.slot(place).generation
    }

    /// Whether a place still holds what it held when its generation was noted.
    pub(crate) fn holds(&self, place: u32, generation: u32) -> bool {
        !generation.is_multiple_of(2) && self.slot(place).generation == generation
    }

    /// What stands in the table, with its places, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let taken = (0..).zip(&self.slots).filter(|(_, slot)| slot.is_taken());
        taken.map(|(place, slot)| (place, &slot.value))
    }
}

impl<T> Slots<T> {
    #[inline(always)]
    fn slot(&self, place: u32) -> &Slot<T> {
        self.slots.get(place as usize).unwrap_or(&self.vacant)
    }
}

impl<T> Index<u32> for Slots<T> {
    type Output = T;

    #[inline(always)]
    fn index(&self, place: u32) -> &T {
        &self.slot(place).value
    }
}

impl<T> IndexMut<u32> for Slots<T> {
    #[inline(always)]
    fn index_mut(&mut self, place: u32) -> &mut T {
        &mut self.slots.get_mut(place as usize).unwrap_or(&mut self.vacant).value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_used_again_under_another_generation() {
        let mut slots = Slots::new(2);
        let first = slots.insert('a').expect("room");
        let generation = slots.generation(first);
        assert!(slots.holds(first, generation));
        slots.remove(first);
        assert!(!slots.holds(first, slots.generation(first)));
        assert_eq!(slots.insert('b'), Some(first));
        assert!(!slots.holds(first, generation));
        assert_eq!(slots[first], 'b');
    }

    #[test]
    fn a_full_table_takes_nothing() {
        let mut slots = Slots::new(1);
        assert_eq!(slots.insert(1), Some(0));
        assert_eq!((slots.insert(2), slots.room()), (None, 0));
        slots.remove(0);
        assert_eq!((slots.len(), slots.iter().count()), (0, 0));
    }
}
