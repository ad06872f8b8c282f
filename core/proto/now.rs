//! The time, as an argument.
//!
//! Whoever drives the protocol reads the clocks and says what they show; the protocol asks none. It stands beside the
//! rooms that wait for something. Two clocks are told because a monotonic one says how long, and a calendar says when.

/// The moment at which something is done.
///
/// ```
/// use mcp_engine_proto::Now;
///
/// let start = Now { mono_ns: 0, unix_ms: 1_785_196_800_000 };
/// let later = Now { mono_ns: 1_000_000, unix_ms: start.unix_ms + 1 };
/// assert!(start < later);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Now {
    /// A clock that never goes back, in nanoseconds since any moment.
    pub mono_ns: u64,
    /// The calendar, in milliseconds since 1970-01-01 UTC.
    pub unix_ms: i64,
}
