//! Handles that were given out, freed or not, and handles that were made up.

use mcp_engine_c::status::*;

use super::cursor::Cursor;
use super::known;

/// A handle, and whether it names something.
#[derive(Clone, Copy)]
pub(crate) struct Held<H> {
    pub(crate) handle: H,
    pub(crate) is_alive: bool,
}

/// The handles of a kind.
pub(crate) struct Shelf<H> {
    held: Vec<Held<H>>,
}

impl<H> Default for Shelf<H> {
    fn default() -> Self {
        Self { held: Vec::new() }
    }
}

impl<H: Copy> Shelf<H> {
    /// Keeps a handle that was given out.
    pub(crate) fn keep(&mut self, handle: H) {
        self.held.push(Held { handle, is_alive: true });
    }

    pub(crate) fn is_full(&self) -> bool {
        self.held.len() >= MOST
    }

    /// One of those that are held, or one that was made up.
    pub(crate) fn pick(&self, cursor: &mut Cursor<'_>, made_up: impl Fn(u32, u32) -> H) -> Held<H> {
        let at = cursor.below(self.held.len() + 1);
        self.held.get(at).copied().unwrap_or_else(|| {
            // No generation of a slot is the last one, nor is there that many slots.
            let (slot, generation) =
                [(0, u32::MAX), (7 << 20, 1), (u32::MAX, u32::MAX)][cursor.below(3)];
            Held { handle: made_up(slot, generation), is_alive: false }
        })
    }

    /// Frees one of those that are held, also a second time.
    pub(crate) fn free(&mut self, cursor: &mut Cursor<'_>, free: extern "C" fn(H) -> mcpe_status) {
        let at = cursor.below(self.held.len());
        if let Some(held) = self.held.get_mut(at) {
            held.free(free);
        }
    }

    /// Frees what is left, and sees that all is gone then.
    pub(crate) fn end(&mut self, free: extern "C" fn(H) -> mcpe_status) {
        for held in &mut self.held {
            held.free(free);
            assert_eq!(free(held.handle), MCPE_ERR_HANDLE);
        }
    }
}

impl<H: Copy> Held<H> {
    fn free(&mut self, free: extern "C" fn(H) -> mcpe_status) {
        let expected = if self.is_alive { MCPE_OK } else { MCPE_ERR_HANDLE };
        assert_eq!(known(free(self.handle)), expected);
        self.is_alive = false;
    }
}

/// Most handles of a kind.
const MOST: usize = 32;
