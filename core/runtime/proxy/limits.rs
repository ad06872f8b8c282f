//! Every bound of the proxy, by name.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Bounds on what the two sides of a proxy make it hold, and on how long they may make each other wait.
///
/// ```
/// use mcp_engine_runtime::proxy::ProxyLimits;
///
/// let limits = ProxyLimits { upstreams: 8, ..ProxyLimits::default() };
/// assert_eq!(limits.parked, 1_024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyLimits {
    /// Most connections to the server at a time. Default 256.
    pub upstreams: u32,
    /// Most of them of one client: of one connection, or of one principal whose requests stand alone. Default 16.
    pub upstreams_each: u32,
    /// How long a connection to the server that nobody uses is kept for requests that stand alone. Default 5 minutes.
    pub idle_time: Duration,
    /// How long it may take to connect to the server. Default a minute.
    pub connect_time: Duration,
    /// Most requests that are being passed on, of all clients together; further ones wait for their turn. Default 1,024.
    pub calls: u32,
    /// How long the server may give no sign of life while it serves a request, other than one for the result of a task. Default a minute.
    pub silence: Duration,
    /// How long a request may take in all, what its client takes to answer questions left out. Default an hour.
    pub total: Duration,
    /// Most requests that are parked until their clients come again with what the server has asked for. Default 1,024.
    pub parked: u32,
    /// Most of them of one client: of one connection, or of one principal whose requests stand alone. Default 256.
    pub parked_each: u32,
    /// How long a request is parked, and a question waits for an answer. Default 10 minutes.
    pub parked_time: Duration,
    /// Most questions of the server on one connection that wait for an answer. Default 64.
    pub questions: u32,
    /// Most rounds of questions for one request. Default 16.
    pub rounds: u32,
    /// Longest declaration of capabilities that a client may make, in bytes. Default 16 KiB.
    pub declared_bytes: u32,
}

impl Default for ProxyLimits {
    fn default() -> Self {
        Self {
            upstreams: 256,
            upstreams_each: 16,
            idle_time: Duration::from_secs(5 * 60),
            connect_time: Duration::from_secs(60),
            calls: 1 << 10,
            silence: Duration::from_secs(60),
            total: Duration::from_secs(60 * 60),
            parked: 1 << 10,
            parked_each: 1 << 8,
            parked_time: Duration::from_secs(10 * 60),
            questions: 64,
            rounds: 16,
            declared_bytes: 16 << 10,
        }
    }
}

macro_rules! limits {
    ($($(#[$doc:meta])* $limit:ident = $name:literal: $reason:literal,)+) => {
        /// The limits that can refuse or end something, by the name of their field in [`ProxyLimits`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ProxyLimit {
            $($(#[$doc])* $limit,)+
        }

        impl ProxyLimit {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$limit,)+];

            /// The stable kebab-case name, for reports and metrics.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$limit => $name,)+ }
            }

            /// What a peer is told.
            pub const fn reason(self) -> &'static str {
                match self { $(Self::$limit => $reason,)+ }
            }
        }
    };
}

limits! {
    /// [`ProxyLimits::upstreams`]
    Upstreams = "upstreams": "there are as many connections to the server as ProxyLimits::upstreams allows",
    /// [`ProxyLimits::upstreams_each`]
    UpstreamsEach = "upstreams-each": "the client has as many connections to the server as ProxyLimits::upstreams_each allows",
    /// [`ProxyLimits::idle_time`]
    IdleTime = "idle-time": "nobody has used the connection to the server for longer than ProxyLimits::idle_time",
    /// [`ProxyLimits::connect_time`]
    ConnectTime = "connect-time": "connecting to the server took longer than ProxyLimits::connect_time",
    /// [`ProxyLimits::silence`]
    Silence = "silence": "the server gave no sign of life for longer than ProxyLimits::silence",
    /// [`ProxyLimits::total`]
    Total = "total": "the request took longer than ProxyLimits::total",
    /// [`ProxyLimits::parked`]
    Parked = "parked": "as many requests wait for their clients as ProxyLimits::parked allows",
    /// [`ProxyLimits::parked_each`]
    ParkedEach = "parked-each": "as many requests wait for the client as ProxyLimits::parked_each allows",
    /// [`ProxyLimits::parked_time`]
    ParkedTime = "parked-time": "the client took longer than ProxyLimits::parked_time to answer",
    /// [`ProxyLimits::questions`]
    Questions = "questions": "as many questions wait for the client as ProxyLimits::questions allows",
    /// [`ProxyLimits::rounds`]
    Rounds = "rounds": "the server needs input more often than ProxyLimits::rounds allows",
    /// [`ProxyLimits::declared_bytes`]
    DeclaredBytes = "declared-bytes": "the capabilities are longer than ProxyLimits::declared_bytes",
}

/// What a proxy has refused or ended since it was made, by limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyCounters([u64; ProxyLimit::ALL.len()]);

impl ProxyCounters {
    /// How often that limit has refused or ended something.
    pub fn limit(&self, limit: ProxyLimit) -> u64 {
        self.0.get(limit as usize).copied().unwrap_or_default()
    }

    /// Every limit that has refused or ended something, by name, and how often.
    pub fn rules(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let own = ProxyLimit::ALL.iter().map(|limit| (limit.name(), self.limit(*limit)));
        own.filter(|(_, count)| *count > 0)
    }
}

/// Where the counters are kept while the proxy runs.
#[derive(Debug, Default)]
pub(super) struct Tally([AtomicU64; ProxyLimit::ALL.len()]);

impl Tally {
    /// Counts it, and says it again, to be passed on.
    pub(super) fn count(&self, limit: ProxyLimit) -> ProxyLimit {
        if let Some(count) = self.0.get(limit as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        limit
    }

    pub(super) fn counters(&self) -> ProxyCounters {
        let mut counters = ProxyCounters::default();
        for (count, own) in counters.0.iter_mut().zip(&self.0) {
            *count = own.load(Ordering::Relaxed);
        }
        counters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_has_a_count_a_name_and_a_reason_of_its_own() {
        let tally = Tally::default();
        for limit in ProxyLimit::ALL {
            let field = tally.count(*limit).name().replace('-', "_");
            assert!(limit.reason().contains(&format!("ProxyLimits::{field}")), "{limit:?}");
        }
        let counters = tally.counters();
        let mut names: Vec<_> = counters.rules().collect();
        assert!(names.iter().all(|(_, count)| *count == 1));
        names.dedup();
        assert_eq!(names.len(), ProxyLimit::ALL.len());
    }
}
