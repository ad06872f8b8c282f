//! Tables whose places are used again: what all ids lead into.
//!
//! Every operation takes constant time, and once a table has been as full as it gets, nothing is allocated. A place that holds nothing
//! reads as a vacant value, so no access can panic; the links between entries never lead there.

use core::ops::{Index, IndexMut};

/// The place of nothing.
pub(crate) const NONE: u32 = !0;

#[derive(Debug)]
pub(crate) struct Slots<T> {
    entries: Vec<Entry<T>>,
    /// The first free place; each leads to the next.
    free: u32,
    taken: u32,
    cap: u32,
    vacant: T,
}

#[derive(Debug)]
struct Entry<T> {
    generation: u32,
    content: Content<T>,
}

#[derive(Debug)]
enum Content<T> {
    Free { next: u32 },
    Taken(T),
}

impl<T: Default> Slots<T> {
    /// A table of at most so many entries.
    pub(crate) fn new(cap: u32) -> Self {
        let vacant = T::default();
        Self { entries: Vec::new(), free: NONE, taken: 0, cap: cap.min(NONE - 1), vacant }
    }

    /// A table of places with these generations, some of which are taken. `None` where a place does not exist or is taken twice, or
    /// where a generation is none.
    pub(crate) fn restored(
        cap: u32,
        generations: impl Iterator<Item = u32>,
        taken: impl Iterator<Item = (u32, T)>,
    ) -> Option<Self> {
        let mut table = Self::new(cap);
        let free = |generation| Entry { generation, content: Content::Free { next: NONE } };
        table.entries = generations.map(free).collect();
        let are_valid = table.entries.iter().all(|entry| entry.generation > 0);
        if !are_valid || table.entries.len() >= NONE as usize {
            return None;
        }
        for (slot, value) in taken {
            let entry = table.entries.get_mut(slot as usize)?;
            if matches!(entry.content, Content::Taken(_)) {
                return None;
            }
            entry.content = Content::Taken(value);
            table.taken = table.taken.saturating_add(1);
        }
        table.chain_free();
        Some(table)
    }

    /// Makes a list of all places that are free, the first ones first.
    fn chain_free(&mut self) {
        let mut free = NONE;
        for (slot, entry) in self.entries.iter_mut().enumerate().rev() {
            if let Content::Free { next } = &mut entry.content {
                *next = core::mem::replace(&mut free, slot as u32);
            }
        }
        self.free = free;
    }

    /// The generations of all places, taken or not.
    pub(crate) fn generations(&self) -> impl Iterator<Item = u32> {
        self.entries.iter().map(|entry| entry.generation)
    }

    /// Whether something stands in a place.
    pub(crate) fn is_taken(&self, slot: u32) -> bool {
        let entry = self.entries.get(slot as usize);
        entry.is_some_and(|entry| matches!(entry.content, Content::Taken(_)))
    }

    /// Whether there is more in it than fits.
    pub(crate) fn is_too_full(&self) -> bool {
        self.taken > self.cap
    }

    pub(crate) fn len(&self) -> u32 {
        self.taken
    }

    /// How many more there is room for.
    pub(crate) fn room(&self) -> usize {
        self.cap.saturating_sub(self.taken) as usize
    }

    pub(crate) fn is_full(&self) -> bool {
        self.taken >= self.cap
    }

    /// Puts a value into a free place, or gives back nothing where the table is full.
    pub(crate) fn insert(&mut self, value: T) -> Option<u32> {
        if self.is_full() {
            return None;
        }
        self.taken = self.taken.saturating_add(1);
        let slot = self.free;
        if let Some(entry) = self.entries.get_mut(slot as usize) {
            if let Content::Free { next } = entry.content {
                self.free = next;
            }
            entry.content = Content::Taken(value);
            return Some(slot);
        }
        let slot = self.entries.len() as u32;
        self.entries.push(Entry { generation: 1, content: Content::Taken(value) });
        Some(slot)
    }

    /// Empties a place. Ids that lead there are worth nothing from now on.
    pub(crate) fn remove(&mut self, slot: u32) -> Option<T> {
        let entry = self.entries.get_mut(slot as usize)?;
        if matches!(entry.content, Content::Free { .. }) {
            return None;
        }
        entry.generation = entry.generation.wrapping_add(1).max(1);
        let content = core::mem::replace(&mut entry.content, Content::Free { next: self.free });
        self.free = slot;
        self.taken = self.taken.saturating_sub(1);
        match content {
            Content::Taken(value) => Some(value),
            Content::Free { .. } => None,
        }
    }

    /// The generation of what stands in a place.
    pub(crate) fn generation(&self, slot: u32) -> u32 {
        self.entries.get(slot as usize).map_or(0, |entry| entry.generation)
    }

    /// Whether a place still holds what it held when its generation was noted.
    pub(crate) fn holds(&self, slot: u32, generation: u32) -> bool {
        self.entries.get(slot as usize).is_some_and(|entry| {
            entry.generation == generation && matches!(entry.content, Content::Taken(_))
        })
    }

    /// What stands in the table, with its places, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.entries.iter().enumerate().filter_map(|(slot, entry)| match &entry.content {
            Content::Taken(value) => Some((slot as u32, value)),
            Content::Free { .. } => None,
        })
    }
}

impl<T> Index<u32> for Slots<T> {
    type Output = T;

    #[inline]
    fn index(&self, slot: u32) -> &T {
        match self.entries.get(slot as usize) {
            Some(Entry { content: Content::Taken(value), .. }) => value,
            _ => {
                debug_assert!(false, "nothing stands in place {slot}");
                &self.vacant
            }
        }
    }
}

impl<T> IndexMut<u32> for Slots<T> {
    #[inline]
    fn index_mut(&mut self, slot: u32) -> &mut T {
        match self.entries.get_mut(slot as usize) {
            Some(Entry { content: Content::Taken(value), .. }) => value,
            _ => {
                debug_assert!(false, "nothing stands in place {slot}");
                &mut self.vacant
            }
        }
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
        assert_eq!(slots.remove(first), Some('a'));
        assert_eq!(slots.insert('b'), Some(first));
        assert!(!slots.holds(first, generation));
        assert!(slots.holds(first, slots.generation(first)));
    }

    #[test]
    fn a_restored_table_goes_on_where_the_other_one_was() {
        let mut slots = Slots::new(8);
        for value in 0..5 {
            slots.insert(value);
        }
        [3, 1].map(|slot| slots.remove(slot));
        let taken = slots.iter().map(|(slot, value)| (slot, *value));
        let mut again = Slots::restored(8, slots.generations(), taken).expect("a table");
        assert_eq!((again.len(), again.generation(3), again[4]), (3, 2, 4));
        assert_eq!([7, 8, 9].map(|value| again.insert(value)), [Some(1), Some(3), Some(5)]);
        let twice = Slots::restored(8, [1, 1].into_iter(), [(0, 'a'), (0, 'b')].into_iter());
        assert!(twice.is_none());
        assert!(Slots::restored(8, [0].into_iter(), [(0, 'a')].into_iter()).is_none());
        assert!(Slots::restored(8, [1].into_iter(), [(1, 'a')].into_iter()).is_none());
    }

    #[test]
    fn a_full_table_takes_nothing() {
        let mut slots = Slots::new(1);
        assert_eq!(slots.insert(1), Some(0));
        assert_eq!(slots.insert(2), None);
        assert_eq!(slots.remove(0), Some(1));
        assert_eq!(slots.remove(0), None);
        assert_eq!(slots.len(), 0);
    }
}
