//! What an application decides about the way to its server.

use std::fmt;
use std::sync::Arc;

use mcp_engine_proto::http::{HttpLimits, ToolHeaders};
use mcp_engine_proto::{Duplicates, Limits};

use super::flow::{Authorization, AuthorizationFlow};
use super::headers::SecretHeaders;
use super::{AddressPolicy, Authorizer, HttpClientLimits, HttpError};

/// How a client speaks to its server.
///
/// ```
/// use mcp_engine_runtime::http_client::{AddressPolicy, HttpOptions};
///
/// let options = HttpOptions::default()
///     .header("Authorization", "Bearer secret")?
///     .addresses(AddressPolicy::PublicOnly);
/// # Ok::<(), mcp_engine_runtime::http_client::HttpError>(())
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct HttpOptions {
    /// Bounds on messages.
    pub limits: Limits,
    /// Bounds on heads, redirections and reconnections.
    pub http: HttpLimits,
    /// Bounds on waiting, and on what is held.
    pub client: HttpClientLimits,
    /// How equal keys in one object are judged.
    pub duplicates: Duplicates,
    pub(super) headers: SecretHeaders,
    pub(super) addresses: AddressPolicy,
    pub(super) standalone: StandaloneStream,
    pub(super) kind: HttpKind,
    pub(super) leaving: Leaving,
    pub(super) authorization: Authorization,
    pub(super) tool_headers: Option<Arc<dyn ToolHeaders>>,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Arc<rustls::ClientConfig>>,
}

/// Whether a client of the legacy era asks for the stream on which a server says what belongs to no request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StandaloneStream {
    /// As soon as the handshake is finished.
    #[default]
    Open,
    /// Never: the server can ask and say something only while it serves a request.
    Never,
}

/// What a server of the legacy era is taken for before it has said anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HttpKind {
    /// One of Streamable HTTP. One of HTTP+SSE is found out by how it refuses that.
    #[default]
    Streamable,
    /// One of HTTP+SSE (MCP 2024-11-05): its stream is opened first. For clients of the legacy era.
    HttpSse,
}

/// What becomes of the session when the transport is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leaving {
    /// The server is told that it is over.
    #[default]
    End,
    /// It stays, for somebody who goes on with it.
    Keep,
}

impl HttpOptions {
    /// With a header in every request, such as `Authorization`. Its value is not shown anywhere.
    ///
    /// # Errors
    ///
    /// As for [`SecretHeaders::add`].
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, HttpError> {
        self.headers.add(name, value)?;
        Ok(self)
    }

    /// With another choice of addresses.
    pub fn addresses(self, addresses: AddressPolicy) -> Self {
        Self { addresses, ..self }
    }

    /// With or without a stream for what belongs to no request.
    pub fn standalone(self, standalone: StandaloneStream) -> Self {
        Self { standalone, ..self }
    }

    /// With a server that is known to be of that kind.
    pub fn kind(self, kind: HttpKind) -> Self {
        Self { kind, ..self }
    }

    /// With another end of the session.
    pub fn leaving(self, leaving: Leaving) -> Self {
        Self { leaving, ..self }
    }

    /// With somebody who gives out credentials.
    pub fn authorizer(self, authorizer: impl Authorizer + 'static) -> Self {
        Self { authorization: Authorization::Tokens(Arc::new(authorizer)), ..self }
    }

    /// With a flow of authorization for each request, in place of an [`Authorizer`].
    pub fn authorization_flows(
        self,
        make: impl Fn() -> Box<dyn AuthorizationFlow> + Send + Sync + 'static,
    ) -> Self {
        Self { authorization: Authorization::Flows(Arc::new(make)), ..self }
    }

    /// With somebody who knows which arguments are repeated in headers, such as the `HeaderTables` of `mcp-engine-schema`. Share it in
    /// an `Arc`, and ask it which tools of a list are to be left out.
    pub fn tool_headers(self, tool_headers: impl ToolHeaders + 'static) -> Self {
        Self { tool_headers: Some(Arc::new(tool_headers)), ..self }
    }

    /// With a configuration of TLS: other roots, a certificate of the client, or a provider of cryptography for a processor that the
    /// default one does not serve.
    #[cfg(feature = "tls")]
    pub fn tls(self, config: Arc<rustls::ClientConfig>) -> Self {
        Self { tls: Some(config), ..self }
    }
}

impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("limits", &self.limits)
            .field("http", &self.http)
            .field("client", &self.client)
            .field("duplicates", &self.duplicates)
            .field("headers", &self.headers)
            .field("addresses", &self.addresses)
            .field("standalone", &self.standalone)
            .field("kind", &self.kind)
            .field("leaving", &self.leaving)
            .field("authorization", &self.authorization)
            .finish_non_exhaustive()
    }
}
