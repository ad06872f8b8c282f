//! Calls of tools, and calls that end in a callback.

use core::ffi::c_char;
use std::sync::Arc;

use mcp_engine::Progress;
use mcp_engine::client::CallTool;
use mcp_engine::json::Raw;
use mcp_engine_c::buffer::mcpe_target;
use mcp_engine_c::config::{Care, mcpe_destructor};
use mcp_engine_c::encode::object;
use mcp_engine_c::pointer::{Out, Ptr, Userdata};
use mcp_engine_c::status::{Failure, mcpe_status};
use mcp_engine_c::text::{mcpe_str, optional_json, text};
use serde_json::value::RawValue;

use super::ask::{Asking, result_of};
use super::ending::{Done, Ending, mcpe_done_callback};
use super::options::mcpe_call_options;
use super::running::Terms;
use super::{Session, mcpe_client, session_of};
use crate::output::Output;
use crate::runtime::wait_hearing;
use crate::{DONE, Error, boundary};

/// Hears how far a call is. `total` is 0 where it is not known. The text is valid until it returns.
pub type mcpe_progress_callback =
    Option<unsafe extern "C" fn(userdata: Userdata, progress: f64, total: f64, message: mcpe_str)>;

/// Calls a tool, and appends its result: a `CallToolResult`, also where the tool has failed. `arguments` is an object, or `NULL` for an empty one; `options`
/// may be `NULL`. Waits. Reads the client.
///
/// Memory that is too small for the result (`MCPE_ERR_CAPACITY`) loses it: a buffer is not.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_call_tool(
    client: mcpe_client,
    name: Ptr<c_char>,
    name_len: usize,
    arguments: Ptr<c_char>,
    arguments_len: usize,
    options: Ptr<mcpe_call_options>,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let arguments = optional_json!(arguments, arguments_len)?;
        let (name, output) = (text!(name, name_len)?, Output::new(to, written)?);
        let options = options.options()?;
        let calling = ToolCall::new(client, name, arguments, &options)?;
        let entry = calling.session.running.enter(calling.terms);
        let (hear, userdata) = (options.progress, options.userdata);
        let result = wait_hearing(
            |outcome| async move {
                let (outcome, speaker) = (Arc::new(outcome), calling.session.speaker.clone());
                let steps = Arc::clone(&outcome);
                let step = hear.map(|_| {
                    move |step| {
                        if !steps.step(step) {
                            speaker.leave_out();
                        }
                    }
                });
                outcome.done(entry.bounded(calling.call(step)).await);
            },
            |step: Step| step.tell(hear, userdata),
        )?;
        output.put(&result)
    })
}

/// Calls a tool, and hands its result to `callback`, which is called in any case but when this fails at once. Reads the client. `destroy` is called after
/// the callback, or when this fails; it may be `NULL`, as `arguments` and `options` may.
///
/// Callbacks of one client come one after the other, so that the end of a call comes after its last step of progress.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_call_tool_later(
    client: mcpe_client,
    name: Ptr<c_char>,
    name_len: usize,
    arguments: Ptr<c_char>,
    arguments_len: usize,
    options: Ptr<mcpe_call_options>,
    callback: mcpe_done_callback,
    userdata: Userdata,
    destroy: mcpe_destructor,
) -> mcpe_status {
    boundary(|| {
        let done = Done::new(callback, Care::new(userdata, destroy))?;
        let arguments = optional_json!(arguments, arguments_len)?;
        let (name, options) = (text!(name, name_len)?, options.options()?);
        let calling = ToolCall::new(client, name, arguments, &options)?;
        let (hear, userdata) = (options.progress, options.userdata);
        let ending = Ending::new(&calling.session, done, calling.terms)?;
        let steps = ending.steps();
        let step = hear.map(|_| move |step: Step| steps.say(move || step.tell(hear, userdata)));
        ending.spawn(async move { calling.call(step).await })
    })
}

/// Asks anything, and hands the result to `callback`: as `mcpe_client_call_tool_later` is to `mcpe_client_call_tool`. Reads the client.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_request_later(
    client: mcpe_client,
    method: Ptr<c_char>,
    method_len: usize,
    params: Ptr<c_char>,
    params_len: usize,
    options: Ptr<mcpe_call_options>,
    callback: mcpe_done_callback,
    userdata: Userdata,
    destroy: mcpe_destructor,
) -> mcpe_status {
    boundary(|| {
        let done = Done::new(callback, Care::new(userdata, destroy))?;
        let method = text!(method, method_len)?.to_owned();
        let params = object(optional_json!(params, params_len)?, "params")?;
        let params = params.map(|params| params.spelling().to_owned());
        let (terms, session) = (options.options()?.terms()?, session_of(client)?);
        let ending = Ending::new(&session, done, terms)?;
        let asking = Asking { method, params, terms };
        ending.spawn(async move { asking.send(&session).await })
    })
}

/// Calls off everything that was begun with that tag, and says how much it was. What is called off ends with `MCPE_ERR_CANCELLED`, and the server is told.
/// Reads the client. `MCPE_ERR_VALUE` for the tag 0.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_client_cancel(
    client: mcpe_client,
    tag: u64,
    count: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let count = count.required("count")?;
        let session = session_of(client)?;
        if tag == 0 {
            return Err(Failure::Value("tag").into());
        }
        count.put(session.running.cancel(tag));
        DONE
    })
}

/// A call of a tool that is to be made.
pub(super) struct ToolCall {
    pub(super) session: Arc<Session>,
    name: String,
    arguments: String,
    pub(super) terms: Terms,
}

impl ToolCall {
    pub(super) fn new(
        client: mcpe_client,
        name: &str,
        arguments: Option<Raw<'_>>,
        options: &mcpe_call_options,
    ) -> Result<Self, Error> {
        let arguments = object(arguments, "arguments")?.map_or("{}", Raw::spelling).to_owned();
        let (terms, session) = (options.terms()?, session_of(client)?);
        Ok(Self { session, name: name.to_owned(), arguments, terms })
    }

    /// Calls the tool, and yields the result as it is spelled.
    async fn call(self, hear: Option<impl FnMut(Step) + Send + 'static>) -> Result<String, Error> {
        let mut call = self.prepare()?;
        if let Some(mut hear) = hear {
            call = call.on_progress(move |progress| hear(Step::of(&progress)));
        }
        Ok(result_of(call.await?.message()))
    }

    /// The call, on the terms that it has.
    pub(super) fn prepare(&self) -> Result<CallTool<'_>, Error> {
        let arguments = serde_json::from_str::<&RawValue>(&self.arguments);
        let arguments = arguments.map_err(|_| Failure::Value("arguments"))?;
        let mut call = self.session.client.call_tool(&self.name, &arguments);
        if let Some(idle) = self.terms.idle {
            call = call.timeout(idle);
        }
        if let Some(level) = self.terms.level {
            call = call.log_level(level);
        }
        Ok(call)
    }
}

/// How far a call is.
struct Step {
    progress: f64,
    total: f64,
    message: String,
}

impl Step {
    fn of(progress: &Progress<'_>) -> Self {
        let message = progress.message.map(|message| message.decode().into_owned());
        Self {
            progress: progress.progress,
            total: progress.total.unwrap_or_default(),
            message: message.unwrap_or_default(),
        }
    }

    fn tell(&self, hear: mcpe_progress_callback, userdata: Userdata) {
        if let Some(hear) = hear {
            let message = mcpe_str::to(&self.message);
            // SAFETY: the caller has promised a function of this type that returns, until the call has come to its end.
            unsafe { hear(userdata, self.progress, self.total, message) };
        }
    }
}
