//! JSON strings that were validated, as they are spelled, and their unescaping.

use std::borrow::Cow;
use std::fmt;

use memchr::{memchr, memchr2};

use super::special::{BLOCK, Escapes, block, quotes_and_backslashes, specials};
use super::unescape::append_unescaped;
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
        out.try_reserve(self.spelling.len()).map_err(|_| room::REFUSED)?;
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
        let mut text = Vec::with_capacity(self.spelling.len());
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

/// Length of the string at the start of `text`, with its quotes, and how much of the start of its inside is known to hold no escape.
#[inline]
pub(super) fn string_end(text: &[u8]) -> Option<(usize, usize)> {
    let inside = text.strip_prefix(b"\"")?;
    let plain = near_special(inside);
    let end = match inside.get(plain)? {
        b'"' => plain,
        b'\\' => unescaped_quote(inside, plain)?,
        _ => far_quote(inside, plain)?,
    };
    Some((end.checked_add(2)?, plain))
}

/// Where the quote is that ends a long text, of which nothing is known from `from` on. It has few escapes if any, so that a search for quotes is quick.
fn far_quote(inside: &[u8], from: usize) -> Option<usize> {
    let quote = memchr(b'"', inside.get(from..)?)?.checked_add(from)?;
    let before = inside.get(from..quote)?;
    let run = before.iter().rev().take_while(|byte| **byte == b'\\').count();
    if run & 1 == 0 { Some(quote) } else { unescaped_quote(inside, quote.checked_add(1)?) }
}

/// Where the first quote that is not escaped is, from `from` on, where no escape may be half over.
fn unescaped_quote(inside: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    let mut escapes = Escapes::default();
    loop {
        let rest = inside.get(at..).filter(|rest| !rest.is_empty())?;
        let (quotes, backslashes) = quotes_and_backslashes(&block(rest));
        let ends = quotes & !escapes.escaped(backslashes);
        if ends != 0 {
            return at.checked_add(ends.trailing_zeros() as usize);
        }
        at = at.checked_add(BLOCK)?;
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
        let before = specials(block).trailing_zeros() as usize;
        near = near.wrapping_add(before);
        if before < BLOCK {
            break;
        }
    }
    near
}

/// Blocks in which the first special byte is looked for one by one.
const NEAR: usize = 4;
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
    fn a_text_that_is_unescaped_owns_no_more_than_its_spelling() {
        for len in (0..300).chain([1000, 5000]) {
            let text = format!("\"{}\\n\"", "x".repeat(len));
            let string = Raw::parse(&text).ok().and_then(Raw::string).expect("a string");
            let own = string.decode().into_owned();
            assert!(own.capacity() <= len + 2, "{} of {}", own.capacity(), own.len());
            let mut appended = Vec::new();
            string.append_to(&mut appended).expect("memory");
            assert!(appended.capacity() <= (len + 2).max(8), "{}", appended.capacity());
        }
    }

    #[test]
    fn every_escape_is_undone_in_every_place_of_a_window() {
        let escapes = [
            (r"\n", "\n"),
            (r#"\""#, "\""),
            (r"\\", "\\"),
            (r"\/", "/"),
            (r"\u0041", "A"),
            (r"\u00e9\u20AC", "é€"),
            (r"\ud83d\ude00", "\u{1f600}"),
            (r#"\u005c\\\""#, "\\\\\""),
        ];
        for (spelling, stands_for) in escapes {
            for before in 0..140 {
                for behind in [0, 1, 30, 31, 32, 63, 64, 65, 127, 128, 200] {
                    let (before, behind) = ("x".repeat(before), "y".repeat(behind));
                    let text = format!("\"{before}{spelling}{behind}{spelling}\"");
                    let expected = format!("{before}{stands_for}{behind}{stands_for}");
                    let raw = Raw::parse(&text).expect("valid JSON");
                    assert_eq!(raw.string().expect("a string").decode(), expected);
                    let followed = format!("[{text}, {text}]");
                    let raw = Raw::parse(&followed).expect("valid JSON");
                    let (mut tokens, mut room) = (raw.tokens(), Vec::new());
                    assert!(tokens.step_over(b'['));
                    for _ in 0..2 {
                        assert_eq!(tokens.text(&mut room), Some(expected.as_bytes()));
                    }
                    assert!(tokens.step_over(b']'));
                }
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
