//! Open values: JSON that the protocol passes on without looking into it.
//!
//! The text was validated once, by the scanner or by [`Json::parse`], and is copied as it is spelled, so that every
//! digit of a number survives. Only line breaks between its tokens are dropped, because they would end a line of stdio.

use core::fmt;
use std::borrow::Cow;

use memchr::memchr2;

use super::{Mismatch, Value};
use crate::error::{Error, Misuse};
use crate::json::{Raw, ValueKind, write};
use crate::version::Version;

/// Any JSON value, valid and kept as it is spelled. Two are equal when they are spelled alike.
///
/// ```
/// use mcp_engine_proto::model::Json;
///
/// let json = Json::parse("[1.50, \"a\"]")?;
/// assert_eq!(json.as_str(), "[1.50, \"a\"]");
/// assert_eq!(Json::string("say \"hi\"").as_str(), r#""say \"hi\"""#);
/// # Ok::<(), mcp_engine_proto::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Json<'a>(Cow<'a, str>);

/// A JSON object, valid and kept as it is spelled.
///
/// ```
/// use mcp_engine_proto::model::JsonObject;
///
/// let schema = JsonObject::parse(r#"{"type": "object"}"#)?;
/// assert_eq!(schema.get("type").and_then(|raw| raw.string()).unwrap(), "object");
/// assert!(JsonObject::parse("[]").is_err());
/// # Ok::<(), mcp_engine_proto::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct JsonObject<'a>(Json<'a>);

impl<'a> Json<'a> {
    /// `null`
    pub const NULL: Json<'static> = Json(Cow::Borrowed("null"));

    /// Validates a JSON text.
    ///
    /// # Errors
    ///
    /// As for [`Raw::parse`].
    pub fn parse(text: impl Into<Cow<'a, str>>) -> Result<Self, Error> {
        match text.into() {
            Cow::Borrowed(text) => Ok(Self::from(Raw::parse(text)?)),
            Cow::Owned(text) => {
                let spelling = Raw::parse(&text)?.spelling();
                let whole = spelling.len() == text.len();
                Ok(Self(Cow::Owned(if whole { text } else { spelling.to_owned() })))
            }
        }
    }

    /// A JSON string.
    pub fn string(text: &str) -> Json<'static> {
        let mut out = Vec::with_capacity(text.len().saturating_add(2));
        write::string(&mut out, text);
        Json(Cow::Owned(String::from_utf8(out).unwrap_or_default()))
    }

    /// What a type of this module looks like under a revision.
    pub fn of<'v>(value: &impl Value<'v>, version: Version) -> Json<'static> {
        let mut out = Vec::new();
        value.write(&mut out, version);
        Json(Cow::Owned(String::from_utf8(out).unwrap_or_default()))
    }

    /// The value as an object; `None` when it is another one.
    pub fn into_object(self) -> Option<JsonObject<'a>> {
        (self.raw().kind() == ValueKind::Object).then_some(JsonObject(self))
    }

    /// The value as it is spelled.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value, to look into it.
    pub fn raw(&self) -> Raw<'_> {
        Raw::new(&self.0)
    }

    /// Reads the value.
    ///
    /// # Errors
    ///
    /// As for [`Value::read`].
    pub fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        Ok(Self::from(raw))
    }

    /// Appends the value as it is spelled, without line breaks.
    pub fn write(&self, out: &mut Vec<u8>) {
        one_line(out, &self.0);
    }

    /// Copies what is borrowed.
    pub fn into_owned(self) -> Json<'static> {
        Json(Cow::Owned(self.0.into_owned()))
    }
}

impl<'a> JsonObject<'a> {
    /// `{}`
    pub const EMPTY: JsonObject<'static> = JsonObject(Json(Cow::Borrowed("{}")));

    /// Validates a JSON text that is an object.
    ///
    /// # Errors
    ///
    /// As for [`Raw::parse`], and [`Misuse::NotAnObject`] for another value.
    pub fn parse(text: impl Into<Cow<'a, str>>) -> Result<Self, Error> {
        let json = Json::parse(text)?;
        Self::try_from(json).map_err(|_| Error::ApiMisuse(Misuse::NotAnObject))
    }

    /// The object as it is spelled.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The object, to look into it.
    pub fn raw(&self) -> Raw<'_> {
        self.0.raw()
    }

    /// The member of that name. Takes time proportional to the members before it.
    pub fn get(&self, name: &str) -> Option<Raw<'_>> {
        self.raw().get(name)
    }

    /// Reads the object.
    ///
    /// # Errors
    ///
    /// A [`Mismatch`] for another value.
    pub fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        Self::try_from(Json::from(raw))
    }

    /// Appends the object as it is spelled, without line breaks.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }

    /// Copies what is borrowed.
    pub fn into_owned(self) -> JsonObject<'static> {
        JsonObject(self.0.into_owned())
    }
}

impl Default for JsonObject<'_> {
    fn default() -> Self {
        JsonObject::EMPTY
    }
}

impl<'a> From<Raw<'a>> for Json<'a> {
    fn from(raw: Raw<'a>) -> Self {
        Self(Cow::Borrowed(raw.spelling()))
    }
}

impl<'a> From<JsonObject<'a>> for Json<'a> {
    fn from(object: JsonObject<'a>) -> Self {
        object.0
    }
}

impl From<bool> for Json<'_> {
    fn from(value: bool) -> Self {
        Self(Cow::Borrowed(if value { "true" } else { "false" }))
    }
}

impl From<i64> for Json<'_> {
    fn from(value: i64) -> Self {
        Self(Cow::Owned(value.to_string()))
    }
}

impl<'a> TryFrom<Json<'a>> for JsonObject<'a> {
    type Error = Mismatch;

    fn try_from(json: Json<'a>) -> Result<Self, Mismatch> {
        let object = json.raw().kind() == ValueKind::Object;
        if object { Ok(Self(json)) } else { Err(Mismatch::expected("an object")) }
    }
}

impl<'a> Value<'a> for Json<'a> {
    type Owned = Json<'static>;

    fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        Self::read(raw)
    }

    fn write(&self, out: &mut Vec<u8>, _: Version) {
        self.write(out);
    }

    fn into_owned(self) -> Json<'static> {
        self.into_owned()
    }
}

impl<'a> Value<'a> for JsonObject<'a> {
    type Owned = JsonObject<'static>;

    fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        Self::read(raw)
    }

    fn write(&self, out: &mut Vec<u8>, _: Version) {
        self.write(out);
    }

    fn into_owned(self) -> JsonObject<'static> {
        self.into_owned()
    }
}

impl fmt::Debug for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({})", self.0)
    }
}

impl fmt::Debug for JsonObject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonObject({})", self.as_str())
    }
}

/// Copies a valid JSON text without its line breaks: they stand only between tokens, where no space is needed.
fn one_line(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    while let Some(at) = memchr2(b'\n', b'\r', rest) {
        let (line, after) = rest.split_at_checked(at).unwrap_or((rest, b""));
        out.extend_from_slice(line);
        rest = after.get(1..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}
