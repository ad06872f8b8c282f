//! Headers that an application gives, which may hold secrets.

use std::fmt;

use hyper::header::{HeaderMap, HeaderName, HeaderValue};

use super::HttpError;

/// Headers that go to the server and nowhere else: not into logs, not into the text of an error, not to another origin.
///
/// ```
/// use mcp_engine_runtime::http_client::SecretHeaders;
///
/// let mut headers = SecretHeaders::default();
/// headers.add("Authorization", "Bearer secret")?;
/// assert!(!format!("{headers:?}").contains("secret"));
/// assert!(headers.add("Host", "elsewhere.example").is_err());
/// assert!(headers.add("X-Key", "two\r\nlines").is_err());
/// # Ok::<(), mcp_engine_runtime::http_client::HttpError>(())
/// ```
#[derive(Clone, Default)]
pub struct SecretHeaders {
    map: HeaderMap,
}

impl SecretHeaders {
    /// Adds a header, in place of one of the same name.
    ///
    /// # Errors
    ///
    /// [`HttpError::Header`] when the name is no token, or one that HTTP or MCP sets itself, and when the value has characters that do
    /// not belong into a header.
    pub fn add(&mut self, name: &str, value: &str) -> Result<(), HttpError> {
        let refused = || HttpError::Header(name.chars().take(NAMED).collect());
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?;
        let is_ours = name.as_str().starts_with("mcp-") || OURS.contains(&name.as_str());
        let value = HeaderValue::from_str(value).ok().filter(|_| !is_ours);
        let mut value = value.ok_or_else(refused)?;
        value.set_sensitive(true);
        self.map.insert(name, value);
        Ok(())
    }

    pub(super) fn write(&self, into: &mut HeaderMap) {
        for (name, value) in &self.map {
            into.insert(name.clone(), value.clone());
        }
    }
}

impl fmt::Debug for SecretHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.map.keys().map(HeaderName::as_str)).finish()
    }
}

/// Headers whose meaning the client depends on.
const OURS: &[&str] = &[
    "accept",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "last-event-id",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// How much of a wrong name is repeated.
const NAMED: usize = 64;
