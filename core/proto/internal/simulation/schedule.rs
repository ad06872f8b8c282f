//! The order of things: what is done next, how time passes, what goes wrong, and how a schedule is brought to its end.

use super::hostile;
use super::ledger::Fate;
use super::plan::{SECOND, Trouble};
use super::talk;
use super::world::{BOTH, World};
use crate::connection::{StreamId, Topology};
use crate::error::{Error, Misuse};
use crate::message::Message;
use crate::version::Role;

/// What can be done next.
#[derive(Clone, Copy, Debug)]
enum Act {
    Step,
    Settle,
    Pass,
    Ask(Role),
    Listen,
    Retry,
    Cancel(Role),
    Respond(Role),
    Progress(Role),
    Notify(Role),
    Publish,
    Log,
    EndSubscription,
    Standalone,
    Misuse(Role),
    Trouble,
    Close(Role),
}

impl World<'_> {
    /// Plays the schedule to its end.
    pub(super) fn play(&mut self) {
        self.start();
        for _ in 0..self.plan.length {
            let act = self.choices.weighted(ACTS);
            self.report.acts += 1;
            self.act(act);
            if self.choices.are_over() {
                break;
            }
        }
        self.finish();
        self.report.messages = self.messages();
    }

    fn start(&mut self) {
        let now = self.pair.now;
        let started = self.pair.client.connection.start(now);
        if started.is_err() {
            assert!(self.is_for_lack_of_room(started.expect_err("checked")));
        }
        self.poll();
        if self.choices.below(4) < 3 {
            self.settle();
        }
    }

    fn act(&mut self, act: Act) {
        // Now and then an application does several things before its driver looks.
        if !self.choices.one_in(4)
            || matches!(act, Act::Cancel(_) | Act::Pass | Act::EndSubscription)
        {
            self.poll();
        }
        match act {
            Act::Step => _ = self.step(),
            Act::Settle => self.settle(),
            Act::Pass => self.pass(),
            Act::Ask(role) => self.within_room(role, |world| world.ask(role)),
            Act::Listen => self.within_room(Role::Client, Self::listen),
            Act::Retry => self.within_room(Role::Client, Self::retry),
            Act::Cancel(role) => self.within_room(role, |world| world.cancel(role)),
            Act::Respond(role) => self.within_room(role, |world| _ = world.respond(role)),
            Act::Progress(role) => self.within_room(role, |world| world.progress(role)),
            Act::Notify(role) => self.within_room(role, |world| world.notify(role)),
            Act::Publish => self.within_room(Role::Server, Self::publish),
            Act::Log => self.within_room(Role::Server, Self::log),
            Act::EndSubscription => self.within_room(Role::Server, Self::end_subscription),
            Act::Standalone => self.standalone(),
            Act::Misuse(role) => self.misuse(role),
            Act::Trouble => self.trouble(),
            Act::Close(role) => self.close(role),
        }
    }

    /// Does something, after which no more waits to be sent than the limit and one message.
    fn within_room(&mut self, role: Role, act: impl FnOnce(&mut Self)) {
        let limit = self.pair.side(role).connection.config().limits.outbox_bytes as usize;
        let before = self.pair.side(role).connection.waiting_bytes();
        act(self);
        let after = self.pair.side(role).connection.waiting_bytes();
        // What a batch holds back may leave to make room for one more answer.
        let is_full = before >= limit && !self.holds_batches(role);
        assert!(!is_full || after <= before, "{before} of {limit} bytes waited, now {after}");
        assert!(after <= limit.saturating_add(LONGEST), "{after} bytes wait, the limit is {limit}");
    }

    /// Lets time pass: a little, up to a deadline, or over many.
    fn pass(&mut self) {
        let next = BOTH.map(|role| self.pair.side(role).connection.poll_timeout());
        let next = next.into_iter().flatten().min().unwrap_or_default();
        let to_deadline = next.saturating_sub(self.pair.now.mono_ns);
        let ns = match self.choices.below(6) {
            0 => 1,
            1 => SECOND / 2,
            2 => to_deadline.saturating_sub(1),
            3 => to_deadline,
            4 => 3 * SECOND,
            _ => 70 * SECOND,
        };
        let is_late = self.choices.one_in(3);
        self.pass_ns(ns, is_late.then_some(()).map_or(Punctual::Always, |()| Punctual::AtTheEnd));
    }

    fn pass_ns(&mut self, ns: u64, punctual: Punctual) {
        self.is_hurried |= ns > 0 && self.pair.client.connection.version().is_none();
        let end = self.pair.now.after(ns);
        self.say(|_| format!("{ns} ns pass"));
        if punctual == Punctual::Always {
            while let Some(at) = self.next_deadline().filter(|at| *at < end.mono_ns) {
                self.pair.now = self.pair.now.after(at.saturating_sub(self.pair.now.mono_ns));
                self.ring();
            }
        }
        self.pair.now = end;
        self.ring();
    }

    fn next_deadline(&self) -> Option<u64> {
        BOTH.iter().filter_map(|role| self.pair.side(*role).connection.poll_timeout()).min()
    }

    /// Calls both sides at their time; none is late afterwards.
    fn ring(&mut self) {
        let now = self.pair.now;
        for role in BOTH {
            self.pair.side_mut(role).connection.handle_timeout(now);
            let next = self.pair.side(role).connection.poll_timeout();
            assert!(
                next.is_none_or(|at| at > now.mono_ns),
                "{role:?} is late: {next:?} at {now:?}"
            );
        }
        self.poll();
        for role in BOTH {
            let late = |own: &super::ledger::Own| own.fate == Fate::Open && own.is_due(now.mono_ns);
            let late = self.ledger(role).own.values().find(|own| late(own)).cloned();
            assert!(late.is_none(), "out of time, but not over: {late:?}");
        }
    }

    /// Opens or closes the stream for what belongs to no request.
    fn standalone(&mut self) {
        let has_session = self.pair.client.connection.version().is_some();
        if self.plan.topology == Topology::Http && has_session {
            let stream = (!self.choices.one_in(4)).then_some(STANDALONE);
            self.say(|_| format!("the standalone stream is {stream:?}"));
            self.pair.server.connection.set_standalone(stream);
            self.has_standalone = stream.is_some();
        }
    }

    /// What an application must not do is told to it, and changes nothing.
    fn misuse(&mut self, role: Role) {
        let now = self.pair.now;
        let connection = &mut self.pair.side_mut(role).connection;
        let is_closed = connection.closing().is_some();
        let started = connection.start(now);
        let expected = match role {
            Role::Server => Misuse::WrongRole,
            Role::Client if is_closed => Misuse::Closed,
            Role::Client => Misuse::StartedTwice,
        };
        let is_idle = started.is_ok() && self.plan.tight;
        assert!(is_idle || started == Err(Error::ApiMisuse(expected)) || self.plan.tight);
        let connection = &mut self.pair.side_mut(role).connection;
        let unknown = Err(Error::ApiMisuse(Misuse::UnknownRequest));
        assert_eq!(connection.end_subscription(&"none".into()), unknown);
        assert_eq!(connection.cancel(&(-1).into(), None, now), unknown);
        assert_eq!(connection.progress(&99_999.into(), 1.0, None, None).map(drop), unknown);
    }

    fn trouble(&mut self) {
        match self.plan.trouble {
            Trouble::None => _ = self.step(),
            Trouble::Loss => self.lose(),
            Trouble::Hostile(role) => self.inject(role),
        }
    }

    fn lose(&mut self) {
        let role = self.choices.pick(&BOTH);
        match self.choices.below(8) {
            0..4 => {
                self.say(|_| format!("what is on its way to the {role:?} is lost"));
                self.pair.lose(role);
            }
            4..7 => self.break_stream(role),
            _ if self.choices.one_in(4) => {
                self.say(|_| "the line is cut".to_owned());
                self.poll();
                self.pair.cut();
            }
            _ => {
                let now = self.pair.now;
                let fallen = self.pair.client.connection.fall_back(now);
                self.is_hurried = true;
                self.say(|_| format!("the client falls back: {fallen:?}"));
            }
        }
        self.poll();
    }

    fn break_stream(&mut self, role: Role) {
        if self.plan.topology == Topology::Duplex {
            return;
        }
        let count = self.pair.transmits().len();
        let at = self.choices.below(count + 1);
        let stream = self.pair.transmits().get(at).map_or(STANDALONE, |sent| sent.stream);
        let now = self.pair.now;
        self.say(|_| format!("{stream:?} breaks for the {role:?}"));
        self.pair.side_mut(role).connection.stream_closed(stream, now);
    }

    /// The hostile side writes a line.
    fn inject(&mut self, by: Role) {
        let limits = self.plan.config(by.other()).limits;
        if limits.events <= 3 && self.choices.one_in(4) {
            return self.stuff(by.other(), limits.events);
        }
        let sent = self.pair.sent();
        let heard = |choices: &mut super::choices::Choices<'_>| {
            sent.get(choices.below(sent.len())).map(|(_, line)| line.as_str())
        };
        let line = hostile::line(&mut self.choices, by, &heard);
        let stream = match (self.plan.topology, by) {
            (Topology::Duplex, _) => StreamId::MAIN,
            (Topology::Http, Role::Client) => StreamId((1 << 61) + self.mark()),
            (Topology::Http, Role::Server) => {
                let waiting = self.ledger(Role::Client).waiting();
                let at = self.choices.below(waiting.len() + 1);
                waiting.get(at).map_or(STANDALONE, |id| StreamId(*id as u64))
            }
        };
        self.say(|_| format!("{by:?} writes {line}"));
        self.pair.inject_on(stream, by.other(), &line);
        self.report.injected += 1;
    }

    /// Hands messages over without polling, until the connection takes no more.
    fn stuff(&mut self, role: Role, limit: u32) {
        self.poll();
        let message: Message =
            talk::message(r#"{"jsonrpc":"2.0","method":"notifications/message","params":{}}"#);
        let before = self.pair.side(role).polled();
        let now = self.pair.now;
        for _ in 0..limit + 2 {
            let connection = &mut self.pair.side_mut(role).connection;
            let _ = connection.receive(StreamId::MAIN, message.clone(), now);
        }
        self.pair.collect();
        let count = self.pair.side(role).polled() - before;
        assert!(count <= u64::from(limit), "{count} events waited, the limit is {limit}");
        self.poll();
    }

    fn close(&mut self, role: Role) {
        if self.choices.one_in(12) {
            self.say(|_| format!("{role:?} closes"));
            self.pair.side_mut(role).connection.close();
            self.poll();
            if self.choices.one_in(2) {
                self.pair.side_mut(role.other()).connection.peer_closed();
                self.poll();
            }
        }
    }

    /// Answers everything, waits long enough, and finds nothing left.
    fn finish(&mut self) {
        self.say(|_| "the end".to_owned());
        if BOTH.iter().any(|role| self.pair.side(*role).connection.closing().is_some()) {
            self.pair.client.connection.peer_closed();
            self.pair.server.connection.peer_closed();
            self.poll();
        }
        for _ in 0..3 {
            self.answer_all();
            self.pass_ns(7200 * SECOND, Punctual::Always);
            self.answer_all();
        }
        self.withdraw_rest();
        self.answer_all();
        self.check_end();
        self.check_account();
        for role in BOTH {
            self.pair.side_mut(role).connection.close();
            self.poll();
            assert!(self.pair.side(role).connection.closing().is_some());
        }
        for act in
            [Act::Ask(Role::Client), Act::Ask(Role::Server), Act::Publish, Act::Log, Act::Settle]
        {
            self.act(act);
        }
        self.check_end();
    }

    fn answer_all(&mut self) {
        loop {
            self.settle();
            let mut is_quiet = true;
            for role in BOTH {
                while !self.ledger(role).open.is_empty() {
                    is_quiet = false;
                    let open = self.ledger(role).open.len();
                    let at = self.choices.below(open);
                    let done = self.respond_plainly(role, at);
                    self.poll();
                    assert!(done || self.plan.tight, "an answer finds no room");
                }
            }
            if is_quiet && !self.step() {
                return;
            }
        }
    }

    /// Ends what may last for ever: subscriptions, and requests with endless patience whose answer was lost.
    fn withdraw_rest(&mut self) {
        while !self.ledger(Role::Server).subscriptions.is_empty() && self.choices.one_in(2) {
            self.end_subscription();
            self.poll();
        }
        self.settle();
        let now = self.pair.now;
        for role in BOTH {
            for id in self.ledger(role).waiting() {
                let own = self.ledger(role).own[&id].clone();
                let is_known = own.fate == Fate::Listening || !self.plan.is_exact();
                assert!(is_known, "{id} of the {role:?} has no outcome: {own:?}");
                let done = self.pair.side_mut(role).connection.cancel(&id.into(), None, now);
                assert_eq!(done, Ok(()), "{own:?}");
                let ledger = self.ledger(role);
                ledger.own.get_mut(&id).expect("it waits").fate = Fate::Withdrawn;
                ledger.give_up();
                self.poll();
            }
        }
    }

    fn check_end(&mut self) {
        for role in BOTH {
            let connection = &self.pair.side(role).connection;
            let over =
                (connection.own_requests(), connection.peer_requests(), connection.waiting_bytes());
            let is_shaking_hands = connection.version().is_none() && connection.closing().is_none();
            assert!(
                over == (0, 0, 0) || is_shaking_hands && over.0 <= 1,
                "{role:?} has {over:?} left"
            );
        }
    }
}

/// Whether timers ring in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Punctual {
    Always,
    AtTheEnd,
}

const ACTS: &[(usize, Act)] = &[
    (60, Act::Step),
    (6, Act::Settle),
    (5, Act::Pass),
    (24, Act::Ask(Role::Client)),
    (10, Act::Ask(Role::Server)),
    (5, Act::Listen),
    (5, Act::Retry),
    (6, Act::Cancel(Role::Client)),
    (3, Act::Cancel(Role::Server)),
    (18, Act::Respond(Role::Server)),
    (8, Act::Respond(Role::Client)),
    (8, Act::Progress(Role::Server)),
    (4, Act::Progress(Role::Client)),
    (3, Act::Notify(Role::Client)),
    (3, Act::Notify(Role::Server)),
    (8, Act::Publish),
    (6, Act::Log),
    (2, Act::EndSubscription),
    (5, Act::Standalone),
    (2, Act::Misuse(Role::Client)),
    (1, Act::Misuse(Role::Server)),
    (25, Act::Trouble),
    (1, Act::Close(Role::Client)),
    (1, Act::Close(Role::Server)),
];
/// The stream of HTTP for what belongs to no request.
const STANDALONE: StreamId = StreamId(1 << 40);
/// No message is longer here, in bytes.
const LONGEST: usize = 64 << 10;
