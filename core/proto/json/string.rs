//! JSON strings that were validated, as they are spelled, and their unescaping.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use memchr::{memchr, memchr2};

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
pub struct Str<'a> {
    spelling: &'a str,
    /// How many bytes at the start are known to hold no escape.
    plain: usize,
}

impl<'a> Str<'a> {
    /// Wraps the inside of a string that the scanner has accepted.
    pub(crate) fn new(spelling: &'a str) -> Self {
        Self { spelling, plain: 0 }
    }

    /// As [`new`](Self::new), when a walk over the string has found its first escape behind `plain` bytes, or no escape in all of them.
    pub(super) fn walked(spelling: &'a str, plain: usize) -> Self {
        Self { spelling, plain }
    }

    /// The string as it is spelled, escapes and all.
    pub fn spelling(self) -> &'a str {
        self.spelling
    }

    /// The string, when it is spelled without escapes. Takes time proportional to its length.
    pub fn plain(self) -> Option<&'a str> {
        self.first_escape().is_none().then_some(self.spelling)
    }

    /// The string itself: borrowed when it has no escapes, else unescaped.
    pub fn decode(self) -> Cow<'a, str> {
        match self.first_escape() {
            None => Cow::Borrowed(self.spelling),
            Some(first) => Cow::Owned(self.unescaped(first)),
        }
    }

    /// Appends the string itself.
    pub fn decode_into(self, text: &mut String) {
        match self.first_escape() {
            None => text.push_str(self.spelling),
            Some(first) => text.push_str(&self.unescaped(first)),
        }
    }

    /// Appends the string itself, which is no longer than its spelling.
    ///
    /// # Errors
    ///
    /// [`Error::LimitExceeded`] when the system refuses the memory: nothing is appended then.
    pub fn append_to(self, out: &mut Vec<u8>) -> Result<(), Error> {
        out.try_reserve(self.spelling.len().saturating_add(ROOM)).map_err(|_| room::REFUSED)?;
        self.append(self.first_escape().unwrap_or(self.spelling.len()), out);
        Ok(())
    }

    #[inline]
    fn first_escape(self) -> Option<usize> {
        let rest = self.spelling.as_bytes().get(self.plain..)?;
        if rest.is_empty() {
            return None;
        }
        memchr(b'\\', rest)?.checked_add(self.plain)
    }

    /// The string, whose first escape stands at `first`.
    fn unescaped(self, first: usize) -> String {
        let mut text = Vec::with_capacity(self.spelling.len().saturating_add(ROOM));
        self.append(first, &mut text);
        // What stands between escapes is whole characters, and so is what they stand for.
        String::from_utf8(text).unwrap_or_default()
    }

    /// Appends the string, whose first escape stands at `first`.
    fn append(self, first: usize, text: &mut Vec<u8>) {
        let (plain, escaped) = self.spelling.as_bytes().split_at(first);
        text.extend_from_slice(plain);
        append_unescaped(escaped, text);
    }
}

/// Appends what the inside of a valid string stands for, up to the quote that ends it or the end of `spelling`. Returns how much of that was
/// read. Escapes of code are a few characters apart: what is between them is copied in blocks, of which what stands behind the first special
/// byte is overwritten.
pub(super) fn append_unescaped(spelling: &[u8], text: &mut Vec<u8>) -> usize {
    let start = text.len();
    let (mut at, mut to) = (0usize, start);
    loop {
        let rest = spelling.get(at..).unwrap_or_default();
        if text.len().saturating_sub(to) < ROOM {
            let more = to.saturating_sub(start).max(STEP).min(rest.len().saturating_add(ROOM));
            text.resize(to.saturating_add(more), 0);
        }
        let Some(place) = text.get_mut(to..).and_then(|room| room.first_chunk_mut()) else { break };
        if let Some(block) = rest.first_chunk::<BLOCK>() {
            *place = *block;
            let plain = before_special_in(*block);
            at = at.wrapping_add(plain);
            to = to.wrapping_add(plain);
            if plain == BLOCK {
                continue;
            }
        }
        let rest = spelling.get(at..).unwrap_or_default();
        let (read, written) = match rest {
            [] | [b'"', ..] => break,
            [b'\\', b'u', ..] => {
                let Some((letter, len)) = unescape_unicode(rest) else { break };
                (len, put(letter.encode_utf8(&mut [0; 4]).as_bytes(), text, to))
            }
            [b'\\', letter, ..] => (2, put(&[stands_for(*letter)], text, to)),
            [byte, ..] => (1, put(&[*byte], text, to)),
        };
        at = at.wrapping_add(read);
        to = to.wrapping_add(written);
    }
    text.truncate(to);
    at
}

/// Overwrites the bytes of a character at their place, where there is room for a block, and yields how many there are.
#[inline]
fn put(bytes: &[u8], text: &mut [u8], to: usize) -> usize {
    if let Some(place) = text.get_mut(to..to.saturating_add(bytes.len())) {
        place.copy_from_slice(bytes);
    }
    bytes.len()
}

/// Length of the string at the start of `text`, with its quotes, and how much of the start of its inside is known to hold no escape. A quote ends
/// it unless an odd run of backslashes stands before it.
#[inline]
pub(super) fn string_end(text: &[u8]) -> Option<(usize, usize)> {
    let inside = text.strip_prefix(b"\"")?;
    let plain = near_special(inside);
    if inside.get(plain) == Some(&b'"') {
        return Some((plain.checked_add(2)?, plain));
    }
    let mut from = plain;
    loop {
        let quote = memchr(b'"', inside.get(from..)?)?.checked_add(from)?;
        let before = inside.get(from..quote)?;
        let run = before.iter().rev().take_while(|byte| **byte == b'\\').count();
        if run & 1 == 0 {
            return Some((quote.checked_add(2)?, plain));
        }
        from = quote.checked_add(1)?;
    }
}

/// How many bytes stand before the first quote or backslash.
#[inline]
pub(super) fn before_special(text: &[u8]) -> Option<usize> {
    let near = near_special(text);
    match text.get(near)? {
        b'"' | b'\\' => Some(near),
        _ => memchr2(b'"', b'\\', text.get(near..)?)?.checked_add(near),
    }
}

/// How many bytes at the start of a text were looked at and are neither quote nor backslash. One of them is near in keys and short texts, for which
/// a search is not begun.
#[inline]
fn near_special(text: &[u8]) -> usize {
    let (blocks, _) = text.as_chunks::<BLOCK>();
    let mut near = 0usize;
    for block in blocks.iter().take(NEAR) {
        let before = before_special_in(*block);
        near = near.wrapping_add(before);
        if before < BLOCK {
            break;
        }
    }
    near
}

/// How many bytes of a block stand before its first quote or backslash.
#[inline]
fn before_special_in(block: [u8; BLOCK]) -> usize {
    let block = u64::from_le_bytes(block);
    ((found(b'"', block) | found(b'\\', block)).trailing_zeros() / 8) as usize
}

/// Marks a byte of a block in its highest bit; what stands above the lowest mark may be wrong.
#[inline]
fn found(byte: u8, block: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; BLOCK]);
    const HIGHEST: u64 = u64::from_ne_bytes([0x80; BLOCK]);
    let zero_where_equal = block ^ u64::from_ne_bytes([byte; BLOCK]);
    zero_where_equal.wrapping_sub(ONES) & !zero_where_equal & HIGHEST
}

const BLOCK: usize = size_of::<u64>();
/// What a step of unescaping may write: a block and a character.
const ROOM: usize = 2 * BLOCK;
/// Blocks in which the first special byte is looked for one by one.
const NEAR: usize = 4;
/// How much room a text is unescaped into at first.
const STEP: usize = 32 * BLOCK;

impl PartialEq<str> for Str<'_> {
    fn eq(&self, other: &str) -> bool {
        // An escape is longer than what it stands for.
        self.spelling == other
            || (self.spelling.len() > other.len()
                && self.plain().is_none()
                && self.decode() == other)
    }
}

impl PartialEq<&str> for Str<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl PartialEq for Str<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.spelling == other.spelling || self.decode() == other.decode()
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
        write!(f, "\"{}\"", self.spelling)
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
    match *text.get(1)? {
        b'u' => unescape_unicode(text),
        letter => Some((char::from(stands_for(letter)), 2)),
    }
}

/// The character that a backslash and a letter, which is not `u`, stand for.
#[inline]
fn stands_for(letter: u8) -> u8 {
    STANDS_FOR.get(usize::from(letter)).copied().unwrap_or(letter)
}

/// A table, for there is nothing to guess in it: quotes and newlines follow each other in code as they like.
#[expect(clippy::indexing_slicing, reason = "made by the compiler")]
const STANDS_FOR: [u8; 128] = {
    let mut table = [0; 128];
    let mut letter = 0;
    while letter < table.len() {
        table[letter] = match letter as u8 {
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            other => other,
        };
        letter += 1;
    }
    table
};

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
    use super::super::{Raw, Token, write};

    #[test]
    fn texts_of_every_length_are_unescaped_and_end_where_they_end() {
        for pattern in ["a", "\\", "\"", "\u{1}", "ab\n", "\u{1f600}\u{2}", "1234567\u{3}é", "\\\""]
        {
            for count in (0..40).chain(250..290) {
                let text = pattern.repeat(count);
                let mut spelled = b"[".to_vec();
                write::string(&mut spelled, &text);
                // Escapes that stand for more than one byte.
                let spelled =
                    [&spelled[..spelled.len() - 1], br#"\ud83d\ude00\u20ac", 7]"#].concat();
                let raw = Raw::parse_bytes(&spelled).expect("valid JSON");
                let expected = text + "\u{1f600}€";
                let string = raw.elements().and_then(|mut all| all.next()).and_then(Raw::string);
                assert_eq!(string.map(|own| own.decode().into_owned()), Some(expected.clone()));
                let (mut tokens, mut room) = (raw.tokens(), Vec::new());
                tokens.next();
                assert_eq!(tokens.text(&mut room), Some(expected.as_bytes()));
                assert_eq!(tokens.text(&mut room), None);
                assert!(matches!(tokens.next(), Some(Token::Number(_))));
            }
        }
    }

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
                let mut room = b"from the last one".to_vec();
                let taken = raw.tokens().text(&mut room).map(<[u8]>::to_vec);
                assert_eq!(taken.as_deref(), Some(text.as_bytes()));
                let mut appended = "so far: ".to_owned();
                string.decode_into(&mut appended);
                assert_eq!(appended, format!("so far: {text}"));
            }
        }
    }
}
