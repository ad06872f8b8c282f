//! The revisions of MCP, and what each adds and removes, as data.
//!
//! The connection asks here which methods a revision has and who may send them; the model asks which members a type
//! has. Nothing else in the crate compares revisions.

use core::fmt;

use crate::message::Method;

/// A revision of the Model Context Protocol, in the order they were published.
///
/// ```
/// use mcp_engine_proto::version::{Era, Version};
///
/// let version = Version::from_name("2025-06-18").unwrap();
/// assert_eq!((version.era(), version.name()), (Era::Legacy, "2025-06-18"));
/// assert!(version < Version::LATEST);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Version {
    /// 2024-11-05
    V2024_11_05,
    /// 2025-03-26
    V2025_03_26,
    /// 2025-06-18
    V2025_06_18,
    /// 2025-11-25
    V2025_11_25,
    /// 2026-07-28
    V2026_07_28,
}

/// How a revision opens a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Era {
    /// `initialize` first, then a session with negotiated capabilities: up to 2025-11-25.
    Legacy,
    /// No handshake: every request carries its context in `_meta`. Revisions 2026-07-28.
    Modern,
}

/// Which end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Calls tools and reads resources.
    Client,
    /// Offers them.
    Server,
}

/// What comes and goes with the revisions, apart from methods and members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Feature {
    /// Arrays of messages: only 2025-03-26.
    Batches,
    /// `ping`, `initialize`, sessions, and requests from the server: the legacy era.
    Handshake,
    /// `resultType` in every result: since 2026-07-28.
    ResultType,
    /// `ttlMs` and `cacheScope` in the results of listings and reads: since 2026-07-28.
    CacheHints,
    /// Results that ask for input, in place of requests from the server: since 2026-07-28.
    InputRequired,
    /// An error response without an id: since 2025-11-25. Earlier schemas require one.
    ErrorWithoutId,
    /// `structuredContent` of a tool result: since 2025-06-18.
    StructuredContent,
    /// The header `MCP-Protocol-Version`: since 2025-06-18.
    VersionHeader,
    /// Tasks in the core of the protocol: only 2025-11-25. Later they are an extension.
    CoreTasks,
    /// `extensions` among the capabilities: since 2026-07-28.
    Extensions,
    /// Headers that repeat parts of the body: since 2026-07-28.
    MirroredHeaders,
    /// Event streams that the server lets go and the client polls: only 2025-11-25.
    StreamPolling,
}

/// A range of revisions, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revisions {
    /// The first revision.
    pub first: Version,
    /// The last one.
    pub last: Version,
}

impl Version {
    /// Every revision, oldest first.
    pub const ALL: [Self; 5] = [
        Self::V2024_11_05,
        Self::V2025_03_26,
        Self::V2025_06_18,
        Self::V2025_11_25,
        Self::V2026_07_28,
    ];
    /// The newest revision.
    pub const LATEST: Self = Self::V2026_07_28;
    /// The newest revision with a handshake.
    pub const LATEST_LEGACY: Self = Self::V2025_11_25;

    /// The revision of that exact name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.name() == name)
    }

    /// The date that names the revision on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V2024_11_05 => "2024-11-05",
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// How the revision opens a conversation.
    pub const fn era(self) -> Era {
        match self {
            Self::V2026_07_28 => Era::Modern,
            _ => Era::Legacy,
        }
    }

    /// Whether the revision has that feature.
    pub fn has(self, feature: Feature) -> bool {
        feature.revisions().contains(self)
    }

    /// Whether `sender` may send `method` as a message of its own under this revision.
    ///
    /// What 2026-07-28 embeds in results (sampling, elicitation, roots) is no message there. Methods of extensions are
    /// included: whether both sides speak the extension is for the connection to know.
    pub fn allows(self, method: Method, sender: Role) -> bool {
        let (client, server) = senders(method);
        let range = match sender {
            Role::Client => client,
            Role::Server => server,
        };
        range.is_some_and(|range| range.contains(self))
    }
}

impl Role {
    /// The other end.
    pub const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

impl Revisions {
    /// Whether the range has that revision.
    pub fn contains(self, version: Version) -> bool {
        self.first <= version && version <= self.last
    }

    /// From a revision on.
    pub const fn since(first: Version) -> Self {
        Self { first, last: Version::LATEST }
    }

    /// One revision alone.
    pub const fn only(version: Version) -> Self {
        Self { first: version, last: version }
    }
}

impl Feature {
    /// The revisions that have it.
    pub const fn revisions(self) -> Revisions {
        match self {
            Self::Batches => Revisions::only(Version::V2025_03_26),
            Self::Handshake => LEGACY,
            Self::StructuredContent | Self::VersionHeader => Revisions::since(Version::V2025_06_18),
            Self::ErrorWithoutId => Revisions::since(Version::V2025_11_25),
            Self::CoreTasks | Self::StreamPolling => Revisions::only(Version::V2025_11_25),
            Self::ResultType
            | Self::CacheHints
            | Self::InputRequired
            | Self::Extensions
            | Self::MirroredHeaders => MODERN,
        }
    }
}

/// The revisions under which a client and a server may send a method.
const fn senders(method: Method) -> (Option<Revisions>, Option<Revisions>) {
    use Method as M;
    match method {
        M::ListTools
        | M::CallTool
        | M::ListPrompts
        | M::GetPrompt
        | M::ListResources
        | M::ListResourceTemplates
        | M::ReadResource
        | M::Complete => (Some(ALL), None),
        M::Initialize | M::Initialized | M::RootsListChanged => (Some(LEGACY), None),
        M::Subscribe | M::Unsubscribe | M::SetLevel => (Some(LEGACY), None),
        M::Ping => (Some(LEGACY), Some(LEGACY)),
        M::CreateMessage | M::ListRoots => (None, Some(LEGACY)),
        M::Elicit => (None, Some(ELICITATION)),
        M::Discover | M::Listen | M::UpdateTask => (Some(MODERN), None),
        M::GetTask | M::CancelTask => (Some(TASKS), Some(CORE_TASKS)),
        M::TaskResult | M::ListTasks | M::TaskStatus => (Some(CORE_TASKS), Some(CORE_TASKS)),
        M::ElicitationComplete => (None, Some(CORE_TASKS)),
        M::Cancelled => (Some(ALL), Some(ALL)),
        M::Progress => (Some(LEGACY), Some(ALL)),
        M::LoggingMessage
        | M::ToolListChanged
        | M::PromptListChanged
        | M::ResourceListChanged
        | M::ResourceUpdated => (None, Some(ALL)),
        M::SubscriptionsAcknowledged | M::TaskNotification => (None, Some(MODERN)),
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

const ALL: Revisions = Revisions::since(Version::V2024_11_05);
const LEGACY: Revisions = Revisions { first: Version::V2024_11_05, last: Version::V2025_11_25 };
const MODERN: Revisions = Revisions::since(Version::V2026_07_28);
const CORE_TASKS: Revisions = Revisions::only(Version::V2025_11_25);
const TASKS: Revisions = Revisions::since(Version::V2025_11_25);
const ELICITATION: Revisions =
    Revisions { first: Version::V2025_06_18, last: Version::V2025_11_25 };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_nothing_else_is_a_revision() {
        for version in Version::ALL {
            assert_eq!(Version::from_name(version.name()), Some(version));
        }
        assert_eq!(Version::from_name("2026-7-28"), None);
        assert!(Version::ALL.is_sorted());
    }

    #[test]
    fn the_modern_era_has_neither_handshake_nor_requests_from_the_server() {
        for method in Method::ALL {
            let from_server = Version::LATEST.allows(*method, Role::Server);
            assert!(!from_server || method.is_notification(), "{method}");
        }
        assert!(!Version::LATEST.allows(Method::Initialize, Role::Client));
        assert!(!Version::LATEST.allows(Method::Ping, Role::Client));
        assert!(Version::LATEST.allows(Method::Discover, Role::Client));
    }

    #[test]
    fn every_method_belongs_to_some_revision() {
        for method in Method::ALL {
            let sent = |version: &Version| {
                version.allows(*method, Role::Client) || version.allows(*method, Role::Server)
            };
            assert!(Version::ALL.iter().any(sent), "{method}");
        }
    }
}
