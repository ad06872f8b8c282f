//! The fields of a form: what a user is asked for.

use mcp_engine_proto::json::{Raw, ValueKind};

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub(super) name: String,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) presence: Presence,
    pub(super) kind: FieldKind,
    pub(super) default: Option<String>,
}

/// Whether a field must be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    Optional,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// A text, perhaps of a format: `email`, `uri`, `date` or `date-time`.
    Text {
        /// The format.
        format: Option<String>,
    },
    /// A number.
    Number,
    /// An integer.
    Integer,
    /// Yes or no.
    Boolean,
    /// One of some choices.
    One(Vec<Choice>),
    /// Any of some choices: since 2025-11-25.
    Many(Vec<Choice>),
}

/// One choice of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The value that is sent.
    pub value: String,
    /// What is shown in its place.
    pub title: Option<String>,
}

impl Field {
    /// The name of the property.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What to call it.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// What to say about it.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Whether it must be filled in.
    pub fn is_required(&self) -> bool {
        self.presence == Presence::Required
    }

    /// What it holds.
    pub fn kind(&self) -> &FieldKind {
        &self.kind
    }

    /// Its default, as JSON text.
    pub fn default(&self) -> Option<&str> {
        self.default.as_deref()
    }
}

impl FieldKind {
    /// Whether a value is of this kind, its bounds and format aside.
    pub(super) fn holds(&self, value: Raw<'_>) -> bool {
        let chosen = |choices: &[Choice], value: Raw<'_>| {
            value.string().is_some_and(|text| choices.iter().any(|choice| text == *choice.value))
        };
        match self {
            Self::Text { .. } => value.kind() == ValueKind::String,
            Self::Number => value.kind() == ValueKind::Number,
            Self::Integer => {
                value.kind() == ValueKind::Number && crate::number::is_integer(value.spelling())
            }
            Self::Boolean => value.kind() == ValueKind::Boolean,
            Self::One(choices) => chosen(choices, value),
            Self::Many(choices) => value
                .elements()
                .is_some_and(|mut elements| elements.all(|element| chosen(choices, element))),
        }
    }
}
