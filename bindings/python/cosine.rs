//! How alike two embeddings are.

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// The cosine of the angle between two vectors: 1.0 for the same direction, 0.0 when one of them is zero, NaN when one of them has a number that
/// is not finite.
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
    if let Some(cosine) = quotient(&a, &b) {
        return Ok(cosine);
    }
    if a.iter().chain(&b).any(|number| !number.is_finite()) {
        return Ok(f64::NAN);
    }
    let (Some(a), Some(b)) = (scaled(&a), scaled(&b)) else { return Ok(0.0) };
    Ok(quotient(&a, &b).unwrap_or(f64::NAN))
}

/// The cosine; `None` where a square is too large or too small for it to be exact.
fn quotient(a: &[f64], b: &[f64]) -> Option<f64> {
    let (mut product, mut of_a, mut of_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        product += a * b;
        of_a += a * a;
        of_b += b * b;
    }
    let is_exact = |square: f64| square.is_finite() && square > LEAST_SQUARE;
    let cosine = product / (f64::sqrt(of_a) * f64::sqrt(of_b));
    (is_exact(of_a) && is_exact(of_b)).then_some(cosine)
}

/// The direction of a vector, by numbers of which the largest is 1; `None` for a vector that has none.
fn scaled(vector: &[f64]) -> Option<Vec<f64>> {
    let most = vector.iter().fold(0.0, |most: f64, number| most.max(number.abs()));
    (most > 0.0).then(|| vector.iter().map(|number| number / most).collect())
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

/// Below it, squares that were added up have lost digits.
const LEAST_SQUARE: f64 = 1e-270;
