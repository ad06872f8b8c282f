//! What a client and a server can do, as they declare it.
//!
//! A capability is there or not; most have no settings, so that `{}` says all. Every revision adds some, and 2026-07-28
//! sends them with every request in place of once.

use super::declare::object;
use super::{JsonObject, Map};

object! {
    /// What a client can do.
    #[derive(Default)]
    pub struct ClientCapabilities<'a> {
        optional {
            /// Capabilities outside of the protocol, by name.
            experimental: Map<'a, JsonObject<'a>> = "experimental",
            /// It can list its roots.
            roots: RootsCapability<'a> = "roots",
            /// It can ask a language model.
            sampling: SamplingCapability<'a> = "sampling",
            /// It can ask its user.
            elicitation: ElicitationCapability<'a> = "elicitation" [since V2025_06_18],
            /// It can run requests as tasks.
            tasks: ClientTasksCapability<'a> = "tasks" [only V2025_11_25],
            /// Settings of the extensions it speaks, by identifier.
            extensions: Map<'a, JsonObject<'a>> = "extensions" [since V2026_07_28],
        }
    }
}

object! {
    /// Listing roots.
    #[derive(Default)]
    pub struct RootsCapability<'a> {
        optional {
            /// Whether it tells when they change.
            list_changed: bool = "listChanged" [until V2025_11_25],
        }
    }
}

object! {
    /// Asking a language model.
    #[derive(Default)]
    pub struct SamplingCapability<'a> {
        optional {
            /// It can include the context of servers. Deprecated by the protocol.
            context: JsonObject<'a> = "context" [since V2025_11_25],
            /// The model may use tools.
            tools: JsonObject<'a> = "tools" [since V2025_11_25],
        }
    }
}

object! {
    /// Asking the user. Neither mode means that it has forms.
    #[derive(Default)]
    pub struct ElicitationCapability<'a> [since V2025_06_18] {
        optional {
            /// It can show forms.
            form: JsonObject<'a> = "form" [since V2025_11_25],
            /// It can send the user to a URL.
            url: JsonObject<'a> = "url" [since V2025_11_25],
        }
    }
}

object! {
    /// Running requests of a server as tasks.
    #[derive(Default)]
    pub struct ClientTasksCapability<'a> [only V2025_11_25] {
        optional {
            /// `tasks/list` is there.
            list: JsonObject<'a> = "list",
            /// `tasks/cancel` is there.
            cancel: JsonObject<'a> = "cancel",
            /// The requests that can be tasks.
            requests: ClientTaskRequests<'a> = "requests",
        }
    }
}

object! {
    /// The requests that a client can run as tasks.
    #[derive(Default)]
    pub struct ClientTaskRequests<'a> [only V2025_11_25] {
        optional {
            /// Those of sampling.
            sampling: SamplingTaskRequests<'a> = "sampling",
            /// Those of elicitation.
            elicitation: ElicitationTaskRequests<'a> = "elicitation",
        }
    }
}

object! {
    /// The requests of sampling that can be tasks.
    #[derive(Default)]
    pub struct SamplingTaskRequests<'a> [only V2025_11_25] {
        optional {
            /// `sampling/createMessage`
            create_message: JsonObject<'a> = "createMessage",
        }
    }
}

object! {
    /// The requests of elicitation that can be tasks.
    #[derive(Default)]
    pub struct ElicitationTaskRequests<'a> [only V2025_11_25] {
        optional {
            /// `elicitation/create`
            create: JsonObject<'a> = "create",
        }
    }
}

object! {
    /// What a server can do.
    #[derive(Default)]
    pub struct ServerCapabilities<'a> {
        optional {
            /// Capabilities outside of the protocol, by name.
            experimental: Map<'a, JsonObject<'a>> = "experimental",
            /// It sends log messages.
            logging: JsonObject<'a> = "logging",
            /// It completes arguments.
            completions: JsonObject<'a> = "completions" [since V2025_03_26],
            /// It has prompts.
            prompts: PromptsCapability<'a> = "prompts",
            /// It has resources.
            resources: ResourcesCapability<'a> = "resources",
            /// It has tools.
            tools: ToolsCapability<'a> = "tools",
            /// It can run requests as tasks.
            tasks: ServerTasksCapability<'a> = "tasks" [only V2025_11_25],
            /// Settings of the extensions it speaks, by identifier.
            extensions: Map<'a, JsonObject<'a>> = "extensions" [since V2026_07_28],
        }
    }
}

object! {
    /// Having prompts.
    #[derive(Default)]
    pub struct PromptsCapability<'a> {
        optional {
            /// Whether it tells when the list changes.
            list_changed: bool = "listChanged",
        }
    }
}

object! {
    /// Having resources.
    #[derive(Default)]
    pub struct ResourcesCapability<'a> {
        optional {
            /// Whether it tells when a resource changes.
            subscribe: bool = "subscribe",
            /// Whether it tells when the list changes.
            list_changed: bool = "listChanged",
        }
    }
}

object! {
    /// Having tools.
    #[derive(Default)]
    pub struct ToolsCapability<'a> {
        optional {
            /// Whether it tells when the list changes.
            list_changed: bool = "listChanged",
        }
    }
}

object! {
    /// Running requests of a client as tasks.
    #[derive(Default)]
    pub struct ServerTasksCapability<'a> [only V2025_11_25] {
        optional {
            /// `tasks/list` is there.
            list: JsonObject<'a> = "list",
            /// `tasks/cancel` is there.
            cancel: JsonObject<'a> = "cancel",
            /// The requests that can be tasks.
            requests: ServerTaskRequests<'a> = "requests",
        }
    }
}

object! {
    /// The requests that a server can run as tasks.
    #[derive(Default)]
    pub struct ServerTaskRequests<'a> [only V2025_11_25] {
        optional {
            /// Those of tools.
            tools: ToolTaskRequests<'a> = "tools",
        }
    }
}

object! {
    /// The requests of tools that can be tasks.
    #[derive(Default)]
    pub struct ToolTaskRequests<'a> [only V2025_11_25] {
        optional {
            /// `tools/call`
            call: JsonObject<'a> = "call",
        }
    }
}
