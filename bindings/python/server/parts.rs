//! Tools, prompts and resources from what Python says of them.

use std::sync::Arc;

use mcp_engine::json::Raw;
use mcp_engine::model;
use mcp_engine::schema::ToolSchemas;
use mcp_engine::server::{Prompt, Resource, ResourceTemplate, Tool};
use mcp_engine::version::Version;
use mcp_engine::{Answer, Request};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::asking::Question;
use super::desk::Desk;
use super::pending::{Matter, Pending, Place};
use super::shape::{Shape, Wraps, object, wrong};
use crate::conversation::object_text;
use crate::error::{SCHEMA, refuse_schema};
use crate::schema::COMPILER;

/// A tool whose arguments are judged before Python hears of them, and which asks its client something before it runs as a task.
///
/// Raises ValueError for what is no definition, SchemaError for a schema that cannot be used.
pub(crate) fn tool(
    desk: &Arc<Desk>,
    definition: &Bound<'_, PyAny>,
    wraps: &str,
    first: Option<&Bound<'_, PyDict>>,
    entry: u64,
) -> PyResult<Tool> {
    let first = first.map(Question::all).transpose()?;
    let (py, wraps) = (definition.py(), Wraps::of(wraps)?);
    let text = object(object_text(definition)?)?;
    let definition = model::Tool::read(text.raw()).map_err(wrong)?;
    let schemas = ToolSchemas::compile(&COMPILER, text.raw(), Version::LATEST);
    let schemas = schemas.map_err(|error| refuse_schema(py, &SCHEMA, error.to_string()))?;
    let (desk, shape) = (Arc::clone(desk), Arc::new(Shape { wraps, schemas }));
    let tool = Tool::new(definition, move |request, responder| {
        let arguments = request.message().call_params().and_then(|call| call.arguments);
        if let Err(rejection) = shape.schemas.check_arguments(arguments) {
            return responder.answer(&Answer::failure(rejection.to_string()));
        }
        Pending::serve(&desk, entry, Matter::Tool(Arc::clone(&shape)), request, responder)
    });
    Ok(match first {
        Some(first) => {
            tool.ask_first(move |inputs| first.iter().for_each(|question| question.want(inputs)))
        }
        None => tool,
    })
}

/// Raises ValueError for what is no definition.
pub(crate) fn prompt(
    desk: &Arc<Desk>,
    definition: &Bound<'_, PyAny>,
    entry: u64,
) -> PyResult<Prompt> {
    let text = object(object_text(definition)?)?;
    let definition = model::Prompt::read(text.raw()).map_err(wrong)?;
    let desk = Arc::clone(desk);
    Ok(Prompt::new(definition, move |request, responder| {
        Pending::serve(&desk, entry, Matter::Prompt, request, responder)
    }))
}

/// Raises ValueError for what is no definition.
pub(crate) fn resource(
    desk: &Arc<Desk>,
    definition: &Bound<'_, PyAny>,
    entry: u64,
) -> PyResult<Resource> {
    let text = object(object_text(definition)?)?;
    let definition = model::Resource::read(text.raw()).map_err(wrong)?;
    let (desk, mime_type) = (Arc::clone(desk), definition.mime_type.as_deref().map(Arc::from));
    Ok(Resource::new(definition, move |request, responder| {
        let place = place(&request, &mime_type, Vec::new());
        Pending::serve(&desk, entry, Matter::Resource(place), request, responder)
    }))
}

/// Raises ValueError for what is no definition, or no template.
pub(crate) fn resource_template(
    desk: &Arc<Desk>,
    definition: &Bound<'_, PyAny>,
    entry: u64,
) -> PyResult<ResourceTemplate> {
    let text = object(object_text(definition)?)?;
    let definition = model::ResourceTemplate::read(text.raw()).map_err(wrong)?;
    let (desk, mime_type) = (Arc::clone(desk), definition.mime_type.as_deref().map(Arc::from));
    let template = ResourceTemplate::new(definition, move |request, values, responder| {
        let values = values.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let place = place(&request, &mime_type, values.collect());
        Pending::serve(&desk, entry, Matter::Resource(place), request, responder)
    });
    template.map_err(|error| PyValueError::new_err(error.to_string()))
}

fn place(request: &Request, mime_type: &Option<Arc<str>>, values: Vec<(String, String)>) -> Place {
    let uri = request.message().params().and_then(|params| params.get("uri"));
    let uri = uri.and_then(Raw::string).map(|uri| uri.decode().into_owned());
    Place { uri: uri.unwrap_or_default(), mime_type: mime_type.clone(), values }
}
