//! What an elicitation asks for: a `requestedSchema`, checked to be one that a form can show.
//!
//! An elicitation may use a small part of JSON Schema only, which differs from revision to revision (MCP, client features,
//! elicitation). Here such a schema becomes the fields of a form; content is completed with the defaults of the fields,
//! and judged by the schema, with the formats of its strings.

mod answer;
mod field;
mod subset;

use std::collections::HashSet;

use mcp_engine_proto::json::{Raw, ValueKind, write};
use mcp_engine_proto::schema::{
    Completeness, Rejection, SchemaError, SchemaRule, Violation, Violations,
};
use mcp_engine_proto::version::Version;

pub use answer::Answer;
pub use field::{Choice, Field, FieldKind};

use crate::compiler::Compiler;
use crate::pointer;
use crate::schema::Schema;

/// A form: the fields that an elicitation asks for.
///
/// ```
/// use mcp_engine_schema::{Compiler, Form, Raw, version::Version};
///
/// let requested = r#"{"type": "object", "properties": {
///     "name": {"type": "string", "minLength": 1},
///     "newsletter": {"type": "boolean", "default": false}
/// }, "required": ["name"]}"#;
/// let form = Form::compile(&Compiler::default(), Raw::parse(requested)?, Version::LATEST)?;
/// let content = form.fill_defaults(Raw::parse(r#"{"name": "Ada"}"#)?);
/// assert_eq!(content, r#"{"name": "Ada","newsletter":false}"#);
/// assert!(form.check(Raw::parse(&content)?).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Form {
    schema: Schema,
    fields: Vec<Field>,
    version: Version,
}

impl Form {
    /// Reads a `requestedSchema` under the rules of a revision.
    ///
    /// Keywords that JSON Schema does not know, and those that only describe, are let through; so is `pattern`, which the pages
    /// of some revisions show although none of their schemas has it, and `additionalProperties` with a boolean, which common
    /// generators add.
    ///
    /// # Errors
    ///
    /// [`SchemaRule::ElicitationVersion`] before 2025-06-18, [`ElicitationShape`](SchemaRule::ElicitationShape) and
    /// [`ElicitationKeyword`](SchemaRule::ElicitationKeyword) for what is outside the subset,
    /// [`ElicitationDefault`](SchemaRule::ElicitationDefault); else as for [`Compiler::compile`].
    pub fn compile(
        compiler: &Compiler,
        requested: Raw<'_>,
        version: Version,
    ) -> Result<Self, SchemaError> {
        let schema = compiler.compile_form(requested)?;
        let fields = subset::read(requested, version).map_err(|error| cut(error, compiler))?;
        Ok(Self { schema, fields, version })
    }

    /// The fields, in the order of the schema.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = &Field> {
        self.fields.iter()
    }

    /// The content with the defaults of those fields that it does not have, as JSON text; what it has stays as it is
    /// spelled. What is not an object is returned unchanged.
    pub fn fill_defaults(&self, content: Raw<'_>) -> String {
        let spelling = content.spelling();
        let (Some(members), Some(inside)) = (content.members(), spelling.strip_suffix('}')) else {
            return spelling.to_owned();
        };
        let present: HashSet<_> = members.map(|(key, _)| key.decode()).collect();
        let mut text = inside.trim_end().as_bytes().to_vec();
        let mut separator: &[u8] = if present.is_empty() { b"" } else { b"," };
        for field in self.fields.iter().filter(|field| !present.contains(field.name())) {
            let Some(default) = field.default() else { continue };
            text.extend_from_slice(separator);
            write::string(&mut text, field.name());
            text.push(b':');
            text.extend_from_slice(default.as_bytes());
            separator = b",";
        }
        text.push(b'}');
        String::from_utf8(text).unwrap_or_else(|_| spelling.to_owned())
    }

    /// Judges the `content` of an accepted elicitation. Members that the form does not ask for must be flat too.
    ///
    /// # Errors
    ///
    /// [`Rejection`], as for [`Schema::validate`].
    pub fn check(&self, content: Raw<'_>) -> Result<(), Rejection> {
        self.schema.validate(content)?;
        let of_ours = |name: &str| self.fields.iter().any(|field| field.name() == name);
        for (key, value) in content.members().into_iter().flatten() {
            let key = key.decode();
            if !of_ours(&key) && !self.is_flat(value) {
                return Err(nested(&key));
            }
        }
        Ok(())
    }

    /// Whether a value may stand in a content at all: no object, no null, and arrays of strings since 2025-11-25.
    fn is_flat(&self, value: Raw<'_>) -> bool {
        match value.kind() {
            ValueKind::String | ValueKind::Number | ValueKind::Boolean => true,
            ValueKind::Null | ValueKind::Object => false,
            ValueKind::Array => {
                let mut elements = value.elements().into_iter().flatten();
                self.version >= Version::V2025_11_25
                    && elements.all(|element| element.kind() == ValueKind::String)
            }
        }
    }
}

fn nested(key: &str) -> Rejection {
    let mut instance_path = String::new();
    pointer::push(&mut instance_path, key);
    let violation = Violation {
        instance_path,
        schema_path: String::new(),
        message: "the content of an elicitation must be flat".to_owned(),
    };
    Rejection::Violations(Violations::new(violation, Vec::new(), Completeness::Cut))
}

/// The error with its texts cut to the limit.
fn cut(error: SchemaError, compiler: &Compiler) -> SchemaError {
    let limit = compiler.limits().message_bytes;
    match error {
        SchemaError::Invalid { rule, path, detail } => SchemaError::Invalid {
            rule,
            path: pointer::cut(path, limit),
            detail: pointer::cut(detail, limit),
        },
        error => error,
    }
}

/// An error at a place of the schema.
fn refused(rule: SchemaRule, steps: &[&str], detail: &str) -> SchemaError {
    let mut path = String::new();
    steps.iter().for_each(|step| pointer::push(&mut path, step));
    SchemaError::Invalid { rule, path, detail: detail.to_owned() }
}

#[cfg(test)]
mod tests;
