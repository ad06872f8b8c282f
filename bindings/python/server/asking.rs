//! What a function of Python asks its client for: by requests, by results that ask, or through a task, as the revision has it.

use std::sync::Arc;

use mcp_engine::Answer;
use mcp_engine::json::Raw;
use mcp_engine::model::{CreateMessageRequestParams, ElicitRequestParams, Json, Value};
use mcp_engine::server::Inputs;
use mcp_engine::version::Version;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::desk::{Notice, Refused};
use super::pending::Pending;
use super::shape::wrong;
use crate::dump::append;

/// Something to ask, by its key.
pub(crate) struct Question {
    key: String,
    what: What,
}

enum What {
    Elicit(Box<ElicitRequestParams<'static>>),
    Sample(Box<CreateMessageRequestParams<'static>>),
    Roots,
}

impl Question {
    /// The questions of a dict: a method and its parameters for each key.
    ///
    /// Raises ValueError for a method that is no question, and parameters that are not its own.
    pub(crate) fn all(questions: &Bound<'_, PyDict>) -> PyResult<Vec<Self>> {
        questions.iter().map(|(key, value)| Self::one(key.extract()?, &value)).collect()
    }

    fn one(key: String, question: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (method, params) = question.extract::<(String, Bound<'_, PyAny>)>()?;
        let mut text = Vec::new();
        append(&params, &mut text)?;
        let raw = Raw::parse_bytes(&text);
        let raw = raw.map_err(|error| PyValueError::new_err(error.to_string()))?;
        let what = match method.as_str() {
            "elicitation/create" => {
                let params = ElicitRequestParams::read(raw).map_err(wrong)?;
                What::Elicit(Box::new(params.into_owned()))
            }
            "sampling/createMessage" => {
                let params = CreateMessageRequestParams::read(raw).map_err(wrong)?;
                What::Sample(Box::new(params.into_owned()))
            }
            "roots/list" => What::Roots,
            _ => return Err(PyValueError::new_err(format!("a server does not ask {method:?}"))),
        };
        Ok(Self { key, what })
    }

    pub(crate) fn want(&self, inputs: &mut Inputs) {
        match &self.what {
            What::Elicit(params) => inputs.want_elicited(&self.key, params),
            What::Sample(params) => inputs.want_sampled(&self.key, params),
            What::Roots => inputs.want_roots(&self.key),
        }
    }
}

/// Asks, and tells Python what came of it.
pub(crate) async fn ask(
    pending: Arc<Pending>,
    token: u64,
    questions: Vec<Question>,
    remember: Vec<(String, Json<'static>)>,
) {
    let asked = gather(&pending, &questions, remember).await;
    let desk = &pending.desk;
    match asked {
        Ok(answers) => desk.notice(Notice::Answered(token, answers)),
        // The client asks again, and then this function is called anew.
        Err(answer @ Answer::InputRequired { .. }) => {
            if pending.answer(answer) {
                desk.flush();
            }
            desk.notice(Notice::Refused(token, Refused::Interrupted));
        }
        Err(answer) => {
            // What it is answered with if its function gives up over that.
            pending.hold(answer.clone());
            let refused = match answer {
                Answer::CapabilityRequired(_) => Refused::Capability,
                answer => Refused::Failed(answer),
            };
            desk.notice(Notice::Refused(token, refused));
        }
    }
}

async fn gather(
    pending: &Pending,
    questions: &[Question],
    remember: Vec<(String, Json<'static>)>,
) -> Result<Vec<(String, String)>, Answer<'static>> {
    let mut slot = pending.inputs.lock().await;
    let inputs = opened(pending, &mut slot)?;
    for (key, value) in remember {
        inputs.remember(&key, value);
    }
    questions.iter().for_each(|question| question.want(inputs));
    inputs.gather().await?;
    let version = pending.request.context().version();
    let answers = questions.iter().map(|question| {
        let answer = inputs.remembered(&question.key).cloned().unwrap_or(Json::NULL);
        (question.key.clone(), spelled(&answer, version))
    });
    Ok(answers.collect())
}

/// What was kept under a key in an earlier round, as JSON; an error while something is being asked.
pub(crate) fn remembered(pending: &Pending, key: &str) -> Result<Option<String>, Answer<'static>> {
    let Ok(mut slot) = pending.inputs.try_lock() else { return Ok(None) };
    let inputs = opened(pending, &mut slot)?;
    let version = pending.request.context().version();
    Ok(inputs.remembered(key).map(|value| spelled(value, version)))
}

fn opened<'i>(
    pending: &Pending,
    slot: &'i mut Option<Inputs>,
) -> Result<&'i mut Inputs, Answer<'static>> {
    match slot {
        Some(inputs) => Ok(inputs),
        None => Ok(slot.insert(Inputs::of(&pending.request)?)),
    }
}

fn spelled(value: &Json<'_>, version: Version) -> String {
    let mut out = Vec::new();
    Value::write(value, &mut out, version);
    String::from_utf8(out).unwrap_or_default()
}
