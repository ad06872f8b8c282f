//! A `requestedSchema` → the fields of a form, when it is in the subset of its revision.

use mcp_engine_proto::json::{Raw, ValueKind};
use mcp_engine_proto::schema::{SchemaError, SchemaRule};
use mcp_engine_proto::version::Version;

use super::field::{Choice, Field, FieldKind, Presence};
use super::refused;

/// The fields that a schema asks for.
pub(super) fn read(schema: Raw<'_>, version: Version) -> Result<Vec<Field>, SchemaError> {
    if version < Version::V2025_06_18 {
        return Err(refused(SchemaRule::ElicitationVersion, &[], version.name()));
    }
    let shape = |step, detail| refused(SchemaRule::ElicitationShape, &[step], detail);
    if !is(schema.get("type"), "object") {
        return Err(shape("type", "the root must be an object"));
    }
    only(schema, &[], ROOT)?;
    let properties = schema.get("properties").and_then(Raw::members);
    let properties = properties.ok_or_else(|| shape("properties", "it is missing"))?;
    if schema.get("additionalProperties").is_some_and(|value| value.as_bool().is_none()) {
        return Err(shape("additionalProperties", "it must be a boolean here"));
    }
    let required = |name: &str| {
        let mut names = schema.get("required").and_then(Raw::elements).into_iter().flatten();
        names.any(|required| is(Some(required), name))
    };
    properties
        .map(|(name, property)| {
            let name = name.decode();
            let presence = if required(&name) { Presence::Required } else { Presence::Optional };
            Property { schema: property, name: &name, version }.field(presence)
        })
        .collect()
}

/// The schema of one property.
#[derive(Clone, Copy)]
struct Property<'a> {
    schema: Raw<'a>,
    name: &'a str,
    version: Version,
}

impl Property<'_> {
    fn field(self, presence: Presence) -> Result<Field, SchemaError> {
        let kind = self.kind()?;
        Ok(Field {
            name: self.name.to_owned(),
            title: text(self.schema.get("title")),
            description: text(self.schema.get("description")),
            presence,
            default: self.default(&kind)?,
            kind,
        })
    }

    fn kind(self) -> Result<FieldKind, SchemaError> {
        let has = |keyword| self.schema.get(keyword).is_some();
        let declared = text(self.schema.get("type"));
        match declared.as_deref() {
            Some("string") if has("enum") => {
                self.only(&["enum", "enumNames"])?;
                self.named_choices().map(FieldKind::One)
            }
            Some("string") if has("oneOf") && self.has_titled_choices() => {
                self.only(&["oneOf"])?;
                self.titled(self.schema.get("oneOf"), "oneOf").map(FieldKind::One)
            }
            Some("string") => {
                self.only(&["minLength", "maxLength", "format", "pattern"])?;
                self.format().map(|format| FieldKind::Text { format })
            }
            Some("number") => self.only(&["minimum", "maximum"]).map(|()| FieldKind::Number),
            Some("integer") => self.only(&["minimum", "maximum"]).map(|()| FieldKind::Integer),
            Some("boolean") => self.only(&[]).map(|()| FieldKind::Boolean),
            Some("array") if self.has_titled_choices() => {
                self.only(&["items", "minItems", "maxItems", "uniqueItems"])?;
                self.choices_of_items().map(FieldKind::Many)
            }
            _ => Err(self.shape(&["type"], "it must be a primitive type")),
        }
    }

    fn has_titled_choices(self) -> bool {
        self.version >= Version::V2025_11_25
    }

    fn only(self, allowed: &[&str]) -> Result<(), SchemaError> {
        only(self.schema, &["properties", self.name], &[&["type", "default"], allowed].concat())
    }

    fn format(self) -> Result<Option<String>, SchemaError> {
        let Some(format) = self.schema.get("format") else { return Ok(None) };
        let known = text(Some(format)).filter(|format| FORMATS.contains(&format.as_str()));
        known
            .map(Some)
            .ok_or_else(|| self.shape(&["format"], "the format is not one of elicitation"))
    }

    /// The choices of `enum`, with the titles of `enumNames`.
    fn named_choices(self) -> Result<Vec<Choice>, SchemaError> {
        let names = self.schema.get("enumNames").and_then(Raw::elements).into_iter().flatten();
        let mut titles = names.map(|name| text(Some(name)));
        let values = self.strings(self.schema.get("enum"), &["enum"])?;
        let choice = |value| Choice { value, title: titles.next().flatten() };
        Ok(values.into_iter().map(choice).collect())
    }

    /// The choices of `items`: an `enum`, or an `anyOf` of titled constants.
    fn choices_of_items(self) -> Result<Vec<Choice>, SchemaError> {
        let items = self.schema.get("items").filter(|items| items.kind() == ValueKind::Object);
        let items =
            items.ok_or_else(|| self.shape(&["items"], "it must say what can be chosen"))?;
        let place = ["properties", self.name, "items"];
        if let Some(titled) = items.get("anyOf") {
            only(items, &place, &["type", "anyOf"])?;
            return self.titled(Some(titled), "anyOf");
        }
        only(items, &place, &["type", "enum"])?;
        if !is(items.get("type"), "string") {
            return Err(self.shape(&["items", "type"], "only strings can be chosen"));
        }
        let values = self.strings(items.get("enum"), &["items", "enum"])?;
        Ok(values.into_iter().map(|value| Choice { value, title: None }).collect())
    }

    /// Choices written as constants with titles.
    fn titled(self, choices: Option<Raw<'_>>, keyword: &str) -> Result<Vec<Choice>, SchemaError> {
        let wrong = || self.shape(&[keyword], "each choice must have a const and a title");
        let choices = choices.and_then(Raw::elements).ok_or_else(wrong)?;
        let choices = choices.map(|choice| {
            only(choice, &["properties", self.name, keyword], &["const"])?;
            let value = text(choice.get("const")).ok_or_else(wrong)?;
            let title = text(choice.get("title")).ok_or_else(wrong)?;
            Ok(Choice { value, title: Some(title) })
        });
        choices.collect()
    }

    fn strings(self, list: Option<Raw<'_>>, steps: &[&str]) -> Result<Vec<String>, SchemaError> {
        let strings = list
            .and_then(Raw::elements)
            .and_then(|list| list.map(|string| text(Some(string))).collect::<Option<Vec<_>>>());
        strings.ok_or_else(|| self.shape(steps, "it must be an array of strings"))
    }

    /// The default, when the revision gives this kind of field one.
    fn default(self, kind: &FieldKind) -> Result<Option<String>, SchemaError> {
        let Some(default) = self.schema.get("default") else { return Ok(None) };
        if self.version < Version::V2025_11_25 && *kind != FieldKind::Boolean {
            return Ok(None);
        }
        if !kind.holds(default) {
            let steps = ["properties", self.name, "default"];
            return Err(refused(SchemaRule::ElicitationDefault, &steps, default.spelling()));
        }
        Ok(Some(default.spelling().to_owned()))
    }

    fn shape(self, steps: &[&str], detail: &str) -> SchemaError {
        let steps = [&["properties", self.name], steps].concat();
        refused(SchemaRule::ElicitationShape, &steps, detail)
    }
}

/// Refuses the keywords of JSON Schema that are neither allowed here nor mere descriptions.
fn only(schema: Raw<'_>, place: &[&str], allowed: &[&str]) -> Result<(), SchemaError> {
    for (keyword, _) in schema.members().into_iter().flatten() {
        let keyword = keyword.decode();
        if ASSERTIONS.contains(&&*keyword) && !allowed.contains(&&*keyword) {
            let steps = [place, &[&*keyword]].concat();
            return Err(refused(SchemaRule::ElicitationKeyword, &steps, &keyword));
        }
    }
    Ok(())
}

fn is(value: Option<Raw<'_>>, text: &str) -> bool {
    value.and_then(Raw::string).is_some_and(|value| value == *text)
}

fn text(value: Option<Raw<'_>>) -> Option<String> {
    Some(value?.string()?.decode().into_owned())
}

const ROOT: &[&str] = &["type", "properties", "required", "additionalProperties"];

const FORMATS: &[&str] = &["email", "uri", "date", "date-time"];

/// The keywords of JSON Schema that say what matches, and those that lead elsewhere.
const ASSERTIONS: &[&str] = &[
    "$anchor",
    "$defs",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$ref",
    "$vocabulary",
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "definitions",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "enum",
    "enumNames",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "if",
    "items",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "required",
    "then",
    "type",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
];
