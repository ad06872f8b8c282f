//! The official JSON Schemas, read from the folder that `MCP_ENGINE_SPEC_DIR` names.

use std::env;
use std::path::PathBuf;

use mcp_engine::version::Version;
use serde_json::{Map, Value, json};

use crate::corpus::bytes;

/// The schema of one revision.
pub(crate) struct Schema {
    pub(crate) version: Version,
    root: Value,
    /// The member that holds the definitions.
    definitions: &'static str,
}

/// Where the specification is.
pub(crate) fn folder() -> Option<PathBuf> {
    env::var_os("MCP_ENGINE_SPEC_DIR").map(PathBuf::from)
}

/// The schemas of all revisions, or none.
pub(crate) fn schemas() -> Vec<Schema> {
    let Some(folder) = folder() else {
        return Vec::new();
    };
    let read = |version: Version| {
        let path = folder.join("schema").join(format!("{version}.json"));
        let mut root: Value = serde_json::from_slice(&bytes(&path)).expect("a schema is JSON");
        let old = root.get("definitions").is_some();
        let definitions = if old { "definitions" } else { "$defs" };
        if let Some(any) = root[definitions].get_mut("JSONValue") {
            // The schema forgets `null` and fractions, which its TypeScript source has.
            *any = json!({});
        }
        Schema { version, root, definitions }
    };
    Version::ALL.map(read).into()
}

impl Schema {
    pub(crate) fn definitions(&self) -> &Map<String, Value> {
        self.root[self.definitions].as_object().expect("definitions")
    }

    /// The schema that a reference in this one stands for.
    pub(crate) fn follow(&self, reference: &str) -> &Value {
        let path = reference.strip_prefix('#').expect("a local reference");
        self.root.pointer(path).expect("a reference leads somewhere")
    }

    /// Where the definition of a type is: under its name, or inside of the request whose parameters it is.
    pub(crate) fn place_of(&self, name: &str) -> Option<String> {
        let definitions = self.definitions();
        if definitions.contains_key(name) {
            return Some(format!("#/{}/{name}", self.definitions));
        }
        let message = name.strip_suffix("Params")?;
        definitions.get(message)?.pointer("/properties/params")?;
        Some(format!("#/{}/{message}/properties/params", self.definitions))
    }

    /// What a value must be that stands in that place and has no members but those of the schema and such whose name
    /// begins with `x-`, which the instances are given.
    pub(crate) fn closed(&self, place: &str) -> jsonschema::Validator {
        let mut root = self.root.clone();
        close(&mut root, "");
        Self { version: self.version, root, definitions: self.definitions }.validator(place)
    }

    /// What a value must be that stands in that place.
    pub(crate) fn validator(&self, place: &str) -> jsonschema::Validator {
        let mut schema = self.root.clone();
        schema["$ref"] = json!(place);
        if self.definitions == "definitions" {
            // Draft 7 ignores what stands beside a reference, and these definitions need nothing newer.
            schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        }
        jsonschema::validator_for(&schema).expect("an official schema compiles")
    }
}

/// Closes every object of a schema that says which members it has.
fn close(schema: &mut Value, name: &str) {
    match schema {
        // JSON Schemas have whatever members they like.
        _ if name == "inputSchema" || name == "outputSchema" => {}
        Value::Object(members) => {
            let open = !members.contains_key("additionalProperties") && !PARTS.contains(&name);
            let params = name == "params";
            if let Some(properties) = members.get_mut("properties").and_then(Value::as_object_mut) {
                if params {
                    // The definitions that are written out in place do not repeat it.
                    properties.entry("_meta").or_insert(json!({}));
                }
                if open {
                    members.insert("patternProperties".to_owned(), json!({ "^x-": {} }));
                    members.insert("additionalProperties".to_owned(), json!(false));
                }
            }
            members.iter_mut().for_each(|(name, schema)| close(schema, name));
        }
        Value::Array(schemas) => schemas.iter_mut().for_each(|schema| close(schema, "")),
        _ => {}
    }
}

/// Definitions that others are combined from.
const PARTS: [&str; 3] = ["NotificationParams", "Result", "Task"];
