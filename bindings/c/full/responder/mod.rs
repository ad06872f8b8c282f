//! What a callback answers with, at once or later, and how it speaks until then.

mod inputs;
mod say;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use core::ffi::c_char;

use mcp_engine::json::Raw;
use mcp_engine::model::{Json, JsonObject};
use mcp_engine::server::Inputs;
use mcp_engine::{Answer, Context, Duplicates, Limits, Misuse, Request};
use mcp_engine_c::handle::Handle;
use mcp_engine_c::handles;
use mcp_engine_c::names::capabilities_of;
use mcp_engine_c::pointer::Ptr;
use mcp_engine_c::status::mcpe_status;
use mcp_engine_c::text::{optional_text, text};
use tokio::sync::{oneshot, watch};

use crate::{DONE, Error, boundary};

pub use inputs::*;
pub use say::*;

/// The right, and the duty, to answer one request: a callback gets it, and whichever thread has the answer uses it up by one of
/// `mcpe_responder_reply`, `_reply_text`, `_fail` and `_require`. Freed without an answer, it answers with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct mcpe_responder {
    /// Its place.
    pub slot: u32,
    /// What tells it from others in the same place.
    pub generation: u32,
}

handles! {
    mcpe_responder => Arc<Work> as Turn,
}

/// A request that is being answered.
#[derive(Debug)]
pub struct Work {
    asked: Asked,
    answer: Mutex<Option<oneshot::Sender<Answer<'static>>>>,
    /// What a client has brought along, and what is still to be asked of it.
    inputs: Mutex<Option<Box<Inputs>>>,
    /// Closed when nobody wants the answer any more.
    wanted: watch::Receiver<()>,
}

/// The answer to come. When it is dropped, nobody wants it any more.
#[derive(Debug)]
pub(crate) struct Answered {
    answer: oneshot::Receiver<Answer<'static>>,
    _wanted: watch::Sender<()>,
}

/// Who asks.
#[derive(Debug)]
pub(crate) enum Asked {
    /// A client.
    ByClient(Request),
    /// A server, which hears nothing before the answer.
    ByServer,
}

impl Work {
    /// A request, and the answer to come.
    ///
    /// # Errors
    ///
    /// The answer to a client that brings back another state than it was given.
    pub(crate) fn new(asked: Asked) -> Result<(Arc<Self>, Answered), Answer<'static>> {
        let inputs = match &asked {
            Asked::ByClient(request) => Some(Box::new(Inputs::of(request)?)),
            Asked::ByServer => None,
        };
        let ((sender, answer), (is_wanted, wanted)) = (oneshot::channel(), watch::channel(()));
        let (sender, inputs) = (Mutex::new(Some(sender)), Mutex::new(inputs));
        let work = Self { asked, answer: sender, inputs, wanted };
        Ok((Arc::new(work), Answered { answer, _wanted: is_wanted }))
    }

    fn request(&self) -> Result<&Request, Error> {
        match &self.asked {
            Asked::ByClient(request) => Ok(request),
            Asked::ByServer => Err(Error::unsupported("a server that asks hears the answer alone")),
        }
    }

    fn context(&self) -> Result<&Context, Error> {
        Ok(self.request()?.context())
    }

    fn answer(&self, answer: Answer<'static>) -> Result<mcpe_status, Error> {
        // Nobody may wait for it any more.
        let _ = lock(&self.answer).take().map(|waiting| waiting.send(answer));
        DONE
    }

    fn is_cancelled(&self) -> bool {
        lock(&self.answer).as_ref().is_none_or(oneshot::Sender::is_closed)
    }
}

impl Answered {
    /// Waits for it. `None` when there will be none.
    pub(crate) async fn answer(self) -> Option<Answer<'static>> {
        self.answer.await.ok()
    }
}

/// Answers with a result, as the schema has it for the method: an object. The responder is used up.
///
/// What clients would refuse is refused here, and the responder stays: `MCPE_ERR_MESSAGE` when an object in it has a
/// key twice, `MCPE_ERR_LIMIT` when it is nested too deeply.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_responder_reply(
    responder: mcpe_responder,
    result: Ptr<c_char>,
    result_len: usize,
) -> mcpe_status {
    boundary(|| {
        let result = JsonObject::read(part_of_message(text!(result, result_len)?, 1)?);
        let result = result.map_err(|_| mcp_engine::Error::ApiMisuse(Misuse::NotAnObject))?;
        responder.take()?.answer(Answer::Result(result.into_owned()))
    })
}

/// Answers a call of a tool with one block of text; `is_error` is not 0 when the tool has failed, which the model reads. The responder is used up.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_responder_reply_text(
    responder: mcpe_responder,
    text: Ptr<c_char>,
    text_len: usize,
    is_error: u32,
) -> mcpe_status {
    boundary(|| {
        let said = text!(text, text_len)?.to_owned();
        let answer = if is_error == 0 { Answer::text(said) } else { Answer::failure(said) };
        responder.take()?.answer(answer)
    })
}

/// Answers with an error of the protocol, by a code of JSON-RPC or MCP and one sentence. `data` is any JSON value, or `NULL`. The responder is used up.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_responder_fail(
    responder: mcpe_responder,
    code: i64,
    message: Ptr<c_char>,
    message_len: usize,
    data: Ptr<c_char>,
    data_len: usize,
) -> mcpe_status {
    boundary(|| {
        let message = text!(message, message_len)?.to_owned().into();
        let data =
            optional_text!(data, data_len)?.map(|data| part_of_message(data, 2)).transpose()?;
        let data = data.map(|data| Json::from(data).into_owned());
        responder.take()?.answer(Answer::Error { code, message, data })
    })
}

/// Answers that the client would have to declare these capabilities for it, bits of `MCPE_CAPABILITY_…`. The responder is used up.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_responder_require(
    responder: mcpe_responder,
    capabilities: u32,
) -> mcpe_status {
    boundary(|| {
        let wanted = capabilities_of(capabilities)?;
        responder.take()?.answer(Answer::CapabilityRequired(wanted))
    })
}

/// Frees a responder: what was not answered is answered with an error.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_responder_free(responder: mcpe_responder) -> mcpe_status {
    boundary(|| {
        responder.free()?;
        DONE
    })
}

/// What a responder is for, so that no handle is held while it is worked with.
fn work_of(responder: mcpe_responder) -> Result<Arc<Work>, Error> {
    Ok(responder.read(|work| Ok(Arc::clone(work)))?)
}

/// The JSON value that a text is, which is to stand so deep in a message: what readers of messages refuse is refused here.
fn part_of_message(text: &str, deep: u8) -> Result<Raw<'_>, Error> {
    let most = Limits::default();
    let limits = Limits { depth: most.depth.saturating_sub(deep), ..most };
    Ok(Raw::parse_within(text, &limits, Duplicates::Deep)?)
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
