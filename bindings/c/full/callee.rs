//! A function of the application's that answers: on a thread where it may wait, so many at a time.

use std::sync::Arc;

use mcp_engine::Answer;
use mcp_engine_c::config::Care;
use mcp_engine_c::handle::Handle;
use mcp_engine_c::pointer::Userdata;
use mcp_engine_c::status::Failure;
use mcp_engine_c::text::mcpe_str;
use tokio::sync::Semaphore;

use crate::responder::{Asked, Work, mcpe_responder};
use crate::runtime::Purpose;

/// Answers something: a call of a tool, a request for a resource or a prompt, or what a server asks its client.
///
/// `name` is that of the tool or the prompt, the URI of the resource, or the method; `arguments` is a JSON object. Both are valid until the callback
/// returns; the responder until it was used up, by whichever thread: at once or later. It is called on a thread of the library for that, on several
/// at the same time, and may call every function there is.
pub type mcpe_serve_callback = Option<
    unsafe extern "C" fn(
        userdata: Userdata,
        responder: mcpe_responder,
        name: mcpe_str,
        arguments: mcpe_str,
    ),
>;

/// The function itself.
pub(crate) type Serve = unsafe extern "C" fn(Userdata, mcpe_responder, mcpe_str, mcpe_str);

/// A function that answers, and how many calls of functions there may be at a time. Clones are the same function.
#[derive(Clone, Debug)]
pub(crate) struct Callee {
    serve: Serve,
    care: Arc<Care>,
    room: Arc<Semaphore>,
}

impl Callee {
    pub(crate) fn new(serve: Serve, care: &Arc<Care>, room: &Arc<Semaphore>) -> Self {
        Self { serve, care: Arc::clone(care), room: Arc::clone(room) }
    }

    /// The same function, with other calls beside it.
    pub(crate) fn within(&self, room: &Arc<Semaphore>) -> Self {
        Self { room: Arc::clone(room), ..self.clone() }
    }

    /// Calls the function, and waits until there is an answer. Whoever does not wait any more has the responder say so.
    pub(crate) async fn call(
        self,
        asked: Asked,
        name: String,
        arguments: String,
    ) -> Answer<'static> {
        let permit = Arc::clone(&self.room).acquire_owned().await;
        let (Ok(permit), Ok(thread)) = (permit, Purpose::Answer.thread().await) else {
            return Answer::error(INTERNAL_ERROR, "the server is closed");
        };
        let (work, answered) = match Work::new(asked) {
            Ok(work) => work,
            Err(answer) => return answer,
        };
        let Ok(responder) = mcpe_responder::open(work) else {
            return Answer::error(INTERNAL_ERROR, "too much is unanswered");
        };
        // It goes on when nobody waits for the answer any more.
        drop(thread.call(move || {
            let _permit = permit;
            let (name, arguments) = (mcpe_str::to(&name), mcpe_str::to(&arguments));
            // SAFETY: the caller has promised a function of this type that returns, until `destroy` is called.
            unsafe { (self.serve)(self.care.userdata(), responder, name, arguments) };
        }));
        let answer = answered.answer().await;
        answer.unwrap_or_else(|| Answer::error(INTERNAL_ERROR, NO_ANSWER))
    }
}

/// How many callbacks there may be at a time, where options say `wanted` of it.
pub(crate) fn callbacks(wanted: u32, most: usize) -> Result<usize, Failure> {
    match wanted as usize {
        0 => Ok(USUAL),
        wanted if wanted > most => Err(Failure::Value("callbacks")),
        wanted => Ok(wanted),
    }
}

const USUAL: usize = 64;
pub(crate) const NO_ANSWER: &str = "there was no answer";
/// JSON-RPC 2.0: internal error.
pub(crate) const INTERNAL_ERROR: i64 = -32603;
