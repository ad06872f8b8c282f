//! How often something went wrong.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::HttpError;

/// What has gone wrong on the way to one server, by the name of the rule or limit, and how often. It can be read while the client is
/// at work.
///
/// ```
/// use mcp_engine_runtime::http_client::{HttpOptions, HttpTransport};
///
/// let transport = HttpTransport::new("http://localhost:8080/mcp", HttpOptions::default())?;
/// assert!(transport.counters().faults().is_empty());
/// # Ok::<(), mcp_engine_runtime::http_client::HttpError>(())
/// ```
#[derive(Debug, Default)]
pub struct HttpClientCounters {
    /// There are no more names than rules and limits, so that it does not grow.
    faults: Mutex<BTreeMap<&'static str, u64>>,
}

impl HttpClientCounters {
    /// Each fault that was met, and how often.
    pub fn faults(&self) -> BTreeMap<&'static str, u64> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn count(&self, error: &HttpError) {
        crate::trace::http_failed(error.name());
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let count = faults.entry(error.name()).or_default();
        *count = count.wrapping_add(1);
    }
}
