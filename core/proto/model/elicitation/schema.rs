//! The forms of elicitation: a flat object whose properties are strings, numbers, booleans and choices.
//!
//! 2025-06-18 has one kind of choice: a list of strings with names beside it. For that revision a titled choice is
//! written in this form, which loses nothing, and a choice of several as a choice of one.

use std::borrow::Cow;

use super::choice::{EnumSchema, Form};
use crate::json::{Raw, Str};
use crate::model::declare::{object, words};
use crate::model::{JsonObject, Map, Mismatch, Value};
use crate::version::{Revisions, Version};

object! {
    /// A form.
    pub struct RequestedSchema<'a> [since V2025_06_18] {
        tag { "type": "object" }
        required {
            /// What is asked, by name.
            properties: Map<'a, PrimitiveSchemaDefinition<'a>> = "properties",
        }
        optional {
            /// The names that must be filled in.
            required: Vec<Cow<'a, str>> = "required",
            /// Which JSON Schema this is.
            schema: Cow<'a, str> = "$schema" [since V2025_11_25],
        }
    }
}

object! {
    /// Asks for text.
    #[derive(Default)]
    pub struct StringSchema<'a> [since V2025_06_18] {
        tag { "type": "string" }
        optional {
            /// Name for people.
            title: Cow<'a, str> = "title",
            /// What is meant.
            description: Cow<'a, str> = "description",
            /// Fewest characters.
            min_length: i64 = "minLength",
            /// Most characters.
            max_length: i64 = "maxLength",
            /// What the text is.
            format: StringFormat = "format",
            /// What is filled in already.
            default_value: Cow<'a, str> = "default" [since V2025_11_25],
        }
    }
}

words! {
    /// What a text is.
    pub enum StringFormat {
        /// An e-mail address.
        Email = "email",
        /// A URI.
        Uri = "uri",
        /// A date.
        Date = "date",
        /// A date and a time.
        DateTime = "date-time",
    }
}

object! {
    /// Asks for a number.
    pub struct NumberSchema<'a> [since V2025_06_18] {
        required {
            /// Whether it has to be whole.
            kind: NumberType = "type",
        }
        optional {
            /// Name for people.
            title: Cow<'a, str> = "title",
            /// What is meant.
            description: Cow<'a, str> = "description",
            /// Least number.
            minimum: f64 = "minimum",
            /// Greatest number.
            maximum: f64 = "maximum",
            /// What is filled in already.
            default_value: f64 = "default" [since V2025_11_25],
        }
    }
}

words! {
    /// Whether a number has to be whole.
    pub enum NumberType {
        /// Any number.
        Number = "number",
        /// A whole one.
        Integer = "integer",
    }
}

object! {
    /// Asks for yes or no.
    #[derive(Default)]
    pub struct BooleanSchema<'a> [since V2025_06_18] {
        tag { "type": "boolean" }
        optional {
            /// Name for people.
            title: Cow<'a, str> = "title",
            /// What is meant.
            description: Cow<'a, str> = "description",
            /// What is filled in already.
            default_value: bool = "default",
        }
    }
}

/// What one property of a form asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum PrimitiveSchemaDefinition<'a> {
    /// Text.
    String(StringSchema<'a>),
    /// A number.
    Number(NumberSchema<'a>),
    /// Yes or no.
    Boolean(BooleanSchema<'a>),
    /// A choice.
    Enum(EnumSchema<'a>),
    /// Something that this library does not know, written as it was read.
    Other(JsonObject<'a>),
}

impl<'a> PrimitiveSchemaDefinition<'a> {
    /// The name in the schema.
    pub const NAME: &'static str = "PrimitiveSchemaDefinition";

    /// The revisions that have the type.
    pub const REVISIONS: Revisions = Revisions::since(Version::V2025_06_18);

    /// Reads whichever it is.
    ///
    /// # Errors
    ///
    /// A [`Mismatch`] when it is no object, or not what its type says.
    pub fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        <Self as Value>::read(raw).map_err(|mismatch| mismatch.within(Self::NAME, ""))
    }

    /// Appends it as `version` has it.
    pub fn write(&self, out: &mut Vec<u8>, version: Version) {
        match self {
            Self::String(schema) => schema.write(out, version),
            Self::Number(schema) => schema.write(out, version),
            Self::Boolean(schema) => schema.write(out, version),
            Self::Enum(schema) => schema.write(out, version),
            Self::Other(json) => json.write(out),
        }
    }

    /// Copies what is borrowed.
    pub fn into_owned(self) -> PrimitiveSchemaDefinition<'static> {
        match self {
            Self::String(schema) => PrimitiveSchemaDefinition::String(schema.into_owned()),
            Self::Number(schema) => PrimitiveSchemaDefinition::Number(schema.into_owned()),
            Self::Boolean(schema) => PrimitiveSchemaDefinition::Boolean(schema.into_owned()),
            Self::Enum(schema) => PrimitiveSchemaDefinition::Enum(schema.into_owned()),
            Self::Other(json) => PrimitiveSchemaDefinition::Other(json.into_owned()),
        }
    }
}

impl<'a> Value<'a> for PrimitiveSchemaDefinition<'a> {
    type Owned = PrimitiveSchemaDefinition<'static>;

    fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        let form = Form::of(raw)?;
        let choice = form.values || form.options;
        match form.kind.map(Str::decode).as_deref() {
            Some("string") if choice => Value::read(raw).map(Self::Enum),
            Some("string") => Value::read(raw).map(Self::String),
            Some("number" | "integer") => Value::read(raw).map(Self::Number),
            Some("boolean") => Value::read(raw).map(Self::Boolean),
            Some("array") if form.items.is_some() => Value::read(raw).map(Self::Enum),
            _ => Value::read(raw).map(Self::Other),
        }
    }

    fn write(&self, out: &mut Vec<u8>, version: Version) {
        self.write(out, version);
    }

    fn into_owned(self) -> PrimitiveSchemaDefinition<'static> {
        self.into_owned()
    }
}

impl<'a> From<StringSchema<'a>> for PrimitiveSchemaDefinition<'a> {
    fn from(schema: StringSchema<'a>) -> Self {
        Self::String(schema)
    }
}

impl<'a> From<NumberSchema<'a>> for PrimitiveSchemaDefinition<'a> {
    fn from(schema: NumberSchema<'a>) -> Self {
        Self::Number(schema)
    }
}

impl<'a> From<BooleanSchema<'a>> for PrimitiveSchemaDefinition<'a> {
    fn from(schema: BooleanSchema<'a>) -> Self {
        Self::Boolean(schema)
    }
}

impl<'a> From<EnumSchema<'a>> for PrimitiveSchemaDefinition<'a> {
    fn from(schema: EnumSchema<'a>) -> Self {
        Self::Enum(schema)
    }
}
