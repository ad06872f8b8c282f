//! Raw JSON → the tree that the schema compiler reads.
//!
//! Schemas, and only schemas, are turned into trees: they are few, bounded and compiled once. Numbers are read exactly, so
//! that a constant of a schema and the same spelling in an instance are the same number, and keys that appear twice are
//! refused, for no two readers agree about them.

use mcp_engine_proto::json::{Raw, ValueKind};
use mcp_engine_proto::schema::{SchemaError, SchemaLimit, SchemaRule};
use serde_json::{Map, Number, Value};

use crate::number::Decimal;
use crate::pointer;

/// Reads a schema that is nested no deeper than `depth`.
pub(crate) fn of_schema(raw: Raw<'_>, depth: u8) -> Result<Value, SchemaError> {
    read(raw, depth, &mut Vec::new())
}

fn read<'a>(raw: Raw<'a>, depth: u8, path: &mut Vec<Step<'a>>) -> Result<Value, SchemaError> {
    match raw.kind() {
        ValueKind::Null => Ok(Value::Null),
        ValueKind::Boolean => Ok(Value::Bool(raw.as_bool() == Some(true))),
        ValueKind::Number => number(raw, path),
        ValueKind::String => Ok(Value::String(text(raw))),
        ValueKind::Array => array(raw, deeper(depth)?, path),
        ValueKind::Object => object(raw, deeper(depth)?, path),
    }
}

fn deeper(depth: u8) -> Result<u8, SchemaError> {
    depth.checked_sub(1).ok_or(SchemaError::LimitExceeded(SchemaLimit::SchemaDepth))
}

fn array<'a>(raw: Raw<'a>, depth: u8, path: &mut Vec<Step<'a>>) -> Result<Value, SchemaError> {
    let mut elements = Vec::new();
    for (at, element) in raw.elements().into_iter().flatten().enumerate() {
        path.push(Step::Index(at));
        elements.push(read(element, depth, path)?);
        path.pop();
    }
    Ok(Value::Array(elements))
}

fn object<'a>(raw: Raw<'a>, depth: u8, path: &mut Vec<Step<'a>>) -> Result<Value, SchemaError> {
    let mut members = Map::new();
    for (key, value) in raw.members().into_iter().flatten() {
        path.push(Step::Key(key.spelling()));
        let value = read(value, depth, path)?;
        if members.insert(key.decode().into_owned(), value).is_some() {
            return Err(refused(SchemaRule::DuplicateKey, path));
        }
        path.pop();
    }
    Ok(Value::Object(members))
}

fn number(raw: Raw<'_>, path: &[Step<'_>]) -> Result<Value, SchemaError> {
    let number = match Decimal::of(raw) {
        Decimal::Integer(integer) => u64::try_from(integer)
            .map(Number::from)
            .or_else(|_| i64::try_from(integer).map(Number::from))
            .ok(),
        Decimal::Float(float) => Number::from_f64(float),
        Decimal::Beyond => None,
    };
    number.map(Value::Number).ok_or_else(|| refused(SchemaRule::Keyword, path))
}

fn text(raw: Raw<'_>) -> String {
    raw.string().map(|text| text.decode().into_owned()).unwrap_or_default()
}

/// A step from a value to one inside it.
#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

fn refused(rule: SchemaRule, path: &[Step<'_>]) -> SchemaError {
    let mut place = String::new();
    for step in path {
        match step {
            Step::Key(key) => pointer::push(&mut place, key),
            Step::Index(at) => pointer::push(&mut place, &at.to_string()),
        }
    }
    SchemaError::Invalid { rule, path: place, detail: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(text: &str) -> Result<Value, SchemaError> {
        of_schema(Raw::parse(text).unwrap(), 3)
    }

    #[test]
    fn a_tree_is_what_serde_json_reads() {
        let text = r#"{"a":[1,-2,0.1,true,null],"b\u0041":{"c":"\n"}}"#;
        assert_eq!(schema(text).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn a_schema_one_level_too_deep_is_refused() {
        assert!(schema("[[[]]]").is_ok());
        assert_eq!(schema("[[[[]]]]"), Err(SchemaError::LimitExceeded(SchemaLimit::SchemaDepth)));
    }

    #[test]
    fn keys_that_appear_twice_and_numbers_beyond_a_float_are_refused_with_their_place() {
        for (text, rule, path) in [
            (r#"{"a":{"b":1,"b":1}}"#, SchemaRule::DuplicateKey, "/a/b"),
            (r#"{"a":[0,1e999]}"#, SchemaRule::Keyword, "/a/1"),
        ] {
            let error = SchemaError::Invalid { rule, path: path.to_owned(), detail: String::new() };
            assert_eq!(schema(text), Err(error));
        }
    }
}
