//! What the tests share: a registry with a clock, and short ways to ask it.

use mcp_engine::connection::{Capabilities, Context, Reply};
use mcp_engine::json::{Raw, Seed};
use mcp_engine::task::{Answer, NewTask, TaskId, TaskLimits, TaskRequest, TaskRule, Tasks};
use mcp_engine::version::Version;
use mcp_engine::{Decoder, Message, Method, Now};
use serde_json::{Value, json};

pub(crate) const ALICE: &[u8] = b"alice";
pub(crate) const MALLORY: &[u8] = b"mallory";
pub(crate) const SECOND: u64 = 1_000_000_000;

/// Tasks, the time, and names for those who wait.
pub(crate) struct Bench {
    pub(crate) tasks: Tasks<u32>,
    pub(crate) now: Now,
    entropy: u128,
    waiter: u32,
}

/// MCP 2025-11-25.
pub(crate) fn core() -> Context {
    Context { version: Version::V2025_11_25, capabilities: Capabilities::NONE, level: None }
}

/// MCP 2026-07-28, with a client that has declared the extension and forms.
pub(crate) fn extension() -> Context {
    let capabilities = Capabilities::TASKS_EXTENSION.with(Capabilities::ELICITATION_FORM);
    Context { version: Version::V2026_07_28, capabilities, level: None }
}

/// Both forms.
pub(crate) fn forms() -> [Context; 2] {
    [core(), extension()]
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(TaskLimits::default())
    }

    pub(crate) fn with(limits: TaskLimits) -> Self {
        let now = Now { mono_ns: 5 * SECOND, unix_ms: 1_764_066_600_000 };
        Self { tasks: Tasks::new(limits, Seed([3, 9])), now, entropy: 1 << 100, waiter: 0 }
    }

    pub(crate) fn wait(&mut self, ms: u64) {
        self.now = self.now.after(ms * 1_000_000);
    }

    pub(crate) fn entropy(&mut self) -> [u8; 16] {
        self.entropy += 1;
        self.entropy.to_be_bytes()
    }

    pub(crate) fn try_create(&mut self, new: NewTask<'_>) -> Result<(TaskId, Answer), TaskRule> {
        let (entropy, now) = (self.entropy(), self.now);
        self.tasks.create(new, entropy, now)
    }

    /// A task for a tool that alice has called.
    pub(crate) fn create(&mut self, context: Context) -> TaskId {
        self.try_create(tool(context)).expect("a task").0
    }

    /// As somebody.
    pub(crate) fn ask_as(
        &mut self,
        principal: &[u8],
        context: Context,
        method: Method,
        params: &Value,
    ) -> Option<Answer> {
        self.waiter += 1;
        let params = params.to_string();
        let params = Some(raw(&params));
        let request = TaskRequest { method, params, context, principal };
        self.tasks.handle(self.waiter, &request, self.now)
    }

    /// As alice.
    pub(crate) fn ask(
        &mut self,
        context: Context,
        method: Method,
        params: &Value,
    ) -> Option<Answer> {
        self.ask_as(ALICE, context, method, params)
    }

    /// Asks about a task, which is answered at once.
    pub(crate) fn about(&mut self, context: Context, method: Method, id: TaskId) -> Answer {
        self.ask(context, method, &named(id)).expect("an answer at once")
    }

    /// The result of `tasks/get`.
    pub(crate) fn get(&mut self, context: Context, id: TaskId) -> Value {
        result(&self.about(context, Method::GetTask, id))
    }

    pub(crate) fn finish(&mut self, id: TaskId, reply: Reply<'_>) -> Result<(), TaskRule> {
        self.tasks.finish(id, reply, self.now)
    }

    pub(crate) fn cancel(&mut self, id: TaskId) -> Result<(), TaskRule> {
        self.tasks.cancel(id, None, self.now)
    }

    /// Asks the owner to fill in a form for each key.
    pub(crate) fn require(&mut self, id: TaskId, keys: &[&str]) -> Result<(), TaskRule> {
        let requests = inputs(keys).to_string();
        self.tasks.require_input(id, Some(raw(&requests)), self.now)
    }

    /// Waits for the result of a task. Yields the name under which it waits.
    pub(crate) fn wait_for(&mut self, id: TaskId) -> u32 {
        let answer = self.ask(core(), Method::TaskResult, &named(id));
        assert!(answer.is_none(), "{answer:?}");
        self.waiter
    }

    pub(crate) fn answers(&mut self) -> Vec<(u32, Answer)> {
        std::iter::from_fn(|| self.tasks.poll_answer()).collect()
    }
}

pub(crate) fn tool(context: Context) -> NewTask<'static> {
    NewTask::new(Method::CallTool, context, ALICE)
}

pub(crate) fn raw(text: &str) -> Raw<'_> {
    Raw::parse(text).expect("JSON")
}

pub(crate) fn named(id: TaskId) -> Value {
    json!({ "taskId": id.to_string() })
}

/// Requests for input.
pub(crate) fn inputs(keys: &[&str]) -> Value {
    let form = json!({
        "method": "elicitation/create",
        "params": {
            "mode": "form",
            "message": "Who?",
            "requestedSchema": { "type": "object", "properties": { "name": { "type": "string" } } },
        },
    });
    keys.iter()
        .map(|key| ((*key).to_owned(), form.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// The parameters of `tasks/update` with an answer for each key.
pub(crate) fn update(id: TaskId, keys: &[&str]) -> Value {
    let responses = keys.iter().map(|key| ((*key).to_owned(), json!({ "action": "decline" })));
    let responses: serde_json::Map<_, _> = responses.collect();
    json!({ "taskId": id.to_string(), "inputResponses": responses })
}

pub(crate) fn result(answer: &Answer) -> Value {
    let result = answer.result().unwrap_or_else(|| panic!("no result but {answer:?}"));
    serde_json::from_str(result.spelling()).expect("JSON")
}

/// Code and message of an error.
pub(crate) fn error(answer: &Answer) -> (i64, String, Option<Value>) {
    match answer.reply() {
        Reply::Error { code, message, data } => {
            let data = data.map(|data| serde_json::from_str(data.spelling()).expect("JSON"));
            (code, message.to_owned(), data)
        }
        other => panic!("no error but {other:?}"),
    }
}

pub(crate) fn message(line: &Value) -> Message {
    let mut decoder = Decoder::default();
    decoder.feed(format!("{line}\n").as_bytes()).expect("room");
    decoder.poll().expect("a message").expect("a sound one")
}

pub(crate) fn tool_error(text: &str) -> Reply<'_> {
    Reply::Text(text, mcp_engine::encode::Outcome::Failure)
}

pub(crate) fn text(text: &str) -> Reply<'_> {
    Reply::Text(text, mcp_engine::encode::Outcome::Success)
}
