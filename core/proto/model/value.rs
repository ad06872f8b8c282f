//! The values that members of MCP types have, read from validated JSON and written for a revision.
//!
//! Strings are borrowed from the message unless they have escapes; numbers are read by value, so that `5.0` and `5`
//! are the same integer. What is written is always one JSON value without a line break.

use std::borrow::Cow;

use super::{Front, Mismatch};
use crate::json::{Raw, Str, write};
use crate::message::RequestId;
use crate::version::Version;

/// A type that stands for a JSON value of the protocol.
///
/// Every type of this module has these as methods of its own; the trait is for code that is generic over them.
pub trait Value<'a>: Sized {
    /// The same type, borrowing nothing.
    type Owned: 'static;

    /// Reads the value. Members that a later or earlier revision has are read, those that no revision has are kept.
    ///
    /// # Errors
    ///
    /// A [`Mismatch`] when the value is not of this type.
    fn read(raw: Raw<'a>) -> Result<Self, Mismatch>;

    /// Reads the value at the front of a text and steps over it. A type that looks at its parts one after the other does so
    /// without finding out first where it ends.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read); where the front is then, nobody knows.
    fn read_front(front: &mut Front<'a>) -> Result<Self, Mismatch> {
        Self::read(front.value())
    }

    /// Appends the value as `version` has it.
    fn write(&self, out: &mut Vec<u8>, version: Version);

    /// Copies what is borrowed.
    fn into_owned(self) -> Self::Owned;

    /// Whether `version` has a form for this very value. An optional member or an entry without one is left out.
    fn fits(&self, version: Version) -> bool {
        let _ = version;
        true
    }
}

/// Whole milliseconds. A negative number is read as 0, which is what it means for a cache (MCP 2026-07-28, Caching).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Millis(pub u64);

impl From<u64> for Millis {
    fn from(millis: u64) -> Self {
        Self(millis)
    }
}

impl<'a> Value<'a> for Cow<'a, str> {
    type Owned = Cow<'static, str>;

    fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        raw.string().map(Str::decode).ok_or(Mismatch::expected("a string"))
    }

    fn write(&self, out: &mut Vec<u8>, _: Version) {
        write::string(out, self);
    }

    fn into_owned(self) -> Cow<'static, str> {
        Cow::Owned(self.into_owned())
    }
}

impl Value<'_> for bool {
    type Owned = Self;

    fn read(raw: Raw<'_>) -> Result<Self, Mismatch> {
        raw.as_bool().ok_or(Mismatch::expected("a boolean"))
    }

    fn write(&self, out: &mut Vec<u8>, _: Version) {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl Value<'_> for i64 {
    type Owned = Self;

    fn read(raw: Raw<'_>) -> Result<Self, Mismatch> {
        let fits = |number: &f64| number.fract() == 0.0 && number.abs() <= EXACT;
        let spelled = || raw.as_f64().filter(fits).map(|number| number as Self);
        raw.as_i64().or_else(spelled).ok_or(Mismatch::expected("an integer of 64 bits"))
    }

    fn write(&self, out: &mut Vec<u8>, _: Version) {
        out.extend_from_slice(itoa::Buffer::new().format(*self).as_bytes());
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl Value<'_> for f64 {
    type Owned = Self;

    fn read(raw: Raw<'_>) -> Result<Self, Mismatch> {
        raw.as_f64().ok_or(Mismatch::expected("a finite number"))
    }

    /// A number that JSON has no spelling for, which only the caller can have made, becomes 0.
    fn write(&self, out: &mut Vec<u8>, version: Version) {
        if !self.is_finite() {
            out.push(b'0');
        } else if self.fract() == 0.0 && self.abs() <= EXACT {
            (*self as i64).write(out, version);
        } else {
            out.extend_from_slice(format!("{self:?}").as_bytes());
        }
    }

    fn into_owned(self) -> Self {
        self
    }

    fn fits(&self, _: Version) -> bool {
        self.is_finite()
    }
}

impl Value<'_> for Millis {
    type Owned = Self;

    fn read(raw: Raw<'_>) -> Result<Self, Mismatch> {
        if let Some(millis) = raw.as_u64() {
            return Ok(Self(millis));
        }
        <i64 as Value>::read(raw).map(|millis| Self(u64::try_from(millis).unwrap_or_default()))
    }

    fn write(&self, out: &mut Vec<u8>, _: Version) {
        out.extend_from_slice(itoa::Buffer::new().format(self.0).as_bytes());
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl Value<'_> for RequestId {
    type Owned = Self;

    fn read(raw: Raw<'_>) -> Result<Self, Mismatch> {
        Self::from_raw(raw).ok_or(Mismatch::expected("a string or an integer"))
    }

    fn write(&self, out: &mut Vec<u8>, _: Version) {
        self.write(out);
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl<'a, T: Value<'a>> Value<'a> for Vec<T> {
    type Owned = Vec<T::Owned>;

    fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        Self::read_front(&mut Front::new(raw))
    }

    fn read_front(front: &mut Front<'a>) -> Result<Self, Mismatch> {
        if !front.enter_array() {
            return Err(Mismatch::expected("an array"));
        }
        let mut elements = Self::new();
        while front.element() {
            elements.push(T::read_front(front).map_err(Mismatch::in_an_element)?);
        }
        Ok(elements)
    }

    fn write(&self, out: &mut Vec<u8>, version: Version) {
        array(out, self, |out, element| element.write(out, version));
    }

    fn into_owned(self) -> Self::Owned {
        self.into_iter().map(Value::into_owned).collect()
    }
}

impl<'a, T: Value<'a>> Value<'a> for Box<T> {
    type Owned = Box<T::Owned>;

    fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        T::read(raw).map(Self::new)
    }

    fn read_front(front: &mut Front<'a>) -> Result<Self, Mismatch> {
        T::read_front(front).map(Self::new)
    }

    fn write(&self, out: &mut Vec<u8>, version: Version) {
        (**self).write(out, version);
    }

    fn into_owned(self) -> Self::Owned {
        Box::new((*self).into_owned())
    }

    fn fits(&self, version: Version) -> bool {
        (**self).fits(version)
    }
}

/// Appends an array.
pub(super) fn array<T>(
    out: &mut Vec<u8>,
    elements: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    for (at, element) in elements.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(out, element);
    }
    out.push(b']');
}

/// 2^53: up to here a double is the integer that was meant.
const EXACT: f64 = 9_007_199_254_740_992.0;
