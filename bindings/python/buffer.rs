//! Bytes between Python and the engine: views out without copies, any buffer in.
#![expect(unsafe_code, reason = "the buffer protocol of CPython")]

use std::ffi::c_int;

use bytes::Bytes;
use mcp_engine::Error;
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView};

use crate::error::raise;

/// Bytes that the engine keeps, readable through the buffer protocol for as long as anybody looks at them.
#[pyclass(frozen, module = "mcp_engine", freelist = 64)]
pub(crate) struct View {
    bytes: Bytes,
}

impl View {
    /// A `memoryview` of bytes, which keeps them.
    pub(crate) fn memory(py: Python<'_>, bytes: Bytes) -> PyResult<Bound<'_, PyMemoryView>> {
        PyMemoryView::from(Bound::new(py, Self { bytes })?.as_any())
    }
}

#[pymethods]
impl View {
    /// The number of bytes.
    fn __len__(&self) -> usize {
        self.bytes.len()
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.bytes)
    }

    /// # Safety
    ///
    /// CPython calls it with a view to fill in, and releases it before it frees the owner that is named there.
    unsafe fn __getbuffer__(
        slf: Bound<'_, Self>,
        view: *mut ffi::Py_buffer,
        flags: c_int,
    ) -> PyResult<()> {
        if view.is_null() {
            return Err(PyBufferError::new_err("there is no view to fill in"));
        }
        let bytes = &slf.get().bytes;
        let start = bytes.as_ptr().cast_mut().cast();
        let len = ffi::Py_ssize_t::try_from(bytes.len());
        let len = len.map_err(|_| PyBufferError::new_err("too many bytes for a view"))?;
        // SAFETY: `view` is not null, and CPython gave it to be filled in. The view takes a reference to `slf`, whose class is frozen, so
        // that the bytes stay where they are for as long as it lives; it is read-only, so that nobody writes through the pointer that
        // was cast to a mutable one.
        let filled = unsafe { ffi::PyBuffer_FillInfo(view, slf.as_ptr(), start, len, 1, flags) };
        if filled == 0 { Ok(()) } else { Err(PyErr::fetch(slf.py())) }
    }
}

/// Hands the bytes of any object with a buffer to `take`: those of `bytes` where they are, others copied once.
pub(crate) fn with_bytes<T>(
    chunk: &Bound<'_, PyAny>,
    take: impl FnOnce(&[u8]) -> Result<T, Error>,
) -> PyResult<T> {
    let py = chunk.py();
    if let Ok(bytes) = chunk.cast::<PyBytes>() {
        return take(bytes.as_bytes()).map_err(|error| raise(py, error));
    }
    let copied = PyBuffer::<u8>::get(chunk)?.to_vec(py)?;
    take(&copied).map_err(|error| raise(py, error))
}
