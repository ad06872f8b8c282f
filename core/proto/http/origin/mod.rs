//! Which hosts a server answers for, and which web pages may talk to it.
//!
//! One check of `Host` and `Origin` stands before everything else a server does, the same for HTTP, event streams,
//! WebSockets and any other API on the same address. It is on by default and lets loopback names through, so that a page
//! that points its own name at a server on this machine (DNS rebinding) is refused.

mod authority;

use core::net::Ipv6Addr;

use authority::Host;
pub(super) use authority::{Authority, default_port};

use super::{Field, Head, HttpRule, Rejection};
use crate::uri::is_scheme;

/// The hosts and origins that are let through.
///
/// ```
/// use mcp_engine_proto::http::{Head, HostPolicy, HttpLimits};
///
/// let policy = HostPolicy::default()
///     .allow_host("mcp.example.com:*")?
///     .allow_origin("https://app.example.com")?;
/// let fields = [("host", "mcp.example.com:8443"), ("origin", "https://app.example.com")];
/// let fields = fields.map(|(name, value)| (name.as_bytes(), value.as_bytes()));
/// policy.check(&Head::read(fields, &HttpLimits::default())?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct HostPolicy {
    hosts: Allowed,
    origins: Allowed,
}

/// A host or an origin that cannot be allowed, since it is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a host and port, or an origin, such as example.com:8080 or https://example.com"
)]
pub struct InvalidHost(String);

#[derive(Clone, Debug)]
enum Allowed {
    Anything,
    Listed(Vec<Pattern>),
}

/// A host or an origin that is let through.
#[derive(Clone, Debug)]
struct Pattern {
    scheme: Option<Box<str>>,
    host: HostName,
    port: Port,
}

#[derive(Clone, Debug)]
enum HostName {
    Name(Box<str>),
    V6(Ipv6Addr),
}

#[derive(Clone, Copy, Debug)]
enum Port {
    Any,
    /// That one, or none written.
    Exactly(Option<u16>),
}

impl HostPolicy {
    /// Loopback names at any port, over `http` and `https`: `localhost`, `127.0.0.1` and `[::1]`. The default.
    pub fn loopback() -> Self {
        let pattern = |scheme: Option<&str>, host: &HostName| Pattern {
            scheme: scheme.map(Into::into),
            host: host.clone(),
            port: Port::Any,
        };
        let name = |name: &str| HostName::Name(name.into());
        let names = [name("localhost"), name("127.0.0.1"), HostName::V6(Ipv6Addr::LOCALHOST)];
        let schemes = [Some("http"), Some("https")];
        let origins = names.iter().flat_map(|host| schemes.map(|scheme| pattern(scheme, host)));
        Self {
            origins: Allowed::Listed(origins.collect()),
            hosts: Allowed::Listed(names.iter().map(|host| pattern(None, host)).collect()),
        }
    }

    /// Nothing but what is allowed afterwards.
    pub fn nothing() -> Self {
        Self { hosts: Allowed::Listed(Vec::new()), origins: Allowed::Listed(Vec::new()) }
    }

    /// Allows a host: `example.com` without a port, `example.com:8080`, or at any port `example.com:*`.
    ///
    /// # Errors
    ///
    /// [`InvalidHost`] when the text is none of them.
    pub fn allow_host(mut self, host: &str) -> Result<Self, InvalidHost> {
        let invalid = || InvalidHost(host.to_owned());
        self.hosts.add(Pattern::parse(None, host).ok_or_else(invalid)?);
        Ok(self)
    }

    /// Allows pages of an origin: `https://example.com`, `http://example.com:8080`, or at any port
    /// `http://example.com:*`.
    ///
    /// # Errors
    ///
    /// [`InvalidHost`] when the text is none of them.
    pub fn allow_origin(mut self, origin: &str) -> Result<Self, InvalidHost> {
        let pattern = origin
            .split_once("://")
            .filter(|(scheme, _)| is_scheme(scheme))
            .and_then(|(scheme, host)| Pattern::parse(Some(scheme), host));
        self.origins.add(pattern.ok_or_else(|| InvalidHost(origin.to_owned()))?);
        Ok(self)
    }

    /// Answers for every host. Only for a server behind a proxy that checks the host, or one that asks every request
    /// for a token that no web page can have.
    #[must_use]
    pub fn any_host(mut self) -> Self {
        self.hosts = Allowed::Anything;
        self
    }

    /// Lets pages of every origin through, sandboxed ones too. Only for a server that asks every request for a token
    /// that no web page can have.
    #[must_use]
    pub fn any_origin(mut self) -> Self {
        self.origins = Allowed::Anything;
        self
    }

    /// Checks the host and the origin of a request. No origin is fine: it did not come from a web page.
    ///
    /// # Errors
    ///
    /// 400 when there is no host, or more than one, or none that can be read; 403 when the host or the origin is not
    /// allowed (MCP, Streamable HTTP, security).
    pub fn check(&self, head: &Head<'_>) -> Result<(), Rejection> {
        let Field::One(_) = head.host else { return Err(HttpRule::HostMissing.into()) };
        let host = head.host.text().and_then(Authority::parse).ok_or(HttpRule::HostMalformed)?;
        if !self.hosts.has(None, host) {
            return Err(HttpRule::HostForeign.into());
        }
        let allowed = match (head.origin, &self.origins) {
            (Field::Absent, _) | (Field::One(_), Allowed::Anything) => true,
            (Field::Repeated, _) => false,
            (Field::One(_), origins) => head
                .origin
                .text()
                .and_then(Authority::parse_origin)
                .is_some_and(|(scheme, host)| origins.has(Some(scheme), host)),
        };
        allowed.then_some(()).ok_or_else(|| HttpRule::OriginForeign.into())
    }
}

impl Default for HostPolicy {
    fn default() -> Self {
        Self::loopback()
    }
}

impl Allowed {
    /// Adds to a list; everything stays everything.
    fn add(&mut self, pattern: Pattern) {
        if let Self::Listed(patterns) = self {
            patterns.push(pattern);
        }
    }

    fn has(&self, scheme: Option<&str>, authority: Authority<'_>) -> bool {
        match self {
            Self::Anything => true,
            Self::Listed(patterns) => {
                patterns.iter().any(|pattern| pattern.covers(scheme, authority))
            }
        }
    }
}

impl Pattern {
    fn parse(scheme: Option<&str>, text: &str) -> Option<Self> {
        let (host, any) = match text.strip_suffix(":*") {
            Some(host) => (host, true),
            None => (text, false),
        };
        let authority = Authority::parse(host).filter(|host| !any || host.port.is_none())?;
        let authority = authority.without_default_port(scheme.unwrap_or_default());
        Some(Self {
            scheme: scheme.map(Into::into),
            host: authority.host.into(),
            port: if any { Port::Any } else { Port::Exactly(authority.port) },
        })
    }

    fn covers(&self, scheme: Option<&str>, authority: Authority<'_>) -> bool {
        let same_scheme = match (&self.scheme, scheme) {
            (Some(own), Some(scheme)) => own.eq_ignore_ascii_case(scheme),
            (own, scheme) => own.is_none() && scheme.is_none(),
        };
        let same_port = match self.port {
            Port::Any => true,
            Port::Exactly(port) => port == authority.port,
        };
        let same_host = match (&self.host, authority.host) {
            (HostName::Name(own), Host::Name(name)) => own.eq_ignore_ascii_case(name),
            (HostName::V6(own), Host::V6(address)) => *own == address,
            _ => false,
        };
        same_scheme && same_port && same_host
    }
}

impl From<Host<'_>> for HostName {
    fn from(host: Host<'_>) -> Self {
        match host {
            Host::Name(name) => Self::Name(name.into()),
            Host::V6(address) => Self::V6(address),
        }
    }
}
