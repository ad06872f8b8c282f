//! Values that a JSON Schema allows, made up from it: optional members come and go, unknown ones are added.

use serde_json::{Map, Number, Value, json};

use crate::mutator::Random;
use crate::spec::Schema;

/// How many members that a schema does not require are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// None of them.
    Least,
    /// Some of them, and unknown members.
    Some,
    /// All of them.
    All,
}

pub(crate) struct Instances<'s> {
    schema: &'s Schema,
    random: Random,
    fill: Fill,
}

impl<'s> Instances<'s> {
    pub(crate) fn new(schema: &'s Schema, seed: u64, fill: Fill) -> Self {
        Self { schema, random: Random::new(seed), fill }
    }

    /// A value that the schema in that place allows.
    pub(crate) fn of(&mut self, place: &str) -> Value {
        let schema = self.schema.follow(place);
        self.value(schema, "", 0)
    }

    fn value(&mut self, schema: &'s Value, name: &str, depth: usize) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.value(self.schema.follow(reference), name, depth);
        }
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        if let Some(words) = schema["enum"].as_array() {
            return words[self.random.below(words.len())].clone();
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let merged = parts.iter().flat_map(|part| {
                let part = self.value(part, name, depth);
                part.as_object().expect("objects are combined").clone()
            });
            return Value::Object(merged.collect());
        }
        if let Some(choices) = schema["anyOf"].as_array() {
            let choice = self.random.below(choices.len());
            return self.value(&choices[choice], name, depth);
        }
        let types = match &schema["type"] {
            Value::Array(types) => types[self.random.below(types.len())].as_str(),
            other => other.as_str(),
        };
        match types {
            Some("object") => self.object(schema, depth),
            Some("array") => self.array(&schema["items"], depth),
            Some("string") => Value::String(self.string(schema["format"].as_str())),
            Some("integer") => self.integer(schema, name),
            Some("number") => self.number(schema),
            Some("boolean") => json!(self.random.below(2) == 0),
            Some("null") => Value::Null,
            Some(other) => panic!("no such type: {other}"),
            None => self.anything(depth),
        }
    }

    fn object(&mut self, schema: &'s Value, depth: usize) -> Value {
        let mut object = Map::new();
        let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            let needed = required.iter().any(|needed| needed == name);
            if needed || self.wanted(depth) {
                object.insert(name.clone(), self.value(member, name, depth + 1));
            }
        }
        self.add_others(&mut object, &schema["additionalProperties"], depth);
        Value::Object(object)
    }

    fn wanted(&mut self, depth: usize) -> bool {
        match self.fill {
            Fill::Least => false,
            Fill::All => depth < 7,
            Fill::Some => depth < 7 && self.random.below(2) == 0,
        }
    }

    /// Members of other names, of the type that the schema has for them or of any.
    fn add_others(&mut self, object: &mut Map<String, Value>, others: &'s Value, depth: usize) {
        let number = if self.fill == Fill::Least { 0 } else { self.random.below(3) };
        for at in 0..number {
            let name = format!("x-{at}{}", self.random.pick(&["", " é", "\"\\", "/"]));
            let value = match others {
                Value::Object(schema) if !schema.is_empty() => self.value(others, &name, depth + 1),
                _ => self.anything(depth),
            };
            object.insert(name, value);
        }
    }

    fn array(&mut self, items: &'s Value, depth: usize) -> Value {
        let most = if self.fill == Fill::Least { 1 } else { 3 };
        let len = self.random.below(most + 1);
        (0..len).map(|_| self.value(items, "", depth + 1)).collect()
    }

    fn string(&mut self, format: Option<&str>) -> String {
        match format {
            Some("uri") => "https://example.com/a%20b?c=d".to_owned(),
            Some("uri-template") => "file:///{path}".to_owned(),
            Some("byte") => "bWNwCg==".to_owned(),
            Some(other) => panic!("no such format: {other}"),
            None => self.random.pick(&TEXTS).to_owned(),
        }
    }

    fn integer(&mut self, schema: &Value, name: &str) -> Value {
        let number = (self.random.next() >> self.random.below(60).max(11)) as i64;
        let natural = schema["minimum"] == 0 || NATURAL.contains(&name);
        json!(if natural || self.random.below(3) > 0 { number } else { -number })
    }

    fn number(&mut self, schema: &Value) -> Value {
        let part = self.random.below(1 << 20) as f64 / f64::from(1 << 20);
        if schema["maximum"] == 1 {
            return json!(part);
        }
        let scale = 10f64.powi(self.random.below(40) as i32 - 20);
        match self.random.below(3) {
            0 => json!(self.random.below(1000)),
            1 => json!(part * scale),
            _ => json!(-part),
        }
    }

    fn anything(&mut self, depth: usize) -> Value {
        match self.random.below(if depth < 6 { 8 } else { 5 }) {
            0 => Value::Null,
            1 => json!(self.random.below(2) == 0),
            2 => Value::Number(Number::from(self.random.next())),
            3 => json!(self.random.pick(&TEXTS)),
            4 => json!(1.5e-7),
            5 => (0..self.random.below(3)).map(|_| self.anything(depth + 1)).collect(),
            _ => {
                let mut object = Map::new();
                self.add_others(&mut object, &Value::Null, depth + 1);
                Value::Object(object)
            }
        }
    }
}

/// Integers that are durations: the schema forgets to say that they are not negative.
const NATURAL: [&str; 4] = ["ttl", "ttlMs", "pollInterval", "pollIntervalMs"];
const TEXTS: [&str; 6] =
    ["", "text", "Zürich 🦀", "a \"quoted\" \\ word", "line\nbreak\u{1}", "2026-07-28"];
