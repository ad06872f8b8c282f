//! What the attributes expand to. Nothing here is promised to anybody else.

use mcp_engine_proto::json::write;
use mcp_engine_proto::model::JsonObject;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};

pub use mcp_engine_proto::model::{Tool as ToolDefinition, ToolAnnotations};

pub use crate::answer::Answer;

/// The schema of the arguments of a tool: an object with a property for each.
#[derive(Debug)]
pub struct InputSchema {
    generator: SchemaGenerator,
    properties: Vec<u8>,
    required: Vec<u8>,
}

/// What the schema of an argument says besides its type.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    name: &'static str,
    required: bool,
    description: Option<&'static str>,
    header: Option<&'static str>,
}

impl Property {
    /// The argument of a name, which must be there or not.
    pub const fn new(name: &'static str, required: bool) -> Self {
        Self { name, required, description: None, header: None }
    }

    /// With what it means.
    pub const fn description(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }

    /// With the header that it is mirrored into (MCP 2026-07-28, Streamable HTTP, custom headers).
    pub const fn header(mut self, header: &'static str) -> Self {
        self.header = Some(header);
        self
    }

    fn members(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let description = self.description.map(|text| ("description", text));
        description.into_iter().chain(self.header.map(|text| ("x-mcp-header", text)))
    }
}

impl InputSchema {
    /// The schema of no arguments.
    pub fn new() -> Self {
        let generator = SchemaSettings::draft2020_12().for_deserialize().into_generator();
        Self { generator, properties: Vec::new(), required: Vec::new() }
    }

    /// Adds an argument whose schema has these members.
    pub fn literal(mut self, property: &Property, members: &str) -> Self {
        self.begin(property);
        self.properties.push(b'{');
        self.properties.extend_from_slice(members.as_bytes());
        for (name, text) in property.members() {
            self.properties.push(b',');
            write_member(&mut self.properties, name, text);
        }
        self.properties.push(b'}');
        self
    }

    /// Adds an argument of a type.
    pub fn typed<T: JsonSchema>(mut self, property: &Property) -> Self {
        let mut schema = self.generator.subschema_for::<T>();
        for (name, text) in property.members() {
            schema.insert(name.to_owned(), text.into());
        }
        self.begin(property);
        self.properties.extend_from_slice(text_of(&schema).as_bytes());
        self
    }

    fn begin(&mut self, property: &Property) {
        separate(&mut self.properties);
        write::string(&mut self.properties, property.name);
        self.properties.push(b':');
        if property.required {
            separate(&mut self.required);
            write::string(&mut self.required, property.name);
        }
    }

    /// The schema.
    pub fn finish(mut self) -> JsonObject<'static> {
        let mut out = Vec::from(*br#"{"type":"object","properties":{"#);
        out.append(&mut self.properties);
        out.push(b'}');
        if !self.required.is_empty() {
            out.extend_from_slice(br#","required":["#);
            out.append(&mut self.required);
            out.push(b']');
        }
        let definitions = self.generator.take_definitions(true);
        if !definitions.is_empty() {
            out.extend_from_slice(br#","$defs":"#);
            let text = serde_json::to_string(&definitions).unwrap_or_default();
            out.extend_from_slice(text.as_bytes());
        }
        out.push(b'}');
        object(String::from_utf8(out).unwrap_or_default())
    }
}

impl Default for InputSchema {
    fn default() -> Self {
        Self::new()
    }
}

/// The schema of a structured result.
pub fn output_schema<T: JsonSchema + ?Sized>() -> JsonObject<'static> {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|own| own.meta_schema = None);
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.ensure_object();
    object(text_of(&schema))
}

fn separate(out: &mut Vec<u8>) {
    if !out.is_empty() {
        out.push(b',');
    }
}

fn write_member(out: &mut Vec<u8>, name: &str, text: &str) {
    write::string(out, name);
    out.push(b':');
    write::string(out, text);
}

fn text_of(schema: &Schema) -> String {
    serde_json::to_string(schema).unwrap_or_default()
}

/// A schema without types, which every value fits, where one is no JSON for us: deeper than any message may be.
fn object(text: String) -> JsonObject<'static> {
    JsonObject::parse(text)
        .or_else(|_| JsonObject::parse(r#"{"type":"object"}"#))
        .unwrap_or(JsonObject::EMPTY)
}
