//! The end of a schedule: everything is answered, enough time passes, and nothing may be left.

use super::ledger::Fate;
use super::plan::SECOND;
use super::schedule::Act;
use super::time::Punctual;
use super::world::{BOTH, World};
use crate::version::Role;

impl World<'_> {
    /// Answers everything, waits long enough, and finds nothing left.
    pub(super) fn finish(&mut self) {
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

    fn check_end(&self) {
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
