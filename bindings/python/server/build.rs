//! A server of Python's parts, put together.

use std::sync::{Arc, OnceLock};

use mcp_engine::model::{Implementation, Json};
use mcp_engine::schema::HeaderTables;
use mcp_engine::server::{Changes, Server};
use mcp_engine::task::TaskLimits;
use mcp_engine::workers::{Workers, WorkersConfig};
use mcp_engine::{Peer, executor, schema};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::desk::Desk;
use super::front::Fronts;
use super::parts;
use super::shape::{object, wrong};
use crate::conversation::{named_versions, object_text};
use crate::limits::{Limits, bounds};

/// What is decided before a server is served.
#[derive(Default)]
pub(crate) struct Options<'py> {
    implementation: Option<Bound<'py, PyAny>>,
    instructions: Option<String>,
    completion: Option<u64>,
    changeable: bool,
    tasks: bool,
    versions: Option<Vec<String>>,
    limits: Option<Bound<'py, Limits>>,
    calls: Option<u32>,
    waiting: Option<u32>,
    pub(crate) here: bool,
}

impl<'py> Options<'py> {
    pub(crate) fn of(keywords: Option<&Bound<'py, PyDict>>) -> PyResult<Self> {
        let mut options = Self::default();
        for (name, value) in keywords.into_iter().flatten() {
            match name.extract::<String>()?.as_str() {
                "implementation" => options.implementation = value.extract()?,
                "instructions" => options.instructions = value.extract()?,
                "completion" => options.completion = value.extract()?,
                "changeable" => options.changeable = value.extract()?,
                "tasks" => options.tasks = value.extract()?,
                "versions" => options.versions = value.extract()?,
                "limits" => options.limits = value.extract()?,
                "calls" => options.calls = value.extract()?,
                "waiting" => options.waiting = value.extract()?,
                "here" => options.here = value.extract()?,
                name => return Err(PyTypeError::new_err(format!("there is no option {name:?}"))),
            }
        }
        Ok(options)
    }
}

/// The server of these parts.
///
/// Raises as `Serving` does.
pub(crate) fn build(
    desk: &Arc<Desk>,
    peer: &Arc<OnceLock<Peer>>,
    (name, version): (&str, &str),
    all: &Bound<'_, PyDict>,
    options: Options<'_>,
) -> PyResult<Server> {
    let refused = |error: mcp_engine::server::Error| PyValueError::new_err(error.to_string());
    let versions = options.versions.as_deref().map(named_versions).transpose()?;
    let limits = bounds(options.limits.as_ref().map(|limits| limits.get()));
    let running = options.calls.unwrap_or(CALLS);
    let tasks = options.waiting.unwrap_or(WAITING).saturating_add(running);
    let limited = executor::Limits { tasks, running, ..executor::Limits::default() };
    let workers = Workers::new(WorkersConfig { limits: limited, ..WorkersConfig::default() })
        .map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
    let fronts =
        Fronts { desk: Arc::clone(desk), completion: options.completion, peer: Arc::clone(peer) };
    let mut builder = Server::builder(name, version)
        .workers(workers)
        .logging()
        .tool_headers(HeaderTables::new(schema::Limits::default()))
        .configure(|config| {
            config.limits = limits;
            config.versions = versions.unwrap_or_else(|| config.versions.clone());
        })
        .layer(fronts);
    if let Some(own) = &options.implementation {
        let text = object(object_text(own)?)?;
        let own = Implementation::read(text.raw()).map_err(wrong)?;
        builder = builder.implementation(&own);
    }
    if let Some(instructions) = &options.instructions {
        builder = builder.instructions(instructions);
    }
    if options.completion.is_some() {
        builder = builder.capability("completions", Json::parse("{}").unwrap_or(Json::NULL));
    }
    if options.changeable {
        builder = builder.watched(&Changes::default()).changeable();
    }
    if options.tasks {
        builder = builder.tasks(TaskLimits::default());
    }
    for (definition, wraps, first, entry) in listed::<ToolPart<'_>>(all, "tools")? {
        builder = builder.tool(parts::tool(desk, &definition, &wraps, first.as_ref(), entry)?);
    }
    for (definition, entry) in listed::<(Bound<'_, PyAny>, u64)>(all, "prompts")? {
        builder = builder.prompt(parts::prompt(desk, &definition, entry)?);
    }
    for (definition, entry) in listed::<(Bound<'_, PyAny>, u64)>(all, "resources")? {
        builder = builder.resource(parts::resource(desk, &definition, entry)?);
    }
    for (definition, entry) in listed::<(Bound<'_, PyAny>, u64)>(all, "templates")? {
        builder = builder.resource_template(parts::resource_template(desk, &definition, entry)?);
    }
    builder.build().map_err(refused)
}

/// What a tool is made of.
type ToolPart<'py> = (Bound<'py, PyAny>, String, Option<Bound<'py, PyDict>>, u64);

fn listed<'py, T>(parts: &Bound<'py, PyDict>, kind: &str) -> PyResult<Vec<T>>
where
    T: for<'a> FromPyObject<'a, 'py>,
    for<'a> PyErr: From<<T as FromPyObject<'a, 'py>>::Error>,
{
    let Some(list) = parts.get_item(kind)? else { return Ok(Vec::new()) };
    list.try_iter()?.map(|part| Ok(part?.extract::<T>()?)).collect()
}

/// Calls that run in Python at one time.
const CALLS: u32 = 1_024;
/// Calls that wait for that.
const WAITING: u32 = 65_536;
