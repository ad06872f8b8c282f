//! Choices in a form: of one or of several, with or without names for people.

use std::borrow::Cow;

use crate::json::{Raw, Str};
use crate::model::declare::object;
use crate::model::{Mismatch, Value};
use crate::version::{Revisions, Version};

object! {
    /// A choice of one.
    pub struct UntitledSingleSelectEnumSchema<'a> [since V2025_06_18] {
        tag { "type": "string" }
        required {
            /// What there is to choose from.
            values: Vec<Cow<'a, str>> = "enum",
        }
        optional {
            /// Name for people.
            title: Cow<'a, str> = "title",
            /// What is meant.
            description: Cow<'a, str> = "description",
            /// What is chosen already.
            default_value: Cow<'a, str> = "default" [since V2025_11_25],
        }
    }
}

object! {
    /// A choice of one, with names for people.
    pub struct TitledSingleSelectEnumSchema<'a> [since V2025_11_25] {
        tag { "type": "string" }
        required {
            /// What there is to choose from.
            options: Vec<EnumOption<'a>> = "oneOf",
        }
        optional {
            /// Name for people.
            title: Cow<'a, str> = "title",
            /// What is meant.
            description: Cow<'a, str> = "description",
            /// What is chosen already.
            default_value: Cow<'a, str> = "default",
        }
    }
}

object! {
    /// A choice of any number.
    pub struct UntitledMultiSelectEnumSchema<'a> [since V2025_11_25] {
        tag { "type": "array" }
        required {
            /// What there is to choose from.
            items: UntitledItems<'a> = "items",
        }
        optional {
            /// Name for people.
            title: Cow<'a, str> = "title",
            /// What is meant.
            description: Cow<'a, str> = "description",
            /// Fewest choices.
            min_items: i64 = "minItems",
            /// Most choices.
            max_items: i64 = "maxItems",
            /// What is chosen already.
            default_value: Vec<Cow<'a, str>> = "default",
        }
    }
}

object! {
    /// A choice of any number, with names for people.
    pub struct TitledMultiSelectEnumSchema<'a> [since V2025_11_25] {
        tag { "type": "array" }
        required {
            /// What there is to choose from.
            items: TitledItems<'a> = "items",
        }
        optional {
            /// Name for people.
            title: Cow<'a, str> = "title",
            /// What is meant.
            description: Cow<'a, str> = "description",
            /// Fewest choices.
            min_items: i64 = "minItems",
            /// Most choices.
            max_items: i64 = "maxItems",
            /// What is chosen already.
            default_value: Vec<Cow<'a, str>> = "default",
        }
    }
}

object! {
    /// A choice of one, with names for people in the manner of 2025-06-18. Later revisions deprecate it.
    pub struct LegacyTitledEnumSchema<'a> [since V2025_06_18] {
        tag { "type": "string" }
        required {
            /// What there is to choose from.
            values: Vec<Cow<'a, str>> = "enum",
        }
        optional {
            /// The name of each, in the same order.
            names: Vec<Cow<'a, str>> = "enumNames",
            /// Name for people.
            title: Cow<'a, str> = "title",
            /// What is meant.
            description: Cow<'a, str> = "description",
            /// What is chosen already.
            default_value: Cow<'a, str> = "default" [since V2025_11_25],
        }
    }
}

object! {
    /// The items of a choice of any number.
    pub struct UntitledItems<'a> [since V2025_11_25] {
        tag { "type": "string" }
        required {
            /// What there is to choose from.
            values: Vec<Cow<'a, str>> = "enum",
        }
    }
}

object! {
    /// The items of a choice of any number, with names for people.
    pub struct TitledItems<'a> [since V2025_11_25] {
        required {
            /// What there is to choose from.
            options: Vec<EnumOption<'a>> = "anyOf",
        }
    }
}

object! {
    /// One of the options of a choice.
    pub struct EnumOption<'a> [since V2025_11_25] {
        required {
            /// What it stands for.
            value: Cow<'a, str> = "const",
            /// Name for people.
            title: Cow<'a, str> = "title",
        }
    }
}

/// A choice.
#[derive(Clone, Debug, PartialEq)]
pub enum EnumSchema<'a> {
    /// Of one.
    UntitledSingleSelect(UntitledSingleSelectEnumSchema<'a>),
    /// Of one, with names for people.
    TitledSingleSelect(TitledSingleSelectEnumSchema<'a>),
    /// Of any number.
    UntitledMultiSelect(UntitledMultiSelectEnumSchema<'a>),
    /// Of any number, with names for people.
    TitledMultiSelect(TitledMultiSelectEnumSchema<'a>),
    /// Of one, with names for people in the manner of 2025-06-18.
    LegacyTitled(LegacyTitledEnumSchema<'a>),
}

impl<'a> EnumSchema<'a> {
    /// The name in the schema.
    pub const NAME: &'static str = "EnumSchema";

    /// The revisions that have the type.
    pub const REVISIONS: Revisions = Revisions::since(Version::V2025_06_18);

    /// Reads whichever it is.
    ///
    /// # Errors
    ///
    /// A [`Mismatch`] when it is no choice.
    pub fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        <Self as Value>::read(raw).map_err(|mismatch| mismatch.within(Self::NAME, ""))
    }

    /// Appends it as `version` has it.
    pub fn write(&self, out: &mut Vec<u8>, version: Version) {
        if version < Version::V2025_11_25 {
            return self.as_legacy().write(out, version);
        }
        match self {
            Self::UntitledSingleSelect(schema) => schema.write(out, version),
            Self::TitledSingleSelect(schema) => schema.write(out, version),
            Self::UntitledMultiSelect(schema) => schema.write(out, version),
            Self::TitledMultiSelect(schema) => schema.write(out, version),
            Self::LegacyTitled(schema) => schema.write(out, version),
        }
    }

    /// Copies what is borrowed.
    pub fn into_owned(self) -> EnumSchema<'static> {
        match self {
            Self::UntitledSingleSelect(schema) => {
                EnumSchema::UntitledSingleSelect(schema.into_owned())
            }
            Self::TitledSingleSelect(schema) => EnumSchema::TitledSingleSelect(schema.into_owned()),
            Self::UntitledMultiSelect(schema) => {
                EnumSchema::UntitledMultiSelect(schema.into_owned())
            }
            Self::TitledMultiSelect(schema) => EnumSchema::TitledMultiSelect(schema.into_owned()),
            Self::LegacyTitled(schema) => EnumSchema::LegacyTitled(schema.into_owned()),
        }
    }

    /// The choice in the one form that 2025-06-18 has.
    fn as_legacy(&self) -> LegacyTitledEnumSchema<'_> {
        let (values, names, texts, extra) = match self {
            Self::UntitledSingleSelect(it) => {
                (plain(&it.values), None, (&it.title, &it.description), &it.extra)
            }
            Self::TitledSingleSelect(it) => {
                let (values, names) = taken_apart(&it.options);
                (values, Some(names), (&it.title, &it.description), &it.extra)
            }
            Self::UntitledMultiSelect(it) => {
                (plain(&it.items.values), None, (&it.title, &it.description), &it.extra)
            }
            Self::TitledMultiSelect(it) => {
                let (values, names) = taken_apart(&it.items.options);
                (values, Some(names), (&it.title, &it.description), &it.extra)
            }
            Self::LegacyTitled(it) => return it.clone(),
        };
        let mut legacy = LegacyTitledEnumSchema::new(values);
        legacy.names = names;
        (legacy.title, legacy.description) = (texts.0.clone(), texts.1.clone());
        legacy.extra = extra.clone();
        legacy
    }
}

impl<'a> Value<'a> for EnumSchema<'a> {
    type Owned = EnumSchema<'static>;

    fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        match Form::of(raw)? {
            Form { items: Some(items), .. } if items.get("anyOf").is_some() => {
                Value::read(raw).map(Self::TitledMultiSelect)
            }
            Form { items: Some(_), .. } => Value::read(raw).map(Self::UntitledMultiSelect),
            Form { options: true, .. } => Value::read(raw).map(Self::TitledSingleSelect),
            Form { names: true, .. } => Value::read(raw).map(Self::LegacyTitled),
            _ => Value::read(raw).map(Self::UntitledSingleSelect),
        }
    }

    fn write(&self, out: &mut Vec<u8>, version: Version) {
        self.write(out, version);
    }

    fn into_owned(self) -> EnumSchema<'static> {
        self.into_owned()
    }
}

/// The members that tell the forms of a property apart.
#[derive(Default)]
pub(super) struct Form<'a> {
    pub(super) kind: Option<Str<'a>>,
    pub(super) values: bool,
    pub(super) names: bool,
    pub(super) options: bool,
    pub(super) items: Option<Raw<'a>>,
}

impl<'a> Form<'a> {
    pub(super) fn of(raw: Raw<'a>) -> Result<Self, Mismatch> {
        let mut form = Self::default();
        for (name, value) in raw.members().ok_or(Mismatch::expected("an object"))? {
            match &*name.decode() {
                "type" => form.kind = value.string(),
                "enum" => form.values = true,
                "enumNames" => form.names = true,
                "oneOf" => form.options = true,
                "items" => form.items = Some(value),
                _ => {}
            }
        }
        Ok(form)
    }
}

fn plain<'v>(values: &'v [Cow<'_, str>]) -> Vec<Cow<'v, str>> {
    values.iter().map(|value| Cow::Borrowed(&**value)).collect()
}

fn taken_apart<'v>(options: &'v [EnumOption<'_>]) -> (Vec<Cow<'v, str>>, Vec<Cow<'v, str>>) {
    let parts =
        |option: &'v EnumOption<'_>| (Cow::Borrowed(&*option.value), Cow::Borrowed(&*option.title));
    options.iter().map(parts).unzip()
}
