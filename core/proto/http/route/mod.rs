//! Routing: what a request is, before anything is done about it.
//!
//! [`Gate::admit`] judges the head, before a body is read; [`Post::route`] judges head and body together and says which
//! era the request belongs to and what it asks for. It stands between the headers and the sessions, keeps no state, and
//! nothing passes it that the specification has refused.
//!
//! ```text
//! head ──▶ host, origin ──▶ method ──┬─ POST ──▶ coding, type, accept, length ──▶ body ──▶ Exchange    (modern)
//!                                    │                                                ├──▶ Initialize  (legacy)
//!                                    │                                                └──▶ Session     (legacy)
//!                                    ├─ GET ───▶ Stream  (legacy)
//!                                    └─ DELETE ▶ Close   (legacy)
//! ```

mod http_sse;
mod post;
mod versions;

pub use http_sse::{SsePost, write_endpoint};
pub use post::{Body, Exchange, Expects, Post, Route, SessionPost};
pub use versions::Versions;

use super::headers::is_json;
use super::{Field, Head, HostPolicy, HttpLimit, HttpLimits, HttpRule, Rejection};
use crate::version::{Era, Version};

/// What stands before a server's endpoint: the revisions it serves, the hosts it answers for, its limits.
///
/// ```
/// use mcp_engine_proto::http::{Admitted, Body, Gate, Head, Route, Verb};
/// use mcp_engine_proto::Decoder;
///
/// let gate = Gate::default();
/// let fields = [("host", "localhost"), ("content-type", "application/json")];
/// let fields = fields.map(|(name, value)| (name.as_bytes(), value.as_bytes()));
/// let head = Head::read(fields, &gate.limits)?;
/// let Admitted::Post(post) = gate.admit(Verb::Post, &head)? else { unreachable!() };
///
/// let mut decoder = Decoder::default();
/// decoder.feed(br#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#)?;
/// decoder.feed(b"\n")?;
/// let message = decoder.poll().unwrap()?;
/// assert!(matches!(post.route(Body::Message(message.as_ref()))?, Route::Initialize));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Gate {
    /// The revisions that are served. `server/discover` must name the same ones.
    pub versions: Versions,
    /// Whether the legacy era has sessions.
    pub sessions: SessionMode,
    /// The hosts and origins that are let through.
    pub hosts: HostPolicy,
    /// The limits.
    pub limits: HttpLimits,
}

/// Whether a server keeps sessions for clients of the legacy era.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionMode {
    /// Every client gets one, and everything after `initialize` must name it.
    #[default]
    Required,
    /// None: each POST stands alone, and there are neither streams of their own nor requests from the server.
    Stateless,
}

/// A method of HTTP, as far as MCP knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// `POST`
    Post,
    /// `GET`
    Get,
    /// `DELETE`
    Delete,
    /// Any other.
    Other,
}

/// A request whose head is in order.
#[derive(Clone, Copy, Debug)]
pub enum Admitted<'a> {
    /// A message comes: read the body, and ask [`Post::route`].
    Post(Post<'a>),
    /// The client listens to a session, or resumes one of its streams (legacy).
    Stream(StreamRequest<'a>),
    /// The client ends a session (legacy).
    Close {
        /// What the client says is the id of its session.
        session: &'a [u8],
    },
}

/// A GET of the legacy era.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamRequest<'a> {
    /// What the client says is the id of its session.
    pub session: &'a [u8],
    /// The last event that the client has seen, when it resumes a stream.
    pub last_event_id: Option<&'a [u8]>,
}

impl Verb {
    /// The method of that exact name.
    pub fn from_name(name: &str) -> Self {
        match name {
            "POST" => Self::Post,
            "GET" => Self::Get,
            "DELETE" => Self::Delete,
            _ => Self::Other,
        }
    }
}

impl Gate {
    /// Judges a head. Nothing is allocated and nothing is kept for a request that is refused.
    ///
    /// # Errors
    ///
    /// In this order: 400 or 403 for the host and the origin, 405 for the method; of a POST 415 for a compressed body or
    /// one that is no JSON, 406 when the client takes neither JSON nor events, 413 when the body is said to be too long; of
    /// a GET or DELETE 400 for the version, 406 when the client takes no events, 400 without a session id.
    pub fn admit<'a>(&'a self, verb: Verb, head: &'a Head<'a>) -> Result<Admitted<'a>, Rejection> {
        self.hosts.check(head)?;
        match verb {
            Verb::Post => self.admit_body(head).map(Admitted::Post),
            Verb::Get => self.admit_stream(head).map(Admitted::Stream),
            Verb::Delete => {
                self.check_legacy(head)?;
                Ok(Admitted::Close { session: claimed_session(head)? })
            }
            Verb::Other => Err(Rejection::method(self.allowed())),
        }
    }

    fn admit_body<'a>(&'a self, head: &'a Head<'a>) -> Result<Post<'a>, Rejection> {
        let plain = match head.content_encoding {
            Field::Absent => true,
            Field::One(coding) => coding.eq_ignore_ascii_case(b"identity"),
            Field::Repeated => false,
        };
        if !plain {
            return Err(HttpRule::ContentEncoding.into());
        }
        if !head.content_type.one().is_some_and(is_json) {
            return Err(HttpRule::ContentType.into());
        }
        if !head.accepts.json() && !head.accepts.events() {
            return Err(HttpRule::NotAcceptable.into());
        }
        let post = Post { gate: self, head };
        post.check_length(head.content_length.unwrap_or_default())?;
        Ok(post)
    }

    fn admit_stream<'a>(&self, head: &'a Head<'a>) -> Result<StreamRequest<'a>, Rejection> {
        self.check_legacy(head)?;
        if !head.accepts.events() {
            return Err(HttpRule::StreamNotAcceptable.into());
        }
        let session = claimed_session(head)?;
        if head.last_event_id == Field::Repeated {
            return Err(Rejection::header_rule(HttpRule::FieldRepeated, "Last-Event-ID"));
        }
        Ok(StreamRequest { session, last_event_id: head.last_event_id.one() })
    }

    /// Refuses a GET or DELETE that does not belong to a session. The modern era has neither.
    fn check_legacy(&self, head: &Head<'_>) -> Result<(), Rejection> {
        let offered = self.has_sessions();
        let modern = named_version(head).is_some_and(|version| version.era() == Era::Modern);
        if !offered || (modern && self.versions.serves(Era::Modern)) {
            return Err(Rejection::method(if offered { "POST" } else { self.allowed() }));
        }
        self.legacy_version(head).map(drop)
    }

    /// The version that a message of the legacy era names.
    fn legacy_version(&self, head: &Head<'_>) -> Result<Option<Version>, Rejection> {
        match head.version {
            Field::Absent => Ok(None),
            Field::Repeated => Err(repeated_version()),
            Field::One(name) => {
                let version = named_version(head).filter(|version| version.era() == Era::Legacy);
                match version.filter(|version| self.versions.contains(*version)) {
                    Some(version) => Ok(Some(version)),
                    None => Err(self.invalid_version(&String::from_utf8_lossy(name))),
                }
            }
        }
    }

    fn invalid_version(&self, name: &str) -> Rejection {
        Rejection::versions(HttpRule::VersionInvalid, self.versions, Some(name))
    }

    fn has_sessions(&self) -> bool {
        self.versions.serves(Era::Legacy) && self.sessions == SessionMode::Required
    }

    /// The methods of HTTP that are offered, as `Allow` lists them.
    fn allowed(&self) -> &'static str {
        if self.has_sessions() { "GET, POST, DELETE" } else { "POST" }
    }
}

impl<'a> Post<'a> {
    /// Refuses a body that is longer than the limit. To be asked while the body is read, since what the head said
    /// about its length may be wrong.
    ///
    /// # Errors
    ///
    /// 413 above [`HttpLimits::body_bytes`].
    pub fn check_length(&self, bytes: u64) -> Result<(), Rejection> {
        let fits = bytes <= u64::from(self.gate.limits.body_bytes);
        fits.then_some(()).ok_or_else(|| HttpLimit::BodyBytes.into())
    }

    /// The head. Where an answer is expected, its [`accepts`](Head::accepts) says how it may come.
    pub fn head(&self) -> &'a Head<'a> {
        self.head
    }
}

/// The revision that `MCP-Protocol-Version` names.
fn named_version(head: &Head<'_>) -> Option<Version> {
    Version::from_name(head.version.text()?)
}

fn repeated_version() -> Rejection {
    Rejection::header_rule(HttpRule::HeaderRepeated, "MCP-Protocol-Version")
}

/// What a request says is its session.
fn claimed_session<'a>(head: &Head<'a>) -> Result<&'a [u8], Rejection> {
    match head.session {
        Field::One(session) => Ok(session),
        Field::Absent => Err(HttpRule::SessionMissing.into()),
        Field::Repeated => Err(Rejection::header_rule(HttpRule::FieldRepeated, "Mcp-Session-Id")),
    }
}
