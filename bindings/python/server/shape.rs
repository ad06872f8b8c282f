//! What Python's values become as answers.

use mcp_engine::json::{Raw, write};
use mcp_engine::model::{CallToolResult, GetPromptResult, Json, JsonObject, ReadResourceResult};
use mcp_engine::schema::ToolSchemas;
use mcp_engine::server::{PromptOutput, Reading, ResourceOutput, ToolOutput};
use mcp_engine::version::Version;
use mcp_engine::{Answer, model};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use super::pending::{Matter, Pending, Place};
use crate::dump::append;

/// What the results of a tool look like.
pub(crate) struct Shape {
    pub(crate) wraps: Wraps,
    pub(crate) schemas: ToolSchemas,
}

/// How a value becomes structured content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wraps {
    /// It does not.
    No,
    /// It is an object itself.
    Object,
    /// As the member `result` of one.
    Result,
}

impl Wraps {
    pub(crate) fn of(name: &str) -> PyResult<Self> {
        match name {
            "no" => Ok(Self::No),
            "object" => Ok(Self::Object),
            "result" => Ok(Self::Result),
            _ => Err(PyValueError::new_err("it is \"no\", \"object\" or \"result\"")),
        }
    }
}

impl Shape {
    /// A value as it is: text, a number, an object.
    fn whole(&self, value: &Bound<'_, PyAny>, version: Version) -> PyResult<Answer<'static>> {
        let text = value.cast::<PyString>().ok();
        if let (Wraps::No, Some(text)) = (self.wraps, &text) {
            return Ok(Answer::text(text.to_str()?.to_owned()));
        }
        let mut json = Vec::new();
        append(value, &mut json)?;
        let mut out = br#"{"content":["#.to_vec();
        if !value.is_none() {
            out.extend_from_slice(br#"{"type":"text","text":"#);
            match text {
                Some(_) => out.extend_from_slice(&json),
                None => write::string(&mut out, &String::from_utf8_lossy(&json)),
            }
            out.push(b'}');
        }
        out.push(b']');
        if let Some(refused) = self.add_structured(&json, version, &mut out) {
            return Ok(refused);
        }
        out.push(b'}');
        object(out).map(Answer::Result)
    }

    /// Adds a value to a result as structured content, where the revision has any; or says why it is none.
    fn add_structured(
        &self,
        json: &[u8],
        version: Version,
        out: &mut Vec<u8>,
    ) -> Option<Answer<'static>> {
        if self.wraps == Wraps::No {
            return None;
        }
        out.extend_from_slice(STRUCTURED);
        let start = out.len();
        if self.wraps == Wraps::Result {
            out.extend_from_slice(br#"{"result":"#);
        }
        out.extend_from_slice(json);
        if self.wraps == Wraps::Result {
            out.push(b'}');
        }
        let refused = self.check(out.get(start..).unwrap_or_default());
        if version < Version::V2025_06_18 {
            out.truncate(start.saturating_sub(STRUCTURED.len()));
        }
        refused
    }

    /// What a structured content is answered with that is not what the tool has promised.
    fn check(&self, structured: &[u8]) -> Option<Answer<'static>> {
        let raw = Raw::parse_bytes(structured).ok()?;
        let rejection = self.schemas.check_structured(Some(raw)).err()?;
        Some(Answer::failure(format!("the result is not what the tool has promised: {rejection}")))
    }

    /// A result that has several parts: its blocks, its structured content, and what else there is.
    pub(crate) fn parts(
        &self,
        blocks: &Bound<'_, PyAny>,
        structured: Option<&Bound<'_, PyAny>>,
        more: Option<&Bound<'_, PyAny>>,
        version: Version,
    ) -> PyResult<Answer<'static>> {
        let mut out = br#"{"content":"#.to_vec();
        append(blocks, &mut out)?;
        if let Some(structured) = structured {
            let mut json = Vec::new();
            append(structured, &mut json)?;
            out.extend_from_slice(STRUCTURED);
            if let Some(refused) = self.check(&json) {
                return Ok(refused);
            }
            out.extend_from_slice(&json);
        }
        if let Some(more) = more {
            let mut json = Vec::new();
            crate::dump::append_object(more, &mut json)?;
            out.push(b',');
            out.extend_from_slice(json.get(1..json.len().saturating_sub(1)).unwrap_or_default());
        }
        out.push(b'}');
        let text = object(out)?;
        let result = CallToolResult::read(text.raw()).map_err(wrong)?;
        Ok(result.into_answer(version).into_owned())
    }
}

impl Pending {
    fn version(&self) -> Version {
        self.request.context().version()
    }

    /// The answer that a value is.
    ///
    /// Raises ValueError for what JSON cannot say, TypeError for what is no answer of that kind.
    pub(crate) fn value(&self, value: &Bound<'_, PyAny>) -> PyResult<Answer<'static>> {
        match &self.matter {
            Matter::Tool(shape) => shape.whole(value, self.version()),
            Matter::Prompt => match value.cast::<PyString>() {
                Ok(text) => Ok(PromptOutput::into_answer(text.to_str()?, self.version())),
                Err(_) => self.result(value),
            },
            Matter::Resource(place) => self.contents(value, place),
            Matter::Completion => self.result(value),
        }
    }

    fn contents(&self, value: &Bound<'_, PyAny>, place: &Place) -> PyResult<Answer<'static>> {
        let reading = Reading::new(&place.uri, place.mime_type.as_deref(), self.version());
        if let Ok(text) = value.cast::<PyString>() {
            return Ok(ResourceOutput::into_answer(text.to_str()?, reading));
        }
        if let Ok(bytes) = value.cast::<PyBytes>() {
            return Ok(ResourceOutput::into_answer(bytes.as_bytes(), reading));
        }
        self.result(value)
    }

    /// The answer that a whole result of MCP is.
    fn result(&self, value: &Bound<'_, PyAny>) -> PyResult<Answer<'static>> {
        let (mut text, version) = (Vec::new(), self.version());
        append(value, &mut text)?;
        if text.first() != Some(&b'{') {
            return Err(PyTypeError::new_err("it is no result of the kind that was asked for"));
        }
        let text = object(text)?;
        let raw = text.raw();
        let written = match &self.matter {
            Matter::Tool(_) => Json::of(&CallToolResult::read(raw).map_err(wrong)?, version),
            Matter::Prompt => Json::of(&GetPromptResult::read(raw).map_err(wrong)?, version),
            Matter::Resource(_) => {
                Json::of(&ReadResourceResult::read(raw).map_err(wrong)?, version)
            }
            Matter::Completion => {
                Json::of(&model::CompleteResult::read(raw).map_err(wrong)?, version)
            }
        };
        let written = written.into_object().ok_or_else(|| PyTypeError::new_err("it is no object"));
        written.map(Answer::Result)
    }
}

pub(crate) fn object(text: Vec<u8>) -> PyResult<JsonObject<'static>> {
    let text = String::from_utf8(text).map_err(|error| PyValueError::new_err(error.to_string()))?;
    JsonObject::parse(text).map_err(|error| PyValueError::new_err(error.to_string()))
}

pub(crate) fn wrong(mismatch: model::Mismatch) -> PyErr {
    PyValueError::new_err(mismatch.to_string())
}

const STRUCTURED: &[u8] = br#","structuredContent":"#;
