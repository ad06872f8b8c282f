//! The side that polls: what is known about a task elsewhere, and when to ask again.

use std::collections::BTreeSet;

use super::entry::{NS_OF_MS, cut};
use super::polling::{Pace, Polling, Schedule};
use super::rule::TaskRule;
use super::status::{Form, Status};
use crate::Now;
use crate::connection::{Additions, splice_object};
use crate::json::{Raw, write};
use crate::version::Version;

/// A task of the other side, as far as it is known, and when to ask about it again.
///
/// It is made from the answer that says there is a task. When [`poll`](Self::poll) yields parameters, ask `tasks/get` with
/// them and give the result to [`observe`](Self::observe); notifications go there too. What the other side says is not
/// trusted: intervals are brought within [`Polling`], ids and keys are bounded.
///
/// ```
/// use mcp_engine_proto::task::{Observed, Polling, Status, TaskHandle};
/// use mcp_engine_proto::{Now, json::Raw, version::Version};
///
/// let created = Raw::parse(r#"{"resultType":"task","taskId":"7","status":"working","ttlMs":null,"pollIntervalMs":2000}"#)?;
/// let now = Now::default();
/// let mut task = TaskHandle::created(created, Version::LATEST, Polling::default(), now)?.unwrap();
/// assert_eq!(task.poll(now), None);
/// assert_eq!(task.poll_timeout(), Some(2_000_000_000));
///
/// let now = now.after(2_000_000_000);
/// assert_eq!(task.poll(now).as_deref(), Some(r#"{"taskId":"7"}"#));
/// let result = Raw::parse(r#"{"taskId":"7","status":"completed","result":{"content":[]}}"#)?;
/// assert!(matches!(task.observe(result, now)?, Observed::Completed(Some(_))));
/// assert_eq!((task.status(), task.poll_timeout()), (Status::Completed, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TaskHandle {
    form: Form,
    id: Box<str>,
    status: Status,
    message: Option<Box<str>>,
    ttl_ms: Option<u64>,
    since: Now,
    schedule: Schedule,
    /// Keys of input that was shown to the application.
    shown: BTreeSet<Box<str>>,
}

/// What is new about a task.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Observed<'a> {
    /// It is being worked on.
    Working,
    /// It needs input. In the extension here are the requests that were not seen before, each with its key: answer with
    /// [`update_params`](TaskHandle::update_params). In MCP 2025-11-25 ask `tasks/result`: the requests come while that waits.
    InputRequired(Vec<(String, Raw<'a>)>),
    /// It is done. In the extension here is the result; in MCP 2025-11-25 ask `tasks/result`.
    Completed(Option<Raw<'a>>),
    /// It failed. In the extension here is the error; in MCP 2025-11-25 ask `tasks/result`.
    Failed(Option<Raw<'a>>),
    /// It was cancelled.
    Cancelled,
    /// This is older than what is known: the task has ended.
    Outdated,
}

impl TaskHandle {
    /// Reads a `CreateTaskResult` of either form; `None` for the plain result of a request that did not become a task.
    ///
    /// # Errors
    ///
    /// [`TaskRule::Malformed`] when it says it is one but has no id or no known status.
    pub fn created(
        result: Raw<'_>,
        version: Version,
        polling: Polling,
        now: Now,
    ) -> Result<Option<Self>, TaskRule> {
        let Some(form) = Form::of(version) else { return Ok(None) };
        let task = match form {
            Form::Core => result.get("task"),
            Form::Extension => Some(result).filter(|result| is_task(*result)),
        };
        let Some(task) = task else { return Ok(None) };
        let id = task.get("taskId").and_then(Raw::string).map(|id| id.decode());
        let id = id.filter(|id| !id.is_empty() && id.len() <= LONGEST_ID);
        let mut handle = Self {
            form,
            id: id.ok_or(TaskRule::Malformed)?.into(),
            status: status_of(task)?,
            message: None,
            ttl_ms: None,
            since: now,
            schedule: Schedule::new(polling),
            shown: BTreeSet::new(),
        };
        handle.read(task);
        handle.plan(task, Pace::Fresh, now);
        Ok(Some(handle))
    }

    /// The id, as the other side spells it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// In which form the other side has it.
    pub fn form(&self) -> Form {
        self.form
    }

    /// What it was doing when it was last heard of.
    pub fn status(&self) -> Status {
        self.status
    }

    /// What was said about its status; at most 4 KiB.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// How long the other side keeps it, in milliseconds from its creation on; `None` for ever.
    pub fn ttl_ms(&self) -> Option<u64> {
        self.ttl_ms
    }

    /// Whether its time to live is over without its end being seen: it may be given up.
    pub fn is_expired(&self, now: Now) -> bool {
        let lived = now.mono_ns.saturating_sub(self.since.mono_ns);
        let ttl_ns = self.ttl_ms.map(|ms| ms.saturating_mul(NS_OF_MS));
        !self.status.is_terminal() && ttl_ns.is_some_and(|ttl_ns| lived > ttl_ns)
    }

    /// Whether `tasks/result` should be asked now (MCP 2025-11-25): it has ended, or input is asked for while that request waits.
    pub fn wants_result(&self) -> bool {
        self.form == Form::Core && self.status != Status::Working
    }

    /// When to [`poll`](Self::poll) next, in nanoseconds of the monotonic clock. `None` when the task has ended, or a poll is on its
    /// way.
    pub fn poll_timeout(&self) -> Option<u64> {
        self.schedule.at()
    }

    /// The parameters for `tasks/get`, when it is time. After that either [`observe`](Self::observe) or
    /// [`missed`](Self::missed) is due.
    pub fn poll(&mut self, now: Now) -> Option<String> {
        self.schedule.take(now).then(|| self.params())
    }

    /// A poll had no answer, or an error that may pass: the next one is twice as far away.
    pub fn missed(&mut self, now: Now) {
        self.schedule.missed(now);
    }

    /// The task is of no interest any more: its owner has cancelled it, or given it up. No more polls.
    pub fn abandon(&mut self) {
        self.schedule.stop();
    }

    /// Takes in the result of `tasks/get`, or the parameters of a notification about the task.
    ///
    /// # Errors
    ///
    /// [`TaskRule::OtherTask`]; [`TaskRule::Malformed`]; [`TaskRule::InputKeys`] when it asks for more inputs than
    /// [`Polling::input_keys`]. Then the next poll is as far away as if there was no answer.
    pub fn observe<'a>(&mut self, task: Raw<'a>, now: Now) -> Result<Observed<'a>, TaskRule> {
        let observed = self.try_observe(task, now);
        if observed.is_err() {
            self.missed(now);
        }
        observed
    }

    fn try_observe<'a>(&mut self, task: Raw<'a>, now: Now) -> Result<Observed<'a>, TaskRule> {
        let id = task.get("taskId").and_then(Raw::string).ok_or(TaskRule::Malformed)?;
        if id != *self.id {
            return Err(TaskRule::OtherTask);
        }
        let status = status_of(task)?;
        if self.status.is_terminal() {
            return Ok(Observed::Outdated);
        }
        let observed = match status {
            Status::Working => Observed::Working,
            Status::InputRequired => Observed::InputRequired(self.unseen(task)?),
            Status::Completed => Observed::Completed(self.inlined(task, "result")?),
            Status::Failed => Observed::Failed(self.inlined(task, "error")?),
            Status::Cancelled => Observed::Cancelled,
        };
        let before = (self.status, self.message.take());
        self.status = status;
        self.read(task);
        let is_new = before != (self.status, self.message.clone());
        self.plan(task, if is_new { Pace::Fresh } else { Pace::Slower }, now);
        Ok(observed)
    }

    /// The parameters of `tasks/get`, `tasks/result` and `tasks/cancel`.
    pub fn params(&self) -> String {
        let mut out = br#"{"taskId":"#.to_vec();
        write::string(&mut out, &self.id);
        out.push(b'}');
        String::from_utf8(out).unwrap_or_default()
    }

    /// The parameters of `tasks/update`: `responses` is an object with a result for some of the keys (extension).
    pub fn update_params(&self, responses: Raw<'_>) -> String {
        let mut out = Vec::new();
        let members: &[(&str, &[u8])] = &[("inputResponses", responses.spelling().as_bytes())];
        let add = Additions { members, ..Additions::default() };
        splice_object(&mut out, Raw::new(&self.params()), add);
        String::from_utf8(out).unwrap_or_default()
    }

    /// What terminal states carry in the extension.
    fn inlined<'a>(&self, task: Raw<'a>, name: &str) -> Result<Option<Raw<'a>>, TaskRule> {
        match self.form {
            Form::Core => Ok(None),
            Form::Extension => {
                let inlined = task.get(name).filter(|value| value.members().is_some());
                inlined.ok_or(TaskRule::Malformed).map(Some)
            }
        }
    }

    /// The requests for input that were not shown before.
    fn unseen<'a>(&mut self, task: Raw<'a>) -> Result<Vec<(String, Raw<'a>)>, TaskRule> {
        if self.form == Form::Core {
            return Ok(Vec::new());
        }
        let requests = task.get("inputRequests").and_then(Raw::members);
        let mut unseen: Vec<(String, Raw<'a>)> = Vec::new();
        for (key, request) in requests.ok_or(TaskRule::Malformed)? {
            let key = key.decode();
            if self.shown.contains(&*key) {
                continue;
            }
            let all = self.shown.len().saturating_add(unseen.len());
            if all >= self.schedule.polling().input_keys as usize || key.len() > LONGEST_ID {
                return Err(TaskRule::InputKeys);
            }
            unseen.push((key.into_owned(), request));
        }
        self.shown.extend(unseen.iter().map(|(key, _)| Box::from(&**key)));
        Ok(unseen)
    }

    fn read(&mut self, task: Raw<'_>) {
        let message = task.get("statusMessage").and_then(Raw::string).map(|text| text.decode());
        self.message = message.map(|text| cut(&text, LONGEST_MESSAGE).into());
        let name = match self.form {
            Form::Core => "ttl",
            Form::Extension => "ttlMs",
        };
        self.ttl_ms = task.get(name).and_then(milliseconds);
    }

    /// Decides when to ask next.
    fn plan(&mut self, task: Raw<'_>, pace: Pace, now: Now) {
        if self.status.is_terminal() {
            return self.schedule.stop();
        }
        let name = match self.form {
            Form::Core => "pollInterval",
            Form::Extension => "pollIntervalMs",
        };
        self.schedule.plan(task.get(name).and_then(milliseconds), pace, now);
    }
}

fn is_task(result: Raw<'_>) -> bool {
    result.get("resultType").and_then(Raw::string).is_some_and(|text| text == "task")
}

fn status_of(task: Raw<'_>) -> Result<Status, TaskRule> {
    let name = task.get("status").and_then(Raw::string).ok_or(TaskRule::Malformed)?;
    Status::from_name(&name.decode()).ok_or(TaskRule::Malformed)
}

/// A number of milliseconds, also when it is spelled as a fraction; what is below zero counts as zero.
fn milliseconds(value: Raw<'_>) -> Option<u64> {
    value.as_u64().or_else(|| value.as_f64().map(|ms| ms as u64))
}

/// Longest id of a task and longest key of an input, in bytes.
const LONGEST_ID: usize = 1 << 10;
const LONGEST_MESSAGE: usize = 4 << 10;
