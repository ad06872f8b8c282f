//! JSON: the single-pass scanner, borrowed access to what it has validated, and the writer.
//!
//! The scanner turns a padded text into a verdict and, for a message, into an index; it stands
//! between `frame` and `message` on the ring. What it accepts can always be read later: RFC 8259
//! grammar, valid UTF-8, legal escapes, paired surrogates and bounded nesting are all checked in
//! the one pass.

mod arch;
pub(crate) mod canonical;
mod cursor;
mod keys;
mod outline;
mod padded;
mod raw;
mod scratch;
mod special;
mod string;
mod text;
mod tokens;
#[cfg(feature = "simd-json")]
pub mod typed;
mod unescape;
pub mod write;

pub use cursor::{Elements, Members};
pub use keys::Seed;
pub use outline::{Children, Outline};
pub use raw::{Raw, ValueKind};
pub use string::Str;
pub use tokens::{Token, Tokens};

pub(crate) use arch::{Backend, Stop};
pub(crate) use cursor::{split_string, split_value};
pub(crate) use padded::{Ending, PADDING, Padded};
pub(crate) use scratch::Scratch;
#[cfg(feature = "internal")]
pub(crate) use text::validate;
pub(crate) use text::{Scanner, Text};

use crate::error::{Error, MessageRule};
use crate::limits::Limits;

/// What to do about a key that its object has already had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// Refuse it in every object of a message. The default: two parsers that keep different ones of two
    /// equal keys can be played against each other.
    #[default]
    Deep,
    /// Refuse it only for the keys that the protocol itself reads: those of the envelope, and those of
    /// `params`, `result`, `error` and `_meta` that have a place in the index.
    Reserved,
}

/// The part of [`Limits`] that a scan keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(crate) duplicates: Duplicates,
    pub(crate) depth: u32,
    pub(crate) items: u32,
    pub(crate) batch: u32,
    pub(crate) id_bytes: u32,
}

/// A text that was read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scanned {
    /// Offset of the sentinel that ended it.
    pub(crate) end: u32,
    /// Whether some string holds a character above U+007F, so that UTF-8 must be checked.
    pub(crate) non_ascii: bool,
    /// The first fault of the message.
    pub(crate) note: Option<(MessageRule, u32)>,
}

/// A text that was refused, with the offset of the fault from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) stop: Stop,
    pub(crate) offset: u32,
}

impl Policy {
    pub(crate) fn new(limits: &Limits, duplicates: Duplicates) -> Self {
        Self {
            duplicates,
            depth: u32::from(limits.clamped().depth),
            items: limits.items,
            batch: limits.batch,
            id_bytes: limits.id_bytes,
        }
    }
}

impl Failure {
    /// The error, for a text that begins at `base` in its stream.
    pub(crate) fn at(self, base: u64) -> Error {
        let offset = base.saturating_add(u64::from(self.offset));
        match self.stop {
            Stop::Json(rule) => Error::InvalidJson { rule, offset },
            Stop::Limit(limit) => Error::LimitExceeded { limit, offset },
        }
    }
}
