//! What the inside of a JSON string stands for: its escapes are undone.

use std::ops::Deref;

use memchr::{memchr, memchr2};

use super::special::{BLOCK, specials};

/// Appends what the inside of a valid string stands for, up to the quote that ends it or the end of `spelling`. Returns how much of that was
/// read. Takes no more room than the spelling. Escapes of code are a few characters apart, and so many of them are undone by one look.
pub(super) fn append_unescaped(spelling: &[u8], text: &mut Vec<u8>) -> usize {
    let start = text.len();
    let (mut at, mut to) = (0usize, start);
    while let Some(rest) = spelling.get(at..)
        && let Some(part) = rest.first_chunk()
    {
        if text.len().saturating_sub(to) < ROOM {
            let more = to.saturating_sub(start).max(FIRST).min(rest.len());
            text.resize(to.saturating_add(more), 0);
        }
        let Some(place) = text.get_mut(to..).and_then(|room| room.first_chunk_mut()) else { break };
        let Step { read, written, ended } = step(part, place);
        at = at.wrapping_add(read);
        to = to.wrapping_add(written);
        if ended {
            text.truncate(to);
            return at;
        }
    }
    text.truncate(to);
    at.wrapping_add(append_last(spelling.get(at..).unwrap_or_default(), text))
}

/// How far a step came, and whether the text has ended there.
struct Step {
    read: usize,
    written: usize,
    ended: bool,
}

/// Undoes the escapes that begin in a window of text. What is between two of them is copied as if it were as long as the window: what comes next is
/// written over the rest, and so there is no length to guess.
#[inline]
fn step(part: &[u8; REACH], place: &mut [u8; ROOM]) -> Step {
    let mut marks = marks(part);
    let (mut read, mut written) = (0usize, 0usize);
    loop {
        copy(part, read, place, written);
        // An escape that begins in the window may end behind it.
        let next = (marks.trailing_zeros() as usize).max(read);
        written = written.wrapping_add(next.wrapping_sub(read));
        read = next;
        if marks == 0 {
            return Step { read, written, ended: false };
        }
        let Some((letter, len)) = part.get(next..).and_then(unescape_one) else {
            return Step { read, written, ended: true };
        };
        written = written.wrapping_add(put(letter, place, written));
        read = read.wrapping_add(len);
        marks &= u64::MAX.checked_shl(read as u32).unwrap_or(0);
    }
}

/// Appends what is shorter than the reach of a step, one escape after the other. Returns how much was read.
fn append_last(spelling: &[u8], text: &mut Vec<u8>) -> usize {
    let mut at = 0usize;
    while let Some(rest) = spelling.get(at..) {
        let plain = memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
        let (before, escape) = rest.split_at(plain);
        text.extend_from_slice(before);
        at = at.wrapping_add(plain);
        let Some((letter, len)) = unescape_one(escape) else { break };
        text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        at = at.wrapping_add(len);
    }
    at
}

/// The quotes and backslashes of the window at the start of a text.
#[inline]
fn marks(part: &[u8; REACH]) -> u64 {
    let (blocks, _) = part.as_chunks();
    let [low, high, ..] = blocks else { return 0 };
    u64::from(specials(low)) | u64::from(specials(high)) << BLOCK
}

/// Copies a window of bytes.
#[inline]
fn copy(part: &[u8; REACH], from: usize, place: &mut [u8; ROOM], to: usize) {
    let from = part.get(from..).and_then(|rest| rest.first_chunk::<WINDOW>());
    let to = place.get_mut(to..).and_then(|rest| rest.first_chunk_mut::<WINDOW>());
    if let (Some(from), Some(to)) = (from, to) {
        *to = *from;
    }
}

/// Writes a character, and yields how many bytes it has.
#[inline]
fn put(letter: char, place: &mut [u8; ROOM], to: usize) -> usize {
    let Some(place) = place.get_mut(to..).and_then(|rest| rest.first_chunk_mut::<4>()) else {
        return 0;
    };
    if letter.is_ascii() {
        place[0] = letter as u8;
        return 1;
    }
    letter.encode_utf8(place).len()
}

/// What the inside of a string stands for. Short ones, as names are, need no memory of their own.
#[derive(Clone)]
pub(super) struct Unescaped {
    short: [u8; SHORT],
    len: usize,
    long: Vec<u8>,
}

/// Unescapes the inside of a string whose escapes are valid but whose UTF-8 may not be.
pub(super) fn unescape(spelling: &[u8]) -> Unescaped {
    let mut text = Unescaped { short: [0; SHORT], len: 0, long: Vec::new() };
    let mut rest = spelling;
    while let Some(at) = memchr(b'\\', rest) {
        let (plain, escape) = rest.split_at(at);
        text.push(plain);
        let Some((letter, len)) = unescape_one(escape) else { return text };
        text.push(letter.encode_utf8(&mut [0; 4]).as_bytes());
        rest = escape.get(len..).unwrap_or_default();
    }
    text.push(rest);
    text
}

impl Unescaped {
    fn push(&mut self, bytes: &[u8]) {
        let end = self.len.saturating_add(bytes.len());
        match self.short.get_mut(self.len..end) {
            Some(room) if self.long.is_empty() => {
                room.copy_from_slice(bytes);
                self.len = end;
            }
            _ => {
                if self.long.is_empty() {
                    self.long.extend(self.short.iter().take(self.len));
                }
                self.long.extend_from_slice(bytes);
            }
        }
    }
}

impl Deref for Unescaped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        let short = self.short.get(..self.len).unwrap_or_default();
        if self.long.is_empty() { short } else { &self.long }
    }
}

/// The character that the valid escape at the start of `text` stands for, and the escape's length; `None` where no escape is.
#[inline]
fn unescape_one(text: &[u8]) -> Option<(char, usize)> {
    match text {
        [b'\\', b'u', ..] => unescape_unicode(text),
        [b'\\', letter, ..] => Some((char::from(stands_for(*letter)), 2)),
        _ => None,
    }
}

/// The character that a backslash and a letter, which is not `u`, stand for.
#[inline]
fn stands_for(letter: u8) -> u8 {
    STANDS_FOR.get(usize::from(letter)).copied().unwrap_or(letter)
}

/// A table, for there is nothing to guess in it: quotes and newlines follow each other in code as they like.
#[expect(clippy::indexing_slicing, reason = "made by the compiler")]
const STANDS_FOR: [u8; 128] = {
    let mut table = [0; 128];
    let mut letter = 0;
    while letter < table.len() {
        table[letter] = match letter as u8 {
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            other => other,
        };
        letter += 1;
    }
    table
};

fn unescape_unicode(text: &[u8]) -> Option<(char, usize)> {
    let high = code_unit(text, 2)?;
    if let Some(letter) = char::from_u32(high) {
        return Some((letter, 6));
    }
    let pair = [high as u16, code_unit(text, 8)? as u16];
    let letter = char::decode_utf16(pair).next()?.ok()?;
    Some((letter, 12))
}

fn code_unit(text: &[u8], at: usize) -> Option<u32> {
    let digits = text.get(at..)?.first_chunk::<4>()?;
    hex4(*digits)
}

/// The UTF-16 code unit that four hexadecimal digits spell.
#[inline]
pub(super) fn hex4(digits: [u8; 4]) -> Option<u32> {
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}

/// Longer than the name of any method.
const SHORT: usize = 64;
/// Bytes whose escapes are undone in one step.
const WINDOW: usize = 2 * BLOCK;
/// Bytes that a step may look at: those of a window, of the escape that begins in its last byte, and of a window behind it.
const REACH: usize = 2 * WINDOW + ESCAPE;
/// Bytes that a step may write, most of which come to nothing.
const ROOM: usize = REACH;
/// Bytes of the longest escape, rounded up: that of a surrogate pair.
const ESCAPE: usize = 16;
/// How much room a text is unescaped into at first.
const FIRST: usize = 4 * WINDOW;
