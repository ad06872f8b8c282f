//! Numbers as decimals, compared exactly: `42.0` and `42` are one number, and 2^53 + 1 is not 2^53.
//!
//! It serves the mirror, where a number of the body is compared with its spelling in a header. No number is rounded, as a
//! floating-point one would be; both are reduced to their significant digits and the place of the point, in one pass.

use std::borrow::Cow;

/// A number as it is spelled (RFC 8259, section 6).
#[derive(Clone, Copy)]
struct Decimal<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    /// `None` when it does not fit in 64 bits; such a number equals nothing but its own spelling.
    exponent: Option<i64>,
}

/// Whether both texts spell the same number; `false` when one of them spells none.
pub(crate) fn equal(one: &str, other: &str) -> bool {
    match (Decimal::parse(one), Decimal::parse(other)) {
        (Some(a), Some(b)) => one == other || a.equals(b),
        _ => false,
    }
}

/// The shortest spelling of an integer; any other number as it is spelled.
pub(super) fn shortest(number: &str) -> Cow<'_, str> {
    let integer = Decimal::parse(number).and_then(Decimal::integer);
    match integer {
        Some(integer) => {
            let mut buffer = itoa::Buffer::new();
            let short = buffer.format(integer);
            if short == number { Cow::Borrowed(number) } else { Cow::Owned(short.to_owned()) }
        }
        None => Cow::Borrowed(number),
    }
}

impl<'a> Decimal<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.as_bytes();
        let (negative, text) = match text.strip_prefix(b"-") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, rest) = digits(text)?;
        if whole.len() > 1 && whole.starts_with(b"0") {
            return None;
        }
        let (fraction, rest) = match rest.strip_prefix(b".") {
            Some(rest) => digits(rest)?,
            None => (&[][..], rest),
        };
        let exponent = match rest.split_first() {
            None => Some(0),
            Some((b'e' | b'E', exponent)) => self::exponent(exponent)?,
            Some(_) => return None,
        };
        Some(Self { negative, whole, fraction, exponent })
    }

    fn equals(self, other: Self) -> bool {
        if self.is_zero() || other.is_zero() {
            return self.is_zero() && other.is_zero();
        }
        let same_point = self.point().is_some_and(|point| other.point() == Some(point));
        self.negative == other.negative && same_point && self.significant().eq(other.significant())
    }

    fn is_zero(self) -> bool {
        self.significant().next().is_none()
    }

    fn all(self) -> impl DoubleEndedIterator<Item = &'a u8> {
        self.whole.iter().chain(self.fraction)
    }

    fn leading_zeros(self) -> usize {
        self.all().take_while(|digit| **digit == b'0').count()
    }

    /// The digits without zeros before and behind.
    fn significant(self) -> impl Iterator<Item = &'a u8> {
        let trailing = self.all().rev().take_while(|digit| **digit == b'0').count();
        let len = self.whole.len().saturating_add(self.fraction.len());
        self.all().take(len.saturating_sub(trailing)).skip(self.leading_zeros())
    }

    /// How many places behind the start of the significant digits the point stands.
    fn point(self) -> Option<i64> {
        let whole = i64::try_from(self.whole.len()).ok()?;
        let zeros = i64::try_from(self.leading_zeros()).ok()?;
        self.exponent?.checked_add(whole)?.checked_sub(zeros)
    }

    /// The number, when it is an integer of at most 18 digits.
    fn integer(self) -> Option<i64> {
        let mut places = if self.is_zero() { 0 } else { self.point()? };
        if places > 18 {
            return None;
        }
        let mut integer = 0i64;
        for digit in self.significant() {
            places = places.checked_sub(1).filter(|places| *places >= 0)?;
            let digit = i64::from(digit.saturating_sub(b'0'));
            integer = integer.checked_mul(10)?.checked_add(digit)?;
        }
        for _ in 0..places {
            integer = integer.checked_mul(10)?;
        }
        Some(if self.negative { integer.saturating_neg() } else { integer })
    }
}

/// The digits at the start of a text, at least one, and what stands behind them.
fn digits(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let len = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.split_at_checked(len).filter(|(digits, _)| !digits.is_empty())
}

/// An exponent, and in it `None` when it is too large. `None` when it is none.
fn exponent(text: &[u8]) -> Option<Option<i64>> {
    let unsigned = text.strip_prefix(b"+").or_else(|| text.strip_prefix(b"-")).unwrap_or(text);
    let (all, rest) = digits(unsigned)?;
    if !rest.is_empty() {
        return None;
    }
    let value = core::str::from_utf8(all).ok()?.parse::<i64>().ok();
    Some(if text.starts_with(b"-") { value.map(i64::saturating_neg) } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_number_are_equal() {
        for same in [
            &["42", "42.0", "4.2e1", "420e-1", "0.42E+2", "42.000"][..],
            &["0", "-0", "0.0", "0e999", "-0.000e-5"],
            &["-7", "-7.0", "-70e-1"],
            &["1e400", "10e399", "0.001e403"],
            &["9007199254740993", "9007199254740993.0", "9.007199254740993e15"],
            &["0.001", "1e-3", "0.0010"],
        ] {
            for (one, other) in same.iter().flat_map(|one| same.iter().map(move |two| (one, two))) {
                assert!(equal(one, other), "{one} {other}");
            }
        }
    }

    #[test]
    fn different_numbers_and_what_is_no_number_are_not_equal() {
        for (one, other) in [
            ("42", "43"),
            ("42", "-42"),
            ("9007199254740993", "9007199254740992"),
            ("1e400", "1e401"),
            ("0.1", "0.10000000000000000000000001"),
            ("42", "042"),
            ("42", "+42"),
            ("42", "42."),
            ("42", ".42e2"),
            ("42", "0x2a"),
            ("42", " 42"),
            ("42", ""),
            ("", ""),
            ("NaN", "NaN"),
            ("1e", "1e"),
            ("1e99999999999999999999", "1e99999999999999999998"),
        ] {
            assert!(!equal(one, other), "{one} {other}");
        }
        assert!(equal("1e99999999999999999999", "1e99999999999999999999"));
    }

    #[test]
    fn integers_are_written_in_their_shortest_spelling() {
        for (number, short) in [
            ("42", "42"),
            ("42.0", "42"),
            ("4.2e1", "42"),
            ("-7.00", "-7"),
            ("-0", "0"),
            ("0.0", "0"),
            ("1e3", "1000"),
            ("1.5", "1.5"),
            ("1e30", "1e30"),
            ("9007199254740991", "9007199254740991"),
        ] {
            assert_eq!(shortest(number), short);
        }
    }
}
