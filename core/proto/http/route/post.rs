//! The routing of a POST, once its body is there.
//!
//! A body that names a version in `_meta`, or a head that names one without a handshake, is modern; everything else is
//! legacy. The order in which a modern request is judged is that of the specification, for each refusal tells a client what
//! to mend next: the header, `_meta`, both against each other, the version, the mirror, the method.

use super::{Gate, SessionMode, claimed_session, named_version, repeated_version};
use crate::http::headers::check_mirror;
use crate::http::{Field, Head, HttpRule, Rejection};
use crate::json::{Raw, Str, ValueKind};
use crate::message::{Flags, Kind, Message, MessageRef, Method, Refusal};
use crate::version::{Era, Feature, Role, Version};

/// A POST whose head is in order.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a> {
    pub(super) gate: &'a Gate,
    pub(super) head: &'a Head<'a>,
}

/// What a body turned out to hold.
#[derive(Clone, Copy, Debug)]
pub enum Body<'m> {
    /// One message.
    Message(MessageRef<'m>),
    /// A batch: its messages, and what was refused among them.
    Batch(&'m [Result<Message, Refusal>]),
    /// No message.
    Refused(&'m Refusal),
}

/// What a POST asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// A request or notification that stands alone (modern).
    Exchange(Exchange),
    /// The first message of a session (legacy). The session is opened once the request was answered with a result.
    Initialize,
    /// Messages of a session, or of a client that has none where none are kept (legacy).
    Session(SessionPost<'a>),
}

/// A message of the modern era.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The revision it is to be understood by.
    pub version: Version,
    /// Whether it is to be answered.
    pub expects: Expects,
}

/// Messages of the legacy era.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionPost<'a> {
    /// What the client says is the id of its session; `None` where none are kept.
    pub session: Option<&'a [u8]>,
    /// The version that the head names.
    pub version: Option<Version>,
    /// Whether it is to be answered.
    pub expects: Expects,
    form: Form,
}

/// What a client waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expects {
    /// A response, as JSON or at the end of an event stream.
    Reply,
    /// 202 and no body.
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Single,
    Batch,
}

impl<'m> Body<'m> {
    /// The body of which a [`BodyDecoder`](crate::BodyDecoder) made these verdicts, of which there is at least one.
    pub fn of(verdicts: &'m [Result<Message, Refusal>]) -> Option<Self> {
        let batched = |message: &Message| message.index().flags & Flags::BATCH != 0;
        match verdicts {
            [Ok(message)] if !batched(message) => Some(Self::Message(message.as_ref())),
            [Err(refusal)] if !refusal.message().is_some_and(batched) => {
                Some(Self::Refused(refusal))
            }
            [] => None,
            batch => Some(Self::Batch(batch)),
        }
    }
}

impl Expects {
    fn of(kind: Kind) -> Self {
        if kind == Kind::Request { Self::Reply } else { Self::Nothing }
    }
}

impl SessionPost<'_> {
    /// The revision that the messages are to be understood by: the one that the session has negotiated, else the
    /// one that the head names, else 2025-03-26 (MCP 2025-11-25, Streamable HTTP, protocol version header).
    ///
    /// # Errors
    ///
    /// 400 for a batch when that revision has none.
    pub fn settle(&self, negotiated: Option<Version>) -> Result<Version, Rejection> {
        let version = negotiated.or(self.version).unwrap_or(Version::V2025_03_26);
        if self.form == Form::Batch && !version.has(Feature::Batches) {
            return Err(HttpRule::Batch.into());
        }
        Ok(version)
    }
}

impl<'a> Post<'a> {
    /// Says what a body asks for.
    ///
    /// # Errors
    ///
    /// Modern, in this order: 400 with `-32020` without the version header; 400 with `-32602` without a required key of
    /// `_meta`; 400 with `-32020` when the header says something else; 400 with `-32022` for a version that is not served;
    /// 400 with `-32020` for the headers that repeat the body; 404 with `-32601` for a method that the revision does not
    /// have. Legacy: 400 for the version, 406 when the client does not take both JSON and events, 400 without a session
    /// id. Before all that, 400 for a body that is no message, or a batch where there are none.
    pub fn route(&self, body: Body<'_>) -> Result<Route<'a>, Rejection> {
        match body {
            Body::Refused(refusal) => Err(refusal.into()),
            Body::Batch(verdicts) => self.batch(verdicts),
            Body::Message(message) if self.is_modern(message) => {
                self.modern(message).map(Route::Exchange)
            }
            Body::Message(message) => self.legacy(message),
        }
    }

    fn is_modern(&self, message: MessageRef<'_>) -> bool {
        let named = self.head.version != Field::Absent
            && named_version(self.head).is_none_or(|version| version.era() == Era::Modern);
        self.gate.versions.serves(Era::Modern) && (named || meta_version(message).is_some())
    }

    fn modern(&self, message: MessageRef<'_>) -> Result<Exchange, Rejection> {
        let version = match message.kind() {
            Kind::Request => self.request_version(message)?,
            Kind::Notification => self.notification_version(message)?,
            Kind::Response | Kind::ErrorResponse => return Err(HttpRule::NotFromClient.into()),
        };
        check_mirror(self.head, message)?;
        let removed = message.method().is_some_and(|method| !version.allows(method, Role::Client));
        if removed && message.kind() == Kind::Request {
            return Err(HttpRule::MethodRemoved.into());
        }
        Ok(Exchange { version, expects: Expects::of(message.kind()) })
    }

    /// The version of a request, which header and `_meta` must both name.
    fn request_version(&self, message: MessageRef<'_>) -> Result<Version, Rejection> {
        let header = match self.head.version {
            Field::One(header) => header,
            Field::Absent => return Err(self.version_missing()),
            Field::Repeated => return Err(repeated_version()),
        };
        let named = meta_version(message).and_then(Raw::string).ok_or(HttpRule::MetaVersion)?;
        let capabilities = message.meta().and_then(|meta| meta.get(CLIENT_CAPABILITIES));
        if capabilities.is_none_or(|value| value.kind() != ValueKind::Object) {
            return Err(HttpRule::MetaCapabilities.into());
        }
        if !is_same(header, named) {
            return Err(HttpRule::VersionMismatch.into());
        }
        self.served(&named.decode())
    }

    /// The version of a notification, which header or `_meta` names; what a notification must say is not
    /// specified.
    fn notification_version(&self, message: MessageRef<'_>) -> Result<Version, Rejection> {
        let named = meta_version(message).and_then(Raw::string);
        match (self.head.version, named) {
            (Field::Repeated, _) => Err(repeated_version()),
            (Field::Absent, None) => Err(HttpRule::MetaVersion.into()),
            (Field::Absent, Some(named)) => self.served(&named.decode()),
            (Field::One(header), None) => self.served(&String::from_utf8_lossy(header)),
            (Field::One(header), Some(named)) if is_same(header, named) => {
                self.served(&named.decode())
            }
            (Field::One(_), Some(_)) => Err(HttpRule::VersionMismatch.into()),
        }
    }

    /// The version of that name, when it is one of the modern era that is served.
    fn served(&self, name: &str) -> Result<Version, Rejection> {
        let versions = self.gate.versions;
        let version = Version::from_name(name)
            .filter(|version| version.era() == Era::Modern && versions.contains(*version));
        version
            .ok_or_else(|| Rejection::versions(HttpRule::VersionUnsupported, versions, Some(name)))
    }

    fn version_missing(&self) -> Rejection {
        Rejection::versions(HttpRule::VersionMissing, self.gate.versions, None)
    }

    fn legacy(&self, message: MessageRef<'_>) -> Result<Route<'a>, Rejection> {
        let opens = message.kind() == Kind::Request && message.method() == Some(Method::Initialize);
        let sessionless =
            self.head.session == Field::Absent || self.gate.sessions == SessionMode::Stateless;
        if opens && sessionless && self.gate.versions.serves(Era::Legacy) {
            self.check_initialize()?;
            return Ok(Route::Initialize);
        }
        self.session(Form::Single, Expects::of(message.kind()))
    }

    /// Checks the head of an `initialize`, which negotiates the version: what the header names need not be served.
    fn check_initialize(&self) -> Result<(), Rejection> {
        let legacy = |version: Version| version.era() == Era::Legacy;
        match self.head.version {
            Field::Repeated => return Err(repeated_version()),
            Field::One(name) if !named_version(self.head).is_some_and(legacy) => {
                return Err(self.gate.invalid_version(&String::from_utf8_lossy(name)));
            }
            _ => {}
        }
        self.check_accepts_both()
    }

    fn batch(&self, verdicts: &[Result<Message, Refusal>]) -> Result<Route<'a>, Rejection> {
        if !self.gate.versions.contains(Version::V2025_03_26) {
            return Err(HttpRule::Batch.into());
        }
        let messages = || verdicts.iter().filter_map(|verdict| verdict.as_ref().ok());
        if messages().any(|message| message.method() == Some(Method::Initialize)) {
            return Err(HttpRule::InitializeInBatch.into());
        }
        // What was refused is answered with an error.
        let answered = messages().any(|message| message.kind() == Kind::Request)
            || verdicts.iter().any(Result::is_err);
        self.session(Form::Batch, if answered { Expects::Reply } else { Expects::Nothing })
    }

    fn session(&self, form: Form, expects: Expects) -> Result<Route<'a>, Rejection> {
        if !self.gate.versions.serves(Era::Legacy) {
            return Err(match self.head.version.text() {
                Some(name) => {
                    let rule = HttpRule::VersionUnsupported;
                    Rejection::versions(rule, self.gate.versions, Some(name))
                }
                None => self.version_missing(),
            });
        }
        let version = match form {
            // A batch is not looked at for `_meta`, so that its head may name any version.
            Form::Batch if named_version(self.head).is_some_and(|v| v.era() == Era::Modern) => {
                return Err(HttpRule::Batch.into());
            }
            _ => self.gate.legacy_version(self.head)?,
        };
        self.check_accepts_both()?;
        let session = match self.gate.sessions {
            SessionMode::Required => Some(claimed_session(self.head)?),
            SessionMode::Stateless => None,
        };
        let post = SessionPost { session, version, expects, form };
        if session.is_none() {
            post.settle(None)?;
        }
        Ok(Route::Session(post))
    }

    fn check_accepts_both(&self) -> Result<(), Rejection> {
        let both = self.head.accepts.json() && self.head.accepts.events();
        both.then_some(()).ok_or_else(|| HttpRule::NotAcceptable.into())
    }
}

/// The version that `_meta` of a request or notification names, whatever its type.
fn meta_version(message: MessageRef<'_>) -> Option<Raw<'_>> {
    let sent = matches!(message.kind(), Kind::Request | Kind::Notification);
    sent.then(|| message.raw(message.index().tag))?
}

fn is_same(header: &[u8], named: Str<'_>) -> bool {
    core::str::from_utf8(header).is_ok_and(|header| named == header)
}

const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
