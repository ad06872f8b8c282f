//! A JSON value that is known to be valid, kept as it is spelled.

use core::fmt;

use super::cursor::{Elements, Members};
use super::string::Str;
use super::{Backend, Duplicates, Policy, text};
use crate::error::Error;
use crate::limits::Limits;

/// A valid JSON value, borrowed as it is spelled: typed access without building a tree.
///
/// Reading walks the text again, but checks nothing again. A number keeps its spelling, so a large
/// integer or a fraction is what the peer wrote.
///
/// ```
/// use mcp_engine_proto::json::Raw;
///
/// let raw = Raw::parse(r#"{"city": "Zürich", "days": [1, 2]}"#)?;
/// assert_eq!(raw.get("city").and_then(Raw::string).unwrap().decode(), "Zürich");
/// let days = raw.get("days").and_then(Raw::elements).unwrap();
/// assert_eq!(days.filter_map(Raw::as_i64).sum::<i64>(), 3);
/// # Ok::<(), mcp_engine_proto::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Raw<'a>(&'a str);

/// The type of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Raw<'static> {
    /// `{}`, what absent arguments stand for.
    pub const EMPTY_OBJECT: Self = Self("{}");
}

impl<'a> Raw<'a> {
    /// Wraps the spelling of a value that the scanner has accepted.
    pub(crate) fn new(spelling: &'a str) -> Self {
        Self(spelling)
    }

    /// Validates a JSON text: one value between white space. Duplicate keys are allowed here.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidJson`] or [`Error::LimitExceeded`] with the default [`Limits`], of which that on the length is
    /// [`Limits::MAX_BYTES`]; offsets count from the start of `text`.
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        Self::parse_within(text, &Limits::default(), Duplicates::Reserved)
    }

    /// As [`parse`](Self::parse), within limits, and where [`Duplicates::Deep`] asks for it without a key twice in one object: what is to be a
    /// part of a message that its reader does not refuse. [`Limits::message_bytes`] is the message's, and not looked at.
    ///
    /// ```
    /// use mcp_engine_proto::json::{Duplicates, Raw};
    /// use mcp_engine_proto::Limits;
    ///
    /// let twice = r#"{"content":[{"a":1,"a":2}]}"#;
    /// assert!(Raw::parse(twice).is_ok());
    /// assert!(Raw::parse_within(twice, &Limits::default(), Duplicates::Deep).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`parse`](Self::parse), and [`Error::InvalidMessage`] for a key that comes twice.
    pub fn parse_within(
        text: &'a str,
        limits: &Limits,
        duplicates: Duplicates,
    ) -> Result<Self, Error> {
        let policy = Policy::new(limits, duplicates);
        text::validate(text.as_bytes(), Backend::detect(), policy)?;
        Ok(Self(text.trim_matches([' ', '\t', '\n', '\r'])))
    }

    /// As [`parse`](Self::parse), for bytes that may not be UTF-8.
    ///
    /// # Errors
    ///
    /// As for [`parse`](Self::parse); [`JsonRule::Utf8`](crate::error::JsonRule::Utf8) when the grammar is sound but the UTF-8 is not.
    pub fn parse_bytes(text: &'a [u8]) -> Result<Self, Error> {
        let policy = Policy::new(&Limits::default(), Duplicates::Reserved);
        let text = text::validate(text, Backend::detect(), policy)?;
        Ok(Self(text.trim_matches([' ', '\t', '\n', '\r'])))
    }

    /// The value as it is spelled.
    pub fn spelling(self) -> &'a str {
        self.0
    }

    /// The type of the value.
    pub fn kind(self) -> ValueKind {
        match self.0.as_bytes().first() {
            Some(b'"') => ValueKind::String,
            Some(b'{') => ValueKind::Object,
            Some(b'[') => ValueKind::Array,
            Some(b't' | b'f') => ValueKind::Boolean,
            Some(b'n') | None => ValueKind::Null,
            Some(_) => ValueKind::Number,
        }
    }

    /// Whether the value is `null`.
    pub fn is_null(self) -> bool {
        self.kind() == ValueKind::Null
    }

    /// The string, when the value is one.
    pub fn string(self) -> Option<Str<'a>> {
        let inside = self.0.strip_prefix('"')?.strip_suffix('"')?;
        Some(Str::new(inside))
    }

    /// The members, when the value is an object.
    pub fn members(self) -> Option<Members<'a>> {
        (self.kind() == ValueKind::Object).then(|| Members::new(self.0))
    }

    /// The elements, when the value is an array.
    pub fn elements(self) -> Option<Elements<'a>> {
        (self.kind() == ValueKind::Array).then(|| Elements::new(self.0))
    }

    /// The member of that name, when the value is an object that has it. Takes time proportional to the
    /// members before it.
    pub fn get(self, name: &str) -> Option<Self> {
        self.members()?.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The boolean, when the value is one.
    pub fn as_bool(self) -> Option<bool> {
        match self.0 {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The integer, when the value is written as one and fits.
    pub fn as_i64(self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The integer, when the value is written as one and fits.
    pub fn as_u64(self) -> Option<u64> {
        self.0.parse().ok()
    }

    /// The nearest floating-point number, when the value is a number and that is finite.
    pub fn as_f64(self) -> Option<f64> {
        let number = (self.kind() == ValueKind::Number).then(|| self.0.parse::<f64>().ok())??;
        number.is_finite().then_some(number)
    }
}

impl fmt::Display for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({})", self.0)
    }
}
