//! What is asked for: a new task, or something about one.

use super::limits::TaskLimits;
use super::rule::TaskRule;
use super::status::Form;
use crate::connection::{Capabilities, Context};
use crate::json::Raw;
use crate::message::{Message, Method};

/// A request about tasks: `tasks/get`, `tasks/list`, `tasks/result`, `tasks/cancel` or `tasks/update`.
#[derive(Clone, Copy, Debug)]
pub struct TaskRequest<'a> {
    /// The method.
    pub method: Method,
    /// The parameters.
    pub params: Option<Raw<'a>>,
    /// Under which terms it was made.
    pub context: Context,
    /// Who makes it, as this side has authenticated it; the same bytes for everybody when it has not.
    pub principal: &'a [u8],
}

/// A task to be created.
#[derive(Clone, Copy, Debug)]
pub struct NewTask<'a> {
    pub(super) method: Method,
    pub(super) context: Context,
    pub(super) principal: &'a [u8],
    pub(super) ttl: Ttl,
    pub(super) poll_interval_ms: Option<u64>,
    pub(super) message: Option<&'a str>,
    pub(super) immediate: Option<&'a str>,
}

/// How long a task is kept, from its creation on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ttl {
    /// As [`TaskLimits::ttl_ms`] says.
    #[default]
    Default,
    /// That long, within [`TaskLimits::shortest_ttl_ms`] and [`TaskLimits::longest_ttl_ms`].
    Milliseconds(u64),
    /// Until it is [removed](super::Tasks::remove). For the application to choose, never for a peer.
    Unlimited,
}

impl<'a> TaskRequest<'a> {
    /// The request that a message is, when it is one about tasks.
    pub fn of(message: &'a Message, context: Context, principal: &'a [u8]) -> Option<Self> {
        let method = message.method().filter(|method| {
            matches!(
                method,
                Method::GetTask
                    | Method::ListTasks
                    | Method::TaskResult
                    | Method::CancelTask
                    | Method::UpdateTask
            )
        })?;
        Some(Self { method, params: message.params(), context, principal })
    }

    /// In which form tasks are asked for.
    pub(super) fn form(&self) -> Result<Form, TaskRule> {
        form(self.context)
    }
}

impl<'a> NewTask<'a> {
    /// A task for a request that `principal` has made.
    pub fn new(method: Method, context: Context, principal: &'a [u8]) -> Self {
        Self {
            method,
            context,
            principal,
            ttl: Ttl::Default,
            poll_interval_ms: None,
            message: None,
            immediate: None,
        }
    }

    /// Kept that long.
    #[must_use]
    pub fn ttl(self, ttl: Ttl) -> Self {
        Self { ttl, ..self }
    }

    /// To be polled that often, in milliseconds, instead of as [`TaskLimits::poll_interval_ms`] says.
    #[must_use]
    pub fn poll_interval_ms(self, interval: u64) -> Self {
        Self { poll_interval_ms: Some(interval), ..self }
    }

    /// With that to say about its status.
    #[must_use]
    pub fn message(self, message: &'a str) -> Self {
        Self { message: Some(message), ..self }
    }

    /// What a model may be told while the task runs (MCP 2025-11-25, `io.modelcontextprotocol/model-immediate-response`).
    #[must_use]
    pub fn immediate_response(self, text: &'a str) -> Self {
        Self { immediate: Some(text), ..self }
    }

    /// The form that the task will have, if there may be one.
    pub(super) fn form(&self) -> Result<Form, TaskRule> {
        let form = form(self.context)?;
        let is_allowed = match form {
            Form::Core => {
                matches!(self.method, Method::CallTool | Method::CreateMessage | Method::Elicit)
            }
            Form::Extension => self.method == Method::CallTool,
        };
        if is_allowed { Ok(form) } else { Err(TaskRule::Method) }
    }
}

impl Ttl {
    /// The milliseconds that are granted; `None` for ever.
    pub(super) fn granted(self, limits: &TaskLimits) -> Option<u64> {
        let asked = match self {
            Self::Default => limits.ttl_ms,
            Self::Milliseconds(asked) => asked,
            Self::Unlimited => return None,
        };
        Some(asked.max(limits.shortest_ttl_ms).min(limits.longest_ttl_ms))
    }
}

/// The form of tasks under these terms. The extension has to be declared with each request.
fn form(context: Context) -> Result<Form, TaskRule> {
    match Form::of(context.version).ok_or(TaskRule::MethodNotHere)? {
        Form::Extension if !context.capabilities.has(Capabilities::TASKS_EXTENSION) => {
            Err(TaskRule::CapabilityRequired)
        }
        form => Ok(form),
    }
}
