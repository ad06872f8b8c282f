//! The memory of an arena: one allocation that is written, split, frozen and used again.

use std::collections::TryReserveError;

use bytes::{Buf, Bytes, BytesMut};

use super::arena::copy;
use crate::json::PADDING;

/// The bytes of an arena: writable, or sealed while messages share all of it.
///
/// Messages are split off the front while much room is left behind them, since the rest can then
/// be written while they live. When little is left the whole is sealed and messages are slices of it,
/// since it then comes back whole, without clearing, as soon as they are gone.
#[derive(Debug)]
pub(super) struct Memory {
    state: State,
    /// Length of the allocation, what was split off included.
    whole: usize,
}

#[derive(Debug)]
enum State {
    Open(BytesMut),
    Sealed(Bytes),
}

impl Memory {
    /// A memory of `size` bytes that can be split and sealed without another allocation.
    pub(super) fn new(size: usize) -> Result<Self, TryReserveError> {
        let mut memory = Self::default();
        memory.grow(0, size)?;
        Ok(memory)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match &self.state {
            State::Open(memory) => memory,
            State::Sealed(memory) => memory,
        }
    }

    /// The bytes, unless they are sealed.
    pub(super) fn writable(&mut self) -> Option<&mut [u8]> {
        match &mut self.state {
            State::Open(memory) => Some(memory),
            State::Sealed(_) => None,
        }
    }

    /// How many bytes there are, without what was split off.
    pub(super) fn size(&self) -> usize {
        self.bytes().len()
    }

    /// Length of the allocation, what was split off included.
    pub(super) fn whole(&self) -> usize {
        self.whole
    }

    /// Whether `size` bytes can be written, with what was split off left alone.
    pub(super) fn has_room(&self, size: usize) -> bool {
        matches!(&self.state, State::Open(memory) if memory.len() >= size)
    }

    /// Copies bytes to the front of a memory that is not sealed.
    pub(super) fn begin_with(&mut self, bytes: &[u8]) {
        if let Some(memory) = self.writable() {
            copy(memory, bytes);
        }
    }

    /// Makes all of it shareable.
    pub(super) fn seal(&mut self) {
        if let State::Open(memory) = &mut self.state {
            self.state = State::Sealed(core::mem::take(memory).freeze());
        }
    }

    /// Takes the bytes between two offsets out. Tells also whether everything up to them was split off, so
    /// that the memory now begins at `to`.
    pub(super) fn take(&mut self, from: usize, to: usize) -> (Bytes, bool) {
        match &mut self.state {
            State::Sealed(memory) => (memory.slice(from..to), false),
            State::Open(memory) => {
                memory.advance(from);
                (memory.split_to(to.saturating_sub(from)).freeze(), true)
            }
        }
    }

    /// Moves the bytes from `start` to `filled` to the front, and makes the memory `size` bytes long
    /// if it once was and no message shares it. `false` when it cannot be, but the bytes are at the
    /// front in any case.
    pub(super) fn compact(&mut self, start: usize, filled: usize, size: usize) -> bool {
        let partial = filled.saturating_sub(start);
        let mut memory = match core::mem::replace(&mut self.state, State::Sealed(Bytes::new())) {
            State::Open(memory) => memory,
            State::Sealed(memory) => match memory.try_into_mut() {
                Ok(memory) => memory,
                Err(mut shared) => {
                    // All that is behind it is kept: an empty slice would be one of nothing, and the memory would never come back.
                    shared.advance(start);
                    self.state = State::Sealed(shared);
                    return false;
                }
            },
        };
        let enough = memory.len() >= size;
        if enough {
            memory.copy_within(start..filled, 0);
        } else {
            memory.advance(start);
            memory.truncate(partial);
        }
        let ready = enough || memory.try_reclaim(size.saturating_sub(partial));
        if ready && !enough {
            memory.resize(size, 0);
        }
        self.state = State::Open(memory);
        ready
    }

    /// Makes the memory larger, keeping the `partial` bytes at its front.
    pub(super) fn grow(&mut self, partial: usize, size: usize) -> Result<(), TryReserveError> {
        let mut bytes = match core::mem::replace(&mut self.state, State::Sealed(Bytes::new())) {
            State::Open(memory) => memory.freeze(),
            State::Sealed(memory) => memory,
        };
        bytes.truncate(partial);
        let mut vec = Vec::from(bytes);
        let reserved = vec.try_reserve_exact(size.saturating_sub(partial));
        if reserved.is_ok() {
            vec.resize(size, 0);
        }
        self.whole = vec.len();
        self.state = match Bytes::from(vec).try_into_mut() {
            Ok(memory) => State::Open(shareable(memory)),
            Err(shared) => State::Sealed(shared),
        };
        reserved
    }
}

impl Default for Memory {
    /// A memory without any bytes.
    fn default() -> Self {
        Self { state: State::Sealed(Bytes::new()), whole: 0 }
    }
}

/// Makes the handle a counted one, so that neither splitting nor sealing it allocates later.
fn shareable(mut memory: BytesMut) -> BytesMut {
    drop(memory.split_off(memory.len()));
    memory
}

/// Bytes behind the last one read: the sentinel of a body and the scanner's padding.
pub(super) const TAIL: usize = PADDING + 1;
/// Room for less than this is not worth a read.
pub(super) const LEAST_READ: usize = 16 << 10;
/// Size of an arena until a message needs more: a read of 64 KiB, and the tail.
pub(super) const STANDARD: usize = (64 << 10) + (1 << 10);
