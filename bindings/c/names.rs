//! The names of methods, revisions and capabilities, and their numbers.

use core::ffi::c_char;

use mcp_engine::Method;
use mcp_engine::connection::Capabilities;
use mcp_engine::version::Version;

use crate::boundary;
use crate::boundary::DONE;
use crate::pointer::{Out, Ptr};
use crate::status::{Failure, MCPE_NOTHING, mcpe_status};
use crate::text::{mcpe_str, text};

/// `initialize`
pub const MCPE_METHOD_INITIALIZE: u32 = 1;
/// `ping`
pub const MCPE_METHOD_PING: u32 = 2;
/// `server/discover`
pub const MCPE_METHOD_DISCOVER: u32 = 3;
/// `tools/list`
pub const MCPE_METHOD_LIST_TOOLS: u32 = 4;
/// `tools/call`
pub const MCPE_METHOD_CALL_TOOL: u32 = 5;
/// `prompts/list`
pub const MCPE_METHOD_LIST_PROMPTS: u32 = 6;
/// `prompts/get`
pub const MCPE_METHOD_GET_PROMPT: u32 = 7;
/// `resources/list`
pub const MCPE_METHOD_LIST_RESOURCES: u32 = 8;
/// `resources/templates/list`
pub const MCPE_METHOD_LIST_RESOURCE_TEMPLATES: u32 = 9;
/// `resources/read`
pub const MCPE_METHOD_READ_RESOURCE: u32 = 10;
/// `resources/subscribe`
pub const MCPE_METHOD_SUBSCRIBE: u32 = 11;
/// `resources/unsubscribe`
pub const MCPE_METHOD_UNSUBSCRIBE: u32 = 12;
/// `subscriptions/listen`
pub const MCPE_METHOD_LISTEN: u32 = 13;
/// `completion/complete`
pub const MCPE_METHOD_COMPLETE: u32 = 14;
/// `logging/setLevel`
pub const MCPE_METHOD_SET_LEVEL: u32 = 15;
/// `sampling/createMessage`
pub const MCPE_METHOD_CREATE_MESSAGE: u32 = 16;
/// `roots/list`
pub const MCPE_METHOD_LIST_ROOTS: u32 = 17;
/// `elicitation/create`
pub const MCPE_METHOD_ELICIT: u32 = 18;
/// `tasks/get`
pub const MCPE_METHOD_GET_TASK: u32 = 19;
/// `tasks/update`
pub const MCPE_METHOD_UPDATE_TASK: u32 = 20;
/// `tasks/cancel`
pub const MCPE_METHOD_CANCEL_TASK: u32 = 21;
/// `tasks/result`
pub const MCPE_METHOD_TASK_RESULT: u32 = 22;
/// `tasks/list`
pub const MCPE_METHOD_LIST_TASKS: u32 = 23;
/// `notifications/initialized`
pub const MCPE_METHOD_INITIALIZED: u32 = 24;
/// `notifications/cancelled`
pub const MCPE_METHOD_CANCELLED: u32 = 25;
/// `notifications/progress`
pub const MCPE_METHOD_PROGRESS: u32 = 26;
/// `notifications/message`
pub const MCPE_METHOD_LOGGING_MESSAGE: u32 = 27;
/// `notifications/tools/list_changed`
pub const MCPE_METHOD_TOOL_LIST_CHANGED: u32 = 28;
/// `notifications/prompts/list_changed`
pub const MCPE_METHOD_PROMPT_LIST_CHANGED: u32 = 29;
/// `notifications/resources/list_changed`
pub const MCPE_METHOD_RESOURCE_LIST_CHANGED: u32 = 30;
/// `notifications/resources/updated`
pub const MCPE_METHOD_RESOURCE_UPDATED: u32 = 31;
/// `notifications/roots/list_changed`
pub const MCPE_METHOD_ROOTS_LIST_CHANGED: u32 = 32;
/// `notifications/elicitation/complete`
pub const MCPE_METHOD_ELICITATION_COMPLETE: u32 = 33;
/// `notifications/tasks/status`
pub const MCPE_METHOD_TASK_STATUS: u32 = 34;
/// `notifications/subscriptions/acknowledged`
pub const MCPE_METHOD_SUBSCRIPTIONS_ACKNOWLEDGED: u32 = 35;
/// `notifications/tasks`
pub const MCPE_METHOD_TASK_NOTIFICATION: u32 = 36;

/// MCP 2024-11-05
pub const MCPE_REVISION_2024_11_05: u32 = 1;
/// MCP 2025-03-26
pub const MCPE_REVISION_2025_03_26: u32 = 2;
/// MCP 2025-06-18
pub const MCPE_REVISION_2025_06_18: u32 = 3;
/// MCP 2025-11-25
pub const MCPE_REVISION_2025_11_25: u32 = 4;
/// MCP 2026-07-28
pub const MCPE_REVISION_2026_07_28: u32 = 5;

/// The client has roots.
pub const MCPE_CAPABILITY_ROOTS: u32 = 1;
/// The client tells when its roots change.
pub const MCPE_CAPABILITY_ROOTS_LIST_CHANGED: u32 = 2;
/// The client can sample from a model.
pub const MCPE_CAPABILITY_SAMPLING: u32 = 4;
/// The client can sample with tools.
pub const MCPE_CAPABILITY_SAMPLING_TOOLS: u32 = 8;
/// The client can add context to what is sampled.
pub const MCPE_CAPABILITY_SAMPLING_CONTEXT: u32 = 16;
/// The client can ask its user to fill in a form.
pub const MCPE_CAPABILITY_ELICITATION_FORM: u32 = 32;
/// The client can send its user to a URL.
pub const MCPE_CAPABILITY_ELICITATION_URL: u32 = 64;
/// The server has tools.
pub const MCPE_CAPABILITY_TOOLS: u32 = 128;
/// The server tells when its tools change.
pub const MCPE_CAPABILITY_TOOLS_LIST_CHANGED: u32 = 256;
/// The server has prompts.
pub const MCPE_CAPABILITY_PROMPTS: u32 = 512;
/// The server tells when its prompts change.
pub const MCPE_CAPABILITY_PROMPTS_LIST_CHANGED: u32 = 1024;
/// The server has resources.
pub const MCPE_CAPABILITY_RESOURCES: u32 = 2048;
/// The server tells when its resources change.
pub const MCPE_CAPABILITY_RESOURCES_LIST_CHANGED: u32 = 4096;
/// The server tells when one resource changes.
pub const MCPE_CAPABILITY_RESOURCES_SUBSCRIBE: u32 = 8192;
/// The server sends log messages.
pub const MCPE_CAPABILITY_LOGGING: u32 = 16384;
/// The server completes arguments.
pub const MCPE_CAPABILITY_COMPLETIONS: u32 = 32768;
/// The side runs tasks (MCP 2025-11-25).
pub const MCPE_CAPABILITY_TASKS: u32 = 65536;
/// The side lists its tasks.
pub const MCPE_CAPABILITY_TASKS_LIST: u32 = 131072;
/// The side cancels tasks.
pub const MCPE_CAPABILITY_TASKS_CANCEL: u32 = 262144;
/// The extension `io.modelcontextprotocol/tasks`.
pub const MCPE_CAPABILITY_TASKS_EXTENSION: u32 = 524288;
/// The server runs calls of tools as tasks (MCP 2025-11-25).
pub const MCPE_CAPABILITY_TASKS_TOOL_CALLS: u32 = 1048576;
/// The client samples as a task (MCP 2025-11-25).
pub const MCPE_CAPABILITY_TASKS_SAMPLING: u32 = 2097152;
/// The client asks its user as a task (MCP 2025-11-25).
pub const MCPE_CAPABILITY_TASKS_ELICITATION: u32 = 4194304;

/// The name of a method, by its number. Static. `MCPE_NOTHING` when no method has the number.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_method_name(method: u32, name: Out<mcpe_str>) -> mcpe_status {
    boundary(|| {
        let name = name.required("name")?;
        let found = u8::try_from(method).ok().and_then(Method::from_id);
        let Some(found) = found else { return Ok(MCPE_NOTHING) };
        name.put(mcpe_str::to(found.name()));
        DONE
    })
}

/// The number of a method, by its name. `MCPE_NOTHING` when MCP has no such method.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_method_number(
    name: Ptr<c_char>,
    name_len: usize,
    method: Out<u32>,
) -> mcpe_status {
    boundary(|| {
        let method = method.required("method")?;
        let Some(found) = Method::from_name(text!(name, name_len)?) else {
            return Ok(MCPE_NOTHING);
        };
        method.put(u32::from(found.id()));
        DONE
    })
}

/// The name of a revision, by its number, like `2025-11-25`. Static. `MCPE_NOTHING` when none has the number.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_revision_name(revision: u32, name: Out<mcpe_str>) -> mcpe_status {
    boundary(|| {
        let name = name.required("name")?;
        let Some(found) = version_of(revision) else { return Ok(MCPE_NOTHING) };
        name.put(mcpe_str::to(found.name()));
        DONE
    })
}

/// The number of a revision, by its name. `MCPE_NOTHING` when there is no such revision.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_revision_number(
    name: Ptr<c_char>,
    name_len: usize,
    revision: Out<u32>,
) -> mcpe_status {
    boundary(|| {
        let revision = revision.required("revision")?;
        let Some(found) = Version::from_name(text!(name, name_len)?) else {
            return Ok(MCPE_NOTHING);
        };
        revision.put(number_of(found));
        DONE
    })
}

/// The number of a revision.
pub fn number_of(version: Version) -> u32 {
    (version as u32).saturating_add(1)
}

/// The revision of a number.
pub fn version_of(number: u32) -> Option<Version> {
    Version::ALL.into_iter().find(|version| number_of(*version) == number)
}

/// The bits of a set of capabilities.
pub fn bits_of(capabilities: Capabilities) -> u32 {
    let rows = CAPABILITIES.iter().filter(|(_, row)| capabilities.has(*row));
    rows.fold(0, |bits, (bit, _)| bits | bit)
}

/// The set of capabilities of bits, all of which must stand for something.
pub fn capabilities_of(bits: u32) -> Result<Capabilities, Failure> {
    let rows = CAPABILITIES.iter().filter(|(bit, _)| bits & bit != 0);
    let found = rows.fold(Capabilities::NONE, |set, (_, row)| set.with(*row));
    if bits_of(found) == bits { Ok(found) } else { Err(Failure::Value("capabilities")) }
}

const CAPABILITIES: [(u32, Capabilities); 23] = [
    (MCPE_CAPABILITY_ROOTS, Capabilities::ROOTS),
    (MCPE_CAPABILITY_ROOTS_LIST_CHANGED, Capabilities::ROOTS_LIST_CHANGED),
    (MCPE_CAPABILITY_SAMPLING, Capabilities::SAMPLING),
    (MCPE_CAPABILITY_SAMPLING_TOOLS, Capabilities::SAMPLING_TOOLS),
    (MCPE_CAPABILITY_SAMPLING_CONTEXT, Capabilities::SAMPLING_CONTEXT),
    (MCPE_CAPABILITY_ELICITATION_FORM, Capabilities::ELICITATION_FORM),
    (MCPE_CAPABILITY_ELICITATION_URL, Capabilities::ELICITATION_URL),
    (MCPE_CAPABILITY_TOOLS, Capabilities::TOOLS),
    (MCPE_CAPABILITY_TOOLS_LIST_CHANGED, Capabilities::TOOLS_LIST_CHANGED),
    (MCPE_CAPABILITY_PROMPTS, Capabilities::PROMPTS),
    (MCPE_CAPABILITY_PROMPTS_LIST_CHANGED, Capabilities::PROMPTS_LIST_CHANGED),
    (MCPE_CAPABILITY_RESOURCES, Capabilities::RESOURCES),
    (MCPE_CAPABILITY_RESOURCES_LIST_CHANGED, Capabilities::RESOURCES_LIST_CHANGED),
    (MCPE_CAPABILITY_RESOURCES_SUBSCRIBE, Capabilities::RESOURCES_SUBSCRIBE),
    (MCPE_CAPABILITY_LOGGING, Capabilities::LOGGING),
    (MCPE_CAPABILITY_COMPLETIONS, Capabilities::COMPLETIONS),
    (MCPE_CAPABILITY_TASKS, Capabilities::TASKS),
    (MCPE_CAPABILITY_TASKS_LIST, Capabilities::TASKS_LIST),
    (MCPE_CAPABILITY_TASKS_CANCEL, Capabilities::TASKS_CANCEL),
    (MCPE_CAPABILITY_TASKS_EXTENSION, Capabilities::TASKS_EXTENSION),
    (MCPE_CAPABILITY_TASKS_TOOL_CALLS, Capabilities::TASKS_TOOL_CALLS),
    (MCPE_CAPABILITY_TASKS_SAMPLING, Capabilities::TASKS_SAMPLING),
    (MCPE_CAPABILITY_TASKS_ELICITATION, Capabilities::TASKS_ELICITATION),
];

#[cfg(test)]
mod tests {
    use super::*;

    const METHODS: [(u32, Method); 36] = [
        (MCPE_METHOD_INITIALIZE, Method::Initialize),
        (MCPE_METHOD_PING, Method::Ping),
        (MCPE_METHOD_DISCOVER, Method::Discover),
        (MCPE_METHOD_LIST_TOOLS, Method::ListTools),
        (MCPE_METHOD_CALL_TOOL, Method::CallTool),
        (MCPE_METHOD_LIST_PROMPTS, Method::ListPrompts),
        (MCPE_METHOD_GET_PROMPT, Method::GetPrompt),
        (MCPE_METHOD_LIST_RESOURCES, Method::ListResources),
        (MCPE_METHOD_LIST_RESOURCE_TEMPLATES, Method::ListResourceTemplates),
        (MCPE_METHOD_READ_RESOURCE, Method::ReadResource),
        (MCPE_METHOD_SUBSCRIBE, Method::Subscribe),
        (MCPE_METHOD_UNSUBSCRIBE, Method::Unsubscribe),
        (MCPE_METHOD_LISTEN, Method::Listen),
        (MCPE_METHOD_COMPLETE, Method::Complete),
        (MCPE_METHOD_SET_LEVEL, Method::SetLevel),
        (MCPE_METHOD_CREATE_MESSAGE, Method::CreateMessage),
        (MCPE_METHOD_LIST_ROOTS, Method::ListRoots),
        (MCPE_METHOD_ELICIT, Method::Elicit),
        (MCPE_METHOD_GET_TASK, Method::GetTask),
        (MCPE_METHOD_UPDATE_TASK, Method::UpdateTask),
        (MCPE_METHOD_CANCEL_TASK, Method::CancelTask),
        (MCPE_METHOD_TASK_RESULT, Method::TaskResult),
        (MCPE_METHOD_LIST_TASKS, Method::ListTasks),
        (MCPE_METHOD_INITIALIZED, Method::Initialized),
        (MCPE_METHOD_CANCELLED, Method::Cancelled),
        (MCPE_METHOD_PROGRESS, Method::Progress),
        (MCPE_METHOD_LOGGING_MESSAGE, Method::LoggingMessage),
        (MCPE_METHOD_TOOL_LIST_CHANGED, Method::ToolListChanged),
        (MCPE_METHOD_PROMPT_LIST_CHANGED, Method::PromptListChanged),
        (MCPE_METHOD_RESOURCE_LIST_CHANGED, Method::ResourceListChanged),
        (MCPE_METHOD_RESOURCE_UPDATED, Method::ResourceUpdated),
        (MCPE_METHOD_ROOTS_LIST_CHANGED, Method::RootsListChanged),
        (MCPE_METHOD_ELICITATION_COMPLETE, Method::ElicitationComplete),
        (MCPE_METHOD_TASK_STATUS, Method::TaskStatus),
        (MCPE_METHOD_SUBSCRIPTIONS_ACKNOWLEDGED, Method::SubscriptionsAcknowledged),
        (MCPE_METHOD_TASK_NOTIFICATION, Method::TaskNotification),
    ];

    #[test]
    fn the_numbers_of_methods_are_those_of_the_index() {
        assert_eq!(METHODS.len(), Method::ALL.len());
        for (number, method) in METHODS {
            assert_eq!(u32::from(method.id()), number, "{method:?}");
        }
    }

    #[test]
    fn revisions_and_capabilities_come_back_from_their_numbers() {
        for version in Version::ALL {
            assert_eq!(version_of(number_of(version)), Some(version));
        }
        assert_eq!(number_of(Version::LATEST), MCPE_REVISION_2026_07_28);
        assert_eq!((version_of(0), version_of(6)), (None, None));
        for (bit, capability) in CAPABILITIES {
            assert_eq!(bits_of(capability), bit);
            assert_eq!(capabilities_of(bit), Ok(capability));
        }
        assert_eq!(capabilities_of(1 << 31), Err(Failure::Value("capabilities")));
    }
}
