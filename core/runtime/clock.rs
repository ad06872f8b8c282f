//! The time, for what is below and asks no clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mcp_engine_proto::Now;
use tokio::time::Instant;

/// A clock that began when it was made. It stands still where tokio's time does.
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
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { mono_ns, unix_ms: i64::try_from(wall.as_millis()).unwrap_or(i64::MAX) }
    }

    /// When the monotonic clock shows that.
    pub(crate) fn at(self, mono_ns: u64) -> Instant {
        self.began + Duration::from_nanos(mono_ns)
    }
}
