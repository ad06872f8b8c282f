//! Tables whose places are used again: what all ids lead into.
//!
//! Every operation takes constant time, and once a table has been as full as it gets, nothing is allocated. A place out of range
//! reads as a vacant value, so no access can panic; the links between entries never lead there.

use core::ops::{Index, IndexMut};

use crate::error::Error;
use crate::limits::Limit;

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

/// Why a table cannot be restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// A place does not exist, is taken twice or not at all.
    Places,
    /// A place is taken that lies beyond the cap.
    TooLong,
}

impl Broken {
    pub(crate) fn error(self, limit: Limit, wrong: &'static str) -> Error {
        match self {
            Self::Places => Error::InvalidSnapshot(wrong),
            Self::TooLong => Error::limit(limit),
        }
    }
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

    /// A table of places with these generations, of which the odd ones are taken. Free places beyond the cap are dropped: they would not be
    /// used again.
    pub(crate) fn restored(
        cap: u32,
        generations: impl Iterator<Item = u32>,
        taken: impl Iterator<Item = (u32, T)>,
    ) -> Result<Self, Broken> {
        let mut table = Self::new(cap);
        let mut generations: Vec<u32> = generations.collect();
        let is_taken = |generation: &u32| !generation.is_multiple_of(2);
        let used = generations.iter().rposition(is_taken).map_or(0, |last| last.saturating_add(1));
        if used > table.cap as usize {
            return Err(Broken::TooLong);
        }
        generations.truncate(used.max(table.cap as usize));
        let mut missing: Vec<bool> = generations.iter().map(is_taken).collect();
        let vacant = |generation| Slot { value: T::default(), generation };
        table.slots = generations.into_iter().map(vacant).collect();
        for (place, value) in taken {
            let is_missing = missing.get_mut(place as usize).ok_or(Broken::Places)?;
            let slot = table.slots.get_mut(place as usize).ok_or(Broken::Places)?;
            if !core::mem::replace(is_missing, false) {
                return Err(Broken::Places);
            }
            slot.value = value;
        }
        let free = (0..table.slots.len() as u32).zip(&table.slots);
        let free = free.rev().filter(|(_, slot)| !slot.is_taken());
        table.free = free.map(|(place, _)| place).collect();
        if missing.contains(&true) { Err(Broken::Places) } else { Ok(table) }
    }

    /// The generations of all places, taken or not.
    pub(crate) fn generations(&self) -> impl Iterator<Item = u32> {
        self.slots.iter().map(|slot| slot.generation)
    }

    /// Whether something stands in a place.
    pub(crate) fn is_taken(&self, place: u32) -> bool {
        self.slots.get(place as usize).is_some_and(Slot::is_taken)
    }

    /// How many places there can be before the table grows.
    pub(crate) fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    /// How many places there are, taken or not.
    pub(crate) fn places(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn len(&self) -> u32 {
        (self.slots.len() as u32).saturating_sub(self.free.len() as u32)
    }

    /// Whether the next entry takes a place that there was not before.
    #[inline(always)]
    pub(crate) fn must_grow(&self) -> bool {
        self.free.is_empty() && self.slots.len() == self.slots.capacity()
    }

    /// Makes room for so many more, as far as the cap allows, so that adding and removing them allocates nothing.
    pub(crate) fn reserve(&mut self, more: usize) -> Result<(), Error> {
        let more = more.saturating_sub(self.free.len());
        let places = self.slots.len().saturating_add(more);
        if places <= self.cap as usize {
            reserve(&mut self.slots, places)?;
            reserve(&mut self.free, self.slots.capacity())?;
        }
        Ok(())
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

    /// What stands in a place, with its generation.
    #[inline(always)]
    pub(crate) fn named(&mut self, place: u32) -> (u32, &mut T) {
        match self.slots.get_mut(place as usize) {
            Some(slot) => (slot.generation, &mut slot.value),
            None => (0, &mut self.vacant.value),
        }
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

/// Makes room for so many entries in all.
pub(crate) fn reserve<T>(list: &mut Vec<T>, wanted: usize) -> Result<(), Error> {
    let more = wanted.saturating_sub(list.len());
    list.try_reserve(more).map_err(|_| Error::limit(Limit::Memory))
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
    fn a_restored_table_goes_on_where_the_other_one_was() {
        let mut slots = Slots::new(8);
        for value in 0..5 {
            slots.insert(value);
        }
        [3, 1].into_iter().for_each(|place| slots.remove(place));
        let taken = slots.iter().map(|(place, value)| (place, *value));
        let mut again = Slots::restored(8, slots.generations(), taken).expect("a table");
        assert_eq!((again.len(), again.generation(3), again[4]), (3, 2, 4));
        assert_eq!([7, 8, 9].map(|value| again.insert(value)), [Some(1), Some(3), Some(5)]);
        let restored = |generations: &[u32], taken: &[(u32, char)]| {
            Slots::restored(2, generations.iter().copied(), taken.iter().copied())
        };
        let broken = |generations, taken| restored(generations, taken).err();
        assert_eq!(broken(&[1, 1], &[(0, 'a'), (0, 'b')]), Some(Broken::Places));
        assert_eq!(broken(&[2], &[(0, 'a')]), Some(Broken::Places));
        assert_eq!(broken(&[1], &[]), Some(Broken::Places));
        assert_eq!(broken(&[1], &[(1, 'a')]), Some(Broken::Places));
        assert_eq!(broken(&[2, 2, 1], &[(2, 'a')]), Some(Broken::TooLong));
        let shorter = restored(&[2, 1, 2], &[(1, 'a')]).expect("a table");
        assert_eq!((shorter.places(), shorter.room(), shorter.len()), (2, 1, 1));
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
