//! A value that is read with cursors, as the tree that `serde_json` makes of the same text.

use mcp_engine::json::{Raw, ValueKind};
use serde_json::Value;

/// Reads all of a value; of a key that comes twice the last one counts, as in `serde_json`.
pub(crate) fn materialise(raw: Raw<'_>) -> Value {
    match raw.kind() {
        ValueKind::Null => Value::Null,
        ValueKind::Boolean => Value::Bool(raw.as_bool().expect("a boolean")),
        ValueKind::Number => number(raw),
        ValueKind::String => Value::String(raw.string().expect("a string").decode().into_owned()),
        ValueKind::Array => raw.elements().expect("an array").map(materialise).collect(),
        ValueKind::Object => {
            let members = raw.members().expect("an object");
            members.map(|(key, value)| (key.to_string(), materialise(value))).collect()
        }
    }
}

/// The number as `serde_json` reads its spelling, or the spelling when it is beyond a double.
fn number(raw: Raw<'_>) -> Value {
    let number = serde_json::from_str(raw.spelling()).unwrap_or(Value::from(raw.spelling()));
    if number.is_i64() || number.is_u64() {
        assert_eq!((raw.as_i64(), raw.as_u64()), (number.as_i64(), number.as_u64()));
    }
    assert_eq!(raw.as_f64().is_some(), number.is_number());
    number
}
