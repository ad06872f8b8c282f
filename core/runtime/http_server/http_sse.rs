//! HTTP+SSE, the transport of 2024-11-05: one stream for everything that the server says, and POSTs beside it.

use std::sync::Arc;

use http::Response;
use http::request::Parts;
use http_body::Body;
use mcp_engine_proto::connection::Topology;
use mcp_engine_proto::http::{Head, HttpRule, Rejection, Status, Verb, write_endpoint};
use mcp_engine_proto::version::Version;

use super::body::ReplyBody;
use super::config::HttpSsePaths;
use super::intake;
use super::pipe::Pipe;
use super::response::{Refused, nothing};
use super::session::Session;
use super::site::Site;

/// Opens a session with its stream. It lasts as long as the stream.
pub(super) fn open(
    site: &Arc<Site>,
    paths: &HttpSsePaths,
    verb: Verb,
    head: &Head<'_>,
    principal: Option<Arc<str>>,
) -> Result<Response<ReplyBody>, Refused> {
    site.gate.admit_sse_stream(verb, head)?;
    let session = Session::open_plain(site, &site.http_sse, principal.clone());
    let id = site.admit_session(&session, Version::V2024_11_05, principal.as_ref())?;
    let pipe = Arc::new(Pipe::new(site.config.limits.stream_bytes as usize));
    // An empty pipe has room.
    let _ = pipe.write(|out| write_endpoint(out, &paths.messages, &id));
    session.lanes.open_plain(Arc::clone(&pipe));
    let hold = site.hold_session(id.as_str().as_bytes(), principal.as_ref())?.0;
    let at_end = {
        let site = Arc::clone(site);
        move || {
            site.end_session(hold.id());
        }
    };
    Ok(site.events(pipe, Box::new(at_end)))
}

/// Takes messages of a session in, which are answered on its stream.
pub(super) async fn serve<B>(
    site: &Arc<Site>,
    verb: Verb,
    head: &Head<'_>,
    parts: &Parts,
    principal: Option<Arc<str>>,
    body: B,
) -> Result<Response<ReplyBody>, Refused>
where
    B: Body<Data = bytes::Bytes>,
{
    let post = site.gate.admit_sse_message(verb, head, parts.uri.query().unwrap_or_default())?;
    let verdicts = intake::read(site, &post, body).await?;
    if let Err(rejection) = post.check(verdicts.body().ok_or(Refused::Broken)?) {
        return Ok(site.refuse(&rejection.into(), verdicts.request_id().as_ref()));
    }
    let (_, session) = site.session(post.session, principal.as_ref())?;
    if session.topology != Topology::Duplex {
        return Err(Rejection::from(HttpRule::SessionUnknown).into());
    }
    session.lanes.put_plain(verdicts.into_vec())?;
    session.drive();
    Ok(nothing(Status::ACCEPTED))
}
