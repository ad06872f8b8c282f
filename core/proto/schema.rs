//! What the protocol asks of a JSON Schema validator, without knowing one.
//!
//! A connection or a server is handed something that compiles schemas and something that judges values by them; the crate
//! `mcp-engine-schema` is one such thing, and whoever brings another implements two methods. Schemas and values come as
//! [`Raw`] JSON, and every refusal says which rule or limit was met, and where.

use core::fmt;
use std::sync::Arc;

use crate::error::rules;
use crate::json::Raw;

/// A compiled schema.
pub trait Validate: Send + Sync {
    /// Judges a value.
    ///
    /// # Errors
    ///
    /// [`Rejection::Violations`] when the value does not match the schema, [`Rejection::LimitExceeded`] when that cannot be
    /// told within the validator's limits. Both mean that the value must not be used.
    fn validate(&self, instance: Raw<'_>) -> Result<(), Rejection>;
}

/// Turns schemas into validators.
pub trait Compile: Send + Sync {
    /// Compiles a schema; the same schema may yield the same validator again. Nothing is fetched: a reference to a document
    /// that is not at hand is an error.
    ///
    /// # Errors
    ///
    /// [`SchemaError`] when the schema cannot be used, be it wrong or too costly.
    fn compile(&self, schema: Raw<'_>) -> Result<Arc<dyn Validate>, SchemaError>;
}

/// Why a value was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The value does not match the schema.
    #[error("{0}")]
    Violations(Violations),
    /// The value could not be judged within a limit.
    #[error("limit exceeded: {0}")]
    LimitExceeded(SchemaLimit),
}

/// The places where a value does not match its schema: at least one, and not more than the validator lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations {
    list: Vec<Violation>,
    complete: Completeness,
}

/// Whether a list of violations has all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// All are listed.
    Complete,
    /// There are, or may be, more.
    Cut,
}

/// One place where a value does not match its schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violation {
    /// JSON Pointer (RFC 6901) to the value, from the root of the instance.
    pub instance_path: String,
    /// JSON Pointer to the keyword that it breaks, from the root of the schema.
    pub schema_path: String,
    /// What is wrong, in English. May quote some of the value.
    pub message: String,
}

/// Why a schema cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// The schema breaks a rule.
    #[error("invalid schema at {}: {rule}{}{detail}", Place(path), if detail.is_empty() { "" } else { ": " })]
    Invalid {
        /// The rule.
        rule: SchemaRule,
        /// JSON Pointer to where it is broken.
        path: String,
        /// What stands there, in English; may be empty.
        detail: String,
    },
    /// The schema is beyond a limit.
    #[error("limit exceeded by a schema: {0}")]
    LimitExceeded(SchemaLimit),
}

rules! {
    /// Rules that a schema must keep to be used.
    SchemaRule {
        Json = "json": "a schema must be a JSON text",
        DuplicateKey = "duplicate-key": "a key must not appear twice in its object",
        Keyword = "keyword": "a keyword must have a value that its dialect allows",
        Dialect = "dialect": "the dialect must be JSON Schema 2020-12 or draft-07, or be registered",
        Reference = "reference": "a reference must lead to a schema that is at hand; nothing is fetched",
        Recursion = "recursion": "a schema must not lead back to itself for the same value",
        Pattern = "pattern": "a pattern must be a regular expression without look-around and back-references",
        Missing = "missing": "a tool must have an inputSchema",
        RootType = "root-type": "the root must have the type \"object\" in this revision",
        HeaderName = "header-name": "x-mcp-header must be a token of RFC 9110",
        HeaderDuplicate = "header-duplicate": "x-mcp-header must be unique in the schema, in any case of letters",
        HeaderType = "header-type": "x-mcp-header belongs to a string, an integer or a boolean",
        HeaderPlace = "header-place": "x-mcp-header belongs to a property that is reached through properties alone",
        ElicitationShape = "elicitation-shape": "an elicitation asks for a flat object of primitive properties",
        ElicitationKeyword = "elicitation-keyword": "the keyword is not among those that an elicitation of this revision may use",
        ElicitationVersion = "elicitation-version": "the revision has no elicitation",
        ElicitationDefault = "elicitation-default": "a default must be a value of its own property",
    }
}

rules! {
    /// The limits that can refuse a schema, or a value under a schema, by the names of their fields in the validator's own
    /// `Limits`.
    SchemaLimit {
        SchemaBytes = "schema-bytes": "the schema is longer than Limits::schema_bytes",
        SchemaDepth = "schema-depth": "the schema is nested deeper than Limits::schema_depth",
        SubSchemas = "sub-schemas": "the schema and what it refers to have more parts than Limits::sub_schemas",
        Expansion = "expansion": "more parts of the schema apply to one value than Limits::expansion",
        Patterns = "patterns": "the schema has more patterns than Limits::patterns",
        PatternText = "pattern-text": "the patterns are longer, all together, than Limits::pattern_text",
        PatternBytes = "pattern-bytes": "a compiled pattern is larger than Limits::pattern_bytes",
        Headers = "headers": "the schema has more parameters mirrored into headers than Limits::headers",
        Values = "values": "the value holds more values than Limits::values",
        Nesting = "nesting": "judging the value would nest deeper than Limits::nesting",
        Steps = "steps": "judging the value takes more steps than Limits::steps",
    }
}

impl Violations {
    /// A list with at least its first member.
    pub fn new(first: Violation, more: Vec<Violation>, complete: Completeness) -> Self {
        let mut list = Vec::with_capacity(more.len().saturating_add(1));
        list.push(first);
        list.extend(more);
        Self { list, complete }
    }

    /// The violations, in the order they were found.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Violation> {
        self.list.iter()
    }

    /// Whether these are all.
    pub fn completeness(&self) -> Completeness {
        self.complete
    }
}

impl fmt::Display for Violations {
    /// One line, fit to be shown to a model that has to try again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, violation) in self.list.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { "; " })?;
            write!(f, "{violation}")?;
        }
        match self.complete {
            Completeness::Complete => Ok(()),
            Completeness::Cut => f.write_str("; and more"),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Place(&self.instance_path), self.message)
    }
}

/// A JSON Pointer for human eyes.
struct Place<'a>(&'a str);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "the root" } else { self.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_read_well() {
        let violation = |path: &str| Violation {
            instance_path: path.to_owned(),
            schema_path: "/type".to_owned(),
            message: "1 is not of type \"string\"".to_owned(),
        };
        let violations =
            Violations::new(violation("/a"), vec![violation("")], Completeness::Complete);
        assert_eq!(
            violations.to_string(),
            "/a: 1 is not of type \"string\"; the root: 1 is not of type \"string\""
        );
        let cut = Violations::new(violation("/a"), Vec::new(), Completeness::Cut);
        assert!(cut.to_string().ends_with("; and more"));
        let error = SchemaError::Invalid {
            rule: SchemaRule::Reference,
            path: "/properties/a/$ref".to_owned(),
            detail: String::new(),
        };
        assert!(error.to_string().starts_with("invalid schema at /properties/a/$ref: a reference"));
    }

    #[test]
    fn a_validator_is_an_object_to_whoever_holds_it() {
        struct Anything;
        impl Validate for Anything {
            fn validate(&self, _: Raw<'_>) -> Result<(), Rejection> {
                Err(Rejection::LimitExceeded(SchemaLimit::Steps))
            }
        }
        impl Compile for Anything {
            fn compile(&self, _: Raw<'_>) -> Result<Arc<dyn Validate>, SchemaError> {
                Ok(Arc::new(Self))
            }
        }
        let compiler: Box<dyn Compile> = Box::new(Anything);
        let raw = Raw::parse("{}").unwrap();
        let verdict = compiler.compile(raw).unwrap().validate(raw);
        assert_eq!(verdict, Err(Rejection::LimitExceeded(SchemaLimit::Steps)));
    }
}
