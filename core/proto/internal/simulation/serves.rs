//! What applications do about requests of the other side: answering, late and in any order, and telling how far they are.

use super::ledger::Asked;
use super::talk::{self, Answer};
use super::world::World;
use super::{input, table};
use crate::connection::{Capabilities, Delivery};
use crate::error::{Error, Incompatible, Misuse};
use crate::version::Role;

impl World<'_> {
    /// Answers some request of the peer; `false` when that was refused.
    pub(super) fn respond(&mut self, role: Role) -> bool {
        let open = self.ledger(role).open.len();
        if open == 0 {
            return self.respond_to_nobody(role);
        }
        let at = self.choices.below(open);
        let asked = self.ledger(role).open[at].clone();
        let mark = self.mark();
        let name = asked.message.method_name().map(|name| name.decode().into_owned());
        let name = name.as_deref().unwrap_or_default();
        let may_want_input = table::may_want_input(asked.context.version, name);
        let has_shape = input::is_asked_of_client(name);
        let answer = if may_want_input && self.choices.one_in(3) {
            Answer::input(&mut self.choices, mark)
        } else if has_shape && !self.choices.one_in(4) {
            input::answer(&mut self.choices, name, mark)
        } else {
            Answer::draw(&mut self.choices, mark)
        };
        self.answer(role, at, &asked, answer)
    }

    /// Answers a request in a way that is always allowed.
    pub(super) fn respond_plainly(&mut self, role: Role, at: usize) -> bool {
        let asked = self.ledger(role).open[at].clone();
        self.answer(role, at, &asked, Answer::Result("{}".to_owned()))
    }

    fn answer(&mut self, role: Role, at: usize, asked: &Asked, answer: Answer) -> bool {
        let now = self.pair.now;
        let is_closed = self.pair.side(role).connection.closing().is_some();
        let connection = &mut self.pair.side_mut(role).connection;
        let said = answer.with(|reply| connection.respond(&asked.id, reply, now));
        self.say(|_| format!("{role:?} answers {} with {answer:?}: {said:?}", asked.id));
        match said {
            Ok(Delivery::Dropped) => {
                assert!(asked.is_cancelled || is_closed, "the answer to {} was dropped", asked.id);
            }
            Ok(Delivery::Queued) => {
                assert!(!asked.is_cancelled && !is_closed, "{} is not wanted", asked.id);
                assert_eq!(refusal(asked, &answer), None, "{answer:?} for {asked:?}");
                let told = (answer, asked.progress);
                self.ledger(role).given.insert(asked.id.to_string(), told);
            }
            Err(error) => {
                let is_known =
                    refusal(asked, &answer) == Some(error) || self.is_for_lack_of_room(error);
                assert!(is_known, "{error}: {answer:?} for {asked:?}");
                return false;
            }
        }
        self.ledger(role).open.swap_remove(at);
        true
    }

    fn respond_to_nobody(&mut self, role: Role) -> bool {
        let now = self.pair.now;
        let answer = Answer::Result("{}".to_owned());
        let connection = &mut self.pair.side_mut(role).connection;
        let said = answer.with(|reply| connection.respond(&"nobody".into(), reply, now));
        assert_eq!(said, Err(Error::ApiMisuse(Misuse::UnknownRequest)));
        false
    }

    /// Tells how far some request of the peer is, forwards, backwards or not at all.
    pub(super) fn progress(&mut self, role: Role) {
        for _ in 0..=self.choices.below(3) {
            let open = self.ledger(role).open.len();
            if open == 0 {
                return;
            }
            let at = self.choices.below(open);
            let asked = self.ledger(role).open[at].clone();
            let value = match self.choices.below(8) {
                0 => asked.progress - 1.0,
                1 => f64::NAN,
                2 => f64::INFINITY,
                _ => asked.progress.max(-2.0) + self.choices.pick(&[0.25, 1.0, 1e9]),
            };
            self.report(role, at, &asked, value);
        }
    }

    fn report(&mut self, role: Role, at: usize, asked: &Asked, value: f64) {
        let total = self.choices.one_in(2).then_some(1e10);
        let message = self.choices.one_in(3).then_some("on \"it\"");
        let connection = &mut self.pair.side_mut(role).connection;
        let is_closed = connection.closing().is_some();
        let said = connection.progress(&asked.id, value, total, message);
        self.say(|_| format!("{role:?} reports {value} of {}: {said:?}", asked.id));
        let is_sound = value.is_finite() && value > asked.progress;
        let is_wanted = asked.message.token().is_some() && !asked.is_cancelled && !is_closed;
        let expected = match (is_sound, is_wanted) {
            (false, _) => Err(Error::ApiMisuse(Misuse::ProgressValue)),
            (true, true) => Ok(Delivery::Queued),
            (true, false) => Ok(Delivery::Dropped),
        };
        assert_eq!(said, expected, "{value} for {asked:?}");
        if is_sound {
            let ledger = self.ledger(role);
            ledger.open[at].progress = value;
            ledger.reports += 1;
        }
    }
}

/// Why an answer is not allowed: input is asked for where it may not be.
fn refusal(asked: &Asked, answer: &Answer) -> Option<Error> {
    let Answer::Input(requests, state) = answer else { return None };
    let name = asked.message.method_name()?.decode().into_owned();
    if !table::may_want_input(asked.context.version, &name) {
        return Some(Error::PeerIncompatible(Incompatible::MethodOfVersion));
    }
    let Some(requests) = requests else {
        return state.is_none().then_some(Error::ApiMisuse(Misuse::InputRequest));
    };
    let requests = talk::json(requests);
    let wanted = requests.as_object()?.values().next()?["method"].as_str()?.to_owned();
    let needed = match &wanted[..] {
        "elicitation/create" => Capabilities::ELICITATION_FORM,
        "sampling/createMessage" => Capabilities::SAMPLING,
        "roots/list" => Capabilities::ROOTS,
        _ => return Some(Error::ApiMisuse(Misuse::InputRequest)),
    };
    let has = asked.context.capabilities.has(needed);
    (!has).then_some(Error::PeerIncompatible(Incompatible::Capability))
}
