//! The names by which callers know tasks, keys, quotas and runs.
//!
//! An id is a place in a table and the generation of what stands there. The place is used again, the generation is not, so an id that is
//! kept too long names nothing, never somebody else.

use core::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(transparent)]
        pub struct $name(u64);

        impl $name {
            pub(crate) const fn new(slot: u32, generation: u32) -> Self {
                Self((generation as u64) << 32 | slot as u64)
            }

            pub(crate) const fn slot(self) -> u32 {
                self.0 as u32
            }

            pub(crate) const fn generation(self) -> u32 {
                (self.0 >> 32) as u32
            }

            /// The place of what it names, below its limit. Nothing else that lives has the same.
            pub const fn index(self) -> usize {
                self.slot() as usize
            }

            /// The id as a number, for languages that have nothing better.
            pub const fn to_bits(self) -> u64 {
                self.0
            }

            /// The id that a number stands for. One that was made up names nothing, or something that lives.
            pub const fn from_bits(bits: u64) -> Self {
                Self(bits)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({}.{})"), self.slot(), self.generation())
            }
        }
    )*};
}

ids! {
    /// A task, from [`Scheduler::submit`](crate::Scheduler::submit) until its end was polled.
    TaskId;
    /// A key: a queue of its own and a share of what runs.
    KeyId;
    /// A quota that several keys count against.
    QuotaId;
    /// A run, from [`Runs::open`](crate::Runs::open) until it is forgotten.
    RunId;
    /// A wait of a run, from [`Runs::wait`](crate::Runs::wait) until its outcome was polled.
    WaitId;
}
