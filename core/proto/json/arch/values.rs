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

        /// Validates an array or object with everything in it.
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
                    s.enter(depth.wrapping_add(1), p)?;
                    p = s.space(inner);
                    match p.eat(b'}') {
                        Some(end) => p = end,
                        None => {
                            depth = depth.wrapping_add(1);
                            objects = objects << 1 | 1;
                            s.open_keys(depth);
                            s.count(p)?;
                            continue;
                        }
                    }
                } else if let Some(inner) = p.eat(b'[') {
                    s.enter(depth.wrapping_add(1), p)?;
                    p = s.space(inner);
                    match p.eat(b']') {
                        Some(end) => p = end,
                        None => {
                            depth = depth.wrapping_add(1);
                            objects <<= 1;
                            s.count(p)?;
                            continue;
                        }
                    }
                } else {
                    p = s.scalar(p)?;
                }
                loop {
                    if depth == outside {
                        return Some(p);
                    }
                    p = s.space(p);
                    if let Some(next) = p.eat(b',') {
                        p = s.space(next);
                        s.count(p)?;
                        break;
                    }
                    let end = if objects & 1 == 1 {
                        s.close_keys(depth);
                        p.eat(b'}')
                    } else {
                        p.eat(b']')
                    };
                    match end {
                        Some(end) => p = end,
                        None => return s.fail(JsonRule::ExpectedCommaOrEnd, p),
                    }
                    objects >>= 1;
                    depth = depth.wrapping_sub(1);
                }
            }
        }

        /// Validates a key and its colon, in the object at `depth`, and moves to its value.
        #[inline]
        $(#[$features])*
        fn key<'a>(s: &mut Scan<'a, '_>, depth: u32, p: Pos<'a>) -> Option<Pos<'a>> {
            let Some(open) = p.eat(b'"') else { return s.fail(JsonRule::ExpectedKey, p) };
            let (close, escaped) = string(s, open)?;
            if !s.insert_key(depth, open, close, escaped) {
                s.note(MessageRule::DuplicateParam, open);
            }
            s.colon(close)
        }
    };
}

pub(super) use values;
