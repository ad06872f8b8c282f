//! Handles: what C holds instead of pointers.
//!
//! A handle is a slot of a table and the generation of what stands there, so that one that was freed, or made up, names nothing. Every call
//! takes what it works on without waiting, or fails: nothing is ever used by two calls that get into each other's way. Kinds that are only looked at
//! for a moment take their turn instead.

use std::sync::{
    Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError,
    TryLockResult,
};

use crate::status::Failure;

/// A handle of one kind.
pub trait Handle: Copy {
    /// What it names.
    type Target: Send + Sync + 'static;

    /// What callers know it as.
    const NAME: &'static str;

    /// What becomes of a call that finds it in use.
    const MANNERS: Manners = Manners::Busy;

    /// All that there are of the kind.
    fn table() -> &'static Table<Self::Target>;

    /// The handle of what stands there.
    fn new(slot: u32, generation: u32) -> Self;

    /// Slot and generation.
    fn parts(self) -> (u32, u32);

    /// Gives a value a handle.
    #[inline(always)]
    fn open(value: Self::Target) -> Result<Self, Failure> {
        let (slot, generation) = Self::table().insert(value, Self::NAME)?;
        Ok(Self::new(slot, generation))
    }

    /// Reads what it names.
    #[inline(always)]
    fn read<R>(self, body: impl FnOnce(&Self::Target) -> Result<R, Failure>) -> Result<R, Failure> {
        let (slot, generation) = self.parts();
        let entry = Self::table().slot(slot).ok_or(Failure::Handle(Self::NAME))?;
        match Self::MANNERS.read(entry) {
            Ok(entry) => body(entry.named(generation).ok_or(Failure::Handle(Self::NAME))?),
            Err(TryLockError::WouldBlock) => Err(Failure::Busy(Self::NAME)),
            Err(TryLockError::Poisoned(entry)) => {
                Err(poisoned::<Self>(entry.get_ref(), generation))
            }
        }
    }

    /// Changes what it names.
    fn change<R>(
        self,
        body: impl FnOnce(&mut Self::Target) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let (slot, generation) = self.parts();
        let entry = Self::table().slot(slot).ok_or(Failure::Handle(Self::NAME))?;
        match entry.try_write() {
            Ok(mut entry) => body(entry.named_mut(generation).ok_or(Failure::Handle(Self::NAME))?),
            Err(TryLockError::WouldBlock) => Err(Failure::Busy(Self::NAME)),
            Err(TryLockError::Poisoned(entry)) => {
                Err(poisoned::<Self>(entry.get_ref(), generation))
            }
        }
    }

    /// Takes away what it names.
    fn take(self) -> Result<Self::Target, Failure> {
        let (slot, generation) = self.parts();
        Self::table().remove(slot, generation, Self::NAME, Self::MANNERS)
    }

    /// Frees what it names; the handle of nothing is fine.
    fn free(self) -> Result<(), Failure> {
        if self.parts() == (0, 0) { Ok(()) } else { self.take().map(drop) }
    }
}

/// What becomes of a call that finds in use what it wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manners {
    /// It fails.
    Busy,
    /// It waits. For kinds that are read for a moment and never changed, and nothing is called meanwhile.
    Turn,
}

impl Manners {
    #[inline(always)]
    fn read<T>(self, entry: &RwLock<T>) -> TryLockResult<RwLockReadGuard<'_, T>> {
        match self {
            Self::Busy => entry.try_read(),
            Self::Turn => Ok(entry.read()?),
        }
    }

    #[inline(always)]
    fn write<T>(self, entry: &RwLock<T>) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        match self {
            Self::Busy => entry.try_write(),
            Self::Turn => Ok(entry.write()?),
        }
    }
}

/// Makes structs of the ABI handles.
#[macro_export]
#[doc(hidden)]
macro_rules! handles {
    ($($handle:ident => $target:ty $(as $manners:ident)?,)+) => {$(
        impl $crate::handle::Handle for $handle {
            type Target = $target;

            const NAME: &'static str = stringify!($handle);
            $(const MANNERS: $crate::handle::Manners = $crate::handle::Manners::$manners;)?

            fn table() -> &'static $crate::handle::Table<$target> {
                static TABLE: $crate::handle::Table<$target> = $crate::handle::Table::new();
                &TABLE
            }

            fn new(slot: u32, generation: u32) -> Self {
                Self { slot, generation }
            }

            fn parts(self) -> (u32, u32) {
                (self.slot, self.generation)
            }
        }
    )+};
}
pub use handles;

/// What the handles of one kind name.
///
/// Slots stand in segments, each as large as all before it, which stay where they are: a lookup takes no lock but that of its slot.
#[derive(Debug)]
pub struct Table<T> {
    segments: [OnceLock<Segment<T>>; SEGMENTS],
    free: Mutex<Free>,
}

type Segment<T> = Box<[RwLock<Entry<T>>]>;

/// One slot. Its generation moves on when it is freed; one whose generations are used up is never used again.
#[derive(Debug)]
pub(crate) struct Entry<T> {
    generation: u32,
    value: Option<T>,
}

#[derive(Debug)]
struct Free {
    slots: Vec<u32>,
    /// How many slots were ever used.
    used: u32,
}

impl<T> Table<T> {
    /// A table of nothing.
    #[expect(clippy::new_without_default, reason = "tables are static")]
    pub const fn new() -> Self {
        Self {
            segments: [const { OnceLock::new() }; SEGMENTS],
            free: Mutex::new(Free { slots: Vec::new(), used: 0 }),
        }
    }

    fn slot(&self, slot: u32) -> Option<&RwLock<Entry<T>>> {
        let (segment, at) = place(slot)?;
        self.segments.get(segment)?.get()?.get(at)
    }

    #[inline(always)]
    fn insert(&self, value: T, name: &'static str) -> Result<(u32, u32), Failure> {
        let slot = self.vacant(name)?;
        let entry = self.slot(slot).ok_or(Failure::Memory)?;
        // Whoever comes with an old handle is gone in a moment.
        let mut entry = entry.write().unwrap_or_else(PoisonError::into_inner);
        entry.value = Some(value);
        Ok((slot, entry.generation))
    }

    /// A slot that nobody has.
    fn vacant(&self, name: &'static str) -> Result<u32, Failure> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = free.slots.pop() {
            return Ok(slot);
        }
        let slot = free.used;
        let (segment, _) = place(slot).ok_or(Failure::Handles(name))?;
        let segment = self.segments.get(segment).ok_or(Failure::Handles(name))?;
        if segment.get().is_none() {
            let _ = segment.set(entries(slot.max(FIRST) as usize)?);
        }
        // What will be freed has room here already, so that freeing never fails.
        let wanted = slot.saturating_add(1) as usize;
        free.slots.try_reserve(wanted).map_err(|_| Failure::Memory)?;
        free.used = slot.saturating_add(1);
        Ok(slot)
    }

    fn remove(
        &self,
        slot: u32,
        generation: u32,
        name: &'static str,
        manners: Manners,
    ) -> Result<T, Failure> {
        let lock = self.slot(slot).ok_or(Failure::Handle(name))?;
        let mut entry = match manners.write(lock) {
            Ok(entry) => entry,
            Err(TryLockError::WouldBlock) => return Err(Failure::Busy(name)),
            Err(TryLockError::Poisoned(entry)) => entry.into_inner(),
        };
        entry.named_mut(generation).ok_or(Failure::Handle(name))?;
        let value = entry.value.take().ok_or(Failure::Handle(name))?;
        entry.generation = generation.saturating_add(1);
        let is_used_up = entry.generation == u32::MAX;
        lock.clear_poison();
        drop(entry);
        if !is_used_up {
            self.free.lock().unwrap_or_else(PoisonError::into_inner).slots.push(slot);
        }
        Ok(value)
    }
}

impl<T> Entry<T> {
    fn named(&self, generation: u32) -> Option<&T> {
        self.value.as_ref().filter(|_| self.generation == generation)
    }

    fn named_mut(&mut self, generation: u32) -> Option<&mut T> {
        self.value.as_mut().filter(|_| self.generation == generation)
    }
}

/// What a poisoned slot is for a handle: nothing to those that it has outlived.
fn poisoned<H: Handle>(
    entry: &impl core::ops::Deref<Target = Entry<H::Target>>,
    generation: u32,
) -> Failure {
    match entry.named(generation) {
        Some(_) => Failure::Poisoned(H::NAME),
        None => Failure::Handle(H::NAME),
    }
}

/// Slots that nothing stands in.
fn entries<T>(len: usize) -> Result<Segment<T>, Failure> {
    let mut entries = Vec::new();
    entries.try_reserve_exact(len).map_err(|_| Failure::Memory)?;
    entries.extend((0..len).map(|_| RwLock::new(Entry { generation: 1, value: None })));
    Ok(entries.into_boxed_slice())
}

/// The segment of a slot, and its place there; `None` beyond the last.
fn place(slot: u32) -> Option<(usize, usize)> {
    if slot >= MOST {
        return None;
    }
    // Segment 0 has `FIRST` slots, and each other one as many as all before it together.
    let segment = slot.checked_div(FIRST)?.checked_ilog2().map_or(0, |log| log.saturating_add(1));
    let begin = match segment {
        0 => 0,
        _ => FIRST.checked_shl(segment.saturating_sub(1))?,
    };
    Some((segment as usize, slot.saturating_sub(begin) as usize))
}

/// Slots of the first segment.
const FIRST: u32 = 64;
/// Most handles of a kind.
const MOST: u32 = 1 << 20;
const SEGMENTS: usize = (MOST / FIRST).ilog2() as usize + 1;

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Number {
        slot: u32,
        generation: u32,
    }

    handles! {
        Number => u64,
    }

    /// A kind that is only read.
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Glance {
        slot: u32,
        generation: u32,
    }

    handles! {
        Glance => u64 as Turn,
    }

    /// The tests share the table of `Number`, so each looks at handles of its own.
    fn number(value: u64) -> Number {
        Number::open(value).expect("room")
    }

    #[test]
    fn every_slot_has_one_place() {
        let mut next = (0, 0);
        for slot in 0..MOST {
            let found = place(slot).expect("a place");
            if found.1 == 0 && slot > 0 {
                next = (next.0 + 1, 0);
            }
            assert_eq!(found, next, "{slot}");
            next.1 += 1;
        }
        assert_eq!(next.0 + 1, SEGMENTS);
        assert_eq!(place(MOST), None);
    }

    #[test]
    fn what_was_freed_is_gone_for_every_copy() {
        let (handle, copy) = (number(7), number(8));
        assert_eq!(handle.free(), Ok(()));
        assert_eq!(handle.free(), Err(Failure::Handle("Number")));
        let _next = number(9);
        assert_eq!(handle.read(|value| Ok(*value)), Err(Failure::Handle("Number")));
        assert_eq!(copy.read(|value| Ok(*value)), Ok(8));
    }

    #[test]
    fn the_handle_of_nothing_is_freed_in_vain_and_made_up_ones_are_not() {
        assert_eq!(Number { slot: 0, generation: 0 }.free(), Ok(()));
        for (slot, generation) in [(0, u32::MAX), (MOST, 1), (u32::MAX, 1), (MOST - 1, 1)] {
            let made_up = Number { slot, generation };
            assert_eq!(made_up.free(), Err(Failure::Handle("Number")));
            assert_eq!(made_up.change(|_| Ok(())), Err(Failure::Handle("Number")));
        }
    }

    #[test]
    fn what_is_in_use_is_busy_for_others() {
        let (handle, busy) = (number(1), Err(Failure::Busy("Number")));
        let changing = handle.change(|_| {
            assert_eq!(handle.read(|_| Ok(())), busy);
            assert_eq!(handle.change(|_| Ok(())), busy);
            assert_eq!(handle.free(), busy);
            std::thread::scope(|scope| {
                let other = scope.spawn(|| handle.read(|_| Ok(())));
                assert_eq!(other.join().expect("no panic"), busy);
            });
            Ok(())
        });
        assert_eq!(changing, Ok(()));
        let reading = handle.read(|_| {
            assert_eq!(handle.read(|value| Ok(*value)), Ok(1), "any number may read");
            assert_eq!(handle.change(|_| Ok(())), busy);
            assert_eq!(handle.free(), busy);
            Ok(())
        });
        assert_eq!(reading, Ok(()));
        assert_eq!(handle.free(), Ok(()));
    }

    #[test]
    fn what_is_only_looked_at_is_waited_for() {
        let handle = Glance::open(7).expect("room");
        std::thread::scope(|scope| {
            let (begun, is_being_read) = std::sync::mpsc::sync_channel(1);
            let (leave, may_leave) = std::sync::mpsc::sync_channel(1);
            let reading = scope.spawn(move || {
                handle.read(|value| {
                    begun.send(()).expect("somebody waits");
                    may_leave.recv().expect("a word");
                    Ok(*value)
                })
            });
            is_being_read.recv().expect("it is read");
            let freeing = scope.spawn(move || handle.free());
            assert_eq!(handle.change(|_| Ok(())), Err(Failure::Busy("Glance")));
            leave.send(()).expect("it waits");
            assert_eq!(reading.join().expect("no panic"), Ok(7));
            assert_eq!(freeing.join().expect("no panic"), Ok(()));
        });
        assert_eq!(handle.read(|value| Ok(*value)), Err(Failure::Handle("Glance")));
    }

    #[test]
    fn what_a_panic_has_left_behind_can_only_be_freed() {
        let handle = number(1);
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            handle.change(|_| -> Result<(), Failure> { panic!("a bug") })
        }));
        assert!(panicked.is_err());
        assert_eq!(handle.read(|_| Ok(())), Err(Failure::Poisoned("Number")));
        assert_eq!(handle.change(|_| Ok(())), Err(Failure::Poisoned("Number")));
        assert_eq!(handle.free(), Ok(()));
        assert_eq!(handle.read(|_| Ok(())), Err(Failure::Handle("Number")));
        let next = number(2);
        assert_eq!(next.read(|value| Ok(*value)), Ok(2), "the slot is sound again");
    }

    #[test]
    fn there_are_so_many_handles_and_no_more() {
        static TABLE: Table<()> = Table::new();
        let handles: Vec<_> = (0..MOST).map(|_| TABLE.insert((), "unit").expect("room")).collect();
        assert_eq!(TABLE.insert((), "unit"), Err(Failure::Handles("unit")));
        let (slot, generation) = handles[777];
        TABLE.remove(slot, generation, "unit", Manners::Busy).expect("it is there");
        assert_eq!(TABLE.insert((), "unit"), Ok((slot, generation + 1)));
    }
}
