//! The backend for every processor: eight bytes at a time in an ordinary register, and escapes one
//! by one. It is also the one that the others are checked against.

use super::pos::Pos;
use super::prelude::*;

/// Tells special and high bytes by the top bit of each of eight bytes.
///
/// The trick of the least byte below n is exact up to and including the first hit. Behind it a byte
/// may be taken for special that is not; then the string loop looks closer, and goes on.
#[inline(always)]
fn window(p: Pos<'_>) -> (u64, u64) {
    let word = p.word();
    let quote = zero_bytes(word ^ QUOTES);
    let backslash = zero_bytes(word ^ BACKSLASHES);
    let control = word.wrapping_sub(SPACES) & !word & TOP_BITS;
    (quote | backslash | control, word & TOP_BITS)
}

#[inline(always)]
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & TOP_BITS
}

/// Validates a number that is no short integer.
fn number<'a>(s: &mut Scan<'a, '_>, p: Pos<'a>) -> Option<Pos<'a>> {
    s.any_number(p)
}

/// Moves to the next special byte.
#[inline]
fn plain<'a>(s: &mut Scan<'a, '_>, mut p: Pos<'a>) -> Pos<'a> {
    loop {
        let (special, high) = window(p);
        s.high |= high;
        if special != 0 {
            // SAFETY: every sentinel is special, and the bytes before the first special one are not.
            return unsafe { p.ahead((special.trailing_zeros() >> SHIFT) as usize) };
        }
        // SAFETY: every sentinel is special, and none of the eight bytes is.
        p = unsafe { p.ahead(WINDOW) };
    }
}

/// Validates the rest of a string, from its first backslash on.
fn escaped_string<'a>(s: &mut Scan<'a, '_>, mut p: Pos<'a>) -> Option<Pos<'a>> {
    let mut low = None;
    loop {
        p = plain(s, p);
        if let Some(end) = p.eat(b'"') {
            return Some(end);
        }
        let Some(letter) = p.eat(b'\\') else {
            return s.control(p);
        };
        p = match letter.byte() {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {
                // SAFETY: the byte was compared with eight that are no sentinels.
                unsafe { letter.ahead(1) }
            }
            b'u' => {
                s.unicode_escape(letter, &mut low)?;
                // SAFETY: `u` and four hexadecimal digits were compared.
                unsafe { letter.ahead(5) }
            }
            0..b' ' => return s.control(letter),
            _ => return s.bad_escape(JsonRule::Escape, letter).and(None),
        };
    }
}

/// Tells the special bytes of a block, one bit each.
#[inline(always)]
fn special_bits(block: &[u8; WIDTH]) -> u64 {
    let special = |byte: &u8| u64::from(*byte < b' ' || *byte == b'"' || *byte == b'\\');
    block.iter().rev().fold(0, |bits, byte| bits << 1 | special(byte))
}

/// The quotes and the backslashes of a block, one bit each.
#[cfg(any(test, not(target_arch = "x86_64")))]
pub(crate) fn quotes_and_backslashes(block: &[u8; 32]) -> (u32, u32) {
    let bits =
        |byte: u8| block.iter().rev().fold(0, |bits, own| bits << 1 | u32::from(*own == byte));
    (bits(b'"'), bits(b'\\'))
}

masks!();
strings!();
values!();
envelope!();
escape_text!();

const WIDTH: usize = 8;
/// Bytes in a window.
const WINDOW: usize = 8;
/// Each byte of a window has eight bits in its mask.
const SHIFT: usize = 3;
const ONES: u64 = 0x0101_0101_0101_0101;
const TOP_BITS: u64 = 0x8080_8080_8080_8080;
const QUOTES: u64 = ONES * b'"' as u64;
const BACKSLASHES: u64 = ONES * b'\\' as u64;
const SPACES: u64 = ONES * b' ' as u64;
