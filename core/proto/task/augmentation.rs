//! Which requests become tasks.

use super::request::Ttl;
use super::rule::TaskRule;
use super::status::Form;
use crate::connection::{Additions, Capabilities, Context, splice_object};
use crate::json::Raw;
use crate::message::{Message, Method};

/// Whether a tool runs as a task: `execution.taskSupport` of MCP 2025-11-25.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TaskSupport {
    /// Never.
    #[default]
    Forbidden,
    /// When it is asked to, or in the extension when the server wants to.
    Optional,
    /// Always.
    Required,
}

/// How a request is to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Augmentation {
    /// By itself.
    Inline,
    /// By itself or with a task, as the server likes (extension).
    Either,
    /// With a task.
    Task(Ttl),
}

impl TaskSupport {
    /// What a tool declares (MCP 2025-11-25, `tools/list`).
    ///
    /// ```
    /// use mcp_engine_proto::{json::Raw, task::TaskSupport};
    ///
    /// let tool = Raw::parse(r#"{"name":"a","execution":{"taskSupport":"optional"}}"#)?;
    /// assert_eq!(TaskSupport::of(tool), TaskSupport::Optional);
    /// # Ok::<(), mcp_engine_proto::Error>(())
    /// ```
    pub fn of(tool: Raw<'_>) -> Self {
        let declared = tool.get("execution").and_then(|execution| execution.get("taskSupport"));
        match declared.map(Raw::spelling) {
            Some(r#""optional""#) => Self::Optional,
            Some(r#""required""#) => Self::Required,
            _ => Self::Forbidden,
        }
    }
}

impl Augmentation {
    /// How a request is to be answered, when this side `offers` these capabilities
    /// ([`Connection::offered`](crate::connection::Connection::offered)), and for a tool, or for a kind of request, there is that `support`.
    ///
    /// Where this side has declared no tasks for the request, the parameter `task` is ignored (MCP 2025-11-25, tasks); so it is in the
    /// extension, where the server alone decides.
    ///
    /// # Errors
    ///
    /// [`TaskRule::Forbidden`] and [`TaskRule::Required`] when the client does not go by the support of the tool;
    /// [`TaskRule::AugmentationRequired`] when another request needs a task; [`TaskRule::CapabilityRequired`] when the client has not declared
    /// the extension and needs it; [`TaskRule::TaskParams`].
    pub fn of(
        request: &Message,
        context: Context,
        offers: Capabilities,
        support: TaskSupport,
    ) -> Result<Self, TaskRule> {
        let Some(method) = request.method() else { return Ok(Self::Inline) };
        match Form::of(context.version) {
            Some(Form::Core) if is_offered(method, offers) => {
                let task = request.params().and_then(|params| params.get("task"));
                core(method, task, support)
            }
            Some(Form::Extension) if method == Method::CallTool => {
                extension(context, offers, support)
            }
            _ => Ok(Self::Inline),
        }
    }
}

/// The parameters of a request that asks to be run as a task (MCP 2025-11-25).
///
/// ```
/// use mcp_engine_proto::{json::Raw, task::augmented};
///
/// let params = Raw::parse(r#"{"name":"echo"}"#)?;
/// assert_eq!(augmented(params, Some(60_000)), r#"{"task":{"ttl":60000},"name":"echo"}"#);
/// # Ok::<(), mcp_engine_proto::Error>(())
/// ```
pub fn augmented(params: Raw<'_>, ttl_ms: Option<u64>) -> String {
    let task = ttl_ms.map_or_else(|| "{}".to_owned(), |ttl| format!(r#"{{"ttl":{ttl}}}"#));
    let mut out = Vec::new();
    let members: &[(&str, &[u8])] = &[("task", task.as_bytes())];
    splice_object(&mut out, params, Additions { members, ..Additions::default() });
    String::from_utf8(out).unwrap_or_default()
}

/// Whether this side has declared tasks for requests of a method.
fn is_offered(method: Method, offers: Capabilities) -> bool {
    match method {
        Method::CallTool => offers.has(Capabilities::TASKS_TOOL_CALLS),
        Method::CreateMessage => offers.has(Capabilities::TASKS_SAMPLING),
        Method::Elicit => offers.has(Capabilities::TASKS_ELICITATION),
        _ => false,
    }
}

fn core(
    method: Method,
    task: Option<Raw<'_>>,
    support: TaskSupport,
) -> Result<Augmentation, TaskRule> {
    match (task, support) {
        (Some(_), TaskSupport::Forbidden) => Err(TaskRule::Forbidden),
        (Some(task), _) => asked_ttl(task).map(Augmentation::Task),
        (None, TaskSupport::Required) if method == Method::CallTool => Err(TaskRule::Required),
        (None, TaskSupport::Required) => Err(TaskRule::AugmentationRequired),
        (None, _) => Ok(Augmentation::Inline),
    }
}

fn extension(
    context: Context,
    offers: Capabilities,
    support: TaskSupport,
) -> Result<Augmentation, TaskRule> {
    if !offers.has(Capabilities::TASKS_EXTENSION) {
        return Ok(Augmentation::Inline);
    }
    let is_declared = context.capabilities.has(Capabilities::TASKS_EXTENSION);
    match support {
        TaskSupport::Required if !is_declared => Err(TaskRule::CapabilityRequired),
        TaskSupport::Required => Ok(Augmentation::Task(Ttl::Default)),
        TaskSupport::Optional if is_declared => Ok(Augmentation::Either),
        TaskSupport::Optional | TaskSupport::Forbidden => Ok(Augmentation::Inline),
    }
}

/// The time to live that the parameter `task` asks for.
fn asked_ttl(task: Raw<'_>) -> Result<Ttl, TaskRule> {
    if task.members().is_none() {
        return Err(TaskRule::TaskParams);
    }
    match task.get("ttl") {
        None => Ok(Ttl::Default),
        Some(ttl) if ttl.is_null() => Ok(Ttl::Default),
        Some(ttl) => ttl.as_u64().map(Ttl::Milliseconds).ok_or(TaskRule::TaskParams),
    }
}
