//! Bytes → small schemas and small values that have something to say to each other.
//!
//! Keys, strings and numbers come from short lists, so that they meet; values are spelled in all the ways that JSON allows.

use serde_json::{Map, Value, json};

/// Choices, one byte each; at the end of the bytes it is always the first.
pub(super) struct Source<'a> {
    bytes: &'a [u8],
}

impl<'a> Source<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    fn below(&mut self, count: usize) -> usize {
        let Some((byte, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        usize::from(*byte).checked_rem(count).unwrap_or(0)
    }

    fn one<T: Copy>(&mut self, of: &[T], or: T) -> T {
        let at = self.below(of.len());
        of.get(at).copied().unwrap_or(or)
    }

    /// A whole schema, with definitions that its parts refer to.
    pub(super) fn schema(&mut self) -> Value {
        let mut schema = match self.part(4) {
            Value::Object(members) => members,
            other => return other,
        };
        let definitions = json!({"a": self.part(3), "b": self.part(3), "c": self.part(2)});
        if self.below(4) == 1 {
            schema.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
            schema.insert("definitions".to_owned(), definitions.clone());
        }
        schema.insert("$defs".to_owned(), definitions);
        Value::Object(schema)
    }

    fn part(&mut self, depth: usize) -> Value {
        let Some(depth) = depth.checked_sub(1) else { return Value::Bool(self.below(3) != 1) };
        let mut members = Map::new();
        for _ in 0..self.below(4) {
            self.keyword(&mut members, depth);
        }
        Value::Object(members)
    }

    fn parts(&mut self, depth: usize) -> Value {
        (0..=self.below(3)).map(|_| self.part(depth)).collect()
    }

    fn members(&mut self, depth: usize, names: &[&str]) -> Value {
        let mut members = Map::new();
        for _ in 0..=self.below(3) {
            members.insert(self.one(names, "a").to_owned(), self.part(depth));
        }
        Value::Object(members)
    }

    /// Adds one keyword.
    fn keyword(&mut self, members: &mut Map<String, Value>, depth: usize) {
        let keyword = self.one(KEYWORDS, "type");
        let value = match keyword {
            "type" => json!(self.one(TYPES, "object")),
            "enum" => json!([self.value(1), self.value(2), self.value(0)]),
            "const" => self.value(2),
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => self.number(),
            "multipleOf" => self.one(&[1.0, 2.0, 0.5, 0.1, 3.0], 1.0).into(),
            "pattern" => json!(self.one(PATTERNS, "a")),
            "uniqueItems" => json!(true),
            "required" => json!([self.one(KEYS, "a")]),
            "dependentRequired" => json!({ self.one(KEYS, "a"): [self.one(KEYS, "b")] }),
            "properties" | "dependentSchemas" => self.members(depth, KEYS),
            "patternProperties" => self.members(depth, PATTERNS),
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => self.parts(depth),
            "$ref" => json!(self.one(REFERENCES, "#")),
            "$dynamicRef" => json!("#n"),
            "$dynamicAnchor" => json!("n"),
            keyword if COUNTS.contains(&keyword) => json!(self.below(4)),
            _ => self.part(depth),
        };
        members.insert(keyword.to_owned(), value);
        if keyword == "if" {
            members.insert("then".to_owned(), self.part(depth));
            members.insert("else".to_owned(), self.part(depth));
        }
    }

    fn number(&mut self) -> Value {
        serde_json::from_str(self.one(NUMBERS, "1")).unwrap_or_default()
    }

    /// A value for a schema to name.
    fn value(&mut self, depth: usize) -> Value {
        let mut text = String::new();
        self.spell(depth, &mut text);
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The text of a value.
    pub(super) fn instance(&mut self) -> String {
        let mut text = String::new();
        self.spell(4, &mut text);
        text
    }

    fn spell(&mut self, depth: usize, text: &mut String) {
        let kinds = if depth == 0 { 4 } else { 8 };
        match self.below(kinds) {
            0 => text.push_str("null"),
            1 => text.push_str(self.one(&["true", "false"], "true")),
            2 => text.push_str(self.one(NUMBERS, "1")),
            3 => text.push_str(self.one(STRINGS, r#""""#)),
            4 | 5 => {
                text.push_str(self.one(&["[", " [\n"], "["));
                for at in 0..self.below(4) {
                    text.push_str(if at == 0 { "" } else { " ," });
                    self.spell(depth.saturating_sub(1), text);
                }
                text.push(']');
            }
            _ => {
                text.push_str(self.one(&["{", "{\t"], "{"));
                for at in 0..self.below(4) {
                    text.push_str(if at == 0 { "" } else { ", " });
                    text.push_str(self.one(STRINGS, r#""""#));
                    text.push_str(self.one(&[":", " : "], ":"));
                    self.spell(depth.saturating_sub(1), text);
                }
                text.push('}');
            }
        }
    }
}

const KEYWORDS: &[&str] = &[
    "type",
    "type",
    "properties",
    "properties",
    "items",
    "items",
    "$ref",
    "$ref",
    "enum",
    "const",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "prefixItems",
    "additionalItems",
    "contains",
    "minContains",
    "maxContains",
    "unevaluatedItems",
    "patternProperties",
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "required",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependentSchemas",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "$dynamicRef",
    "$dynamicAnchor",
];

const COUNTS: &[&str] = &[
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minContains",
    "maxContains",
    "minProperties",
    "maxProperties",
];

const TYPES: &[&str] = &["object", "array", "string", "integer", "number", "boolean", "null"];
const KEYS: &[&str] = &["a", "b", "é", "a/b"];
const PATTERNS: &[&str] = &["a", "^[ab]$", "b|é", "^.{2,}$", r"\d"];
const REFERENCES: &[&str] = &["#/$defs/a", "#/$defs/b", "#/$defs/c", "#/definitions/a", "#", "#n"];
const NUMBERS: &[&str] = &[
    "1",
    "0",
    "-1",
    "2",
    "1.0",
    "0.5",
    "3",
    "-0",
    "1.50",
    "0.1",
    "0.30",
    "9007199254740993",
    "12345678901234567890",
];
const STRINGS: &[&str] = &[
    r#""""#,
    r#""a""#,
    r#""b""#,
    r#""\u0061""#,
    r#""é""#,
    r#""\u00e9""#,
    r#""a\/b""#,
    r#""ab""#,
    r#""\n""#,
    r#""1""#,
    r#""😀""#,
    r#""\ud83d\ude00""#,
    r#""\"""#,
];
