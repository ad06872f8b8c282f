//! The loops over strings, as a macro body that is stamped once per backend.
//!
//! A backend brings `probe` and `special` for short strings, `plain` for the rest of a long one,
//! and `block` and `legal` for strings with escapes, which are read 64 bytes at a time. The loops
//! cannot be generic functions instead: vector intrinsics are inlined only into functions that
//! enable the same instructions, and a call for each of them costs ten times the work.

/// Which of the bytes of a probe are special (`"`, `\`, below 0x20) and which are above 0x7f.
///
/// `SHIFT` tells how far a bit's number must be shifted down to become the number of its byte.
#[derive(Clone, Copy)]
pub(super) struct Probe<const SHIFT: u32> {
    pub(super) special: u64,
    pub(super) high: u64,
}

impl<const SHIFT: u32> Probe<SHIFT> {
    /// Number of the first special byte.
    #[inline(always)]
    pub(super) fn first(self) -> usize {
        (self.special.trailing_zeros() >> SHIFT) as usize
    }

    /// The high bytes before the first special one.
    #[inline(always)]
    pub(super) fn high_before(self) -> u64 {
        self.high & below(self.special)
    }
}

/// What 64 bytes of a string hold, one bit each.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub(super) quote: u64,
    pub(super) backslash: u64,
    pub(super) control: u64,
    pub(super) high: u64,
}

/// All bits below the lowest one of `mask`, or all when there is none.
#[inline(always)]
pub(super) fn below(mask: u64) -> u64 {
    mask.wrapping_sub(1) & !mask
}

/// The two halves of 64 bytes.
#[inline(always)]
pub(super) fn halves(bytes: &[u8; 64]) -> (&[u8; 32], &[u8; 32]) {
    let (low, high) = bytes.split_at(32);
    match (low.first_chunk(), high.first_chunk()) {
        (Some(low), Some(high)) => (low, high),
        _ => (&[0; 32], &[0; 32]),
    }
}

macro_rules! strings {
    ($(#[$features:meta])*) => {
        /// Validates a string from behind its opening quote to behind its closing one.
        #[inline]
        $(#[$features])*
        fn string<'a>(s: &mut Scan<'a, '_>, body: Pos<'a>) -> Option<Pos<'a>> {
            let probe = probe(body);
            if probe.special == 0 {
                s.high |= probe.high;
                return long_string(s, body);
            }
            s.high |= probe.high_before();
            // SAFETY: none of the bytes before the first special one is a sentinel, for every sentinel is
            // special.
            let p = unsafe { body.ahead(probe.first()) };
            match p.eat(b'"') {
                Some(end) => Some(end),
                None => special_string(s, p),
            }
        }

        /// Goes on in a string whose first probe found nothing special.
        #[inline(never)]
        $(#[$features])*
        fn long_string<'a>(s: &mut Scan<'a, '_>, body: Pos<'a>) -> Option<Pos<'a>> {
            let p = plain(s, body);
            match p.eat(b'"') {
                Some(end) => Some(end),
                None => special_string(s, p),
            }
        }

        /// Goes on in a string at its first backslash, or stops at a control character.
        #[inline(never)]
        $(#[$features])*
        fn special_string<'a>(s: &mut Scan<'a, '_>, p: Pos<'a>) -> Option<Pos<'a>> {
            if p.byte() == b'\\' {
                s.escapes = s.escapes.wrapping_add(1);
                escaped_string(s, p)
            } else {
                s.control(p)
            }
        }
    };
}

macro_rules! escapes {
    ($(#[$features:meta])*) => {
        /// Validates the rest of a string, from its first backslash on, in blocks of 64 bytes.
        $(#[$features])*
        fn escaped_string<'a>(s: &mut Scan<'a, '_>, mut p: Pos<'a>) -> Option<Pos<'a>> {
            let mut carry = 0;
            let mut low = None;
            loop {
                let block = block(p);
                let escaped = escaped_bytes(block.backslash, &mut carry);
                let quotes = block.quote & !escaped;
                let inside = below(quotes);
                let escaped = escaped & inside;
                s.high |= block.high & inside;
                if (block.control & inside) | escaped != 0 {
                    check_escapes(s, p, block.control & inside, escaped, &mut low)?;
                }
                if quotes != 0 {
                    // SAFETY: no control character, and so no sentinel, stands before the closing quote,
                    // which is none either.
                    return Some(unsafe { p.ahead(quotes.trailing_zeros() as usize + 1) });
                }
                // SAFETY: none of the 64 bytes is a control character, and so none is the sentinel.
                p = unsafe { p.ahead(64) };
            }
        }

        /// Checks the escaped and the control characters of one block, the first fault winning.
        #[inline]
        $(#[$features])*
        fn check_escapes<'a>(
            s: &mut Scan<'a, '_>,
            p: Pos<'a>,
            control: u64,
            escaped: u64,
            low: &mut Option<Pos<'a>>,
        ) -> Option<()> {
            let (legal, unicode) = legal(p);
            let bad = control | (escaped & !legal);
            let mut unicode = escaped & unicode & below(bad);
            while unicode != 0 {
                // SAFETY: bytes before the first control character are no sentinels.
                let u = unsafe { p.ahead(unicode.trailing_zeros() as usize) };
                s.unicode_escape(u, low)?;
                unicode &= unicode.wrapping_sub(1);
            }
            if bad == 0 {
                return Some(());
            }
            // SAFETY: bytes before the first control character are no sentinels.
            let at = unsafe { p.ahead(bad.trailing_zeros() as usize) };
            if at.byte() < b' ' { s.control(at).map(|_| ()) } else { s.bad_escape(JsonRule::Escape, at) }
        }
    };
}

pub(super) use {escapes, strings};
