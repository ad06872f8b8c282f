//! One request on its way to the server and back.
//!
//! ```text
//!              ┌─ result, error ──────────────────────▶ answer
//! request ─▶ server ─ question ─▶ parked ─▶ answer that asks ─ the client comes again ─┐
//!              ▲ └─ input_required ─▶ answer that asks, or questions to a session ─┐   │
//!              └───────────────────────────────────────────────────────────────────┴───┘
//! ```

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use mcp_engine_proto::connection::{Call, Capabilities, Patience};
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::model::JsonObject;
use mcp_engine_proto::version::Era;
use mcp_engine_proto::{Message, Method};
use tokio::time::{Instant, sleep_until};

use super::Shared;
use super::behind::refusal;
use super::board::{MayAsk, Place};
use super::limits::ProxyLimit;
use super::lines::Owner;
use super::question;
use super::slot::Use;
use crate::answer::{Answer, INTERNAL_ERROR};
use crate::driver::{OnProgress, Settled};
use crate::handler::Request;
use crate::peer::Calling;

/// A request that the server was asked for.
pub(super) struct Relay {
    used: Use,
    calling: Calling,
    place: Place,
    /// How long the server may give no sign of life.
    silence: Duration,
    rounds: u32,
    began: Instant,
}

/// What has happened to a request.
enum Came {
    Settled(Settled),
    /// The server has asked something.
    Question,
    Late(ProxyLimit),
}

impl Relay {
    /// Asks the server. `params` are those of the request, or what has become of them.
    pub(super) fn begin(
        used: Use,
        request: &Request,
        params: Option<Raw<'_>>,
    ) -> Result<Self, Answer<'static>> {
        let message = request.message();
        let name = message.method_name().map(|name| name.decode()).unwrap_or_default();
        let call = call_of(&name, params, &used, request);
        // The time that a request may take is counted here, without that of the client.
        let calling = used.client.peer().request(call.patience(Patience::ENDLESS));
        let calling = calling.map_err(|error| refusal(&error))?;
        let may_ask = match message.method() {
            Some(Method::CallTool | Method::GetPrompt | Method::ReadResource) => MayAsk::Yes,
            _ => MayAsk::No,
        };
        let front = request.context().clone();
        let place = used.board.enter(calling.id().clone(), may_ask, front);
        if message.token().is_some() {
            calling.listen(Box::new(place.listener()));
        }
        let silence = match message.method() {
            // That is answered when the task is done.
            Some(Method::TaskResult) => used.board.limits.total,
            _ => used.board.limits.silence,
        };
        Ok(Self { used, calling, place, silence, rounds: 0, began: Instant::now() })
    }

    /// The client has come again: hands the server what it has brought.
    pub(super) fn resume(&mut self, request: &Request) {
        self.began = Instant::now();
        self.place.set_front(Some(request.context().clone()));
        let params = request.message().params();
        let responses = params.and_then(|params| params.get("inputResponses"));
        let version = self.used.version();
        self.place.questions(|asked| question::answer(asked, responses, version));
    }

    /// Whose it is.
    pub(super) fn owner(&self) -> &Owner {
        &self.used.slot().key.owner
    }

    /// Waits for the answer that the client gets now.
    pub(super) async fn answer(
        mut self,
        shared: &Arc<Shared>,
        request: &Request,
    ) -> Answer<'static> {
        loop {
            let settled = match self.next(shared).await {
                Came::Settled(settled) => settled,
                Came::Question => return self.park(shared, request),
                Came::Late(limit) => {
                    shared.tally.count(limit);
                    return Answer::error(INTERNAL_ERROR, limit.reason());
                }
            };
            let asked = match settled {
                Settled::Answered(message) => return self.answered(shared, request, message),
                Settled::Failed(error) => return refusal(&error),
                Settled::InputRequired(message, on_progress) => (message, on_progress),
            };
            match request.context().version().era() {
                Era::Modern => return shared.pass_on_input(request, asked.0),
                Era::Legacy => match self.gather(shared, request, asked).await {
                    Ok(again) => self = again,
                    Err(answer) => return answer,
                },
            }
        }
    }

    fn answered(mut self, shared: &Shared, request: &Request, message: Message) -> Answer<'static> {
        self.place.answered();
        if !self.used.is_modern() && !is_complete(&message) {
            return Answer::error(INTERNAL_ERROR, "the result is of another era than the server");
        }
        if request.message().method() == Some(Method::ListTools)
            && let Some(known) = &shared.tool_headers
        {
            known.listed(message.as_ref());
        }
        Answer::Relay(Box::new(message))
    }

    async fn next(&mut self, shared: &Shared) -> Came {
        let (bell, limits) = (self.place.bell(), &shared.limits);
        loop {
            let end = self.began + limits.total;
            let silent = self.place.heard().map(|heard| heard + self.silence);
            // What a client takes to answer has a bound of its own.
            let due = silent.map_or(Instant::now() + limits.parked_time, |due| due.min(end));
            let (mut rung, mut alarm) = (pin!(bell.notified()), pin!(sleep_until(due)));
            let came = poll_fn(|cx| {
                if let Poll::Ready(settled) = self.calling.poll_settled(cx) {
                    return Poll::Ready(Some(Came::Settled(settled)));
                }
                if self.place.questions(|asked| !asked.is_empty()) == Some(true) {
                    return Poll::Ready(Some(Came::Question));
                }
                let stirred =
                    rung.as_mut().poll(cx).is_ready() | alarm.as_mut().poll(cx).is_ready();
                if stirred { Poll::Ready(None) } else { Poll::Pending }
            });
            if let Some(came) = came.await {
                return came;
            }
            let (now, heard) = (Instant::now(), self.place.heard());
            match heard {
                Some(_) if end <= now => return Came::Late(ProxyLimit::Total),
                Some(heard) if heard + self.silence <= now => {
                    return Came::Late(ProxyLimit::Silence);
                }
                _ => {}
            }
        }
    }

    /// Parks the request, and lets the client be asked.
    fn park(mut self, shared: &Arc<Shared>, request: &Request) -> Answer<'static> {
        self.rounds = self.rounds.saturating_add(1);
        if self.rounds > shared.limits.rounds {
            let limit = shared.tally.count(ProxyLimit::Rounds);
            return Answer::error(INTERNAL_ERROR, limit.reason());
        }
        let requests = self.place.questions(|asked| question::requests(asked)).flatten();
        self.place.set_front(None);
        let owner = self.owner().clone();
        let number = match shared.park(self) {
            Ok(number) => number,
            Err(limit) => return Answer::error(INTERNAL_ERROR, limit.reason()),
        };
        match super::state::parked(request, number, shared.limits.parked_time) {
            Ok(state) => Answer::InputRequired { requests, state: Some(state.into()) },
            Err(answer) => {
                drop(shared.unpark(number, &owner));
                answer
            }
        }
    }

    /// Asks a client of the legacy era what the server needs, and asks the server again.
    async fn gather(
        mut self,
        shared: &Shared,
        request: &Request,
        (input, on_progress): (Message, Option<OnProgress>),
    ) -> Result<Self, Answer<'static>> {
        self.rounds = self.rounds.saturating_add(1);
        if self.rounds > shared.limits.rounds {
            let limit = shared.tally.count(ProxyLimit::Rounds);
            return Err(Answer::error(INTERNAL_ERROR, limit.reason()));
        }
        let parked_time = shared.limits.parked_time;
        let gathered = tokio::time::timeout(parked_time, super::gathering::gather(request, &input));
        let responses = gathered.await.unwrap_or_else(|_| {
            let limit = shared.tally.count(ProxyLimit::ParkedTime);
            Err(Answer::error(INTERNAL_ERROR, limit.reason()))
        })?;
        let name = request.message().method_name().map(|name| name.decode()).unwrap_or_default();
        let call = call_of(&name, request.message().params(), &self.used, request);
        let call = call.patience(Patience::ENDLESS);
        let responses = responses.as_ref().map(JsonObject::raw);
        let again = self.used.client.peer().retry_with(call, &input, responses, on_progress);
        self.calling = again.map_err(|error| refusal(&error))?;
        self.place.set_id(self.calling.id().clone());
        self.began = Instant::now();
        Ok(self)
    }
}

/// Whether a result is one of the legacy era, which are all there is. One that says otherwise could make a client do what no
/// server of that era asks.
fn is_complete(message: &Message) -> bool {
    let result_type = message.as_ref().result_type();
    result_type.is_none_or(|it| it.string().is_some_and(|text| text == "complete"))
}

/// The request as it is made to the server.
fn call_of<'a>(name: &'a str, params: Option<Raw<'a>>, used: &Use, request: &Request) -> Call<'a> {
    let mut call = Call::named(name);
    if let Some(params) = params {
        call = call.params(params);
    }
    if request.message().token().is_some() {
        call = call.with_progress();
    }
    let is_legacy = request.context().version().era() == Era::Legacy;
    let logs = used.client.peer().capabilities().unwrap_or_default().has(Capabilities::LOGGING);
    match request.context().level() {
        // A modern client has said it in the request itself.
        Some(level) if is_legacy && logs => call.level(level),
        _ => call,
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("calling", &self.calling).finish_non_exhaustive()
    }
}
