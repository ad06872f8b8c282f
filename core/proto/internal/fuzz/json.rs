//! JSON texts: the backends against each other, and all of them against `serde_json`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::error::{Error, MessageRule};
use crate::internal::{backends, escape_with, validate_with};
use crate::json::{Duplicates, Outline, Raw, Str, ValueKind};
use crate::limits::Limit;

pub(super) fn check(input: &[u8]) {
    let verdict = Raw::parse_bytes(input);
    for backend in backends() {
        let other = validate_with(backend, input, Duplicates::Reserved);
        assert_eq!(other, verdict.map(|_| ()), "{backend}");
        let deep = validate_with(backend, input, Duplicates::Deep);
        if verdict.is_ok_and(repeats) {
            let refused = matches!(deep, Err(Error::InvalidMessage { rule, .. }) if rule == MessageRule::DuplicateParam);
            assert!(refused, "{backend}: {deep:?}");
        } else {
            assert_eq!(deep, other, "{backend}");
        }
    }
    let oracle = serde_json::from_slice::<Value>(input);
    match verdict {
        Ok(raw) => {
            let nature = walk(raw);
            outline(raw, nature);
            match &oracle {
                Ok(value) => compare(raw, value),
                Err(error) => assert!(nature.is_beyond_serde_json(), "{error}"),
            }
        }
        Err(Error::LimitExceeded { limit: Limit::Items, .. }) => {}
        Err(error) => assert!(oracle.is_err(), "{error}"),
    }
    if let Ok(text) = core::str::from_utf8(input) {
        assert_eq!(Raw::parse(text), verdict);
        escape(text);
    }
}

/// Whether some object has a key twice.
fn repeats(raw: Raw<'_>) -> bool {
    let mut keys = BTreeSet::new();
    match raw.kind() {
        ValueKind::Object => {
            let mut members = raw.members().expect("an object has members");
            members.any(|(key, value)| !keys.insert(key.decode()) || repeats(value))
        }
        ValueKind::Array => raw.elements().expect("an array has elements").any(repeats),
        _ => false,
    }
}

/// What about a text makes `serde_json` refuse it although it follows the grammar.
#[derive(Clone, Copy, Default)]
struct Nature {
    /// Deepest nesting.
    depth: usize,
    /// Whether some number is too large for an `f64`, or so close to it that rounding decides.
    huge: bool,
}

impl Nature {
    fn is_beyond_serde_json(self) -> bool {
        self.depth >= 128 || self.huge
    }

    fn with(self, inner: Self) -> Self {
        Self { depth: self.depth.max(inner.depth + 1), huge: self.huge || inner.huge }
    }
}

/// Reads everything, and checks that each cursor ends at the end of its container.
fn walk(raw: Raw<'_>) -> Nature {
    let text = raw.spelling();
    let nested = Nature { depth: 1, huge: false };
    let mut behind = 1;
    let mut visit = |nature: Nature, value: Raw<'_>| {
        let start = value.spelling().as_ptr() as usize - text.as_ptr() as usize;
        behind = start + value.spelling().len();
        nature.with(walk(value))
    };
    let (nature, end) = match raw.kind() {
        ValueKind::Object => {
            let members = raw.members().expect("an object has members");
            let nature = members.fold(nested, |nature, (key, value)| {
                check_string(key);
                visit(nature, value)
            });
            (nature, "}")
        }
        ValueKind::Array => {
            let elements = raw.elements().expect("an array has elements");
            (elements.fold(nested, visit), "]")
        }
        ValueKind::Number => {
            let number: f64 = text.parse().expect("a number of JSON is one of Rust");
            let huge = number.abs() >= 1e308;
            return Nature { depth: 0, huge };
        }
        ValueKind::String => {
            check_string(raw.string().expect("a string"));
            return Nature::default();
        }
        ValueKind::Boolean | ValueKind::Null => return Nature::default(),
    };
    assert_eq!(text[behind..].trim_matches([' ', '\t', '\n', '\r']), end);
    nature
}

/// The outline has the same depth and the same values, in the order of the text.
fn outline(raw: Raw<'_>, nature: Nature) {
    let outline = Outline::new(raw, u32::MAX).expect("the text is shorter than that");
    assert_eq!(outline.depth() as usize, nature.depth);
    let end = same_values(&outline, 0, raw);
    assert_eq!(end as usize, outline.len());
}

fn same_values(outline: &Outline<'_>, place: u32, raw: Raw<'_>) -> u32 {
    assert_eq!(outline.value(place), raw);
    let mut places = outline.children(place);
    let mut end = place + 1;
    for (key, value) in raw.members().into_iter().flatten() {
        let place = places.next().expect("a member");
        assert_eq!(outline.key(place).map(Str::spelling), Some(key.spelling()));
        assert_eq!(outline.plain_key(place), key.plain());
        end = same_values(outline, place, value);
    }
    for value in raw.elements().into_iter().flatten() {
        end = same_values(outline, places.next().expect("an element"), value);
    }
    assert!(places.next().is_none() && outline.end(place) == end);
    end
}

/// A string decodes to what `serde_json` makes of it, by every way.
fn check_string(string: Str<'_>) {
    let expected: String =
        serde_json::from_str(&format!("\"{}\"", string.spelling())).expect("it was accepted");
    let mut into = String::from("before ");
    string.decode_into(&mut into);
    assert_eq!(string.decode(), expected);
    assert_eq!(into.strip_prefix("before "), Some(expected.as_str()));
    assert!(string == *expected.as_str());
    assert!(string.plain().is_none_or(|plain| plain == expected));
}

/// What is read from a text is what `serde_json` read; of equal keys it keeps the last.
fn compare(raw: Raw<'_>, value: &Value) {
    match value {
        Value::Null => assert!(raw.is_null()),
        Value::Bool(bool) => assert_eq!(raw.as_bool(), Some(*bool)),
        Value::String(string) => assert!(raw.string().unwrap() == *string.as_str()),
        Value::Number(number) => {
            if number.is_i64() || number.is_u64() {
                assert_eq!((raw.as_i64(), raw.as_u64()), (number.as_i64(), number.as_u64()));
            }
            let (ours, theirs) = (raw.as_f64().unwrap(), number.as_f64().unwrap());
            assert!((ours - theirs).abs() <= theirs.abs() * 1e-15);
        }
        Value::Array(values) => {
            let elements: Vec<_> = raw.elements().unwrap().collect();
            assert_eq!(elements.len(), values.len());
            for (raw, value) in elements.into_iter().zip(values) {
                compare(raw, value);
            }
        }
        Value::Object(values) => {
            let members: Vec<_> = raw.members().unwrap().collect();
            for (key, value) in values {
                let (_, raw) = members.iter().rev().find(|(name, _)| *name == **key).unwrap();
                compare(*raw, value);
            }
            for (name, _) in members {
                assert!(values.contains_key(&*name.decode()));
            }
        }
    }
}

/// A text is escaped as `serde_json` does it, by every backend.
fn escape(text: &str) {
    let expected = serde_json::to_string(text).expect("text can be written");
    for backend in backends() {
        let mut out = b"\"".to_vec();
        escape_with(backend, &mut out, text);
        out.push(b'"');
        assert_eq!(out, expected.as_bytes(), "{backend}");
    }
}
