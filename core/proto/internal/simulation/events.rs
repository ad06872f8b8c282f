//! What a side is told: every event is entered into the ledger, and held against what is known there.

use serde_json::Value;

use super::ledger::{Asked, Fate};
use super::plan::Trouble;
use super::world::World;
use super::{input, races, table, talk};
use crate::connection::{Closing, Ending, Event, Failure, Topology};
use crate::message::Message;
use crate::version::{Role, Version};
use crate::{Method, RequestId};

impl World<'_> {
    /// Enters an event into the ledger of its side, and judges it.
    pub(super) fn event(&mut self, role: Role, event: Event) {
        self.say(|_| format!("    {role:?} is told {event:?}"));
        self.report.see(name_of(&event));
        let now = self.pair.now.mono_ns;
        let ledger = self.ledger(role);
        assert!(ledger.closed.is_none(), "told after the end: {event:?}");
        ledger.heard += 1;
        match event {
            Event::Ready(version) => self.ready(role, version),
            Event::Request { id, message, context } => {
                if self.plan.is_exact() {
                    self.compare_request(role, &id, &message);
                }
                let progress = f64::NEG_INFINITY;
                let asked = Asked { id, message, context, is_cancelled: false, progress };
                self.ledger(role).asked(asked);
            }
            Event::Response { id, message } => self.answered(role, &id, &message),
            Event::InputRequired { id, message } => {
                self.answered(role, &id, &message);
                self.ledger(role).inputs.push((id.as_i64().unwrap_or_default(), message));
            }
            Event::Progress { id, message } => {
                let value = message.progress().expect("progress").progress;
                ledger.of(&id).progress(value, now);
            }
            Event::Failed { id, failure } => {
                self.ledger(role).fail(&id, &failure, now);
                self.failed(role, &id, &failure);
            }
            Event::Cancelled { id, .. } => {
                ledger.cancelled(&id);
                self.wires[role as usize].cancelled(&id.to_string());
            }
            Event::Listening { id, message } => {
                let own = ledger.of(&id);
                assert_eq!(own.fate, Fate::Open, "acknowledged in vain: {own:?}");
                own.fate = Fate::Listening;
                own.watches = talk::json(message.as_str())["params"]["notifications"].take();
            }
            Event::ListeningEnded { id, ending } => match ending {
                Ending::Failed(failure) => {
                    self.ledger(role).fail(&id, &failure, now);
                    self.failed(role, &id, &failure);
                }
                Ending::Server(_) => {
                    ledger.finish(&id);
                    self.wires[role as usize].finished(&id);
                }
            },
            Event::Notification { subscription: Some(id), message } => {
                self.told(role, &id, &message);
            }
            Event::Subscribed { id, message } => self.subscribed(role, id, &message),
            Event::Unsubscribed { id, message } => {
                let uri = message.as_ref().and_then(uri_of);
                uri.map(|uri| ledger.uris.remove(&uri));
                ledger.subscriptions.retain(|(open, _)| *open != id);
            }
            Event::Closed(closing) => self.closed(role, closing),
            _ => {}
        }
    }

    /// A subscription tells what it was acknowledged for.
    fn told(&mut self, role: Role, id: &RequestId, message: &Message) {
        // The acknowledgement may be lost, or a lie.
        let is_apart = self.plan.trouble != Trouble::None;
        let own = self.ledger(role).of(id);
        assert!(matches!(own.fate, Fate::Listening | Fate::Open), "told in vain: {own:?}");
        let name = message.method_name().expect("a method").decode();
        let uri = uri_of(message).map(Value::from);
        let is_watched = talk::is_watched(&own.watches, &name, uri.as_ref());
        assert!(is_watched || is_apart, "{message:?}, but it is for {}", own.watches);
    }

    fn subscribed(&mut self, role: Role, id: RequestId, message: &Message) {
        if message.method() == Some(Method::Listen) {
            let mut filter = talk::json(message.as_str())["params"]["notifications"].take();
            self.leave_offered(&mut filter);
            self.ledger(role).subscriptions.push((id, filter));
        } else {
            let uri = uri_of(message).expect("a URI");
            self.ledger(role).uris.insert(uri);
        }
    }

    /// Takes out of a filter what the server has not declared.
    fn leave_offered(&self, filter: &mut Value) {
        let declared = self.plan.declared(Role::Server);
        for (member, path) in [
            ("toolsListChanged", "/tools/listChanged"),
            ("promptsListChanged", "/prompts/listChanged"),
            ("resourcesListChanged", "/resources/listChanged"),
            ("resourceSubscriptions", "/resources/subscribe"),
        ] {
            if declared.pointer(path).is_none() {
                filter[member] = Value::Null;
            }
        }
    }

    fn ready(&mut self, role: Role, version: Version) {
        let is_exact = self.plan.is_exact() && !self.is_hurried;
        assert!(!is_exact || self.plan.agreed() == Some(version), "agreed on {version}");
        assert_eq!(self.ledger(role).ready, None, "ready twice");
        self.ledger(role).ready = Some(version);
    }

    fn closed(&mut self, role: Role, closing: Closing) {
        let is_plain = self.plan.is_exact() && !self.is_hurried && !self.was_ready(role);
        let is_parting = !matches!(closing, Closing::Local | Closing::Peer);
        assert!(
            !is_plain || !is_parting || self.plan.agreed().is_none(),
            "no handshake: {closing}"
        );
        let ledger = self.ledger(role);
        assert!(ledger.waiting().is_empty(), "closed, but {:?} wait", ledger.waiting());
        ledger.closed = Some(closing);
        ledger.subscriptions.clear();
    }

    /// Without trouble a request fails only for the lack of time, or of an answer that is what it asked for.
    fn failed(&mut self, role: Role, id: &RequestId, failure: &Failure) {
        if !matches!(failure, Failure::TimedOut) {
            self.wires[role as usize].finished(id);
        }
        let is_over = self.pair.side(role).connection.closing().is_some();
        let is_known = matches!(failure, Failure::TimedOut) || is_over || {
            matches!(failure, Failure::Invalid(_)) && !self.is_sound(role, id)
        };
        assert!(is_known || !self.plan.is_exact(), "{id} of {role:?} failed: {failure}");
    }

    /// Whether the answer that the other application gave to a request is one.
    fn is_sound(&mut self, role: Role, id: &RequestId) -> bool {
        let Some(version) = self.pair.side(role).connection.version() else { return true };
        let method = self.ledger(role).of(id).method.clone();
        let given = self.ledger(role.other()).given.get(&id.to_string());
        given.is_none_or(|(answer, _)| input::is_sound(&method, answer, version))
    }

    /// A request arrives as it was made.
    fn compare_request(&mut self, role: Role, id: &RequestId, message: &Message) {
        let asker = self.ledger(role.other());
        let own = asker.of(id);
        let heard =
            message.params().map_or_else(|| talk::json("{}"), |raw| talk::json(raw.spelling()));
        let name = message.method_name().map(|name| name.decode().into_owned());
        assert_eq!(name.as_deref(), Some(&own.method[..]));
        assert!(talk::are_params(own.params.as_deref(), &heard), "{own:?} arrived as {heard}");
        // A token that the application has put there is not ours, and stays behind.
        let token = own.wants_progress.then(|| id.as_i64()).flatten();
        assert_eq!(
            message.token().map(|token| token.token().to_owned()),
            token.map(|id| id.to_string())
        );
    }

    /// An answer is the one that the other application gave.
    fn answered(&mut self, role: Role, id: &RequestId, message: &Message) {
        let own = self.ledger(role).finish(id);
        self.wires[role as usize].finished(id);
        let version = self.pair.side(role).connection.version();
        if !self.plan.is_exact() {
            return;
        }
        let version = version.expect("an answer before the handshake");
        assert!(
            self.is_sound(role, id),
            "{own:?} was answered with {message:?}, which is no answer"
        );
        let got = talk::json(message.as_str());
        // What a client reports over HTTP travels alone.
        let is_apart = self.plan.topology == Topology::Http && role == Role::Server;
        let other = self.ledger(role.other());
        let is_right = match other.given.get(&id.to_string()) {
            Some((answer, told)) => {
                let has_heard = own.progress == *told || !own.wants_progress || is_apart;
                answer.is_in(&got, version) && has_heard
            }
            None if got.get("error").is_some() => races::is_folly(&own),
            None => table::is_answered_by_connection(&own.method),
        };
        assert!(
            is_right,
            "{own:?} was answered with {got}, but given was {:?}",
            other.given.get(&id.to_string())
        );
    }
}

fn uri_of(message: &Message) -> Option<String> {
    let uri = message.params()?.get("uri")?.string()?;
    Some(uri.decode().into_owned())
}

fn name_of(event: &Event) -> &'static str {
    match event {
        Event::Ready(_) => "Ready",
        Event::Request { .. } => "Request",
        Event::Notification { .. } => "Notification",
        Event::Response { .. } => "Response",
        Event::InputRequired { .. } => "InputRequired",
        Event::Progress { .. } => "Progress",
        Event::Failed { failure: Failure::TimedOut, .. } => "Failed: TimedOut",
        Event::Failed { failure: Failure::Closed, .. } => "Failed: Closed",
        Event::Failed { failure: Failure::ClosedHere, .. } => "Failed: ClosedHere",
        Event::Failed { failure: Failure::Invalid(_), .. } => "Failed: Invalid",
        Event::Cancelled { .. } => "Cancelled",
        Event::Listening { .. } => "Listening",
        Event::ListeningEnded { .. } => "ListeningEnded",
        Event::Subscribed { .. } => "Subscribed",
        Event::Unsubscribed { .. } => "Unsubscribed",
        Event::Closed(_) => "Closed",
    }
}
