//! What a client has found out about its server: its era, its session, where messages go.

use std::sync::Arc;

use mcp_engine_proto::http::{Peer, Sent, Url};
use mcp_engine_proto::version::{Era, Version};
use mcp_engine_proto::{Kind, Message, MessageRef, Method};

/// What was found out so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// The revision of a session of the legacy era, once `initialize` was answered.
    legacy: Option<Version>,
    session: Option<Arc<str>>,
    /// Where messages go over HTTP+SSE (MCP 2024-11-05).
    endpoint: Option<Url>,
    /// The id of `initialize`, until it was answered.
    initializing: Option<i64>,
    /// The revision of the last request of the modern era.
    modern: Option<Version>,
}

impl Known {
    /// Notes that this is about to be sent.
    pub(super) fn sending(&mut self, message: MessageRef<'_>) {
        if message.method() == Some(Method::Initialize) {
            self.initializing = message.id().and_then(|id| id.as_i64());
            (self.legacy, self.modern) = (None, None);
        } else if let Some(version) = modern_version(message) {
            self.modern = Some(version);
        }
    }

    /// Notes what has come: the answer to `initialize` names the revision.
    pub(super) fn heard(&mut self, message: &Message) {
        let id = message.id().and_then(|id| id.as_i64());
        if id.is_none() || id != self.initializing {
            return;
        }
        self.initializing = None;
        let named = message.result().and_then(|result| result.get("protocolVersion")?.string());
        self.legacy = named.and_then(|name| Version::from_name(&name.decode()));
    }

    pub(super) fn opened(&mut self, session: Option<&str>) {
        self.session = session.map(Arc::from);
    }

    pub(super) fn is_legacy(&self) -> bool {
        self.legacy.is_some()
    }

    pub(super) fn session(&self) -> Option<Arc<str>> {
        self.session.clone()
    }

    pub(super) fn endpoint(&self) -> Option<Url> {
        self.endpoint.clone()
    }

    pub(super) fn has_endpoint(&self) -> bool {
        self.endpoint.is_some()
    }

    pub(super) fn set_endpoint(&mut self, endpoint: Url) {
        self.endpoint = Some(endpoint);
    }

    /// What the headers of a request depend on. `message` is none for a request without one.
    pub(super) fn peer(&self, message: Option<MessageRef<'_>>) -> Peer<'_> {
        if let Some(version) = self.legacy {
            return Peer::Legacy { version, session: self.session.as_deref() };
        }
        let meant = self.modern.filter(|_| self.initializing.is_none());
        let version = message.and_then(modern_version).or(meant);
        version.map_or(Peer::Initializing, Peer::Modern)
    }

    /// What a response to this will depend on.
    pub(super) fn sent(&self, message: MessageRef<'_>) -> Sent {
        let in_session = self.legacy.is_some() && self.session.is_some();
        match (message.kind(), message.method()) {
            _ if self.has_endpoint() => Sent::OldMessage,
            (Kind::Request, Some(Method::Discover)) if self.legacy.is_none() => Sent::Discover,
            (Kind::Request, Some(Method::Initialize)) if self.legacy.is_none() => Sent::Initialize,
            (Kind::Request, _) if in_session => Sent::SessionRequest,
            (Kind::Request, _) if self.legacy.is_some() => Sent::LegacyRequest,
            (Kind::Request, _) => Sent::Request,
            _ if in_session => Sent::SessionNotification,
            _ => Sent::Notification,
        }
    }
}

/// The revision that a request of the modern era names in its `_meta`.
pub(super) fn modern_version(message: MessageRef<'_>) -> Option<Version> {
    let version = Version::from_name(&message.protocol_version()?.string()?.decode())?;
    (version.era() == Era::Modern).then_some(version)
}
