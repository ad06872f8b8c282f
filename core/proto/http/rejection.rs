//! Why a request was refused: the rule, the status, the JSON-RPC error that says so.
//!
//! Every room here that judges a request answers with a [`Rejection`], which a server turns into one HTTP response. It
//! names the rule and the header, never the bytes of the peer, except for the version that `-32022` must repeat.

use core::fmt;

use super::status::{HEADER_MISMATCH, Status};
use super::{HttpLimit, HttpRule, Versions};
use crate::error::{Error, INVALID_REQUEST};
use crate::json::{Raw, write};
use crate::limits::Limit;
use crate::message::{Refusal, RequestId, encode};

/// A request that was refused.
///
/// ```
/// use mcp_engine_proto::http::{Head, HostPolicy, HttpLimits, Status};
///
/// let fields = [(&b"Host"[..], &b"evil.example"[..])];
/// let head = Head::read(fields, &HttpLimits::default())?;
/// let rejection = HostPolicy::default().check(&head).unwrap_err();
/// assert_eq!(rejection.status(), Status::FORBIDDEN);
/// assert_eq!(rejection.name(), "host-foreign");
/// # Ok::<(), mcp_engine_proto::http::Rejection>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    cause: Cause,
    detail: Detail,
}

/// What was wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// A rule of HTTP, or of MCP over HTTP.
    Rule(HttpRule),
    /// A limit of [`HttpLimits`](super::HttpLimits).
    Limit(HttpLimit),
    /// The body is no message.
    Message(Error),
}

/// What an answer says beside the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Detail {
    None,
    /// The header that the rule is about.
    Header(Box<str>),
    /// The methods of HTTP that would have been allowed.
    Allow(&'static str),
    /// The versions that are served, and the JSON token of the one that was asked for.
    Versions {
        supported: Versions,
        requested: Option<Box<str>>,
    },
}

impl Rejection {
    /// The response's status.
    pub fn status(&self) -> Status {
        match self.cause {
            Cause::Rule(rule) => rule.status(),
            Cause::Limit(limit) => limit.status(),
            Cause::Message(Error::LimitExceeded { limit: Limit::MessageBytes, .. }) => {
                Status::CONTENT_TOO_LARGE
            }
            Cause::Message(Error::ApiMisuse(_)) => Status::INTERNAL_ERROR,
            Cause::Message(_) => Status::BAD_REQUEST,
        }
    }

    /// The JSON-RPC error code of the response's body.
    pub fn code(&self) -> i32 {
        match self.cause {
            Cause::Rule(rule) => rule.code(),
            Cause::Limit(_) => INVALID_REQUEST,
            Cause::Message(error) => error.code(),
        }
    }

    /// What was wrong.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// The stable kebab-case name of the rule or limit, for reports and metrics.
    pub fn name(&self) -> &'static str {
        match self.cause {
            Cause::Rule(rule) => rule.name(),
            Cause::Limit(limit) => limit.name(),
            Cause::Message(error) => error.rule(),
        }
    }

    /// The header, beside those of every response, that tells a client what it may do instead: a lowercase name and
    /// a value.
    pub fn header(&self) -> Option<(&'static str, &'static str)> {
        match (self.cause, &self.detail) {
            (_, Detail::Allow(methods)) => Some(("allow", *methods)),
            (Cause::Rule(HttpRule::ContentType), _) => Some(("accept-post", "application/json")),
            (Cause::Rule(HttpRule::ContentEncoding), _) => Some(("accept-encoding", "identity")),
            _ if self.status() == Status::UNAVAILABLE => Some(("retry-after", RETRY_AFTER_S)),
            _ => None,
        }
    }

    /// Appends the response's body: a JSON-RPC error, with the id of the request where it could be read.
    pub fn write(&self, out: &mut Vec<u8>, id: Option<&RequestId>) {
        let data = self.data();
        let data = data.as_deref().map(Raw::new);
        encode::error(out, id, i64::from(self.code()), &self.to_string(), data);
    }

    /// The member `data` of the error: the versions that are served, and the one that was asked for.
    fn data(&self) -> Option<String> {
        let Detail::Versions { supported, requested } = &self.detail else { return None };
        let mut data = String::from(r#"{"supported":["#);
        for (at, version) in supported.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            data.extend([comma, "\"", version.name(), "\""]);
        }
        data.push(']');
        if let Some(requested) = requested {
            data.extend([r#","requested":"#, requested]);
        }
        data.push('}');
        Some(data)
    }

    /// A rule about a header that has no rule of its own.
    pub(super) fn header_rule(rule: HttpRule, header: &str) -> Self {
        Self { cause: Cause::Rule(rule), detail: Detail::Header(header.into()) }
    }

    pub(super) fn method(allow: &'static str) -> Self {
        Self { cause: Cause::Rule(HttpRule::HttpMethod), detail: Detail::Allow(allow) }
    }

    /// A rule about versions, which names those that are served and repeats the one that was asked for.
    pub(super) fn versions(rule: HttpRule, supported: Versions, requested: Option<&str>) -> Self {
        let requested = requested.map(|text| {
            let mut token = Vec::new();
            write::string(&mut token, &text.chars().take(LONGEST_VERSION).collect::<String>());
            String::from_utf8(token).unwrap_or_default().into()
        });
        Self { cause: Cause::Rule(rule), detail: Detail::Versions { supported, requested } }
    }
}

impl From<HttpRule> for Rejection {
    fn from(rule: HttpRule) -> Self {
        Self { cause: Cause::Rule(rule), detail: Detail::None }
    }
}

impl From<HttpLimit> for Rejection {
    fn from(limit: HttpLimit) -> Self {
        Self { cause: Cause::Limit(limit), detail: Detail::None }
    }
}

impl From<&Refusal> for Rejection {
    fn from(refusal: &Refusal) -> Self {
        Self { cause: Cause::Message(refusal.error()), detail: Detail::None }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.code() == HEADER_MISMATCH {
            f.write_str("Header mismatch: ")?;
        }
        let reason = match self.cause {
            Cause::Rule(rule) => rule.reason(),
            Cause::Limit(limit) => limit.reason(),
            Cause::Message(error) => error.reason(),
        };
        f.write_str(reason)?;
        match &self.detail {
            Detail::None => Ok(()),
            Detail::Header(header) => write!(f, " ({header})"),
            Detail::Allow(methods) => write!(f, " (allowed: {methods})"),
            Detail::Versions { supported, .. } => write!(f, " (served: {supported})"),
        }
    }
}

impl std::error::Error for Rejection {}

/// How many characters of a version that is not known are repeated. Versions have ten.
const LONGEST_VERSION: usize = 64;
/// A server that is full asks its clients to come again then.
const RETRY_AFTER_S: &str = "10";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::Version;

    #[test]
    fn an_unsupported_version_is_answered_with_those_that_are_served() {
        let served = Versions::only(Version::V2026_07_28).with(Version::V2025_11_25);
        let rejection =
            Rejection::versions(HttpRule::VersionUnsupported, served, Some("v999\"\u{1}"));
        let mut out = Vec::new();
        rejection.write(&mut out, Some(&RequestId::from(7)));
        let text = String::from_utf8(out).expect("JSON is UTF-8");
        assert!(text.starts_with(r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32022,"#), "{text}");
        let data =
            r#""data":{"supported":["2026-07-28","2025-11-25"],"requested":"v999\"\u0001"}}}"#;
        assert!(text.ends_with(data), "{text}");
    }

    #[test]
    fn a_version_is_not_repeated_at_any_length() {
        for letter in ["9", "€", "\u{1}"] {
            let (rule, long) = (HttpRule::VersionUnsupported, letter.repeat(100_000));
            let rejection = Rejection::versions(rule, Versions::ALL, Some(&long));
            let mut out = Vec::new();
            rejection.write(&mut out, None);
            assert!(out.len() < 1_000, "{}", out.len());
        }
    }
}
