//! One interpreter has the engine.
//!
//! Its classes and exceptions belong to the interpreter that made them, so another one of the same process is refused before it gets hold
//! of any.

use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;

/// Admits the interpreter that comes first, and no other while the process lasts.
pub(crate) fn admit(py: Python<'_>) -> PyResult<()> {
    // Every interpreter has a module of its own by that name, for as long as it lives.
    let own = py.import("sys")?.as_ptr() as usize;
    let first = FIRST.compare_exchange(0, own, Ordering::Relaxed, Ordering::Relaxed);
    match first {
        Err(other) if other != own => Err(PyImportError::new_err(
            "mcp_engine belongs to the interpreter that has imported it first, and cannot be imported by another one of the process",
        )),
        _ => Ok(()),
    }
}

static FIRST: AtomicUsize = AtomicUsize::new(0);
