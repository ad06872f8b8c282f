//! Who asks.

use std::sync::Arc;

use http::Extensions;

/// Who makes a request, as a layer in front of the server has found out: put it into the extensions of the request.
///
/// Sessions belong to the principal that opened them, and [`Context::principal`](crate::Context::principal) shows it to handlers.
///
/// ```
/// use mcp_engine_runtime::http_server::Principal;
///
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(Principal("alice".to_owned()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Principal(pub String);

impl Principal {
    /// The name; `None` where nobody has to say who they are.
    pub(super) fn of(extensions: &Extensions) -> Option<Arc<str>> {
        extensions.get::<Self>().map(|principal| principal.0.as_str().into())
    }
}

/// The name under which sessions are kept.
pub(super) fn name(principal: Option<&Arc<str>>) -> &[u8] {
    principal.map_or(&[], |principal| principal.as_bytes())
}
