//! What others wrote, made fit to be shown.
//!
//! Whatever is printed on a terminal and was not written by this program passes through here, so that nothing
//! can move the cursor, change colours or hide text. A byte that stands for nothing is shown as
//! `\x1b`, an invisible character as `\u{202e}`; JSON knows neither, so they cannot be mistaken for it.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_width::UnicodeWidthChar;

/// One character, or one byte that is none, as it is shown.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) text: String,
    /// In columns of a terminal.
    pub(crate) width: usize,
}

/// What is shown for `bytes`.
pub(crate) fn pieces(bytes: &[u8]) -> impl Iterator<Item = Piece> {
    bytes.utf8_chunks().flat_map(|chunk| {
        let valid = chunk.valid().chars().map(Piece::of_char);
        valid.chain(chunk.invalid().iter().copied().map(Piece::of_byte))
    })
}

/// What is shown for a name.
pub(crate) fn shown(name: &str) -> Cow<'_, str> {
    if name.chars().any(must_escape) {
        Cow::Owned(pieces(name.as_bytes()).map(|piece| piece.text).collect())
    } else {
        Cow::Borrowed(name)
    }
}

/// Whether a character could do something else than appear. Combining characters count, since
/// any number of them fit in one column.
pub(crate) fn must_escape(character: char) -> bool {
    character.is_control() || (!character.is_ascii() && character.escape_debug().len() > 1)
}

impl Piece {
    fn of_char(character: char) -> Self {
        if !must_escape(character) {
            return Self { text: character.into(), width: character.width().unwrap_or_default() };
        }
        match u8::try_from(character) {
            Ok(byte) if byte.is_ascii() => Self::of_byte(byte),
            _ => Self::escaped(character.escape_unicode().collect()),
        }
    }

    fn of_byte(byte: u8) -> Self {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = write!(text, "\\x{byte:02x}");
        Self::escaped(text)
    }

    fn escaped(text: String) -> Self {
        Self { width: text.len(), text }
    }
}

#[cfg(test)]
mod tests {
    use super::{pieces, shown};

    #[test]
    fn row_57_only_what_is_harmless_is_shown_as_it_is() {
        assert_eq!(shown(r#"tools/"call" \u001b é 漢 📦"#), r#"tools/"call" \u001b é 漢 📦"#);
        assert_eq!(shown("\x1b[31m\t\x7f"), r"\x1b[31m\x09\x7f");
        assert_eq!(shown("a\u{e0041}\u{2066}b"), r"a\u{e0041}\u{2066}b");
        assert_eq!(shown("\u{9b}31m \u{202e}txt \u{200b}"), r"\u{9b}31m \u{202e}txt \u{200b}");
    }

    #[test]
    fn invalid_utf8_is_shown_byte_by_byte() {
        let text: String = pieces(b"caf\xe9 \xf0\x9f\x92").map(|piece| piece.text).collect();
        assert_eq!(text, r"caf\xe9 \xf0\x9f\x92");
    }

    #[test]
    fn wide_characters_have_two_columns() {
        let width: usize = pieces("漢a\u{1b}".as_bytes()).map(|piece| piece.width).sum();
        assert_eq!(width, 7);
    }
}
