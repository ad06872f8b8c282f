//! Every bound of the protocol core, by name.
//!
//! Nothing a peer sends can make the core hold more than these limits allow. Each limit has a
//! default, an [`Error::LimitExceeded`](crate::Error::LimitExceeded) of its own name, and a count
//! in [`Counters`](crate::Counters).

use crate::error::{INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, rules};

/// Bounds on what one stream may make the core hold or do.
///
/// ```
/// use mcp_engine_proto::Limits;
///
/// let limits = Limits { message_bytes: 64 * 1024, ..Limits::default() };
/// assert_eq!(limits.depth, 128);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest message, in bytes, without its line end. Default 16 MiB; at most [`Limits::MAX_BYTES`].
    pub message_bytes: u32,
    /// Longest server-sent event, in bytes, all its lines together. Default 16 MiB; at most
    /// [`Limits::MAX_BYTES`].
    pub event_bytes: u32,
    /// Deepest nesting of arrays and objects, at most [`Limits::MAX_DEPTH`]. Default 128.
    pub depth: u8,
    /// Most values in one message (elements and members, at all depths). Default 500,000.
    pub items: u32,
    /// Most messages in one batch (MCP 2025-03-26). Default 1,000.
    pub batch: u32,
    /// Longest id or progress token, in bytes of its JSON token. Default 1 KiB.
    pub id_bytes: u32,
    /// Most bytes of read arenas that messages kept by the application may pin. Beyond it a message is
    /// copied out of its arena, so that it pins no more than itself. Default 16 MiB.
    pub retained: u32,
    /// Most requests of the peer that wait for an answer. Default 1,024.
    pub peer_requests: u32,
    /// Most requests of our own that wait for an answer. Default 65,536.
    pub own_requests: u32,
    /// Most bytes that wait to be sent. Default 64 MiB.
    pub outbox_bytes: u32,
    /// Most events that wait to be polled. Default 4,096.
    pub events: u32,
    /// Most subscriptions of one peer: `subscriptions/listen`, and URIs all together. Default 1,024.
    pub subscriptions: u32,
    /// Longest URI that is subscribed to, in bytes. Default 8 KiB.
    pub uri_bytes: u32,
    /// Most pages of one listing. Default 1,000.
    pub pages: u32,
    /// Most tools of one server, in a listing and among those that were approved of. Default 10,000.
    pub tools: u32,
}

impl Limits {
    /// The scanner's own bound on nesting: one bit of a `u128` for each level.
    pub const MAX_DEPTH: u8 = 128;
    /// Above this, lengths would not fit the index.
    pub const MAX_BYTES: u32 = 1 << 30;

    /// The limits with those brought down that are above what the scanner can keep.
    pub(crate) fn clamped(&self) -> Self {
        Self {
            message_bytes: self.message_bytes.min(Self::MAX_BYTES),
            event_bytes: self.event_bytes.min(Self::MAX_BYTES),
            depth: self.depth.min(Self::MAX_DEPTH),
            ..*self
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 16 << 20,
            event_bytes: 16 << 20,
            depth: Self::MAX_DEPTH,
            items: 500_000,
            batch: 1_000,
            id_bytes: 1 << 10,
            retained: 16 << 20,
            peer_requests: 1 << 10,
            own_requests: 1 << 16,
            outbox_bytes: 64 << 20,
            events: 1 << 12,
            subscriptions: 1 << 10,
            uri_bytes: 8 << 10,
            pages: 1_000,
            tools: 10_000,
        }
    }
}

rules! {
    /// The limits that can refuse something, by the name of their field in [`Limits`].
    Limit {
        MessageBytes = "message-bytes": "the message is longer than Limits::message_bytes",
        EventBytes = "event-bytes": "the event is longer than Limits::event_bytes",
        Depth = "depth": "the nesting is deeper than Limits::depth",
        Items = "items": "the message has more values than Limits::items",
        Batch = "batch": "the batch has more messages than Limits::batch",
        IdBytes = "id-bytes": "the id or token is longer than Limits::id_bytes",
        PeerRequests = "peer-requests": "the peer has more requests in flight than Limits::peer_requests",
        OwnRequests = "own-requests": "more requests are in flight than Limits::own_requests",
        Outbox = "outbox": "more bytes wait to be sent than Limits::outbox_bytes",
        Events = "events": "more events wait to be polled than Limits::events",
        Subscriptions = "subscriptions": "the peer has more subscriptions than Limits::subscriptions",
        UriBytes = "uri-bytes": "the URI is longer than Limits::uri_bytes",
        Pages = "pages": "the listing has more pages than Limits::pages, or repeats one",
        Tools = "tools": "the server has more tools than Limits::tools",
        Memory = "memory": "the system refused the memory for a longer message",
    }
}

impl Limit {
    pub(crate) const fn code(self) -> i32 {
        match self {
            Self::MessageBytes | Self::EventBytes | Self::Depth | Self::Memory => -32700,
            Self::Items | Self::UriBytes => INVALID_PARAMS,
            Self::PeerRequests
            | Self::OwnRequests
            | Self::Outbox
            | Self::Events
            | Self::Subscriptions
            | Self::Pages
            | Self::Tools => INTERNAL_ERROR,
            Self::Batch | Self::IdBytes => INVALID_REQUEST,
        }
    }
}
