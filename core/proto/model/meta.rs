//! `_meta`: what stands beside a payload, and its reserved keys.
//!
//! Each place has its own reserved keys, which are members of a type here; every other key is kept in order, and those
//! of tracing and of tasks are found by name. Revisions before 2026-07-28 reserve the progress token alone.

use std::borrow::Cow;

use super::capability::ClientCapabilities;
use super::declare::object;
use super::implementation::Implementation;
use super::logging::LoggingLevel;
use super::task::RelatedTaskMetadata;
use super::{Json, Map};
use crate::json::{Raw, Str};
use crate::message::RequestId;
use crate::version::Version;

/// What the progress notifications of a request are told apart by.
pub type ProgressToken = RequestId;

/// `_meta` where no key has a type of its own: any keys, any values.
pub type MetaObject<'a> = Map<'a, Json<'a>>;

object! {
    /// `_meta` of a request. Since 2026-07-28 it says in which revision the request is made and by whom; a request
    /// written without saying so names the revision it is written for and declares no capability.
    #[derive(Default)]
    pub struct RequestMetaObject<'a> {
        optional {
            /// Asks for progress notifications with this token.
            progress_token: ProgressToken = "progressToken",
            /// The revision of the request.
            protocol_version: Cow<'a, str> = "io.modelcontextprotocol/protocolVersion"
                [since V2026_07_28 else quoted_name],
            /// What the client can do.
            client_capabilities: ClientCapabilities<'a> = "io.modelcontextprotocol/clientCapabilities"
                [since V2026_07_28 else no_capabilities],
            /// Who asks.
            client_info: Implementation<'a> = "io.modelcontextprotocol/clientInfo" [since V2026_07_28],
            /// Asks for log messages of this level and above.
            log_level: LoggingLevel = "io.modelcontextprotocol/logLevel" [since V2026_07_28],
        }
    }
}

object! {
    /// `_meta` of a notification.
    #[derive(Default)]
    pub struct NotificationMetaObject<'a> {
        optional {
            /// The subscription it belongs to: the id of the request that opened it.
            subscription_id: RequestId = "io.modelcontextprotocol/subscriptionId" [since V2026_07_28],
        }
    }
}

object! {
    /// `_meta` of a result.
    #[derive(Default)]
    pub struct ResultMetaObject<'a> {
        optional {
            /// Who answers.
            server_info: Implementation<'a> = "io.modelcontextprotocol/serverInfo" [since V2026_07_28],
        }
    }
}

/// A key of `_meta`, taken apart (MCP 2026-07-28, General fields).
///
/// ```
/// use mcp_engine_proto::model::MetaKey;
///
/// let key = MetaKey::parse("com.example/trace").unwrap();
/// assert_eq!((key.prefix, key.name), (Some("com.example"), "trace"));
/// assert!(MetaKey::parse("io.modelcontextprotocol/logLevel").unwrap().is_reserved());
/// assert!(MetaKey::parse("-x").is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetaKey<'a> {
    /// Labels with dots between them: whose key it is.
    pub prefix: Option<&'a str>,
    /// The name; it may be empty behind a prefix.
    pub name: &'a str,
}

impl<'a> MetaKey<'a> {
    /// Takes a key apart that follows the grammar.
    pub fn parse(key: &'a str) -> Option<Self> {
        let (prefix, name) = match key.split_once('/') {
            Some((prefix, name)) => (Some(prefix), name),
            None => (None, key),
        };
        let prefixed = prefix.is_none_or(|prefix| prefix.split('.').all(is_label));
        let named = if name.is_empty() { prefix.is_some() } else { is_name(name) };
        (prefixed && named).then_some(Self { prefix, name })
    }

    /// Whether the key is kept for the protocol: the second label of its prefix is `modelcontextprotocol` or `mcp`.
    pub fn is_reserved(self) -> bool {
        let second = self.prefix.and_then(|prefix| prefix.split('.').nth(1));
        matches!(second, Some("modelcontextprotocol" | "mcp"))
    }
}

/// Keys of `_meta` that have a meaning in more than one place.
impl Map<'_, Json<'_>> {
    /// `traceparent` of W3C Trace Context.
    pub fn traceparent(&self) -> Option<Cow<'_, str>> {
        self.text("traceparent")
    }

    /// `tracestate` of W3C Trace Context.
    pub fn tracestate(&self) -> Option<Cow<'_, str>> {
        self.text("tracestate")
    }

    /// `baggage` of W3C Baggage.
    pub fn baggage(&self) -> Option<Cow<'_, str>> {
        self.text("baggage")
    }

    /// The task that a message belongs to (MCP 2025-11-25, Tasks).
    pub fn related_task(&self) -> Option<RelatedTaskMetadata<'_>> {
        RelatedTaskMetadata::read(self.get(RELATED_TASK)?.raw()).ok()
    }

    /// Says which task a message belongs to (MCP 2025-11-25, Tasks).
    pub fn relate_to(&mut self, task: &RelatedTaskMetadata<'_>) {
        self.insert(RELATED_TASK, Json::of(task, Version::V2025_11_25));
    }

    fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(Json::raw).and_then(Raw::string).map(Str::decode)
    }
}

fn is_label(label: &str) -> bool {
    let edges = label.starts_with(|first: char| first.is_ascii_alphabetic())
        && label.ends_with(|last: char| last.is_ascii_alphanumeric());
    edges && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_name(name: &str) -> bool {
    let edge = |edge: char| edge.is_ascii_alphanumeric();
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    name.starts_with(edge) && name.ends_with(edge) && name.bytes().all(inner)
}

/// The `_meta` that a request must have and was not given.
pub(super) fn required(version: Version) -> Option<&'static str> {
    match version {
        Version::V2026_07_28 => Some(
            r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#,
        ),
        _ => None,
    }
}

fn quoted_name(version: Version) -> Option<&'static str> {
    Some(match version {
        Version::V2024_11_05 => r#""2024-11-05""#,
        Version::V2025_03_26 => r#""2025-03-26""#,
        Version::V2025_06_18 => r#""2025-06-18""#,
        Version::V2025_11_25 => r#""2025-11-25""#,
        Version::V2026_07_28 => r#""2026-07-28""#,
    })
}

fn no_capabilities(_: Version) -> Option<&'static str> {
    Some("{}")
}

const RELATED_TASK: &str = "io.modelcontextprotocol/related-task";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_follow_the_grammar() {
        for key in ["a", "A1", "a-b_c.d", "com.example/", "com.example/a", "a/b", "a.b-c.d2/x", "7"]
        {
            assert!(MetaKey::parse(key).is_some(), "{key}");
        }
        for key in [
            "", "/", "/a", "-a", "a-", "a b", "1a/b", "a-/b", "a..b/c", ".a/b", "a/b/c", "a_b/c",
            "é",
        ] {
            assert!(MetaKey::parse(key).is_none(), "{key}");
        }
    }

    #[test]
    fn the_second_label_says_whose_key_it_is() {
        let reserved = |key| MetaKey::parse(key).is_some_and(MetaKey::is_reserved);
        for key in [
            "io.modelcontextprotocol/a",
            "dev.mcp/",
            "org.modelcontextprotocol.api/a",
            "com.mcp.tools/a",
        ] {
            assert!(reserved(key), "{key}");
        }
        for key in ["mcp", "com.example.mcp/a", "mcp/a", "com.mcp-x/a", "progressToken"] {
            assert!(!reserved(key), "{key}");
        }
    }

    #[test]
    fn what_stands_for_no_meta_is_what_an_empty_one_is_written_as() {
        for version in Version::ALL {
            let mut out = Vec::new();
            RequestMetaObject::default().write(&mut out, version);
            let required = required(version).unwrap_or("{}");
            assert_eq!(out, required.as_bytes());
            assert_eq!(quoted_name(version).map(str::to_owned), Some(format!("\"{version}\"")));
        }
    }
}
