//! Reading all of a valid JSON value in one pass.
//!
//! Cursors walk a container's text again for each level of nesting; who builds something of everything takes the tokens, each byte of
//! which is looked at once. Brackets pair and keys alternate with values, since the text is valid.

use super::cursor::scalar_end;
use super::raw::Raw;
use super::string::{Str, before_special, string_end};
use super::unescape::append_unescaped;

/// The tokens of a value, in the order of the text; those of an object are keys and values in turn.
///
/// ```
/// use mcp_engine_proto::json::{Raw, Token};
///
/// let mut tokens = Raw::parse(r#"{"days": [1, true]}"#)?.tokens();
/// assert_eq!(tokens.next(), Some(Token::BeginObject));
/// assert!(matches!(tokens.next(), Some(Token::String(key)) if key == "days"));
/// assert_eq!(tokens.next(), Some(Token::BeginArray));
/// assert!(matches!(tokens.next(), Some(Token::Number(one)) if one.as_i64() == Some(1)));
/// assert_eq!(tokens.next(), Some(Token::Boolean(true)));
/// assert_eq!(tokens.next(), Some(Token::EndArray));
/// assert_eq!(tokens.next(), Some(Token::EndObject));
/// assert_eq!(tokens.next(), None);
/// # Ok::<(), mcp_engine_proto::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

/// A part of a JSON text. Commas and colons are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// `{`
    BeginObject,
    /// `}`
    EndObject,
    /// `[`
    BeginArray,
    /// `]`
    EndArray,
    /// A string: a value, or the key of a member.
    String(Str<'a>),
    /// A number, as it is spelled.
    Number(Raw<'a>),
    /// `true` or `false`
    Boolean(bool),
    /// `null`
    Null,
}

impl<'a> Raw<'a> {
    /// The tokens of the value.
    pub fn tokens(self) -> Tokens<'a> {
        Tokens { text: self.spelling(), at: 0 }
    }
}

impl<'a> Tokens<'a> {
    /// The string that comes next, without its escapes, which are undone in `room`; whatever else comes next is left there. What is looked at and
    /// unescaped at once costs half of what it costs one after the other.
    ///
    /// ```
    /// use mcp_engine_proto::json::{Raw, Token};
    ///
    /// let (mut tokens, mut room) = (Raw::parse(r#"["a\nb", 1]"#)?.tokens(), Vec::new());
    /// assert_eq!(tokens.text(&mut room), None);
    /// assert_eq!(tokens.next(), Some(Token::BeginArray));
    /// assert_eq!(tokens.text(&mut room), Some(&b"a\nb"[..]));
    /// assert!(matches!(tokens.next(), Some(Token::Number(_))));
    /// # Ok::<(), mcp_engine_proto::Error>(())
    /// ```
    #[inline]
    pub fn text<'r>(&mut self, room: &'r mut Vec<u8>) -> Option<&'r [u8]>
    where
        'a: 'r,
    {
        self.trim();
        let inside = self.rest().strip_prefix(b"\"")?;
        let plain = before_special(inside)?;
        let (text, rest) = inside.split_at_checked(plain)?;
        if rest.first() == Some(&b'"') {
            self.at = self.at.saturating_add(plain).saturating_add(2);
            return Some(text);
        }
        room.clear();
        room.extend_from_slice(text);
        let len = append_unescaped(rest, room);
        self.at = self.at.saturating_add(plain).saturating_add(len).saturating_add(2);
        Some(room)
    }

    /// The string that comes next, as it is spelled; whatever else comes next is left there. Who expects a key is faster so than by
    /// [`next`](Self::next).
    ///
    /// ```
    /// use mcp_engine_proto::json::{Raw, Token};
    ///
    /// let mut tokens = Raw::parse(r#"{"a": 1}"#)?.tokens();
    /// assert_eq!(tokens.string(), None);
    /// assert_eq!(tokens.next(), Some(Token::BeginObject));
    /// assert!(tokens.string().is_some_and(|key| key == "a"));
    /// # Ok::<(), mcp_engine_proto::Error>(())
    /// ```
    #[inline]
    pub fn string(&mut self) -> Option<Str<'a>> {
        self.trim();
        let (len, plain) = string_end(self.rest())?;
        let inside = self.take(len)?.get(1..len.checked_sub(1)?)?;
        Some(Str::walked(inside, plain))
    }

    /// Steps over the bracket that comes next, if it is this one. Whatever else comes next is left there.
    ///
    /// ```
    /// use mcp_engine_proto::json::{Raw, Token};
    ///
    /// let mut tokens = Raw::parse("[1]")?.tokens();
    /// assert!(!tokens.step_over(b'{') && tokens.step_over(b'['));
    /// assert!(matches!(tokens.next(), Some(Token::Number(_))));
    /// assert!(tokens.step_over(b']'));
    /// # Ok::<(), mcp_engine_proto::Error>(())
    /// ```
    #[inline]
    pub fn step_over(&mut self, bracket: u8) -> bool {
        self.trim();
        let next = self.rest().first() == Some(&bracket);
        self.at = self.at.saturating_add(usize::from(next));
        next
    }

    /// Steps over what is between tokens.
    #[inline]
    fn trim(&mut self) {
        while let Some(b',' | b':' | b' ' | b'\t' | b'\n' | b'\r') = self.rest().first() {
            self.at = self.at.saturating_add(1);
        }
    }

    /// Steps over `len` bytes, which are returned.
    #[inline]
    fn take(&mut self, len: usize) -> Option<&'a str> {
        let end = self.at.checked_add(len)?;
        let taken = self.text.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    #[inline]
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    #[inline]
    fn next(&mut self) -> Option<Token<'a>> {
        self.trim();
        let (len, token) = match *self.rest().first()? {
            b'"' => return self.string().map(Token::String),
            b'{' => (1, Token::BeginObject),
            b'}' => (1, Token::EndObject),
            b'[' => (1, Token::BeginArray),
            b']' => (1, Token::EndArray),
            b't' => (4, Token::Boolean(true)),
            b'f' => (5, Token::Boolean(false)),
            b'n' => (4, Token::Null),
            _ => {
                let number = self.take(scalar_end(self.rest()).max(1))?;
                return Some(Token::Number(Raw::new(number)));
            }
        };
        self.at = self.at.saturating_add(len);
        Some(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tokens_spell_the_same_value_again() {
        let text = r#" {"a\"b":[1,-0.5e3,"x\\",{}],"c":{"d":null,"e":[[],true,false]},"":"é"} "#;
        let raw = Raw::parse(text).expect("valid JSON");
        let words: Vec<String> = raw.tokens().map(|token| format!("{token:?}")).collect();
        assert_eq!(words.len(), 24);
        let ends = |end: &str, begin: &str| {
            let count = |word| words.iter().filter(|own| *own == word).count();
            (count(begin), count(end))
        };
        assert_eq!(ends("EndObject", "BeginObject"), (3, 3));
        assert_eq!(ends("EndArray", "BeginArray"), (3, 3));
        assert_eq!(words.iter().filter(|word| word.starts_with("Number")).count(), 2);
    }

    #[test]
    fn a_scalar_is_one_token() {
        for text in ["1", "\"\"", "null", "true", "false", "-1.5"] {
            assert_eq!(Raw::parse(text).expect("valid JSON").tokens().count(), 1, "{text}");
        }
    }
}
