//! The loops over strings, as macro bodies that are stamped once per backend.
//!
//! Where strings end is read off a *window* (or a list, where a backend is quick to make one: see `marks`): a bit mask of the special bytes (`"`, `\`, below 0x20) among the
//! next `WINDOW` bytes. A window is filled at places that do not depend on where the string before
//! ended, so that the processor works on it ahead of time, and serves all short strings in it; finding the end of one
//! then takes a shift and a count. Strings longer than two windows, and those with escapes, have loops of their own.
//!
//! A backend brings `window`; `plain`, which runs to the next special byte; and `block` and `legal`, or a whole
//! `escaped_string`, for strings with escapes. The loops cannot be generic functions instead: vector
//! instructions are inlined only into functions that enable the same, and a call for each of them
//! costs ten times the work.

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
        /// Validates a string from behind its opening quote to behind its closing one. Also tells whether it has
        /// escapes: short plain strings, nearly all, are known to have none without looking.
        #[inline]
        $(#[$features])*
        fn string<'a>(s: &mut Scan<'a, '_>, body: Pos<'a>) -> Option<(Pos<'a>, bool)> {
            let close = next_special(s, body);
            if let Some(end) = close.eat(b'"') {
                return Some((end, false));
            }
            let escapes = s.escapes;
            let end = long_string(s, body)?;
            Some((end, s.escapes != escapes))
        }

        /// Validates a string that is long or has escapes or a fault.
        #[inline(never)]
        $(#[$features])*
        fn long_string<'a>(s: &mut Scan<'a, '_>, body: Pos<'a>) -> Option<Pos<'a>> {
            let p = plain(s, body);
            match p.byte() {
                b'\\' => {
                    s.escapes = s.escapes.wrapping_add(1);
                    escaped_string(s, p)
                }
                b'"' => p.eat(b'"'),
                _ => s.control(p),
            }
        }
    };
}

macro_rules! masks {
    ($(#[$features:meta])*) => {
        /// Prepares for the strings from `p` on.
        #[inline]
        $(#[$features])*
        fn look_ahead<'a>(s: &mut Scan<'a, '_>, p: Pos<'a>) {
            fill(s, p);
        }

        /// Learns that so many strings were stepped over without [`next_special`].
        #[inline]
        $(#[$features])*
        fn stepped_over(_: &mut Scan<'_, '_>, _strings: usize) {}

        /// The first special byte of a string from `body` on, or some place before it when that is far.
        #[inline]
        $(#[$features])*
        fn next_special<'a>(s: &mut Scan<'a, '_>, body: Pos<'a>) -> Pos<'a> {
            let mut from = body;
            let ahead = body.since(s.window) as usize;
            if ahead < WINDOW {
                let special = s.special >> (ahead << SHIFT);
                if special != 0 {
                    // SAFETY: none of the bytes before the first special one is a sentinel, for every sentinel
                    // is special.
                    return unsafe { body.ahead((special.trailing_zeros() >> SHIFT) as usize) };
                }
                // SAFETY: none of the bytes from `body` to the end of the window is special, and so none is a
                // sentinel.
                from = unsafe { body.ahead(WINDOW - ahead) };
            }
            fill(s, from);
            // SAFETY: as above; in a window without special bytes all of it is stepped over.
            unsafe { from.ahead((s.special.trailing_zeros() >> SHIFT) as usize) }
        }

        /// Moves the window.
        #[inline]
        $(#[$features])*
        fn fill<'a>(s: &mut Scan<'a, '_>, p: Pos<'a>) {
            let (special, high) = window(p);
            s.window = p;
            s.special = special;
            s.high |= high;
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

    };
}

macro_rules! check_escapes {
    ($(#[$features:meta])*) => {
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

pub(super) use {check_escapes, escapes, masks, strings};
