//! When two JSON values say the same.

use serde_json::Value;

/// Whether two values are equal, their numbers by value: `1.0` is `1`.
pub(crate) fn same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::Number(one), Value::Number(two)) => one == two || one.as_f64() == two.as_f64(),
        (Value::Array(one), Value::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same(one, two))
        }
        (Value::Object(one), Value::Object(two)) => {
            let in_two = |(name, value)| two.get(name).is_some_and(|two| same(value, two));
            one.len() == two.len() && one.iter().all(in_two)
        }
        _ => one == two,
    }
}
