//! The headers of a client's requests.

use crate::http::{HttpRule, Param, Rejection, mirror};
use crate::json::Raw;
use crate::message::MessageRef;
use crate::version::{Era, Feature, Version};

/// A request that a client is about to send, in either era.
#[derive(Clone, Copy, Debug)]
pub enum Outgoing<'a> {
    /// The POST of a message.
    Post {
        /// The message.
        message: MessageRef<'a>,
        /// The arguments of a call that the tool wants repeated in headers (modern).
        params: &'a [Param<'a>],
    },
    /// The GET of a stream (legacy).
    Stream {
        /// The last event that was seen, when a stream is resumed.
        last_event_id: Option<&'a str>,
    },
    /// The DELETE of a session (legacy).
    Close,
}

/// What a client knows about the server it speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer<'a> {
    /// A server of the modern era, and the version of this request.
    Modern(Version),
    /// `initialize` was not answered yet.
    Initializing,
    /// A server of the legacy era.
    Legacy {
        /// The version that was negotiated.
        version: Version,
        /// The session, when the server has opened one.
        session: Option<&'a str>,
    },
}

/// Shows each header of a request, a lowercase name and a value. What a header of HTTP itself says, such as `host` and
/// `content-length`, is for the transport to add.
///
/// ```
/// use mcp_engine_proto::http::{Outgoing, Peer, request_headers};
/// use mcp_engine_proto::version::Version;
///
/// let peer = Peer::Legacy { version: Version::V2025_11_25, session: Some("s1") };
/// let mut head = Vec::new();
/// request_headers(peer, Outgoing::Close, |name, value| head.push(format!("{name}: {value}")))?;
/// assert_eq!(head, ["mcp-protocol-version: 2025-11-25", "mcp-session-id: s1"]);
/// # Ok::<(), mcp_engine_proto::http::Rejection>(())
/// ```
///
/// # Errors
///
/// As for [`mirror`]; [`HttpRule::MetaVersion`] for a modern request whose `_meta` names another version. What was shown
/// before is not to be sent.
pub fn request_headers(
    peer: Peer<'_>,
    outgoing: Outgoing<'_>,
    mut see: impl FnMut(&str, &str),
) -> Result<(), Rejection> {
    match outgoing {
        Outgoing::Post { .. } => {
            see("content-type", "application/json");
            see("accept", "application/json, text/event-stream");
        }
        Outgoing::Stream { .. } => see("accept", "text/event-stream"),
        Outgoing::Close => {}
    }
    match (peer, outgoing) {
        (Peer::Modern(version), Outgoing::Post { message, params }) => {
            check_version(version, message)?;
            see("mcp-protocol-version", version.name());
            mirror(message, params, &mut see)?;
        }
        (Peer::Legacy { version, session }, _) => {
            if version.has(Feature::VersionHeader) {
                see("mcp-protocol-version", version.name());
            }
            if let Some(session) = session {
                see("mcp-session-id", session);
            }
        }
        _ => {}
    }
    if let (Outgoing::Stream { last_event_id: Some(id) }, true) = (outgoing, !is_modern(peer)) {
        see("last-event-id", id);
    }
    Ok(())
}

/// The header and `_meta` are to say the same.
fn check_version(version: Version, message: MessageRef<'_>) -> Result<(), Rejection> {
    let named = message.raw(message.index().tag).and_then(Raw::string);
    let same = named.is_none_or(|named| named == version.name());
    same.then_some(()).ok_or_else(|| HttpRule::MetaVersion.into())
}

fn is_modern(peer: Peer<'_>) -> bool {
    match peer {
        Peer::Modern(version) => version.era() == Era::Modern,
        Peer::Initializing | Peer::Legacy { .. } => false,
    }
}
