//! Elicitation: a server asks the user, by a form or by sending the user to a URL.

mod choice;
mod params;
mod schema;

pub use choice::{
    EnumOption, EnumSchema, LegacyTitledEnumSchema, TitledItems, TitledMultiSelectEnumSchema,
    TitledSingleSelectEnumSchema, UntitledItems, UntitledMultiSelectEnumSchema,
    UntitledSingleSelectEnumSchema,
};
pub use params::{
    ElicitRequest, ElicitRequestFormParams, ElicitRequestParams, ElicitRequestURLParams, FormMode,
};
pub use schema::{
    BooleanSchema, NumberSchema, NumberType, PrimitiveSchemaDefinition, RequestedSchema,
    StringFormat, StringSchema,
};

use std::borrow::Cow;

use super::declare::{object, words};
use super::meta::{MetaObject, NotificationMetaObject};
use super::{Map, Mismatch, Value};
use crate::json::{Raw, Str, ValueKind};
use crate::version::Version;

object! {
    /// Result of `elicitation/create`.
    pub struct ElicitResult<'a> [since V2025_06_18] {
        required {
            /// What the user did.
            action: ElicitAction = "action",
        }
        optional {
            /// What the user filled in, by the names of the form.
            content: Map<'a, ElicitValue<'a>> = "content",
            /// See [`MetaObject`].
            meta: MetaObject<'a> = "_meta" [until V2025_11_25],
        }
    }
}

words! {
    /// What a user did when asked.
    pub enum ElicitAction {
        /// Agreed: filled in the form, or went to the URL.
        Accept = "accept",
        /// Said no.
        Decline = "decline",
        /// Went away without a choice.
        Cancel = "cancel",
    }
}

/// What a user filled in.
#[derive(Clone, Debug, PartialEq)]
pub enum ElicitValue<'a> {
    /// Text, or one choice.
    String(Cow<'a, str>),
    /// A whole number.
    Integer(i64),
    /// Another number.
    Number(f64),
    /// Yes or no.
    Boolean(bool),
    /// Any number of choices, since 2025-11-25; left out before.
    Strings(Vec<Cow<'a, str>>),
}

object! {
    /// Parameters of `notifications/elicitation/complete`.
    pub struct ElicitationCompleteNotificationParams<'a> [only V2025_11_25] {
        required {
            /// Which elicitation was completed.
            elicitation_id: Cow<'a, str> = "elicitationId",
        }
        optional {
            /// See [`NotificationMetaObject`].
            meta: NotificationMetaObject<'a> = "_meta",
        }
    }
}

impl<'a> Value<'a> for ElicitValue<'a> {
    type Owned = ElicitValue<'static>;

    fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        let other = || Mismatch::expected("a string, a number, a boolean or an array of strings");
        match raw.kind() {
            ValueKind::String => raw.string().map(Str::decode).map(Self::String).ok_or_else(other),
            ValueKind::Number => match raw.as_i64() {
                Some(integer) => Ok(Self::Integer(integer)),
                None => raw.as_f64().map(Self::Number).ok_or_else(other),
            },
            ValueKind::Boolean => raw.as_bool().map(Self::Boolean).ok_or_else(other),
            ValueKind::Array => Value::read(raw).map(Self::Strings),
            _ => Err(other()),
        }
    }

    fn write(&self, out: &mut Vec<u8>, version: Version) {
        match self {
            Self::String(text) => Value::write(text, out, version),
            Self::Integer(integer) => integer.write(out, version),
            Self::Number(number) => number.write(out, version),
            Self::Boolean(boolean) => boolean.write(out, version),
            Self::Strings(strings) => strings.write(out, version),
        }
    }

    fn into_owned(self) -> ElicitValue<'static> {
        match self {
            Self::String(text) => ElicitValue::String(Cow::Owned(text.into_owned())),
            Self::Integer(integer) => ElicitValue::Integer(integer),
            Self::Number(number) => ElicitValue::Number(number),
            Self::Boolean(boolean) => ElicitValue::Boolean(boolean),
            Self::Strings(strings) => ElicitValue::Strings(Value::into_owned(strings)),
        }
    }

    fn fits(&self, version: Version) -> bool {
        match self {
            Self::Strings(_) => version >= Version::V2025_11_25,
            Self::Number(number) => number.is_finite(),
            _ => true,
        }
    }
}
