//! What applications say that asks for nothing: notifications, changes, log messages.

use serde_json::{Value, json};

use super::races::UNKNOWN;
use super::world::World;
use super::{table, talk};
use crate::connection::{Change, LoggingLevel, Topology};
use crate::error::{Error, Misuse};
use crate::json::Raw;
use crate::message::Method;
use crate::version::Role;

impl World<'_> {
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
}

const UPDATED: &str = "notifications/resources/updated";
