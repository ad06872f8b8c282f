//! The side that clients see: their requests are passed on, and so is what only the server can use of the rest.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use mcp_engine_proto::connection::{Call, Capabilities, Event, Filter};
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::model::{Json, JsonObject, SetLevelRequestParams};
use mcp_engine_proto::version::{Era, Role, Version};
use mcp_engine_proto::{Limits, Message, Method, RequestId};

use super::Shared;
use super::behind::answer_of;
use super::board::Audience;
use super::limits::ProxyLimit;
use super::lines::{Gone, Key, Owner};
use super::relay::Relay;
use super::slot::{Slot, Use};
use super::state::{self, Brought};
use super::watching::{Watcher, lists};
use crate::answer::{Answer, Responder, Served};
use crate::handler::{Handler, Notification, Origin, Request};
use crate::peer::Peer;
use crate::server::sealing;
use crate::workers::lock;

/// Hears the clients.
#[derive(Debug)]
pub(super) struct Front {
    shared: Arc<Shared>,
    /// The subscriptions that are open, and where they are seen to.
    open: Mutex<HashMap<(usize, RequestId), Arc<Slot>>>,
    /// Whether a session has lost its server.
    lost: AtomicBool,
}

impl Front {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, open: Mutex::default(), lost: AtomicBool::new(false) }
    }

    /// Whether a session was over since its server was gone.
    pub(super) fn has_lost(&self) -> Gone {
        if self.lost.load(Ordering::SeqCst) { Gone::Yes } else { Gone::No }
    }

    /// A session has begun: the server is to know it, and may speak before it is asked.
    fn begin(&self, peer: &Peer) {
        let (shared, peer) = (Arc::clone(&self.shared), peer.clone());
        tokio::spawn(async move {
            let key = key_of_session(&shared, &peer);
            let Ok(slot) = key.and_then(|key| shared.slot(key, Some(&peer), None)) else { return };
            drop(peer);
            // A server that cannot be reached is told with the first request.
            if slot.line(&shared).await.is_ok_and(|used| used.is_modern()) {
                slot.want(&shared, Watcher::Session, lists);
            }
        });
    }

    fn subscribed(&self, id: RequestId, message: &Message, origin: &Origin) {
        let (shared, peer) = (&self.shared, origin.peer());
        let wanted = message.params().and_then(|params| params.get("notifications"));
        let owner = owner_of(peer.as_ref(), origin.principal());
        let (Some(wanted), Ok(key)) = (wanted, key_of_message(shared, owner, message)) else {
            return;
        };
        let Ok(wanted) = Filter::read(wanted, shared.offered(), &Limits::default()) else { return };
        let Ok(slot) = shared.slot(key, peer.as_ref(), origin.principal()) else { return };
        let place = (origin.place(), id);
        slot.want(shared, Watcher::Subscription(place.0, place.1.clone()), |own| *own = wanted);
        lock(&self.open).insert(place, slot);
    }

    fn unsubscribed(&self, id: RequestId, origin: &Origin) {
        let slot = lock(&self.open).remove(&(origin.place(), id.clone()));
        if let Some(slot) = slot {
            slot.do_without(&Watcher::Subscription(origin.place(), id));
        }
    }

    fn closed(&self, origin: &Origin) {
        let place = origin.place();
        lock(&self.open).retain(|(of, _), _| *of != place);
        let Some(peer) = origin.peer() else { return };
        let owner = owner_of(Some(&peer), None);
        self.shared.parking.forget(&owner);
        if self.shared.lines.forget(&owner) == Gone::Yes {
            self.lost.store(true, Ordering::SeqCst);
        }
    }
}

impl Handler for Front {
    fn request(&self, request: Request, responder: Responder<'_>) -> Served {
        let shared = Arc::clone(&self.shared);
        responder
            .later(async move { serve(&shared, request).await.unwrap_or_else(|answer| answer) })
    }

    fn notification(&self, notification: Notification) {
        let message = notification.message();
        let (Some(peer), Some(name)) = (notification.peer(), message.method_name()) else { return };
        let Some(slot) = self.shared.lines.session(&owner_of(Some(&peer), None)) else { return };
        if let Some(line) = slot.there() {
            // What the server's revision does not know is not for it.
            let _ = line.client.peer().notify(&name.decode(), message.params());
        }
    }

    fn event(&self, event: Event, origin: &Origin) {
        match event {
            Event::Ready(_) => origin.peer().iter().for_each(|peer| self.begin(peer)),
            Event::Closed(_) => self.closed(origin),
            Event::Subscribed { id, message } => self.subscribed(id, &message, origin),
            Event::Unsubscribed { id, .. } => self.unsubscribed(id, origin),
            _ => {}
        }
    }
}

/// Passes a request on. What is answered otherwise comes as an error.
async fn serve(shared: &Arc<Shared>, request: Request) -> Result<Answer<'static>, Answer<'static>> {
    let is_legacy = request.context().version().era() == Era::Legacy;
    let may_bring = matches!(
        request.message().method(),
        Some(Method::CallTool | Method::GetPrompt | Method::ReadResource)
    );
    let brought = if may_bring && !is_legacy { state::brought(&request) } else { None };
    if let Some(Ok(Brought::Parked(number))) = brought {
        let context = request.context();
        let owner = owner_of(context.peer().as_ref(), context.principal());
        let mut relay = shared.unpark(number, &owner).ok_or_else(too_late)?;
        relay.resume(&request);
        return Ok(relay.answer(shared, &request).await);
    }
    let used = line_of(shared, &request).await?;
    let params = request.message().params();
    let relay = match (brought, params) {
        (Some(Ok(Brought::Given(state))), Some(params)) => {
            let params = state::replaced(params, &state);
            let params = Raw::parse(&params).unwrap_or(JsonObject::EMPTY.raw());
            Relay::begin(used, &request, Some(params))?
        }
        // What a server has given to somebody whom nobody knows is for the server to judge.
        (Some(Err(rule)), _) if !used.is_modern() || is_known(&request) => {
            return Err(sealing::refusal(rule));
        }
        _ => match of_session(shared, &used, &request).await {
            Some(answer) => return Ok(answer),
            None => Relay::begin(used, &request, params)?,
        },
    };
    let answer = relay.answer(shared, &request).await;
    match lacks_headers(&answer, &request) {
        true => call_again(shared, &request, answer).await,
        false => Ok(answer),
    }
}

/// Whether a call has failed since nobody has seen which of its arguments are repeated in headers: the tools were not listed yet (MCP
/// 2026-07-28, Streamable HTTP).
fn lacks_headers(answer: &Answer<'_>, request: &Request) -> bool {
    let code = match answer {
        Answer::Relay(message) => message.error().map(|error| error.code),
        Answer::Error { code, .. } => Some(*code),
        _ => None,
    };
    code == Some(HEADER_MISMATCH) && request.message().method() == Some(Method::CallTool)
}

/// Lists the tools, whose headers the transport learns from that, and calls again.
async fn call_again(
    shared: &Arc<Shared>,
    request: &Request,
    answer: Answer<'static>,
) -> Result<Answer<'static>, Answer<'static>> {
    let used = line_of(shared, request).await?;
    if used.client.list_tools().await.is_err() {
        return Ok(answer);
    }
    let relay = Relay::begin(used, request, request.message().params())?;
    Ok(relay.answer(shared, request).await)
}

async fn line_of(shared: &Arc<Shared>, request: &Request) -> Result<Use, Answer<'static>> {
    let context = request.context();
    let (peer, principal) = (context.peer(), context.principal());
    let key = match (&peer, context.version().era()) {
        (Some(peer), Era::Legacy) => key_of_session(shared, peer)?,
        _ => key_of_message(shared, owner_of(peer.as_ref(), principal), request.message())?,
    };
    let slot = shared.slot(key, peer.as_ref(), principal)?;
    drop(peer);
    slot.line(shared).await
}

/// Answers what a session asks of a server that has no sessions, and sees to it that the server hears of what it has to know.
async fn of_session(
    shared: &Arc<Shared>,
    used: &Use,
    request: &Request,
) -> Option<Answer<'static>> {
    let message = request.message();
    let uri = || Some(message.params()?.get("uri")?.string()?.decode());
    match message.method() {
        Some(Method::SetLevel) if used.is_modern() => {}
        Some(Method::Subscribe) if used.is_modern() => {
            let uri = uri()?;
            used.slot().want(shared, Watcher::Session, |own| {
                own.uris.insert(uri.into());
            });
        }
        Some(Method::Unsubscribe) if used.is_modern() => {
            let uri = uri()?;
            used.slot().want(shared, Watcher::Session, |own| {
                own.uris.remove(&*uri);
            });
        }
        _ => {
            set_level(used, request).await;
            return None;
        }
    }
    Some(Answer::Result(JsonObject::EMPTY))
}

/// Lets a server of the legacy era send the log messages that a request of the modern era wants: its mildest level counts for all.
async fn set_level(used: &Use, request: &Request) {
    let level = match request.context().version().era() {
        Era::Modern if !used.is_modern() => request.context().level(),
        _ => None,
    };
    let Some(level) = level.filter(|level| used.board.lowers(*level)) else { return };
    let params = Json::of(&SetLevelRequestParams::new(level), used.version());
    // A server without log messages has none to send.
    if let Ok(calling) =
        used.client.peer().request(Call::new(Method::SetLevel).params(params.raw()))
    {
        drop(answer_of(calling).await);
    }
}

impl Shared {
    pub(super) fn slot(
        self: &Arc<Self>,
        key: Key,
        peer: Option<&Peer>,
        principal: Option<&str>,
    ) -> Result<Arc<Slot>, Answer<'static>> {
        let era = key.era;
        let audience = || match (peer, era) {
            (Some(peer), Era::Legacy) => Audience::Session(Arc::downgrade(peer.shared())),
            (Some(peer), Era::Modern) => Audience::Connection(Arc::downgrade(peer.shared())),
            (None, _) => Audience::Principal(principal.map(Arc::from), self.changes.clone()),
        };
        self.lines.slot(self, key, audience)
    }

    /// What the server offers to clients of the modern era.
    fn offered(&self) -> Capabilities {
        let declared = lock(&self.declared);
        let declared = Raw::parse(&declared).unwrap_or(JsonObject::EMPTY.raw());
        Capabilities::read(declared, Role::Server, Version::LATEST)
    }

    /// Lets a client of the modern era be asked what its server asks for.
    pub(super) fn pass_on_input(&self, request: &Request, message: Message) -> Answer<'static> {
        if !is_known(request) {
            return Answer::Relay(Box::new(message));
        }
        let member = |name| message.result().and_then(|result: Raw<'_>| result.get(name));
        let requests = member("inputRequests").and_then(|raw| JsonObject::read(raw).ok());
        let given = member("requestState").and_then(Raw::string).map(|given| given.decode());
        let state = given.map(|given| state::given(request, &given)).transpose();
        match state {
            Ok(state) => Answer::InputRequired {
                requests: requests.map(JsonObject::into_owned),
                state: state.map(Into::into),
            },
            Err(answer) => answer,
        }
    }
}

/// Whether somebody has found out who asks.
fn is_known(request: &Request) -> bool {
    request.context().principal().is_some()
}

fn owner_of(peer: Option<&Peer>, principal: Option<&str>) -> Owner {
    match peer {
        Some(peer) => Owner::Connection(peer.shared().number()),
        None => Owner::Principal(principal.map(Arc::from)),
    }
}

fn key_of_session(shared: &Shared, peer: &Peer) -> Result<Key, Answer<'static>> {
    let declared = peer.declared().unwrap_or_else(|| "{}".to_owned());
    let owner = Owner::Connection(peer.shared().number());
    key(shared, owner, Era::Legacy, &declared)
}

fn key_of_message(
    shared: &Shared,
    owner: Owner,
    message: &Message,
) -> Result<Key, Answer<'static>> {
    let declared = message.as_ref().client_capabilities().map_or("{}", Raw::spelling);
    key(shared, owner, Era::Modern, declared)
}

fn key(shared: &Shared, owner: Owner, era: Era, declared: &str) -> Result<Key, Answer<'static>> {
    if declared.len() > shared.limits.declared_bytes as usize {
        let limit = shared.tally.count(ProxyLimit::DeclaredBytes);
        return Err(Answer::error(INVALID_PARAMS, limit.reason()));
    }
    Ok(Key { owner, era, declared: declared.into() })
}

fn too_late() -> Answer<'static> {
    Answer::error(
        INVALID_PARAMS,
        "the request that waited for this is over, or was answered before",
    )
}

const INVALID_PARAMS: i64 = -32602;
/// MCP 2026-07-28, error codes.
const HEADER_MISMATCH: i64 = -32020;
