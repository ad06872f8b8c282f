//! A schedule that is being played, and the judgement of everything that comes out of it.

use std::collections::BTreeMap;

use super::choices::Choices;
use super::ledger::Ledger;
use super::plan::{Plan, Trouble};
use super::wire::{Under, Wire};
use super::{Report, Trace, races, table};
use crate::connection::{Event, Topology};
use crate::internal::pair::{Pair, Sent, Taken};
use crate::message::{Kind, Message};
use crate::version::{Role, Version};
use crate::{Error, Limit, Misuse};

/// Two connections, their applications and the oracle.
pub(super) struct World<'a> {
    pub(super) plan: Plan,
    pub(super) choices: Choices<'a>,
    pub(super) pair: Pair,
    ledgers: [Ledger; 2],
    pub(super) wires: [Wire; 2],
    /// How many transmits were judged.
    judged: usize,
    /// What each side had agreed on before the last piece came.
    before: [Option<Version>; 2],
    /// How often each rule was seen broken, by side.
    pub(super) broken: [BTreeMap<&'static str, u64>; 2],
    /// Whether time has passed before the handshake was finished.
    pub(super) is_hurried: bool,
    pub(super) report: Report,
    pub(super) trace: Trace<'a>,
    /// Whether there is a stream for what belongs to no request (HTTP).
    pub(super) has_standalone: bool,
    mark: u64,
}

impl<'a> World<'a> {
    pub(super) fn new(mut choices: Choices<'a>, trace: Trace<'a>) -> Self {
        let plan = Plan::draw(&mut choices);
        let pair = Pair::new(plan.client.clone(), plan.server.clone(), plan.seed);
        let mut world = Self {
            pair: pair.chunked(plan.chunk),
            ledgers: [Ledger::new(), Ledger::new()],
            wires: BOTH.map(|role| Wire::new(role, plan.topology)),
            judged: 0,
            before: [None; 2],
            broken: [BTreeMap::new(), BTreeMap::new()],
            is_hurried: false,
            report: Report::default(),
            has_standalone: false,
            mark: 0,
            plan,
            choices,
            trace,
        };
        world.say(|world| format!("{:#?}", world.plan));
        world
    }

    /// Adds to the trace, if there is one.
    pub(super) fn say(&mut self, what: impl FnOnce(&Self) -> String) {
        if self.trace.is_some() {
            let line = what(self);
            if let Some(trace) = &mut self.trace {
                trace(&line);
            }
        }
    }

    pub(super) fn ledger(&mut self, role: Role) -> &mut Ledger {
        &mut self.ledgers[role as usize]
    }

    pub(super) fn was_ready(&self, role: Role) -> bool {
        self.ledgers[role as usize].ready.is_some()
    }

    pub(super) fn mark(&mut self) -> u64 {
        self.mark += 1;
        self.mark
    }

    /// Carries one piece, and judges what comes of it.
    pub(super) fn step(&mut self) -> bool {
        self.poll();
        self.carry()
    }

    /// Carries everything until both sides are silent.
    pub(super) fn settle(&mut self) {
        self.poll();
        while self.carry() {}
    }

    /// Polls both sides and judges what they have to tell.
    pub(super) fn poll(&mut self) {
        self.pair.collect();
        self.observe();
        self.check();
    }

    fn carry(&mut self) -> bool {
        self.before = BOTH.map(|role| self.pair.side(role).connection.version());
        let has_moved = self.pair.step();
        if self.observe() {
            self.check();
        }
        has_moved
    }

    /// Judges what has happened since the last time; `false` when that is nothing.
    fn observe(&mut self) -> bool {
        let mut has_seen = false;
        for role in BOTH {
            while let Some(taken) = self.pair.side_mut(role).taken.pop_front() {
                self.taken(role, &taken);
                has_seen = true;
            }
            while let Some(event) = self.pair.side_mut(role).event() {
                assert!(!matches!(event, Event::Request { .. }), "a request that nobody sent");
                self.event(role, event);
                has_seen = true;
            }
        }
        while let Some(sent) = self.pair.transmits().get(self.judged).copied() {
            self.judged += 1;
            self.sent(&sent);
            has_seen = true;
        }
        has_seen
    }

    fn sent(&mut self, sent: &Sent) {
        let line = sent.line.map(|line| self.pair.sent()[line].1.clone());
        self.say(|_| format!("  {:?} ▶ {:?} {:?} {:?}", sent.by, sent.stream, sent.fin, line));
        let closed = self.ledger(sent.by).closed;
        assert!(closed.is_none(), "sent after the connection was closed: {line:?}");
        let agreed = self.pair.side(sent.by).connection.version();
        let modern = Version::V2026_07_28;
        let serves = sent.by == Role::Server && self.plan.server.versions.contains(&modern);
        let before = self.before[sent.by as usize];
        let under = Under { agreed, before, besides: serves.then_some(modern) };
        self.wires[sent.by as usize].sent(sent, line.as_deref(), &under);
    }

    fn taken(&mut self, role: Role, taken: &Taken) {
        self.say(|_| match &taken.message {
            Ok(message) => {
                format!("  ▶ {role:?} {:?} {} {:?}", taken.stream, message.as_str(), taken.error)
            }
            Err(refusal) => {
                format!("  ▶ {role:?} {:?} refused: {refusal} {:?}", taken.stream, taken.error)
            }
        });
        self.wires[role as usize].take(taken);
        let was_open = self.ledger(role).closed.is_none();
        let count = taken.events.end - taken.events.start;
        for _ in 0..count {
            let event = self.pair.side_mut(role).event().expect("the event of the message");
            if let Event::Request { message, .. } = &event {
                let sent = taken.message.as_ref().map(Message::as_str).ok();
                assert_eq!(sent, Some(message.as_str()), "delivered, but not received");
            }
            let is_over = matches!(event, Event::Closed(_));
            self.event(role, event);
            assert!(count == 1 || is_over || self.ledger(role).closed.is_none());
        }
        let is_closed = taken.error == Some(Error::ApiMisuse(Misuse::Closed));
        assert!(was_open || is_closed && count == 0, "taken in after the end: {taken:?}");
        match taken.error {
            Some(error) if was_open => self.refused(role, error, taken),
            None => assert!(self.is_accounted_for(role, taken, count), "nothing came of {taken:?}"),
            Some(_) => {}
        }
    }

    /// A message that was not refused has an effect: an event, an answer, or a step of the handshake.
    fn is_accounted_for(&mut self, role: Role, taken: &Taken, events: u64) -> bool {
        let Ok(message) = &taken.message else { return true };
        let most = if self.ledger(role).closed.is_some() { u64::MAX } else { 1 };
        if events > 0 {
            return events <= most;
        }
        let id = message.id().and_then(|id| id.as_i64());
        match message.kind() {
            Kind::Request => message
                .method_name()
                .is_some_and(|name| table::is_answered_by_connection(&name.decode())),
            Kind::Notification => false,
            _ => id.is_none_or(|id| !self.ledger(role).own.contains_key(&id)),
        }
    }

    fn refused(&mut self, role: Role, error: Error, taken: &Taken) {
        self.report.see(error.rule());
        *self.broken[role as usize].entry(error.rule()).or_default() += 1;
        let is_unpolled = matches!(error, Error::LimitExceeded { limit: Limit::Events, .. });
        assert!(!is_unpolled, "events were polled, but {taken:?} was not taken in");
        if self.plan.is_exact() {
            let known = races::are_allowed(self, role, error);
            assert!(known, "{role:?} refused what an honest peer said: {error}: {taken:?}");
        }
    }

    /// What holds whenever everything was polled.
    fn check(&self) {
        for role in BOTH {
            let connection = &self.pair.side(role).connection;
            let (own, peer) = (connection.own_requests(), connection.peer_requests());
            let limits = connection.config().limits;
            let is_over = connection.closing().is_some();
            let ledger = &self.ledgers[role as usize];
            assert_eq!(is_over, ledger.closed.is_some(), "closed without a word");
            let (waiting, open) = (ledger.waiting().len(), ledger.open.len());
            let handshake = usize::from(ledger.ready.is_none() && !is_over);
            assert!(
                (waiting..=waiting + handshake).contains(&own),
                "{own} in flight, not {waiting}"
            );
            assert_eq!(peer, open, "{role:?} serves {peer} requests, not {open}");
            let subscriptions = ledger.subscriptions.len() + ledger.uris.len();
            assert!(is_over || subscriptions <= limits.subscriptions as usize, "{subscriptions}");
            assert!(own <= limits.own_requests as usize && peer <= limits.peer_requests as usize);
            assert!(connection.waiting_bytes() == 0 || self.holds_batches(role), "not polled");
        }
    }

    /// Whether answers may be held back until their batch is complete.
    pub(super) fn holds_batches(&self, role: Role) -> bool {
        let version = self.pair.side(role).connection.version();
        version == Some(Version::V2025_03_26) && self.plan.trouble == Trouble::Hostile(role.other())
    }

    /// What was to be said was said, no more and no less: news, cancellations, and the ends of streams (HTTP).
    pub(super) fn check_account(&self) {
        let is_over = self.ledgers.iter().any(|ledger| ledger.closed.is_some());
        if !self.plan.is_exact() || is_over {
            return;
        }
        let [client, server] = &self.wires;
        assert_eq!(server.news, self.ledgers[Role::Server as usize].news, "news");
        let withdrawn = self.ledgers[Role::Client as usize].withdrawn;
        assert!(self.is_hurried || client.cancels == withdrawn, "{} cancellations", client.cancels);
        if self.plan.topology == Topology::Http {
            let mut dangling = server.dangling();
            dangling.retain(|stream| !client.aborted.contains(stream));
            assert!(dangling.is_empty(), "streams without an end: {dangling:?}");
        } else {
            assert_eq!(server.cancels, self.ledgers[Role::Server as usize].withdrawn);
        }
    }

    /// The number of messages that were transmitted.
    pub(super) fn messages(&self) -> u64 {
        self.wires.iter().map(|wire| wire.messages).sum()
    }
}

pub(super) const BOTH: [Role; 2] = [Role::Client, Role::Server];
