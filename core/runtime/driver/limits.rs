//! Every bound of the driver, by name.

use std::time::Duration;

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

impl Default for DriverLimits {
    fn default() -> Self {
        Self { unsent_bytes: 1 << 20, grace: Duration::from_secs(5) }
    }
}
