//! A table whose places are used again, and whose memory can be asked for beforehand.

use crate::error::Error;
use crate::room;

/// Values by the number of the place that each stands in.
///
/// # Invariant
///
/// The vacant places make a list that begins at `vacant`; the last one names a place behind the table.
#[derive(Debug)]
pub(super) struct Slots<T> {
    places: Vec<Place<T>>,
    vacant: u32,
    len: usize,
}

#[derive(Debug)]
enum Place<T> {
    Taken(T),
    /// The next vacant place.
    Vacant(u32),
}

impl<T> Slots<T> {
    pub(super) const fn new() -> Self {
        Self { places: Vec::new(), vacant: 0, len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn capacity(&self) -> usize {
        self.places.capacity()
    }

    /// Makes room for one more. The first has a table of its own size: most have no second.
    #[inline]
    pub(super) fn reserve(&mut self) -> Result<(), Error> {
        match self.places.capacity() {
            0 => self.places.try_reserve_exact(1).map_err(|_| room::REFUSED),
            _ if self.len < self.places.len() => Ok(()),
            _ => room::behind(&mut self.places, 1),
        }
    }

    #[inline]
    pub(super) fn insert(&mut self, value: T) -> u32 {
        let at = self.vacant;
        self.len = self.len.saturating_add(1);
        match self.places.get_mut(at as usize) {
            Some(place) => {
                if let Place::Vacant(next) = *place {
                    self.vacant = next;
                }
                *place = Place::Taken(value);
            }
            None => {
                self.places.push(Place::Taken(value));
                self.vacant = self.places.len() as u32;
            }
        }
        at
    }

    #[inline]
    pub(super) fn get(&self, at: u32) -> Option<&T> {
        match self.places.get(at as usize)? {
            Place::Taken(value) => Some(value),
            Place::Vacant(_) => None,
        }
    }

    #[inline]
    pub(super) fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        match self.places.get_mut(at as usize)? {
            Place::Taken(value) => Some(value),
            Place::Vacant(_) => None,
        }
    }

    #[inline]
    pub(super) fn remove(&mut self, at: u32) -> Option<T> {
        let place = self.places.get_mut(at as usize)?;
        if let Place::Vacant(_) = place {
            return None;
        }
        let taken = core::mem::replace(place, Place::Vacant(self.vacant));
        self.vacant = at;
        self.len = self.len.saturating_sub(1);
        match taken {
            Place::Taken(value) => Some(value),
            Place::Vacant(_) => None,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.places.iter().filter_map(|place| match place {
            Place::Taken(value) => Some(value),
            Place::Vacant(_) => None,
        })
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.places.iter_mut().filter_map(|place| match place {
            Place::Taken(value) => Some(value),
            Place::Vacant(_) => None,
        })
    }
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_were_given_back_are_used_first() {
        let mut slots = Slots::new();
        let places: Vec<u32> = (0..4).map(|value| slots.insert(value)).collect();
        assert_eq!(places, [0, 1, 2, 3]);
        assert_eq!((slots.remove(1), slots.remove(3), slots.remove(3)), (Some(1), Some(3), None));
        assert_eq!((slots.get(1), slots.len()), (None, 2));
        assert_eq!([slots.insert(5), slots.insert(6), slots.insert(7)], [3, 1, 4]);
        assert_eq!(slots.iter().copied().collect::<Vec<_>>(), [0, 6, 2, 5, 7]);
        slots.iter_mut().for_each(|value| *value += 1);
        assert_eq!((slots.get(4).copied(), slots.get(9)), (Some(8), None));
        (0..5).for_each(|at| assert!(slots.remove(at).is_some()));
        assert!(slots.is_empty());
    }

    #[test]
    fn room_is_asked_for_one_by_one() {
        let mut slots = Slots::<[u8; 100]>::new();
        assert_eq!(slots.reserve(), Ok(()));
        assert_eq!(slots.capacity(), 1);
        slots.insert([0; 100]);
        for _ in 0..1_000 {
            assert_eq!(slots.reserve(), Ok(()));
            slots.insert([0; 100]);
        }
        assert_eq!(slots.len(), 1_001);
    }
}
