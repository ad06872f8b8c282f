//! Reading validated JSON from the front, in one pass.
//!
//! To find where an array or object ends is to read all of it; a type that reads its members one after the other need
//! not know beforehand. What is not valid after all ends a walk early; it cannot do harm.

use crate::json::{Raw, Str, split_string, split_value};

/// A validated text with a value at its front: what [`Value::read_front`](super::Value::read_front) passes on from a
/// type to its parts.
#[derive(Clone, Debug)]
pub struct Front<'a> {
    rest: &'a str,
}

impl<'a> Front<'a> {
    pub(super) fn new(raw: Raw<'a>) -> Self {
        Self { rest: raw.spelling() }
    }

    /// Takes the value.
    pub(super) fn value(&mut self) -> Raw<'a> {
        let (value, rest) = split_value(self.rest).unwrap_or((Raw::new("null"), ""));
        self.rest = trim(rest);
        value
    }

    /// Whether the value is an object, which is then entered.
    pub(super) fn enter_object(&mut self) -> bool {
        self.skip('{')
    }

    /// Whether the value is an array, which is then entered.
    pub(super) fn enter_array(&mut self) -> bool {
        self.skip('[')
    }

    /// The name of the next member, whose value is then at the front; at the end of the object none.
    pub(super) fn name(&mut self) -> Option<Str<'a>> {
        self.skip(',');
        match split_string(self.rest) {
            Some((name, rest)) => {
                self.rest = trim(rest);
                self.skip(':');
                Some(name)
            }
            None => {
                self.skip('}');
                None
            }
        }
    }

    /// Whether there is another element, which is then at the front.
    pub(super) fn element(&mut self) -> bool {
        self.skip(',');
        !self.skip(']') && !self.rest.is_empty()
    }

    /// Whether the value is `null`.
    pub(super) fn is_null(&self) -> bool {
        self.rest.starts_with("null")
    }

    /// The member of that name, when the value is an object that has it. The value stays at the front.
    pub(super) fn find(&self, member: &str) -> Option<Raw<'a>> {
        let mut look = self.clone();
        look.enter_object();
        while let Some(name) = look.name() {
            let value = look.value();
            if name == member {
                return Some(value);
            }
        }
        None
    }

    /// Steps over a token, if it is the next one, and the white space behind it.
    fn skip(&mut self, token: char) -> bool {
        let behind = self.rest.strip_prefix(token);
        if let Some(rest) = behind {
            self.rest = trim(rest);
        }
        behind.is_some()
    }
}

/// Cuts white space off the start. Between most tokens there is none.
fn trim(text: &str) -> &str {
    if text.starts_with([' ', '\t', '\n', '\r']) {
        return text.trim_start_matches([' ', '\t', '\n', '\r']);
    }
    text
}
