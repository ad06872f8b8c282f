//! An instance while it is judged: where its values stand, and how much work is left.
//!
//! The text is outlined once and then only read in slices; nothing is decoded but strings with escapes, and nothing is
//! copied. Whatever the validator looks at is paid for here. When nothing is left, containers seem empty and texts short, so
//! that the validator comes to an end soon; its verdict is then thrown away.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;

use mcp_engine_proto::json::{Outline, Raw, Str};

/// What the validator's looks cost, in steps.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Prices {
    /// One value that a sub-schema descends into.
    pub(crate) step: u64,
    /// A byte of a name of a member, in sixteenths.
    pub(crate) name_byte: u64,
    /// A byte of a string, in sixteenths.
    pub(crate) text_byte: u64,
    /// A number that takes exact arithmetic.
    pub(crate) long_number: u64,
}

/// A value and what may still be spent on it.
#[derive(Debug)]
pub(crate) struct Instance<'a> {
    pub(crate) outline: Outline<'a>,
    prices: Prices,
    left: Cell<u64>,
    exhausted: Cell<bool>,
}

impl<'a> Instance<'a> {
    /// `None` when the value holds more than `values` values.
    pub(crate) fn new(value: Raw<'a>, values: u32, prices: Prices) -> Option<Self> {
        let outline = Outline::new(value, values)?;
        Some(Self { outline, prices, left: Cell::new(0), exhausted: Cell::new(false) })
    }

    /// Allows so many steps from here on.
    pub(crate) fn allow(&self, steps: u64) {
        self.left.set(steps);
        self.exhausted.set(false);
    }

    /// Whether more was looked at than was allowed.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.exhausted.get()
    }

    /// Pays for some steps, when there are so many left.
    #[inline]
    pub(crate) fn pay(&self, steps: u64) -> bool {
        match self.left.get().checked_sub(steps) {
            Some(left) if !self.exhausted.get() => {
                self.left.set(left);
                true
            }
            _ => {
                self.exhausted.set(true);
                false
            }
        }
    }

    #[inline]
    pub(crate) fn pay_step(&self) -> bool {
        self.pay(self.prices.step)
    }

    #[inline]
    pub(crate) fn pay_name(&self, bytes: usize) -> bool {
        self.pay(price(bytes, self.prices.name_byte))
    }

    #[inline]
    pub(crate) fn pay_text(&self, bytes: usize) -> bool {
        self.pay(price(bytes, self.prices.text_byte))
    }

    /// Pays for what escapes cost more than other text, each time a string is decoded.
    pub(crate) fn pay_escapes(&self, bytes: usize) -> bool {
        self.pay((bytes as u64).checked_div(4).unwrap_or(0))
    }

    #[inline]
    pub(crate) fn pay_number(&self, spelling: &str) -> bool {
        let long = spelling.len() > EXACT_DIGITS || spelling.contains(['e', 'E']);
        !long || self.prices.long_number == 0 || self.pay(self.prices.long_number)
    }

    /// The first member found whose key its object has already had.
    pub(crate) fn duplicate(&self) -> Option<u32> {
        let places = 0..u32::try_from(self.outline.len()).unwrap_or(u32::MAX);
        places.into_iter().find_map(|place| match self.outline.size(place) {
            0 | 1 => None,
            2..=FEW => self.duplicate_of_few(place),
            _ => self.duplicate_of_many(place),
        })
    }

    fn duplicate_of_few(&self, object: u32) -> Option<u32> {
        let mut places = self.outline.children(object);
        while let Some(place) = places.next() {
            let key = self.key(place)?;
            if let Some(again) =
                places.clone().find(|other| self.key(*other).as_ref() == Some(&key))
            {
                return Some(again);
            }
        }
        None
    }

    fn duplicate_of_many(&self, object: u32) -> Option<u32> {
        let size = self.outline.size(object) as usize;
        if size <= FILTERED && self.are_distinct_at_a_glance(object) {
            return None;
        }
        let mut seen = HashSet::with_capacity(size);
        self.outline
            .children(object)
            .find(|place| self.key(*place).is_some_and(|key| !seen.insert(key)))
    }

    /// Whether no two keys fall on the same bit of a small filter: then they are all different.
    fn are_distinct_at_a_glance(&self, object: u32) -> bool {
        let mut filter = [0u64; 64];
        self.outline.children(object).all(|place| {
            let Some(key) = self.outline.plain_key(place) else { return false };
            let hash = key.as_bytes().chunks(8).fold(key.len() as u64, |hash, chunk| {
                let mut word = [0; 8];
                word.iter_mut().zip(chunk).for_each(|(to, byte)| *to = *byte);
                (hash.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(MIXER)
            });
            let bit = 1u64 << ((hash >> 52) & 63);
            let Some(word) = filter.get_mut((hash >> 58) as usize) else { return false };
            let taken = *word & bit != 0;
            *word |= bit;
            !taken
        })
    }

    /// The key of a member, unescaped.
    pub(crate) fn key(&self, place: u32) -> Option<Cow<'a, str>> {
        let plain = self.outline.plain_key(place).map(Cow::Borrowed);
        plain.or_else(|| self.outline.key(place).map(Str::decode))
    }
}

/// The price of a text: of looking at it, and of reading it.
fn price(bytes: usize, sixteenths: u64) -> u64 {
    let bytes = bytes as u64;
    let read = bytes.saturating_mul(sixteenths).checked_div(16).unwrap_or(0);
    read.saturating_add(bytes.checked_div(64).unwrap_or(0)).saturating_add(1)
}

/// Longer numbers may not be exact as a double.
const EXACT_DIGITS: usize = 17;

/// Up to so many keys are likely to fall on different bits.
const FILTERED: usize = 64;

/// 2^64 divided by the golden ratio.
const MIXER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Up to so many members keys are compared one by one.
const FEW: u32 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(text: &str) -> Instance<'_> {
        let prices = Prices { step: 2, name_byte: 16, text_byte: 0, long_number: 7 };
        Instance::new(Raw::parse(text).unwrap(), 1_000, prices).unwrap()
    }

    #[test]
    fn once_exhausted_nothing_can_be_paid_until_more_is_allowed() {
        let instance = instance("1");
        instance.allow(5);
        assert!(instance.pay_step() && instance.pay_step());
        assert!(!instance.pay_step() && instance.is_exhausted());
        assert!(!instance.pay(1));
        instance.allow(5);
        assert!(!instance.is_exhausted() && instance.pay_text(64 * 4) && !instance.pay(1));
    }

    #[test]
    fn only_numbers_that_take_exact_arithmetic_are_paid_for() {
        let instance = instance("1");
        instance.allow(7);
        assert!(instance.pay_number("-12345.678") && instance.pay_number("1e300"));
        assert!(instance.pay_number("1") && !instance.pay_number("123456789012345678"));
    }

    #[test]
    fn names_are_paid_by_their_length() {
        let instance = instance("1");
        instance.allow(11);
        assert!(instance.pay_name(10) && !instance.pay(1));
    }

    #[test]
    fn keys_that_appear_twice_are_found_however_they_are_spelled() {
        let many: Vec<_> = (0..50).map(|at| format!(r#""key{at}":0"#)).collect();
        for text in [
            r#"{"a":1,"b":2,"a":3}"#.to_owned(),
            r#"[1,{"x":{"a":1,"\u0061":3}}]"#.to_owned(),
            format!(r#"{{{},"key\u0037":1}}"#, many.join(",")),
        ] {
            assert!(instance(&text).duplicate().is_some(), "{text}");
        }
        assert!(instance(&format!("{{{}}}", many.join(","))).duplicate().is_none());
        assert!(instance(r#"{"a":{"a":1},"b":[["a","a"],{"a":1,"A":1}]}"#).duplicate().is_none());
        assert!(instance("[1,1,1]").duplicate().is_none());
    }
}
