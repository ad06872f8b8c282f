//! Texts that the scanner has accepted: UTF-8 by invariant.
#![expect(unsafe_code, reason = "a checked text is handed out as `str` without a second check")]

use bytes::Bytes;

use super::arch::{Backend, Stop};
use super::padded::{Ending, PADDING, Padded};
use super::scratch::Scratch;
use super::{Failure, Policy, Scanned};
use crate::error::{Error, JsonRule};
use crate::frame::Arena;
use crate::message::{Found, Shape};
use crate::room;

/// Bytes of an accepted text.
///
/// # Invariant
///
/// The bytes are valid UTF-8. [`Scanner::read`] makes the only ones, from memory that it has just
/// checked, and a part is cut only between characters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text(Bytes);

/// The scanner, with what stays the same from text to text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scanner {
    pub(crate) backend: Backend,
    pub(crate) policy: Policy,
}

impl Text {
    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        // SAFETY: by the invariant of `Text` the bytes are valid UTF-8.
        unsafe { core::str::from_utf8_unchecked(&self.0) }
    }

    pub(crate) fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// The same text in memory of its own.
    pub(crate) fn detach(&self) -> Self {
        Self(Bytes::copy_from_slice(&self.0))
    }

    /// As [`detach`](Self::detach), unless the system refuses the memory.
    pub(crate) fn try_detach(&self) -> Result<Self, Error> {
        let mut copy = Vec::new();
        copy.try_reserve_exact(self.0.len()).map_err(|_| room::REFUSED)?;
        copy.extend_from_slice(&self.0);
        Ok(Self(copy.into()))
    }

    /// The part between two offsets, sharing the memory; empty where that would cut a character.
    pub(crate) fn part(&self, from: usize, to: usize) -> Self {
        match self.as_str().get(from..to) {
            Some(_) => Self(self.0.slice(from..to)),
            None => Self::default(),
        }
    }
}

impl Scanner {
    /// Scans the frame that begins at the first unread byte of `arena` and ends at the sentinel at `end`,
    /// or at the first newline, and takes its message or batch out. What was found is left in the
    /// arena's workspace.
    #[inline]
    pub(crate) fn read(
        &self,
        arena: &mut Arena,
        end: usize,
        ending: Ending,
    ) -> Result<(Text, Scanned), Failure> {
        let Some((text, scratch, found)) = arena.desk(end, ending) else {
            return Err(Failure { stop: Stop::Json(JsonRule::UnexpectedEnd), offset: 0 });
        };
        let (_, scanned) = self.look(text, scratch, found)?;
        let (from, len) = match found.shape {
            Shape::Blank => return Ok((Text::default(), scanned)),
            Shape::Message => (found.origin, found.index.len),
            Shape::Batch => (0, scanned.end),
        };
        Ok((Text(arena.take(from as usize, len as usize)), scanned))
    }

    /// Scans a frame where it stands.
    ///
    /// One call accepts or refuses the whole: every byte of the text returned was matched by the
    /// grammar, and those above 0x7f, which the grammar allows only in strings, were checked as UTF-8.
    #[inline]
    pub(crate) fn look<'a>(
        &self,
        text: Padded<'a>,
        scratch: &mut Scratch,
        found: &mut Found,
    ) -> Result<(&'a str, Scanned), Failure> {
        found.clear();
        let scanned = self.backend.frame(text, self.policy, scratch, found)?;
        check_utf8(text, scanned)?;
        if scanned.non_ascii {
            found.mark_non_ascii(text);
        }
        // SAFETY: the scan accepted every byte up to `scanned.end`. Outside of strings the grammar is ASCII,
        // and where a string had a byte above 0x7f all of them were just checked as UTF-8.
        let whole = unsafe { core::str::from_utf8_unchecked(text.slice(0, scanned.end)) };
        Ok((whole, scanned))
    }
}

/// Validates a text outside of any arena, which is copied once to pad it.
pub(crate) fn validate(text: &[u8], backend: Backend, policy: Policy) -> Result<(), Error> {
    let mut memory = Vec::new();
    let wanted = text.len().saturating_add(PADDING + 1);
    memory.try_reserve_exact(wanted).map_err(|_| room::REFUSED)?;
    memory.extend_from_slice(text);
    memory.resize(text.len().saturating_add(PADDING + 1), 0);
    let Some(padded) = Padded::new(&memory, 0, text.len(), Ending::Zero) else {
        return Err(Error::InvalidJson { rule: JsonRule::UnexpectedEnd, offset: 0 });
    };
    let mut scratch = Scratch::default();
    let scanned = backend.text(padded, policy, &mut scratch).map_err(|failure| failure.at(0))?;
    check_utf8(padded, scanned).map_err(|failure| failure.at(0))?;
    match scanned.note {
        None => Ok(()),
        Some((rule, offset)) => Err(Error::InvalidMessage { rule, offset: u64::from(offset) }),
    }
}

/// Checks the UTF-8 of a text whose grammar is sound.
#[inline]
fn check_utf8(text: Padded<'_>, scanned: Scanned) -> Result<(), Failure> {
    if !scanned.non_ascii {
        return Ok(());
    }
    let bytes = text.slice(0, scanned.end);
    simdutf8::compat::from_utf8(bytes).map(|_| ()).map_err(|fault| Failure {
        stop: Stop::Json(JsonRule::Utf8),
        offset: fault.valid_up_to() as u32,
    })
}
