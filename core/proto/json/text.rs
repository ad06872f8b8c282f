//! Texts that the scanner has accepted: UTF-8 by invariant.
#![expect(unsafe_code, reason = "a checked text is handed out as `str` without a second check")]

use std::cell::RefCell;

use bytes::Bytes;

use super::arch::{Backend, Stop};
use super::padded::{Ending, PADDING, Padded};
use super::scratch::Scratch;
use super::{Failure, Policy, Scanned};
use crate::error::{Error, JsonRule};
use crate::frame::Arena;
use crate::limits::{Limit, Limits};
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
pub(crate) fn validate(text: &[u8], backend: Backend, policy: Policy) -> Result<&str, Error> {
    let kept = |desk: &RefCell<Desk>| {
        let mut desk = desk.try_borrow_mut().ok()?;
        Some(desk.validate(text, backend, policy))
    };
    let verdict = DESK.try_with(kept).ok().flatten();
    verdict.unwrap_or_else(|| Desk::default().validate(text, backend, policy))?;
    // SAFETY: the scan accepted every byte of a copy of the text up to its sentinel, which is none unless it stands behind the last byte. Outside of strings the grammar is ASCII, and where a string had a byte above
    // 0x7f all of them were checked as UTF-8.
    Ok(unsafe { core::str::from_utf8_unchecked(text) })
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
}

/// What is kept from text to text of a thread.
#[derive(Default)]
struct Desk {
    memory: Vec<u8>,
    scratch: Scratch,
}

impl Desk {
    fn validate(&mut self, text: &[u8], backend: Backend, policy: Policy) -> Result<(), Error> {
        let padded = pad(text, &mut self.memory)?;
        let scanned = backend.text(padded, policy, &mut self.scratch);
        let checked = scanned.and_then(|scanned| check_utf8(padded, scanned).map(|()| scanned));
        if text.len() > KEPT {
            *self = Self::default();
        }
        match checked.map_err(|failure| failure.at(0))?.note {
            None => Ok(()),
            Some((rule, offset)) => Err(Error::InvalidMessage { rule, offset: u64::from(offset) }),
        }
    }
}

/// Copies a text to where a sentinel and padding follow it.
fn pad<'m>(text: &[u8], memory: &'m mut Vec<u8>) -> Result<Padded<'m>, Error> {
    if text.len() > Limits::MAX_BYTES as usize {
        return Err(Error::LimitExceeded { limit: Limit::MessageBytes, offset: 0 });
    }
    memory.clear();
    let wanted = text.len().saturating_add(PADDING + 1);
    memory.try_reserve(wanted).map_err(|_| room::REFUSED)?;
    memory.extend_from_slice(text);
    memory.resize(wanted, 0);
    let padded = Padded::new(memory, 0, text.len(), Ending::Zero);
    padded.ok_or(Error::InvalidJson { rule: JsonRule::UnexpectedEnd, offset: 0 })
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

/// Longest text whose memory is kept, in bytes.
const KEPT: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::super::Raw;
    use super::*;

    #[test]
    fn a_text_that_offsets_cannot_count_is_refused() {
        let text = vec![0; Limits::MAX_BYTES as usize + 1];
        let refused = Raw::parse_bytes(&text).map(|_| ());
        assert_eq!(refused, Err(Error::LimitExceeded { limit: Limit::MessageBytes, offset: 0 }));
    }

    #[test]
    fn a_text_leaves_nothing_to_the_next_one() {
        let long = format!("[{}0]", "{\"a\":1},".repeat(KEPT / 4));
        for _ in 0..2 {
            assert!(Raw::parse(r#"{"a":[{"b":"c"}]}"#).is_ok());
            assert!(Raw::parse(r#"{"a":[{"b":"c"#).is_err());
            assert!(Raw::parse_bytes(b"\"\xff\"").is_err());
            assert_eq!(
                Raw::parse_bytes("\"\u{e9}\"".as_bytes()).map(Raw::spelling),
                Ok("\"\u{e9}\"")
            );
            assert!(Raw::parse(&long).is_ok());
            assert!(Raw::parse("").is_err());
        }
    }
}
