//! Where all scanning loops live, and with them the pointers: the parts of the crate that may
//! over-read a padded text.
//!
//! The loops are written once, as macro bodies, and stamped per backend; [`Backend`] picks one at
//! run time. Every backend gives the same answer to every text, down to the offset of an error.
//! Nothing here outlives a call: what comes out is offsets.

#![expect(unsafe_code, reason = "loads from padded memory, vector instructions")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "bits of masks, places within a padded text of at most 1 GiB, tables built at compile time"
)]

use std::sync::LazyLock;

mod classify;
mod envelope;
mod escape;
mod members;
mod numbers;
mod pos;
mod scan;
mod strings;
mod tables;
mod values;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod marks;
mod portable;
#[cfg(target_arch = "x86_64")]
mod sse2;

use super::padded::Padded;
use super::scratch::Scratch;
use super::{Failure, Policy, Scanned};
use crate::message::Found;
use scan::Scan;
pub(crate) use scan::Stop;

/// Which instructions the scanning loops use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Backend(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Sse2,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Backend {
    /// The fastest backend of this processor.
    #[inline]
    pub(crate) fn detect() -> Self {
        *FASTEST
    }

    /// Every backend of this processor, the fastest last.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn available() -> impl Iterator<Item = Self> {
        let avx2 = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt");
        let avx512 = avx2
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vbmi")
            && is_x86_feature_detected!("avx512vbmi2");
        [Self(Kind::Portable), Self(Kind::Sse2)]
            .into_iter()
            .chain(avx2.then_some(Self(Kind::Avx2)))
            .chain(avx512.then_some(Self(Kind::Avx512)))
    }

    /// Every backend of this processor, the fastest last.
    #[cfg(not(target_arch = "x86_64"))]
    pub(crate) fn available() -> impl Iterator<Item = Self> {
        [Self(Kind::Portable)].into_iter()
    }

    /// Name of the instruction set.
    #[cfg(feature = "internal")]
    pub(crate) fn name(self) -> &'static str {
        match self.0 {
            Kind::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Kind::Sse2 => "sse2",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => "avx512",
        }
    }

    /// Validates a text that holds one JSON value.
    pub(crate) fn text(
        self,
        text: Padded<'_>,
        policy: Policy,
        scratch: &mut Scratch,
    ) -> Result<Scanned, Failure> {
        scratch.keys.reset();
        let mut s = Scan::new(text, policy, scratch);
        let end = match self.0 {
            Kind::Portable => portable::text(&mut s),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: every x86-64 processor has SSE2.
            Kind::Sse2 => unsafe { sse2::text(&mut s) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Kind::Avx2` is made only after these features were detected.
            Kind::Avx2 => unsafe { avx2::text(&mut s) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Kind::Avx512` is made only after these features were detected.
            Kind::Avx512 => unsafe { avx512::text(&mut s) },
        };
        s.finish(end)
    }

    /// Appends a text, escaped as in a JSON string.
    #[inline]
    pub(crate) fn escape(self, out: &mut Vec<u8>, text: &str) {
        match self.0 {
            Kind::Portable => portable::escape(out, text.as_bytes()),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: every x86-64 processor has SSE2.
            Kind::Sse2 => unsafe { sse2::escape(out, text.as_bytes()) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Kind::Avx2` is made only after these features were detected.
            Kind::Avx2 => unsafe { avx2::escape(out, text.as_bytes()) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Kind::Avx512` is made only after these features were detected.
            Kind::Avx512 => unsafe { avx512::escape_all(out, text.as_bytes()) },
        }
    }

    /// Validates and indexes a text that holds one message or batch.
    #[inline]
    pub(crate) fn frame(
        self,
        text: Padded<'_>,
        policy: Policy,
        scratch: &mut Scratch,
        out: &mut Found,
    ) -> Result<Scanned, Failure> {
        scratch.keys.reset();
        let mut s = Scan::new(text, policy, scratch);
        let end = match self.0 {
            Kind::Portable => portable::frame(&mut s, out),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: every x86-64 processor has SSE2.
            Kind::Sse2 => unsafe { sse2::frame(&mut s, out) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Kind::Avx2` is made only after these features were detected.
            Kind::Avx2 => unsafe { avx2::frame(&mut s, out) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Kind::Avx512` is made only after these features were detected.
            Kind::Avx512 => unsafe { avx512::frame(&mut s, out) },
        };
        s.finish(end)
    }
}

/// One bit for each byte of a block that is a quote, and for each that is a backslash, the first byte in the lowest bit. No backend is looked up
/// for so little.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn quotes_and_backslashes(block: &[u8; 32]) -> (u32, u32) {
    // SAFETY: every x86-64 processor has SSE2.
    unsafe { sse2::quotes_and_backslashes(block) }
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) use portable::quotes_and_backslashes;

/// The fastest backend of this processor, looked up once.
static FASTEST: LazyLock<Backend> =
    LazyLock::new(|| Backend::available().last().unwrap_or(Backend(Kind::Portable)));

/// What every backend imports.
mod prelude {
    pub(super) use super::classify::check_block;
    pub(super) use super::escape::{ESCAPES, escape_text};
    pub(super) use super::members::{Member, Seen, level, recognise, recognise_method};
    pub(super) use super::numbers::Shape as Number;
    pub(super) use super::scan::{ID_KEY, QUOTE_COLON, QUOTE_COMMA, Scan, Token, escaped_bytes};
    pub(super) use super::strings::{Block, below, halves};
    pub(super) use super::tables::{HIGH_NIBBLE, LOW_NIBBLE, QUOTE_OR_BACKSLASH};
    pub(super) use super::{
        envelope::envelope, strings::check_escapes, strings::escapes, strings::masks,
        strings::strings, values::values,
    };
    pub(super) use crate::error::{JsonRule, MessageRule};
    pub(super) use crate::limits::Limit;
    pub(super) use crate::message::{Element, Flags, Found, MsgIndex, Shape, Tag};
}

#[cfg(test)]
mod tests {
    use super::{portable, quotes_and_backslashes};

    #[test]
    fn blocks_are_looked_at_as_byte_by_byte() {
        for byte in 0..=u8::MAX {
            for place in 0..32 {
                let mut block = *b"\"\\[]{}x\"\\[]{}x\"\\[]{}x\"\\[]{}xabcd";
                block[place] = byte;
                let expected = portable::quotes_and_backslashes(&block);
                assert_eq!(quotes_and_backslashes(&block), expected, "{byte} at {place}");
            }
        }
    }
}
