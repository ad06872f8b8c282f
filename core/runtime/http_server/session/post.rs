//! POSTs of the legacy era.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use http::{HeaderValue, Response};
use mcp_engine_proto::connection::{StreamId, Topology};
use mcp_engine_proto::http::{Expects, HttpRule, Rejection, SessionMode, SessionPost, Status};
use mcp_engine_proto::version::{Era, Version};
use mcp_engine_proto::{Message, Refusal};
use tokio::time::{Instant, sleep_until};

use super::Session;
use super::lanes::First;
use super::table::Hold;
use crate::http_server::body::ReplyBody;
use crate::http_server::intake::Verdicts;
use crate::http_server::response::{Refused, json, nothing, whole_events};
use crate::http_server::site::Site;

/// Serves `initialize`: opens a session, once it was answered with a result.
pub(in crate::http_server) fn initialize(
    site: &Arc<Site>,
    principal: Option<Arc<str>>,
    verdicts: Verdicts,
) -> Result<Response<ReplyBody>, Refused> {
    let session = Session::open(site, principal.clone());
    let post = Posted::new(&session, verdicts)?;
    let First::Answer(Some(answer)) = post.first_at_once() else { return Err(Refused::Failed) };
    let mut response = json(Status::OK, answer);
    let Some(version) = session.version() else { return Ok(response) };
    session.lanes.speak(version);
    if site.gate.sessions == SessionMode::Required {
        let id = site.admit_session(&session, version, principal.as_ref())?;
        let id = HeaderValue::from_str(id.as_str()).map_err(|_| Refused::Failed)?;
        response.headers_mut().insert("mcp-session-id", id);
    }
    Ok(response)
}

/// Serves messages of a session, or of a client that has none where none are kept.
pub(in crate::http_server) async fn serve(
    site: &Arc<Site>,
    principal: Option<Arc<str>>,
    post: SessionPost<'_>,
    verdicts: Verdicts,
) -> Result<Response<ReplyBody>, Refused> {
    let Some(claimed) = post.session else {
        return serve_alone(site, principal, post, verdicts).await;
    };
    let (id, session) = site.session(claimed, principal.as_ref())?;
    if session.topology != Topology::Http {
        return Err(Rejection::from(HttpRule::SessionUnknown).into());
    }
    post.settle(session.version())?;
    if post.expects == Expects::Nothing {
        session.lanes.put(verdicts.into_vec())?;
        session.drive();
        return Ok(nothing(Status::ACCEPTED));
    }
    let mut posted = Posted::new(&session, verdicts)?;
    if let Poll::Ready(first) = posted.poll_first(&Context::from_waker(Waker::noop())) {
        return answer(site, &session, first, None);
    }
    // From here on it may take longer than sessions are kept.
    let hold = site.hold_session(id.as_str().as_bytes(), principal.as_ref()).ok();
    let first = posted.first(site).await;
    answer(site, &session, first, hold.map(|(hold, _)| hold))
}

/// Serves messages that stand alone: in a session for them alone, whose handshake is taken for granted.
async fn serve_alone(
    site: &Arc<Site>,
    principal: Option<Arc<str>>,
    post: SessionPost<'_>,
    verdicts: Verdicts,
) -> Result<Response<ReplyBody>, Refused> {
    let version = post.settle(None)?;
    let session = Session::open(site, principal);
    session.stands_alone();
    let alone = Alone(Arc::clone(&session));
    shake_hands(site, &session, version)?;
    if post.expects == Expects::Nothing {
        session.lanes.put(verdicts.into_vec())?;
        session.drive();
        return Ok(nothing(Status::ACCEPTED));
    }
    tokio::spawn(session.keep());
    let first = Posted::new(&session, verdicts)?.first(site).await;
    match first {
        First::Events(reader) => {
            // Nobody can resume it: with its reader everything ends.
            Ok(site.events(reader.pipe, Box::new(move || drop(alone))))
        }
        first => answer(site, &session, first, None),
    }
}

/// Puts a connection where a handshake would have brought it.
fn shake_hands(site: &Arc<Site>, session: &Session, version: Version) -> Result<(), Refused> {
    let spoken =
        |version: &Version| version.era() == Era::Legacy && site.gate.versions.contains(*version);
    let newest = Version::ALL.into_iter().rev().find(spoken);
    let version = Some(version).filter(spoken).or(newest).ok_or(Refused::Failed)?;
    let text = format!(
        r#"{{"jsonrpc":"2.0","id":0,"method":"initialize","params":{{"protocolVersion":"{version}","capabilities":{{}},"clientInfo":{{"name":"","version":""}}}}}}"#
    );
    let hello: Option<Result<Message, Refusal>> = site.with_decoder(|decoder| {
        decoder.feed(text.as_bytes()).ok()?;
        decoder.end();
        decoder.poll()
    });
    session.lanes.put(hello)?;
    session.drive();
    session.lanes.speak(version);
    Ok(())
}

/// What a POST has come to.
fn answer(
    site: &Arc<Site>,
    session: &Arc<Session>,
    first: First,
    hold: Option<Hold>,
) -> Result<Response<ReplyBody>, Refused> {
    match first {
        First::Answer(Some(answer)) => Ok(json(Status::OK, answer)),
        First::Answer(None) | First::Elsewhere => Ok(whole_events("")),
        First::Closed => Err(Rejection::from(HttpRule::SessionUnknown).into()),
        First::Events(reader) => {
            let (lanes, attachment) = (Arc::clone(&session.lanes), reader.attachment);
            let at_end = move || {
                lanes.detach(attachment);
                drop(hold);
            };
            Ok(site.events(reader.pipe, Box::new(at_end)))
        }
    }
}

/// A session that ends with the only request it was for.
struct Alone(Arc<Session>);

impl Drop for Alone {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A POST whose messages were taken in, and looked at by the driver, unless another one turns it.
struct Posted<'a> {
    session: &'a Session,
    stream: StreamId,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waiting,
    Answered,
}

impl<'a> Posted<'a> {
    fn new(session: &'a Session, verdicts: Verdicts) -> Result<Self, Refused> {
        let stream = match verdicts {
            Verdicts::One(verdict) => session.lanes.ask([verdict])?,
            Verdicts::Many(verdicts) => session.lanes.ask(verdicts)?,
        };
        session.drive();
        Ok(Self { session, stream, stage: Stage::Waiting })
    }

    fn poll_first(&mut self, cx: &Context<'_>) -> Poll<First> {
        let first = self.session.lanes.poll_first(self.stream, cx);
        if first.is_ready() {
            self.stage = Stage::Answered;
        }
        first
    }

    /// For what the connection answers itself.
    fn first_at_once(mut self) -> First {
        let cx = Context::from_waker(Waker::noop());
        match self.poll_first(&cx) {
            Poll::Ready(first) => first,
            Poll::Pending => First::Closed,
        }
    }

    /// Waits for the first that there is, and settles for events when that takes long.
    async fn first(mut self, site: &Site) -> First {
        let patience = site.config.keep_alive;
        let mut alarm = pin!(sleep_until(Instant::now() + patience));
        let mut rang = patience.is_zero();
        poll_fn(|cx| {
            let first = self.poll_first(cx);
            if first.is_pending() && !rang && alarm.as_mut().poll(cx).is_ready() {
                rang = true;
                self.session.lanes.make_events(self.stream);
                return self.poll_first(cx);
            }
            first
        })
        .await
    }
}

impl Drop for Posted<'_> {
    fn drop(&mut self) {
        if self.stage == Stage::Waiting {
            self.session.lanes.abandon(self.stream);
            self.session.rouse();
        }
    }
}
