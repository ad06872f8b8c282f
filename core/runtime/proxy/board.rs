//! What one connection to a server has in hand: the requests that are on their way there, and whom its questions concern.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, Weak};

use mcp_engine_proto::connection::Change;
use mcp_engine_proto::{LoggingLevel, RequestId};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::limits::{ProxyLimit, ProxyLimits, Tally};
use super::question::{Question, Questions};
use crate::context::Context;
use crate::driver;
use crate::peer::Peer;
use crate::server::Changes;
use crate::workers::lock;

/// What is known about one connection to a server, for both sides of it.
pub(super) struct Board {
    audience: OnceLock<Audience>,
    state: Mutex<State>,
    /// Somebody has come who could be asked.
    arrived: Notify,
    /// The server is gone.
    closed: watch::Sender<bool>,
    /// How many subscriptions of ours the server has ended.
    ended: watch::Sender<u64>,
    pub(super) limits: ProxyLimits,
    pub(super) tally: Arc<Tally>,
}

/// Whom a connection to a server is for.
#[derive(Clone)]
pub(super) enum Audience {
    /// One session of the legacy era.
    Session(Weak<driver::Shared>),
    /// The requests of the modern era on one connection.
    Connection(Weak<driver::Shared>),
    /// Requests that stand alone, of one principal.
    Principal(Option<Arc<str>>, Changes),
}

#[derive(Default)]
struct State {
    next: u64,
    calls: BTreeMap<u64, Entry>,
    /// Questions that wait for an answer, wherever.
    questions: u32,
    keys: u64,
    /// The mildest log messages that anybody wanted of a server of the legacy era.
    level: Option<LoggingLevel>,
}

/// A request on its way.
struct Entry {
    id: RequestId,
    may_ask: MayAsk,
    /// The request of the client, while that waits.
    front: Option<Context>,
    asked: Questions,
    /// Questions that its client is answering at present.
    asking: u32,
    heard: Instant,
    bell: Arc<Notify>,
}

/// Whether the result of a request may ask for input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MayAsk {
    Yes,
    No,
}

/// The place of a request on a board, until this is dropped.
pub(super) struct Place {
    board: Arc<Board>,
    number: u64,
    outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Open,
    Answered,
}

/// That a question waits for an answer.
pub(super) struct Slip(Arc<Board>);

/// That the client of a request is answering a question.
pub(super) struct Asking {
    board: Arc<Board>,
    number: u64,
}

impl Board {
    pub(super) fn new(limits: ProxyLimits, tally: Arc<Tally>) -> Arc<Self> {
        Arc::new(Self {
            audience: OnceLock::new(),
            state: Mutex::default(),
            arrived: Notify::new(),
            closed: watch::Sender::new(false),
            ended: watch::Sender::new(0),
            limits,
            tally,
        })
    }

    /// Says whom the connection is for, which stays the same.
    pub(super) fn is_for(&self, audience: Audience) {
        // It is taken out of the hands of whoever connects, once.
        let _ = self.audience.set(audience);
        self.arrived.notify_waiters();
    }

    pub(super) fn audience(&self) -> Option<&Audience> {
        self.audience.get()
    }

    /// Somebody has come who could be asked.
    pub(super) fn arrived(&self) -> &Notify {
        &self.arrived
    }

    /// Enters a request that was made.
    pub(super) fn enter(self: &Arc<Self>, id: RequestId, may_ask: MayAsk, front: Context) -> Place {
        let mut state = lock(&self.state);
        let number = state.next;
        state.next = number.wrapping_add(1);
        let entry = Entry {
            id,
            may_ask,
            front: Some(front),
            asked: Questions::new(),
            asking: 0,
            heard: Instant::now(),
            bell: Arc::default(),
        };
        state.calls.insert(number, entry);
        drop(state);
        self.arrived.notify_waiters();
        Place { board: Arc::clone(self), number, outcome: Outcome::Open }
    }

    /// Takes note of a question, if there is room for it.
    pub(super) fn slip(self: &Arc<Self>) -> Result<Slip, ProxyLimit> {
        let mut state = lock(&self.state);
        if state.questions >= self.limits.questions {
            return Err(self.tally.count(ProxyLimit::Questions));
        }
        state.questions = state.questions.saturating_add(1);
        Ok(Slip(Arc::clone(self)))
    }

    /// The client to be asked while it waits: that of the request in question, where that is known, else of the last one.
    pub(super) fn ask(self: &Arc<Self>, related: Option<&RequestId>) -> Option<(Context, Asking)> {
        let mut state = lock(&self.state);
        let (number, entry) = state.meant(related, |entry| entry.front.is_some())?;
        entry.asking = entry.asking.saturating_add(1);
        Some((entry.front.clone()?, Asking { board: Arc::clone(self), number }))
    }

    /// Puts a question to a request, whose client is asked by its result. `None` when there is no such request at present.
    pub(super) fn put(&self, question: Question, related: Option<&RequestId>) -> Option<()> {
        let mut state = lock(&self.state);
        let key = state.keys;
        let (_, entry) = state.meant(related, |entry| entry.may_ask == MayAsk::Yes)?;
        entry.asked.insert(format!("question-{key}"), question);
        entry.bell.notify_one();
        state.keys = key.wrapping_add(1);
        Some(())
    }

    /// Whether log messages of that level are wanted from now on, and were not before.
    pub(super) fn lowers(&self, level: LoggingLevel) -> bool {
        let mut state = lock(&self.state);
        let is_lower = state.level.is_none_or(|wanted| level < wanted);
        if is_lower {
            state.level = Some(level);
        }
        is_lower
    }

    /// The requests whose clients wait, the last one first.
    pub(super) fn waiting(&self) -> Vec<Context> {
        let state = lock(&self.state);
        state.calls.values().rev().filter_map(|entry| entry.front.clone()).collect()
    }

    /// Tells those that the connection is for what has changed.
    pub(super) fn publish(&self, change: Change<'_>) {
        match self.audience() {
            Some(Audience::Session(peer) | Audience::Connection(peer)) => {
                if let Some(peer) = peer.upgrade() {
                    // A client that cannot be told at present, since too much waits for it already, is not told.
                    let _ = Peer::new(peer).publish(change);
                }
            }
            Some(Audience::Principal(principal, changes)) => {
                changes.publish_to(principal.as_deref(), change);
            }
            None => {}
        }
    }

    /// The server is gone. A session goes with it: what the server knew of it is lost.
    pub(super) fn close(&self) {
        self.closed.send_replace(true);
        if let Some(Audience::Session(peer)) = self.audience() {
            peer.upgrade().into_iter().for_each(|peer| Peer::new(peer).end());
        }
    }

    pub(super) fn closed(&self) -> watch::Receiver<bool> {
        self.closed.subscribe()
    }

    /// The server has ended a subscription of ours.
    pub(super) fn listening_ended(&self) {
        self.ended.send_modify(|ended| *ended = ended.wrapping_add(1));
    }

    pub(super) fn ended(&self) -> watch::Receiver<u64> {
        self.ended.subscribe()
    }
}

impl Audience {
    /// Whether the connection that it is for is over.
    pub(super) fn is_over(&self) -> bool {
        match self {
            Self::Session(peer) | Self::Connection(peer) => {
                peer.upgrade().is_none_or(|peer| Peer::new(peer).is_closed())
            }
            Self::Principal(..) => false,
        }
    }
}

impl State {
    /// The request that a question is about, or is put to for want of knowing: the last one whose client waits and is not asked yet.
    fn meant(
        &mut self,
        related: Option<&RequestId>,
        fits: impl Fn(&Entry) -> bool,
    ) -> Option<(u64, &mut Entry)> {
        let is = |entry: &Entry| related.is_none_or(|related| entry.id == *related) && fits(entry);
        let calls = self.calls.iter_mut().rev().filter(|(_, entry)| is(entry));
        let (number, entry) = calls.min_by_key(|(_, entry)| entry.rank())?;
        Some((*number, entry))
    }
}

impl Entry {
    /// How little it suits to be asked, as far as nothing else is known.
    fn rank(&self) -> u8 {
        match &self.front {
            Some(_) if self.asked.is_empty() && self.asking == 0 => 0,
            Some(_) => 1,
            None => 2,
        }
    }
}

impl Place {
    fn with<R>(&self, act: impl FnOnce(&mut Entry) -> R) -> Option<R> {
        lock(&self.board.state).calls.get_mut(&self.number).map(act)
    }

    /// Somebody else waits for the answer now, or nobody does.
    pub(super) fn set_front(&self, front: Option<Context>) {
        self.with(|entry| (entry.front, entry.heard) = (front, Instant::now()));
    }

    /// It was asked for anew, under this id.
    pub(super) fn set_id(&self, id: RequestId) {
        self.with(|entry| (entry.id, entry.heard) = (id, Instant::now()));
    }

    /// Passes on how far the request is.
    pub(super) fn listener(&self) -> impl FnMut(&mcp_engine_proto::Message) + Send + 'static {
        let (board, number) = (Arc::downgrade(&self.board), self.number);
        move |message| {
            let Some(board) = board.upgrade() else { return };
            let front = lock(&board.state).calls.get_mut(&number).and_then(|entry| {
                entry.heard = Instant::now();
                entry.front.clone()
            });
            if let (Some(front), Some(said)) = (front, message.progress()) {
                let text = said.message.map(|text| text.decode());
                // The client may be gone.
                let _ = front.progress(said.progress, said.total, text.as_deref());
            }
        }
    }

    /// When there was a sign of life; `None` while the client is being asked.
    pub(super) fn heard(&self) -> Option<Instant> {
        self.with(|entry| (entry.asking == 0).then_some(entry.heard)).flatten()
    }

    /// Rings when there is a question, and when one was answered.
    pub(super) fn bell(&self) -> Arc<Notify> {
        self.with(|entry| Arc::clone(&entry.bell)).unwrap_or_default()
    }

    /// Looks at the questions that the server has put, without those that it has taken back.
    pub(super) fn questions<R>(&self, look: impl FnOnce(&mut Questions) -> R) -> Option<R> {
        self.with(|entry| {
            entry.asked.retain(|_, question| question.is_open());
            look(&mut entry.asked)
        })
    }

    /// The request was answered: what it was asked by mistake may be put to another one.
    pub(super) fn answered(&mut self) {
        self.outcome = Outcome::Answered;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let entry = lock(&self.board.state).calls.remove(&self.number);
        if self.outcome == Outcome::Open {
            entry.into_iter().flat_map(|entry| entry.asked).for_each(|(_, asked)| asked.fail());
        }
    }
}

impl Drop for Slip {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.questions = state.questions.saturating_sub(1);
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(entry) = lock(&self.board.state).calls.get_mut(&self.number) {
            entry.asking = entry.asking.saturating_sub(1);
            entry.heard = Instant::now();
            entry.bell.notify_one();
        }
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").finish_non_exhaustive()
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("number", &self.number).finish_non_exhaustive()
    }
}
