//! Escaping text while copying it, as a macro body that is stamped once per backend.
//!
//! A block is stored at once and looked at afterwards. When it holds something to escape, the escape
//! is written over what follows, and the rest of the block is copied again behind it.

macro_rules! escape_text {
    ($(#[$features:meta])*) => {
        /// Appends the bytes of a text, escaped as in a JSON string.
        $(#[$features])*
        pub(super) fn escape(out: &mut Vec<u8>, text: &[u8]) {
            let mut rest = text;
            while rest.len() >= 2 * WIDTH {
                out.reserve(rest.len().saturating_add(SLACK));
                let spare = out.spare_capacity_mut();
                let dst = spare.as_mut_ptr().cast::<u8>();
                // SAFETY: `SLACK` bytes at least are spare, so the limit lies in the allocation.
                let limit = unsafe { dst.add(spare.len()).sub(SLACK) };
                // SAFETY: everything up to `SLACK` bytes behind `limit` can be written, and all of `rest` read.
                let (end, read) = unsafe { escape_blocks(dst, limit, rest) };
                // SAFETY: `end` lies behind `dst` in the same allocation, and everything up to it was written.
                unsafe { out.set_len(out.len().wrapping_add(end.offset_from_unsigned(dst))) };
                rest = rest.get(read..).unwrap_or_default();
            }
            escape_tail(out, rest);
        }

        /// Escapes whole blocks until less than two are left or the limit is passed. Yields the place behind
        /// what was written, and how much was read.
        ///
        /// # Safety
        ///
        /// Everything from `dst` to [`SLACK`] bytes behind `limit` is one allocation that may be written.
        #[inline]
        $(#[$features])*
        unsafe fn escape_blocks(mut dst: *mut u8, limit: *mut u8, text: &[u8]) -> (*mut u8, usize) {
            let mut read = 0usize;
            while dst <= limit && text.len().wrapping_sub(read) >= 2 * WIDTH {
                // SAFETY: two blocks can be read, and `SLACK` bytes written behind `dst`, which is at most `limit`.
                dst = unsafe { escape_block(dst, text.as_ptr().add(read), WIDTH) };
                read = read.wrapping_add(WIDTH);
            }
            (dst, read)
        }

        /// Escapes what is left, fewer than two blocks, from a padded copy.
        #[inline]
        $(#[$features])*
        fn escape_tail(out: &mut Vec<u8>, rest: &[u8]) {
            // Two blocks, which overlap, cover it.
            if let (Some(first), Some(last)) = (rest.first_chunk(), rest.last_chunk())
                && special_bits(first) | special_bits(last) == 0
            {
                return out.extend_from_slice(rest);
            }
            let mut padded = [0u8; 3 * WIDTH];
            let len = rest.len().min(2 * WIDTH);
            padded.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            out.reserve(2 * SLACK);
            let start = out.spare_capacity_mut().as_mut_ptr().cast::<u8>();
            let first = len.min(WIDTH);
            // SAFETY: two blocks of `padded` can be read from either of its first two, and two times `SLACK`
            // bytes written, of which one block takes at most one.
            let end = unsafe {
                let end = escape_block(start, padded.as_ptr(), first);
                escape_block(end, padded.as_ptr().add(WIDTH), len.wrapping_sub(first))
            };
            // SAFETY: `end` lies behind `start` in the same allocation, and everything up to it was written.
            unsafe { out.set_len(out.len().wrapping_add(end.offset_from_unsigned(start))) };
        }

        /// Escapes the first `len` bytes of a block. Yields the place behind what was written.
        ///
        /// # Safety
        ///
        /// `len` is at most [`WIDTH`]; two blocks can be read at `src`, and [`SLACK`] bytes written at `dst`.
        #[inline]
        $(#[$features])*
        unsafe fn escape_block(mut dst: *mut u8, src: *const u8, len: usize) -> *mut u8 {
            // SAFETY: one block can be read.
            let block = unsafe { &*src.cast::<[u8; WIDTH]>() };
            // SAFETY: one block can be written.
            unsafe { dst.cast::<[u8; WIDTH]>().write_unaligned(*block) };
            let mut special = special_bits(block) & (u64::MAX >> 64usize.wrapping_sub(len).min(63));
            if len == 0 {
                special = 0;
            }
            let mut done = 0usize;
            while special != 0 {
                let at = special.trailing_zeros() as usize;
                special &= special.wrapping_sub(1);
                // SAFETY: `at` is less than `WIDTH`. Each of at most `WIDTH` bytes becomes at most six, so that
                // `dst` stays below 6 * WIDTH, and an eight-byte store or a block behind it within `SLACK`;
                // the block that is read begins in the first of two.
                unsafe {
                    dst = dst.add(at.wrapping_sub(done));
                    let escape = &ESCAPES[*src.add(at) as usize];
                    dst.cast::<[u8; 8]>().write_unaligned(escape.bytes);
                    dst = dst.add(escape.len as usize);
                    done = at.wrapping_add(1);
                    let rest = src.add(done).cast::<[u8; WIDTH]>().read_unaligned();
                    dst.cast::<[u8; WIDTH]>().write_unaligned(rest);
                }
            }
            // SAFETY: the bytes from `done` to `len` were copied to `dst`.
            unsafe { dst.add(len.wrapping_sub(done)) }
        }

        /// What one block can become, and a store beyond it.
        const SLACK: usize = 8 * WIDTH;
    };
}
pub(super) use escape_text;

use super::tables::SHORT_ESCAPES;

/// The escape of each byte: eight bytes to store, of which `len` count. `len` is 0 for bytes that
/// need none.
#[derive(Clone, Copy)]
pub(super) struct Escape {
    pub(super) bytes: [u8; 8],
    pub(super) len: u8,
}

pub(super) static ESCAPES: [Escape; 256] = escapes();

const fn escapes() -> [Escape; 256] {
    let mut table = [Escape { bytes: [0; 8], len: 0 }; 256];
    let mut byte = 0;
    while byte < 0x20 {
        let (high, low) = (HEX[byte >> 4], HEX[byte & 15]);
        table[byte] = Escape { bytes: [b'\\', b'u', b'0', b'0', high, low, 0, 0], len: 6 };
        byte += 1;
    }
    let mut i = 0;
    while i < SHORT_ESCAPES.len() {
        let (byte, letter) = SHORT_ESCAPES[i];
        table[byte as usize] = Escape { bytes: [b'\\', letter, 0, 0, 0, 0, 0, 0], len: 2 };
        i += 1;
    }
    table
}

const HEX: &[u8; 16] = b"0123456789abcdef";
