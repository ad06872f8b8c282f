//! What clients want to be told of, and how the server is made to tell it: in the legacy era by a request for each resource, in the modern
//! one by a subscription for all of it.
//!
//! What is wanted is kept with the place of a connection and holds when that is made anew. One task for each place brings the server up to
//! it, and tells the clients that they may have missed something when the connection was gone.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use mcp_engine_proto::connection::{Call, Capabilities, Change, Filter, Watch};
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::model::{Json, JsonObject, SubscribeRequestParams};
use mcp_engine_proto::version::Era;
use mcp_engine_proto::{Method, RequestId};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use super::Shared;
use super::behind::answer_of;
use super::lines::Line;
use super::slot::{Slot, Use};
use crate::backoff::Backoff;
use crate::client::Listening;
use crate::first::first;
use crate::workers::lock;

/// Who wants something: a subscription of the modern era by its place and id, or a session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Watcher {
    Subscription(usize, RequestId),
    Session,
}

/// What the clients of one connection to the server want to be told of.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    filters: HashMap<Watcher, Filter>,
    tender: Tender,
    stage: Stage,
}

/// Whether anything can be wanted still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Open,
    Over,
}

/// Whether somebody sees to it that the server tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tender {
    #[default]
    Away,
    AtWork,
}

impl Wanted {
    pub(super) fn is_empty(&self) -> bool {
        lock(&self.state).filters.is_empty()
    }

    /// Nobody wants anything any more, or will.
    pub(super) fn clear(&self) {
        let mut state = lock(&self.state);
        state.filters.clear();
        state.stage = Stage::Over;
        drop(state);
        self.changed.notify_one();
    }

    /// Everything that is wanted.
    fn union(&self) -> Filter {
        let mut all = Filter::default();
        lock(&self.state).filters.values().for_each(|filter| all.join(filter));
        all
    }

    /// Nobody sees to it any more, unless somebody wants something.
    fn leave(&self) -> Tender {
        let mut state = lock(&self.state);
        if state.filters.is_empty() {
            state.tender = Tender::Away;
        }
        state.tender
    }
}

impl Slot {
    /// Changes what somebody wants. What is left empty is not wanted any more.
    pub(super) fn want(
        self: &Arc<Self>,
        shared: &Arc<Shared>,
        who: Watcher,
        change: impl FnOnce(&mut Filter),
    ) {
        let mut state = lock(&self.wanted.state);
        if state.stage == Stage::Over {
            return;
        }
        let filter = state.filters.entry(who).or_default();
        change(filter);
        let tender = std::mem::replace(&mut state.tender, Tender::AtWork);
        drop(state);
        self.wanted.changed.notify_one();
        if tender == Tender::Away {
            tokio::spawn(tend(Arc::downgrade(shared), Arc::clone(self)));
        }
    }

    pub(super) fn do_without(&self, who: &Watcher) {
        lock(&self.wanted.state).filters.remove(who);
        self.wanted.changed.notify_one();
    }
}

/// What a session of the legacy era is told without asking.
pub(super) fn lists(filter: &mut Filter) {
    (filter.tools, filter.prompts, filter.resources) = (Watch::On, Watch::On, Watch::On);
}

/// Sees to it that the server tells what is wanted, as long as anything is.
async fn tend(shared: Weak<Shared>, slot: Arc<Slot>) {
    let mut told = Told::default();
    loop {
        let wanted = slot.wanted.union();
        if wanted == Filter::default() {
            told.take_back().await;
            match slot.wanted.leave() {
                Tender::Away => return,
                Tender::AtWork => slot.wanted.changed.notified().await,
            }
            continue;
        }
        let Some(proxy) = shared.upgrade() else { return };
        match slot.line(&proxy).await {
            Ok(used) => {
                drop(proxy);
                told.bring_up(&used, &wanted).await;
                told.rest(used, &slot.wanted.changed).await;
            }
            Err(_) => {
                drop(proxy);
                let due = slot.due().unwrap_or_else(|| Instant::now() + PAUSE);
                first(sleep_until(due), slot.wanted.changed.notified()).await;
                if slot.key.era == Era::Legacy && slot.is_gone() {
                    slot.wanted.clear();
                }
            }
        }
    }
}

/// What a server was told that it should tell.
#[derive(Default)]
struct Told {
    line: Option<Arc<Line>>,
    uris: BTreeSet<Box<str>>,
    listening: Option<(Filter, Listening)>,
    backoff: Backoff,
}

impl Told {
    /// Brings the server up to what is wanted.
    async fn bring_up(&mut self, used: &Use, wanted: &Filter) {
        let is_same = self.line.as_ref().is_some_and(|line| Arc::ptr_eq(line, &used.line));
        let is_again = self.line.is_some() && !is_same;
        if !is_same {
            *self = Self { line: Some(Arc::clone(&used.line)), ..Self::default() };
        }
        match used.is_modern() {
            true => self.listen(used, wanted).await,
            false => self.subscribe(used, wanted).await,
        }
        if is_again {
            tell_all(used, wanted);
        }
    }

    async fn listen(&mut self, line: &Line, wanted: &Filter) {
        if self.listening.as_ref().is_some_and(|(told, _)| told == wanted) {
            return;
        }
        let mut text = Vec::new();
        wanted.write(&mut text);
        let filter = String::from_utf8(text).unwrap_or_default();
        let filter = Raw::parse(&filter).unwrap_or(JsonObject::EMPTY.raw());
        // The one before goes when the new one is there, so that nothing is missed between them.
        match line.client.listen_to(filter).await {
            Ok(listening) => self.listening = Some((wanted.clone(), listening)),
            Err(_) => {
                self.listening = None;
                self.backoff.failed();
            }
        }
    }

    async fn subscribe(&mut self, line: &Line, wanted: &Filter) {
        let capabilities = line.client.peer().capabilities().unwrap_or_default();
        if !capabilities.has(Capabilities::RESOURCES_SUBSCRIBE) {
            return;
        }
        let gone: Vec<_> = self.uris.difference(&wanted.uris).cloned().collect();
        let new: Vec<_> = wanted.uris.difference(&self.uris).cloned().collect();
        for uri in gone {
            ask(line, Method::Unsubscribe, &uri).await;
        }
        for uri in new {
            // A resource that the server refuses is one of which it tells nothing.
            ask(line, Method::Subscribe, &uri).await;
        }
        self.uris.clone_from(&wanted.uris);
    }

    /// Waits until something else is wanted, or the server has to be told anew.
    async fn rest(&mut self, used: Use, changed: &Notify) {
        let (mut closed, mut ended) = (used.board.closed(), used.board.ended());
        drop(used);
        let again = self.backoff.until();
        let again = async {
            match again {
                Some(again) => sleep_until(again).await,
                None => std::future::pending().await,
            }
        };
        let is_ended = async {
            let seen = *ended.borrow_and_update();
            // With the connection, the wait for its end is over too.
            let _ = ended.wait_for(|ended| *ended != seen).await;
            Woken::Ended
        };
        let is_closed = async {
            let _ = closed.wait_for(|closed| *closed).await;
            Woken::Otherwise
        };
        let otherwise = async {
            first(changed.notified(), again).await;
            Woken::Otherwise
        };
        let woken = first(first(otherwise, is_closed), is_ended).await;
        if woken == Woken::Ended {
            self.listening = None;
            self.backoff.failed();
            sleep(PAUSE).await;
        }
    }

    /// The server need not tell anything any more.
    async fn take_back(&mut self) {
        self.listening = None;
        let Some(line) = &self.line else { return };
        for uri in std::mem::take(&mut self.uris) {
            ask(line, Method::Unsubscribe, &uri).await;
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Woken {
    Ended,
    Otherwise,
}

/// Tells the clients that anything may have changed while nobody could tell.
fn tell_all(line: &Line, wanted: &Filter) {
    let lists = [
        (wanted.tools, Change::Tools),
        (wanted.prompts, Change::Prompts),
        (wanted.resources, Change::Resources),
    ];
    for (_, change) in lists.into_iter().filter(|(watch, _)| *watch == Watch::On) {
        line.board.publish(change);
    }
    wanted.uris.iter().for_each(|uri| line.board.publish(Change::Resource(uri)));
}

async fn ask(line: &Line, method: Method, uri: &str) {
    let params = Json::of(&SubscribeRequestParams::new(uri), line.version());
    if let Ok(calling) = line.client.peer().request(Call::new(method).params(params.raw())) {
        drop(answer_of(calling).await);
    }
}

/// How long a server is left alone that has ended a subscription.
const PAUSE: Duration = Duration::from_secs(1);
