//! What the machine allows: the newline scan, UTF-8 validation and the copy that a message cannot
//! cost less than.
//!
//! They are no parsers. Their speed turns absolute times, which drift with the machine, into
//! fractions, which do not.

use std::hint::black_box;

use memchr::memchr;

use crate::contender::Contender;
use crate::stream::Stream;

pub(crate) const MEMCHR: &str = "memchr newline scan";
pub(crate) const SIMDUTF8: &str = "simdutf8";
pub(crate) const MEMCPY: &str = "memcpy";

pub(super) fn newlines(stream: &Stream) -> Contender<'_> {
    Contender::whole(MEMCHR, || frame(stream, |line| line.len() as u64))
}

pub(super) fn utf8(stream: &Stream) -> Contender<'_> {
    Contender::each(SIMDUTF8, stream, |message| {
        simdutf8::basic::from_utf8(message.line).expect("the corpus is UTF-8").len() as u64
    })
}

pub(super) fn copy(stream: &Stream) -> Contender<'_> {
    let mut out = Vec::with_capacity(stream.longest());
    Contender::each(MEMCPY, stream, move |message| {
        out.clear();
        out.extend_from_slice(message.line);
        black_box(&out).len() as u64
    })
}

pub(super) fn write_text(out: &mut Vec<u8>, _id: u32, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Finds each line of the wire by its newline and sums what `read` makes of it.
pub(super) fn frame<'s>(stream: &'s Stream, mut read: impl FnMut(&'s [u8]) -> u64) -> u64 {
    let mut rest = stream.wire();
    let mut sum = 0_u64;
    while let Some(end) = memchr(b'\n', rest) {
        sum = sum.wrapping_add(read(&rest[..end]));
        rest = &rest[end + 1..];
    }
    sum
}
