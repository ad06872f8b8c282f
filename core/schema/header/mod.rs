//! `x-mcp-header`: the parameters of a tool that are mirrored into HTTP headers.
//!
//! A property of an `inputSchema` may ask for its argument to be sent as the header `Mcp-Param-…` too, so that intermediaries
//! can route by it (MCP 2026-07-28, Streamable HTTP, custom headers). Here the schema becomes a table of names, places and
//! types, or the reason why a client has to drop the tool, and arguments are read by the table. How values are spelled in a
//! header is not known here.

mod tools;

pub use tools::HeaderTables;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use mcp_engine_proto::json::{Raw, ValueKind};
use mcp_engine_proto::schema::{SchemaError, SchemaLimit, SchemaRule, Violation};

use crate::limits::Limits;
use crate::number::Decimal;
use crate::pointer;

/// The mirrored parameters of a tool, in the order of its schema.
///
/// ```
/// use mcp_engine_schema::{HeaderTable, HeaderValue, Limits, Raw};
///
/// let schema = r#"{"type": "object", "properties": {
///     "region": {"type": "string", "x-mcp-header": "Region"},
///     "query": {"type": "string"}
/// }}"#;
/// let table = HeaderTable::of(Raw::parse(schema)?, &Limits::default())?;
/// let arguments = Raw::parse(r#"{"region": "us-west1", "query": "SELECT 1"}"#)?;
/// let region = table.iter().next().unwrap();
/// assert_eq!(region.name(), "Region");
/// assert_eq!(region.read(arguments).unwrap(), Some(HeaderValue::String("us-west1".into())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderTable {
    mirrored: Vec<Mirrored>,
}

/// One mirrored parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirrored {
    name: String,
    path: Vec<Arc<str>>,
    kind: HeaderType,
}

/// The types that can be mirrored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeaderType {
    /// A string.
    String,
    /// An integer from −2⁵³ + 1 to 2⁵³ − 1.
    Integer,
    /// `true` or `false`.
    Boolean,
}

/// An argument that is mirrored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderValue<'a> {
    /// The string itself, unescaped.
    String(Cow<'a, str>),
    /// The integer, however it is spelled.
    Integer(i64),
    /// The boolean.
    Boolean(bool),
}

impl HeaderTable {
    /// The table of an `inputSchema`; most have an empty one.
    ///
    /// # Errors
    ///
    /// The reason why a client that speaks HTTP has to leave the tool out of `tools/list`: [`SchemaRule::HeaderName`],
    /// [`HeaderDuplicate`](SchemaRule::HeaderDuplicate), [`HeaderType`](SchemaRule::HeaderType),
    /// [`HeaderPlace`](SchemaRule::HeaderPlace) or [`SchemaLimit::Headers`].
    pub fn of(input_schema: Raw<'_>, limits: &Limits) -> Result<Self, SchemaError> {
        let mut search = Search { limits, table: Self::default(), names: HashSet::new() };
        search.schema(input_schema, Some(&mut Vec::new()), &mut String::new())?;
        Ok(search.table)
    }

    /// The mirrored parameters.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Mirrored> {
        self.mirrored.iter()
    }

    /// Whether nothing is mirrored.
    pub fn is_empty(&self) -> bool {
        self.mirrored.is_empty()
    }
}

impl Mirrored {
    /// What follows `Mcp-Param-` in the name of the header.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the properties that lead from the root of the arguments to the parameter.
    pub fn path(&self) -> impl ExactSizeIterator<Item = &str> {
        self.path.iter().map(|name| &**name)
    }

    /// Its type.
    pub fn kind(&self) -> HeaderType {
        self.kind
    }

    /// The parameter in the `arguments` of a call; none when it is absent or null, and then there is no header.
    ///
    /// # Errors
    ///
    /// A violation when there is a value of another type, or an integer beyond 2⁵³ − 1.
    pub fn read<'a>(&self, arguments: Raw<'a>) -> Result<Option<HeaderValue<'a>>, Violation> {
        let value = self.find(arguments).filter(|value| !value.is_null());
        let Some(value) = value else { return Ok(None) };
        let read = match self.kind {
            HeaderType::String => value.string().map(|text| HeaderValue::String(text.decode())),
            HeaderType::Integer => safe_integer(value).map(HeaderValue::Integer),
            HeaderType::Boolean => value.as_bool().map(HeaderValue::Boolean),
        };
        read.map(Some).ok_or_else(|| self.mismatch())
    }

    /// The value of the parameter, whatever it is.
    fn find<'a>(&self, arguments: Raw<'a>) -> Option<Raw<'a>> {
        self.path.iter().try_fold(arguments, |value, name| value.get(name))
    }

    fn mismatch(&self) -> Violation {
        let mut instance_path = String::new();
        self.path.iter().for_each(|name| pointer::push(&mut instance_path, name));
        let message = match self.kind {
            HeaderType::String => "a mirrored parameter of this type must be a string",
            HeaderType::Integer => {
                "a mirrored parameter of this type must be an integer within 2^53 - 1"
            }
            HeaderType::Boolean => "a mirrored parameter of this type must be true or false",
        };
        Violation { instance_path, schema_path: String::new(), message: message.to_owned() }
    }
}

/// The search for annotations through all places where a schema may have them.
struct Search<'l> {
    limits: &'l Limits,
    table: HeaderTable,
    /// The names met, in lower case.
    names: HashSet<String>,
}

impl Search<'_> {
    /// Looks through a schema. `path` are the properties that lead to it, when properties alone do; `place` is where it stands.
    fn schema(
        &mut self,
        schema: Raw<'_>,
        mut path: Option<&mut Vec<Arc<str>>>,
        place: &mut String,
    ) -> Result<(), SchemaError> {
        for (keyword, value) in schema.members().into_iter().flatten() {
            let keyword = keyword.decode();
            let end = place.len();
            pointer::push(place, &keyword);
            match &*keyword {
                "x-mcp-header" => self.annotation(schema, value, path.as_deref(), place)?,
                "properties" => self.properties(value, path.as_deref_mut(), place)?,
                keyword if MEMBERS.contains(&keyword) => self.properties(value, None, place)?,
                keyword if SCHEMAS.contains(&keyword) => self.apart(value, place)?,
                _ => {}
            }
            place.truncate(end);
        }
        Ok(())
    }

    /// Looks through the schemas that an object holds.
    fn properties(
        &mut self,
        schemas: Raw<'_>,
        mut path: Option<&mut Vec<Arc<str>>>,
        place: &mut String,
    ) -> Result<(), SchemaError> {
        for (name, schema) in schemas.members().into_iter().flatten() {
            let name = name.decode();
            let end = place.len();
            pointer::push(place, &name);
            if let Some(path) = path.as_deref_mut() {
                path.push(Arc::from(&*name));
            }
            self.schema(schema, path.as_deref_mut(), place)?;
            if let Some(path) = path.as_deref_mut() {
                path.pop();
            }
            place.truncate(end);
        }
        Ok(())
    }

    /// Looks through a schema, or an array of them, which properties alone do not lead to.
    fn apart(&mut self, value: Raw<'_>, place: &mut String) -> Result<(), SchemaError> {
        if value.kind() != ValueKind::Array {
            return self.schema(value, None, place);
        }
        for (at, schema) in value.elements().into_iter().flatten().enumerate() {
            let end = place.len();
            pointer::push(place, &at.to_string());
            self.schema(schema, None, place)?;
            place.truncate(end);
        }
        Ok(())
    }

    fn annotation(
        &mut self,
        schema: Raw<'_>,
        value: Raw<'_>,
        path: Option<&Vec<Arc<str>>>,
        place: &str,
    ) -> Result<(), SchemaError> {
        let refused = |rule, detail: &str| SchemaError::Invalid {
            rule,
            path: pointer::cut(place.to_owned(), self.limits.message_bytes),
            detail: pointer::cut(detail.to_owned(), self.limits.message_bytes),
        };
        let Some(path) = path.filter(|path| !path.is_empty()) else {
            return Err(refused(SchemaRule::HeaderPlace, ""));
        };
        let name = value.string().map(|name| name.decode()).filter(|name| is_token(name));
        let name = name.ok_or_else(|| refused(SchemaRule::HeaderName, value.spelling()))?;
        let kind = kind(schema).ok_or_else(|| refused(SchemaRule::HeaderType, &name))?;
        if self.table.mirrored.len() >= self.limits.headers as usize {
            return Err(SchemaError::LimitExceeded(SchemaLimit::Headers));
        }
        if !self.names.insert(name.to_ascii_lowercase()) {
            return Err(refused(SchemaRule::HeaderDuplicate, &name));
        }
        let mirrored = Mirrored { name: name.into_owned(), path: path.clone(), kind };
        self.table.mirrored.push(mirrored);
        Ok(())
    }
}

/// The type of a property that can be mirrored: one of three, or that or null.
fn kind(schema: Raw<'_>) -> Option<HeaderType> {
    let of_name = |name: Raw<'_>| match &*name.string()?.decode() {
        "string" => Some(HeaderType::String),
        "integer" => Some(HeaderType::Integer),
        "boolean" => Some(HeaderType::Boolean),
        _ => None,
    };
    let declared = schema.get("type")?;
    let Some(mut names) = declared.elements() else { return of_name(declared) };
    let is_null = |name: &Raw<'_>| name.string().is_some_and(|name| name == "null");
    match (names.next()?, names.next()?, names.next()) {
        (name, null, None) if is_null(&null) => of_name(name),
        (null, name, None) if is_null(&null) => of_name(name),
        _ => None,
    }
}

/// A token of RFC 9110, section 5.6.2.
fn is_token(name: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_tchar)
}

/// An integer that JavaScript holds exactly, however it is spelled.
fn safe_integer(value: Raw<'_>) -> Option<i64> {
    if value.kind() != ValueKind::Number {
        return None;
    }
    let Decimal::Integer(integer) = Decimal::of(value) else { return None };
    let integer = i64::try_from(integer).ok()?;
    (-MAX_SAFE..=MAX_SAFE).contains(&integer).then_some(integer)
}

const MAX_SAFE: i64 = (1 << 53) - 1;

/// Keywords whose value is an object of schemas, `properties` apart.
const MEMBERS: &[&str] =
    &["patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions"];

/// Keywords whose value is a schema or an array of schemas.
const SCHEMAS: &[&str] = &[
    "items",
    "prefixItems",
    "additionalItems",
    "contains",
    "additionalProperties",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentSchema",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
];

#[cfg(test)]
mod tests;
