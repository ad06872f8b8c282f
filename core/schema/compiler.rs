//! Schemas as JSON texts → compiled schemas, each compiled once.
//!
//! A schema is read, its graph is drawn and its cost reckoned before the validator sees it, so that what is too costly is
//! refused early. Documents that it may refer to are registered beforehand by whoever makes the compiler; nothing is ever
//! fetched. The schemas last used are kept, found again by their whole text.

use core::fmt;
use std::error::Error as StdError;
use std::sync::Arc;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::schema::{Compile, SchemaError, SchemaLimit, SchemaRule, Validate};
use referencing::{Draft, Registry, Retrieve, Uri};
use serde_json::Value;

use crate::cache::Cache;
use crate::cost::Cost;
use crate::graph::Graph;
use crate::limits::Limits;
use crate::node::Text;
use crate::schema::Schema;
use crate::{pattern, pointer, value};

/// Compiles schemas, and keeps those last used. Clones share what they keep.
///
/// ```
/// use mcp_engine_schema::{Compiler, Raw};
///
/// let compiler = Compiler::default();
/// let text = r#"{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}"#;
/// let schema = compiler.compile(Raw::parse(text)?)?;
/// assert!(schema.validate(Raw::parse(r#"{"city": "Bern"}"#)?).is_ok());
/// assert!(schema.validate(Raw::parse("{}")?).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Compiler {
    limits: Limits,
    default: Dialect,
    formats: Formats,
    documents: Option<Arc<Registry<'static>>>,
    cache: Arc<Cache>,
}

/// A dialect of JSON Schema, as `$schema` names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `https://json-schema.org/draft/2020-12/schema`, the default of MCP since 2025-11-25.
    #[default]
    Draft202012,
    /// `http://json-schema.org/draft-07/schema#`
    Draft7,
}

/// What is done about the keyword `format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Formats {
    /// It tells a reader what to expect and refuses nothing: the default of 2020-12.
    #[default]
    Annotate,
    /// A string that does not have the format does not match.
    Assert,
}

impl Compiler {
    /// A compiler with limits of its own.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            default: Dialect::default(),
            formats: Formats::default(),
            documents: None,
            cache: Arc::new(Cache::new(&limits)),
        }
    }

    /// Sets the dialect of schemas without `$schema`.
    pub fn with_default_dialect(self, default: Dialect) -> Self {
        Self { default, ..self.with_empty_cache() }
    }

    /// Sets what is done about `format`.
    pub fn with_formats(self, formats: Formats) -> Self {
        Self { formats, ..self.with_empty_cache() }
    }

    /// Registers the documents that schemas may refer to, each by the URI at which it is known, in place of those registered
    /// before. They are trusted as far as the limits go: what they cost counts for each schema that refers to them.
    ///
    /// # Errors
    ///
    /// As for [`compile`](Self::compile); a document may only refer to documents that are registered with it.
    pub fn with_documents<'d>(
        self,
        documents: impl IntoIterator<Item = (&'d str, Raw<'d>)>,
    ) -> Result<Self, SchemaError> {
        let mut read = Vec::new();
        for (uri, text) in documents {
            read.push((uri, value::of_schema(text, self.limits.schema_depth)?));
        }
        let registry = Registry::new()
            .retriever(Nothing)
            .draft(self.default.draft())
            .extend(read)
            .and_then(|builder| builder.prepare())
            .map_err(|error| unresolved(&error, &self.limits))?;
        Ok(Self { documents: Some(Arc::new(registry)), ..self.with_empty_cache() })
    }

    /// What was compiled under other settings is not for these.
    fn with_empty_cache(self) -> Self {
        let cache = Arc::new(Cache::new(&self.limits));
        Self { cache, ..self }
    }

    /// The limits that schemas and values are held to.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Compiles a schema, or finds it compiled. A refusal is kept as well.
    ///
    /// # Errors
    ///
    /// [`SchemaError`]: what is wrong with the schema and where, or which limit it is beyond.
    pub fn compile(&self, schema: Raw<'_>) -> Result<Schema, SchemaError> {
        if schema.spelling().len() > self.limits.schema_bytes as usize {
            return Err(SchemaError::LimitExceeded(SchemaLimit::SchemaBytes));
        }
        self.cache.find_or_insert(schema.spelling(), || self.compile_anew(schema))
    }

    /// Compiles the schema of a form, whose formats are asserted; forms are asked for once and not kept.
    pub(crate) fn compile_form(&self, schema: Raw<'_>) -> Result<Schema, SchemaError> {
        if schema.spelling().len() > self.limits.schema_bytes as usize {
            return Err(SchemaError::LimitExceeded(SchemaLimit::SchemaBytes));
        }
        Self { formats: Formats::Assert, ..self.clone() }.compile_anew(schema)
    }

    fn compile_anew(&self, schema: Raw<'_>) -> Result<Schema, SchemaError> {
        let schema = value::of_schema(schema, self.limits.schema_depth)?;
        let draft = self.draft_of(&schema)?;
        let (cost, heaviest) = self.cost(&schema, draft)?;
        let validator = self.build(&schema)?;
        let dialect = Dialect::of(validator.draft()).unwrap_or(self.default);
        Ok(Schema::new(validator, dialect, cost, heaviest, self.limits))
    }

    /// The draft whose keywords the schema has: the one that `$schema` names, at once or through registered meta-schemas.
    fn draft_of(&self, schema: &Value) -> Result<Draft, SchemaError> {
        let mut named = schema.get("$schema").cloned();
        for _ in 0..META_SCHEMAS {
            let Some(Value::String(uri)) = &named else { return Ok(self.default.draft()) };
            let draft = Draft::from_schema_uri(uri);
            if Dialect::of(draft).is_some() {
                return Ok(draft);
            }
            let registered = self.documents.as_ref().filter(|_| draft == Draft::Unknown);
            let meta = registered.and_then(|documents| {
                let uri = referencing::uri::from_str(uri.trim_end_matches('#')).ok()?;
                Some(documents.resolver(uri).lookup("").ok()?.contents().get("$schema").cloned())
            });
            named = meta.ok_or_else(|| self.invalid(SchemaRule::Dialect, "/$schema", uri))?;
        }
        Err(self.invalid(SchemaRule::Dialect, "/$schema", "its meta-schemas lead nowhere"))
    }

    /// What the schema can cost, and the weight of its heaviest pattern.
    fn cost(&self, schema: &Value, draft: Draft) -> Result<(Cost, u64), SchemaError> {
        let unresolved = |error: referencing::Error| unresolved(&error, &self.limits);
        let resource = draft.create_resource_ref(schema);
        let base = referencing::uri::from_str(resource.id().unwrap_or(DEFAULT_BASE));
        let base = base.map_err(unresolved)?;
        let builder = match &self.documents {
            Some(documents) => documents.add(base.as_str(), resource),
            None => Registry::new().add(base.as_str(), resource),
        };
        let registry = builder
            .and_then(|builder| builder.retriever(Nothing).draft(draft).prepare())
            .map_err(unresolved)?;
        let base = self.known(&registry, base)?;
        let documents = self.documents.as_deref();
        let resolver = registry.resolver(base);
        let graph = Graph::draw(schema, &resolver, draft, documents, &self.limits)?;
        let weights = pattern::weights(&graph, &self.limits)?;
        let heaviest = weights.iter().copied().max().unwrap_or(0);
        Ok((Cost::reckon(&graph, &weights, &self.limits)?, heaviest))
    }

    /// The URI under which the registry knows the schema: an empty fragment is dropped.
    fn known(
        &self,
        registry: &Registry<'_>,
        base: Uri<String>,
    ) -> Result<Uri<String>, SchemaError> {
        if registry.contains_resource(base.as_str()) {
            return Ok(base);
        }
        let known = base.strip_fragment().to_owned();
        if registry.contains_resource(known.as_str()) {
            return Ok(known);
        }
        Err(self.invalid(SchemaRule::Reference, "/$id", base.as_str()))
    }

    fn build(&self, schema: &Value) -> Result<Validator<Text>, SchemaError> {
        let mut options = jsonschema::options_for::<Text>()
            .offline()
            .with_pattern_options(pattern::options(&self.limits))
            .should_validate_formats(self.formats == Formats::Assert);
        if let Some(documents) = &self.documents {
            options = options.with_registry(documents);
        }
        if schema.get("$schema").is_none() {
            options = options.with_draft(self.default.draft());
        }
        options.build(schema).map_err(|error| self.refused(&error))
    }

    fn refused(&self, error: &ValidationError<'_>) -> SchemaError {
        let rule = match error.kind() {
            ValidationErrorKind::Referencing(error) => return unresolved(error, &self.limits),
            ValidationErrorKind::Format { format } if format == "regex" => SchemaRule::Pattern,
            _ => SchemaRule::Keyword,
        };
        let detail = error.masked_with("the value").to_string();
        self.invalid(rule, error.instance_path().as_str(), &detail)
    }

    fn invalid(&self, rule: SchemaRule, path: &str, detail: &str) -> SchemaError {
        let cut = |text: &str| pointer::cut(text.to_owned(), self.limits.message_bytes);
        SchemaError::Invalid { rule, path: cut(path), detail: cut(detail) }
    }
}

impl Default for Compiler {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Compile for Compiler {
    fn compile(&self, schema: Raw<'_>) -> Result<Arc<dyn Validate>, SchemaError> {
        Self::compile(self, schema).map(|schema| Arc::new(schema) as Arc<dyn Validate>)
    }
}

impl fmt::Debug for Compiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compiler")
            .field("limits", &self.limits)
            .field("default", &self.default)
            .field("formats", &self.formats)
            .finish_non_exhaustive()
    }
}

impl Dialect {
    fn draft(self) -> Draft {
        match self {
            Self::Draft202012 => Draft::Draft202012,
            Self::Draft7 => Draft::Draft7,
        }
    }

    fn of(draft: Draft) -> Option<Self> {
        match draft {
            Draft::Draft202012 => Some(Self::Draft202012),
            Draft::Draft7 => Some(Self::Draft7),
            _ => None,
        }
    }
}

/// Retrieves nothing from nowhere.
#[derive(Debug)]
struct Nothing;

impl Retrieve for Nothing {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn StdError + Send + Sync>> {
        Err(format!("{uri} is not registered").into())
    }
}

fn unresolved(error: &referencing::Error, limits: &Limits) -> SchemaError {
    let rule = match error {
        referencing::Error::UnknownSpecification { .. }
        | referencing::Error::CircularMetaschema { .. } => SchemaRule::Dialect,
        _ => SchemaRule::Reference,
    };
    let detail = pointer::cut(error.to_string(), limits.message_bytes);
    SchemaError::Invalid { rule, path: String::new(), detail }
}

/// The URI of a schema that does not name its own.
const DEFAULT_BASE: &str = "json-schema:///";

/// Meta-schemas that may stand between a schema and its dialect.
const META_SCHEMAS: usize = 8;
