//! The parts of the envelope loop that need no vector instructions: what the tokens mean.

use super::members::{Member, Seen, level};
use super::pos::Pos;
use super::scan::{Scan, Token};
use crate::error::MessageRule;
use crate::json::Duplicates;
use crate::json::unescape::unescape;
use crate::message::{BlockType, Flags, Kind, Method, MsgIndex, Span, Tag};

impl<'a> Scan<'a, '_> {
    /// The span of a token, from the start of the message at hand.
    #[inline(always)]
    pub(super) fn span(&self, from: Pos<'a>, to: Pos<'a>) -> Span {
        Span { offset: from.since(self.origin), len: to.since(from) }
    }

    /// The bytes between two places.
    #[inline(always)]
    fn slice(&self, from: Pos<'a>, to: Pos<'a>) -> &'a [u8] {
        self.text.slice(self.offset(from), self.offset(to))
    }

    /// Notes a key that its object has had before.
    #[cold]
    pub(super) fn note_duplicate(&mut self, at: u8, key: Pos<'a>) {
        match at {
            level::ENVELOPE => self.note(MessageRule::DuplicateKey, key),
            level::BLOCK if self.policy.duplicates != Duplicates::Deep => {}
            _ => self.note(MessageRule::DuplicateParam, key),
        }
    }

    /// Notes a member that had to be an object.
    #[cold]
    pub(super) fn note_not_an_object(&mut self, at: u8, p: Pos<'a>) {
        match at {
            level::PARAMS => self.note(MessageRule::ParamsType, p),
            level::RESULT => self.note(MessageRule::ResultType, p),
            level::ERROR => self.note(MessageRule::ErrorType, p),
            _ => {}
        }
    }

    /// Recognises a key with escapes, behind whose closing quote `behind` stands.
    #[cold]
    pub(super) fn escaped_member(&self, at: u8, key: Pos<'a>, behind: Pos<'a>) -> Member {
        Member::by_name(at, &unescape(trim_quote(self.slice(key, behind))))
    }

    /// Accepts the spelling of "2.0" with escapes, and notes any other version.
    #[cold]
    pub(super) fn check_version(&mut self, p: Pos<'a>, end: Pos<'a>) {
        let token = self.slice(p, end);
        let quoted = token.strip_prefix(b"\"").map(trim_quote);
        if quoted.is_none_or(|text| *unescape(text) != *b"2.0") {
            self.note(MessageRule::Version, p);
        }
    }

    /// Stores the span of a member that has a place in the index and needs no more than that.
    #[inline(always)]
    pub(super) fn capture(&self, index: &mut MsgIndex, member: Member, p: Pos<'a>, end: Pos<'a>) {
        let span = self.span(p, end);
        match member {
            Member::Arguments | Member::Data => index.args = span,
            Member::Uri | Member::Structured => index.aux = span,
            Member::ResultType => index.tag = span,
            Member::Version if !self.in_result => index.tag = span,
            Member::Capabilities | Member::Subscription => index.context = span,
            Member::IsError if p.byte() == b't' => index.flags |= Flags::IS_ERROR,
            _ => {}
        }
    }

    /// Stores the span of a nested object.
    #[inline(always)]
    pub(super) fn capture_nested(
        &mut self,
        index: &mut MsgIndex,
        at: u8,
        p: Pos<'a>,
        end: Pos<'a>,
    ) {
        let span = self.span(p, end);
        match at {
            level::META => index.meta = span,
            level::ERROR => {
                index.payload = span;
                if index.token_tag != Tag::INTEGER || !index.name.is_present() {
                    self.note(MessageRule::ErrorType, p);
                }
            }
            _ => index.payload = span,
        }
    }

    /// The type of an id or token that is not a string, and its value when that is an `i64`.
    pub(super) fn tag(&self, p: Pos<'a>, end: Pos<'a>) -> (u8, i64) {
        match p.byte() {
            b'0'..=b'9' | b'-' => {
                let token = core::str::from_utf8(self.slice(p, end)).unwrap_or_default();
                token.parse().map_or((Tag::NUMBER, 0), |value| (Tag::INTEGER, value))
            }
            b'n' => (Tag::NULL, 0),
            _ => (Tag::OTHER, 0),
        }
    }

    /// Notes an id of a type that MCP does not allow. An integer above `i64` is kept as it is written.
    #[cold]
    pub(super) fn check_id(&mut self, tag: u8, p: Pos<'a>, end: Pos<'a>) -> u8 {
        let token = core::str::from_utf8(self.slice(p, end)).unwrap_or_default();
        if tag == Tag::NUMBER && token.parse::<u64>().is_ok() {
            return tag;
        }
        let rule = match tag {
            Tag::NUMBER if token.contains(['.', 'e', 'E']) => MessageRule::IdFraction,
            Tag::NUMBER => MessageRule::IdRange,
            _ => MessageRule::IdType,
        };
        self.note(rule, p);
        Tag::OTHER
    }

    /// Looks the method up, whose name stands between `body` and the quote before `end`.
    #[inline(always)]
    pub(super) fn method_id(
        &self,
        index: &mut MsgIndex,
        body: Pos<'a>,
        end: Pos<'a>,
        escaped: bool,
    ) -> u8 {
        let name = trim_quote(self.slice(body, end));
        if !escaped {
            return Method::lookup(name);
        }
        index.flags |= Flags::METHOD_ESCAPED;
        Method::lookup(&unescape(name))
    }

    /// The type of a content block, named by the string between `p` and `end`.
    #[inline(always)]
    pub(super) fn block_type(&self, p: Pos<'a>, end: Pos<'a>) -> u8 {
        if p.eat_bytes(b"\"text\"").is_some() {
            return BlockType::Text as u8;
        }
        let token = self.slice(p, end);
        let name = token.strip_prefix(b"\"").map(trim_quote).unwrap_or_default();
        BlockType::lookup(&unescape(name)) as u8
    }

    /// Decides what the message at `p` is, and notes what it lacks.
    #[inline(always)]
    pub(super) fn classify(&mut self, index: &mut MsgIndex, seen: Seen, p: Pos<'a>) {
        if !seen.has(Member::JsonRpc) {
            self.note(MessageRule::VersionMissing, p);
        }
        let shape = (seen.has(Member::Method), seen.has(Member::Result), seen.has(Member::Error));
        let kind = match shape {
            (true, false, false) if seen.has(Member::Id) => Kind::Request,
            (true, false, false) => Kind::Notification,
            (false, true, false) => Kind::Response,
            (false, false, true) => Kind::ErrorResponse,
            (false, false, false) => return self.note(MessageRule::Shapeless, p),
            _ => return self.note(MessageRule::Ambiguous, p),
        };
        index.kind = kind as u8;
        self.choose_token(index);
        match (kind, index.id_tag) {
            (Kind::Request | Kind::Response, Tag::NULL) => {
                self.note_at(MessageRule::IdNull, self.offset(p).saturating_add(index.id.offset));
            }
            (Kind::Response, Tag::ABSENT) => self.note(MessageRule::IdMissing, p),
            _ => {}
        }
        if seen.has(Member::Params) && !seen.has(Member::Method) {
            self.note(MessageRule::ParamsMisplaced, p);
        }
    }

    /// Progress and cancellation have their token in the parameters themselves, other messages in
    /// `_meta`.
    #[inline(always)]
    fn choose_token(&self, index: &mut MsgIndex) {
        let Token { span, tag, int } = match index.method_id {
            id if id == Method::Progress.id() => self.progress_token,
            id if id == Method::Cancelled.id() => self.request_id,
            _ => return,
        };
        (index.token, index.token_tag, index.token_int) = (span, tag, int);
    }
}

/// Forgets the text of the first content block unless it is that of its type.
#[inline(always)]
pub(super) fn check_block(index: &mut MsgIndex, seen: Seen) {
    let text = index.block_type == BlockType::Text as u8;
    let media = [BlockType::Image as u8, BlockType::Audio as u8].contains(&index.block_type);
    if (text, media) != (seen.has(Member::Text), seen.has(Member::Data)) {
        index.block = Span::default();
    }
}

/// Cuts the closing quote off.
#[inline(always)]
fn trim_quote(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\"").unwrap_or(text)
}
