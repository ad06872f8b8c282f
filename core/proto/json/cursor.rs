//! Stepping through valid JSON without checking it again.
//!
//! Every load here is bounded and every slice checked, so that a cursor over a text that is not
//! valid after all ends early; it cannot do harm.

use super::raw::Raw;
use super::string::{Str, string_end};

/// The members of an object, in the order of the text.
#[derive(Clone, Debug)]
pub struct Members<'a> {
    rest: &'a str,
}

/// The elements of an array, in the order of the text.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    rest: &'a str,
}

impl<'a> Members<'a> {
    /// `object` begins with a brace.
    pub(super) fn new(object: &'a str) -> Self {
        Self { rest: object.get(1..).unwrap_or_default() }
    }
}

impl<'a> Elements<'a> {
    /// `array` begins with a bracket.
    pub(super) fn new(array: &'a str) -> Self {
        Self { rest: array.get(1..).unwrap_or_default() }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Str<'a>, Raw<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, rest) = split_string(trim(self.rest))?;
        let (value, rest) = split_value(trim(rest).strip_prefix(':')?)?;
        self.rest = rest;
        Some((key, value))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Raw<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (value, rest) = split_value(self.rest)?;
        self.rest = rest;
        Some(value)
    }
}

/// Splits the string at the start of `text` from what follows it.
pub(crate) fn split_string(text: &str) -> Option<(Str<'_>, &str)> {
    let (len, plain) = string_end(text.as_bytes())?;
    let (string, rest) = text.split_at_checked(len)?;
    Some((Str::walked(string.get(1..len.checked_sub(1)?)?, plain), rest))
}

/// Splits the value at the start of `text` from what follows it and its comma.
pub(crate) fn split_value(text: &str) -> Option<(Raw<'_>, &str)> {
    let text = trim(text);
    let (value, rest) = text.split_at_checked(value_end(text.as_bytes())?)?;
    let rest = trim(rest);
    Some((Raw::new(value), rest.strip_prefix(',').unwrap_or(rest)))
}

/// Length of the value at the start of `text`; `None` at the end of an array or object.
fn value_end(text: &[u8]) -> Option<usize> {
    match text.first()? {
        b'"' => string_end(text).map(|(len, _)| len),
        b'{' | b'[' => container_end(text),
        b'}' | b']' => None,
        _ => Some(scalar_end(text)),
    }
}

/// Length of the number or literal at the start of `text`.
pub(super) fn scalar_end(text: &[u8]) -> usize {
    let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
    text.iter().position(ends).unwrap_or(text.len())
}

/// Length of the array or object at the start of `text`.
fn container_end(text: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = 0;
    loop {
        match text.get(at)? {
            b'"' => {
                at = string_end(text.get(at..)?)?.0.checked_add(at)?;
                continue;
            }
            b'{' | b'[' => depth = depth.checked_add(1)?,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        at = at.checked_add(1)?;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// Cuts white space off the start.
fn trim(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r'])
}
