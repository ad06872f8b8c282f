//! One entrant of a race: a name and one pass over a prepared stream.
//!
//! A contender owns its scratch (buffers, tapes, arenas), made before the clock starts and reused
//! from pass to pass, as a server would. A pass returns a checksum of what was read, and goes
//! through `black_box`, so that no work can be optimised away.

use std::hint::black_box;

use crate::stream::{Message, Stream};

pub(crate) struct Contender<'s> {
    pub(crate) name: &'static str,
    pass: Box<dyn FnMut() -> u64 + 's>,
}

impl<'s> Contender<'s> {
    /// A contender that walks the stream itself.
    pub(crate) fn whole(name: &'static str, pass: impl FnMut() -> u64 + 's) -> Self {
        Self { name, pass: Box::new(pass) }
    }

    /// A contender that is handed the lines one by one.
    pub(crate) fn each(
        name: &'static str,
        stream: &'s Stream,
        mut read: impl FnMut(Message<'s>) -> u64 + 's,
    ) -> Self {
        Self::whole(name, move || {
            stream.messages().fold(0, |sum, message| sum.wrapping_add(read(message)))
        })
    }

    pub(crate) fn pass(&mut self) -> u64 {
        black_box((self.pass)())
    }
}
