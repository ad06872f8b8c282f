//! Answers to our requests: matching them, and telling what they are.

use super::event::{Ending, Event, Failure};
use super::input::{self, may_ask_for_input};
use super::pending::{Asked, Purpose};
use super::{Capabilities, Connection, Peer, State, refused};
use crate::Now;
use crate::error::{Error, PeerRule};
use crate::json::Raw;
use crate::message::{Kind, Message, Method, RequestId, Tag};
use crate::version::Feature;

/// What a result is.
enum Verdict {
    Final,
    InputRequired,
    Wrong(PeerRule),
}

impl Connection {
    #[inline]
    pub(super) fn receive_answer(&mut self, message: Message, now: Now) -> Result<(), Error> {
        let index = message.index();
        let id = match index.id_tag {
            Tag::INTEGER => index.id_int,
            // A server that could not read the probe cannot name its id.
            Tag::ABSENT | Tag::NULL => self.probe_id().unwrap_or_default(),
            _ => 0,
        };
        let Some(asked) = self.pending.remove(id) else {
            let was_given = self.pending.was_given(id);
            let rule = if was_given { PeerRule::ResponseLate } else { PeerRule::ResponseUnknown };
            return Err(refused(rule, &message));
        };
        asked.trace.end("answered");
        match asked.purpose {
            Purpose::Application => self.deliver(&asked, message),
            Purpose::Discover => self.discovered(message, now),
            Purpose::Initialize => self.initialized(message, now),
            Purpose::Listen | Purpose::Listening => {
                let id = RequestId::from(asked.id);
                self.events.push(Event::ListeningEnded { id, ending: Ending::Server(message) });
                Ok(())
            }
        }
    }

    /// Hands the answer of a request to the application.
    #[inline]
    fn deliver(&mut self, asked: &Asked, message: Message) -> Result<(), Error> {
        let id = RequestId::from(asked.id);
        match self.judge(asked, &message) {
            Verdict::Final => {
                self.events.push(Event::Response { id, message });
                Ok(())
            }
            Verdict::InputRequired => {
                self.events.push(Event::InputRequired { id, message });
                Ok(())
            }
            Verdict::Wrong(rule) => {
                let error = refused(rule, &message);
                self.events.push(Event::Failed { id, failure: Failure::Invalid(error) });
                Err(error)
            }
        }
    }

    /// Tells the type of a result (MCP 2026-07-28; an absent one is complete, as earlier servers leave it out).
    #[inline]
    fn judge(&self, asked: &Asked, message: &Message) -> Verdict {
        let State::Open(peer) = &self.state else { return Verdict::Final };
        if message.kind() != Kind::Response {
            return Verdict::Final;
        }
        if !peer.version.has(Feature::ResultType) {
            return judge_input(asked, message, peer);
        }
        let Some(result_type) = message.as_ref().result_type() else { return Verdict::Final };
        let result_type = result_type.string().map(|text| text.decode()).unwrap_or_default();
        match &*result_type {
            "complete" => Verdict::Final,
            "input_required" if !asked.method.is_some_and(may_ask_for_input) => {
                Verdict::Wrong(PeerRule::InputRequiredMisplaced)
            }
            "input_required" => {
                let (declared, version) = (self.offered(peer.version), peer.version);
                match input::check_result(message, declared, version) {
                    Ok(()) => Verdict::InputRequired,
                    Err(fault) => Verdict::Wrong(fault.theirs()),
                }
            }
            "task" if asked.method.is_some_and(may_become_task) && peer.runs_tasks() => {
                Verdict::Final
            }
            _ => Verdict::Wrong(PeerRule::ResultTypeUnknown),
        }
    }
}

/// Judges what a client says to what it was asked. A task in place of the result is what it has declared (MCP 2025-11-25, tasks).
#[inline]
fn judge_input(asked: &Asked, message: &Message, peer: &Peer) -> Verdict {
    let Some(method) = asked.method.filter(|method| input::is_asked_of_client(*method)) else {
        return Verdict::Final;
    };
    let result = message.result().unwrap_or(Raw::new("{}"));
    let may_be_task = match method {
        Method::CreateMessage => peer.capabilities.has(Capabilities::TASKS_SAMPLING),
        Method::Elicit => peer.capabilities.has(Capabilities::TASKS_ELICITATION),
        _ => false,
    };
    if may_be_task && result.get("task").is_some_and(|task| task.members().is_some()) {
        return Verdict::Final;
    }
    match input::check_input(method, result, peer.version) {
        Ok(()) => Verdict::Final,
        Err(rule) => Verdict::Wrong(rule),
    }
}

impl Peer {
    fn runs_tasks(&self) -> bool {
        self.capabilities.has(Capabilities::TASKS_EXTENSION)
    }
}

/// The methods that a server may answer with a task (MCP 2026-07-28, tasks).
fn may_become_task(method: Method) -> bool {
    method == Method::CallTool
}
