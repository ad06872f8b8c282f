//! What is decided before an HTTP server is opened.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mcp_engine_proto::http::{HostPolicy, SessionMode, ToolHeaders};

use super::limits::HttpServerLimits;

/// How a server is served over HTTP.
///
/// ```
/// use mcp_engine_proto::http::HostPolicy;
/// use mcp_engine_runtime::http_server::HttpServerConfig;
///
/// let config = HttpServerConfig {
///     hosts: HostPolicy::loopback().allow_host("mcp.example.com")?,
///     ..HttpServerConfig::default()
/// };
/// assert!(config.http_sse.is_none(), "the transport of 2024-11-05 has to be asked for");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct HttpServerConfig {
    /// The path of the endpoint; every other one is answered with 404. `None`, the default, answers at every path, as behind a router.
    pub path: Option<String>,
    /// The hosts and origins that are let through. Loopback names by default.
    pub hosts: HostPolicy,
    /// Whether clients of the legacy era get sessions. They do by default.
    pub sessions: SessionMode,
    /// Bounds.
    pub limits: HttpServerLimits,
    /// After how long an event stream that is silent gets a comment, so that nothing between closes it. Default 15 seconds.
    pub keep_alive: Duration,
    /// How long clients of revision 2025-11-25 are asked to wait before they resume a stream. `None`, the default, leaves it to them.
    pub retry: Option<Duration>,
    /// The paths of HTTP+SSE, the transport of 2024-11-05. `None`, the default, does without.
    pub http_sse: Option<HttpSsePaths>,
    /// Knows which arguments of the tools have to be repeated in headers (2026-07-28): calls are held against that, once the tool was
    /// listed. `None`, the default, leaves these headers alone.
    pub tool_headers: Option<Arc<dyn ToolHeaders>>,
}

/// The two paths of HTTP+SSE, as clients write them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSsePaths {
    /// Where a GET opens a session and its stream.
    pub stream: String,
    /// Where its messages are sent.
    pub messages: String,
}

impl Default for HttpServerConfig {
    fn default() -> Self {
        Self {
            path: None,
            hosts: HostPolicy::default(),
            sessions: SessionMode::default(),
            limits: HttpServerLimits::default(),
            keep_alive: Duration::from_secs(15),
            retry: None,
            http_sse: None,
            tool_headers: None,
        }
    }
}

impl fmt::Debug for HttpServerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpServerConfig")
            .field("path", &self.path)
            .field("hosts", &self.hosts)
            .field("sessions", &self.sessions)
            .field("limits", &self.limits)
            .field("keep_alive", &self.keep_alive)
            .field("retry", &self.retry)
            .field("http_sse", &self.http_sse)
            .finish_non_exhaustive()
    }
}
