//! Equality of values, as JSON Schema has it, from their text.
//!
//! Numbers are equal by value, strings by what they stand for, objects whatever the order of their members. A constant of a
//! schema is compared as it is; elements that must be unique are written in one canonical form each, and then are equal
//! when their bytes are.

use std::collections::HashSet;

use mcp_engine_proto::json::{Raw, ValueKind};
use serde_json::Value;

use crate::instance::Instance;
use crate::number::Decimal;

/// Whether the value at a place equals a constant of a schema.
pub(crate) fn to_value(instance: &Instance<'_>, place: u32, expected: &Value) -> bool {
    let raw = instance.outline.value(place);
    if !instance.pay(1) {
        return false;
    }
    match expected {
        Value::Null => raw.is_null(),
        Value::Bool(expected) => raw.as_bool() == Some(*expected),
        Value::Number(expected) => {
            raw.kind() == ValueKind::Number && Decimal::of(raw) == Decimal::of_number(expected)
        }
        Value::String(expected) => raw.string().is_some_and(|text| {
            text.spelling().len() >= expected.len()
                && instance.pay_text(expected.len())
                && text == *expected.as_str()
        }),
        Value::Array(expected) => {
            raw.kind() == ValueKind::Array
                && instance.outline.size(place) as usize == expected.len()
                && instance
                    .outline
                    .children(place)
                    .zip(expected)
                    .all(|(place, expected)| to_value(instance, place, expected))
        }
        Value::Object(expected) => {
            raw.kind() == ValueKind::Object
                && instance.outline.size(place) as usize == expected.len()
                && instance.outline.children(place).all(|place| {
                    let key = instance.key(place);
                    key.and_then(|key| expected.get(&*key))
                        .is_some_and(|expected| to_value(instance, place, expected))
                })
        }
    }
}

/// Whether no two elements of the array at a place are equal. True when that cannot be paid for.
pub(crate) fn is_unique(instance: &Instance<'_>, place: u32) -> bool {
    let outline = &instance.outline;
    let bytes = outline.value(place).spelling().len() as u64;
    let values = u64::from(outline.end(place).saturating_sub(place));
    let price = bytes.checked_div(BYTES_A_STEP).unwrap_or(0);
    if outline.size(place) < 2
        || !instance.pay(price.saturating_add(values.saturating_mul(STEPS_A_VALUE)))
    {
        return true;
    }
    let mut forms = Vec::with_capacity(outline.value(place).spelling().len());
    let mut ends = Vec::with_capacity(outline.size(place) as usize);
    for place in outline.children(place) {
        canonical(instance, place, &mut forms);
        ends.push(forms.len());
    }
    let mut seen = HashSet::with_capacity(ends.len());
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(&ends).all(|(start, end)| seen.insert(forms.get(start..*end)))
}

/// Appends the one form that all values have which are equal to this one.
fn canonical(instance: &Instance<'_>, place: u32, form: &mut Vec<u8>) {
    let raw = instance.outline.value(place);
    match raw.kind() {
        ValueKind::Null | ValueKind::Boolean => form.extend_from_slice(raw.spelling().as_bytes()),
        ValueKind::Number => number(raw, form),
        ValueKind::String => {
            text(&raw.string().map(|text| text.decode()).unwrap_or_default(), form)
        }
        ValueKind::Array => {
            form.push(b'[');
            instance.outline.children(place).for_each(|place| canonical(instance, place, form));
            form.push(b']');
        }
        ValueKind::Object => {
            form.push(b'{');
            let mut members: Vec<_> = instance
                .outline
                .children(place)
                .map(|place| (instance.key(place), place))
                .collect();
            members.sort_unstable();
            for (key, place) in members {
                text(&key.unwrap_or_default(), form);
                canonical(instance, place, form);
            }
            form.push(b'}');
        }
    }
}

fn number(raw: Raw<'_>, form: &mut Vec<u8>) {
    match Decimal::of(raw) {
        Decimal::Integer(integer) => {
            form.push(b'i');
            form.extend_from_slice(&integer.to_le_bytes());
        }
        Decimal::Float(float) => {
            form.push(b'f');
            form.extend_from_slice(&float.to_bits().to_le_bytes());
        }
        Decimal::Beyond => text(raw.spelling(), form),
    }
}

/// A text behind its length, so that nothing in it can be taken for what follows.
fn text(text: &str, form: &mut Vec<u8>) {
    form.push(b'"');
    form.extend_from_slice(&text.len().to_le_bytes());
    form.extend_from_slice(text.as_bytes());
}

const BYTES_A_STEP: u64 = 8;
const STEPS_A_VALUE: u64 = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::Prices;

    fn with<T>(text: &str, judge: impl FnOnce(&Instance<'_>) -> T) -> T {
        let instance = Instance::new(Raw::parse(text).unwrap(), 1_000, Prices::default()).unwrap();
        instance.allow(1_000_000);
        judge(&instance)
    }

    /// Pairs of spellings, and whether they are the same value.
    const PAIRS: &[(&str, &str, bool)] = &[
        ("null", "null", true),
        ("null", "false", false),
        ("0", "false", false),
        ("1", "1.0", true),
        ("1e2", "100", true),
        ("0.1", "1e-1", true),
        ("0", "-0.0", true),
        ("9007199254740993", "9007199254740992", false),
        (r#""a\/b""#, r#""a/b""#, true),
        (r#""\u00e9""#, r#""é""#, true),
        (r#""a""#, r#""A""#, false),
        ("[1,2]", "[1.0,2]", true),
        ("[1,2]", "[2,1]", false),
        ("[[1],2]", "[[1,2]]", false),
        (r#"{"a":1,"b":[]}"#, r#"{"b":[],"\u0061":1}"#, true),
        (r#"{"a":1}"#, r#"{"a":1,"b":1}"#, false),
        (r#"{"a":{}}"#, r#"{"a":[]}"#, false),
        (r#"{"a":1}"#, r#"["a",1]"#, false),
        (r#"["a","b"]"#, r#"["a\",\"b"]"#, false),
    ];

    #[test]
    fn constants_are_equal_by_value() {
        for (one, other, same) in PAIRS {
            let expected: Value = serde_json::from_str(other).unwrap();
            let equal = with(one, |instance| to_value(instance, 0, &expected));
            assert_eq!(equal, *same, "{one} {other}");
        }
    }

    #[test]
    fn elements_are_unique_by_value() {
        for (one, other, same) in PAIRS {
            let text = format!("[0.5, {one}, [{one}], {other}]");
            assert_eq!(!with(&text, |instance| is_unique(instance, 0)), *same, "{text}");
        }
        assert!(with("[]", |instance| is_unique(instance, 0)));
    }

    #[test]
    fn what_cannot_be_paid_for_is_not_compared() {
        with("[1,1]", |instance| {
            instance.allow(1);
            assert!(is_unique(instance, 0) && instance.is_exhausted());
            assert!(!to_value(instance, 0, &Value::Null));
        });
    }
}
