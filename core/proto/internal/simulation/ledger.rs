//! What one application knows: what it has asked and was asked, and how that has ended.
//!
//! It is the memory of the oracle. Whatever a connection tells is held against it, and it is kept from calls and events
//! alone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::talk::Answer;
use crate::connection::{Closing, Context, Extend, Failure, Patience};
use crate::version::Version;
use crate::{Message, RequestId};

/// The memory of one side.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) ready: Option<Version>,
    pub(super) closed: Option<Closing>,
    /// Our requests, by id, finished ones too.
    pub(super) own: BTreeMap<i64, Own>,
    /// The peer's requests that want an answer.
    pub(super) open: Vec<Asked>,
    /// Answers that were given, by the id of the request, and the progress that was told before.
    pub(super) given: BTreeMap<String, (Answer, f64)>,
    /// Subscriptions of the client that are open, as a server knows them, each with what it is for.
    pub(super) subscriptions: Vec<(RequestId, Value)>,
    /// Resources that the session is subscribed to.
    pub(super) uris: BTreeSet<String>,
    /// News that have to be told.
    pub(super) news: u64,
    /// Requests that were given up, which the other side has to be told.
    pub(super) withdrawn: u64,
    /// Requests for input, and the request that they came for.
    pub(super) inputs: Vec<(i64, Message)>,
    /// Said in vain or too late, as the protocol allows: how often each rule may be seen broken on the other side.
    pub(super) crossings: u64,
    /// Progress that was told.
    pub(super) reports: u64,
    /// Requests and notifications that the peer does not know, or with parameters that it cannot read.
    pub(super) follies: u64,
    /// Events that were taken.
    pub(super) heard: u64,
}

/// A request of ours.
#[derive(Clone, Debug)]
pub(super) struct Own {
    pub(super) method: String,
    pub(super) params: Option<String>,
    pub(super) wants_progress: bool,
    pub(super) patience: Patience,
    pub(super) asked_ns: u64,
    /// The last sign of life that bought time.
    pub(super) alive_ns: u64,
    pub(super) progress: f64,
    pub(super) fate: Fate,
    /// What a subscription was acknowledged for.
    pub(super) watches: Value,
}

/// How far a request of ours is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Open,
    /// A subscription that was acknowledged.
    Listening,
    /// It has had its outcome.
    Done,
    /// We do without the outcome.
    Withdrawn,
}

/// A request of the peer.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) id: RequestId,
    pub(super) message: Message,
    pub(super) context: Context,
    pub(super) is_cancelled: bool,
    pub(super) progress: f64,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self {
            ready: None,
            closed: None,
            own: BTreeMap::new(),
            open: Vec::new(),
            given: BTreeMap::new(),
            subscriptions: Vec::new(),
            uris: BTreeSet::new(),
            news: 0,
            withdrawn: 0,
            inputs: Vec::new(),
            crossings: 0,
            reports: 0,
            follies: 0,
            heard: 0,
        }
    }

    /// Enters a request that the connection has accepted.
    pub(super) fn ask(&mut self, id: &RequestId, own: Own) {
        let id = id.as_i64().expect("our ids are integers");
        let last = self.own.last_key_value().map_or(0, |(id, _)| *id);
        assert!(id > last, "the id {id} was given out before, or is out of order");
        self.own.insert(id, own);
    }

    /// The ids of our requests that wait for an outcome.
    pub(super) fn waiting(&self) -> Vec<i64> {
        let waits = |own: &Own| matches!(own.fate, Fate::Open | Fate::Listening);
        self.own.iter().filter(|(_, own)| waits(own)).map(|(id, _)| *id).collect()
    }

    /// Gives a request of ours its outcome, which must be its first.
    pub(super) fn finish(&mut self, id: &RequestId) -> Own {
        let own = self.of(id);
        assert!(
            matches!(own.fate, Fate::Open | Fate::Listening),
            "the request {id} has had its outcome, or was cancelled: {own:?}"
        );
        let before = own.clone();
        own.fate = Fate::Done;
        before
    }

    /// The request of ours that an event is about, which must be one.
    pub(super) fn of(&mut self, id: &RequestId) -> &mut Own {
        let own = id.as_i64().and_then(|id| self.own.get_mut(&id));
        own.unwrap_or_else(|| panic!("an event for the id {id}, which was never given out"))
    }

    /// Notes that a request of ours was given up, so that what crosses that is in vain.
    pub(super) fn fail(&mut self, id: &RequestId, failure: &Failure, now_ns: u64) {
        let own = self.finish(id);
        if matches!(failure, Failure::TimedOut) {
            assert!(own.is_due(now_ns), "the request {id} was out of time too early: {own:?}");
            self.give_up();
        }
    }

    /// Notes that the peer is to be told that it need not answer, which may cross its answer.
    pub(super) fn give_up(&mut self) {
        self.crossings += 1;
        self.withdrawn += 1;
    }

    /// Takes a request of the peer in.
    pub(super) fn asked(&mut self, asked: Asked) {
        let twice = self.open.iter().any(|other| other.id == asked.id);
        assert!(!twice, "the request {} was delivered while another has its id", asked.id);
        self.open.push(asked);
    }

    /// Notes that the peer does not want an answer any more.
    pub(super) fn cancelled(&mut self, id: &RequestId) {
        let open = self.open.iter_mut().find(|asked| asked.id == *id);
        let asked = open.unwrap_or_else(|| panic!("{id} was cancelled, but is not open"));
        assert!(!asked.is_cancelled, "{id} was cancelled twice");
        asked.is_cancelled = true;
    }
}

impl Own {
    /// Whether its time is over.
    pub(super) fn is_due(&self, now_ns: u64) -> bool {
        let is_over = |ns: u64, since: u64| ns > 0 && now_ns >= since.saturating_add(ns);
        is_over(self.patience.idle_ns, self.alive_ns)
            || is_over(self.patience.total_ns, self.asked_ns)
    }

    /// Notes a sign of life.
    pub(super) fn progress(&mut self, value: f64, now_ns: u64) {
        assert!(self.fate == Fate::Open && self.wants_progress, "unwanted progress: {self:?}");
        assert!(value > self.progress, "progress from {} to {value}", self.progress);
        self.progress = value;
        if self.patience.progress == Extend::OnProgress {
            self.alive_ns = now_ns;
        }
    }
}
