//! Text of a peer, made fit for a log: whatever does something else than appear is escaped.

use std::fmt;

/// Shows a text with its control, invisible and bidirectional characters escaped, and no more than so many characters of it.
///
/// ```
/// use mcp_engine_proto::shown::Shown;
///
/// assert_eq!(Shown::new("a\r\n\u{1b}[31m\u{202e}é").to_string(), r"a\r\n\u{1b}[31m\u{202e}é");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    text: &'a str,
}

impl<'a> Shown<'a> {
    /// That text.
    pub const fn new(text: &'a str) -> Self {
        Self { text }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.text.chars();
        for character in characters.by_ref().take(LONGEST) {
            match character {
                '"' | '\'' | '\\' => fmt::Write::write_char(f, character)?,
                character => write!(f, "{}", character.escape_debug())?,
            }
        }
        if characters.next().is_some() { f.write_str("…") } else { Ok(()) }
    }
}

/// Most characters of a text that are shown.
const LONGEST: usize = 256;
