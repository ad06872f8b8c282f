//! What the attributes expand to. Nothing here is promised to anybody else.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use mcp_engine_proto::json::write;
use mcp_engine_proto::model::JsonObject;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};

pub use mcp_engine_proto::model::{
    Prompt as PromptDefinition, PromptArgument, Resource as ResourceDefinition,
    ResourceTemplate as TemplateDefinition, Tool as ToolDefinition, ToolAnnotations,
};
pub use mcp_engine_proto::task::TaskSupport;

use super::listing::INVALID_PARAMS;
use super::prompt::argument_of;
use super::router::unknown;
pub use crate::answer::Answer;
use crate::handler::Request;

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
    let settings =
        SchemaSettings::draft2020_12().for_serialize().with(|own| own.meta_schema = None);
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.ensure_object();
    object(text_of(&schema))
}

/// The argument of a prompt that has to be there. That it is, was seen to before.
pub fn required<'a>(request: &'a Request, name: &str) -> Result<Cow<'a, str>, Answer<'static>> {
    argument_of(request, name).ok_or_else(|| {
        Answer::error(INVALID_PARAMS, format!("the prompt needs the argument `{name}`, a string"))
    })
}

/// The argument of a prompt that may be there.
pub fn optional<'a>(
    request: &'a Request,
    name: &str,
) -> Result<Option<Cow<'a, str>>, Answer<'static>> {
    Ok(argument_of(request, name))
}

/// An argument of a prompt, as a type that can be read from text.
pub fn parse<T>(name: &str, text: &str) -> Result<T, Answer<'static>>
where
    T: FromStr<Err: Display>,
{
    text.parse().map_err(|error| {
        let text = format!("the argument `{name}` is not right: {error}");
        Answer::error(INVALID_PARAMS, text)
    })
}

/// The value of a variable in the URI of a resource. What cannot be one is the URI of no resource.
pub fn variable<T: FromStr>(value: Option<&str>, request: &Request) -> Result<T, Answer<'static>> {
    let value = value.and_then(|value| value.parse().ok());
    value.ok_or_else(|| unknown(&uri_of(request)))
}

/// The same, as it stands there.
pub fn text<'v>(value: Option<&'v str>, request: &Request) -> Result<&'v str, Answer<'static>> {
    value.ok_or_else(|| unknown(&uri_of(request)))
}

/// The URI that a request is about.
pub fn uri_of(request: &Request) -> String {
    super::resource::uri_of(request).unwrap_or_default()
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
