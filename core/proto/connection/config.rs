//! What an application decides before it opens a connection.

use super::pending::Patience;
use crate::json::{Raw, Seed, write};
use crate::limits::Limits;
use crate::version::{Role, Version};

/// How one side of a connection presents itself and what it accepts.
///
/// ```
/// use mcp_engine_proto::connection::Config;
/// use mcp_engine_proto::{json::Raw, version::Version};
///
/// let config = Config::server("weather", "1.2.0")
///     .capabilities(Raw::parse(r#"{"tools":{"listChanged":true}}"#)?)
///     .versions([Version::V2025_11_25, Version::V2026_07_28]);
/// assert_eq!(config.versions.len(), 2);
/// # Ok::<(), mcp_engine_proto::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// Which side.
    pub role: Role,
    /// The revisions that are spoken. All by default.
    pub versions: Vec<Version>,
    /// What the connection is carried by.
    pub topology: Topology,
    /// Bounds.
    pub limits: Limits,
    /// How long requests may take that say nothing else.
    pub patience: Patience,
    /// How long a client waits for the answer to `server/discover` before it tries `initialize`, in nanoseconds. Default
    /// 5 seconds.
    pub probe_ns: u64,
    /// How long a client waits for the answer to `initialize`, in nanoseconds. Default a minute.
    pub handshake_ns: u64,
    /// What becomes of requests with methods that MCP does not have.
    pub unknown_methods: UnknownMethods,
    /// Who answers what a client asks of its session.
    pub session_requests: SessionRequests,
    /// The revision that a client knows its server to speak, from an earlier connection: it is tried first.
    pub known: Option<Version>,
    /// Keeps a peer from choosing ids that collide. A random one by default.
    pub seed: Seed,
    pub(super) implementation: Box<str>,
    pub(super) capabilities: Box<str>,
    pub(super) instructions: Option<Box<str>>,
}

/// What carries the messages of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Topology {
    /// One stream in each direction: stdio, sockets, WebSocket.
    #[default]
    Duplex,
    /// A stream for each request, and one for what is not part of any: HTTP.
    Http,
}

/// What becomes of requests with methods that MCP does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownMethods {
    /// They are answered with the error "method not found".
    #[default]
    Refuse,
    /// They go to the application, as extensions and proxies need it.
    Deliver,
}

/// Who answers `logging/setLevel`, `resources/subscribe` and `resources/unsubscribe`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionRequests {
    /// The connection does, and the application hears of subscriptions by events.
    #[default]
    Answer,
    /// The application does, as proxies need it. The connection keeps the level and the subscriptions all the same; a subscription that
    /// is answered with an error is none.
    Deliver,
}

impl Config {
    /// A client of that name and version, without capabilities.
    pub fn client(name: &str, version: &str) -> Self {
        Self::new(Role::Client, name, version)
    }

    /// A server of that name and version, without capabilities.
    pub fn server(name: &str, version: &str) -> Self {
        Self::new(Role::Server, name, version)
    }

    fn new(role: Role, name: &str, version: &str) -> Self {
        Self {
            role,
            versions: Version::ALL.to_vec(),
            topology: Topology::Duplex,
            limits: Limits::default(),
            patience: Patience::default(),
            probe_ns: 5_000_000_000,
            handshake_ns: 60_000_000_000,
            unknown_methods: UnknownMethods::Refuse,
            session_requests: SessionRequests::Answer,
            known: None,
            seed: Seed::default(),
            implementation: implementation(name, version),
            capabilities: "{}".into(),
            instructions: None,
        }
    }

    /// Declares capabilities: an object as in the schema. Those that a revision does not know are not shown to peers of that
    /// revision.
    #[must_use]
    pub fn capabilities(self, declared: Raw<'_>) -> Self {
        Self { capabilities: object(declared), ..self }
    }

    /// Presents the implementation with more than name and version: an object as in the schema.
    #[must_use]
    pub fn implementation(self, implementation: Raw<'_>) -> Self {
        Self { implementation: object(implementation), ..self }
    }

    /// Tells clients how to use the server.
    #[must_use]
    pub fn instructions(self, instructions: &str) -> Self {
        Self { instructions: Some(instructions.into()), ..self }
    }

    /// Speaks these revisions only.
    #[must_use]
    pub fn versions(self, versions: impl IntoIterator<Item = Version>) -> Self {
        Self { versions: versions.into_iter().collect(), ..self }
    }

    /// The newest revision that is spoken, of those that `accept`.
    pub(crate) fn newest(&self, accept: impl Fn(Version) -> bool) -> Option<Version> {
        self.versions.iter().copied().filter(|version| accept(*version)).max()
    }

    /// The capabilities, as they were declared: an object.
    pub(crate) fn declared(&self) -> Raw<'_> {
        Raw::new(&self.capabilities)
    }

    pub(crate) fn speaks(&self, version: Version) -> bool {
        self.versions.contains(&version)
    }
}

/// The spelling of an object; anything else counts as an empty one.
fn object(raw: Raw<'_>) -> Box<str> {
    if raw.members().is_some() { raw.spelling().into() } else { "{}".into() }
}

fn implementation(name: &str, version: &str) -> Box<str> {
    let mut out = br#"{"name":"#.to_vec();
    write::string(&mut out, name);
    out.extend_from_slice(br#","version":"#);
    write::string(&mut out, version);
    out.push(b'}');
    String::from_utf8(out).unwrap_or_default().into()
}
