//! What a callback needs from its client before it can answer: its user, its language model, its roots.

use core::ffi::c_char;

use mcp_engine::json::Raw;
use mcp_engine::model::{CreateMessageRequestParams, ElicitRequestParams, Json, Mismatch};
use mcp_engine::server::Inputs;
use mcp_engine::{Answer, Method};
use mcp_engine_c::buffer::mcpe_target;
use mcp_engine_c::handle::Handle;
use mcp_engine_c::pointer::{Out, Ptr};
use mcp_engine_c::status::{Failure, MCPE_ASKED, MCPE_ERR_ANSWER, MCPE_OK, mcpe_status};
use mcp_engine_c::text::{json, optional_json, text};
use tokio::select;

use super::{Work, lock, mcpe_responder, work_of};
use crate::output::Output;
use crate::runtime::wait;
use crate::{DONE, Error, boundary};

/// The user is asked: `params` are those of `elicitation/create`.
pub const MCPE_INPUT_ELICITATION: u32 = 1;
/// The language model is asked: `params` are those of `sampling/createMessage`.
pub const MCPE_INPUT_SAMPLING: u32 = 2;
/// The roots are asked for: `params` are `NULL`.
pub const MCPE_INPUT_ROOTS: u32 = 3;

/// Wants something from the client, one of `MCPE_INPUT_…`, under a key of the callback's. The next `mcpe_responder_ask` asks for it. Reads the
/// responder.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_responder_want(
    responder: mcpe_responder,
    input: u32,
    key: Ptr<c_char>,
    key_len: usize,
    params: Ptr<c_char>,
    params_len: usize,
) -> mcpe_status {
    boundary(|| {
        let (key, params) = (text!(key, key_len)?, optional_json!(params, params_len)?);
        let work = work_of(responder)?;
        let question = Question::read(input, key, params)?;
        work.with_inputs(|inputs| question.want(inputs))
    })
}

/// Asks for everything that is wanted and not known, and waits for it. Reads the responder.
///
/// `MCPE_ASKED` when the client has got an answer instead: the question, or why it cannot be asked. Then the responder is used up, and the callback
/// should return: it is called again when the client has come back with what was asked (MCP 2026-07-28). `MCPE_ERR_CANCELLED` when nobody wants the answer
/// any more.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_responder_ask(responder: mcpe_responder) -> mcpe_status {
    boundary(|| {
        let work = work_of(responder)?;
        let Some(answer) = work.gather()? else { return DONE };
        responder.take()?.answer(answer)?;
        Ok(MCPE_ASKED)
    })
}

/// Appends what the client said, or what was kept, under a key: a result as in the schema. `MCPE_NOTHING` when there is none. Reads the responder.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_responder_input(
    responder: mcpe_responder,
    key: Ptr<c_char>,
    key_len: usize,
    to: mcpe_target,
    written: Out<usize>,
) -> mcpe_status {
    boundary(|| {
        let (key, output) = (text!(key, key_len)?, Output::new(to, written)?);
        let mut found = None;
        work_of(responder)?.with_inputs(|inputs| {
            found = inputs.remembered(key).map(|json| json.as_str().to_owned());
        })?;
        output.put_some(found.as_deref())
    })
}

/// Keeps a JSON value for the next time that the callback is called for the same request, under a key that nothing is asked by. Reads the responder.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_responder_remember(
    responder: mcpe_responder,
    key: Ptr<c_char>,
    key_len: usize,
    json: Ptr<c_char>,
    json_len: usize,
) -> mcpe_status {
    boundary(|| {
        let (key, json) = (text!(key, key_len)?, json!(json, json_len)?);
        work_of(responder)?.with_inputs(|inputs| inputs.remember(key, Json::from(json)))
    })
}

/// Something to ask, by its key.
pub(crate) struct Question {
    key: String,
    what: What,
}

enum What {
    User(Box<ElicitRequestParams<'static>>),
    Model(Box<CreateMessageRequestParams<'static>>),
    Roots,
}

impl Question {
    fn read(input: u32, key: &str, params: Option<Raw<'_>>) -> Result<Self, Error> {
        let raw = || params.ok_or(Failure::Null("params"));
        let what = match input {
            MCPE_INPUT_ELICITATION => {
                let params = ElicitRequestParams::read(raw()?).map_err(unlike)?;
                What::User(Box::new(params.into_owned()))
            }
            MCPE_INPUT_SAMPLING => {
                let params = CreateMessageRequestParams::read(raw()?).map_err(unlike)?;
                What::Model(Box::new(params.into_owned()))
            }
            MCPE_INPUT_ROOTS => What::Roots,
            _ => return Err(Failure::Value("input").into()),
        };
        Ok(Self { key: key.to_owned(), what })
    }

    /// The questions of an object like the `inputRequests` of a result: a request for each key.
    pub(crate) fn all(requests: Raw<'_>, name: &'static str) -> Result<Vec<Self>, Error> {
        let members = requests.members().ok_or(Failure::Object(name))?;
        members.map(|(key, request)| Self::spelled(&key.decode(), request, name)).collect()
    }

    fn spelled(key: &str, request: Raw<'_>, name: &'static str) -> Result<Self, Error> {
        let method = request.get("method").and_then(Raw::string);
        let input = match method.and_then(|method| Method::from_name(&method.decode())) {
            Some(Method::Elicit) => MCPE_INPUT_ELICITATION,
            Some(Method::CreateMessage) => MCPE_INPUT_SAMPLING,
            Some(Method::ListRoots) => MCPE_INPUT_ROOTS,
            _ => return Err(Failure::Value(name).into()),
        };
        Self::read(input, key, request.get("params"))
    }

    pub(crate) fn want(&self, inputs: &mut Inputs) {
        match &self.what {
            What::User(params) => inputs.want_elicited(&self.key, params),
            What::Model(params) => inputs.want_sampled(&self.key, params),
            What::Roots => inputs.want_roots(&self.key),
        }
    }
}

impl Work {
    fn with_inputs(&self, body: impl FnOnce(&mut Inputs)) -> Result<mcpe_status, Error> {
        self.request()?;
        body(lock(&self.inputs).as_mut().ok_or(Failure::Busy("mcpe_responder"))?);
        Ok(MCPE_OK)
    }

    /// Asks, and yields what the request has to be answered with now, if that is the case.
    fn gather(&self) -> Result<Option<Answer<'static>>, Error> {
        let (mut inputs, mut wanted) = (self.take_inputs()?, self.wanted.clone());
        let (inputs, gathered) = wait(async move {
            let gathered = select! {
                biased;
                gathered = inputs.gather() => Ok(gathered.err()),
                // Nothing is ever sent there.
                _ = wanted.changed() => Err(Error::cancelled()),
            };
            Ok((inputs, gathered))
        })?;
        *lock(&self.inputs) = Some(inputs);
        gathered
    }

    /// They are gone while the client is being asked.
    fn take_inputs(&self) -> Result<Box<Inputs>, Error> {
        self.request()?;
        let inputs = lock(&self.inputs).take();
        Ok(inputs.ok_or(Failure::Busy("mcpe_responder"))?)
    }
}

fn unlike(mismatch: Mismatch) -> Error {
    Error::told(MCPE_ERR_ANSWER, "caller", "schema", mismatch.to_string())
}
