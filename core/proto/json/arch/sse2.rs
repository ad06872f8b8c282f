//! The backend for every x86-64 processor: 16 bytes at a time.

use core::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128,
    _mm_set1_epi8, _mm_sub_epi8,
};

use super::pos::Pos;
use super::prelude::*;

/// Loads the bytes from `AT` on.
#[inline]
#[target_feature(enable = "sse2")]
fn load<const AT: usize, const END: usize>(p: Pos<'_>) -> __m128i {
    const { assert!(END == AT + 16) };
    let bytes = p.bytes::<END>().as_ptr();
    // SAFETY: `bytes` has `END` = `AT` + 16 bytes, and the load needs no alignment.
    unsafe { _mm_loadu_si128(bytes.add(AT).cast()) }
}

#[inline]
#[target_feature(enable = "sse2")]
fn equal(v: __m128i, byte: u8) -> __m128i {
    _mm_cmpeq_epi8(v, _mm_set1_epi8(byte as i8))
}

#[inline]
#[target_feature(enable = "sse2")]
fn control(v: __m128i) -> __m128i {
    _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v)
}

#[inline]
#[target_feature(enable = "sse2")]
fn special(v: __m128i) -> __m128i {
    _mm_or_si128(_mm_or_si128(equal(v, b'"'), equal(v, b'\\')), control(v))
}

#[inline]
#[target_feature(enable = "sse2")]
fn bits(v: __m128i) -> u64 {
    u64::from(_mm_movemask_epi8(v) as u16)
}

/// The bits of four vectors, side by side.
#[inline]
#[target_feature(enable = "sse2")]
fn gather(v: [__m128i; 4], of: impl Fn(__m128i) -> __m128i) -> u64 {
    let [a, b, c, d] = v.map(|v| bits(of(v)));
    a | b << 16 | c << 32 | d << 48
}

#[inline]
#[target_feature(enable = "sse2")]
fn load64(p: Pos<'_>) -> [__m128i; 4] {
    [load::<0, 16>(p), load::<16, 32>(p), load::<32, 48>(p), load::<48, 64>(p)]
}

#[inline]
#[target_feature(enable = "sse2")]
fn special_bits(block: &[u8; WIDTH]) -> u64 {
    // SAFETY: `block` is 16 bytes long, and the load needs no alignment.
    bits(special(unsafe { _mm_loadu_si128(block.as_ptr().cast()) }))
}

/// The quotes and the backslashes of a block that is not padded, one bit each.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn quotes_and_backslashes(block: &[u8; 32]) -> (u32, u32) {
    let (halves, _) = block.as_chunks::<16>();
    // SAFETY: each half is 16 bytes long, and the load needs no alignment.
    let load = |half: &[u8; 16]| unsafe { _mm_loadu_si128(half.as_ptr().cast()) };
    let (low, high) = (load(&halves[0]), load(&halves[1]));
    let both = |byte: u8| (bits(equal(low, byte)) | bits(equal(high, byte)) << 16) as u32;
    (both(b'"'), both(b'\\'))
}

#[inline]
#[target_feature(enable = "sse2")]
fn window(p: Pos<'_>) -> (u64, u64) {
    let v = load64(p);
    (gather(v, |v| special(v)), gather(v, |v| v))
}

/// Validates a number that is no short integer.
#[inline(never)]
#[target_feature(enable = "sse2")]
fn number<'a>(s: &mut Scan<'a, '_>, p: Pos<'a>) -> Option<Pos<'a>> {
    let v = load::<0, 16>(p);
    let value = _mm_sub_epi8(v, _mm_set1_epi8(b'0' as i8));
    let digit = _mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(9)), value);
    let lower = _mm_or_si128(v, _mm_set1_epi8(0x20));
    let number = Number {
        digit: bits(digit) as u32,
        sign: bits(_mm_or_si128(equal(v, b'-'), equal(v, b'+'))) as u32,
        dot: bits(equal(v, b'.')) as u32,
        exponent: bits(equal(lower, b'e')) as u32,
        width: 16,
    };
    s.number(p, number)
}

/// Moves to the next special byte.
#[inline]
#[target_feature(enable = "sse2")]
fn plain<'a>(s: &mut Scan<'a, '_>, mut p: Pos<'a>) -> Pos<'a> {
    loop {
        let v = load64(p);
        let special = gather(v, |v| special(v));
        let high = gather(v, |v| v);
        s.high |= high & below(special);
        if special != 0 {
            // SAFETY: every sentinel is special, and the bytes before the first special one are not.
            return unsafe { p.ahead(special.trailing_zeros() as usize) };
        }
        // SAFETY: every sentinel is special, and none of the 64 bytes is.
        p = unsafe { p.ahead(64) };
    }
}

#[inline]
#[target_feature(enable = "sse2")]
fn block(p: Pos<'_>) -> Block {
    let v = load64(p);
    Block {
        quote: gather(v, |v| equal(v, b'"')),
        backslash: gather(v, |v| equal(v, b'\\')),
        control: gather(v, |v| control(v)),
        high: gather(v, |v| v),
    }
}

/// Which bytes may follow a backslash, and which of them are `u`.
#[inline]
#[target_feature(enable = "sse2")]
fn legal(p: Pos<'_>) -> (u64, u64) {
    let v = load64(p);
    let letters = gather(v, |v| {
        let letters = [b'"', b'\\', b'/', b'b', b'f', b'n', b'r', b't'];
        letters.iter().fold(equal(v, b'u'), |any, letter| _mm_or_si128(any, equal(v, *letter)))
    });
    (letters, gather(v, |v| equal(v, b'u')))
}

masks!(#[target_feature(enable = "sse2")]);
strings!(#[target_feature(enable = "sse2")]);
check_escapes!(#[target_feature(enable = "sse2")]);
escapes!(#[target_feature(enable = "sse2")]);
values!(#[target_feature(enable = "sse2")]);
envelope!(#[target_feature(enable = "sse2")]);
escape_text!(#[target_feature(enable = "sse2")]);

const WIDTH: usize = 16;
/// Bytes in a window.
const WINDOW: usize = 64;
/// Each byte of a window has one bit in its mask.
const SHIFT: usize = 0;
