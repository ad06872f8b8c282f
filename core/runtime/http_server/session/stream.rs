//! GETs and DELETEs of the legacy era.

use std::sync::Arc;

use http::Response;
use mcp_engine_proto::connection::Topology;
use mcp_engine_proto::http::{HttpRule, Rejection, Status, StreamRequest};

use crate::http_server::body::ReplyBody;
use crate::http_server::response::{Refused, nothing};
use crate::http_server::site::Site;

/// Opens the stream of a session, or resumes one of its streams.
pub(in crate::http_server) fn serve(
    site: &Arc<Site>,
    principal: Option<&Arc<str>>,
    request: StreamRequest<'_>,
) -> Result<Response<ReplyBody>, Refused> {
    let (hold, session) = site.hold_session(request.session, principal)?;
    if session.topology != Topology::Http {
        return Err(Rejection::from(HttpRule::SessionUnknown).into());
    }
    let reader = match request.last_event_id {
        Some(last) => session.lanes.resume(last)?,
        None => session.lanes.open_standalone()?,
    };
    // The driver hears of the new stream.
    session.drive();
    let (lanes, attachment) = (Arc::clone(&session.lanes), reader.attachment);
    let at_end = move || {
        lanes.detach(attachment);
        drop(hold);
    };
    Ok(site.events(reader.pipe, Box::new(at_end)))
}

/// Ends a session.
pub(in crate::http_server) fn close(
    site: &Site,
    principal: Option<&Arc<str>>,
    claimed: &[u8],
) -> Result<Response<ReplyBody>, Refused> {
    let (_, session) = site.session(claimed, principal)?;
    if session.topology != Topology::Http {
        return Err(Rejection::from(HttpRule::SessionUnknown).into());
    }
    site.close_session(claimed, principal)?;
    Ok(nothing(NO_CONTENT))
}

const NO_CONTENT: Status = Status::new(204);
