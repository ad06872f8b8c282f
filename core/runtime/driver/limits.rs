//! Every bound of the driver, by name.

use std::time::Duration;

use mcp_engine_proto::connection::Connection;

/// Bounds on what one connection makes its driver hold, beside the [`Limits`](mcp_engine_proto::Limits) of the protocol.
///
/// ```
/// use mcp_engine_runtime::DriverLimits;
///
/// assert_eq!(DriverLimits::default().unsent_bytes, 1 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DriverLimits {
    /// From so many bytes on that wait to be written, a server reads no further request, and a client takes no further one from its callers.
    /// Default 1 MiB.
    pub unsent_bytes: u32,
    /// How long requests that are being served may still take when the client has closed its side and only listens. Default 5 seconds.
    pub grace: Duration,
}

impl DriverLimits {
    /// Whether so much waits to be written that nothing more is taken in.
    pub(super) fn are_reached_by(&self, connection: &Connection) -> bool {
        connection.waiting_bytes() > self.unsent_bytes as usize
    }
}

impl Default for DriverLimits {
    fn default() -> Self {
        Self { unsent_bytes: 1 << 20, grace: Duration::from_secs(5) }
    }
}
