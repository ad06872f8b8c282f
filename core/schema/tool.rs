//! The schemas of a tool, in MCP's terms.
//!
//! `inputSchema` describes the arguments of a call, which are always an object; `outputSchema` describes the structured content
//! of its result, which is an object too up to 2025-11-25 and anything since. A tool whose schemas cannot be used
//! is refused as a whole.

use mcp_engine_proto::json::Raw;
use mcp_engine_proto::schema::{
    Completeness, Rejection, SchemaError, SchemaRule, Violation, Violations,
};
use mcp_engine_proto::version::{Feature, Version};

use crate::compiler::Compiler;
use crate::schema::Schema;

/// What a tool takes and what it gives.
///
/// ```
/// use mcp_engine_schema::{Compiler, Raw, ToolSchemas, version::Version};
///
/// let tool = r#"{"name": "now", "inputSchema": {"type": "object", "additionalProperties": false}}"#;
/// let schemas = ToolSchemas::compile(&Compiler::default(), Raw::parse(tool)?, Version::LATEST)?;
/// assert!(schemas.check_arguments(None).is_ok());
/// assert!(schemas.check_arguments(Some(Raw::parse(r#"{"zone": "UTC"}"#)?)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ToolSchemas {
    input: Schema,
    output: Option<Schema>,
}

impl ToolSchemas {
    /// Compiles the schemas of a tool, as `tools/list` describes it.
    ///
    /// # Errors
    ///
    /// [`SchemaError`] of either schema; [`SchemaRule::Missing`] without an `inputSchema`, and [`SchemaRule::RootType`] where the
    /// revision requires an object (MCP, server features, tools). Paths start at the tool.
    pub fn compile(
        compiler: &Compiler,
        tool: Raw<'_>,
        version: Version,
    ) -> Result<Self, SchemaError> {
        let input = tool.get(INPUT).ok_or_else(|| refused(SchemaRule::Missing, INPUT))?;
        let output = tool.get(OUTPUT).filter(|_| version.has(Feature::StructuredContent));
        require_object(input, INPUT)?;
        if let Some(output) = output.filter(|_| version <= Version::V2025_11_25) {
            require_object(output, OUTPUT)?;
        }
        let compile =
            |schema, member| compiler.compile(schema).map_err(|error| inside(member, error));
        Ok(Self {
            input: compile(input, INPUT)?,
            output: output.map(|output| compile(output, OUTPUT)).transpose()?,
        })
    }

    /// The schema of the arguments.
    pub fn input(&self) -> &Schema {
        &self.input
    }

    /// The schema of the structured content, when the tool has one.
    pub fn output(&self) -> Option<&Schema> {
        self.output.as_ref()
    }

    /// Judges the `arguments` of a call; absent ones are an empty object.
    ///
    /// # Errors
    ///
    /// [`Rejection`], fit to be returned as an error of the tool, so that the model can try again.
    pub fn check_arguments(&self, arguments: Option<Raw<'_>>) -> Result<(), Rejection> {
        self.input.validate(arguments.unwrap_or(Raw::EMPTY_OBJECT))
    }

    /// Judges the `structuredContent` of a result that is not an error. A tool with an output schema must return some; from a
    /// tool without one anything is accepted.
    ///
    /// # Errors
    ///
    /// [`Rejection`]: the server does not keep to its own schema.
    pub fn check_structured(&self, content: Option<Raw<'_>>) -> Result<(), Rejection> {
        match (&self.output, content) {
            (Some(output), Some(content)) => output.validate(content),
            (Some(_), None) => Err(missing_content()),
            (None, _) => Ok(()),
        }
    }
}

fn require_object(schema: Raw<'_>, member: &str) -> Result<(), SchemaError> {
    let of_objects = schema.get("type").and_then(Raw::string).is_some_and(|kind| kind == "object");
    if of_objects { Ok(()) } else { Err(refused(SchemaRule::RootType, member)) }
}

fn refused(rule: SchemaRule, member: &str) -> SchemaError {
    SchemaError::Invalid { rule, path: format!("/{member}"), detail: String::new() }
}

/// An error of a schema, as one of the tool that has it.
fn inside(member: &str, error: SchemaError) -> SchemaError {
    match error {
        SchemaError::Invalid { rule, path, detail } => {
            SchemaError::Invalid { rule, path: format!("/{member}{path}"), detail }
        }
        error => error,
    }
}

fn missing_content() -> Rejection {
    let violation = Violation {
        message: "a tool with an output schema must return structured content".to_owned(),
        ..Violation::default()
    };
    Rejection::Violations(Violations::new(violation, Vec::new(), Completeness::Complete))
}

const INPUT: &str = "inputSchema";
const OUTPUT: &str = "outputSchema";

#[cfg(test)]
mod tests {
    use super::*;

    fn compile(tool: &str, version: Version) -> Result<ToolSchemas, SchemaError> {
        ToolSchemas::compile(&Compiler::default(), Raw::parse(tool).unwrap(), version)
    }

    fn rule(tool: &str, version: Version) -> Option<(SchemaRule, String)> {
        match compile(tool, version) {
            Err(SchemaError::Invalid { rule, path, .. }) => Some((rule, path)),
            _ => None,
        }
    }

    #[test]
    fn the_root_of_the_input_is_an_object_in_every_revision() {
        for version in Version::ALL {
            let missing = rule(r#"{"name": "t"}"#, version);
            assert_eq!(missing, Some((SchemaRule::Missing, "/inputSchema".to_owned())));
            for input in ["{}", r#"{"type":"array"}"#, r#"{"type":["object"]}"#, "true"] {
                let found = rule(&format!(r#"{{"inputSchema":{input}}}"#), version);
                assert_eq!(found, Some((SchemaRule::RootType, "/inputSchema".to_owned())));
            }
            assert!(compile(r#"{"inputSchema":{"type":"object"}}"#, version).is_ok());
        }
    }

    #[test]
    fn the_root_of_the_output_is_anything_in_the_newest_revision_alone() {
        let tool = r#"{"inputSchema":{"type":"object"},"outputSchema":{"type":"array","items":{"type":"integer"}}}"#;
        let of_objects = Some((SchemaRule::RootType, "/outputSchema".to_owned()));
        assert_eq!(rule(tool, Version::V2025_06_18), of_objects);
        assert_eq!(rule(tool, Version::V2025_11_25), of_objects);
        let schemas = compile(tool, Version::V2026_07_28).unwrap();
        assert!(schemas.check_structured(Some(Raw::parse("[1,2]").unwrap())).is_ok());
        assert!(schemas.check_structured(Some(Raw::parse("[1,null]").unwrap())).is_err());
        let before = compile(tool, Version::V2025_03_26).unwrap();
        assert!(before.output().is_none(), "there was no structured content yet");
    }

    #[test]
    fn a_tool_with_an_output_schema_must_return_structured_content() {
        let tool = r#"{"inputSchema":{"type":"object"},"outputSchema":{"type":"object"}}"#;
        let schemas = compile(tool, Version::LATEST).unwrap();
        assert!(schemas.check_structured(None).is_err());
        let without = compile(r#"{"inputSchema":{"type":"object"}}"#, Version::LATEST).unwrap();
        assert!(without.check_structured(None).is_ok());
        assert!(without.check_structured(Some(Raw::parse("[]").unwrap())).is_ok());
    }

    #[test]
    fn absent_arguments_are_an_empty_object() {
        let tool = r#"{"inputSchema":{"type":"object","required":["a"]}}"#;
        let schemas = compile(tool, Version::LATEST).unwrap();
        let refused = schemas.check_arguments(None).unwrap_err().to_string();
        assert_eq!(refused, "the root: \"a\" is a required property");
        assert!(schemas.check_arguments(Some(Raw::parse("[]").unwrap())).is_err());
    }

    #[test]
    fn errors_of_a_schema_are_told_from_the_tool() {
        let tool = r#"{"inputSchema":{"type":"object","properties":{"a":{"type":"text"}}}}"#;
        let path = "/inputSchema/properties/a/type".to_owned();
        assert_eq!(rule(tool, Version::LATEST), Some((SchemaRule::Keyword, path)));
    }
}
