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
            fill(s, s.first);
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
                s.scalar(p)
            }
        }

        /// Validates an array or object with everything in it. White space is looked for only where what should
        /// stand there does not.
        #[inline(never)]
        $(#[$features])*
        fn container<'a>(s: &mut Scan<'a, '_>, mut p: Pos<'a>) -> Option<Pos<'a>> {
            let outside = s.depth;
            let mut depth = outside;
            let mut objects = 0u128;
            loop {
                if objects & 1 == 1 {
                    p = key(s, depth, p)?;
                }
                if let Some(body) = p.eat(b'"') {
                    p = string(s, body)?.0;
                } else if let Some(inner) = p.eat(b'{') {
                    s.enter(depth.wrapping_add(1), inner)?;
                    p = s.space(inner);
                    if let Some(end) = p.eat(b'}') {
                        p = end;
                    } else {
                        depth = depth.wrapping_add(1);
                        objects = objects << 1 | 1;
                        s.open_keys(depth);
                        s.count(p)?;
                        continue;
                    }
                } else if let Some(inner) = p.eat(b'[') {
                    s.enter(depth.wrapping_add(1), inner)?;
                    p = s.space(inner);
                    if let Some(end) = p.eat(b']') {
                        p = end;
                    } else {
                        depth = depth.wrapping_add(1);
                        objects <<= 1;
                        s.count(p)?;
                        continue;
                    }
                } else {
                    p = s.scalar(p)?;
                }
                if depth == outside {
                    return Some(p);
                }
                loop {
                    if let Some(next) = p.eat(b',') {
                        p = if objects & 1 == 1 { next } else { s.space(next) };
                        s.count(p)?;
                        break;
                    }
                    let close = if objects & 1 == 1 { b'}' } else { b']' };
                    if let Some(end) = p.eat(close) {
                        if objects & 1 == 1 {
                            s.close_keys(depth);
                        }
                        objects >>= 1;
                        depth = depth.wrapping_sub(1);
                        if depth == outside {
                            return Some(end);
                        }
                        p = end;
                    } else if p.byte() <= b' ' && s.space(p) != p {
                        p = s.space(p);
                    } else {
                        return s.fail(JsonRule::ExpectedCommaOrEnd, p);
                    }
                }
            }
        }

        /// Validates a key and its colon, in the object at `depth`, and moves to its value.
        #[inline]
        $(#[$features])*
        fn key<'a>(s: &mut Scan<'a, '_>, depth: u32, p: Pos<'a>) -> Option<Pos<'a>> {
            let open = s.open_quote(p)?;
            let (close, escaped) = string(s, open)?;
            if !s.insert_key(depth, open, close, escaped) {
                s.note(MessageRule::DuplicateParam, open);
            }
            s.colon(close)
        }
    };
}

pub(super) use values;
