//! JSON strings that were validated, as they are spelled, and their unescaping.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use memchr::memchr;

use crate::error::Error;
use crate::room;

/// The inside of a valid JSON string, without its quotes, as it is spelled.
///
/// Most strings have no escapes and are borrowed; the others are unescaped when asked.
///
/// ```
/// use mcp_engine_proto::json::Raw;
///
/// let raw = Raw::parse(r#""tools\/call""#)?;
/// let text = raw.string().unwrap();
/// assert_eq!(text.spelling(), r"tools\/call");
/// assert_eq!(text.decode(), "tools/call");
/// assert!(text == "tools/call");
/// # Ok::<(), mcp_engine_proto::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Str<'a>(&'a str);

impl<'a> Str<'a> {
    /// Wraps the inside of a string that the scanner has accepted.
    pub(crate) fn new(spelling: &'a str) -> Self {
        Self(spelling)
    }

    /// The string as it is spelled, escapes and all.
    pub fn spelling(self) -> &'a str {
        self.0
    }

    /// The string, when it is spelled without escapes. Takes time proportional to its length.
    pub fn plain(self) -> Option<&'a str> {
        memchr(b'\\', self.0.as_bytes()).is_none().then_some(self.0)
    }

    /// The string itself: borrowed when it has no escapes, else unescaped.
    pub fn decode(self) -> Cow<'a, str> {
        match memchr(b'\\', self.0.as_bytes()) {
            None => Cow::Borrowed(self.0),
            Some(first) => Cow::Owned(self.unescaped(first)),
        }
    }

    /// Appends the string itself.
    pub fn decode_into(self, text: &mut String) {
        match memchr(b'\\', self.0.as_bytes()) {
            None => text.push_str(self.0),
            Some(first) => text.push_str(&self.unescaped(first)),
        }
    }

    /// Appends the string itself, which is no longer than its spelling.
    ///
    /// # Errors
    ///
    /// [`Error::LimitExceeded`] when the system refuses the memory: nothing is appended then.
    pub fn append_to(self, out: &mut Vec<u8>) -> Result<(), Error> {
        out.try_reserve(self.0.len().saturating_add(BLOCK)).map_err(|_| room::REFUSED)?;
        let first = memchr(b'\\', self.0.as_bytes()).unwrap_or(self.0.len());
        let (plain, rest) = self.0.as_bytes().split_at(first);
        out.extend_from_slice(plain);
        append_unescaped(rest, out);
        Ok(())
    }

    /// The string, whose first escape stands at `first`.
    fn unescaped(self, first: usize) -> String {
        let (plain, rest) = self.0.as_bytes().split_at(first);
        let mut text = Vec::with_capacity(self.0.len().saturating_add(BLOCK));
        text.extend_from_slice(plain);
        append_unescaped(rest, &mut text);
        // What stands between escapes is whole characters, and so is what they stand for.
        String::from_utf8(text).unwrap_or_default()
    }
}

/// Appends what the inside of a valid string stands for. Escapes of code are a few characters apart: what is between them is copied in
/// blocks, and cut back behind the first backslash.
fn append_unescaped(spelling: &[u8], text: &mut Vec<u8>) {
    let mut rest = spelling;
    loop {
        while let Some(block) = rest.first_chunk::<BLOCK>() {
            let plain = before_backslash(u64::from_le_bytes(*block));
            text.extend_from_slice(block);
            text.truncate(text.len().saturating_sub(BLOCK.saturating_sub(plain)));
            rest = rest.get(plain..).unwrap_or_default();
            if plain < BLOCK {
                break;
            }
        }
        let len = match rest.first() {
            None => return,
            Some(b'\\') => {
                let Some((letter, len)) = unescape_one(rest) else { return };
                text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                len
            }
            Some(byte) => {
                text.push(*byte);
                1
            }
        };
        rest = rest.get(len..).unwrap_or_default();
    }
}

/// How many bytes of a block stand before its first backslash.
#[inline]
fn before_backslash(block: u64) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; BLOCK]);
    const HIGHEST: u64 = u64::from_ne_bytes([0x80; BLOCK]);
    const BACKSLASHES: u64 = u64::from_ne_bytes([b'\\'; BLOCK]);
    let zero_where_equal = block ^ BACKSLASHES;
    let found = zero_where_equal.wrapping_sub(ONES) & !zero_where_equal & HIGHEST;
    (found.trailing_zeros() / 8) as usize
}

const BLOCK: usize = size_of::<u64>();

impl PartialEq<str> for Str<'_> {
    fn eq(&self, other: &str) -> bool {
        // An escape is longer than what it stands for.
        self.0 == other
            || (self.0.len() > other.len() && self.plain().is_none() && self.decode() == other)
    }
}

impl PartialEq<&str> for Str<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl PartialEq for Str<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.decode() == other.decode()
    }
}

impl Eq for Str<'_> {}

impl fmt::Display for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.decode())
    }
}

impl fmt::Debug for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

/// What the inside of a string stands for. Short ones, as names are, need no memory of their own.
#[derive(Clone)]
pub(super) struct Unescaped {
    short: [u8; SHORT],
    len: usize,
    long: Vec<u8>,
}

/// Unescapes the inside of a string whose escapes are valid but whose UTF-8 may not be.
pub(super) fn unescape(spelling: &[u8]) -> Unescaped {
    let mut text = Unescaped { short: [0; SHORT], len: 0, long: Vec::new() };
    let mut rest = spelling;
    while let Some(at) = memchr(b'\\', rest) {
        let (plain, escape) = rest.split_at(at);
        text.push(plain);
        let Some((letter, len)) = unescape_one(escape) else { return text };
        text.push(letter.encode_utf8(&mut [0; 4]).as_bytes());
        rest = escape.get(len..).unwrap_or_default();
    }
    text.push(rest);
    text
}

impl Unescaped {
    fn push(&mut self, bytes: &[u8]) {
        let end = self.len.saturating_add(bytes.len());
        match self.short.get_mut(self.len..end) {
            Some(room) if self.long.is_empty() => {
                room.copy_from_slice(bytes);
                self.len = end;
            }
            _ => {
                if self.long.is_empty() {
                    self.long.extend(self.short.iter().take(self.len));
                }
                self.long.extend_from_slice(bytes);
            }
        }
    }
}

impl Deref for Unescaped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        let short = self.short.get(..self.len).unwrap_or_default();
        if self.long.is_empty() { short } else { &self.long }
    }
}

/// The character that the valid escape at the start of `text` stands for, and the escape's length.
fn unescape_one(text: &[u8]) -> Option<(char, usize)> {
    let letter = match *text.get(1)? {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unescape_unicode(text),
        other => char::from(other),
    };
    Some((letter, 2))
}

fn unescape_unicode(text: &[u8]) -> Option<(char, usize)> {
    let high = code_unit(text, 2)?;
    if let Some(letter) = char::from_u32(high) {
        return Some((letter, 6));
    }
    let pair = [high as u16, code_unit(text, 8)? as u16];
    let letter = char::decode_utf16(pair).next()?.ok()?;
    Some((letter, 12))
}

fn code_unit(text: &[u8], at: usize) -> Option<u32> {
    let digits = text.get(at..)?.first_chunk::<4>()?;
    hex4(*digits)
}

/// The UTF-16 code unit that four hexadecimal digits spell.
#[inline]
pub(super) fn hex4(digits: [u8; 4]) -> Option<u32> {
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}

/// Longer than the name of any method.
const SHORT: usize = 64;

#[cfg(test)]
mod tests {
    use super::super::{Raw, write};

    #[test]
    fn escapes_are_undone_wherever_they_stand() {
        for before in 0..20 {
            for between in 0..20 {
                let text = format!(
                    "{}\n{}\\\"\u{1}{}é{}\u{1f600}",
                    "a".repeat(before),
                    "b".repeat(between),
                    "ü".repeat(before),
                    "\t".repeat(between % 3),
                );
                let mut spelled = Vec::new();
                write::string(&mut spelled, &text);
                let raw = Raw::parse_bytes(&spelled).expect("valid JSON");
                let string = raw.string().expect("a string");
                assert_eq!(string.decode(), text);
                let mut appended = "so far: ".to_owned();
                string.decode_into(&mut appended);
                assert_eq!(appended, format!("so far: {text}"));
            }
        }
    }
}
