//! Errors by fault: the bytes, the message, or a limit of ours.
//!
//! Every refusal names the rule that was broken and the absolute byte offset in the stream where
//! it was seen, so that a log line, a JSON-RPC error and a counter all speak of the same thing.
//! An [`Error`] is small and `Copy`; making one never allocates.

use core::fmt;

use crate::limits::Limit;

/// Why some bytes were refused.
///
/// A refused message is not fatal: the decoder has already moved on to the next one.
///
/// ```
/// use mcp_engine_proto::{Decoder, Error, JsonRule};
///
/// let mut decoder = Decoder::default();
/// decoder.feed(b"{\"jsonrpc\":\"2.0\",}\n")?;
/// let refusal = decoder.poll().unwrap().unwrap_err();
/// assert_eq!(refusal.error(), Error::InvalidJson { rule: JsonRule::ExpectedKey, offset: 17 });
/// assert_eq!(refusal.error().code(), -32700);
/// # Ok::<(), mcp_engine_proto::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The transport's framing was broken.
    #[error("invalid frame at byte {offset}: {rule}")]
    InvalidFrame {
        /// The framing rule.
        rule: FrameRule,
        /// Absolute offset in the stream, in bytes.
        offset: u64,
    },
    /// The frame is not one JSON text (RFC 8259, with the limits and the UTF-8 of MCP).
    #[error("invalid JSON at byte {offset}: {rule}")]
    InvalidJson {
        /// The rule of the JSON grammar.
        rule: JsonRule,
        /// Absolute offset in the stream, in bytes.
        offset: u64,
    },
    /// The JSON is sound but it is not a JSON-RPC message that MCP allows.
    #[error("invalid message at byte {offset}: {rule}")]
    InvalidMessage {
        /// The rule of JSON-RPC or MCP.
        rule: MessageRule,
        /// Absolute offset in the stream, in bytes.
        offset: u64,
    },
    /// The message is sound, but the peer may not send it here and now.
    #[error("the peer misbehaved at byte {offset}: {rule}")]
    PeerMisbehaved {
        /// The rule of MCP.
        rule: PeerRule,
        /// Absolute offset of the message in its stream, in bytes.
        offset: u64,
    },
    /// The peer cannot do what is asked, and said so.
    #[error("the peer cannot do this: {0}")]
    PeerIncompatible(Incompatible),
    /// A limit of [`Limits`](crate::Limits) was reached.
    #[error("limit exceeded at byte {offset}: {limit}")]
    LimitExceeded {
        /// The limit.
        limit: Limit,
        /// Absolute offset in the stream, in bytes.
        offset: u64,
    },
    /// The caller broke a rule of this library.
    #[error("misuse of the library: {0}")]
    ApiMisuse(Misuse),
}

/// Whose fault an [`Error`] is: the coarse classes that counters and reports use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// The framing of the transport.
    Frame,
    /// The JSON grammar, UTF-8 included.
    Json,
    /// The rules of JSON-RPC and MCP.
    Message,
    /// The order of the conversation.
    Peer,
    /// What the peer can do.
    Incompatible,
    /// A limit.
    Limit,
    /// The caller of this library.
    Misuse,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Frame,
        Self::Json,
        Self::Message,
        Self::Peer,
        Self::Incompatible,
        Self::Limit,
        Self::Misuse,
    ];
}

impl Error {
    /// Whose fault it is.
    pub const fn fault(self) -> Fault {
        match self {
            Self::InvalidFrame { .. } => Fault::Frame,
            Self::InvalidJson { .. } => Fault::Json,
            Self::InvalidMessage { .. } => Fault::Message,
            Self::PeerMisbehaved { .. } => Fault::Peer,
            Self::PeerIncompatible(_) => Fault::Incompatible,
            Self::LimitExceeded { .. } => Fault::Limit,
            Self::ApiMisuse(_) => Fault::Misuse,
        }
    }

    /// The stable kebab-case name of the broken rule, for reports and metrics.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::InvalidFrame { rule, .. } => rule.name(),
            Self::InvalidJson { rule, .. } => rule.name(),
            Self::InvalidMessage { rule, .. } => rule.name(),
            Self::PeerMisbehaved { rule, .. } => rule.name(),
            Self::PeerIncompatible(rule) => rule.name(),
            Self::LimitExceeded { limit, .. } => limit.name(),
            Self::ApiMisuse(misuse) => misuse.name(),
        }
    }

    /// What the rule asks for, as an English phrase.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::InvalidFrame { rule, .. } => rule.reason(),
            Self::InvalidJson { rule, .. } => rule.reason(),
            Self::InvalidMessage { rule, .. } => rule.reason(),
            Self::PeerMisbehaved { rule, .. } => rule.reason(),
            Self::PeerIncompatible(rule) => rule.reason(),
            Self::LimitExceeded { limit, .. } => limit.reason(),
            Self::ApiMisuse(misuse) => misuse.reason(),
        }
    }

    /// Absolute offset in the stream where the rule was broken, in bytes; `None` where no message is at fault.
    pub const fn offset(self) -> Option<u64> {
        match self {
            Self::InvalidFrame { offset, .. }
            | Self::InvalidJson { offset, .. }
            | Self::InvalidMessage { offset, .. }
            | Self::PeerMisbehaved { offset, .. }
            | Self::LimitExceeded { offset, .. } => Some(offset),
            Self::PeerIncompatible(_) | Self::ApiMisuse(_) => None,
        }
    }

    /// The JSON-RPC error code with which a peer is told (JSON-RPC 2.0, section 5.1).
    pub const fn code(self) -> i32 {
        match self {
            Self::InvalidFrame { .. } | Self::InvalidJson { .. } => PARSE_ERROR,
            Self::InvalidMessage { rule, .. } => rule.code(),
            Self::PeerMisbehaved { rule, .. } => rule.code(),
            Self::PeerIncompatible(rule) => rule.code(),
            Self::LimitExceeded { limit, .. } => limit.code(),
            Self::ApiMisuse(_) => INTERNAL_ERROR,
        }
    }
}

impl Fault {
    /// The word that reports use: `frame`, `json`, `message`, `peer`, `incompatible`, `limit` or `misuse`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Json => "json",
            Self::Message => "message",
            Self::Peer => "peer",
            Self::Incompatible => "incompatible",
            Self::Limit => "limit",
            Self::Misuse => "misuse",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Declares a fieldless enum whose variants each carry a stable name and a reason.
macro_rules! rules {
    ($(#[$meta:meta])* $kind:ident { $($(#[$doc:meta])* $variant:ident = $name:literal: $reason:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $kind { $(#[doc = $reason] $(#[$doc])* $variant,)+ }

        impl $kind {
            /// Every variant, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable kebab-case name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The rule as an English phrase.
            pub const fn reason(self) -> &'static str {
                match self { $(Self::$variant => $reason),+ }
            }
        }

        impl core::fmt::Display for $kind {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.reason())
            }
        }
    };
}
pub(crate) use rules;

rules! {
    /// Rules of framing.
    FrameRule {
        Truncated = "truncated": "the stream ended inside a frame",
    }
}

rules! {
    /// Rules of the JSON grammar (RFC 8259), and of the strings in it.
    JsonRule {
        ExpectedValue = "expected-value": "a JSON value must stand here",
        ExpectedKey = "expected-key": "an object key must stand here",
        ExpectedColon = "expected-colon": "a colon must follow an object key",
        ExpectedCommaOrEnd = "expected-comma-or-end": "a comma or the end of the array or object must stand here",
        UnexpectedEnd = "unexpected-end": "the text ended inside a value",
        TrailingBytes = "trailing-bytes": "nothing may follow the message in its frame",
        Literal = "literal": "only true, false and null are literals",
        Number = "number": "the number does not follow the JSON grammar",
        ControlCharacter = "control-character": "a control character in a string must be escaped",
        Escape = "escape": "the string has an escape that JSON does not know",
        LoneSurrogate = "lone-surrogate": "a surrogate escape must be half of a pair",
        Utf8 = "utf8": "the text must be valid UTF-8",
        ByteOrderMark = "byte-order-mark": "the text must not begin with a byte order mark",
    }
}

rules! {
    /// Rules of JSON-RPC 2.0 and of MCP about one message.
    MessageRule {
        NotAnObject = "not-an-object": "a message must be a JSON object",
        EmptyBatch = "empty-batch": "a batch must hold at least one message",
        DuplicateKey = "duplicate-key": "a key of the envelope must not appear twice",
        DuplicateParam = "duplicate-param": "a key below the envelope must not appear twice in its object",
        VersionMissing = "version-missing": "the member jsonrpc must be present",
        Version = "version": "the member jsonrpc must be the string \"2.0\"",
        IdNull = "id-null": "an id must not be null",
        IdType = "id-type": "an id must be a string or an integer",
        IdFraction = "id-fraction": "a numeric id must be written as an integer",
        IdRange = "id-range": "an integer id must fit in 64 bits",
        IdMissing = "id-missing": "a result must carry the id of its request",
        MethodType = "method-type": "the member method must be a string",
        ParamsType = "params-type": "the member params must be an object",
        ParamsMisplaced = "params-misplaced": "the member params must stand beside a method",
        ResultType = "result-type": "the member result must be an object",
        ErrorType = "error-type": "the member error must be an object with an integer code and a message",
        Shapeless = "shapeless": "one of method, result and error must be present",
        Ambiguous = "ambiguous": "only one of method, result and error may be present",
    }
}

impl MessageRule {
    const fn code(self) -> i32 {
        match self {
            Self::DuplicateParam => INVALID_PARAMS,
            _ => INVALID_REQUEST,
        }
    }
}

rules! {
    /// Rules of MCP about who may send what, and when.
    PeerRule {
        BeforeInitialize = "before-initialize": "a session of this revision begins with initialize",
        InitializeTwice = "initialize-twice": "a session is initialized once",
        BatchNotAllowed = "batch-not-allowed": "only MCP 2025-03-26 has batches",
        InitializeInBatch = "initialize-in-batch": "initialize must not stand in a batch",
        IdInFlight = "id-in-flight": "an id must not be used again before its request was answered",
        MethodUnknown = "method-unknown": "the method is not known",
        MethodNotHere = "method-not-here": "the revision does not let this side send the method",
        CapabilityNotOffered = "capability-not-offered": "the method needs a capability that was not offered",
        ParamsNotOffered = "params-not-offered": "the parameters need a capability that was not offered",
        VersionMeta = "version-meta": "_meta must name the protocol version, as a string",
        CapabilitiesMeta = "capabilities-meta": "_meta must carry the capabilities of the client, as an object",
        VersionUnsupported = "version-unsupported": "the protocol version is not supported",
        CapabilityRequired = "capability-required": "the client must declare the capability that the request needs",
        InitializeParams = "initialize-params": "initialize must carry protocolVersion, capabilities and clientInfo",
        LevelParams = "level-params": "the level must be one of the eight of RFC 5424",
        UriParams = "uri-params": "the parameter uri must be a string",
        ListenParams = "listen-params": "the parameter notifications must be an object",
        ResponseUnknown = "response-unknown": "a response must answer a request",
        ResponseLate = "response-late": "the request of this response is finished",
        ResponseMalformed = "response-malformed": "a response must be a valid result or error",
        ResultTypeUnknown = "result-type-unknown": "the type of the result is not known",
        InputRequiredMisplaced = "input-required-misplaced": "this method cannot ask for input",
        HandshakeResult = "handshake-result": "the result must carry a version and capabilities",
        CancelUnknown = "cancel-unknown": "a cancellation must name a request in flight",
        ProgressUnknown = "progress-unknown": "progress must name a request in flight that asked for it",
        ProgressBackwards = "progress-backwards": "progress must increase",
        ProgressMalformed = "progress-malformed": "progress must be a number",
        SamplingMessages = "sampling-messages": "each use of a tool must have its result in the next message, which holds nothing else",
        ToolName = "tool-name": "a tool must have a name, and no other tool of the server may have it",
        SubscriptionUnknown = "subscription-unknown": "the notification must name a subscription that is open",
    }
}

impl PeerRule {
    pub(crate) const fn code(self) -> i32 {
        match self {
            Self::MethodUnknown | Self::MethodNotHere | Self::CapabilityNotOffered => {
                METHOD_NOT_FOUND
            }
            Self::VersionMeta
            | Self::CapabilitiesMeta
            | Self::ParamsNotOffered
            | Self::InitializeParams
            | Self::LevelParams
            | Self::UriParams
            | Self::ListenParams
            | Self::SamplingMessages => INVALID_PARAMS,
            Self::CapabilityRequired => MISSING_REQUIRED_CLIENT_CAPABILITY,
            Self::VersionUnsupported => UNSUPPORTED_PROTOCOL_VERSION,
            _ => INVALID_REQUEST,
        }
    }
}

rules! {
    /// Why two peers cannot go on together, or one cannot do what the other asks.
    Incompatible {
        NoCommonVersion = "no-common-version": "no protocol version is spoken by both sides",
        MethodOfVersion = "method-of-version": "the protocol version agreed on has no such method for this side",
        Capability = "capability": "the peer does not offer the capability",
        Extension = "extension": "the peer does not offer the extension",
    }
}

impl Incompatible {
    const fn code(self) -> i32 {
        match self {
            Self::NoCommonVersion => UNSUPPORTED_PROTOCOL_VERSION,
            _ => METHOD_NOT_FOUND,
        }
    }
}

rules! {
    /// Mistakes of the caller.
    Misuse {
        NotDrained = "not-drained": "more room was asked for before the messages at hand were taken",
        CommitBeyondSpare = "commit-beyond-spare": "more bytes were committed than the spare room held",
        LineBreak = "line-break": "a field of an event must not hold a line break or NUL",
        AfterEnd = "after-end": "bytes were given after the end of the stream was declared",
        NotReady = "not-ready": "a request was made before the handshake was finished",
        Closed = "closed": "the connection is closed",
        WrongRole = "wrong-role": "this side of a connection does not do that",
        StartedTwice = "started-twice": "a connection is started once",
        UnknownRequest = "unknown-request": "there is no such request in flight",
        NotAnObject = "not-an-object": "the JSON that was given must be an object",
        ProgressValue = "progress-value": "progress must be finite and increase",
        NoVersion = "no-version": "a connection must speak at least one protocol version",
        InputRequest = "input-request": "input must be asked for by key, with methods that the client has declared",
        SamplingMessages = "sampling-messages": "each use of a tool must have its result in the next message, which holds nothing else",
        NotOffered = "not-offered": "this takes a capability that was not declared",
        NoStream = "no-stream": "there is no stream to send that on",
    }
}

const PARSE_ERROR: i32 = -32700;
pub(crate) const INVALID_REQUEST: i32 = -32600;
pub(crate) const INVALID_PARAMS: i32 = -32602;
pub(crate) const METHOD_NOT_FOUND: i32 = -32601;
pub(crate) const INTERNAL_ERROR: i32 = -32603;
/// MCP 2026-07-28, error codes.
pub(crate) const MISSING_REQUIRED_CLIENT_CAPABILITY: i32 = -32021;
/// MCP 2026-07-28, error codes.
pub(crate) const UNSUPPORTED_PROTOCOL_VERSION: i32 = -32022;
