//! Numbers of instances, read from their spelling.
//!
//! JSON Schema knows numbers by their value: `1`, `1.0` and `10e-1` are one number and an integer. What fits in 64 bits is
//! exact; beyond that a number is the nearest double, and beyond doubles only its spelling is left.

use std::borrow::Cow;

use jsonschema::json::JsonNumber;
use mcp_engine_proto::json::Raw;
use serde_json::Number;

/// A number by its value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Decimal {
    /// It fits in an `i64` or a `u64`.
    Integer(i128),
    /// The nearest double.
    Float(f64),
    /// It is larger than any double.
    Beyond,
}

/// A number of an instance.
#[derive(Clone, Copy)]
pub(crate) struct Spelled<'a>(pub(crate) Raw<'a>);

impl Decimal {
    pub(crate) fn of(raw: Raw<'_>) -> Self {
        let integer = raw.as_i64().map(i128::from).or_else(|| raw.as_u64().map(i128::from));
        match integer {
            // A negative zero would lose its sign, which no comparison sees.
            Some(integer) => Self::Integer(integer),
            None => raw.as_f64().map_or(Self::Beyond, Self::normal),
        }
    }

    pub(crate) fn of_number(number: &Number) -> Self {
        let integer = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
        match integer {
            Some(integer) => Self::Integer(integer),
            None => number.as_f64().map_or(Self::Beyond, Self::normal),
        }
    }

    /// A double that is an integer of 64 bits is that integer.
    fn normal(float: f64) -> Self {
        if float.fract() == 0.0 && (LOWEST..HIGHEST).contains(&float) {
            Self::Integer(float as i128)
        } else {
            Self::Float(float)
        }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Integer(one), Self::Integer(other)) => one == other,
            (Self::Float(one), Self::Float(other)) => one == other,
            _ => false,
        }
    }
}

impl JsonNumber for Spelled<'_> {
    fn as_u64(&self) -> Option<u64> {
        self.0.as_u64()
    }

    fn as_i64(&self) -> Option<i64> {
        self.0.as_i64()
    }

    fn as_f64(&self) -> Option<f64> {
        self.0.as_f64()
    }

    fn as_str(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.0.spelling())
    }

    /// Only for messages, which quote the spelling instead.
    fn to_number(&self) -> Cow<'_, Number> {
        let exact = self.0.as_i64().map(Number::from).or_else(|| self.0.as_u64().map(Number::from));
        let number = exact.or_else(|| self.0.as_f64().and_then(Number::from_f64));
        Cow::Owned(number.unwrap_or(Number::from(0)))
    }

    fn is_integer(&self) -> bool {
        is_integer(self.0.spelling())
    }
}

/// Whether a number has no fraction, at any length and exponent.
pub(crate) fn is_integer(spelling: &str) -> bool {
    let (mantissa, exponent) = spelling.split_once(['e', 'E']).unwrap_or((spelling, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = whole.trim_start_matches('-');
    if fraction.is_empty() && digits.trim_end_matches('0').is_empty() {
        return true;
    }
    // An exponent that does not fit is far beyond the length of any text.
    let far = if exponent.starts_with('-') { i64::MIN } else { i64::MAX };
    let exponent = exponent.trim_start_matches('+').parse().unwrap_or(far);
    // Trailing zeros can be shifted out; what stands behind the point must be shifted in.
    let zeros = digits.bytes().rev().take_while(|digit| *digit == b'0').count() as i64;
    let needed = if fraction.is_empty() { zeros.saturating_neg() } else { fraction.len() as i64 };
    exponent >= needed
}

/// -2^63, and the first double above 64 bits.
const LOWEST: f64 = -9_223_372_036_854_775_808.0;
const HIGHEST: f64 = 18_446_744_073_709_551_616.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::of(Raw::parse(text).unwrap())
    }

    #[test]
    fn spellings_of_one_number_are_equal_and_neighbours_are_not() {
        for (one, other) in [
            ("1", "1.0"),
            ("100", "1e2"),
            ("-0", "0.0"),
            ("0.1", "1e-1"),
            ("18446744073709551615", "18446744073709551615"),
            ("18446744073709551616", "18446744073709551616.0"),
            ("1e19", "10000000000000000000"),
        ] {
            assert_eq!(decimal(one), decimal(other), "{one} {other}");
            let number: Number = serde_json::from_str(other).unwrap();
            assert_eq!(decimal(one), Decimal::of_number(&number), "{one} {other}");
        }
        for (one, other) in [
            ("9007199254740993", "9007199254740992"),
            ("9007199254740993", "9007199254740992.0"),
            ("1e19", "10000000000000000001"),
            ("1e999", "1e999"),
        ] {
            assert_ne!(decimal(one), decimal(other), "{one} {other}");
        }
    }

    #[test]
    fn an_integer_is_known_by_its_value() {
        for text in ["0", "-0", "0.0", "0e-5", "1", "-1.0", "1e2", "1.5e1", "120e-1", "1e999"] {
            assert!(is_integer(text), "{text}");
        }
        assert!(
            is_integer("100e-2") && is_integer("1.20e1") && is_integer("1e99999999999999999999")
        );
        for text in ["1.5", "1e-1", "12e-1", "1.25e1", "0.1", "100e-3", "1.0000000000000000001"] {
            assert!(!is_integer(text), "{text}");
        }
        assert!(!is_integer("1e-99999999999999999999"));
    }
}
