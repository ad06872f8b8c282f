//! What a scan carries along, and the parts of it that need no vector instructions.

use super::pos::{Known, Pos};
use crate::error::{JsonRule, MessageRule};
use crate::json::keys::Key;
use crate::json::padded::{Ending, Padded};
use crate::json::scratch::Scratch;
use crate::json::unescape::hex4;
use crate::json::{Duplicates, Failure, Policy, Scanned};
use crate::limits::Limit;
use crate::message::Span;

/// One pass over one text.
///
/// A function of the scan loop returns the place behind what it consumed, or `None` after it has
/// recorded in `stop` why the text ends here. Faults of the message that leave the JSON readable
/// go to `note`, and the pass goes on, so that the JSON is known to be sound before anything is
/// said about its meaning.
pub(in crate::json) struct Scan<'a, 'k> {
    pub(super) text: Padded<'a>,
    pub(super) first: Pos<'a>,
    /// Where the message at hand begins: behind `first` in a batch or after white space.
    pub(super) origin: Pos<'a>,
    /// Where the window begins, and which of its bytes are special, or which of the marks is next; see `strings` and
    /// `marks`.
    pub(super) window: Pos<'a>,
    pub(super) special: u64,
    pub(super) mark: usize,
    pub(super) policy: Policy,
    /// Whether duplicate keys are looked for in every object.
    pub(super) deep: bool,
    pub(super) scratch: &'k mut Scratch,
    /// Whether the message at hand has had a result.
    pub(super) in_result: bool,
    /// Nesting outside of the value at hand.
    pub(super) depth: u32,
    pub(super) deepest: u32,
    /// How many more values the text may hold, and whether it is long enough to hold more.
    pub(super) items: u32,
    pub(super) counting: bool,
    /// Not zero once a byte above 0x7f was seen in a string.
    pub(super) high: u64,
    /// How many strings with escapes were seen.
    pub(super) escapes: u32,
    pub(super) stop: Option<(Stop, u32)>,
    pub(super) note: Option<(MessageRule, u32)>,
    /// `progressToken` and `requestId` directly in the parameters of the message at hand: which of them
    /// is the token is known only once the method is.
    pub(super) progress_token: Token,
    pub(super) request_id: Token,
}

/// A value that may be an id or a token.
#[derive(Clone, Copy, Default)]
pub(in crate::json) struct Token {
    pub(super) span: Span,
    pub(super) tag: u8,
    pub(super) int: i64,
}

/// Why a scan ended before its text did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Json(JsonRule),
    Limit(Limit),
}

impl<'a, 'k> Scan<'a, 'k> {
    #[inline]
    pub(in crate::json) fn new(text: Padded<'a>, policy: Policy, scratch: &'k mut Scratch) -> Self {
        let first = Pos::first(text);
        Self {
            text,
            first,
            origin: first,
            window: first,
            special: 0,
            mark: 0,
            policy,
            deep: policy.duplicates == Duplicates::Deep,
            scratch,
            in_result: false,
            depth: 0,
            deepest: 0,
            items: policy.items,
            // Every count steps over a byte.
            counting: text.len() >= policy.items,
            high: 0,
            escapes: 0,
            stop: None,
            note: None,
            progress_token: Token::default(),
            request_id: Token::default(),
        }
    }

    /// Turns the place where the loop ended into the verdict.
    #[inline]
    pub(super) fn finish(self, end: Option<Pos<'a>>) -> Result<Scanned, Failure> {
        match (end, self.stop) {
            (Some(end), _) => {
                let end = self.offset(end);
                if !self.scratch.keys.are_all_known() {
                    return Err(Failure { stop: Stop::Limit(Limit::Memory), offset: end });
                }
                Ok(Scanned { end, non_ascii: self.high != 0, note: self.note })
            }
            (None, Some((stop, offset))) => Err(Failure { stop, offset }),
            (None, None) => {
                let stop = Stop::Json(JsonRule::ExpectedValue);
                Err(Failure { stop, offset: self.text.len() })
            }
        }
    }

    /// Offset of a place from the start of the text.
    #[inline(always)]
    pub(super) fn offset(&self, p: Pos<'a>) -> u32 {
        p.since(self.first)
    }

    /// Ends the scan at `p`.
    #[cold]
    pub(super) fn fail(&mut self, rule: JsonRule, p: Pos<'a>) -> Option<Pos<'a>> {
        let offset = self.offset(p);
        let rule = if self.at_end(p) { JsonRule::UnexpectedEnd } else { rule };
        self.stop = Some((Stop::Json(rule), offset));
        None
    }

    /// Ends the scan at `p`, which is past a limit.
    #[cold]
    pub(super) fn exceed(&mut self, limit: Limit, p: Pos<'a>) -> Option<Pos<'a>> {
        self.stop = Some((Stop::Limit(limit), self.offset(p)));
        None
    }

    /// Remembers the first fault of the message and goes on.
    #[cold]
    pub(super) fn note(&mut self, rule: MessageRule, p: Pos<'a>) {
        self.note_at(rule, self.offset(p));
    }

    /// Remembers the first fault of the message, at an offset from the start of the text.
    #[cold]
    pub(super) fn note_at(&mut self, rule: MessageRule, offset: u32) {
        self.note.get_or_insert((rule, offset));
    }

    /// Whether the sentinel stands at `p`.
    #[inline]
    pub(super) fn at_end(&self, p: Pos<'a>) -> bool {
        match self.text.ending() {
            Ending::Newline => p.byte() == b'\n',
            Ending::Zero => p.byte() == 0 && self.offset(p) == self.text.len(),
        }
    }

    /// Counts one more value against the limit, unless the text is too short to reach it.
    #[inline(always)]
    pub(super) fn count(&mut self, p: Pos<'a>) -> Option<()> {
        if self.counting { self.count_one(p) } else { Some(()) }
    }

    #[inline(never)]
    fn count_one(&mut self, p: Pos<'a>) -> Option<()> {
        match self.items.checked_sub(1) {
            Some(left) => {
                self.items = left;
                Some(())
            }
            None => self.exceed(Limit::Items, p).map(|_| ()),
        }
    }

    /// Counts, where `COUNT` says so, the element or member at `p`; `objects` is odd for a member.
    #[inline(always)]
    pub(super) fn item<const COUNT: bool>(&mut self, objects: u128, p: Pos<'a>) -> Option<Pos<'a>> {
        if !COUNT {
            return Some(p);
        }
        let p = if objects & 1 == 1 { p } else { self.space(p) };
        self.count(p)?;
        Some(p)
    }

    /// Steps over white space. Compact JSON has none, so the loop is kept out of line.
    #[inline(always)]
    pub(super) fn space(&self, p: Pos<'a>) -> Pos<'a> {
        if p.byte() > b' ' { p } else { self.white_space(p) }
    }

    #[inline(never)]
    fn white_space(&self, mut p: Pos<'a>) -> Pos<'a> {
        let newline_is_space = self.text.ending() == Ending::Zero;
        loop {
            let next = p.eat_known(p.word(), BLANKS).or_else(|| p.eat(b' '));
            let next = next.or_else(|| p.eat(b'\t')).or_else(|| p.eat(b'\r'));
            let next = next.or_else(|| if newline_is_space { p.eat(b'\n') } else { None });
            match next {
                Some(next) => p = next,
                None => return p,
            }
        }
    }

    /// Steps over the opening quote of a key, and the white space before it.
    #[inline(always)]
    pub(super) fn open_quote(&mut self, p: Pos<'a>) -> Option<Pos<'a>> {
        match p.eat(b'"') {
            Some(open) => Some(open),
            None => self.spaced(p, b'"', JsonRule::ExpectedKey),
        }
    }

    /// Steps over the colon behind a key, and the white space around it.
    #[inline(always)]
    pub(super) fn colon(&mut self, p: Pos<'a>) -> Option<Pos<'a>> {
        let behind = match p.eat(b':') {
            Some(behind) => behind,
            None => self.spaced(p, b':', JsonRule::ExpectedColon)?,
        };
        Some(self.space(behind))
    }

    /// Steps over white space and then over `byte`, which must follow.
    #[cold]
    fn spaced(&mut self, p: Pos<'a>, byte: u8, rule: JsonRule) -> Option<Pos<'a>> {
        let p = self.space(p);
        let behind = p.eat(byte);
        if behind.is_some() { behind } else { self.fail(rule, p) }
    }

    /// Enters an array or object whose bracket, already consumed, stood before `inner`.
    #[inline(always)]
    pub(super) fn enter(&mut self, depth: u32, inner: Pos<'a>) -> Option<()> {
        if depth > self.policy.depth {
            return self.too_deep(inner);
        }
        self.deepest = self.deepest.max(depth);
        Some(())
    }

    #[cold]
    fn too_deep(&mut self, inner: Pos<'a>) -> Option<()> {
        self.stop = Some((Stop::Limit(Limit::Depth), self.offset(inner).saturating_sub(1)));
        None
    }

    /// Enters the key between `open`, behind its opening quote, and `close`, behind its closing one,
    /// into the set of the innermost object that is watched; `false` when the set has it already.
    #[inline(always)]
    pub(super) fn insert_key(&mut self, open: Pos<'a>, close: Pos<'a>, escaped: bool) -> bool {
        if !self.deep {
            return true;
        }
        if escaped {
            let len = close.since(open).wrapping_sub(1);
            return self.scratch.keys.insert_escaped(Key::new(open.low(), len), self.text);
        }
        // SAFETY: `close` stands behind a closing quote.
        self.insert_plain_key(open, unsafe { close.back(1) })
    }

    /// Enters the key without escapes between `open`, behind its opening quote, and `quote`, its closing one.
    #[inline(always)]
    pub(super) fn insert_plain_key(&mut self, open: Pos<'a>, quote: Pos<'a>) -> bool {
        let len = quote.since(open);
        let shown = len.min(8) as usize;
        // SAFETY: the last eight bytes of the key, or all when it has fewer, stand between `open` and `quote`.
        let last = unsafe { quote.back(shown) };
        let words = [open.word() & FIRST_BYTES[shown], last.word() & FIRST_BYTES[shown]];
        self.scratch.keys.insert(Key::new(open.low(), len), words, self.text)
    }

    /// Validates `true`, `false` or `null`.
    #[inline]
    pub(super) fn literal(&mut self, p: Pos<'a>) -> Option<Pos<'a>> {
        let word = p.word();
        let next = p.eat_known(word, TRUE).or_else(|| p.eat_known(word, FALSE));
        let next = next.or_else(|| p.eat_known(word, NULL));
        if next.is_some() { next } else { self.no_value(p) }
    }

    #[cold]
    fn no_value(&mut self, p: Pos<'a>) -> Option<Pos<'a>> {
        match p.byte() {
            b't' | b'f' | b'n' => self.fail(JsonRule::Literal, p),
            b'+' | b'.' => self.fail(JsonRule::Number, p),
            0xef if p.bytes() == b"\xef\xbb\xbf" && p == self.first => {
                self.fail(JsonRule::ByteOrderMark, p)
            }
            _ => self.fail(JsonRule::ExpectedValue, p),
        }
    }

    /// Checks the escape `\u` whose letter stands at `p`, and the second half of a pair behind it.
    /// `low` is where a second half is expected.
    pub(super) fn unicode_escape(&mut self, p: Pos<'a>, low: &mut Option<Pos<'a>>) -> Option<()> {
        let [_, a, b, c, d, slash, u, e, f, g, h] = *p.bytes::<11>();
        let Some(unit) = hex4([a, b, c, d]) else {
            return self.bad_escape(JsonRule::Escape, p);
        };
        match unit {
            0xd800..=0xdbff => {
                let second = hex4([e, f, g, h]).filter(|_| slash == b'\\' && u == b'u');
                if !matches!(second, Some(0xdc00..=0xdfff)) {
                    return self.bad_escape(JsonRule::LoneSurrogate, p);
                }
                // SAFETY: `u`, four hexadecimal digits and a backslash were compared: six bytes, none of them a
                // sentinel.
                *low = Some(unsafe { p.ahead(6) });
                Some(())
            }
            0xdc00..=0xdfff if *low != Some(p) => self.bad_escape(JsonRule::LoneSurrogate, p),
            _ => Some(()),
        }
    }

    /// Refuses the escape whose letter stands at `p`: the fault is at its backslash.
    #[cold]
    pub(super) fn bad_escape(&mut self, rule: JsonRule, p: Pos<'a>) -> Option<()> {
        self.stop = Some((Stop::Json(rule), self.offset(p).saturating_sub(1)));
        None
    }

    /// Refuses the control character, or the end of the text, at `p` inside a string.
    #[cold]
    pub(super) fn control(&mut self, p: Pos<'a>) -> Option<Pos<'a>> {
        self.fail(JsonRule::ControlCharacter, p)
    }
}

/// Which of 64 bytes are escaped, given which are backslashes: those after an odd run of backslashes.
/// `carry` is 1 when the block before ended with such a run, and is updated.
///
/// The method is simdjson's: an addition carries from the start of each run to its end, which is
/// then on a position of the same or of the other parity.
#[inline(always)]
pub(super) fn escaped_bytes(backslashes: u64, carry: &mut u64) -> u64 {
    let backslashes = backslashes & !*carry;
    let follows = backslashes << 1 | *carry;
    let odd_starts = backslashes & !EVEN & !follows;
    let (even_ends, overflow) = odd_starts.overflowing_add(backslashes);
    *carry = u64::from(overflow);
    (EVEN ^ (even_ends << 1)) & follows
}

/// Masks of the first bytes of a word, none to all.
const FIRST_BYTES: [u64; 9] = {
    let mut masks = [0; 9];
    let mut len = 1;
    while len <= 8 {
        masks[len] = u64::MAX >> (64 - 8 * len);
        len += 1;
    }
    masks
};
const EVEN: u64 = 0x5555_5555_5555_5555;
pub(super) const QUOTE_COMMA: Known = Known::new(b"\",");
pub(super) const QUOTE_COLON: Known = Known::new(b"\":");
pub(super) const ID_KEY: Known = Known::new(b"\"id\":");
const TRUE: Known = Known::new(b"true");
const FALSE: Known = Known::new(b"false");
const NULL: Known = Known::new(b"null");
const BLANKS: Known = Known::new(b"        ");
