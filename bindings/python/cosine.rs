//! How alike two embeddings are.

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// The cosine of the angle between two vectors: 1.0 for the same direction, 0.0 when one of them is zero.
///
/// Takes sequences of numbers, and buffers of `float64` or `float32` without a copy of each number.
///
/// Raises ValueError when the vectors differ in length, or are empty.
#[pyfunction]
pub(crate) fn cosine(a: &Bound<'_, PyAny>, b: &Bound<'_, PyAny>) -> PyResult<f64> {
    let (a, b) = (numbers(a)?, numbers(b)?);
    if a.len() != b.len() || a.is_empty() {
        return Err(PyValueError::new_err("the vectors must be of one length and not empty"));
    }
    let (mut product, mut of_a, mut of_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(&b) {
        product += a * b;
        of_a += a * a;
        of_b += b * b;
    }
    let length = f64::sqrt(of_a) * f64::sqrt(of_b);
    Ok(if length == 0.0 { 0.0 } else { product / length })
}

/// The numbers of a vector.
fn numbers(vector: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
    let py = vector.py();
    if let Ok(buffer) = PyBuffer::<f64>::get(vector) {
        return buffer.to_vec(py);
    }
    if let Ok(buffer) = PyBuffer::<f32>::get(vector) {
        return Ok(buffer.to_vec(py)?.into_iter().map(f64::from).collect());
    }
    vector.try_iter()?.map(|number| number?.extract()).collect()
}
