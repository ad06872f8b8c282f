//! Two connections of which one side runs tasks, under virtual time.

use mcp_engine::connection::{Call, Config, Delivery, Event, Patience, Reply};
use mcp_engine::task::{
    Augmentation, NewTask, Notice, Polling, TaskHandle, TaskId, TaskRequest, TaskSupport, Tasks,
    augmented,
};
use mcp_engine::version::{Role, Version};
use mcp_engine::{Error, Message, Method, PeerRule, RequestId};
use mcp_engine_proto::internal::pair::Pair;
use serde_json::Value;

use crate::stage::{ALICE, raw};

/// Two connections, and the tasks of one of them.
pub(crate) struct Scene {
    pub(crate) pair: Pair,
    pub(crate) tasks: Tasks,
    /// The side that runs tasks.
    pub(crate) runs: Role,
    pub(crate) entropy: u8,
    /// Tasks that are to be worked on.
    pub(crate) work: Vec<TaskId>,
    /// What the other side was told of, but for answers.
    pub(crate) heard: Vec<Event>,
}

pub(crate) const CLIENT: &str = r#"{"sampling":{},"elicitation":{"form":{}},"extensions":{"io.modelcontextprotocol/tasks":{}},
    "tasks":{"list":{},"cancel":{},"requests":{"sampling":{"createMessage":{}},"elicitation":{"create":{}}}}}"#;
pub(crate) const SERVER: &str = r#"{"tools":{"listChanged":true},"extensions":{"io.modelcontextprotocol/tasks":{}},
    "tasks":{"list":{},"cancel":{},"requests":{"tools":{"call":{}}}}}"#;

pub(crate) fn scene(version: Version) -> Scene {
    declaring(version, CLIENT, SERVER)
}

pub(crate) fn declaring(version: Version, client: &str, server: &str) -> Scene {
    let client = Config::client("client", "1").capabilities(raw(client)).versions([version]);
    let server = Config::server("server", "1").capabilities(raw(server)).versions([version]);
    Scene {
        pair: Pair::open(client, server),
        tasks: Tasks::default(),
        runs: Role::Server,
        entropy: 0,
        work: Vec::new(),
        heard: Vec::new(),
    }
}

impl Scene {
    /// The side that runs tasks serves what it was told of, and everything is carried over.
    pub(crate) fn serve(&mut self) {
        self.pair.settle();
        while let Some(event) = self.pair.side_mut(self.runs).event() {
            match event {
                Event::Request { id, message, context } => {
                    let answer = match TaskRequest::of(&message, context, ALICE) {
                        Some(request) => self.tasks.handle(id.clone(), &request, self.pair.now),
                        None => Some(self.start(&message, context)),
                    };
                    if let Some(answer) = answer {
                        self.respond(&id, answer.reply());
                    }
                }
                Event::Cancelled { id, .. } => assert!(self.tasks.withdraw(&id)),
                _ => {}
            }
        }
        while let Some((id, answer)) = self.tasks.poll_answer() {
            self.respond(&id, answer.reply());
        }
        self.pair.settle();
    }

    pub(crate) fn start(
        &mut self,
        message: &Message,
        context: mcp_engine::connection::Context,
    ) -> mcp_engine::task::Answer {
        let offered = self.pair.side(self.runs).connection.offered(context.version);
        let may = Augmentation::of(message, context, offered, TaskSupport::Optional);
        let ttl = match may.expect("sound parameters") {
            Augmentation::Task(ttl) => ttl,
            Augmentation::Either => mcp_engine::task::Ttl::Default,
            Augmentation::Inline => panic!("a plain request"),
        };
        self.entropy += 1;
        let new = NewTask::new(message.method().unwrap(), context, ALICE).ttl(ttl);
        let (id, answer) = self.tasks.create(new, [self.entropy; 16], self.pair.now).unwrap();
        self.work.push(id);
        answer
    }

    pub(crate) fn respond(&mut self, id: &RequestId, reply: Reply<'_>) -> Delivery {
        let now = self.pair.now;
        self.pair.side_mut(self.runs).connection.respond(id, reply, now).expect("an answer")
    }

    /// The side that does not run tasks asks something.
    pub(crate) fn ask(&mut self, method: Method, params: &Value) -> RequestId {
        let (now, params) = (self.pair.now, params.to_string());
        let patient = Patience { idle_ns: 0, total_ns: 0, ..Patience::default() };
        let call = Call::new(method).params(raw(&params)).patience(patient);
        let side = self.pair.side_mut(self.runs.other());
        side.connection.request(call, now).expect("a request")
    }

    /// … and is answered.
    pub(crate) fn answer(&mut self) -> Option<Message> {
        self.serve();
        while let Some(event) = self.pair.side_mut(self.runs.other()).event() {
            match event {
                Event::Response { message, .. } => return Some(message),
                other => self.heard.push(other),
            }
        }
        None
    }

    pub(crate) fn asked(&mut self, method: Method, params: &Value) -> Value {
        self.ask(method, params);
        value(&self.answer().expect("an answer"))
    }

    /// Calls a tool, which becomes a task.
    pub(crate) fn call(&mut self) -> TaskHandle {
        let version = self.pair.client.connection.version().unwrap();
        let params = match version {
            Version::V2025_11_25 => augmented(raw(r#"{"name":"long"}"#), Some(60_000)),
            _ => r#"{"name":"long"}"#.to_owned(),
        };
        self.ask(Method::CallTool, &serde_json::from_str(&params).unwrap());
        let answer = self.answer().expect("a task");
        let (polling, now) = (Polling::default(), self.pair.now);
        TaskHandle::created(answer.result().unwrap(), version, polling, now).unwrap().unwrap()
    }

    pub(crate) fn finish(&mut self, reply: Reply<'_>) {
        let (id, now) = (self.work[0], self.pair.now);
        self.tasks.finish(id, reply, now).unwrap();
    }

    /// Tells the other side what has changed.
    pub(crate) fn publish(&mut self) -> Result<(), Error> {
        let notices: Vec<Notice> = std::iter::from_fn(|| self.tasks.poll_notice()).collect();
        for notice in notices {
            notice.send(&mut self.pair.side_mut(self.runs).connection)?;
        }
        self.pair.settle();
        Ok(())
    }

    pub(crate) fn broken(&self) -> Vec<PeerRule> {
        let errors = self.pair.side(self.runs).errors.iter();
        let rule = |error: &Error| match error {
            Error::PeerMisbehaved { rule, .. } => *rule,
            other => panic!("{other:?}"),
        };
        errors.map(rule).collect()
    }
}

pub(crate) fn value(message: &Message) -> Value {
    serde_json::from_str(message.as_str()).expect("JSON")
}
