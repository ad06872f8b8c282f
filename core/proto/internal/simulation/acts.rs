//! What applications do of their own accord: asking, and everything that goes with that.

use serde_json::{Value, json};

use super::ledger::{Fate, Own};
use super::plan::patience;
use super::races::{MODERN, NO_PARAMS, UNKNOWN};
use super::table::{self, Verdict};
use super::talk;
use super::world::World;
use crate::connection::{Call, Change, LoggingLevel, Patience, Topology};
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
        let own_token = params.as_deref().is_some_and(|params| params.contains("progressToken"));
        let wants_progress = own_token || self.choices.one_in(2);
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

    /// Says something that is part of no request.
    pub(super) fn notify(&mut self, role: Role) {
        let method = self.choices.pick(&[
            "notifications/roots/list_changed",
            "notifications/elicitation/complete",
            "notifications/tasks/status",
            "notifications/tools/list_changed",
            "tools/list",
            UNKNOWN,
        ]);
        let related = self.some_open(role);
        let params = self.choices.one_in(2).then(|| Raw::new(r#"{"taskId":"t"}"#));
        let said = self.pair.side_mut(role).connection.notify(method, params, related.as_ref());
        self.say(|_| format!("{role:?} says {method}: {said:?}"));
        if said.is_ok() {
            let agreed = self.pair.side(role).connection.version().expect("a revision");
            let is_known = Method::from_name(method).is_some();
            assert!(!is_known || table::may_say(agreed, role, method), "{method} in {agreed}");
            let may_speak = role == Role::Client || self.is_confirmed() || !is_known;
            assert!(may_speak, "{method} before the client has confirmed");
            self.ledger(role).news += u64::from(talk::is_news(method));
            self.ledger(role).follies += u64::from(!is_known);
        }
    }

    /// Tells who wants to know that something has changed.
    pub(super) fn publish(&mut self) {
        let (change, path, method) = self.choices.pick(&[
            (Change::Tools, "/tools/listChanged", "notifications/tools/list_changed"),
            (Change::Prompts, "/prompts/listChanged", "notifications/prompts/list_changed"),
            (Change::Resources, "/resources/listChanged", "notifications/resources/list_changed"),
            (Change::Resource("file:///0"), "/resources/subscribe", UPDATED),
            (Change::Resource("file:///2"), "/resources/subscribe", UPDATED),
        ]);
        let said = self.pair.server.connection.publish(change);
        self.say(|_| format!("Server publishes {change:?}: {said:?}"));
        let is_offered = self.plan.declared(Role::Server).pointer(path).is_some();
        let is_known = match said {
            Ok(()) => is_offered,
            Err(Error::ApiMisuse(Misuse::NotOffered)) => !is_offered,
            Err(error) => self.is_for_lack_of_room(error),
        };
        assert!(is_known, "{change:?} was published: {said:?}");
        if said.is_ok() {
            self.expect_news(change, method);
        }
    }

    /// Notes who has to be told: the session, if it wants to, and every subscription that is for it.
    fn expect_news(&mut self, change: Change<'_>, method: &str) {
        let uri = match change {
            Change::Resource(uri) => Some(json!(uri)),
            _ => None,
        };
        let has_stream = self.plan.topology == Topology::Duplex || self.has_standalone;
        let is_session = self.was_ready(Role::Server) && has_stream;
        let ledger = self.ledger(Role::Server);
        let is_wanted = match change {
            Change::Resource(uri) => ledger.uris.contains(uri),
            _ => true,
        };
        let session = u64::from(is_session && is_wanted && ledger.closed.is_none());
        let watching = |filter: &Value| talk::is_watched(filter, method, uri.as_ref());
        let subscribed = ledger.subscriptions.iter().filter(|(_, filter)| watching(filter));
        ledger.news += session + subscribed.count() as u64;
    }

    /// Sends a log message, for the session or for a request.
    pub(super) fn log(&mut self) {
        let level = self.choices.pick(&LoggingLevel::ALL);
        let related = self.some_open(Role::Server);
        let logger = self.choices.one_in(2).then_some("l\"1");
        let content = Raw::new(r#"{"text":"it is so"}"#);
        let said = self.pair.server.connection.log(level, logger, content, related.as_ref());
        self.say(|_| format!("Server logs {level} for {related:?}: {said:?}"));
        let is_offered = self.plan.declared(Role::Server).get("logging").is_some();
        let is_known = match said {
            Ok(_) => true,
            Err(Error::ApiMisuse(Misuse::NotOffered)) => !is_offered,
            Err(Error::ApiMisuse(Misuse::NoStream)) => self.plan.topology == Topology::Http,
            Err(error) => self.is_for_lack_of_room(error),
        };
        assert!(is_known, "logged: {said:?}");
    }

    /// Ends a subscription of the client.
    pub(super) fn end_subscription(&mut self) {
        let open = self.ledger(Role::Server).subscriptions.clone();
        let Some((id, _)) =
            (!open.is_empty()).then(|| open[self.choices.below(open.len())].clone())
        else {
            return;
        };
        let ended = self.pair.server.connection.end_subscription(&id);
        self.say(|_| format!("Server ends the subscription {id}: {ended:?}"));
        let ledger = self.ledger(Role::Server);
        match ended {
            Ok(()) => {
                ledger.subscriptions.retain(|(open, _)| *open != id);
                ledger.crossings += 2;
            }
            Err(error) => assert!(self.is_for_lack_of_room(error), "{error}"),
        }
    }

    /// Some request of the peer that is open, or none.
    fn some_open(&mut self, role: Role) -> Option<RequestId> {
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

    fn is_confirmed(&self) -> bool {
        let server = &self.pair.server.connection;
        server.version().is_none_or(|version| version == MODERN) || self.was_ready(Role::Server)
    }
}

fn method_of_version() -> Error {
    Error::PeerIncompatible(Incompatible::MethodOfVersion)
}

const UPDATED: &str = "notifications/resources/updated";
