//! What a server says by itself: its questions, its log messages, and what has changed.

use std::pin::pin;
use std::sync::Arc;

use mcp_engine_proto::connection::{Call, Change, Event, Patience, Reply};
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::{LoggingLevel, Message, Method, RequestId};
use tokio::time::{Instant, timeout_at};

use super::board::{Audience, Board};
use super::limits::ProxyLimit;
use super::question::Question;
use crate::answer::{Answer, INTERNAL_ERROR, Responder, Served};
use crate::driver::{OnProgress, Settled};
use crate::error::Error;
use crate::handler::{Handler, Notification, Origin, Request};
use crate::peer::{Calling, Peer};

/// Hears the server of one connection.
#[derive(Debug)]
pub(super) struct Behind(pub(super) Arc<Board>);

impl Handler for Behind {
    fn request(&self, request: Request, responder: Responder<'_>) -> Served {
        let board = Arc::clone(&self.0);
        let slip = match board.slip() {
            Ok(slip) => slip,
            Err(limit) => return responder.send(Reply::error(INTERNAL_ERROR, limit.reason())),
        };
        responder.later(async move {
            let answer = ask(&board, &request).await;
            drop(slip);
            answer.unwrap_or_else(|limit| {
                let limit = board.tally.count(limit);
                Answer::error(INTERNAL_ERROR, limit.reason())
            })
        })
    }

    fn notification(&self, notification: Notification) {
        let message = notification.message();
        let uri = || message.params()?.get("uri")?.string();
        match message.method() {
            Some(Method::ToolListChanged) => self.0.publish(Change::Tools),
            Some(Method::PromptListChanged) => self.0.publish(Change::Prompts),
            Some(Method::ResourceListChanged) => self.0.publish(Change::Resources),
            Some(Method::ResourceUpdated) => {
                uri().into_iter().for_each(|uri| self.0.publish(Change::Resource(&uri.decode())));
            }
            Some(Method::TaskNotification) => self.tell_of_task(message),
            Some(Method::LoggingMessage) => self.log(message),
            _ => self.pass_on(message),
        }
    }

    fn event(&self, event: Event, _: &Origin) {
        match event {
            Event::Closed(_) => self.0.close(),
            Event::ListeningEnded { .. } => self.0.listening_ended(),
            _ => {}
        }
    }
}

impl Behind {
    fn tell_of_task(&self, message: &Message) {
        let id = message.params().and_then(|params| params.get("taskId")?.string());
        if let (Some(id), Some(task)) = (id, message.params()) {
            self.0.publish(Change::Task(&id.decode(), task));
        }
    }

    /// Passes a log message on to whoever waits: it does not say which request it is about.
    fn log(&self, message: &Message) {
        let Some(Log { level, logger, content }) = Log::read(message) else { return };
        let logger = logger.as_deref();
        let mut waiting = self.0.waiting().into_iter();
        // Those who are gone, and those who do not want messages of that level, are sent none.
        match (self.0.audience(), waiting.next()) {
            (Some(Audience::Session(peer)), None) => {
                let peer = peer.upgrade().map(Peer::new);
                let _ = peer.map(|peer| peer.log(level, logger, content));
            }
            (Some(Audience::Session(_)), Some(last)) => {
                let _ = last.log(level, logger, content);
            }
            (_, last) => last.into_iter().chain(waiting).for_each(|front| {
                let _ = front.log(level, logger, content);
            }),
        }
    }

    /// Passes on what only a session can hear.
    fn pass_on(&self, message: &Message) {
        let (Some(Audience::Session(peer)), Some(name)) =
            (self.0.audience(), message.method_name())
        else {
            return;
        };
        if let Some(peer) = peer.upgrade() {
            // What its revision does not know is not for it.
            let _ = Peer::new(peer).notify(&name.decode(), message.params());
        }
    }
}

/// A log message.
struct Log<'a> {
    level: LoggingLevel,
    logger: Option<std::borrow::Cow<'a, str>>,
    content: Raw<'a>,
}

impl<'a> Log<'a> {
    fn read(message: &'a Message) -> Option<Self> {
        let params = message.params()?;
        let level = LoggingLevel::from_name(&params.get("level")?.string()?.decode())?;
        let logger = params.get("logger").and_then(Raw::string).map(|name| name.decode());
        Some(Self { level, logger, content: params.get("data")? })
    }
}

/// Asks the client that is meant, as soon as there is one. What is asked by the result of a request waits as long as that is parked.
async fn ask(board: &Arc<Board>, request: &Request) -> Result<Answer<'static>, ProxyLimit> {
    let related = request.context().related();
    let due = Instant::now() + board.limits.parked_time;
    loop {
        let mut arrived = pin!(board.arrived().notified());
        arrived.as_mut().enable();
        let answer = match board.audience() {
            Some(Audience::Session(peer)) => {
                let peer = peer.upgrade().map(Peer::new);
                timeout_at(due, ask_session(board, peer, request, related.as_ref())).await
            }
            Some(_) => Ok(ask_by_result(board, request, related.as_ref()).await),
            None => Ok(None),
        };
        if let Some(answer) = answer.map_err(|_| ProxyLimit::ParkedTime)? {
            return Ok(answer);
        }
        timeout_at(due, arrived).await.map_err(|_| ProxyLimit::ParkedTime)?;
    }
}

/// Asks by a request, on the stream of the request that it is about where there is one. `None` when there is no stream at present.
async fn ask_session(
    board: &Arc<Board>,
    peer: Option<Peer>,
    request: &Request,
    related: Option<&RequestId>,
) -> Option<Answer<'static>> {
    let message = request.message();
    let name = message.method_name()?.decode();
    let mut call = Call::named(&name).patience(Patience::ENDLESS);
    if let Some(params) = message.params() {
        call = call.params(params);
    }
    let front = board.ask(related);
    let asked = match &front {
        Some((front, _)) => front.peer()?.request_with(call.related(front.id()), listener(request)),
        None => peer?.request_with(call, listener(request)),
    };
    match asked {
        Ok(calling) => Some(answer_of(calling).await),
        Err(error) if may_be_asked_later(&error) => None,
        Err(error) => Some(refusal(&error)),
    }
}

/// Whether the client cannot be asked yet: it has no stream open, or is not through with its handshake.
fn may_be_asked_later(error: &Error) -> bool {
    use mcp_engine_proto::{Error as Protocol, Misuse};
    let misuse = match error.protocol() {
        Some(Protocol::ApiMisuse(misuse)) => Some(misuse),
        _ => None,
    };
    matches!(misuse, Some(Misuse::NoStream | Misuse::NotReady))
}

/// Passes on to the server how far its request is, when it wants to know.
fn listener(request: &Request) -> Option<OnProgress> {
    request.message().token()?;
    let context = request.context().clone();
    Some(Box::new(move |message| {
        let Some(said) = message.progress() else { return };
        let text = said.message.map(|text| text.decode());
        // The server may not wait any more.
        let _ = context.progress(said.progress, said.total, text.as_deref());
    }))
}

/// Asks by the result of a request, and of another one when that was answered before. `None` when there is none that could.
async fn ask_by_result(
    board: &Arc<Board>,
    request: &Request,
    related: Option<&RequestId>,
) -> Option<Answer<'static>> {
    loop {
        let Some((question, answered)) = Question::new(request.message()) else {
            return Some(Answer::error(METHOD_NOT_FOUND, "no client can be asked that here"));
        };
        board.put(question, related)?;
        if let Ok(answer) = answered.await {
            return Some(answer);
        }
    }
}

/// What a peer says to what it was asked.
pub(super) async fn answer_of(calling: Calling) -> Answer<'static> {
    match calling.settled().await {
        Settled::Answered(message) | Settled::InputRequired(message, _) => {
            Answer::Relay(Box::new(message))
        }
        Settled::Failed(error) => refusal(&error),
    }
}

/// What is answered when something cannot be passed on.
pub(super) fn refusal(error: &Error) -> Answer<'static> {
    use mcp_engine_proto::Error as Protocol;
    if let Some((code, text)) = error.refused() {
        return Answer::error(code, text.to_owned());
    }
    let code = match error.protocol() {
        Some(Protocol::PeerIncompatible(_)) => METHOD_NOT_FOUND,
        _ => INTERNAL_ERROR,
    };
    Answer::error(code, error.to_string())
}

const METHOD_NOT_FOUND: i64 = -32601;
