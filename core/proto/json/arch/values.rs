//! The loop over values, as a macro body that is stamped once per backend.
//!
//! ```text
//!            ┌──────────────── , ────────────────┐
//!            ▼                                   │
//!   ──▶ value ──scalar, string──▶ behind a value ┤
//!        │  ▲                          ▲         │
//!      { │  │ [ (or { and a key)       └─ ] } ───┤
//!        └──┘                                    └─ outermost ──▶ end
//! ```
//!
//! There is no recursion: one bit per level tells objects from arrays.

macro_rules! values {
    ($(#[$features:meta])*) => {
        /// Validates one whole text: a value between white space.
        $(#[$features])*
        pub(super) fn text<'a>(s: &mut Scan<'a, '_>) -> Option<Pos<'a>> {
            look_ahead(s, s.first);
            let p = s.space(s.first);
            let p = value(s, p)?;
            let p = s.space(p);
            if s.at_end(p) { Some(p) } else { s.fail(JsonRule::TrailingBytes, p) }
        }

        /// Validates one value.
        #[inline]
        $(#[$features])*
        fn value<'a>(s: &mut Scan<'a, '_>, p: Pos<'a>) -> Option<Pos<'a>> {
            if let Some(body) = p.eat(b'"') {
                Some(string(s, body)?.0)
            } else if matches!(p.byte(), b'{' | b'[') {
                container(s, p)
            } else {
                scalar(s, p)
            }
        }

        /// Validates a number or a literal.
        #[inline]
        $(#[$features])*
        fn scalar<'a>(s: &mut Scan<'a, '_>, p: Pos<'a>) -> Option<Pos<'a>> {
            if p.byte().wrapping_sub(b'0') <= 9 || p.byte() == b'-' {
                match s.short_number(p) {
                    Some(end) => Some(end),
                    None => number(s, p),
                }
            } else {
                s.literal(p)
            }
        }

        /// Validates an array or object with everything in it.
        #[inline]
        $(#[$features])*
        fn container<'a>(s: &mut Scan<'a, '_>, p: Pos<'a>) -> Option<Pos<'a>> {
            match (s.deep, s.counting) {
                (true, false) => nest::<true, false>(s, p),
                (false, false) => nest::<false, false>(s, p),
                (true, true) => nest::<true, true>(s, p),
                (false, true) => nest::<false, true>(s, p),
            }
        }

        /// Validates an array or object, stamped for each combination of what else is watched: duplicate keys, and the
        /// number of values. White space is looked for only where what should stand there does not.
        #[inline(never)]
        $(#[$features])*
        fn nest<'a, const DEEP: bool, const COUNT: bool>(
            s: &mut Scan<'a, '_>,
            mut p: Pos<'a>,
        ) -> Option<Pos<'a>> {
            let outside = s.depth;
            let mut depth = outside;
            let mut objects = 0u128;
            'item: loop {
                if objects & 1 == 1 {
                    p = key::<DEEP, COUNT>(s, p)?;
                }
                p = loop {
                    if let Some(body) = p.eat(b'"') {
                        let close = next_special(s, body);
                        if let Some(next) = close.eat_known(close.word(), QUOTE_COMMA) {
                            p = s.item::<COUNT>(objects, next)?;
                            continue 'item;
                        }
                        break match close.eat(b'"') {
                            Some(end) => end,
                            None => long_string(s, body)?,
                        };
                    }
                    if let Some(inner) = p.eat(b'{') {
                        s.enter(depth.wrapping_add(1), inner)?;
                        p = s.space(inner);
                        if let Some(end) = p.eat(b'}') {
                            break end;
                        }
                        depth = depth.wrapping_add(1);
                        objects = objects << 1 | 1;
                        if DEEP {
                            s.scratch.keys.open(depth);
                        }
                    } else if let Some(inner) = p.eat(b'[') {
                        s.enter(depth.wrapping_add(1), inner)?;
                        p = s.space(inner);
                        if let Some(end) = p.eat(b']') {
                            break end;
                        }
                        depth = depth.wrapping_add(1);
                        objects <<= 1;
                    } else if p.byte() <= b' ' && s.space(p) != p {
                        p = s.space(p);
                        continue;
                    } else {
                        break scalar(s, p)?;
                    }
                    p = s.item::<COUNT>(objects, p)?;
                    continue 'item;
                };
                while depth != outside {
                    if let Some(next) = p.eat(b',') {
                        p = s.item::<COUNT>(objects, next)?;
                        continue 'item;
                    }
                    let close = if objects & 1 == 1 { b'}' } else { b']' };
                    if let Some(end) = p.eat(close) {
                        if DEEP && objects & 1 == 1 {
                            s.scratch.keys.close(depth);
                        }
                        objects >>= 1;
                        depth = depth.wrapping_sub(1);
                        p = end;
                    } else if p.byte() <= b' ' && s.space(p) != p {
                        p = s.space(p);
                    } else {
                        return s.fail(JsonRule::ExpectedCommaOrEnd, p);
                    }
                }
                return Some(p);
            }
        }

        /// Validates a key and its colon, and moves to its value.
        #[inline]
        $(#[$features])*
        fn key<'a, const DEEP: bool, const COUNT: bool>(s: &mut Scan<'a, '_>, p: Pos<'a>) -> Option<Pos<'a>> {
            let open = s.open_quote(p)?;
            let close = next_special(s, open);
            let Some(behind) = close.eat_known(close.word(), QUOTE_COLON) else {
                return odd_key::<DEEP>(s, open);
            };
            if DEEP && !s.insert_plain_key(open, close) {
                s.note(MessageRule::DuplicateParam, open);
            }
            Some(behind)
        }

        /// [`key`] for a key with escapes or a fault, or with white space before its colon.
        #[inline(never)]
        $(#[$features])*
        fn odd_key<'a, const DEEP: bool>(s: &mut Scan<'a, '_>, open: Pos<'a>) -> Option<Pos<'a>> {
            let (behind, escaped) = string(s, open)?;
            if DEEP && !s.insert_key(open, behind, escaped) {
                s.note(MessageRule::DuplicateParam, open);
            }
            s.colon(behind)
        }
    };
}

pub(super) use values;
