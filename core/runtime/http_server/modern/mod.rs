//! Requests of the modern era: each stands alone.

mod listening;
mod reply;

pub(super) use listening::Listeners;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use http::Response;
use mcp_engine_proto::connection::{Delivery, Reply as Say};
use mcp_engine_proto::endpoint::Accepted;
use mcp_engine_proto::http::{Head, HttpRule, Rejection, Status, check_params};
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::version::Era;
use mcp_engine_proto::{LoggingLevel, Message, RequestId};

use self::reply::{Caring, First, Reply};
use super::body::ReplyBody;
use super::response::{Refused, json, nothing, whole_events};
use super::site::{Share, Site};
use crate::answer::{Answer, Care, INTERNAL_ERROR, Responder, Served};
use crate::context::{Channel, Context, Report};
use crate::error::Error;
use crate::handler::{Notification, Request};

/// Serves a message that stands alone.
pub(super) async fn serve(
    site: &Arc<Site>,
    share: &Share,
    head: &Head<'_>,
    principal: Option<Arc<str>>,
    message: Message,
) -> Result<Response<ReplyBody>, Refused> {
    check_repeated(site, head, &message)?;
    let mut out = Vec::with_capacity(ROOM);
    let accepted = site.with_endpoint(|endpoint| endpoint.accept(message, &mut out));
    match accepted.ok_or(Refused::Failed)? {
        Accepted::Exchange(exchange) => {
            let reply = Reply::new(site, exchange, head.accepts, principal, out);
            exchange_with(site, share, reply).await
        }
        Accepted::Listening(listening) => {
            listening::serve(site, listening, head.accepts, principal)
        }
        Accepted::Notification(message) => {
            let channel = Arc::new(Nobody { principal }) as Arc<dyn Channel>;
            site.server.handler().notification(Notification::new(message, None, channel));
            Ok(nothing(Status::ACCEPTED))
        }
        Accepted::Answered(answer) => Ok(json(status(answer.code), out)),
        _ => Err(Rejection::from(HttpRule::NotFromClient).into()),
    }
}

/// Checks the headers that repeat arguments, where somebody knows which do.
fn check_repeated(site: &Site, head: &Head<'_>, message: &Message) -> Result<(), Rejection> {
    let known = site.config.tool_headers.as_ref().or(site.server.tool_headers());
    let mut checked = Ok(());
    if let Some(known) = known {
        known.of_call(message.as_ref(), &mut |params| checked = check_params(head, params));
    }
    checked
}

async fn exchange_with(
    site: &Arc<Site>,
    share: &Share,
    reply: Arc<Reply>,
) -> Result<Response<ReplyBody>, Refused> {
    let mut caring = Caring::new(Arc::clone(&reply));
    match handle(site, &reply).0 {
        Care::Answered => {}
        care => serve_later(site, share, &reply, &mut caring, care),
    }
    match reply.first().await {
        First::Answer { code, bytes } => {
            let status = status(code);
            if status == Status::OK && !reply.accepts().json() {
                let mut event = Vec::with_capacity(bytes.len().saturating_add(ROOM));
                reply::write_event(&mut event, &bytes);
                return Ok(whole_events(event));
            }
            Ok(json(status, bytes))
        }
        First::Events(pipe) => Ok(site.events(pipe, Box::new(move || drop(caring)))),
    }
}

/// Calls the handler. One that panics harms its own request alone.
fn handle(site: &Site, reply: &Arc<Reply>) -> Served {
    let (message, id, terms) = reply.request();
    let channel = Arc::clone(reply) as Arc<dyn Channel>;
    let request = Request::new(message, Context::new(id, terms, channel));
    let mut respond = |say: Say<'_>| reply.respond(say);
    let handled = catch_unwind(AssertUnwindSafe(|| {
        site.server.handler().request(request, Responder::new(&mut respond))
    }));
    handled.unwrap_or_else(|_| {
        // It may have answered before.
        let _ = reply.respond(Say::error(INTERNAL_ERROR, "the handler has failed"));
        Served(Care::Answered)
    })
}

fn serve_later(site: &Site, share: &Share, reply: &Arc<Reply>, caring: &mut Caring, care: Care) {
    let hand_over = {
        let reply = Arc::clone(reply);
        move |answer: Answer<'static>| {
            if reply.respond(answer.as_reply()).is_err() {
                let refused = Answer::error(INTERNAL_ERROR, "the answer is not allowed here");
                // It may be too late for any answer.
                let _ = reply.respond(refused.as_reply());
            }
        }
    };
    let running = share.seat(&site.server).and_then(|seat| seat.serve(care, hand_over));
    match running {
        Ok(running) => caring.is_served_by(running),
        Err(error) => {
            let busy = Answer::error(INTERNAL_ERROR, error.to_string());
            // Nobody else answers it.
            let _ = reply.respond(busy.as_reply());
        }
    }
}

fn status(code: Option<i64>) -> Status {
    code.map_or(Status::OK, |code| Status::of_error(Era::Modern, code))
}

/// The channel of a notification, which is answered by nobody.
#[derive(Debug)]
struct Nobody {
    principal: Option<Arc<str>>,
}

impl Channel for Nobody {
    fn progress(&self, _: &RequestId, _: Report<'_>) -> Result<Delivery, Error> {
        Err(Error::closed())
    }

    fn log(
        &self,
        _: &RequestId,
        _: LoggingLevel,
        _: Option<&str>,
        _: Raw<'_>,
    ) -> Result<Delivery, Error> {
        Err(Error::closed())
    }

    fn notify(&self, _: &RequestId, _: &str, _: Option<Raw<'_>>) -> Result<(), Error> {
        Err(Error::closed())
    }

    fn is_cancelled(&self, _: &RequestId) -> bool {
        true
    }

    fn principal(&self) -> Option<&str> {
        self.principal.as_deref()
    }
}

/// Room for an answer of the usual size.
const ROOM: usize = 512;
