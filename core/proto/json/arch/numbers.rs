//! Numbers: text to the place behind them.
//!
//! Most are integers of a few digits and are taken in one step. Of others a backend tells what each of the next bytes is, and
//! a few operations on bits check the grammar of all parts at once, without a branch on which parts there are. The rest,
//! the very long ones and those with a fault, are read part by part.

use super::pos::Pos;
use super::scan::Scan;
use crate::error::JsonRule;

/// What bytes are in a number, one bit each.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) digit: u32,
    pub(super) sign: u32,
    pub(super) dot: u32,
    /// `e` or `E`.
    pub(super) exponent: u32,
    /// How many bytes were looked at.
    pub(super) width: u32,
}

impl Shape {
    /// Length of the number at the first byte, when it is sound and ends within the bytes. A leading zero or plus sign is not
    /// noticed.
    #[inline(always)]
    fn len(self) -> Option<usize> {
        let run = self.digit | self.sign | self.dot | self.exponent;
        let inside = below_32(!run);
        let [digit, sign] = [self.digit & inside, self.sign & inside];
        let [dot, exponent] = [self.dot & inside, self.exponent & inside];
        let without_digit = (dot | sign) << 1 & !digit;
        let without_power = exponent << 1 & !(digit | sign);
        let stray_sign = sign & !(exponent << 1 | 1);
        let second = dot & dot.wrapping_sub(1) | exponent & exponent.wrapping_sub(1);
        let fraction_behind = dot & exponent.wrapping_neg();
        let bad = without_digit | without_power | stray_sign | second | fraction_behind;
        let len = run.trailing_ones();
        (bad == 0 && len < self.width).then_some(len as usize)
    }
}

impl<'a> Scan<'a, '_> {
    /// The integer of at most seven digits at `p`, and the place behind it, when there is one.
    #[inline(always)]
    pub(super) fn short_integer(&self, p: Pos<'a>) -> Option<(Pos<'a>, i64)> {
        let word = p.word();
        if word as u8 == b'"' {
            return None;
        }
        let len = leading_digits(word);
        if len == 0 || len > 7 || (word as u8 == b'0' && len > 1) {
            return None;
        }
        // SAFETY: digits are no sentinel.
        let end = unsafe { p.ahead(len) };
        let value = eight_digits(word << (64 - 8 * len));
        (!continues(end.byte())).then_some((end, value as i64))
    }

    /// The number at `p` that is an integer of at most seven digits, and the place behind it.
    #[inline(always)]
    pub(super) fn short_number(&self, p: Pos<'a>) -> Option<Pos<'a>> {
        let word = p.word();
        let len = leading_digits(word);
        if len.wrapping_sub(1) >= 7 || (word as u8 == b'0' && len > 1) {
            return None;
        }
        // SAFETY: digits are no sentinel.
        let end = unsafe { p.ahead(len) };
        if continues(end.byte()) { None } else { Some(end) }
    }

    /// Validates the number at `p`, whose first byte is a digit or a minus sign and whose next bytes are known.
    #[inline(always)]
    pub(super) fn number(&mut self, p: Pos<'a>, shape: Shape) -> Option<Pos<'a>> {
        let word = p.word() >> if p.byte() == b'-' { 8 } else { 0 };
        let leading_zero = word as u8 == b'0' && ((word >> 8) as u8).wrapping_sub(b'0') <= 9;
        match shape.len() {
            // SAFETY: the bytes of the number were compared with such that are no sentinels.
            Some(len) if !leading_zero => Some(unsafe { p.ahead(len) }),
            _ => self.any_number(p),
        }
    }

    /// Validates a number step by step: a long one, or one with a fault.
    #[inline(never)]
    pub(super) fn any_number(&mut self, p: Pos<'a>) -> Option<Pos<'a>> {
        let unsigned = p.eat(b'-').unwrap_or(p);
        let end = self.digits(unsigned)?;
        if unsigned.byte() == b'0' && end.since(unsigned) != 1 {
            // SAFETY: a digit is no sentinel.
            return self.fail(JsonRule::Number, unsafe { unsigned.ahead(1) });
        }
        if continues(end.byte()) { self.real(end) } else { Some(end) }
    }

    /// Validates the fraction and the exponent of a number.
    #[inline(never)]
    fn real(&mut self, mut p: Pos<'a>) -> Option<Pos<'a>> {
        if let Some(fraction) = p.eat(b'.') {
            p = self.digits(fraction)?;
        }
        match p.eat(b'e').or_else(|| p.eat(b'E')) {
            Some(exponent) => {
                let signed = exponent.eat(b'+').or_else(|| exponent.eat(b'-'));
                self.digits(signed.unwrap_or(exponent))
            }
            None => Some(p),
        }
    }

    /// Validates one digit or more, eight at a time.
    #[inline(always)]
    fn digits(&mut self, p: Pos<'a>) -> Option<Pos<'a>> {
        let n = leading_digits(p.word());
        if n == 0 {
            return self.fail(JsonRule::Number, p);
        }
        // SAFETY: digits are no sentinel.
        let mut p = unsafe { p.ahead(n) };
        if n == 8 {
            loop {
                let n = leading_digits(p.word());
                // SAFETY: digits are no sentinel.
                p = unsafe { p.ahead(n) };
                if n < 8 {
                    break;
                }
            }
        }
        Some(p)
    }
}

/// Whether a number goes on behind its integer part.
#[inline(always)]
fn continues(byte: u8) -> bool {
    byte == b'.' || byte | 0x20 == b'e'
}

/// The number that eight decimal digits spell, the first one lowest. Bytes 0 count as the digit 0.
#[inline(always)]
fn eight_digits(word: u64) -> u64 {
    let pairs = (word & 0x0f0f_0f0f_0f0f_0f0f).wrapping_mul(2561) >> 8;
    let quads = (pairs & 0x00ff_00ff_00ff_00ff).wrapping_mul(6_553_601) >> 16;
    (quads & 0x0000_ffff_0000_ffff).wrapping_mul(42_949_672_960_001) >> 32
}

/// How many of the eight bytes, counted from the lowest, are digits before the first that is none.
#[inline(always)]
fn leading_digits(word: u64) -> usize {
    let x = word ^ 0x3030_3030_3030_3030;
    let above = ((x & 0x7f7f_7f7f_7f7f_7f7f) + 0x7676_7676_7676_7676) | x;
    ((above & 0x8080_8080_8080_8080).trailing_zeros() / 8) as usize
}

/// All bits below the lowest one of `mask`, or all when there is none.
#[inline(always)]
fn below_32(mask: u32) -> u32 {
    mask.wrapping_sub(1) & !mask
}
