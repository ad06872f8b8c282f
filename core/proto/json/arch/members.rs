//! The members of a message that the index has a place for, and how to recognise them quickly.

use super::pos::Pos;
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
    /// Every member, by its number.
    pub(super) const ALL: [Self; 29] = [
        Self::JsonRpc,
        Self::Id,
        Self::Method,
        Self::Params,
        Self::Result,
        Self::Error,
        Self::Meta,
        Self::Name,
        Self::Arguments,
        Self::Uri,
        Self::Data,
        Self::Token,
        Self::RequestId,
        Self::Content,
        Self::IsError,
        Self::Structured,
        Self::ResultType,
        Self::Code,
        Self::Message,
        Self::Version,
        Self::Capabilities,
        Self::Subscription,
        Self::Type,
        Self::Text,
        Self::MimeType,
        Self::Progress,
        Self::Total,
        Self::Status,
        Self::Other,
    ];

    /// Recognises a key that was spelled with escapes, after unescaping.
    pub(super) fn by_name(level: u8, name: &[u8]) -> Self {
        let found = NAMES.iter().find(|(at, known, _)| *at == level && known.as_bytes() == name);
        found.map_or(Self::Other, |(_, _, member)| *member)
    }
}

/// Recognises a key of the object at `$level` from behind its opening quote, steps behind its closing one, and returns what
/// `$known` makes of it. The first word is loaded once, and each comparison includes the closing quote.
///
/// A macro, so that from each key the way goes straight to code of its own: a value that says which key it was would have
/// to be told apart again.
macro_rules! recognise {
    ($level:ident, $key:ident, $known:ident $arguments:tt) => {
        let word = $key.word();
        match ($level, word as u8) {
            (level::ENVELOPE, b'j') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"jsonrpc\""), JsonRpc);
            }
            (level::ENVELOPE, b'i') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"id\""), Id);
            }
            (level::ENVELOPE, b'm') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"method\""), Method);
            }
            (level::ENVELOPE, b'p') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"params\""), Params);
            }
            (level::ENVELOPE, b'r') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"result\""), Result);
            }
            (level::ENVELOPE, b'e') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"error\""), Error);
            }
            (level::PARAMS, b'n') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"name\""), Name);
            }
            (level::PARAMS, b'a') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"arguments\""), Arguments);
            }
            (level::PARAMS | level::RESULT, b'_') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"_meta\""), Meta);
            }
            (level::PARAMS, b'p') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"progressToken\""), Token);
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"progress\""), Progress);
            }
            (level::PARAMS, b't') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"total\""), Total);
            }
            (level::PARAMS, b'm') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"message\""), Status);
            }
            (level::PARAMS, b'u') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"uri\""), Uri);
            }
            (level::PARAMS, b'r') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"requestId\""), RequestId);
            }
            (level::RESULT, b'c') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"content\""), Content);
            }
            (level::RESULT, b'i') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"isError\""), IsError);
            }
            (level::RESULT, b's') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"structuredContent\""), Structured);
            }
            (level::RESULT, b'r') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"resultType\""), ResultType);
            }
            (level::ERROR, b'c') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"code\""), Code);
            }
            (level::ERROR, b'm') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"message\""), Message);
            }
            (level::META, b'p') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"progressToken\""), Token);
            }
            (level::META, b'i') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"io.modelcontextprotocol/protocolVersion\""), Version);
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"io.modelcontextprotocol/clientCapabilities\""), Capabilities);
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"io.modelcontextprotocol/subscriptionId\""), Subscription);
            }
            (level::BLOCK, b't') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"type\""), Type);
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"text\""), Text);
            }
            (level::BLOCK, b'm') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"mimeType\""), MimeType);
            }
            (level::ERROR | level::BLOCK, b'd') => {
                recognise!(@ $level, $known $arguments, $key.eat_key(word, b"data\""), Data);
            }
            _ => {}
        }
    };
    (@ $level:ident, $known:ident ($($argument:expr),*), $behind:expr, $member:ident) => {
        if let Some(behind) = $behind {
            return $known::<$level, { Member::$member as u8 }>($($argument,)* Member::$member, behind);
        }
    };
}
pub(super) use recognise;

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
