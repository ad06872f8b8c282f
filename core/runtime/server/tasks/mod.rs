//! Calls of tools that run as tasks: the registry of the protocol, with the work behind it.
//!
//! A call that becomes a task is answered at once; its handler runs on workers of its own, and what it comes to goes into the registry, where its
//! owner finds it. Nothing that waits here takes a place from requests, and with the server everything ends.
//!
//! ```text
//!  tools/call ──▶ start ──▶ Work ──▶ handler, with Working for a channel ──▶ finish ─┐
//!  tasks/* ─────▶ serve ──▶ registry ◀───────────────────────────────────────────────┘
//!                              └──▶ work to call off, input, answers that were waited for, notices
//! ```

mod asking;
mod inbox;
mod owner;
mod rounds;
mod settling;
mod start;
mod working;

pub(crate) use owner::Owner;
pub(super) use rounds::rounds;
pub(crate) use working::Working;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, Weak};

use mcp_engine_executor::Limits;
use mcp_engine_proto::connection::Reply;
use mcp_engine_proto::task::{self, Status, TaskCounters, TaskId, TaskLimits, TaskRequest, Tasks};
use mcp_engine_proto::{Method, Now, RequestId, Seed};
use tokio::sync::{Notify, oneshot};

use super::Changes;
use crate::answer::{Answer, INTERNAL_ERROR, Responder, Served};
use crate::clock::Clock;
use crate::error::Error;
use crate::handler::Request;
use crate::host::{Host, Running, Seat, Share};
use crate::workers::lock;

/// The tasks of a server, and those who work on them.
pub(crate) struct TaskHost {
    me: Weak<Self>,
    state: Mutex<State>,
    clock: Clock,
    changes: Changes,
    /// Of workers for tasks alone: a task that waits for its owner keeps nobody else from running.
    seat: Arc<Seat>,
    /// Of the workers of the server, where tools have bounds that their calls share.
    bounded: Arc<Seat>,
    sooner: Arc<Notify>,
}

struct State {
    tasks: Tasks<Waiter>,
    works: HashMap<TaskId, Work>,
    waiting: HashMap<u64, oneshot::Sender<task::Answer>>,
    next_ticket: u64,
    keeper: Keeper,
}

impl State {
    /// Tells whoever works on a task that there is a request now on whose stream its owner can be asked.
    fn waited_for(&self, asked: &TaskRequest<'_>) {
        let id = asked.params.and_then(|params| params.get("taskId")?.string());
        let id = id.and_then(|id| TaskId::parse(&id.decode()));
        if let Some(work) = id.and_then(|id| self.works.get(&id)) {
            work.working.is_waited_for();
        }
    }
}

/// What is being done for a task.
struct Work {
    working: Arc<Working>,
    running: Option<Running>,
    /// How many wait for its owner.
    asking: u32,
    /// Every key that its owner was ever asked by.
    keys: BTreeSet<String>,
}

/// A request that waits for a result.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Waiter {
    ticket: u64,
    connection: Option<u64>,
    request: RequestId,
}

/// Whether somebody forgets tasks whose time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keeper {
    Away,
    AtWork,
}

impl TaskHost {
    /// Tasks of a server whose workers are those of `host`, and whose clients hear of them by `changes`.
    ///
    /// # Errors
    ///
    /// Outside of a tokio runtime.
    pub(super) fn new(
        limits: TaskLimits,
        host: &Arc<Host>,
        changes: &Changes,
    ) -> Result<Arc<Self>, Error> {
        let all = limits.tasks.saturating_add(limits.waiters);
        let own = Host::within(Limits { tasks: all, running: all, ..Limits::default() })?;
        let (seat, bounded) = (Arc::new(own.seat()?), Arc::new(host.seat()?));
        let state = State {
            tasks: Tasks::new(limits, Seed::default()),
            works: HashMap::new(),
            waiting: HashMap::new(),
            next_ticket: 0,
            keeper: Keeper::Away,
        };
        Ok(Arc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            state: Mutex::new(state),
            clock: Clock::new(),
            changes: changes.clone(),
            seat,
            bounded,
            sooner: Arc::default(),
        }))
    }

    pub(super) fn counters(&self) -> TaskCounters {
        lock(&self.state).tasks.counters().clone()
    }

    /// Serves a request about tasks, if it is one.
    pub(super) fn serve(&self, request: &Request, responder: Responder<'_>) -> Served {
        let context = request.context();
        let owner = Owner::of(context);
        let asked = TaskRequest::of(request.message(), context.terms(), owner.as_bytes());
        // Nobody may see the tasks of all who have no name.
        let is_listed = |asked: &TaskRequest<'_>| asked.method == Method::ListTasks;
        let asked = asked.filter(|asked| !(owner.is_anonymous() && is_listed(asked)));
        let Some(asked) = asked else {
            return responder.send(Reply::error(METHOD_NOT_FOUND, "the server has no such method"));
        };
        let (ticket, answer) = self.act(|state, now| {
            let ticket = state.next_ticket;
            state.next_ticket = ticket.wrapping_add(1);
            let (connection, request) = (context.connection(), context.id().clone());
            let waiter = Waiter { ticket, connection, request };
            let Some(answer) = state.tasks.handle(waiter, &asked, now) else {
                let (sender, receiver) = oneshot::channel();
                state.waiting.insert(ticket, sender);
                state.waited_for(&asked);
                return (ticket, Err(receiver));
            };
            (ticket, Ok(answer))
        });
        match answer {
            Ok(answer) => responder.send(answer.reply()),
            Err(receiver) => {
                let waiting = Waiting { host: Weak::clone(&self.me), ticket };
                let waited = async move {
                    let answer = receiver.await;
                    drop(waiting);
                    match answer {
                        Ok(answer) => Answer::of(answer.reply()),
                        Err(_) => Answer::error(INTERNAL_ERROR, "the server has ended"),
                    }
                };
                responder.later(waited).under(Share::Seat(Arc::clone(&self.seat)))
            }
        }
    }

    /// Says how a task is getting on.
    fn describe(&self, id: TaskId, message: &str) -> Result<(), task::TaskRule> {
        self.act(|state, now| {
            let longest = state.tasks.limits().message_bytes as usize;
            state.tasks.describe(id, Some(cut(message, longest)), now)
        })
    }

    /// Takes in what the work of a task has come to. One that was called off has ended already.
    fn finish(&self, id: TaskId, answer: &Answer<'_>) {
        self.act(|state, now| {
            state.works.remove(&id);
            let is_over = state.tasks.status(id).is_none_or(Status::is_terminal);
            if is_over || state.tasks.finish(id, answer.as_reply(), now).is_ok() {
                return;
            }
            let refused =
                Reply::error(INTERNAL_ERROR, "the answer of the tool is not allowed, or too long");
            if state.tasks.finish(id, refused, now).is_err() {
                // There is no room for any answer.
                let _ = state.tasks.cancel(id, None, now);
            }
        });
    }

    /// Acts on the tasks, and deals with what comes of it once nothing is locked.
    fn act<R>(&self, act: impl FnOnce(&mut State, Now) -> R) -> R {
        let now = self.clock.now();
        let mut state = lock(&self.state);
        let result = act(&mut state, now);
        let outcome = state.settle(now);
        drop(state);
        outcome.deliver(&self.changes);
        result
    }

    /// Forgets the tasks whose time is over. Says when the next one is due.
    fn expire(&self) -> Option<u64> {
        self.act(|state, now| {
            state.tasks.handle_timeout(now);
            let due = state.tasks.poll_timeout();
            if due.is_none() {
                state.keeper = Keeper::Away;
            }
            due
        })
    }
}

impl Drop for TaskHost {
    fn drop(&mut self) {
        self.sooner.notify_one();
        let works = std::mem::take(&mut lock(&self.state).works);
        works.into_values().for_each(|work| work.call_off());
    }
}

/// A request that waits for a result. When it is dropped, it does not wait any more.
struct Waiting {
    host: Weak<TaskHost>,
    ticket: u64,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let Some(host) = self.host.upgrade() else { return };
        host.act(|state, _| {
            if state.waiting.remove(&self.ticket).is_some() {
                state.tasks.retain_waiters(|waiter| waiter.ticket != self.ticket);
            }
        });
    }
}

impl Work {
    /// Nobody wants it any more.
    fn call_off(self) {
        self.working.call_off();
        if let Some(running) = self.running {
            running.cancel();
        }
    }
}

impl fmt::Debug for TaskHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskHost").finish_non_exhaustive()
    }
}

/// The beginning of a text, in at most so many bytes.
fn cut(text: &str, longest: usize) -> &str {
    let mut ends = (0..=longest.min(text.len())).rev();
    let end = ends.find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// JSON-RPC 2.0: method not found.
const METHOD_NOT_FOUND: i64 = -32601;
