//! A position in a padded text: the one type through which the scan loops touch memory.

use core::marker::PhantomData;
use core::ptr::NonNull;

use super::super::padded::{PADDING, Padded};

/// A place in a [`Padded`] text, at or before its sentinel.
///
/// # Invariant
///
/// Let `end` be the place of the sentinel: the byte 0, or the newline, that closes the text. Then
/// `self <= end`, and [`PADDING`] initialised bytes of the same allocation follow `end`. Every way
/// to move forward steps only over bytes that were compared with something that is not the
/// sentinel, so a position can reach the sentinel but never pass it, and every load of at most
/// [`PADDING`] bytes is in bounds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::json) struct Pos<'a>(NonNull<u8>, PhantomData<&'a [u8]>);

impl<'a> Pos<'a> {
    /// The first byte of the text.
    #[inline]
    pub(in crate::json) fn first(text: Padded<'a>) -> Self {
        Self(NonNull::from(text.readable()).cast(), PhantomData)
    }

    /// The byte here; it may be the sentinel.
    #[inline(always)]
    pub(in crate::json) fn byte(self) -> u8 {
        // SAFETY: by the invariant of `Pos` one byte can be read here.
        unsafe { *self.0.as_ptr() }
    }

    /// The `N` bytes from here on, which may reach into the padding.
    #[inline(always)]
    pub(in crate::json) fn bytes<const N: usize>(self) -> &'a [u8; N] {
        const { assert!(N <= PADDING) };
        // SAFETY: by the invariant of `Pos` at least `PADDING` initialised bytes can be read here; an
        // array of bytes has no alignment, and the borrow of the text lasts for `'a`.
        unsafe { self.0.cast::<[u8; N]>().as_ref() }
    }

    /// The eight bytes from here on, the first one lowest.
    #[inline(always)]
    pub(in crate::json) fn word(self) -> u64 {
        u64::from_le_bytes(*self.bytes())
    }

    /// Steps over `byte` if it stands here. `byte` is never a sentinel.
    #[inline(always)]
    pub(in crate::json) fn eat(self, byte: u8) -> Option<Self> {
        debug_assert_ne!(byte, 0);
        if self.byte() == byte {
            // SAFETY: the byte here was compared with `byte`, which is no sentinel.
            Some(unsafe { self.ahead(1) })
        } else {
            None
        }
    }

    /// Steps over `known` if it stands here; `word` is [`word`](Self::word) of this place, which
    /// the caller loads once for many comparisons.
    #[inline(always)]
    pub(in crate::json) fn eat_known(self, word: u64, known: Known) -> Option<Self> {
        if word & known.mask == known.bits {
            // SAFETY: the bytes here were compared with those of `known`, none of which is a sentinel.
            Some(unsafe { self.ahead(known.len) })
        } else {
            None
        }
    }

    /// Steps over `known` if it stands here; `word` is [`word`](Self::word) of this place. As [`eat_known`](Self::eat_known)
    /// for any length: the first eight bytes decide nearly always.
    #[inline(always)]
    pub(in crate::json) fn eat_key<const N: usize>(
        self,
        word: u64,
        known: &[u8; N],
    ) -> Option<Self> {
        match known.first_chunk() {
            None => self.eat_known(word, Known::new(known)),
            Some(first) if word != u64::from_le_bytes(*first) => None,
            Some(_) => self.eat_bytes(known),
        }
    }

    /// Steps over `known` if it stands here. No byte of `known` is a sentinel.
    #[inline(always)]
    pub(in crate::json) fn eat_bytes<const N: usize>(self, known: &[u8; N]) -> Option<Self> {
        if self.bytes::<N>() == known {
            // SAFETY: the bytes here were compared with those of `known`, none of which is a sentinel.
            Some(unsafe { self.ahead(N) })
        } else {
            None
        }
    }

    /// Moves forward.
    ///
    /// # Safety
    ///
    /// None of the `n` bytes from here on is the sentinel.
    #[inline(always)]
    pub(in crate::json) unsafe fn ahead(self, n: usize) -> Self {
        // SAFETY: the caller proves that the sentinel lies `n` bytes ahead or further, so the sum stays
        // inside the allocation.
        Self(unsafe { self.0.add(n) }, PhantomData)
    }

    /// Moves back.
    ///
    /// # Safety
    ///
    /// A place `n` bytes earlier belongs to the text.
    #[inline(always)]
    pub(in crate::json) unsafe fn back(self, n: usize) -> Self {
        // SAFETY: the caller proves that the place is in the text.
        Self(unsafe { self.0.sub(n) }, PhantomData)
    }

    /// How many bytes lie between this place and the next whose address is a multiple of 64; never 0.
    #[inline(always)]
    pub(in crate::json) fn to_aligned_64(self) -> usize {
        64 - (self.0.as_ptr().addr() & 63)
    }

    /// The lower half of the address, to be compared with [`Padded::low`].
    #[inline(always)]
    pub(in crate::json) fn low(self) -> u32 {
        self.0.as_ptr().addr() as u32
    }

    /// How many bytes lie between an earlier place `start` of the same text and this one.
    #[inline(always)]
    pub(in crate::json) fn since(self, start: Self) -> u32 {
        let distance = (self.0.as_ptr() as usize).wrapping_sub(start.0.as_ptr() as usize);
        distance as u32
    }
}

/// Up to eight known bytes, to be compared in one step.
#[derive(Clone, Copy)]
pub(in crate::json) struct Known {
    bits: u64,
    mask: u64,
    len: usize,
}

impl Known {
    /// # Panics
    ///
    /// When `text` is empty, longer than eight bytes, or holds a byte that could be a sentinel. Every use
    /// is of a text that is known when the program is compiled.
    pub(in crate::json) const fn new(text: &[u8]) -> Self {
        assert!(!text.is_empty() && text.len() <= 8);
        let mut bits = 0;
        let mut i = text.len();
        while i > 0 {
            i -= 1;
            assert!(text[i] > b'\n');
            bits = bits << 8 | text[i] as u64;
        }
        Self { bits, mask: u64::MAX >> (64 - 8 * text.len()), len: text.len() }
    }
}
