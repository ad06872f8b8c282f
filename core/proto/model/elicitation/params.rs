//! What a server asks: a form, or a visit to a URL.

use std::borrow::Cow;

use super::RequestedSchema;
use crate::json::Raw;
use crate::model::declare::{object, words};
use crate::model::meta::RequestMetaObject;
use crate::model::task::TaskMetadata;
use crate::model::{Mismatch, Value};
use crate::version::{Revisions, Version};

object! {
    /// A request to ask the user, as 2026-07-28 puts it into a result.
    pub struct ElicitRequest<'a> [since V2025_06_18] {
        tag { "method": "elicitation/create" }
        required {
            /// What is asked.
            params: ElicitRequestParams<'a> = "params",
        }
    }
}

/// Parameters of `elicitation/create`.
#[derive(Clone, Debug, PartialEq)]
pub enum ElicitRequestParams<'a> {
    /// The user fills in a form.
    Form(ElicitRequestFormParams<'a>),
    /// The user is sent to a URL, since 2025-11-25.
    Url(ElicitRequestURLParams<'a>),
}

object! {
    /// Asks the user to fill in a form.
    pub struct ElicitRequestFormParams<'a> [since V2025_06_18] {
        required {
            /// What the user is told.
            message: Cow<'a, str> = "message",
            /// The form.
            requested_schema: RequestedSchema<'a> = "requestedSchema",
        }
        optional {
            /// Says that it is a form; without it, it is one too.
            mode: FormMode = "mode" [since V2025_11_25],
            /// Asks for the request to be a task.
            task: TaskMetadata<'a> = "task" [only V2025_11_25],
            /// See [`RequestMetaObject`].
            meta: Box<RequestMetaObject<'a>> = "_meta" [until V2025_11_25],
        }
    }
}

words! {
    /// The one mode of a form.
    #[derive(Default)]
    pub enum FormMode {
        #[default]
        Form = "form",
    }
}

object! {
    /// Sends the user to a URL. The user must see all of it and agree; it must not be opened or fetched before.
    pub struct ElicitRequestURLParams<'a> [since V2025_11_25] {
        tag { "mode": "url" }
        required {
            /// What the user is told.
            message: Cow<'a, str> = "message",
            /// Where the user is sent.
            url: Cow<'a, str> = "url",
        }
        optional {
            /// What its completion refers to. 2025-11-25 requires it, and nobody but the server can make it up.
            elicitation_id: Cow<'a, str> = "elicitationId" [only V2025_11_25],
            /// Asks for the request to be a task.
            task: TaskMetadata<'a> = "task" [only V2025_11_25],
            /// See [`RequestMetaObject`].
            meta: Box<RequestMetaObject<'a>> = "_meta" [until V2025_11_25],
        }
    }
}

impl<'a> ElicitRequestParams<'a> {
    /// The name in the schema.
    pub const NAME: &'static str = "ElicitRequestParams";

    /// The revisions that have the type.
    pub const REVISIONS: Revisions = Revisions::since(Version::V2025_06_18);

    /// Reads whichever it is.
    ///
    /// # Errors
    ///
    /// A [`Mismatch`] when its mode is neither, or it is not what its mode says.
    pub fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        <Self as Value>::read(raw).map_err(|mismatch| mismatch.within(Self::NAME, ""))
    }

    /// Appends it as `version` has it.
    pub fn write(&self, out: &mut Vec<u8>, version: Version) {
        match self {
            Self::Form(params) => params.write(out, version),
            Self::Url(params) => params.write(out, version),
        }
    }

    /// Copies what is borrowed.
    pub fn into_owned(self) -> ElicitRequestParams<'static> {
        match self {
            Self::Form(params) => ElicitRequestParams::Form(params.into_owned()),
            Self::Url(params) => ElicitRequestParams::Url(params.into_owned()),
        }
    }
}

impl<'a> Value<'a> for ElicitRequestParams<'a> {
    type Owned = ElicitRequestParams<'static>;

    fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        match raw.get("mode").and_then(Raw::string) {
            Some(mode) if mode == "url" => Value::read(raw).map(Self::Url),
            _ => Value::read(raw).map(Self::Form),
        }
    }

    fn write(&self, out: &mut Vec<u8>, version: Version) {
        self.write(out, version);
    }

    fn into_owned(self) -> ElicitRequestParams<'static> {
        self.into_owned()
    }
}

impl<'a> From<ElicitRequestFormParams<'a>> for ElicitRequestParams<'a> {
    fn from(params: ElicitRequestFormParams<'a>) -> Self {
        Self::Form(params)
    }
}

impl<'a> From<ElicitRequestURLParams<'a>> for ElicitRequestParams<'a> {
    fn from(params: ElicitRequestURLParams<'a>) -> Self {
        Self::Url(params)
    }
}
