//! Requests about tasks, and their answers.

use std::collections::BTreeSet;

use super::answer::Answer;
use super::entry::{State, Task};
use super::id::TaskId;
use super::registry::{TaskEvent, Tasks};
use super::request::TaskRequest;
use super::rule::TaskRule;
use super::status::{Form, Status};
use super::wire;
use crate::Now;
use crate::json::{Raw, write};
use crate::message::Method;

impl<W> Tasks<W> {
    /// Answers a request about tasks. `None` means that it waits for a result (`tasks/result`, MCP 2025-11-25): its answer will come by
    /// [`poll_answer`](Self::poll_answer), under the name `request` that is given here.
    ///
    /// Tasks of others, and those of the other form, are unknown. That the method needs a capability of this side (`tasks.list`,
    /// `tasks.cancel`) is for the connection to see to, which knows what was declared.
    #[must_use]
    pub fn handle(&mut self, request: W, asked: &TaskRequest<'_>, now: Now) -> Option<Answer> {
        self.handle_timeout(now);
        let answer = self.answer(request, asked, now);
        let answer = self.counted(answer);
        answer.unwrap_or_else(|rule| Some(rule.into()))
    }

    fn answer(
        &mut self,
        request: W,
        asked: &TaskRequest<'_>,
        now: Now,
    ) -> Result<Option<Answer>, TaskRule> {
        let form = asked.form()?;
        match (form, asked.method) {
            (Form::Core, Method::ListTasks) => self.list(asked).map(Some),
            (_, Method::GetTask) => Ok(Some(shown(self.owned(asked, form)?))),
            (Form::Core, Method::TaskResult) => self.result(request, asked),
            (Form::Core, Method::CancelTask) => self.cancel_at_once(asked, now).map(Some),
            (Form::Extension, Method::CancelTask) => self.ask_to_cancel(asked).map(Some),
            (Form::Extension, Method::UpdateTask) => self.update(asked, now).map(Some),
            _ => Err(TaskRule::MethodNotHere),
        }
    }

    /// The task that a request names, if it is one of the principal's in that form.
    fn owned(&self, asked: &TaskRequest<'_>, form: Form) -> Result<&Task, TaskRule> {
        let task = self.book.find(TaskId::named_in(asked.params)?);
        let task = task.filter(|task| *task.principal == *asked.principal && task.form == form);
        task.ok_or(TaskRule::Unknown)
    }

    /// `tasks/list`
    fn list(&self, asked: &TaskRequest<'_>) -> Result<Answer, TaskRule> {
        let principal = asked.principal;
        let from = match asked.params.and_then(|params| params.get("cursor")) {
            None => 0,
            Some(cursor) => {
                let text = cursor.string().ok_or(TaskRule::CursorParams)?;
                let number = self.book.read_cursor(principal, &text.decode());
                number.ok_or(TaskRule::CursorParams)?
            }
        };
        let page = self.limits.page.max(1) as usize;
        let next = self.book.listed(principal, from).nth(page).map(|task| task.number);
        let next = next.map(|number| self.book.cursor(principal, number));
        let mut out = Vec::new();
        wire::list_result(&mut out, self.book.listed(principal, from).take(page), next.as_deref());
        Ok(Answer::of_text(out))
    }

    /// `tasks/result`
    fn result(&mut self, request: W, asked: &TaskRequest<'_>) -> Result<Option<Answer>, TaskRule> {
        let task = self.owned(asked, Form::Core)?;
        if let Some(answer) = task.payload() {
            return Ok(Some(answer));
        }
        let (id, principal) = (task.id, task.principal.clone());
        self.waiting.add(request, id, principal, &self.limits)?;
        Ok(None)
    }

    /// `tasks/cancel` in MCP 2025-11-25: the task is cancelled before the answer is sent.
    fn cancel_at_once(&mut self, asked: &TaskRequest<'_>, now: Now) -> Result<Answer, TaskRule> {
        let task = self.owned(asked, Form::Core)?;
        if !task.status().may_become(Status::Cancelled) {
            return Err(TaskRule::CancelTerminal);
        }
        let id = task.id;
        self.end(id, State::Cancelled, Some(CANCELLED.into()), now);
        self.events.push_back(TaskEvent::CancelRequested(id));
        self.book.find(id).map(shown).ok_or(TaskRule::Unknown)
    }

    /// `tasks/cancel` in the extension: a wish, which may be uttered again and again, and comes to nothing when the task has ended.
    fn ask_to_cancel(&mut self, asked: &TaskRequest<'_>) -> Result<Answer, TaskRule> {
        let task = self.owned(asked, Form::Extension)?;
        let (id, is_over) = (task.id, task.status().is_terminal());
        if let Some(task) = self.book.find_mut(id).filter(|task| !is_over && !task.is_unwanted) {
            task.is_unwanted = true;
            self.events.push_back(TaskEvent::CancelRequested(id));
        }
        Ok(acknowledged())
    }

    /// `tasks/update`
    fn update(&mut self, asked: &TaskRequest<'_>, now: Now) -> Result<Answer, TaskRule> {
        let task = self.owned(asked, Form::Extension)?;
        let responses = asked.params.and_then(|params| params.get("inputResponses"));
        let responses = responses.ok_or(TaskRule::InputParams)?;
        let Some(taken) = Taken::of(task, responses)? else { return Ok(acknowledged()) };
        let id = task.id;
        self.event_room()?;
        self.room(taken.responses.len())?;
        self.change(id, now, |task| taken.settle(task));
        self.used = self.used.saturating_add(taken.responses.len());
        self.events.push_back(TaskEvent::InputProvided { id, responses: taken.responses });
        Ok(acknowledged())
    }
}

/// The responses that a task has waited for.
struct Taken {
    keys: BTreeSet<Box<str>>,
    /// An object with the result for each key.
    responses: Box<str>,
}

impl Taken {
    /// Picks them out. What was not asked for, or is answered already, is ignored. `None` when nothing is left.
    fn of(task: &Task, responses: Raw<'_>) -> Result<Option<Self>, TaskRule> {
        let members = responses.members().ok_or(TaskRule::InputParams)?;
        let State::InputRequired(open) = &task.state else { return Ok(None) };
        let (mut keys, mut out) = (BTreeSet::new(), Vec::new());
        for (key, response) in members {
            let key = Box::from(key.decode());
            if !open.contains_key(&key) || keys.contains(&key) {
                continue;
            }
            if response.members().is_none() {
                return Err(TaskRule::InputParams);
            }
            out.push(if keys.is_empty() { b'{' } else { b',' });
            write::string(&mut out, &key);
            out.push(b':');
            out.extend_from_slice(response.spelling().as_bytes());
            keys.insert(key);
        }
        if keys.is_empty() {
            return Ok(None);
        }
        out.push(b'}');
        let responses = String::from_utf8(out).unwrap_or_default().into();
        Ok(Some(Self { keys, responses }))
    }

    /// Has the task wait for the others, or work on.
    fn settle(&self, task: &mut Task) {
        let State::InputRequired(open) = &mut task.state else { return };
        open.retain(|key, _| !self.keys.contains(key));
        if open.is_empty() {
            task.state = State::Working;
        }
    }
}

fn shown(task: &Task) -> Answer {
    let mut out = Vec::new();
    wire::task_result(&mut out, task);
    Answer::of_text(out)
}

fn acknowledged() -> Answer {
    Answer::of_text(wire::ACKNOWLEDGED.into())
}

/// What is said about a task that its owner has cancelled.
const CANCELLED: &str = "The task was cancelled by request.";
