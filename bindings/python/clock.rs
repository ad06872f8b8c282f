//! The time, for what is below and asks no clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use mcp_engine::Now;

/// A clock that began when it was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    began: Instant,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now() }
    }

    pub(crate) fn now(self) -> Now {
        let mono_ns = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        Now { mono_ns, unix_ms: wall() }
    }

    /// Seconds from now until the monotonic clock shows that; 0 when it is past.
    pub(crate) fn until(self, mono_ns: u64) -> f64 {
        let left = mono_ns.saturating_sub(self.now().mono_ns);
        left as f64 / 1e9
    }
}

/// Milliseconds since 1970.
pub(crate) fn wall() -> i64 {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(wall.as_millis()).unwrap_or(i64::MAX)
}

/// Nanoseconds for seconds; `None` for what is no time.
pub(crate) fn nanoseconds(seconds: f64) -> Option<u64> {
    (0.0..1e9).contains(&seconds).then_some((seconds * 1e9) as u64)
}

/// What `time.monotonic()` shows, in nanoseconds.
pub(crate) fn monotonic_ns() -> u64 {
    let shown = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let seconds = u64::try_from(shown.tv_sec).unwrap_or_default();
    let part = u64::try_from(shown.tv_nsec).unwrap_or_default();
    seconds.saturating_mul(1_000_000_000).saturating_add(part)
}

/// Seconds for nanoseconds.
pub(crate) fn seconds(ns: u64) -> f64 {
    ns as f64 / 1e9
}
