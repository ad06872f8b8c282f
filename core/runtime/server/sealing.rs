//! What clients carry for a server, sealed for one request and one principal.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use mcp_engine_proto::Method;
use mcp_engine_proto::state::{Binding, StateKey, StateRule};

use crate::answer::{Answer, INTERNAL_ERROR};
use crate::clock::Clock;
use crate::handler::Request;

/// Seals something that the client brings back with the same request.
///
/// # Errors
///
/// There is no randomness.
pub(crate) fn seal(
    request: &Request,
    state: &[u8],
    kept: Duration,
) -> Result<String, Answer<'static>> {
    let mut nonce = [0; 24];
    getrandom::fill(&mut nonce).map_err(|_| {
        Answer::error(INTERNAL_ERROR, "there is no randomness to seal a state with")
    })?;
    let kept_ns = u64::try_from(kept.as_nanos()).unwrap_or(u64::MAX);
    let expires = Clock::new().now().after(kept_ns);
    Ok(key_of(request).seal(state, &binding(request), expires, nonce))
}

/// Opens what a request brings back.
///
/// # Errors
///
/// It was not sealed here, not for this request or principal, or has expired.
pub(crate) fn open(request: &Request, state: &str) -> Result<Vec<u8>, StateRule> {
    key_of(request).open(state, &binding(request), Clock::new().now())
}

/// The answer to a request with a state that does not open.
pub(crate) fn refusal(rule: StateRule) -> Answer<'static> {
    Answer::error(i64::from(rule.code()), rule.to_string())
}

fn binding(request: &Request) -> Binding<'_> {
    Binding {
        principal: request.context().principal().unwrap_or_default().as_bytes(),
        method: request.message().method().unwrap_or(Method::CallTool),
        params: request.message().params(),
    }
}

fn key_of(request: &Request) -> &StateKey {
    request.context().state_key().unwrap_or(&OWN)
}

/// The key of a process that was given none: what it has sealed is good as long as it lives.
static OWN: LazyLock<Arc<StateKey>> = LazyLock::new(|| {
    let mut key = [0; 32];
    // Without randomness nothing is ever sealed: that asks for some of its own, and fails.
    let _ = getrandom::fill(&mut key);
    Arc::new(StateKey::new(key))
});
