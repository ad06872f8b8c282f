//! How a call of a tool becomes a task.

use std::collections::BTreeSet;
use std::sync::{Arc, Weak};

use mcp_engine_proto::connection::Capabilities;
use mcp_engine_proto::task::{self, Augmentation, NewTask, TaskId, TaskRule, Ttl};
use mcp_engine_proto::version::Era;
use tokio::time::timeout_at;

use super::{Keeper, Owner, TaskHost, Work, Working};
use crate::answer::{Answer, INTERNAL_ERROR, Responder, Served};
use crate::context::Context;
use crate::handler::Request;
use crate::host::Running;
use crate::server::{Inputs, Tool};
use crate::workers::lock;

impl TaskHost {
    /// Calls a tool: as a task, where the client, the revision and the tool want that.
    pub(in crate::server) fn call(
        &self,
        tool: &Tool,
        request: Request,
        responder: Responder<'_>,
    ) -> Served {
        let terms = request.context().terms();
        match Augmentation::of(request.message(), terms, OFFERED, tool.task_support()) {
            Ok(Augmentation::Inline) => tool.call(request, responder),
            Ok(Augmentation::Either) => self.start(tool, Ttl::Default, request, responder),
            Ok(Augmentation::Task(ttl)) => self.start(tool, ttl, request, responder),
            Err(rule) => responder.send(task::Answer::from(rule).reply()),
        }
    }

    fn start(&self, tool: &Tool, ttl: Ttl, request: Request, responder: Responder<'_>) -> Served {
        if let Err(first) = ask_first(tool, &request) {
            return responder.answer(&first);
        }
        let (id, working, answer) = match self.create(&request, ttl) {
            Ok(created) => created,
            Err(rule) => return responder.send(task::Answer::from(rule).reply()),
        };
        // The client hears of the task before anything else is said about it.
        let served = responder.send(answer.reply());
        self.work(tool, id, working, request);
        served
    }

    fn create(
        &self,
        request: &Request,
        ttl: Ttl,
    ) -> Result<(TaskId, Arc<Working>, task::Answer), TaskRule> {
        let (context, message) = (request.context(), request.message());
        let owner = Owner::of(context);
        let method = message.method().ok_or(TaskRule::Method)?;
        let mut entropy = [0; 16];
        getrandom::fill(&mut entropy).map_err(|_| TaskRule::Entropy)?;
        self.act(|state, now| {
            let new = NewTask::new(method, context.terms(), owner.as_bytes()).ttl(ttl);
            let (id, answer) = state.tasks.create(new, entropy, now)?;
            let working = Arc::new(Working::new(Weak::clone(&self.me), id, request));
            let work = Work {
                working: Arc::clone(&working),
                running: None,
                asking: 0,
                keys: BTreeSet::new(),
            };
            state.works.insert(id, work);
            match state.keeper {
                Keeper::AtWork => self.sooner.notify_one(),
                Keeper::Away => {
                    state.keeper = Keeper::AtWork;
                    tokio::spawn(keep(Weak::clone(&self.me)));
                }
            }
            Ok((id, working, answer))
        })
    }

    /// Has the handler of a tool work on a task.
    fn work(&self, tool: &Tool, id: TaskId, working: Arc<Working>, request: Request) {
        let (request_id, terms) = (request.context().id().clone(), request.context().terms());
        let (message, _) = request.into_parts();
        let channel = Arc::clone(&working);
        let request = Request::new(message, Context::new(request_id, terms, channel));
        let me = Weak::clone(&self.me);
        let hand_over = move |answer: Answer<'static>| {
            if let Some(host) = me.upgrade() {
                host.finish(id, &answer);
            }
        };
        let seat = if tool.is_bounded() { &self.bounded } else { &self.seat };
        match seat.serve(tool.work(request), hand_over) {
            Ok(running) => self.is_done_by(id, running, &working),
            Err(error) => self.finish(id, &Answer::error(INTERNAL_ERROR, error.to_string())),
        }
    }

    /// Remembers what works on a task, unless that is over, or was called off, already.
    fn is_done_by(&self, id: TaskId, running: Option<Running>, working: &Working) {
        let mut state = lock(&self.state);
        if let Some(work) = state.works.get_mut(&id) {
            work.running = running;
            return;
        }
        drop(state);
        if let Some(running) = running.filter(|_| working.is_called_off()) {
            running.cancel();
        }
    }
}

/// Asks what a tool wants to know before there is a task, where that is done with the call itself.
fn ask_first(tool: &Tool, request: &Request) -> Result<(), Answer<'static>> {
    let Some(ask) = tool.asks_first().filter(|_| request.context().version().era() == Era::Modern)
    else {
        return Ok(());
    };
    let mut inputs = Inputs::of(request)?;
    ask(&mut inputs);
    inputs.require()
}

/// The task that forgets tasks whose time is over. It goes when there are none, or the server is gone.
async fn keep(host: Weak<TaskHost>) {
    loop {
        let next = host.upgrade().and_then(|host| {
            let due = host.expire()?;
            Some((host.clock.at(due), Arc::clone(&host.sooner)))
        });
        let Some((due, sooner)) = next else { return };
        // Another one may be due sooner now.
        let _ = timeout_at(due, sooner.notified()).await;
    }
}

/// What a server with tasks declares of them.
const OFFERED: Capabilities = Capabilities::TASKS_TOOL_CALLS.with(Capabilities::TASKS_EXTENSION);
