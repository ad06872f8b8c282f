//! What a task is doing, and what may follow.

use core::fmt;

use crate::version::{Era, Feature, Version};

/// What a task is doing (MCP 2025-11-25 and the extension `io.modelcontextprotocol/tasks`).
///
/// ```text
///             ┌──────── require_input ────────▶┐
///   create ─▶ working                    input_required
///             └◀── resume, the last input ─────┘
///                │                             │
///                └──────────────┬──────────────┘
///               finish, cancel  ▼
///              completed │ failed │ cancelled      terminal: nothing leaves them
///
///   from any, when the time to live is over or on remove ─▶ gone
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// It is being worked on.
    Working,
    /// It cannot go on without input of the one who asked for it.
    InputRequired,
    /// It has a result. In the extension also a tool's result that says `isError`.
    Completed,
    /// It has an error. In MCP 2025-11-25 also a tool's result that says `isError`.
    Failed,
    /// It was called off.
    Cancelled,
}

/// How tasks look on the wire: the two forms are not compatible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Part of the protocol: MCP 2025-11-25.
    Core,
    /// The extension `io.modelcontextprotocol/tasks`: MCP 2026-07-28.
    Extension,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 5] =
        [Self::Working, Self::InputRequired, Self::Completed, Self::Failed, Self::Cancelled];

    /// Whether it is the last one of a task.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::InputRequired => "input_required",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of that exact name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether a task may go from this status to another one.
    pub const fn may_become(self, next: Self) -> bool {
        match (self, next) {
            (Self::Working, Self::Working) | (Self::InputRequired, Self::InputRequired) => false,
            _ => !self.is_terminal(),
        }
    }
}

impl Form {
    /// The form that a revision has; `None` for those without tasks.
    pub fn of(version: Version) -> Option<Self> {
        match version.era() {
            Era::Modern => Some(Self::Extension),
            Era::Legacy => version.has(Feature::CoreTasks).then_some(Self::Core),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_a_terminal_status() {
        for from in Status::ALL {
            for to in Status::ALL {
                let is_allowed = from.may_become(to);
                assert_eq!(is_allowed, !from.is_terminal() && from != to, "{from} to {to}");
            }
        }
    }

    #[test]
    fn names_are_read_back() {
        for status in Status::ALL {
            assert_eq!(Status::from_name(status.name()), Some(status));
        }
        assert_eq!(Status::from_name("Working"), None);
    }

    #[test]
    fn only_the_last_two_revisions_have_tasks() {
        let forms = Version::ALL.map(Form::of);
        assert_eq!(forms, [None, None, None, Some(Form::Core), Some(Form::Extension)]);
    }
}
