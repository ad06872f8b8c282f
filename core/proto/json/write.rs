//! Writing JSON: strings, escaped at the speed of a copy.

use core::fmt::{self, Write as _};

use super::Backend;

/// Appends `text` as a JSON string, quotes included. Only what must be escaped is: `"`, `\`, and the
/// characters below U+0020, in their short forms where they have one.
///
/// ```
/// use mcp_engine_proto::json::write;
///
/// let mut out = Vec::new();
/// write::string(&mut out, "a\tb \"c\" \u{1} é");
/// assert_eq!(out, "\"a\\tb \\\"c\\\" \\u0001 é\"".as_bytes());
/// ```
#[inline]
pub fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    escaped(out, text);
    out.push(b'"');
}

/// As [`string`], without the quotes.
#[inline]
pub(crate) fn escaped(out: &mut Vec<u8>, text: &str) {
    Backend::detect().escape(out, text);
}

/// Appends a number that is finite; an integer is written as one.
pub(crate) fn number(out: &mut Vec<u8>, number: f64) {
    if number.fract() == 0.0 && number.abs() < LARGEST_EXACT {
        out.extend_from_slice(itoa::Buffer::new().format(number as i64).as_bytes());
    } else {
        // Writing to memory does not fail.
        let _ = write!(Appended(out), "{number}");
    }
}

/// Text that is put behind bytes.
struct Appended<'a>(&'a mut Vec<u8>);

impl fmt::Write for Appended<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// 2⁵³: below it every integer is a double.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;
