//! Calls of tools that the server runs as tasks, as their client sees them.

use core::ffi::c_char;
use std::sync::{Arc, Mutex as StdMutex};

use mcp_engine::Method;
use mcp_engine::client::{Started, ToolResult};
use mcp_engine::task::Status;
use mcp_engine_c::buffer::mcpe_target;
use mcp_engine_c::config::{Care, mcpe_destructor};
use mcp_engine_c::handle::Handle;
use mcp_engine_c::handles;
use mcp_engine_c::pointer::{Out, Ptr, Userdata};
use mcp_engine_c::status::{MCPE_NOTHING, mcpe_status};
use mcp_engine_c::text::{optional_json, text};
use tokio::sync::Mutex;

use super::ask::{Asking, Member, members, result_of};
use super::call::ToolCall;
use super::ending::{Done, Ending, mcpe_done_callback};
use super::options::mcpe_call_options;
use super::running::Terms;
use super::{Session, mcpe_client};
use crate::output::Output;
use crate::responder::lock;
use crate::runtime::wait;
use crate::{DONE, Error, boundary};

/// A call of a tool that may be a task of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct mcpe_client_task {
    /// Its place.
    pub slot: u32,
    /// What tells it from others in the same place.
    pub generation: u32,
}

/// It is being worked on.
pub const MCPE_TASK_WORKING: u32 = 1;
/// It cannot go on without input of the client.
pub const MCPE_TASK_INPUT_REQUIRED: u32 = 2;
/// It has a result.
pub const MCPE_TASK_COMPLETED: u32 = 3;
/// It has an error; until MCP 2025-11-25 also where the result says that the tool has failed.
pub const MCPE_TASK_FAILED: u32 = 4;
/// It was called off.
pub const MCPE_TASK_CANCELLED: u32 = 5;

handles! {
    mcpe_client_task => Arc<Errand> as Turn,
}

/// A call that was begun.
#[derive(Debug)]
pub struct Errand {
    session: Arc<Session>,
    /// The id of the task, where there is one.
    id: Option<String>,
    started: Mutex<Started>,
    standing: StdMutex<Standing>,
}

/// What was heard of a task last.
#[derive(Clone, Debug)]
struct Standing {
    status: Status,
    message: Option<String>,
}

/// Calls a tool without waiting for its result: the server runs it as a task, if it does. `arguments` and `options` are as for
/// `mcpe_client_call_tool`, but that `progress` is not called. Waits until the server has a task, or the result. Reads the client.
///
/// In MCP 2025-11-25 a task is asked for where the server has them, and a tool that runs as none is refused: the list of tools says which do, as
/// `execution.taskSupport`. In the extension of 2026-07-28 the server decides, for clients whose options say `tasks`. Where it makes no task of it, what is
/// given out is a call that has come to its end. To free it leaves the task alone.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_start_tool(
    client: mcpe_client,
    name: Ptr<c_char>,
    name_len: usize,
    arguments: Ptr<c_char>,
    arguments_len: usize,
    options: Ptr<mcpe_call_options>,
    task: Out<mcpe_client_task>,
) -> mcpe_status {
    boundary(|| {
        let arguments = optional_json!(arguments, arguments_len)?;
        let (name, place) = (text!(name, name_len)?, task.required("task")?);
        let calling = ToolCall::new(client, name, arguments, &options.options()?)?;
        place.put(mcpe_client_task::open(Arc::new(wait(Errand::start(calling))?))?);
        DONE
    })
}

/// Frees a task. The server goes on with it: `mcpe_client_task_cancel` before that calls it off.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_task_free(task: mcpe_client_task) -> mcpe_status {
    boundary(|| {
        task.free()?;
        DONE
    })
}

/// Appends the id of the task; `MCPE_NOTHING` where the server made none. Reads the task.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_task_id(
    task: mcpe_client_task,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let output = Output::new(to, written)?;
        output.put_some(errand_of(task)?.id.as_deref())
    })
}

/// What it was doing when the server was last asked: one of `MCPE_TASK_WORKING` and so on. Does not wait. Reads the task.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_task_status(task: mcpe_client_task, status: Out<u32>) -> mcpe_status {
    boundary(|| {
        let status = status.required("status")?;
        status.put(number_of(errand_of(task)?.standing().status));
        DONE
    })
}

/// Appends what the server has said about that; `MCPE_NOTHING` where it has said nothing. Does not wait. Reads the task.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_task_message(
    task: mcpe_client_task,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let output = Output::new(to, written)?;
        output.put_some(errand_of(task)?.standing().message.as_deref())
    })
}

/// Asks the server what it is doing, when that is due next, and brings it what it needs by the callbacks of the client; says at once when it has ended.
/// `options` may be `NULL`, and their `progress` is not called. Waits. Reads the task.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_task_poll(
    task: mcpe_client_task,
    options: Ptr<mcpe_call_options>,
    status: Out<u32>,
) -> mcpe_status {
    boundary(|| {
        let status = status.required("status")?;
        let (terms, errand) = (options.options()?.terms()?, errand_of(task)?);
        let session = Arc::clone(&errand.session);
        let polled = session.wait_within(terms, async move { errand.poll().await })?;
        status.put(number_of(polled));
        DONE
    })
}

/// Waits until it has ended, and appends what the call would have come to without a task: it fails as the call would have, with `MCPE_ERR_CANCELLED` when the
/// task was called off. Polls meanwhile, as `mcpe_client_task_poll` does. May be called again. Reads the task.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_task_result(
    task: mcpe_client_task,
    options: Ptr<mcpe_call_options>,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let output = Output::new(to, written)?;
        let (terms, errand) = (options.options()?.terms()?, errand_of(task)?);
        let session = Arc::clone(&errand.session);
        output.put(&session.wait_within(terms, async move { errand.result().await })?)
    })
}

/// The same without waiting: hands what the call has come to to `callback`, as `mcpe_client_call_tool_later` does. The task may be freed before that. Reads
/// the task.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_task_result_later(
    task: mcpe_client_task,
    options: Ptr<mcpe_call_options>,
    callback: mcpe_done_callback,
    userdata: Userdata,
    destroy: mcpe_destructor,
) -> mcpe_status {
    boundary(|| {
        let done = Done::new(callback, Care::new(userdata, destroy))?;
        let (terms, errand) = (options.options()?.terms()?, errand_of(task)?);
        let ending = Ending::new(&errand.session, done, terms)?;
        ending.spawn(async move { errand.result().await })
    })
}

/// Calls the task off: it may come to its end all the same. `MCPE_NOTHING` where there is none. Waits until the server knows. Reads the task.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_task_cancel(task: mcpe_client_task) -> mcpe_status {
    boundary(|| {
        let errand = errand_of(task)?;
        let Some(id) = &errand.id else { return Ok(MCPE_NOTHING) };
        let params = Some(members(&[("taskId", Member::Text(id))]));
        let method = Method::CancelTask.name().to_owned();
        let asking = Asking { method, params, terms: Terms::default() };
        wait(asking.ask(Arc::clone(&errand.session)))?;
        DONE
    })
}

/// What a task is, so that no handle is held while it is worked with.
fn errand_of(task: mcpe_client_task) -> Result<Arc<Errand>, Error> {
    Ok(task.read(|errand| Ok(Arc::clone(errand)))?)
}

impl Errand {
    async fn start(calling: ToolCall) -> Result<Self, Error> {
        let entry = calling.session.running.enter(calling.terms);
        let begun = async {
            let mut call = calling.prepare()?;
            if let Some(ttl) = calling.terms.task_ttl {
                call = call.ttl(ttl);
            }
            Ok(call.start().await?)
        };
        let started = entry.bounded(begun).await?;
        let (id, standing) = (id_of(&started), StdMutex::new(Standing::of(&started)));
        Ok(Self { session: calling.session, id, started: Mutex::new(started), standing })
    }

    async fn poll(&self) -> Result<Status, Error> {
        self.polled(&mut *self.started.lock().await).await
    }

    async fn polled(&self, started: &mut Started) -> Result<Status, Error> {
        let Started::Task(task) = started else { return Ok(Status::Completed) };
        let polled = task.poll().await;
        let standing = Standing::of(started);
        *lock(&self.standing) = standing;
        Ok(polled?)
    }

    async fn result(&self) -> Result<String, Error> {
        let mut started = self.started.lock().await;
        while !self.polled(&mut started).await?.is_terminal() {}
        match &mut *started {
            Started::Done(result) => Ok(spelled(result)),
            Started::Task(task) => Ok(spelled(&task.result().await?)),
        }
    }

    fn standing(&self) -> Standing {
        lock(&self.standing).clone()
    }
}

impl Standing {
    fn of(started: &Started) -> Self {
        match started {
            Started::Done(_) => Self { status: Status::Completed, message: None },
            Started::Task(task) => {
                Self { status: task.status(), message: task.message().map(str::to_owned) }
            }
        }
    }
}

fn id_of(started: &Started) -> Option<String> {
    match started {
        Started::Done(_) => None,
        Started::Task(task) => Some(task.id().to_owned()),
    }
}

fn spelled(result: &ToolResult) -> String {
    result_of(result.message())
}

fn number_of(status: Status) -> u32 {
    match status {
        Status::Working => MCPE_TASK_WORKING,
        Status::InputRequired => MCPE_TASK_INPUT_REQUIRED,
        Status::Completed => MCPE_TASK_COMPLETED,
        Status::Failed => MCPE_TASK_FAILED,
        Status::Cancelled => MCPE_TASK_CANCELLED,
    }
}
