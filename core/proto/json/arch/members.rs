//! The members of a message that the index has a place for, and how to recognise them quickly.

use super::pos::{Known, Pos};
use crate::message::Method;

/// Which object of a message a key belongs to; a `const` parameter of the envelope loop.
pub(super) mod level {
    pub(in crate::json) const ENVELOPE: u8 = 0;
    pub(in crate::json) const PARAMS: u8 = 1;
    pub(in crate::json) const RESULT: u8 = 2;
    pub(in crate::json) const ERROR: u8 = 3;
    pub(in crate::json) const META: u8 = 4;
    pub(in crate::json) const BLOCK: u8 = 5;
}

/// A member of one of these objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Member {
    JsonRpc,
    Id,
    Method,
    Params,
    Result,
    Error,
    Meta,
    Name,
    Arguments,
    Uri,
    Data,
    Token,
    RequestId,
    Content,
    IsError,
    Structured,
    ResultType,
    Code,
    Message,
    Version,
    Capabilities,
    Subscription,
    Type,
    Text,
    MimeType,
    Progress,
    Total,
    /// `message` of a progress notification.
    Status,
    /// Any other: validated, and checked for duplicates, but not indexed.
    Other,
}

/// Which members an object has had, one bit each.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen(u32);

impl Seen {
    /// Adds a member; `false` when the object has had it already.
    #[inline(always)]
    pub(super) fn insert(&mut self, member: Member) -> bool {
        let bit = 1 << member as u32;
        let fresh = self.0 & bit == 0;
        self.0 |= bit;
        fresh
    }

    #[inline(always)]
    pub(super) fn has(self, member: Member) -> bool {
        self.0 & (1 << member as u32) != 0
    }
}

impl Member {
    /// Recognises a key of the object at `LEVEL` from behind its opening quote, and steps behind its
    /// closing one. The word at hand is loaded once; each comparison includes the closing quote.
    #[inline(always)]
    pub(super) fn recognise<const LEVEL: u8>(key: Pos<'_>) -> Option<(Self, Pos<'_>)> {
        let word = key.word();
        let short = |known, member| Some((member, key.eat_known(word, known)?));
        match (LEVEL, word as u8) {
            (level::ENVELOPE, b'j') => short(JSONRPC, Self::JsonRpc),
            (level::ENVELOPE, b'i') => short(ID, Self::Id),
            (level::ENVELOPE, b'm') => short(METHOD, Self::Method),
            (level::ENVELOPE, b'p') => short(PARAMS, Self::Params),
            (level::ENVELOPE, b'r') => short(RESULT, Self::Result),
            (level::ENVELOPE, b'e') => short(ERROR, Self::Error),
            (level::PARAMS, b'n') => short(NAME, Self::Name),
            (level::PARAMS, b'a') => long(key, word, b"arguments\"", Self::Arguments),
            (level::PARAMS | level::RESULT, b'_') => short(META, Self::Meta),
            (level::PARAMS, b'p') => long(key, word, b"progressToken\"", Self::Token)
                .or_else(|| long(key, word, b"progress\"", Self::Progress)),
            (level::PARAMS, b't') => short(TOTAL, Self::Total),
            (level::PARAMS, b'm') => short(MESSAGE, Self::Status),
            (level::PARAMS, b'u') => short(URI, Self::Uri),
            (level::PARAMS, b'r') => long(key, word, b"requestId\"", Self::RequestId),
            (level::RESULT, b'c') => short(CONTENT, Self::Content),
            (level::RESULT, b'i') => short(IS_ERROR, Self::IsError),
            (level::RESULT, b's') => long(key, word, b"structuredContent\"", Self::Structured),
            (level::RESULT, b'r') => long(key, word, b"resultType\"", Self::ResultType),
            (level::ERROR, b'c') => short(CODE, Self::Code),
            (level::ERROR, b'm') => short(MESSAGE, Self::Message),
            (level::META, b'p') => long(key, word, b"progressToken\"", Self::Token),
            (level::META, b'i') => mcp(key, word, b"protocolVersion\"", Self::Version)
                .or_else(|| mcp(key, word, b"clientCapabilities\"", Self::Capabilities))
                .or_else(|| mcp(key, word, b"subscriptionId\"", Self::Subscription)),
            (level::BLOCK, b't') => short(TYPE, Self::Type).or_else(|| short(TEXT, Self::Text)),
            (level::BLOCK, b'm') => long(key, word, b"mimeType\"", Self::MimeType),
            (level::ERROR | level::BLOCK, b'd') => short(DATA, Self::Data),
            _ => None,
        }
    }

    /// Recognises a key that was spelled with escapes, after unescaping.
    pub(super) fn by_name(level: u8, name: &[u8]) -> Self {
        let found = NAMES.iter().find(|(at, known, _)| *at == level && known.as_bytes() == name);
        found.map_or(Self::Other, |(_, _, member)| *member)
    }
}

/// Recognises a key of eight bytes or more, whose first eight are compared at once.
#[inline(always)]
fn long<'a, const N: usize>(
    key: Pos<'a>,
    word: u64,
    known: &[u8; N],
    member: Member,
) -> Option<(Member, Pos<'a>)> {
    let first = known.first_chunk().map(|first| u64::from_le_bytes(*first));
    if first == Some(word) { Some((member, key.eat_bytes(known)?)) } else { None }
}

/// Recognises a key with the prefix of MCP's own keys.
#[inline(always)]
fn mcp<'a, const N: usize>(
    key: Pos<'a>,
    word: u64,
    known: &[u8; N],
    member: Member,
) -> Option<(Member, Pos<'a>)> {
    let (_, name) = long(key, word, b"io.modelcontextprotocol/", member)?;
    Some((member, name.eat_bytes(known)?))
}

/// Recognises the methods that make up most traffic, from behind the opening quote of the name to
/// behind its closing one. The others are found by their hash, which takes longer.
#[inline(always)]
pub(super) fn recognise_method(name: Pos<'_>) -> Option<(Method, Pos<'_>)> {
    let word = name.word();
    if word == u64::from_le_bytes(*b"tools/ca") {
        return Some((Method::CallTool, name.eat_bytes(b"tools/call\"")?));
    }
    if word != u64::from_le_bytes(*b"notifica") {
        return None;
    }
    let progress = name.eat_bytes(b"notifications/progress\"").map(|end| (Method::Progress, end));
    progress.or_else(|| Some((Method::LoggingMessage, name.eat_bytes(b"notifications/message\"")?)))
}

const JSONRPC: Known = Known::new(b"jsonrpc\"");
const ID: Known = Known::new(b"id\"");
const METHOD: Known = Known::new(b"method\"");
const PARAMS: Known = Known::new(b"params\"");
const RESULT: Known = Known::new(b"result\"");
const ERROR: Known = Known::new(b"error\"");
const META: Known = Known::new(b"_meta\"");
const TOTAL: Known = Known::new(b"total\"");
const NAME: Known = Known::new(b"name\"");
const URI: Known = Known::new(b"uri\"");
const DATA: Known = Known::new(b"data\"");
const CONTENT: Known = Known::new(b"content\"");
const IS_ERROR: Known = Known::new(b"isError\"");
const CODE: Known = Known::new(b"code\"");
const MESSAGE: Known = Known::new(b"message\"");
const TYPE: Known = Known::new(b"type\"");
const TEXT: Known = Known::new(b"text\"");

/// Every known key by level, for the slow way.
const NAMES: [(u8, &str, Member); 31] = [
    (level::ENVELOPE, "jsonrpc", Member::JsonRpc),
    (level::ENVELOPE, "id", Member::Id),
    (level::ENVELOPE, "method", Member::Method),
    (level::ENVELOPE, "params", Member::Params),
    (level::ENVELOPE, "result", Member::Result),
    (level::ENVELOPE, "error", Member::Error),
    (level::PARAMS, "name", Member::Name),
    (level::PARAMS, "arguments", Member::Arguments),
    (level::PARAMS, "_meta", Member::Meta),
    (level::PARAMS, "progressToken", Member::Token),
    (level::PARAMS, "requestId", Member::RequestId),
    (level::PARAMS, "progress", Member::Progress),
    (level::PARAMS, "total", Member::Total),
    (level::PARAMS, "message", Member::Status),
    (level::PARAMS, "uri", Member::Uri),
    (level::RESULT, "content", Member::Content),
    (level::RESULT, "isError", Member::IsError),
    (level::RESULT, "_meta", Member::Meta),
    (level::RESULT, "structuredContent", Member::Structured),
    (level::RESULT, "resultType", Member::ResultType),
    (level::ERROR, "code", Member::Code),
    (level::ERROR, "message", Member::Message),
    (level::ERROR, "data", Member::Data),
    (level::META, "progressToken", Member::Token),
    (level::META, "io.modelcontextprotocol/protocolVersion", Member::Version),
    (level::META, "io.modelcontextprotocol/clientCapabilities", Member::Capabilities),
    (level::META, "io.modelcontextprotocol/subscriptionId", Member::Subscription),
    (level::BLOCK, "type", Member::Type),
    (level::BLOCK, "text", Member::Text),
    (level::BLOCK, "data", Member::Data),
    (level::BLOCK, "mimeType", Member::MimeType),
];
