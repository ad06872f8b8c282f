//! The time, as the caller knows it.
//!
//! Nothing in this crate reads a clock. Whoever drives a connection says what time it is with every call, so that the same
//! code runs under an event loop, a debugger or a test with virtual time.

/// A moment, by two clocks.
///
/// ```
/// use mcp_engine_proto::Now;
///
/// let now = Now { mono_ns: 5_000, unix_ms: 1_790_000_000_000 };
/// assert_eq!(now.after(2_000_000), Now { mono_ns: 2_005_000, unix_ms: 1_790_000_000_002 });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(C)]
pub struct Now {
    /// Nanoseconds of a clock that never goes back. Deadlines are kept by it; where it starts does not matter.
    pub mono_ns: u64,
    /// Milliseconds since 1970 (UTC). For what leaves the process: time stamps and expiry.
    pub unix_ms: i64,
}

impl Now {
    /// The moment that many nanoseconds later, or the last one there is.
    pub const fn after(self, ns: u64) -> Self {
        let ms = (ns / 1_000_000) as i64;
        Self { mono_ns: self.mono_ns.saturating_add(ns), unix_ms: self.unix_ms.saturating_add(ms) }
    }
}
