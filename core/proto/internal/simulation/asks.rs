//! What applications ask for, allowed or not, and what becomes of that at once.

use serde_json::Value;

use super::ledger::{Fate, Own};
use super::plan::patience;
use super::races::{MODERN, NO_PARAMS, UNKNOWN};
use super::table::{self, Verdict};
use super::talk;
use super::world::World;
use crate::connection::{Call, LoggingLevel, Patience, Topology};
use crate::error::{Error, Incompatible, Misuse};
use crate::json::Raw;
use crate::message::Method;
use crate::version::Role;
use crate::{Limit, RequestId};

impl World<'_> {
    /// Asks the other side for something, allowed or not.
    pub(super) fn ask(&mut self, role: Role) {
        let mark = self.mark();
        let method = self.method(role);
        let mut params = talk::params(&mut self.choices, method, mark);
        if self.choices.one_in(12) {
            params = Some(self.choices.pick(&[NO_PARAMS, "[]"]).to_owned());
        }
        let wants_progress = self.choices.one_in(2);
        let patience = self.patience(role);
        let related = self.some_open(role);
        let level = self.choices.one_in(3).then_some(LoggingLevel::Notice);
        let now = self.pair.now;
        let mut call = Call::named(method).patience(patience);
        if let Some(params) = &params {
            call = call.params(Raw::new(params));
        }
        if wants_progress {
            call = call.with_progress();
        }
        if let Some(level) = level {
            call = call.level(level);
        }
        if let Some(related) = &related {
            call = call.related(related);
        }
        let asked = self.pair.side_mut(role).connection.request(call, now);
        self.say(|_| format!("{role:?} asks {method} {params:?} {patience:?}: {asked:?}"));
        self.judge_asked(role, method, params.as_deref(), &asked);
        let own = self.own(method, params, wants_progress, patience);
        self.enter(role, asked, own);
    }

    /// Asks to be told about changes.
    pub(super) fn listen(&mut self) {
        let filter =
            if self.choices.one_in(10) { "[]".to_owned() } else { talk::filter(&mut self.choices) };
        let now = self.pair.now;
        let asked = self.pair.client.connection.listen(Raw::new(&filter), now);
        self.say(|_| format!("Client listens {filter}: {asked:?}"));
        if filter == "[]" {
            assert_eq!(asked, Err(Error::ApiMisuse(Misuse::NotAnObject)));
            return;
        }
        self.judge_asked(Role::Client, "subscriptions/listen", None, &asked);
        let patience = self.plan.client.patience;
        let own = self.own("subscriptions/listen", Some(filter), false, patience);
        self.enter(Role::Client, asked, own);
    }

    /// Asks again with the input that was wanted.
    pub(super) fn retry(&mut self) {
        let Some((id, input)) = self.ledger(Role::Client).inputs.pop() else { return };
        let own = self.ledger(Role::Client).own[&id].clone();
        let now = self.pair.now;
        let mut call = Call::named(&own.method).patience(own.patience);
        if own.wants_progress {
            call = call.with_progress();
        }
        if let Some(params) = &own.params {
            call = call.params(Raw::new(params));
        }
        let responses = self.choices.one_in(2).then(|| Raw::new(r#"{"k":{"action":"accept"}}"#));
        let asked = self.pair.client.connection.retry(call, &input, responses, now);
        self.say(|_| format!("Client asks {} again: {asked:?}", own.method));
        self.judge_asked(Role::Client, &own.method, own.params.as_deref(), &asked);
        let own = self.own(&own.method, own.params, own.wants_progress, own.patience);
        self.enter(Role::Client, asked, own);
    }

    /// Does without an answer.
    pub(super) fn cancel(&mut self, role: Role) {
        let now = self.pair.now;
        let waiting = self.ledger(role).waiting();
        let is_known = !waiting.is_empty() && !self.choices.one_in(8);
        let id = if is_known { self.choices.pick(&waiting) } else { 1_000_000 };
        let reason = self.choices.one_in(2).then_some("no \"need\"");
        let done = self.pair.side_mut(role).connection.cancel(&id.into(), reason, now);
        self.say(|_| format!("{role:?} cancels {id}: {done:?}"));
        assert_eq!(done.is_ok(), is_known, "{done:?}");
        let ledger = self.ledger(role);
        if let Some(own) = ledger.own.get_mut(&id) {
            own.fate = Fate::Withdrawn;
            ledger.give_up();
        }
    }

    /// Some request of the peer that is open, or none.
    pub(super) fn some_open(&mut self, role: Role) -> Option<RequestId> {
        let open = self.ledger(role).open.len();
        let at = self.choices.below(open + 1);
        self.ledger(role).open.get(at).map(|asked| asked.id.clone())
    }

    /// Whether this may be refused because there is no room, here and now.
    pub(super) fn is_for_lack_of_room(&self, error: Error) -> bool {
        let limit = match error {
            Error::LimitExceeded { limit, .. } => limit,
            _ => return false,
        };
        self.plan.tight && matches!(limit, Limit::Outbox | Limit::OwnRequests)
    }

    fn own(&self, method: &str, params: Option<String>, wants: bool, patience: Patience) -> Own {
        let now = self.pair.now.mono_ns;
        Own {
            method: method.to_owned(),
            params,
            wants_progress: wants,
            patience,
            asked_ns: now,
            alive_ns: now,
            progress: f64::NEG_INFINITY,
            fate: Fate::Open,
            watches: Value::Null,
        }
    }

    fn enter(&mut self, role: Role, asked: Result<RequestId, Error>, own: Own) {
        let Ok(id) = asked else { return };
        if own.method == UNKNOWN || own.params.as_deref() == Some(NO_PARAMS) {
            self.ledger(role).follies += 1;
        }
        self.ledger(role).ask(&id, own);
    }

    fn patience(&mut self, role: Role) -> Patience {
        if self.choices.one_in(4) {
            patience(&mut self.choices)
        } else {
            self.plan.config(role).patience
        }
    }

    fn method(&mut self, role: Role) -> &'static str {
        let likely: &[&str] = match role {
            Role::Client => {
                &["tools/call", "prompts/get", "resources/read", "ping", "resources/subscribe"]
            }
            Role::Server => &["sampling/createMessage", "roots/list", "elicitation/create", "ping"],
        };
        match self.choices.below(8) {
            0..5 => self.choices.pick(likely),
            5 => UNKNOWN,
            _ => self.choices.pick(&[
                "tools/list",
                "prompts/list",
                "resources/list",
                "resources/templates/list",
                "resources/unsubscribe",
                "completion/complete",
                "logging/setLevel",
                "tasks/get",
                "tasks/cancel",
                "tasks/result",
                "tasks/list",
                "tasks/update",
                "sampling/createMessage",
                "tools/call",
            ]),
        }
    }

    /// A request is accepted exactly when the revision, the peer, the parameters and the room allow it.
    fn judge_asked(
        &self,
        role: Role,
        method: &str,
        params: Option<&str>,
        asked: &Result<RequestId, Error>,
    ) {
        let connection = &self.pair.side(role).connection;
        let expected = match (connection.closing(), connection.version()) {
            (Some(_), _) => Err(Error::ApiMisuse(Misuse::Closed)),
            (None, None) => Err(Error::ApiMisuse(Misuse::NotReady)),
            (None, Some(version)) => {
                let is_known = Method::from_name(method).is_some();
                let [here, there] = [role, role.other()].map(|side| self.plan.declared(side));
                match table::may_ask(version, role, method, here, there) {
                    _ if !is_known => Ok(()),
                    _ if role == Role::Server && !self.is_confirmed() && method != "ping" => {
                        Err(Error::ApiMisuse(Misuse::NotReady))
                    }
                    Verdict::NotOfVersion => Err(method_of_version()),
                    Verdict::NotDeclaredHere => Err(Error::ApiMisuse(Misuse::NotOffered)),
                    Verdict::NotDeclaredThere => {
                        Err(Error::PeerIncompatible(Incompatible::Capability))
                    }
                    Verdict::Allowed => Ok(()),
                }
            }
        };
        let is_http_server = self.plan.topology == Topology::Http && role == Role::Server;
        let is_known = match (expected, asked) {
            (Ok(()), Ok(_)) => params != Some("[]"),
            (Ok(()), Err(Error::ApiMisuse(Misuse::NotAnObject))) => params == Some("[]"),
            (Ok(()), Err(Error::ApiMisuse(Misuse::NoStream))) => is_http_server,
            (Ok(()), Err(error)) => self.is_for_lack_of_room(*error),
            (Err(expected), Err(error)) => expected == *error,
            (Err(_), Ok(_)) => false,
        };
        // What a hostile peer has declared is not known here.
        let is_judged = !matches!(self.plan.trouble, super::plan::Trouble::Hostile(_));
        assert!(
            is_known || !is_judged,
            "{role:?} asked {method}: {asked:?}, expected {expected:?}"
        );
    }

    pub(super) fn is_confirmed(&self) -> bool {
        let server = &self.pair.server.connection;
        server.version().is_none_or(|version| version == MODERN) || self.was_ready(Role::Server)
    }
}

fn method_of_version() -> Error {
    Error::PeerIncompatible(Incompatible::MethodOfVersion)
}
