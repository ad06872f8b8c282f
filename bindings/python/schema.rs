//! JSON Schema, compiled once.

use std::sync::LazyLock;

use mcp_engine::json::Raw;
use mcp_engine::schema::{Compiler, Dialect};
use pyo3::prelude::*;

use crate::dump::append;
use crate::error::{SCHEMA, VALIDATION, raise, refuse_schema};

/// A compiled schema. Threads may share it.
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct Schema {
    schema: mcp_engine::schema::Schema,
}

#[pymethods]
impl Schema {
    /// Judges a value: Python objects, or a view of JSON.
    ///
    /// Raises ValidationError, which says where the value does not match, or which limit it is beyond; ValueError for what is no JSON.
    fn validate(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        let mut text = Vec::new();
        append(value, &mut text)?;
        let raw = Raw::parse_bytes(&text).map_err(|error| raise(py, error))?;
        let verdict = self.schema.validate(raw);
        verdict.map_err(|rejection| refuse_schema(py, &VALIDATION, rejection.to_string()))
    }

    /// Whether a value matches.
    ///
    /// Raises ValueError for what is no JSON.
    fn is_valid(&self, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        match self.validate(value) {
            Ok(()) => Ok(true),
            Err(error) if VALIDATION.is(value.py(), &error)? => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// "2020-12" or "draft-07".
    #[getter]
    fn dialect(&self) -> &'static str {
        match self.schema.dialect() {
            Dialect::Draft202012 => "2020-12",
            Dialect::Draft7 => "draft-07",
        }
    }
}

/// Compiles a schema, or finds it compiled: the newest are kept. Nothing is fetched, and what a schema can cost is bounded.
///
/// Raises SchemaError, which says what is wrong and where; ValueError for what is no JSON.
#[pyfunction]
pub(crate) fn compile_schema(schema: &Bound<'_, PyAny>) -> PyResult<Schema> {
    let py = schema.py();
    let mut text = Vec::new();
    append(schema, &mut text)?;
    let raw = Raw::parse_bytes(&text).map_err(|error| raise(py, error))?;
    let compiled = COMPILER.compile(raw);
    let compiled = compiled.map_err(|error| refuse_schema(py, &SCHEMA, error.to_string()))?;
    Ok(Schema { schema: compiled })
}

pub(crate) static COMPILER: LazyLock<Compiler> = LazyLock::new(Compiler::default);
