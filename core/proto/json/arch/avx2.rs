//! The backend for processors with AVX2 and BMI: 32 bytes at a time, 64 in long strings.

use core::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_min_epu8,
    _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_setzero_si256,
    _mm256_shuffle_epi8, _mm256_srli_epi16, _mm256_sub_epi8,
};

use super::pos::Pos;
use super::prelude::*;

/// What the AVX-512 backend stamps too: on short strings its masks take longer to come out of their registers than
/// they save.
macro_rules! vectors {
    ($(#[$features:meta])*) => {
        #[inline]
        $(#[$features])*
        fn load32(bytes: &[u8; 32]) -> __m256i {
            // SAFETY: `bytes` is 32 bytes long, and the load needs no alignment.
            unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
        }

        #[inline]
        $(#[$features])*
        fn load64(p: Pos<'_>) -> (__m256i, __m256i) {
            let (a, b) = halves(p.bytes());
            (load32(a), load32(b))
        }

        #[inline]
        $(#[$features])*
        fn equal(v: __m256i, byte: u8) -> __m256i {
            _mm256_cmpeq_epi8(v, _mm256_set1_epi8(byte as i8))
        }

        #[inline]
        $(#[$features])*
        fn control(v: __m256i) -> __m256i {
            _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1f)), v)
        }

        #[inline]
        $(#[$features])*
        fn special(v: __m256i) -> __m256i {
            _mm256_or_si256(quote_or_backslash(v), control(v))
        }

        /// Looks each byte up by its lower half, where the only byte that stands for itself is one of these two.
        #[inline]
        $(#[$features])*
        fn quote_or_backslash(v: __m256i) -> __m256i {
            _mm256_cmpeq_epi8(_mm256_shuffle_epi8(load32(&QUOTE_OR_BACKSLASH), v), v)
        }

        #[inline]
        $(#[$features])*
        fn bits(v: __m256i) -> u64 {
            u64::from(_mm256_movemask_epi8(v) as u32)
        }

        #[inline]
        $(#[$features])*
        fn pair(low: __m256i, high: __m256i) -> u64 {
            bits(low) | bits(high) << 32
        }

        #[inline]
        $(#[$features])*
        fn special_bits(block: &[u8; WIDTH]) -> u64 {
            bits(special(load32(block)))
        }

        /// Validates a number that is no short integer.
        #[inline(never)]
        $(#[$features])*
        fn number<'a>(s: &mut Scan<'a, '_>, p: Pos<'a>) -> Option<Pos<'a>> {
            let v = load32(p.bytes());
            let value = _mm256_sub_epi8(v, _mm256_set1_epi8(b'0' as i8));
            let digit = _mm256_cmpeq_epi8(_mm256_min_epu8(value, _mm256_set1_epi8(9)), value);
            let lower = _mm256_or_si256(v, _mm256_set1_epi8(0x20));
            s.number(p, Number {
                digit: bits(digit) as u32,
                sign: bits(_mm256_or_si256(equal(v, b'-'), equal(v, b'+'))) as u32,
                dot: bits(equal(v, b'.')) as u32,
                exponent: bits(equal(lower, b'e')) as u32,
                width: 32,
            })
        }

        /// Which bytes may follow a backslash, and which of them are `u`.
        #[inline]
        $(#[$features])*
        fn legal(p: Pos<'_>) -> (u64, u64) {
            let (a, b) = load64(p);
            (
                !pair(illegal(a), illegal(b)),
                pair(equal(a, b'u'), equal(b, b'u')),
            )
        }

        /// Looks both halves of each byte up: a letter is legal when the two tables share a bit.
        #[inline]
        $(#[$features])*
        fn illegal(v: __m256i) -> __m256i {
            let nibble = _mm256_set1_epi8(0x0f);
            let low = _mm256_shuffle_epi8(load32(&LOW_NIBBLE), _mm256_and_si256(v, nibble));
            let high = _mm256_and_si256(_mm256_srli_epi16::<4>(v), nibble);
            let high = _mm256_shuffle_epi8(load32(&HIGH_NIBBLE), high);
            _mm256_cmpeq_epi8(_mm256_and_si256(low, high), _mm256_setzero_si256())
        }
    };
}
pub(super) use vectors;

const WIDTH: usize = 32;
/// Bytes in a window.
const WINDOW: usize = 64;
/// Each byte of a window has one bit in its mask.
const SHIFT: usize = 0;

vectors!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]);

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn window(p: Pos<'_>) -> (u64, u64) {
    let (a, b) = load64(p);
    (pair(special(a), special(b)), bits(_mm256_or_si256(a, b)))
}

/// Moves to the next special byte: over the first 64, and from there 128 in one step.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn plain<'a>(s: &mut Scan<'a, '_>, mut p: Pos<'a>) -> Pos<'a> {
    let (a, b) = load64(p);
    let found = pair(special(a), special(b));
    if found != 0 {
        s.high |= pair(a, b) & below(found);
        // SAFETY: every sentinel is special, and the bytes before the first special one are not.
        return unsafe { p.ahead(found.trailing_zeros() as usize) };
    }
    let mut all = _mm256_or_si256(a, b);
    // SAFETY: every sentinel is special, and none of the 64 bytes is.
    p = unsafe { p.ahead(64) };
    loop {
        let (chunks, _) = p.bytes::<128>().as_chunks::<32>();
        let mut found = _mm256_setzero_si256();
        let mut least = _mm256_set1_epi8(-1);
        for chunk in chunks {
            let v = load32(chunk);
            found = _mm256_or_si256(found, quote_or_backslash(v));
            least = _mm256_min_epu8(least, v);
            all = _mm256_or_si256(all, v);
        }
        if bits(_mm256_or_si256(found, control(least))) != 0 {
            s.high |= bits(all);
            return first_special(p, chunks);
        }
        // SAFETY: every sentinel is special, and none of the 128 bytes is.
        p = unsafe { p.ahead(128) };
    }
}

/// The place of the first special byte in `chunks`, which begin at `p` and have one.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn first_special<'a>(mut p: Pos<'a>, chunks: &[[u8; 32]]) -> Pos<'a> {
    for chunk in chunks {
        let special = special_bits(chunk);
        if special != 0 {
            // SAFETY: every sentinel is special, and the bytes before the first special one are not.
            return unsafe { p.ahead(special.trailing_zeros() as usize) };
        }
        // SAFETY: every sentinel is special, and none of the 32 bytes is.
        p = unsafe { p.ahead(32) };
    }
    p
}

/// Validates the rest of a string, from its first backslash on, in blocks of 64 bytes. What is rare in a block is looked for in all of it at
/// once, and told apart only when it is there.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn escaped_string<'a>(s: &mut Scan<'a, '_>, mut p: Pos<'a>) -> Option<Pos<'a>> {
    let mut carry = 0;
    let mut low = None;
    let mut high = _mm256_setzero_si256();
    loop {
        let (a, b) = load64(p);
        let escaped = escaped_bytes(pair(equal(a, b'\\'), equal(b, b'\\')), &mut carry);
        let quotes = pair(equal(a, b'"'), equal(b, b'"')) & !escaped;
        let doubtful = pair(doubtful(a), doubtful(b)) & escaped;
        let controls = bits(_mm256_or_si256(control(a), control(b)));
        high = _mm256_or_si256(high, _mm256_or_si256(a, b));
        if (doubtful | quotes | controls) != 0 {
            let inside = below(quotes);
            let control = pair(control(a), control(b));
            if (doubtful | control) & inside != 0 {
                check_escapes(s, p, control & inside, escaped & inside, &mut low)?;
            }
            if quotes != 0 {
                s.high |= bits(high);
                // SAFETY: no control character, and so no sentinel, stands before the closing quote, which is none
                // either.
                return Some(unsafe { p.ahead(quotes.trailing_zeros() as usize + 1) });
            }
        }
        // SAFETY: none of the 64 bytes is a control character, and so none is the sentinel.
        p = unsafe { p.ahead(64) };
    }
}

/// What needs a closer look behind a backslash: all but the letters that are an escape by themselves.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn doubtful(v: __m256i) -> __m256i {
    _mm256_or_si256(illegal(v), equal(v, b'u'))
}

masks!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]);
strings!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]);
check_escapes!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]);
values!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]);
envelope!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]);
escape_text!(#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]);
