//! The loop over the envelope of a message, as a macro body that is stamped once per backend.
//!
//! It fills the index while it validates. One function serves every level of the envelope, a `const`
//! parameter telling which; a known key is compared together with its closing quote in one step, so
//! that the place behind it is known without waiting for the string loop. A key that is spelled
//! with escapes takes the slow way: it is unescaped and compared again.
//!
//! The rules are those of JSON-RPC 2.0 and of all revisions of MCP about one message. Which
//! methods, capabilities and members a revision allows is not decided here.

macro_rules! envelope {
    ($(#[$features:meta])*) => {
        /// Validates and indexes one frame: a message or a batch, between white space.
        $(#[$features])*
        pub(super) fn frame<'a>(s: &mut Scan<'a, '_>, out: &mut Found) -> Option<Pos<'a>> {
            look_ahead(s, s.first);
            let p = s.space(s.first);
            if s.at_end(p) {
                out.shape = Shape::Blank;
                return Some(p);
            }
            let p = match p.eat(b'[') {
                Some(inner) => batch(s, out, inner)?,
                None => {
                    s.origin = p;
                    out.origin = s.offset(p);
                    out.shape = Shape::Message;
                    message(s, &mut out.index, p)?
                }
            };
            if s.at_end(p) {
                return Some(p);
            }
            let end = s.space(p);
            if s.at_end(end) { Some(end) } else { s.fail(JsonRule::TrailingBytes, end) }
        }

        /// Validates and indexes the messages of a batch, whose bracket was consumed.
        #[inline(never)]
        $(#[$features])*
        fn batch<'a>(s: &mut Scan<'a, '_>, out: &mut Found, inner: Pos<'a>) -> Option<Pos<'a>> {
            out.shape = Shape::Batch;
            s.depth = 1;
            s.enter(1, inner)?;
            let mut p = s.space(inner);
            if let Some(end) = p.eat(b']') {
                s.note(MessageRule::EmptyBatch, inner);
                return Some(end);
            }
            loop {
                if out.batch.len() >= s.policy.batch as usize {
                    return s.exceed(Limit::Batch, p);
                }
                if out.batch.try_reserve(1).is_err() {
                    return s.exceed(Limit::Memory, p);
                }
                s.count(p)?;
                let mut index = MsgIndex::default();
                (s.progress_token, s.request_id) = (Token::default(), Token::default());
                s.in_result = false;
                s.origin = p;
                let origin = s.offset(p);
                p = message(s, &mut index, p)?;
                out.batch.push(Element { index, origin, note: s.note.take() });
                p = s.space(p);
                if let Some(next) = p.eat(b',') {
                    p = s.space(next);
                } else if let Some(end) = p.eat(b']') {
                    return Some(end);
                } else {
                    return s.fail(JsonRule::ExpectedCommaOrEnd, p);
                }
            }
        }

        /// Validates and indexes the message at `p`, or the value that should have been one.
        #[inline]
        $(#[$features])*
        fn message<'a>(s: &mut Scan<'a, '_>, index: &mut MsgIndex, p: Pos<'a>) -> Option<Pos<'a>> {
            let Some(inner) = p.eat(b'{') else {
                s.note(MessageRule::NotAnObject, p);
                return value(s, p);
            };
            let (outside, escapes) = (s.depth, s.escapes);
            s.deepest = outside;
            let mut seen = Seen::default();
            let end = object::<{ level::ENVELOPE }>(s, index, &mut seen, inner)?;
            s.classify(index, seen, p);
            index.len = end.since(p);
            index.max_depth = s.deepest.wrapping_sub(outside) as u8;
            index.flags |= if s.escapes != escapes { Flags::ESCAPES } else { 0 };
            Some(end)
        }

        /// Validates and indexes an object of the envelope, whose brace was consumed.
        #[inline]
        $(#[$features])*
        fn object<'a, const LEVEL: u8>(
            s: &mut Scan<'a, '_>,
            index: &mut MsgIndex,
            seen: &mut Seen,
            inner: Pos<'a>,
        ) -> Option<Pos<'a>> {
            s.depth = s.depth.wrapping_add(1);
            s.enter(s.depth, inner)?;
            let mut p = s.space(inner);
            let end = match p.eat(b'}') {
                Some(end) => end,
                None => {
                    if LEVEL == level::ENVELOPE {
                        p = opening(s, index, seen, p)?;
                    }
                    loop {
                        s.count(p)?;
                        p = member::<LEVEL>(s, index, seen, p)?;
                        if p.byte() <= b' ' {
                            p = s.space(p);
                        }
                        if let Some(next) = p.eat(b',') {
                            p = next;
                        } else if let Some(end) = p.eat(b'}') {
                            break end;
                        } else {
                            return s.fail(JsonRule::ExpectedCommaOrEnd, p);
                        }
                    }
                }
            };
            if seen.has(Member::Other) && s.deep {
                s.scratch.keys.close(s.depth);
            }
            s.depth = s.depth.wrapping_sub(1);
            Some(end)
        }

        /// Takes the members that most messages begin with, version and id, in one step each, where they stand at `p` in their
        /// usual spelling. Whatever else stands there is left to [`member`].
        #[inline]
        $(#[$features])*
        fn opening<'a>(
            s: &mut Scan<'a, '_>,
            index: &mut MsgIndex,
            seen: &mut Seen,
            p: Pos<'a>,
        ) -> Option<Pos<'a>> {
            let Some(second) = p.eat_bytes(b"\"jsonrpc\":\"2.0\",") else { return Some(p) };
            s.count(p)?;
            stepped_over(s, 2);
            seen.insert(Member::JsonRpc);
            let Some(value) = second.eat_known(second.word(), ID_KEY) else { return Some(second) };
            let Some((end, int)) = s.short_integer(value) else { return Some(second) };
            let Some(third) = end.eat(b',') else { return Some(second) };
            s.count(second)?;
            stepped_over(s, 1);
            seen.insert(Member::Id);
            index.id = s.span(value, end);
            (index.id_tag, index.id_int) = (Tag::INTEGER, int);
            Some(third)
        }

        /// Validates and indexes one member.
        #[inline]
        $(#[$features])*
        fn member<'a, const LEVEL: u8>(
            s: &mut Scan<'a, '_>,
            index: &mut MsgIndex,
            seen: &mut Seen,
            p: Pos<'a>,
        ) -> Option<Pos<'a>> {
            let key = s.open_quote(p)?;
            recognise!(LEVEL, key, known(s, index, seen, key));
            let (member, behind) = other_key(s, seen, LEVEL, key)?;
            known::<LEVEL, { Member::Other as u8 }>(s, index, seen, key, member, behind)
        }

        /// Validates and indexes the member whose key was recognised. `MEMBER` says which it is when that is known as the
        /// program is compiled; else it is [`Member::Other`].
        #[inline]
        $(#[$features])*
        fn known<'a, const LEVEL: u8, const MEMBER: u8>(
            s: &mut Scan<'a, '_>,
            index: &mut MsgIndex,
            seen: &mut Seen,
            key: Pos<'a>,
            member: Member,
            behind: Pos<'a>,
        ) -> Option<Pos<'a>> {
            let member = if MEMBER == Member::Other as u8 {
                member
            } else {
                stepped_over(s, 1);
                Member::ALL[MEMBER as usize]
            };
            if member != Member::Other && !seen.insert(member) {
                s.note_duplicate(LEVEL, key);
            }
            let p = s.colon(behind)?;
            match member {
                Member::JsonRpc => jsonrpc(s, p),
                Member::Id => id(s, index, p),
                Member::Method => method(s, index, p),
                Member::Params => nested::<{ level::PARAMS }>(s, index, p),
                Member::Result => nested::<{ level::RESULT }>(s, index, p),
                Member::Error => nested::<{ level::ERROR }>(s, index, p),
                Member::Meta => nested::<{ level::META }>(s, index, p),
                Member::Name | Member::Message | Member::MimeType => name(s, index, p),
                Member::Token | Member::RequestId | Member::Code => token::<LEVEL>(s, index, member, p),
                Member::Content => content(s, index, p),
                Member::Data | Member::Text if LEVEL == level::BLOCK => block_text(s, index, p),
                Member::Type => block_type(s, index, p),
                Member::Other
                | Member::Progress
                | Member::Total
                | Member::Status => value(s, p),
                _ => {
                    let end = value(s, p)?;
                    s.capture(index, member, p, end);
                    Some(end)
                }
            }
        }

        /// Validates a key that was not recognised: one without a place in the index, or one that is spelled with escapes.
        /// The set of such keys is opened for the first one.
        #[inline]
        $(#[$features])*
        fn other_key<'a>(
            s: &mut Scan<'a, '_>,
            seen: &mut Seen,
            level: u8,
            key: Pos<'a>,
        ) -> Option<(Member, Pos<'a>)> {
            let (behind, escaped) = string(s, key)?;
            let member = if escaped { s.escaped_member(level, key, behind) } else { Member::Other };
            if member == Member::Other {
                if seen.insert(Member::Other) && s.deep {
                    s.scratch.keys.open(s.depth);
                }
                if !s.insert_key(key, behind, escaped) {
                    s.note_duplicate(level, key);
                }
            }
            Some((member, behind))
        }

        /// Validates and indexes an object one level further in.
        #[inline]
        $(#[$features])*
        fn nested<'a, const LEVEL: u8>(
            s: &mut Scan<'a, '_>,
            index: &mut MsgIndex,
            p: Pos<'a>,
        ) -> Option<Pos<'a>> {
            s.in_result |= LEVEL == level::RESULT;
            let end = match p.eat(b'{') {
                Some(inner) => object::<LEVEL>(s, index, &mut Seen::default(), inner)?,
                None => {
                    s.note_not_an_object(LEVEL, p);
                    value(s, p)?
                }
            };
            s.capture_nested(index, LEVEL, p, end);
            Some(end)
        }

        #[inline]
        $(#[$features])*
        fn jsonrpc<'a>(s: &mut Scan<'a, '_>, p: Pos<'a>) -> Option<Pos<'a>> {
            if let Some(end) = p.eat_bytes(b"\"2.0\"") {
                stepped_over(s, 1);
                return Some(end);
            }
            let end = value(s, p)?;
            s.check_version(p, end);
            Some(end)
        }

        #[inline]
        $(#[$features])*
        fn id<'a>(s: &mut Scan<'a, '_>, index: &mut MsgIndex, p: Pos<'a>) -> Option<Pos<'a>> {
            if let Some((end, value)) = s.short_integer(p) {
                index.id = s.span(p, end);
                (index.id_tag, index.id_int) = (Tag::INTEGER, value);
                return Some(end);
            }
            let (end, tag, int) = tagged(s, p)?;
            if end.since(p) > s.policy.id_bytes {
                return s.exceed(Limit::IdBytes, p);
            }
            index.id = s.span(p, end);
            index.id_int = int;
            index.id_tag = if tag >= Tag::NUMBER { s.check_id(tag, p, end) } else { tag };
            Some(end)
        }

        #[inline]
        $(#[$features])*
        fn token<'a, const LEVEL: u8>(
            s: &mut Scan<'a, '_>,
            index: &mut MsgIndex,
            member: Member,
            p: Pos<'a>,
        ) -> Option<Pos<'a>> {
            let (end, tag, int) = match s.short_integer(p) {
                Some((end, value)) => (end, Tag::INTEGER, value),
                None => tagged(s, p)?,
            };
            let span = s.span(p, end);
            match member {
                Member::Token if LEVEL == level::PARAMS => s.progress_token = Token { span, tag, int },
                Member::RequestId => s.request_id = Token { span, tag, int },
                _ => (index.token, index.token_tag, index.token_int) = (span, tag, int),
            }
            Some(end)
        }

        /// Validates a value that may be an id or token, and tells its type.
        #[inline]
        $(#[$features])*
        fn tagged<'a>(s: &mut Scan<'a, '_>, p: Pos<'a>) -> Option<(Pos<'a>, u8, i64)> {
            if let Some(body) = p.eat(b'"') {
                let (end, escaped) = string(s, body)?;
                return Some((end, if escaped { Tag::ESCAPED } else { Tag::STRING }, 0));
            }
            let end = value(s, p)?;
            let (tag, int) = s.tag(p, end);
            Some((end, tag, int))
        }

        #[inline]
        $(#[$features])*
        fn method<'a>(s: &mut Scan<'a, '_>, index: &mut MsgIndex, p: Pos<'a>) -> Option<Pos<'a>> {
            let Some(body) = p.eat(b'"') else {
                s.note(MessageRule::MethodType, p);
                return value(s, p);
            };
            if let Some((method, end)) = recognise_method(body) {
                index.method = s.span(p, end);
                index.method_id = method.id();
                stepped_over(s, 1);
                return Some(end);
            }
            let (end, escaped) = string(s, body)?;
            index.method = s.span(p, end);
            index.method_id = s.method_id(index, body, end, escaped);
            Some(end)
        }

        #[inline]
        $(#[$features])*
        fn name<'a>(s: &mut Scan<'a, '_>, index: &mut MsgIndex, p: Pos<'a>) -> Option<Pos<'a>> {
            let Some(body) = p.eat(b'"') else { return value(s, p) };
            let (end, escaped) = string(s, body)?;
            index.name = s.span(p, end);
            index.flags |= if escaped { Flags::NAME_ESCAPED } else { 0 };
            Some(end)
        }

        /// Validates the content of a result, indexing its first block.
        #[inline]
        $(#[$features])*
        fn content<'a>(s: &mut Scan<'a, '_>, index: &mut MsgIndex, p: Pos<'a>) -> Option<Pos<'a>> {
            let Some(inner) = p.eat(b'[') else {
                let end = value(s, p)?;
                index.args = s.span(p, end);
                return Some(end);
            };
            s.depth = s.depth.wrapping_add(1);
            s.enter(s.depth, inner)?;
            let mut next = s.space(inner);
            let end = match next.eat(b']') {
                Some(end) => end,
                None => loop {
                    s.count(next)?;
                    let behind = match next.eat(b'{') {
                        Some(brace) if index.blocks == 0 => {
                            let mut seen = Seen::default();
                            let end = object::<{ level::BLOCK }>(s, index, &mut seen, brace)?;
                            check_block(index, seen);
                            end
                        }
                        _ => value(s, next)?,
                    };
                    index.blocks = index.blocks.saturating_add(1);
                    let behind = s.space(behind);
                    if let Some(comma) = behind.eat(b',') {
                        next = s.space(comma);
                    } else if let Some(end) = behind.eat(b']') {
                        break end;
                    } else {
                        return s.fail(JsonRule::ExpectedCommaOrEnd, behind);
                    }
                },
            };
            s.depth = s.depth.wrapping_sub(1);
            index.args = s.span(p, end);
            Some(end)
        }

        #[inline]
        $(#[$features])*
        fn block_type<'a>(s: &mut Scan<'a, '_>, index: &mut MsgIndex, p: Pos<'a>) -> Option<Pos<'a>> {
            let end = value(s, p)?;
            index.block_type = s.block_type(p, end);
            Some(end)
        }

        #[inline]
        $(#[$features])*
        fn block_text<'a>(s: &mut Scan<'a, '_>, index: &mut MsgIndex, p: Pos<'a>) -> Option<Pos<'a>> {
            let Some(body) = p.eat(b'"') else { return value(s, p) };
            let (end, escaped) = string(s, body)?;
            index.block = s.span(p, end);
            index.flags |= if escaped { Flags::BLOCK_ESCAPED } else { 0 };
            Some(end)
        }
    };
}

pub(super) use envelope;
