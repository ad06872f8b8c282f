//! Percent-encoding (RFC 3986, section 2.1).

use std::borrow::Cow;

use super::UriRule;

/// The byte that the escape at the start of a text stands for; the text begins with a percent sign.
pub(super) fn escape(text: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
    u8::try_from(digit(1)?.checked_shl(4)? | digit(2)?).ok()
}

/// A text without its escapes. `None` when an escape is none, or the whole is not UTF-8.
pub(super) fn decode(text: &str) -> Option<Cow<'_, str>> {
    if memchr::memchr(b'%', text.as_bytes()).is_none() {
        return Some(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some(at) = memchr::memchr(b'%', rest) {
        let (plain, behind) = rest.split_at_checked(at)?;
        decoded.extend_from_slice(plain);
        decoded.push(escape(behind)?);
        rest = behind.get(3..)?;
    }
    decoded.extend_from_slice(rest);
    String::from_utf8(decoded).ok().map(Cow::Owned)
}

/// Which characters an expansion leaves as they are (RFC 6570, section 3.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allow {
    Unreserved,
    UnreservedAndReserved,
}

/// Appends a text with escapes. Escapes that are there are kept where reserved characters are.
pub(super) fn encode(out: &mut String, text: &str, allow: Allow) {
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let reserved = allow == Allow::UnreservedAndReserved && is_reserved(*byte);
        let kept_escape = allow == Allow::UnreservedAndReserved
            && *byte == b'%'
            && bytes.get(at..).and_then(escape).is_some();
        if is_unreserved(*byte) || reserved || kept_escape {
            out.push(char::from(*byte));
        } else {
            let hex = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
            out.push('%');
            out.push(hex(byte >> 4).to_ascii_uppercase());
            out.push(hex(byte & 15).to_ascii_uppercase());
        }
    }
}

/// The byte of an escape, after the rules for every place of a URI.
pub(super) fn checked_escape(text: &[u8]) -> Result<u8, UriRule> {
    let byte = escape(text).ok_or(UriRule::Escape)?;
    match byte {
        0..=0x1f | 0x7f => Err(UriRule::Control),
        b'\\' => Err(UriRule::Backslash),
        b'%' if hides_more(text) => Err(UriRule::DoubleEncoding),
        _ => Ok(byte),
    }
}

/// Whether an escaped percent sign is itself the beginning of an escape that would mean something in a path. Its digits may
/// be escaped as well.
fn hides_more(text: &[u8]) -> bool {
    let Some((high, behind)) = text.get(3..).and_then(first_decoded) else { return false };
    let Some((low, _)) = first_decoded(behind) else { return false };
    escape(&[b'%', high, low])
        .is_some_and(|byte| matches!(byte, 0..=0x1f | 0x7f | b'.' | b'/' | b'\\' | b'%'))
}

/// The byte that a text begins with, decoded where it is escaped, and what stands behind it.
fn first_decoded(text: &[u8]) -> Option<(u8, &[u8])> {
    match (*text.first()?, escape(text)) {
        (b'%', Some(byte)) => Some((byte, text.get(3..)?)),
        (byte, _) => Some((byte, text.get(1..)?)),
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn is_reserved(byte: u8) -> bool {
    b":/?#[]@!$&'()*+,;=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        for text in ["", "a b", "100%", "é/ü", "%41", "~-._", "\u{0}\u{7f}"] {
            let mut encoded = String::new();
            encode(&mut encoded, text, Allow::Unreserved);
            assert!(encoded.is_ascii() && !encoded.contains('/'));
            assert_eq!(decode(&encoded).expect("sound"), text);
        }
    }

    #[test]
    fn reserved_expansion_keeps_reserved_characters_and_escapes() {
        let encoded = |text: &str| {
            let mut out = String::new();
            encode(&mut out, text, Allow::UnreservedAndReserved);
            out
        };
        assert_eq!(encoded("a/b?c=d%20e"), "a/b?c=d%20e");
        assert_eq!(encoded("100% é"), "100%25%20%C3%A9");
    }

    #[test]
    fn escapes_that_are_none_are_not_decoded() {
        for text in ["%", "%4", "%g1", "%+1", "%ff", "a%"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn escapes_of_escapes_are_seen() {
        for (text, expected) in [
            ("%41", Ok(b'A')),
            ("%25", Ok(b'%')),
            ("%2541", Ok(b'%')),
            ("%25 a", Ok(b'%')),
            ("%252e", Err(UriRule::DoubleEncoding)),
            ("%252F", Err(UriRule::DoubleEncoding)),
            ("%255c", Err(UriRule::DoubleEncoding)),
            ("%2525", Err(UriRule::DoubleEncoding)),
            ("%2500", Err(UriRule::DoubleEncoding)),
            ("%252%45", Err(UriRule::DoubleEncoding)),
            ("%25%32e", Err(UriRule::DoubleEncoding)),
            ("%25%32%35", Err(UriRule::DoubleEncoding)),
            ("%25%34%31", Ok(b'%')),
            ("%00", Err(UriRule::Control)),
            ("%5c", Err(UriRule::Backslash)),
            ("%4", Err(UriRule::Escape)),
        ] {
            assert_eq!(checked_escape(text.as_bytes()), expected, "{text}");
        }
    }
}
