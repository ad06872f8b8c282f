//! Texts and ids as C has them.

use core::ffi::c_char;

use mcp_engine::json::Raw;
use mcp_engine::{Id, RequestId};

use crate::pointer::{Ptr, bytes_of, input};
use crate::status::Failure;

/// A text that is not its own: UTF-8, without a zero at the end. `NULL` and 0 is none.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_str {
    /// Its first byte.
    pub ptr: Ptr<c_char>,
    /// How many bytes.
    pub len: usize,
}

/// An id of a request, or a progress token.
///
/// Where it comes from this library, `token` is there, and `integer` is when `tag` is `MCPE_TAG_INTEGER`. Where it goes to it, `token` is what
/// counts, and without one `integer`; then `tag` must be `MCPE_TAG_INTEGER`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_id {
    /// One of `MCPE_TAG_…`.
    pub tag: u32,
    /// 0.
    pub reserved: u32,
    /// The integer, when it is one.
    pub integer: i64,
    /// The JSON token as it is spelled, with the quotes of a string.
    pub token: mcpe_str,
}

/// There is no id.
pub const MCPE_TAG_ABSENT: u32 = 0;
/// The literal `null`.
pub const MCPE_TAG_NULL: u32 = 1;
/// An integer that fits in an `int64_t`.
pub const MCPE_TAG_INTEGER: u32 = 2;
/// A string without escapes.
pub const MCPE_TAG_STRING: u32 = 3;
/// A string with escapes.
pub const MCPE_TAG_ESCAPED: u32 = 4;
/// A number that is no `int64_t`.
pub const MCPE_TAG_NUMBER: u32 = 5;
/// A value of a type that the place does not allow.
pub const MCPE_TAG_OTHER: u32 = 6;

impl mcpe_str {
    pub(crate) const NONE: Self = Self { ptr: Ptr::NULL, len: 0 };

    /// For a caller to read, as long as what is borrowed here stays where it is.
    pub fn to(text: &str) -> Self {
        Self::to_bytes(text.as_bytes())
    }

    /// As [`to`](Self::to), for a text that may not be there.
    pub fn to_optional(text: Option<&str>) -> Self {
        text.map_or(Self::NONE, Self::to)
    }

    /// As [`to`](Self::to), for bytes.
    pub fn to_bytes(bytes: &[u8]) -> Self {
        Self { ptr: Ptr::to(bytes).cast(), len: bytes.len() }
    }

    /// The text, empty when there is none.
    pub fn text(&self, name: &'static str) -> Result<&str, Failure> {
        let ptr = &self.ptr;
        utf8(input!(ptr, self.len)?, name)
    }

    /// The text; `None` when there is none.
    pub fn optional(&self, name: &'static str) -> Result<Option<&str>, Failure> {
        if self.ptr.is_null() && self.len == 0 { Ok(None) } else { self.text(name).map(Some) }
    }

    /// The JSON value; `None` when there is none: an empty text is none.
    pub fn json(&self, name: &'static str) -> Result<Option<Raw<'_>>, Failure> {
        let text = self.text(name)?;
        if text.is_empty() { Ok(None) } else { parse(text, name).map(Some) }
    }
}

impl mcpe_id {
    pub(crate) const ABSENT: Self =
        Self { tag: MCPE_TAG_ABSENT, reserved: 0, integer: 0, token: mcpe_str::NONE };

    /// For a caller to read, as long as the message stays.
    pub fn to(id: Option<Id<'_>>) -> Self {
        let Some(id) = id else { return Self::ABSENT };
        Self::spelled(id.token(), id.as_i64())
    }

    /// For a caller to read, as long as the token stays.
    pub fn spelled(token: &str, integer: Option<i64>) -> Self {
        let tag = match integer {
            Some(_) => MCPE_TAG_INTEGER,
            None if !token.starts_with('"') => MCPE_TAG_NUMBER,
            None if token.contains('\\') => MCPE_TAG_ESCAPED,
            None => MCPE_TAG_STRING,
        };
        Self { tag, reserved: 0, integer: integer.unwrap_or_default(), token: mcpe_str::to(token) }
    }

    /// The id itself; `None` when there is none.
    pub fn read(&self, name: &'static str) -> Result<Option<RequestId>, Failure> {
        if let Some(token) = self.token.json(name)? {
            return RequestId::from_raw(token).map(Some).ok_or(Failure::Value(name));
        }
        match self.tag {
            MCPE_TAG_ABSENT => Ok(None),
            MCPE_TAG_INTEGER => Ok(Some(RequestId::from(self.integer))),
            _ => Err(Failure::Value(name)),
        }
    }
}

/// The id that a pointer leads to; `None` for `NULL` and for one that is absent.
pub fn optional_id(id: Ptr<mcpe_id>, name: &'static str) -> Result<Option<RequestId>, Failure> {
    id.read().map_or(Ok(None), |id| id.read(name))
}

/// The id that a pointer leads to, which must be there.
pub fn required_id(id: Ptr<mcpe_id>, name: &'static str) -> Result<RequestId, Failure> {
    let id = id.read().ok_or(Failure::Null(name))?;
    id.read(name)?.ok_or(Failure::Value(name))
}

/// The text that these characters are.
pub fn utf8<'a>(text: &'a [c_char], name: &'static str) -> Result<&'a str, Failure> {
    core::str::from_utf8(bytes_of(text)).map_err(|_| Failure::Utf8(name))
}

/// The JSON value that the text of that name is.
pub fn parse<'a>(text: &'a str, name: &'static str) -> Result<Raw<'a>, Failure> {
    Raw::parse(text).map_err(|error| Failure::Json(name, error))
}

/// The text of a pointer and the length that goes with it.
#[macro_export]
#[doc(hidden)]
macro_rules! text {
    ($pointer:expr, $len:expr) => {
        $crate::pointer::input!($pointer, $len)
            .and_then(|text| $crate::text::utf8(text, stringify!($pointer)))
    };
}
pub use text;

/// The text of a pointer and the length that goes with it; `None` for `NULL`.
#[macro_export]
#[doc(hidden)]
macro_rules! optional_text {
    ($pointer:expr, $len:expr) => {
        match ($pointer.is_null(), $len) {
            (true, 0) => Ok(None),
            _ => $crate::text::text!($pointer, $len).map(Some),
        }
    };
}
pub use optional_text;

/// The JSON value of a pointer and the length that goes with it.
#[macro_export]
#[doc(hidden)]
macro_rules! json {
    ($pointer:expr, $len:expr) => {
        $crate::text::text!($pointer, $len)
            .and_then(|text| $crate::text::parse(text, stringify!($pointer)))
    };
}
pub use json;

/// The same; `None` for an empty text.
#[macro_export]
#[doc(hidden)]
macro_rules! optional_json {
    ($pointer:expr, $len:expr) => {
        match $len {
            0 => Ok(None),
            _ => $crate::text::json!($pointer, $len).map(Some),
        }
    };
}
pub use optional_json;
