//! What is known of the session with a server, for whoever wants to know it beside the transport.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use mcp_engine_proto::http::Url;

use super::known::Known;

/// The session of an [`HttpTransport`](super::HttpTransport). It can be asked when the transport has gone into a client, and when that is closed.
#[derive(Clone)]
pub struct HttpSession {
    pub(super) known: Arc<Mutex<Known>>,
}

impl HttpSession {
    /// Its id, once the server has given one.
    pub fn id(&self) -> Option<Arc<str>> {
        self.ask(Known::session)
    }

    /// Where messages go over HTTP+SSE (MCP 2024-11-05), once the server has said so.
    pub fn endpoint(&self) -> Option<Url> {
        self.ask(Known::endpoint)
    }

    fn ask<T>(&self, what: impl FnOnce(&Known) -> Option<T>) -> Option<T> {
        what(&self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for HttpSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whoever has its id has the session.
        f.debug_struct("HttpSession").finish_non_exhaustive()
    }
}
