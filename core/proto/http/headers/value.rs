//! Values of headers that repeat a text of the body: plain where that is safe, else base64 in a sentinel.
//!
//! Any text becomes a value of visible ASCII, and exactly that text comes back (MCP 2026-07-28, Streamable HTTP, value
//! encoding). Decoding is strict: what another reader of the same header might decode differently is refused, so that one
//! value has one meaning for everybody on the way.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::http::HttpRule;

/// The value of a header `Mcp-Name` or `Mcp-Param-*` that repeats `text`.
///
/// ```
/// use mcp_engine_proto::http::{decode_value, encode_value};
///
/// assert_eq!(encode_value("us-west1"), "us-west1");
/// assert_eq!(encode_value("Zürich"), "=?base64?WsO8cmljaA==?=");
/// assert_eq!(decode_value(b"=?base64?WsO8cmljaA==?=")?, "Zürich");
/// # Ok::<(), mcp_engine_proto::http::HttpRule>(())
/// ```
pub fn encode_value(text: &str) -> Cow<'_, str> {
    if is_plain(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let mut value = String::from(PREFIX);
    STANDARD.encode_string(text, &mut value);
    value.push_str(SUFFIX);
    Cow::Owned(value)
}

/// The text that a header `Mcp-Name` or `Mcp-Param-*` repeats. A value without the exact prefix or suffix is the text
/// itself.
///
/// # Errors
///
/// [`HttpRule::HeaderEncoding`] when the base64 has another alphabet, lacks padding, has bits that mean nothing, or is not
/// UTF-8; [`HttpRule::HeaderCharacters`] when a plain value holds what a header must not.
pub fn decode_value(value: &[u8]) -> Result<Cow<'_, str>, HttpRule> {
    if let Some(encoded) = inside_sentinel(value) {
        let bytes = STANDARD.decode(encoded).map_err(|_| HttpRule::HeaderEncoding)?;
        let text = String::from_utf8(bytes).map_err(|_| HttpRule::HeaderEncoding)?;
        return Ok(Cow::Owned(text));
    }
    visible(value).map(Cow::Borrowed)
}

/// A value that is never encoded.
pub(super) fn visible(value: &[u8]) -> Result<&str, HttpRule> {
    let allowed = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t');
    if !value.iter().all(allowed) {
        return Err(HttpRule::HeaderCharacters);
    }
    core::str::from_utf8(value).map_err(|_| HttpRule::HeaderCharacters)
}

/// Whether a text can stand in a header as it is. Tabs are allowed in headers, but not everything on the way keeps them.
fn is_plain(text: &[u8]) -> bool {
    let edges = [text.first(), text.last()].contains(&Some(&b' '));
    let sentinel = text.starts_with(PREFIX.as_bytes()) && text.ends_with(SUFFIX.as_bytes());
    !edges && !sentinel && text.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

fn inside_sentinel(value: &[u8]) -> Option<&[u8]> {
    value.strip_prefix(PREFIX.as_bytes())?.strip_suffix(SUFFIX.as_bytes())
}

const PREFIX: &str = "=?base64?";
const SUFFIX: &str = "?=";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_specification_are_written_and_read_so() {
        for (text, value) in [
            ("us-west1", "us-west1"),
            ("", ""),
            ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
            (" padded ", "=?base64?IHBhZGRlZCA=?="),
            ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
            ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
            ("a\tb", "=?base64?YQli?="),
            ("=?base64?=", "=?base64?PT9iYXNlNjQ/PQ==?="),
        ] {
            assert_eq!(encode_value(text), value);
            assert_eq!(decode_value(value.as_bytes()).expect("sound"), text);
        }
    }

    #[test]
    fn base64_is_read_strictly() {
        for value in [
            "=?base64?SGVsbG8?=",
            "=?base64?SGVs!!!bG8=?=",
            "=?base64?SGVsbG8==?=",
            "=?base64?SGVsbG9=?=",
            "=?base64?SGVs bG8=?=",
            "=?base64?SGVs\tbG8=?=",
            "=?base64?SGVsbG8=\u{0}?=",
            "=?base64?_-__?=",
            "=?base64?=?=",
            "=?base64?/w==?=",
        ] {
            assert_eq!(decode_value(value.as_bytes()), Err(HttpRule::HeaderEncoding), "{value}");
        }
        assert_eq!(decode_value(b"=?base64?SGVsbG8=?=").expect("sound"), "Hello");
        assert_eq!(decode_value(b"=?base64??=").expect("sound"), "");
    }

    #[test]
    fn without_the_exact_sentinel_a_value_is_literal() {
        for value in
            ["=?BASE64?SGVsbG8=?=", "=?base64?SGVsbG8=", "?base64?SGVsbG8=?=", "=?base64?="]
        {
            assert_eq!(decode_value(value.as_bytes()).expect("sound"), value);
        }
        assert_eq!(decode_value("é".as_bytes()), Err(HttpRule::HeaderCharacters));
        assert_eq!(decode_value(b"a\x7f"), Err(HttpRule::HeaderCharacters));
        assert_eq!(decode_value(b"a\tb").expect("sound"), "a\tb");
    }
}
