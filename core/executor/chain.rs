//! Doubly linked lists through the entries of a table.
//!
//! A list is two places, its links stand in the entries themselves: an entry joins and leaves in constant time, from anywhere in the list,
//! and nothing is allocated. An entry stands in at most one list of a kind; whoever takes it out names the list. What stands before the first
//! entry is never read, so that the first one leaves without a look at the second, which may be far away in memory.

use core::marker::PhantomData;

use crate::slots::{NONE, Slots};

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
    pub(crate) fn iter<'t, T: Default + Linked<K>>(
        &self,
        table: &'t Slots<T>,
    ) -> impl Iterator<Item = u32> + use<'t, K, T> {
        core::iter::successors(self.first(), |slot| {
            let next = table[*slot].link().next;
            (next != NONE).then_some(next)
        })
    }

    pub(crate) fn push_back<T: Default + Linked<K>>(&mut self, table: &mut Slots<T>, slot: u32) {
        *table[slot].link_mut() = Link { previous: self.tail, next: NONE };
        match self.tail {
            NONE => self.head = slot,
            tail => table[tail].link_mut().next = slot,
        }
        self.tail = slot;
    }

    pub(crate) fn push_front<T: Default + Linked<K>>(&mut self, table: &mut Slots<T>, slot: u32) {
        *table[slot].link_mut() = Link { previous: NONE, next: self.head };
        match self.head {
            NONE => self.tail = slot,
            head => table[head].link_mut().previous = slot,
        }
        self.head = slot;
    }

    pub(crate) fn pop_front<T: Default + Linked<K>>(&mut self, table: &Slots<T>) -> Option<u32> {
        let first = self.first()?;
        self.head = table[first].link().next;
        if self.head == NONE {
            self.tail = NONE;
        }
        Some(first)
    }

    /// Takes out an entry that stands in this list.
    pub(crate) fn remove<T: Default + Linked<K>>(&mut self, table: &mut Slots<T>, slot: u32) {
        if self.head == slot {
            self.pop_front(table);
            return;
        }
        let Link { previous, next } = *table[slot].link();
        table[previous].link_mut().next = next;
        match next {
            NONE => self.tail = previous,
            next => table[next].link_mut().previous = previous,
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
