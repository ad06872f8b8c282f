//! The arguments of a tool, read where they stand.

use std::borrow::Cow;
use std::fmt;

use mcp_engine_proto::json::Raw;
use serde::de::DeserializeOwned;

use crate::handler::Request;

/// The arguments of a call.
///
/// ```
/// use mcp_engine_proto::json::Raw;
/// use mcp_engine_runtime::server::Arguments;
///
/// let arguments = Arguments::new(Some(Raw::parse(r#"{"text":"hi","times":3}"#)?));
/// assert_eq!(arguments.get::<String>("text")?, "hi");
/// assert_eq!(arguments.get::<Option<u8>>("loud")?, None);
/// let error = arguments.get::<u8>("text").unwrap_err();
/// assert_eq!(error.to_string(), "the argument `text` must be an integer from 0 to 255");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Arguments<'a> {
    object: Option<Raw<'a>>,
}

/// A value that can be an argument.
pub trait Argument<'a>: Sized {
    /// Reads the value; `None` when there is no argument of that name.
    ///
    /// # Errors
    ///
    /// What the argument must be.
    fn read(raw: Option<Raw<'a>>) -> Result<Self, Cow<'static, str>>;
}

/// An argument is not what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentError {
    name: String,
    reason: Cow<'static, str>,
}

impl<'a> Arguments<'a> {
    /// Those of an object, or none.
    pub fn new(object: Option<Raw<'a>>) -> Self {
        Self { object }
    }

    /// Those of a request to call a tool.
    pub fn of(request: &'a Request) -> Self {
        Self::new(request.message().call_params().and_then(|call| call.arguments))
    }

    /// The argument of a name, as it is spelled.
    pub fn raw(self, name: &str) -> Option<Raw<'a>> {
        self.object?.get(name)
    }

    /// The argument of a name. Takes time proportional to the arguments.
    ///
    /// # Errors
    ///
    /// It is not there, or is another type of value.
    pub fn get<T: Argument<'a>>(self, name: &str) -> Result<T, ArgumentError> {
        T::read(self.raw(name)).map_err(|reason| ArgumentError::new(name, reason))
    }

    /// The argument of a name, as a type of yours.
    ///
    /// # Errors
    ///
    /// It is not there, or serde does not read that type from it.
    pub fn deserialize<T: DeserializeOwned>(self, name: &str) -> Result<T, ArgumentError> {
        let raw = self.raw(name);
        let text = raw.map_or("null", Raw::spelling);
        serde_json::from_str(text).map_err(|error| match raw {
            Some(_) => ArgumentError::new(name, format!("is not right: {error}")),
            None => ArgumentError::new(name, "is missing"),
        })
    }

    /// All arguments, as a type of yours.
    ///
    /// # Errors
    ///
    /// Serde does not read that type from them.
    pub fn deserialize_all<T: DeserializeOwned>(self) -> Result<T, ArgumentError> {
        let text = self.object.map_or("{}", Raw::spelling);
        serde_json::from_str(text)
            .map_err(|error| ArgumentError::new("arguments", error.to_string()))
    }
}

impl ArgumentError {
    fn new(name: &str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.to_owned(), reason: reason.into() }
    }
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the argument `{}` {}", self.name, self.reason)
    }
}

impl std::error::Error for ArgumentError {}

impl<'a> Argument<'a> for Raw<'a> {
    fn read(raw: Option<Self>) -> Result<Self, Cow<'static, str>> {
        raw.ok_or(Cow::Borrowed("is missing"))
    }
}

impl<'a> Argument<'a> for Cow<'a, str> {
    fn read(raw: Option<Raw<'a>>) -> Result<Self, Cow<'static, str>> {
        let text = Raw::read(raw)?.string();
        text.map(|text| text.decode()).ok_or(Cow::Borrowed("must be a string"))
    }
}

impl<'a> Argument<'a> for String {
    fn read(raw: Option<Raw<'a>>) -> Result<Self, Cow<'static, str>> {
        Cow::read(raw).map(Cow::into_owned)
    }
}

impl<'a> Argument<'a> for bool {
    fn read(raw: Option<Raw<'a>>) -> Result<Self, Cow<'static, str>> {
        Raw::read(raw)?.as_bool().ok_or(Cow::Borrowed("must be true or false"))
    }
}

impl<'a> Argument<'a> for f64 {
    fn read(raw: Option<Raw<'a>>) -> Result<Self, Cow<'static, str>> {
        Raw::read(raw)?.as_f64().ok_or(Cow::Borrowed("must be a number"))
    }
}

impl<'a> Argument<'a> for f32 {
    fn read(raw: Option<Raw<'a>>) -> Result<Self, Cow<'static, str>> {
        f64::read(raw).map(|number| number as Self)
    }
}

impl<'a, T: Argument<'a>> Argument<'a> for Option<T> {
    fn read(raw: Option<Raw<'a>>) -> Result<Self, Cow<'static, str>> {
        raw.filter(|raw| !raw.is_null()).map(|raw| T::read(Some(raw))).transpose()
    }
}

impl<'a, T: Argument<'a>> Argument<'a> for Vec<T> {
    fn read(raw: Option<Raw<'a>>) -> Result<Self, Cow<'static, str>> {
        let elements = Raw::read(raw)?.elements().ok_or(Cow::Borrowed("must be an array"))?;
        let each = |(place, raw)| {
            T::read(Some(raw))
                .map_err(|reason| format!("has an element {place} that {reason}").into())
        };
        elements.enumerate().map(each).collect()
    }
}

macro_rules! integers {
    ($($type:ident)*) => {$(
        impl<'a> Argument<'a> for $type {
            fn read(raw: Option<Raw<'a>>) -> Result<Self, Cow<'static, str>> {
                let raw = Raw::read(raw)?;
                let signed = || raw.as_i64().and_then(|number| Self::try_from(number).ok());
                let unsigned = || raw.as_u64().and_then(|number| Self::try_from(number).ok());
                signed().or_else(unsigned).ok_or_else(|| {
                    format!("must be an integer from {} to {}", Self::MIN, Self::MAX).into()
                })
            }
        }
    )*};
}

integers! { i8 i16 i32 i64 isize u8 u16 u32 u64 usize }

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: for<'a> Argument<'a>>(json: &str) -> Result<T, String> {
        T::read(Some(Raw::parse(json).expect("JSON"))).map_err(Cow::into_owned)
    }

    #[test]
    fn values_are_read_as_their_types() {
        assert_eq!(read::<String>(r#""a\nb""#), Ok("a\nb".into()));
        assert_eq!(read::<u64>("18446744073709551615"), Ok(u64::MAX));
        assert_eq!(read::<i64>("-9223372036854775808"), Ok(i64::MIN));
        assert_eq!(read::<f64>("1e3"), Ok(1000.0));
        assert_eq!(read::<Vec<bool>>("[true,false]"), Ok(vec![true, false]));
        assert_eq!(read::<Option<u8>>("null"), Ok(None));
    }

    #[test]
    fn other_values_are_refused_with_what_they_must_be() {
        assert_eq!(read::<i8>("128"), Err("must be an integer from -128 to 127".into()));
        assert_eq!(read::<u8>("1.5"), Err("must be an integer from 0 to 255".into()));
        assert_eq!(read::<String>("1"), Err("must be a string".into()));
        let element = "has an element 1 that must be true or false";
        assert_eq!(read::<Vec<bool>>("[true,1]"), Err(element.into()));
        assert_eq!(bool::read(None), Err("is missing".into()));
    }
}
