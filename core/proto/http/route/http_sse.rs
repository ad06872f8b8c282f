//! HTTP+SSE, the transport of 2024-11-05: one stream that stays, and POSTs beside it.
//!
//! It has two addresses of its own beside the endpoint of the newer transport: a GET of the first opens a session and its
//! stream, whose first event says where to POST, and every POST there is answered on the stream. The session's id stands in
//! the query, so that it is claimed and checked like any other.

use super::{Gate, Post, Verb};
use crate::frame::sse::{Outgoing, write};
use crate::http::{Body, Head, HttpRule, Rejection, SessionId};
use crate::version::Version;

/// A POST of HTTP+SSE whose head is in order.
#[derive(Clone, Copy, Debug)]
pub struct SsePost<'a> {
    /// What the client says is the id of its session.
    pub session: &'a [u8],
    post: Post<'a>,
}

impl Gate {
    /// Judges the head of a GET that opens a session of HTTP+SSE. The session is of [`Version::V2024_11_05`] and lives as
    /// long as its stream.
    ///
    /// # Errors
    ///
    /// As for [`admit`](Self::admit): 400 or 403 for host and origin, 405 for another method or where that version is not
    /// served, 406 when the client takes no events.
    pub fn admit_sse_stream(&self, verb: Verb, head: &Head<'_>) -> Result<(), Rejection> {
        self.hosts.check(head)?;
        if verb != Verb::Get || !self.versions.contains(Version::V2024_11_05) {
            return Err(Rejection::method("GET"));
        }
        head.accepts.events().then_some(()).ok_or_else(|| HttpRule::StreamNotAcceptable.into())
    }

    /// Judges the head of a POST of HTTP+SSE. `query` is that of the request target, without its question mark.
    ///
    /// # Errors
    ///
    /// As for [`admit`](Self::admit); 400 when the query has not one session.
    pub fn admit_sse_message<'a>(
        &'a self,
        verb: Verb,
        head: &'a Head<'a>,
        query: &'a str,
    ) -> Result<SsePost<'a>, Rejection> {
        self.hosts.check(head)?;
        if verb != Verb::Post || !self.versions.contains(Version::V2024_11_05) {
            return Err(Rejection::method("POST"));
        }
        let post = self.admit_body(head)?;
        let mut sessions = query.split('&').filter_map(|pair| pair.strip_prefix(SESSION));
        match (sessions.next(), sessions.next()) {
            (Some(session), None) => Ok(SsePost { session: session.as_bytes(), post }),
            _ => Err(HttpRule::SessionMissing.into()),
        }
    }
}

impl SsePost<'_> {
    /// As [`Post::check_length`].
    ///
    /// # Errors
    ///
    /// 413 for a body that is too long.
    pub fn check_length(&self, bytes: u64) -> Result<(), Rejection> {
        self.post.check_length(bytes)
    }

    /// Judges the body. What it holds is taken with 202, and answered on the stream.
    ///
    /// # Errors
    ///
    /// 400 for a body that is no message, or a batch, which that version does not have.
    pub fn check(&self, body: Body<'_>) -> Result<(), Rejection> {
        match body {
            Body::Message(_) => Ok(()),
            Body::Batch(_) => Err(HttpRule::Batch.into()),
            Body::Refused(refusal) => Err(refusal.into()),
        }
    }
}

/// Appends the first event of a stream of HTTP+SSE, which says where to POST: `path`, with the session in its query.
///
/// ```
/// # use mcp_engine_proto::http::{Entropy, HttpLimits, Sessions, write_endpoint};
/// # use mcp_engine_proto::{Now, Seed, version::Version};
/// # let mut sessions = Sessions::new(&HttpLimits::default(), Seed([7, 11]));
/// # let (entropy, version) = (Entropy([0; 24]), Version::V2024_11_05);
/// # let id = sessions.open(entropy, b"", version, (), Now::default())?.id;
/// let mut out = Vec::new();
/// write_endpoint(&mut out, "/messages", &id);
/// assert!(out.starts_with(b"event: endpoint\ndata: /messages?sessionId="));
/// # Ok::<(), mcp_engine_proto::http::Rejection>(())
/// ```
pub fn write_endpoint(out: &mut Vec<u8>, path: &str, session: &SessionId) {
    let separator = if path.contains('?') { '&' } else { '?' };
    let data = format!("{path}{separator}{SESSION}{session}");
    let event = Outgoing { name: Some("endpoint"), data: data.as_bytes(), ..Outgoing::default() };
    let written = write(out, &event);
    debug_assert_eq!(written, Ok(()), "only a name or an id can be refused");
}

const SESSION: &str = "sessionId=";
