//! What transports and drivers tell a tracer. Without the feature `tracing` all of this is empty.
//!
//! No message, header or id of a session is told, and of a URL no more than its origin. What a peer has chosen is escaped, and what looks like
//! a secret in the words of a child is left out.

#[cfg(feature = "tracing")]
mod masked;

#[cfg(feature = "tracing")]
use {
    masked::masked,
    mcp_engine_proto::shown::Shown,
    tracing::{debug, info, warn},
};

/// Each is a function that does nothing without the feature.
macro_rules! events {
    ($($(#[$attribute:meta])* $name:ident($($argument:ident: $type:ty),*) $body:block)*) => {$(
        $(#[$attribute])*
        #[inline]
        pub(crate) fn $name($($argument: $type),*) {
            #[cfg(feature = "tracing")]
            $body
            #[cfg(not(feature = "tracing"))]
            let _ = ($($argument,)*);
        }
    )*};
}

events! {
    /// A transport broke under its conversation.
    broken(error: &std::io::Error) {
        warn!(kind = ?error.kind(), error = %Shown::new(&masked(&error.to_string())), "the transport is broken");
    }

    /// A limit of a transport has refused something.
    limited(limit: &'static str) {
        warn!(limit, "refused");
    }

    /// A program was started.
    child_started(pid: u32, program: &std::ffi::OsStr) {
        info!(pid, program = %Shown::new(&program.to_string_lossy()), "started");
    }

    /// A program has written a line to its standard error.
    child_said(pid: u32, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        debug!(pid, line = %Shown::new(&masked(line.trim_end())), "the child says");
    }

    /// A program has ended.
    child_ended(pid: u32, status: Result<std::process::ExitStatus, std::io::ErrorKind>) {
        match status {
            Ok(status) => info!(pid, %status, "ended"),
            Err(kind) => warn!(pid, ?kind, "ended, and nobody knows how"),
        }
    }

    /// A request to an HTTP server was answered.
    #[cfg(feature = "http")]
    http_served(verb: &str, status: u16) {
        debug!(verb = %Shown::new(verb), status, "served");
    }

    /// A request to an HTTP server was refused, or a connection of one ended.
    #[cfg(feature = "http")]
    http_refused(rule: &'static str) {
        warn!(rule, "refused");
    }

    /// A session of the legacy era was opened.
    #[cfg(feature = "http")]
    session_opened(version: mcp_engine_proto::version::Version) {
        info!(%version, "a session is open");
    }

    /// A session of the legacy era has ended.
    #[cfg(feature = "http")]
    session_ended() {
        info!("a session has ended");
    }

    /// A server has answered a request of an HTTP client.
    #[cfg(feature = "http")]
    http_heard(url: &mcp_engine_proto::http::Url, status: u16) {
        debug!(origin = %Shown::new(url.authority()), status, "heard");
    }

    /// An HTTP client goes where it was sent.
    #[cfg(feature = "http")]
    http_redirected(url: &mcp_engine_proto::http::Url) {
        info!(origin = %Shown::new(url.authority()), "redirected");
    }

    /// An HTTP client opens a stream again.
    #[cfg(feature = "http")]
    http_resumes(wait_ms: u64) {
        info!(wait_ms, "the stream broke and is opened again");
    }

    /// Something went wrong for an HTTP client.
    #[cfg(feature = "http")]
    http_failed(rule: &'static str) {
        warn!(rule, "failed");
    }

    /// A handshake of a WebSocket was refused.
    #[cfg(feature = "ws")]
    handshake_refused(rule: &'static str) {
        warn!(rule, "refused");
    }

    /// The other side of a WebSocket was told that it is broken off.
    #[cfg(feature = "ws")]
    websocket_refused(code: u16, reason: &'static str) {
        warn!(code, reason, "broken off");
    }

    /// A server of an aggregator is connected.
    member_up(name: &str, version: mcp_engine_proto::version::Version) {
        info!(server = %Shown::new(name), %version, "up");
    }

    /// A server of an aggregator could not be connected.
    member_down(name: &str, attempts: u32, error: &crate::Error) {
        warn!(server = %Shown::new(name), attempts, error = %Shown::new(&masked(&error.to_string())), "down");
    }
}
