//! What is decided before an HTTP server is opened.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::uri::PathAndQuery;
use mcp_engine_proto::http::{HostPolicy, SessionMode, ToolHeaders};

use super::limits::HttpServerLimits;
use crate::error::Error;

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
    /// Who knows which arguments of a call are repeated in headers `Mcp-Param-*`, which are checked then (MCP 2026-07-28). `None`, the
    /// default, asks [whom the server was built with](crate::server::ServerBuilder::tool_headers).
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

impl HttpServerConfig {
    /// Refuses paths that no request has, or that are those of something else.
    pub(super) fn check(&self) -> Result<(), Error> {
        let sse = self.http_sse.as_ref();
        let paths: Vec<&str> = [
            self.path.as_deref(),
            sse.map(|paths| &*paths.stream),
            sse.map(|paths| &*paths.messages),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !paths.iter().all(|path| is_path(path)) {
            return Err(Error::unsupported(
                "a path begins with a slash and is all of it: no query, no space, escaped where it is not ASCII",
            ));
        }
        let is_twice =
            |(at, path): (usize, &&str)| paths.iter().take(at).any(|other| other == path);
        if paths.iter().enumerate().any(is_twice) {
            return Err(Error::unsupported("two endpoints cannot have the same path"));
        }
        Ok(())
    }
}

/// Whether a request can have that path.
fn is_path(path: &str) -> bool {
    let parsed = path.parse::<PathAndQuery>();
    path.starts_with('/') && path.is_ascii() && parsed.is_ok_and(|parsed| parsed.path() == path)
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
