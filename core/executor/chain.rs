//! Doubly linked lists through the entries of a table.
//!
//! A list is two places, its links stand in the entries themselves or in a table beside them: an entry joins and leaves in constant time,
//! from anywhere in the list, and nothing is allocated. An entry stands in at most one list of a kind; whoever takes it out names the list. What stands before the first
//! entry is never read, so that the first one leaves without a look at the second, which may be far away in memory.

use core::marker::PhantomData;

use crate::error::Error;
use crate::slots::{NONE, Slots, reserve};

/// The neighbours of an entry in one list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    previous: u32,
    pub(crate) next: u32,
}

impl Default for Link {
    fn default() -> Self {
        Self { previous: NONE, next: NONE }
    }
}

/// An entry that can stand in lists of the kind `K`.
pub(crate) trait Linked<K> {
    fn link(&self) -> &Link;
    fn link_mut(&mut self) -> &mut Link;
}

/// Says which field of an entry is its link in a list of a kind.
macro_rules! linked {
    ($($kind:ty: $entry:ty { $field:ident })*) => {$(
        impl $crate::chain::Linked<$kind> for $entry {
            fn link(&self) -> &$crate::chain::Link {
                &self.$field
            }

            fn link_mut(&mut self) -> &mut $crate::chain::Link {
                &mut self.$field
            }
        }
    )*};
}

pub(crate) use linked;

/// Where the links of the lists of the kind `K` stand.
pub(crate) trait Table<K> {
    fn at(&self, slot: u32) -> &Link;
    fn at_mut(&mut self, slot: u32) -> &mut Link;
}

impl<K, T: Default + Linked<K>> Table<K> for Slots<T> {
    #[inline(always)]
    fn at(&self, slot: u32) -> &Link {
        self[slot].link()
    }

    #[inline(always)]
    fn at_mut(&mut self, slot: u32) -> &mut Link {
        self[slot].link_mut()
    }
}

/// Links beside the entries, by their places, where the neighbours of an entry change while it is far away in memory.
#[derive(Debug, Default)]
pub(crate) struct Links {
    links: Vec<Link>,
    nowhere: Link,
}

impl Links {
    /// Makes room for so many entries.
    pub(crate) fn reserve(&mut self, entries: usize) -> Result<(), Error> {
        reserve(&mut self.links, entries)
    }

    /// Takes an entry in.
    #[inline(always)]
    pub(crate) fn admit(&mut self, slot: u32) {
        let wanted = (slot as usize).saturating_add(1);
        if self.links.len() < wanted {
            self.links.resize(wanted, Link::default());
        }
    }
}

impl<K> Table<K> for Links {
    #[inline(always)]
    fn at(&self, slot: u32) -> &Link {
        self.links.get(slot as usize).unwrap_or(&self.nowhere)
    }

    #[inline(always)]
    fn at_mut(&mut self, slot: u32) -> &mut Link {
        self.links.get_mut(slot as usize).unwrap_or(&mut self.nowhere)
    }
}

/// The ends of a list of the kind `K`.
#[derive(Debug)]
pub(crate) struct Chain<K> {
    head: u32,
    tail: u32,
    kind: PhantomData<K>,
}

impl<K> Default for Chain<K> {
    fn default() -> Self {
        Self { head: NONE, tail: NONE, kind: PhantomData }
    }
}

impl<K> Chain<K> {
    pub(crate) fn is_empty(&self) -> bool {
        self.head == NONE
    }

    /// The first entry.
    pub(crate) fn first(&self) -> Option<u32> {
        (self.head != NONE).then_some(self.head)
    }

    /// The entries, in their order.
    pub(crate) fn iter<'t, T: Table<K>>(
        &self,
        table: &'t T,
    ) -> impl Iterator<Item = u32> + use<'t, K, T> {
        core::iter::successors(self.first(), |slot| {
            let next = table.at(*slot).next;
            (next != NONE).then_some(next)
        })
    }

    pub(crate) fn push_back(&mut self, table: &mut impl Table<K>, slot: u32) {
        *table.at_mut(slot) = Link { previous: self.tail, next: NONE };
        match self.tail {
            NONE => self.head = slot,
            tail => table.at_mut(tail).next = slot,
        }
        self.tail = slot;
    }

    pub(crate) fn push_front(&mut self, table: &mut impl Table<K>, slot: u32) {
        *table.at_mut(slot) = Link { previous: NONE, next: self.head };
        match self.head {
            NONE => self.tail = slot,
            head => table.at_mut(head).previous = slot,
        }
        self.head = slot;
    }

    pub(crate) fn pop_front(&mut self, table: &impl Table<K>) -> Option<u32> {
        let first = self.first()?;
        self.head = table.at(first).next;
        if self.head == NONE {
            self.tail = NONE;
        }
        Some(first)
    }

    /// Takes out an entry that stands in this list.
    pub(crate) fn remove(&mut self, table: &mut impl Table<K>, slot: u32) {
        if self.head == slot {
            self.pop_front(table);
            return;
        }
        let Link { previous, next } = *table.at(slot);
        table.at_mut(previous).next = next;
        match next {
            NONE => self.tail = previous,
            next => table.at_mut(next).previous = previous,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Item(Link);

    impl Linked<()> for Item {
        fn link(&self) -> &Link {
            &self.0
        }

        fn link_mut(&mut self) -> &mut Link {
            &mut self.0
        }
    }

    #[test]
    fn entries_leave_from_anywhere() {
        let mut table = Slots::new(8);
        let mut chain = Chain::default();
        let slots: Vec<_> = (0..5).filter_map(|_| table.insert(Item::default())).collect();
        slots[1..].iter().for_each(|slot| chain.push_back(&mut table, *slot));
        chain.push_front(&mut table, slots[0]);
        for leaving in [2, 0, 4] {
            chain.remove(&mut table, leaving);
        }
        assert!(chain.iter(&table).eq([1, 3]));
        assert_eq!(chain.pop_front(&table), Some(1));
        assert_eq!(chain.pop_front(&table), Some(3));
        assert!(chain.is_empty());
    }
}
