//! Every bound of the client, by name.

use std::fmt;

/// Bounds on what one server makes its client hold, and for how long it waits. They stand beside [`Limits`](mcp_engine_proto::Limits),
/// which bound messages, and [`HttpLimits`](mcp_engine_proto::http::HttpLimits), which bound heads, redirections and reconnections.
///
/// ```
/// use mcp_engine_runtime::http_client::HttpClientLimits;
///
/// let limits = HttpClientLimits { head_ms: 30_000, ..HttpClientLimits::default() };
/// assert_eq!(limits.connect_ms, 10_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpClientLimits {
    /// How long a connection may take to be made, its name and TLS included, in milliseconds. Default 10 seconds.
    pub connect_ms: u64,
    /// How long a server may take until the head of its response has come, in milliseconds. Default 5 minutes.
    pub head_ms: u64,
    /// How long the reply to a request may bring nothing, in milliseconds. Default 5 minutes.
    pub idle_ms: u64,
    /// How long a stream that belongs to no request, or to a subscription, may bring nothing, in milliseconds: then it is opened anew, or
    /// the subscription has ended. Default an hour.
    pub stream_idle_ms: u64,
    /// How long requests wait for the stream that belongs to none of them, so that nothing is lost that a server says on it early; in
    /// milliseconds. Default half a second.
    pub stream_open_ms: u64,
    /// How long a server may take to end a session when the client leaves, in milliseconds. Default 2 seconds.
    pub close_ms: u64,
    /// Longest wait for a server that has too much to do, in milliseconds, whatever it asks for. Default 30 seconds.
    pub busy_ms: u64,
    /// Most requests in flight at a time, each of which has a connection. Further ones wait. Default 128.
    pub requests: u32,
    /// How often a flow of authorization may have one request sent once more. Default 20.
    pub attempts: u32,
    /// Most messages that wait for their turn. Default 4,096.
    pub waiting: u32,
    /// Most bytes of messages that wait for their turn. Default 64 MiB.
    pub waiting_bytes: u32,
    /// Most connections that are kept for the next request. Default 8.
    pub idle_connections: u32,
    /// How long a connection is kept for the next request, in milliseconds. Default a minute.
    pub idle_connection_ms: u64,
}

impl Default for HttpClientLimits {
    fn default() -> Self {
        Self {
            connect_ms: 10_000,
            head_ms: 5 * 60 * 1_000,
            idle_ms: 5 * 60 * 1_000,
            stream_idle_ms: 60 * 60 * 1_000,
            stream_open_ms: 500,
            close_ms: 2_000,
            busy_ms: 30_000,
            requests: 128,
            attempts: 20,
            waiting: 4_096,
            waiting_bytes: 64 << 20,
            idle_connections: 8,
            idle_connection_ms: 60_000,
        }
    }
}

/// The limits at which something fails, by the name of their field in [`HttpClientLimits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HttpClientLimit {
    /// Making a connection took longer.
    ConnectMs,
    /// The head of a response took longer.
    HeadMs,
    /// A reply brought nothing for longer.
    IdleMs,
    /// A stream brought nothing for longer.
    StreamIdleMs,
    /// A request was to be sent more often.
    Attempts,
    /// More messages wait.
    Waiting,
    /// More bytes wait.
    WaitingBytes,
}

impl HttpClientLimit {
    /// Every limit, in order of declaration.
    pub const ALL: &'static [Self] = &[
        Self::ConnectMs,
        Self::HeadMs,
        Self::IdleMs,
        Self::StreamIdleMs,
        Self::Attempts,
        Self::Waiting,
        Self::WaitingBytes,
    ];

    /// The stable kebab-case name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConnectMs => "connect-ms",
            Self::HeadMs => "head-ms",
            Self::IdleMs => "idle-ms",
            Self::StreamIdleMs => "stream-idle-ms",
            Self::Attempts => "attempts",
            Self::Waiting => "waiting",
            Self::WaitingBytes => "waiting-bytes",
        }
    }

    /// The limit as an English phrase.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::ConnectMs => "the connection took longer than HttpClientLimits::connect_ms",
            Self::HeadMs => "the response took longer than HttpClientLimits::head_ms",
            Self::IdleMs => "the reply brought nothing for HttpClientLimits::idle_ms",
            Self::StreamIdleMs => "the stream brought nothing for HttpClientLimits::stream_idle_ms",
            Self::Attempts => "the request was sent more often than HttpClientLimits::attempts",
            Self::Waiting => "more messages wait than HttpClientLimits::waiting",
            Self::WaitingBytes => "more bytes wait than HttpClientLimits::waiting_bytes",
        }
    }

    /// Whether it bounds a time.
    pub const fn is_time(self) -> bool {
        !matches!(self, Self::Attempts | Self::Waiting | Self::WaitingBytes)
    }
}

impl fmt::Display for HttpClientLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}
