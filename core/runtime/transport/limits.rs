//! Every bound of the transports, by name.
//!
//! Each limit has a default and a count of how often it has refused something, in [`TransportCounters`].

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Bounds on what transports hold, and on how long they wait.
///
/// ```
/// use mcp_engine_runtime::transport::TransportLimits;
///
/// let limits = TransportLimits { connections: 16, ..TransportLimits::default() };
/// assert_eq!(limits.stderr_bytes, 64 << 10);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransportLimits {
    /// Most bytes that large pipes of this process may hold together, whoever has opened them. Beyond it pipes stay as the system made
    /// them. The system has a limit for each user, too, beyond which it makes new pipes small. Default 16 MiB.
    pub pipe_bytes: u64,
    /// How much of what a child writes to its standard error is kept, in bytes. Default 64 KiB.
    pub stderr_bytes: usize,
    /// Most connections of a listener at a time. Default 1,024.
    pub connections: usize,
    /// How long a child may take to end once its input is closed. Default 2 s.
    pub exit_wait: Duration,
    /// How long a child may take to end after SIGTERM. Default 2 s.
    pub terminate_wait: Duration,
    /// How long a connection may take to be made. Default 10 s.
    pub connect_wait: Duration,
    /// How long a listener rests when the system has no descriptor or no memory for a connection. Default 50 ms.
    pub accept_pause: Duration,
}

impl Default for TransportLimits {
    fn default() -> Self {
        Self {
            pipe_bytes: 16 << 20,
            stderr_bytes: 64 << 10,
            connections: 1 << 10,
            exit_wait: Duration::from_secs(2),
            terminate_wait: Duration::from_secs(2),
            connect_wait: Duration::from_secs(10),
            accept_pause: Duration::from_millis(50),
        }
    }
}

macro_rules! limits {
    ($(#[$meta:meta])* $kind:ident { $($variant:ident = $name:literal: $reason:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $kind { $(#[doc = $reason] $variant,)+ }

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
    };
}

limits! {
    /// The limits that can refuse something, by the name of their field in [`TransportLimits`], and those of the system.
    TransportLimit {
        PipeBytes = "pipe-bytes": "the large pipes of the process hold as much as TransportLimits::pipe_bytes allows",
        PipeQuota = "pipe-quota": "the system has refused a large pipe",
        StderrBytes = "stderr-bytes": "the child wrote more to its standard error than TransportLimits::stderr_bytes keeps",
        StderrStalled = "stderr-stalled": "our own standard error did not take what the child wrote to its",
        Connections = "connections": "there are as many connections as TransportLimits::connections allows",
        AcceptPause = "accept-pause": "the system had no descriptor or no memory for a connection",
        ExitWait = "exit-wait": "the child did not end within TransportLimits::exit_wait",
        TerminateWait = "terminate-wait": "the child did not end within TransportLimits::terminate_wait of SIGTERM",
        ConnectWait = "connect-wait": "the connection was not made within TransportLimits::connect_wait",
    }
}

impl fmt::Display for TransportLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

/// How often each limit has refused something since the transport was opened.
///
/// ```
/// use mcp_engine_runtime::transport::{TransportCounters, TransportLimit};
///
/// let counters = TransportCounters::default();
/// assert_eq!(counters.of(TransportLimit::Connections), 0);
/// assert_eq!(counters.refusals().count(), 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransportCounters {
    limits: [u64; TransportLimit::ALL.len()],
}

impl TransportCounters {
    /// How often this limit has refused something.
    pub fn of(&self, limit: TransportLimit) -> u64 {
        self.limits[limit as usize]
    }

    /// Every limit that has refused something, by name, and how often.
    pub fn refusals(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let limits = TransportLimit::ALL.iter().map(|limit| limit.name()).zip(self.limits);
        limits.filter(|(_, count)| *count > 0)
    }
}

/// The counters of a transport while it is used from several places.
#[derive(Debug, Default)]
pub(super) struct Tally {
    limits: [AtomicU64; TransportLimit::ALL.len()],
}

impl Tally {
    pub(super) fn refuse(&self, limit: TransportLimit) {
        crate::trace::limited(limit.name());
        self.limits[limit as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn counters(&self) -> TransportCounters {
        let limits = self.limits.each_ref().map(|count| count.load(Ordering::Relaxed));
        TransportCounters { limits }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_has_a_count_and_a_name_of_its_own() {
        let tally = Tally::default();
        for limit in TransportLimit::ALL {
            tally.refuse(*limit);
            assert_eq!(tally.counters().of(*limit), 1, "{limit}");
        }
        let counters = tally.counters();
        let mut names: Vec<_> = counters.refusals().map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TransportLimit::ALL.len());
    }
}
