//! What goes wrong: messages and streams are lost, a side is hostile, an end comes too early.

use super::choices::Choices;
use super::ledger::{Fate, Own};
use super::plan::Trouble;
use super::schedule::STANDALONE;
use super::world::{BOTH, World};
use super::{hostile, talk};
use crate::connection::{StreamId, Topology};
use crate::message::Message;
use crate::version::Role;

impl World<'_> {
    pub(super) fn trouble(&mut self) {
        match self.plan.trouble {
            Trouble::None => _ = self.step(),
            Trouble::Loss => self.lose(),
            Trouble::Hostile(role) if self.choices.one_in(8) => self.burst(role.other()),
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
        let heard = |choices: &mut Choices<'_>| {
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

    /// Much progress at a time, of which an application that looks late is told the newest.
    fn burst(&mut self, role: Role) {
        self.poll();
        let wanting = |own: &Own| own.fate == Fate::Open && own.wants_progress;
        let own = self.ledger(role).own.iter().find(|(_, own)| wanting(own));
        let Some((id, from)) = own.map(|(id, own)| (*id, own.progress)) else { return };
        self.say(|_| format!("much progress of {id} for the {role:?}"));
        let (now, before) = (self.pair.now, self.pair.side(role).polled());
        let (mut newest, mut others) = (None, 0);
        for step in 1..=self.choices.below(4) + 1 {
            let value = from.max(0.0) + step as f64 * (1.0 + from.abs().min(1e300));
            let message = talk::message(&format!(
                r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{id},"progress":{value:e}}}}}"#
            ));
            let connection = &mut self.pair.side_mut(role).connection;
            if self.choices.one_in(3) {
                let other = talk::message(NOTICES[role as usize]);
                others += u64::from(connection.receive(StreamId::MAIN, other, now).is_ok());
            }
            let taken = connection.receive(StreamId::MAIN, message, now);
            newest = if taken.is_ok() { Some(value) } else { newest };
        }
        self.poll();
        let events = self.pair.side(role).polled() - before;
        assert_eq!(events, others + u64::from(newest.is_some()), "not what was taken in");
        let told = self.ledger(role).own[&id].progress;
        assert_eq!(newest.unwrap_or(told), told, "not the newest progress");
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

    pub(super) fn close(&mut self, role: Role) {
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
}

/// What the client, and what the server, may be told at any time.
const NOTICES: [&str; 2] = [
    r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}"#,
    r#"{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}"#,
];
