//! How long a client may keep a result, and for whom (MCP 2026-07-28, Caching).

use super::declare::words;
use crate::version::Version;

words! {
    /// Who may share a kept result.
    pub enum CacheScope {
        /// Anyone.
        Public = "public",
        /// Whoever has the same authorization.
        Private = "private",
    }
}

/// What a server says that says nothing: not to be kept.
pub(super) fn stale(_: Version) -> Option<&'static str> {
    Some("0")
}

/// What a server says that says nothing: not to be shared.
pub(super) fn private(_: Version) -> Option<&'static str> {
    Some(r#""private""#)
}
