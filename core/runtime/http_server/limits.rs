//! Every bound of the HTTP server, by name.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mcp_engine_proto::http::{HttpCounters, HttpLimits, Rejection, Status};

use crate::workers::lock;

/// Bounds on what the clients of an HTTP server make it hold, and on how long they may make it wait.
///
/// ```
/// use mcp_engine_runtime::http_server::HttpServerLimits;
///
/// let limits = HttpServerLimits { connections: 100, ..HttpServerLimits::default() };
/// assert_eq!(limits.http.body_bytes, 4 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpServerLimits {
    /// What one request may be, and what is kept for sessions.
    pub http: HttpLimits,
    /// Most connections at a time; further ones wait in the queue of the system. Default 10,000.
    pub connections: u32,
    /// How long the head of a request may take from its first byte on. Default 10 seconds.
    pub head_time: Duration,
    /// How long a connection may be open without a request. Default 2 minutes.
    pub idle_time: Duration,
    /// How long the body of a request may take. Default 30 seconds.
    pub body_time: Duration,
    /// How long a client may take nothing of what is written to it. Default 30 seconds.
    pub write_time: Duration,
    /// How long requests may still take when the server is shut down. Default 10 seconds.
    pub drain_time: Duration,
    /// Most bytes of bodies that have not come to their end, of all requests together. Default 256 MiB.
    pub unfinished_bytes: u32,
    /// Most bytes that wait on one event stream for a client that does not read. From then on a notification is dropped, and a stream that can be
    /// resumed, or a subscription, ends. Default 1 MiB.
    pub stream_bytes: u32,
    /// Most bytes of events that all sessions together keep for clients that resume their streams. Beyond it a session that has more to keep keeps
    /// none of what it has, so that a stream of it may be refused to go on. Default 256 MiB.
    pub kept_bytes: u64,
    /// Most `subscriptions/listen` at a time. Default 10,000.
    pub listeners: u32,
    /// Most messages of one session that have come and were not looked at. Default 4,096.
    pub inbox: u32,
}

impl Default for HttpServerLimits {
    fn default() -> Self {
        Self {
            http: HttpLimits::default(),
            connections: 10_000,
            head_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(120),
            body_time: Duration::from_secs(30),
            write_time: Duration::from_secs(30),
            drain_time: Duration::from_secs(10),
            unfinished_bytes: 256 << 20,
            stream_bytes: 1 << 20,
            kept_bytes: 256 << 20,
            listeners: 10_000,
            inbox: 1 << 12,
        }
    }
}

/// The limits that can refuse or end something, by the name of their field in [`HttpServerLimits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HttpServerLimit {
    /// [`HttpServerLimits::connections`]
    Connections,
    /// [`HttpServerLimits::head_time`]
    HeadTime,
    /// [`HttpServerLimits::idle_time`]
    IdleTime,
    /// [`HttpServerLimits::body_time`]
    BodyTime,
    /// [`HttpServerLimits::write_time`]
    WriteTime,
    /// [`HttpServerLimits::drain_time`]
    DrainTime,
    /// [`HttpServerLimits::unfinished_bytes`]
    UnfinishedBytes,
    /// [`HttpServerLimits::stream_bytes`]
    StreamBytes,
    /// [`HttpServerLimits::kept_bytes`]
    KeptBytes,
    /// [`HttpServerLimits::listeners`]
    Listeners,
    /// [`HttpServerLimits::inbox`]
    Inbox,
}

impl HttpServerLimit {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Connections,
        Self::HeadTime,
        Self::IdleTime,
        Self::BodyTime,
        Self::WriteTime,
        Self::DrainTime,
        Self::UnfinishedBytes,
        Self::StreamBytes,
        Self::KeptBytes,
        Self::Listeners,
        Self::Inbox,
    ];

    /// The stable kebab-case name, for reports and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::HeadTime => "head-time",
            Self::IdleTime => "idle-time",
            Self::BodyTime => "body-time",
            Self::WriteTime => "write-time",
            Self::DrainTime => "drain-time",
            Self::UnfinishedBytes => "unfinished-bytes",
            Self::StreamBytes => "stream-bytes",
            Self::KeptBytes => "kept-bytes",
            Self::Listeners => "listeners",
            Self::Inbox => "inbox",
        }
    }

    /// What a client is told.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Connections => {
                "there are as many connections as HttpServerLimits::connections allows"
            }
            Self::HeadTime => "the head took longer than HttpServerLimits::head_time",
            Self::IdleTime => "nothing was asked for longer than HttpServerLimits::idle_time",
            Self::BodyTime => "the body took longer than HttpServerLimits::body_time",
            Self::WriteTime => "nothing was read for longer than HttpServerLimits::write_time",
            Self::DrainTime => {
                "the answer took longer than HttpServerLimits::drain_time when the server ended"
            }
            Self::UnfinishedBytes => {
                "the server reads as many bodies as HttpServerLimits::unfinished_bytes allows"
            }
            Self::StreamBytes => "more waits to be read than HttpServerLimits::stream_bytes",
            Self::KeptBytes => "all sessions keep as much as HttpServerLimits::kept_bytes allows",
            Self::Listeners => {
                "there are as many subscriptions as HttpServerLimits::listeners allows"
            }
            Self::Inbox => {
                "the session has more messages waiting than HttpServerLimits::inbox allows"
            }
        }
    }

    /// The status with which a request is refused for it; those that concern no single request end the connection.
    pub(crate) const fn status(self) -> Status {
        match self {
            Self::BodyTime => Status::new(408),
            _ => Status::UNAVAILABLE,
        }
    }
}

/// What an HTTP server has refused or ended since it was made, by rule and by limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpServerCounters {
    /// Requests that broke a rule of HTTP or of MCP over it, or a limit of [`HttpLimits`].
    pub http: HttpCounters,
    limits: [u64; HttpServerLimit::ALL.len()],
}

impl HttpServerCounters {
    /// How often that limit has refused or ended something.
    pub fn limit(&self, limit: HttpServerLimit) -> u64 {
        self.limits.get(limit as usize).copied().unwrap_or_default()
    }

    /// Every rule and limit that has refused or ended something, by name, and how often.
    pub fn rules(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let own = HttpServerLimit::ALL.iter().map(|limit| (limit.name(), self.limit(*limit)));
        self.http.rules().chain(own.filter(|(_, count)| *count > 0))
    }
}

/// Where the counters are kept while the server runs.
#[derive(Debug, Default)]
pub(super) struct Tally {
    http: Mutex<HttpCounters>,
    limits: [AtomicU64; HttpServerLimit::ALL.len()],
}

impl Tally {
    pub(super) fn count(&self, limit: HttpServerLimit) {
        crate::trace::http_refused(limit.name());
        if let Some(count) = self.limits.get(limit as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn refuse(&self, rejection: &Rejection) {
        crate::trace::http_refused(rejection.name());
        lock(&self.http).refuse(rejection);
    }

    pub(super) fn counters(&self) -> HttpServerCounters {
        let mut limits = [0; HttpServerLimit::ALL.len()];
        for (count, own) in limits.iter_mut().zip(&self.limits) {
            *count = own.load(Ordering::Relaxed);
        }
        HttpServerCounters { http: lock(&self.http).clone(), limits }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_has_a_count_a_name_and_a_reason_of_its_own() {
        let tally = Tally::default();
        for limit in HttpServerLimit::ALL {
            tally.count(limit);
            assert!(limit.reason().contains(&limit.name().replace('-', "_")), "{limit:?}");
        }
        let counters = tally.counters();
        let mut names: Vec<_> = counters.rules().collect();
        assert!(names.iter().all(|(_, count)| *count == 1));
        names.dedup();
        assert_eq!(names.len(), HttpServerLimit::ALL.len());
    }
}
