//! Request ids and progress tokens: integers or strings, echoed exactly as they were written.

use core::fmt;
use std::borrow::Cow;

use super::index::Tag;
use crate::json::{Raw, Str, ValueKind};

/// An id or token, borrowed from its message.
///
/// Two ids are equal when they have the same JSON type and the same value: `1` and `"1"` differ,
/// `"a"` and `"\u0061"` do not.
///
/// ```
/// use mcp_engine_proto::Decoder;
///
/// let mut decoder = Decoder::default();
/// decoder.feed(b"{\"jsonrpc\":\"2.0\",\"id\":-0,\"method\":\"ping\"}\n")?;
/// let message = decoder.poll().unwrap()?;
/// let id = message.id().unwrap();
/// assert_eq!(id.as_i64(), Some(0));
/// assert_eq!(id.token(), "-0");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Id<'a> {
    raw: Raw<'a>,
    tag: u8,
    int: i64,
}

/// An id of our own, or one that is kept to be echoed.
#[derive(Clone, Debug)]
pub struct RequestId(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Integer(i64),
    /// A JSON token that is not the shortest spelling of an `i64`.
    Token(Box<str>),
}

impl<'a> Id<'a> {
    /// `None` for an absent or null id, and for one of a type that is no id.
    pub(crate) fn new(raw: Raw<'a>, tag: u8, int: i64) -> Option<Self> {
        let allowed = matches!(tag, Tag::INTEGER | Tag::STRING | Tag::ESCAPED | Tag::NUMBER);
        allowed.then_some(Self { raw, tag, int })
    }

    /// The id that a value is; `None` for one that MCP does not allow.
    fn from_raw(raw: Raw<'a>) -> Option<Self> {
        let int = raw.as_i64();
        let tag = match (raw.kind(), int) {
            (ValueKind::String, _) => Tag::ESCAPED,
            (ValueKind::Number, Some(_)) => Tag::INTEGER,
            (ValueKind::Number, None) if !raw.spelling().contains(['.', 'e', 'E']) => Tag::NUMBER,
            _ => return None,
        };
        Some(Self { raw, tag, int: int.unwrap_or_default() })
    }

    /// The JSON token as the peer wrote it, quotes included.
    pub fn token(self) -> &'a str {
        self.raw.spelling()
    }

    /// The integer, when the id is one that fits.
    pub fn as_i64(self) -> Option<i64> {
        (self.tag == Tag::INTEGER).then_some(self.int)
    }

    /// The string, when the id is one.
    pub fn as_string(self) -> Option<Cow<'a, str>> {
        self.raw.string().map(Str::decode)
    }

    /// An id that owns its token and echoes it exactly.
    pub fn to_owned(self) -> RequestId {
        let canonical =
            self.as_i64().filter(|int| itoa::Buffer::new().format(*int) == self.token());
        match canonical {
            Some(int) => RequestId(Repr::Integer(int)),
            None => RequestId(Repr::Token(self.token().into())),
        }
    }
}

impl PartialEq for Id<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.as_i64(), other.as_i64()) {
            (Some(one), Some(two)) => one == two,
            (None, None) => match (self.raw.string(), other.raw.string()) {
                (Some(one), Some(two)) => one == two,
                (None, None) => self.token() == other.token(),
                _ => false,
            },
            _ => false,
        }
    }
}

impl RequestId {
    /// The integer, when the id is one in its shortest spelling.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Integer(int) => Some(int),
            Repr::Token(_) => None,
        }
    }

    /// The id that a value is; `None` for one that MCP does not allow.
    pub(crate) fn from_raw(raw: Raw<'_>) -> Option<Self> {
        Id::from_raw(raw).map(Id::to_owned)
    }

    /// Appends the JSON token.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match &self.0 {
            Repr::Integer(int) => {
                out.extend_from_slice(itoa::Buffer::new().format(*int).as_bytes());
            }
            Repr::Token(token) => out.extend_from_slice(token.as_bytes()),
        }
    }
}

impl From<i64> for RequestId {
    fn from(int: i64) -> Self {
        Self(Repr::Integer(int))
    }
}

impl From<&str> for RequestId {
    fn from(text: &str) -> Self {
        let mut token = Vec::with_capacity(text.len().saturating_add(2));
        crate::json::write::string(&mut token, text);
        Self(Repr::Token(String::from_utf8(token).unwrap_or_default().into()))
    }
}

impl PartialEq<RequestId> for Id<'_> {
    fn eq(&self, other: &RequestId) -> bool {
        match &other.0 {
            Repr::Integer(int) => self.as_i64() == Some(*int),
            Repr::Token(token) => Id::from_raw(Raw::new(token)) == Some(*self),
        }
    }
}

impl PartialEq for RequestId {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Repr::Integer(one), Repr::Integer(two)) => one == two,
            (Repr::Token(token), _) => Id::from_raw(Raw::new(token)).is_some_and(|id| id == *other),
            (_, Repr::Token(token)) => Id::from_raw(Raw::new(token)).is_some_and(|id| id == *self),
        }
    }
}

impl Eq for RequestId {}

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.token())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Integer(int) => int.fmt(f),
            Repr::Token(token) => f.write_str(token),
        }
    }
}
