//! Tools that show what content there is.

use mcp_engine_proto::model::{
    AudioContent, ContentBlock, EmbeddedResource, ImageContent, JsonObject, ResourceContents,
    TextResourceContents,
};
use mcp_engine_runtime::server::{Arguments, Changes, ServerBuilder, Structured, Tool, ToolOutput};
use mcp_engine_runtime::{Answer, Error, Request};
use serde_json::json;

use super::{NOTHING, tool};

pub(super) fn add(server: ServerBuilder, _: &Changes) -> Result<ServerBuilder, Error> {
    let schema = JsonObject::parse(DIALECT)?;
    Ok(server
        .tool(fixed("test_simple_text", "Answers with a text.", || vec![text()])?)
        .tool(fixed("test_image_content", "Answers with a picture.", || vec![image()])?)
        .tool(fixed("test_audio_content", "Answers with a sound.", || vec![audio()])?)
        .tool(fixed("test_embedded_resource", "Answers with a resource.", || {
            vec![embedded(
                "test://embedded-resource",
                "text/plain",
                "This is an embedded resource.",
            )]
        })?)
        .tool(fixed(
            "test_multiple_content_types",
            "Answers with several kinds of content.",
            || {
                let json = r#"{"test":"data","value":123}"#;
                let resource = embedded("test://mixed-content-resource", "application/json", json);
                vec![ContentBlock::text("Multiple content types test:"), image(), resource]
            },
        )?)
        .tool(failing()?)
        .tool(echo()?)
        .tool(add_numbers()?)
        .tool(region()?)
        .tool(Tool::new(
            mcp_engine_proto::model::Tool::new("json_schema_2020_12_tool", schema)
                .description("Has a schema that uses much of JSON Schema 2020-12."),
            |_, responder| responder.answer(&Answer::text("The arguments are fine.")),
        )))
}

/// A tool that always answers with the same content.
fn fixed(
    name: &'static str,
    description: &'static str,
    content: fn() -> Vec<ContentBlock<'static>>,
) -> Result<Tool, Error> {
    Ok(Tool::new(tool(name, description, NOTHING)?, move |request, responder| {
        responder.answer(&content().into_answer(request.context().version()))
    }))
}

fn failing() -> Result<Tool, Error> {
    let definition = tool("test_error_handling", "Fails.", NOTHING)?;
    Ok(Tool::new(definition, |_, responder| {
        responder.answer(&Answer::failure("This tool intentionally returns an error for testing"))
    }))
}

fn echo() -> Result<Tool, Error> {
    const SCHEMA: &str = r#"{"type":"object","properties":{"text":{"type":"string","description":"What to say."}},"required":["text"]}"#;
    Ok(Tool::new(tool("echo", "Says it back.", SCHEMA)?, |request, responder| {
        let text = Arguments::of(&request).get::<std::borrow::Cow<'_, str>>("text");
        responder.answer(&text.into_answer(request.context().version()))
    }))
}

fn add_numbers() -> Result<Tool, Error> {
    const SCHEMA: &str = r#"{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"number"}},"required":["a","b"]}"#;
    const OUTPUT: &str =
        r#"{"type":"object","properties":{"sum":{"type":"number"}},"required":["sum"]}"#;
    let definition = tool("add", "Adds two numbers.", SCHEMA)?;
    let definition = definition.output_schema(JsonObject::parse(OUTPUT)?);
    Ok(Tool::new(definition, |request, responder| {
        responder.answer(&sum(&request).into_answer(request.context().version()))
    }))
}

fn sum(request: &Request) -> Result<Structured<serde_json::Value>, impl std::fmt::Display + use<>> {
    let arguments = Arguments::of(request);
    let (a, b) = (arguments.get::<f64>("a")?, arguments.get::<f64>("b")?);
    Ok::<_, mcp_engine_runtime::server::ArgumentError>(Structured(json!({ "sum": a + b })))
}

/// A tool with an argument that a header repeats (MCP 2026-07-28, Streamable HTTP, custom headers).
fn region() -> Result<Tool, Error> {
    const SCHEMA: &str = r#"{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region","description":"Where."}},"required":["region"]}"#;
    let definition = tool("test_region_header", "Says which region was asked for.", SCHEMA)?;
    Ok(Tool::new(definition, |request, responder| {
        let region = Arguments::of(&request).get::<String>("region");
        let said = region.map(|region| format!("The region is {region}."));
        responder.answer(&said.into_answer(request.context().version()))
    }))
}

fn text() -> ContentBlock<'static> {
    ContentBlock::text("This is a simple text response for testing.")
}

fn image() -> ContentBlock<'static> {
    ContentBlock::Image(ImageContent::new(PIXEL, "image/png"))
}

fn audio() -> ContentBlock<'static> {
    ContentBlock::Audio(AudioContent::new(SILENCE, "audio/wav"))
}

fn embedded(uri: &'static str, kind: &'static str, text: &'static str) -> ContentBlock<'static> {
    let contents = TextResourceContents::new(uri, text).mime_type(kind);
    ContentBlock::Resource(EmbeddedResource::new(ResourceContents::Text(contents)))
}

/// One red pixel, a PNG file in base64.
pub(super) const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/// No sound at all, a WAV file in base64.
const SILENCE: &str = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=";
const DIALECT: &str = r##"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","$defs":{"address":{"$anchor":"addressDef","type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"}}}},"properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"},"contactMethod":{"type":"string","enum":["phone","email"]},"phone":{"type":"string"},"email":{"type":"string"}},"allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],"if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},"then":{"required":["phone"]},"else":{"required":["email"]},"additionalProperties":false}"##;
