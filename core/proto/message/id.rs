//! Request ids and progress tokens: integers or strings, echoed exactly as they were written.

use core::fmt;
use core::hash::Hasher;
use std::borrow::Cow;

use siphasher::sip::SipHasher13;

use super::index::Tag;
use crate::json::{Raw, Seed, Str, ValueKind};

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
    pub(crate) fn of(raw: Raw<'a>) -> Option<Self> {
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

    /// A hash that equal ids share, however they are spelled. The seed keeps a peer from choosing ids that collide.
    #[inline]
    pub(crate) fn hash(self, seed: Seed) -> u64 {
        if self.tag == Tag::INTEGER {
            return hash_integer(self.int, seed);
        }
        let mut hasher = SipHasher13::new_with_keys(seed.0[0], seed.0[1]);
        match self.raw.string() {
            Some(text) => hasher.write(text.decode().as_bytes()),
            None => hasher.write(self.token().as_bytes()),
        }
        hasher.finish()
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

    /// The id that a value is, spelled as it is; `None` for one that MCP does not allow.
    pub fn from_raw(raw: Raw<'_>) -> Option<Self> {
        Id::of(raw).map(Id::to_owned)
    }

    /// The same id, for comparing; `None` when it is an integer in its shortest spelling.
    pub fn as_token(&self) -> Option<Id<'_>> {
        let Repr::Token(token) = &self.0 else { return None };
        Id::of(Raw::new(token))
    }

    /// A hash that equal ids share, however they are spelled.
    #[inline]
    pub(crate) fn hash(&self, seed: Seed) -> u64 {
        match (&self.0, self.as_token()) {
            (Repr::Integer(int), _) => hash_integer(*int, seed),
            (_, Some(id)) => id.hash(seed),
            (_, None) => 0,
        }
    }

    /// Length of the JSON token at most.
    pub(crate) fn most(&self) -> usize {
        match &self.0 {
            Repr::Integer(_) => LONGEST_INTEGER,
            Repr::Token(token) => token.len(),
        }
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

/// Digits of the longest `i64`, and its sign.
const LONGEST_INTEGER: usize = 20;

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
            Repr::Token(_) => other.as_token().is_some_and(|other| *self == other),
        }
    }
}

impl PartialEq for RequestId {
    fn eq(&self, other: &Self) -> bool {
        match (self.as_i64(), other.as_i64()) {
            (Some(one), Some(two)) => one == two,
            _ => match (self.as_token(), other.as_token()) {
                (Some(one), _) => one == *other,
                (_, Some(two)) => two == *self,
                _ => false,
            },
        }
    }
}

impl Eq for RequestId {}

impl core::hash::Hash for RequestId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let integer = self.as_i64().or_else(|| self.as_token()?.as_i64());
        let text = self.as_token().and_then(|id| id.raw.string());
        match (integer, text) {
            (Some(integer), _) => state.write_i64(integer),
            (None, Some(text)) => text.decode().hash(state),
            (None, None) => self.as_token().map(Id::token).hash(state),
        }
    }
}

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

/// Integer ids have a quick hash of their own: both halves of a product with a secret factor.
#[inline]
fn hash_integer(int: i64, Seed([key, add]): Seed) -> u64 {
    let product = u128::from(int as u64 ^ add).wrapping_mul(u128::from(key | 1));
    (product as u64) ^ ((product >> 64) as u64)
}
