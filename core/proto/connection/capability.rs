//! What the two sides have declared, as bits, and what each method needs.

use crate::json::Raw;
use crate::message::{Message, Method};
use crate::version::{Era, Revisions, Role, Version};

/// A set of capabilities, of a client or of a server.
///
/// ```
/// use mcp_engine_proto::connection::Capabilities;
/// use mcp_engine_proto::{json::Raw, version::{Role, Version}};
///
/// let declared = Raw::parse(r#"{"tools":{"listChanged":true},"logging":{}}"#)?;
/// let capabilities = Capabilities::read(declared, Role::Server, Version::V2025_06_18);
/// assert!(capabilities.has(Capabilities::TOOLS_LIST_CHANGED) && !capabilities.has(Capabilities::PROMPTS));
/// # Ok::<(), mcp_engine_proto::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Capabilities(u32);

/// One capability: whose it is, where it stands, and which revisions know it.
struct Row {
    role: Role,
    path: &'static [&'static str],
    bit: Capabilities,
    form: Form,
    revisions: Revisions,
}

/// What says that a capability is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// An object.
    Object,
    /// `true`.
    True,
    /// An object, or an empty object around it: elicitation by form.
    ObjectOrEmptyParent,
}

macro_rules! capabilities {
    ($($(#[$doc:meta])* $name:ident = $bit:literal,)+) => {
        impl Capabilities {
            $($(#[$doc])* pub const $name: Self = Self(1 << $bit);)+
        }
    };
}

capabilities! {
    /// The client has roots.
    ROOTS = 0,
    /// The client tells when its roots change.
    ROOTS_LIST_CHANGED = 1,
    /// The client can sample from a model.
    SAMPLING = 2,
    /// The client can sample with tools.
    SAMPLING_TOOLS = 3,
    /// The client can add context to what is sampled.
    SAMPLING_CONTEXT = 4,
    /// The client can ask its user to fill in a form.
    ELICITATION_FORM = 5,
    /// The client can send its user to a URL.
    ELICITATION_URL = 6,
    /// The server has tools.
    TOOLS = 7,
    /// The server tells when its tools change.
    TOOLS_LIST_CHANGED = 8,
    /// The server has prompts.
    PROMPTS = 9,
    /// The server tells when its prompts change.
    PROMPTS_LIST_CHANGED = 10,
    /// The server has resources.
    RESOURCES = 11,
    /// The server tells when its resources change.
    RESOURCES_LIST_CHANGED = 12,
    /// The server tells when one resource changes.
    RESOURCES_SUBSCRIBE = 13,
    /// The server sends log messages.
    LOGGING = 14,
    /// The server completes arguments.
    COMPLETIONS = 15,
    /// The side runs tasks (MCP 2025-11-25).
    TASKS = 16,
    /// The side lists its tasks.
    TASKS_LIST = 17,
    /// The side cancels tasks.
    TASKS_CANCEL = 18,
    /// The extension `io.modelcontextprotocol/tasks`.
    TASKS_EXTENSION = 19,
    /// The server runs calls of tools as tasks (MCP 2025-11-25).
    TASKS_TOOL_CALLS = 20,
    /// The client samples as a task (MCP 2025-11-25).
    TASKS_SAMPLING = 21,
    /// The client asks its user as a task (MCP 2025-11-25).
    TASKS_ELICITATION = 22,
}

impl Capabilities {
    /// None at all.
    pub const NONE: Self = Self(0);

    /// Reads what a side declared. What the revision does not know is left out.
    pub fn read(declared: Raw<'_>, role: Role, version: Version) -> Self {
        let mut found = Self::NONE;
        for row in ROWS.iter().filter(|row| row.role == role && row.revisions.contains(version)) {
            if row.stands_in(declared) {
                found = found.with(row.bit);
            }
        }
        found
    }

    /// Appends the capabilities of a client in the set as in the schema of MCP 2026-07-28: an object.
    pub(crate) fn write_client(self, out: &mut Vec<u8>) {
        let start = out.len();
        for (needs, name, inner) in CLIENT {
            if !self.has_any(needs) {
                continue;
            }
            out.push(if out.len() == start { b'{' } else { b',' });
            out.extend_from_slice(name.as_bytes());
            let within = out.len();
            for (_, name) in inner.iter().filter(|(bit, _)| self.has(*bit)) {
                out.push(if out.len() == within { b'{' } else { b',' });
                out.extend_from_slice(name.as_bytes());
            }
            out.extend_from_slice(if out.len() == within { b"{}" } else { b"}" });
        }
        out.extend_from_slice(if out.len() == start { b"{}" } else { b"}" });
    }

    /// What goes with the error about capabilities that a client lacks (MCP 2026-07-28, error codes): an object.
    pub(crate) fn required(self) -> String {
        let mut data = br#"{"requiredCapabilities":"#.to_vec();
        self.write_client(&mut data);
        data.push(b'}');
        String::from_utf8(data).unwrap_or_default()
    }

    /// Both sets together.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` are in the set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether one of `other` is in the set.
    pub const fn has_any(self, other: Self) -> bool {
        self.0 & other.0 != 0 || other.0 == 0
    }
}

impl Row {
    fn stands_in(&self, declared: Raw<'_>) -> bool {
        let mut value = declared;
        let last = self.path.len().saturating_sub(1);
        for (at, key) in self.path.iter().enumerate() {
            match value.get(key) {
                Some(inner) => value = inner,
                None => {
                    let may_lack = at == last && self.form == Form::ObjectOrEmptyParent;
                    return may_lack && is_empty_object(value);
                }
            }
        }
        match self.form {
            Form::True => value.as_bool() == Some(true),
            Form::Object | Form::ObjectOrEmptyParent => value.members().is_some(),
        }
    }
}

/// What the side that answers a request must have declared; any one of them is enough.
pub(crate) fn needed(method: Method, version: Version) -> Capabilities {
    use Capabilities as C;
    match method {
        Method::ListTools | Method::CallTool => C::TOOLS,
        Method::ListPrompts | Method::GetPrompt => C::PROMPTS,
        Method::ListResources | Method::ListResourceTemplates | Method::ReadResource => {
            C::RESOURCES
        }
        Method::Subscribe | Method::Unsubscribe => C::RESOURCES_SUBSCRIBE,
        Method::SetLevel => C::LOGGING,
        // The first revision had no capability for it.
        Method::Complete if version == Version::V2024_11_05 => C::PROMPTS.with(C::RESOURCES),
        Method::Complete => C::COMPLETIONS,
        Method::CreateMessage => C::SAMPLING,
        Method::ListRoots => C::ROOTS,
        Method::Elicit => C::ELICITATION_FORM.with(C::ELICITATION_URL),
        Method::GetTask | Method::TaskResult | Method::UpdateTask => {
            C::TASKS.with(C::TASKS_EXTENSION)
        }
        Method::CancelTask => C::TASKS_CANCEL.with(C::TASKS_EXTENSION),
        Method::ListTasks => C::TASKS_LIST,
        _ => C::NONE,
    }
}

/// What the side that answers must have declared beside, for these parameters: all of it.
pub(crate) fn needed_by(method: Method, params: Option<Raw<'_>>, version: Version) -> Capabilities {
    let member = |name| params.and_then(|params| params.get(name));
    match method {
        Method::Elicit => match member("mode").and_then(Raw::string) {
            Some(mode) if mode == "url" => Capabilities::ELICITATION_URL,
            _ => Capabilities::ELICITATION_FORM,
        },
        // Earlier revisions do not know these members.
        Method::CreateMessage if version >= Version::V2025_11_25 => {
            match member("tools").or_else(|| member("toolChoice")) {
                Some(_) => Capabilities::SAMPLING_TOOLS,
                None => Capabilities::NONE,
            }
        }
        _ => Capabilities::NONE,
    }
}

/// What a side must have declared to send a notification.
pub(crate) fn needed_to_notify(method: Method) -> Capabilities {
    use Capabilities as C;
    match method {
        Method::ToolListChanged => C::TOOLS_LIST_CHANGED,
        Method::PromptListChanged => C::PROMPTS_LIST_CHANGED,
        Method::ResourceListChanged => C::RESOURCES_LIST_CHANGED,
        Method::ResourceUpdated => C::RESOURCES_SUBSCRIBE,
        Method::RootsListChanged => C::ROOTS_LIST_CHANGED,
        Method::LoggingMessage => C::LOGGING,
        Method::TaskStatus => C::TASKS,
        Method::TaskNotification => C::TASKS_EXTENSION,
        _ => C::NONE,
    }
}

/// What a client must have declared itself to ask for a method (MCP 2026-07-28, tasks).
pub(crate) fn needed_to_ask(method: Method, version: Version) -> Capabilities {
    match version.era() {
        Era::Modern if is_of_tasks(method) => Capabilities::TASKS_EXTENSION,
        _ => Capabilities::NONE,
    }
}

fn is_of_tasks(method: Method) -> bool {
    matches!(method, Method::GetTask | Method::UpdateTask | Method::CancelTask)
}

/// What a client must have declared to ask for that (MCP 2026-07-28, tasks).
pub(crate) fn needed_of_client(message: &Message, offered: Capabilities) -> Capabilities {
    let is_about_tasks = match message.method() {
        Some(method) if is_of_tasks(method) => true,
        Some(Method::Listen) => wants_tasks(message).is_some(),
        _ => false,
    };
    let extension = Capabilities::TASKS_EXTENSION;
    if is_about_tasks && offered.has(extension) { extension } else { Capabilities::NONE }
}

/// The first task that a `subscriptions/listen` names.
fn wants_tasks(message: &Message) -> Option<Raw<'_>> {
    message.params()?.get("notifications")?.get("taskIds")?.elements()?.next()
}

/// Appends what was declared, without the capabilities that the revision does not know.
pub(crate) fn write(out: &mut Vec<u8>, declared: Raw<'_>, version: Version) {
    out.push(b'{');
    let mut first = true;
    for (name, value) in declared.members().into_iter().flatten() {
        let row = TOP_LEVEL.iter().find(|(known, _)| name == **known);
        if row.is_some_and(|(_, revisions)| !revisions.contains(version)) {
            continue;
        }
        if !core::mem::take(&mut first) {
            out.push(b',');
        }
        out.push(b'"');
        out.extend_from_slice(name.spelling().as_bytes());
        out.extend_from_slice(b"\":");
        out.extend_from_slice(value.spelling().as_bytes());
    }
    out.push(b'}');
}

fn is_empty_object(value: Raw<'_>) -> bool {
    value.members().is_some_and(|mut members| members.next().is_none())
}

const fn row(
    role: Role,
    path: &'static [&'static str],
    bit: Capabilities,
    form: Form,
    revisions: Revisions,
) -> Row {
    Row { role, path, bit, form, revisions }
}

const ALL: Revisions = Revisions::since(Version::V2024_11_05);
const CORE_TASKS: Revisions = Revisions::only(Version::V2025_11_25);
const MODERN: Revisions = Revisions::since(Version::V2026_07_28);

/// The capabilities that some revision lacks, by their name at the top.
const TOP_LEVEL: [(&str, Revisions); 4] = [
    ("completions", Revisions::since(Version::V2025_03_26)),
    ("elicitation", Revisions::since(Version::V2025_06_18)),
    ("tasks", CORE_TASKS),
    ("extensions", MODERN),
];

/// The name of the extension for tasks.
pub(crate) const TASKS: &str = "io.modelcontextprotocol/tasks";

#[rustfmt::skip]
const ROWS: [Row; 28] = {
    use Capabilities as C;
    use Form::{Object, ObjectOrEmptyParent, True};
    use Role::{Client, Server};
    [
        row(Client, &["roots"], C::ROOTS, Object, ALL),
        row(Client, &["roots", "listChanged"], C::ROOTS_LIST_CHANGED, True, ALL),
        row(Client, &["sampling"], C::SAMPLING, Object, ALL),
        row(Client, &["sampling", "tools"], C::SAMPLING_TOOLS, Object, Revisions::since(Version::V2025_11_25)),
        row(Client, &["sampling", "context"], C::SAMPLING_CONTEXT, Object, Revisions::since(Version::V2025_11_25)),
        row(Client, &["elicitation"], C::ELICITATION_FORM, Object, Revisions::only(Version::V2025_06_18)),
        row(Client, &["elicitation", "form"], C::ELICITATION_FORM, ObjectOrEmptyParent, Revisions::since(Version::V2025_11_25)),
        row(Client, &["elicitation", "url"], C::ELICITATION_URL, Object, Revisions::since(Version::V2025_11_25)),
        row(Client, &["tasks"], C::TASKS, Object, CORE_TASKS),
        row(Client, &["tasks", "list"], C::TASKS_LIST, Object, CORE_TASKS),
        row(Client, &["tasks", "cancel"], C::TASKS_CANCEL, Object, CORE_TASKS),
        row(Client, &["tasks", "requests", "sampling", "createMessage"], C::TASKS_SAMPLING, Object, CORE_TASKS),
        row(Client, &["tasks", "requests", "elicitation", "create"], C::TASKS_ELICITATION, Object, CORE_TASKS),
        row(Client, &["extensions", TASKS], C::TASKS_EXTENSION, Object, MODERN),
        row(Server, &["tools"], C::TOOLS, Object, ALL),
        row(Server, &["tools", "listChanged"], C::TOOLS_LIST_CHANGED, True, ALL),
        row(Server, &["prompts"], C::PROMPTS, Object, ALL),
        row(Server, &["prompts", "listChanged"], C::PROMPTS_LIST_CHANGED, True, ALL),
        row(Server, &["resources"], C::RESOURCES, Object, ALL),
        row(Server, &["resources", "listChanged"], C::RESOURCES_LIST_CHANGED, True, ALL),
        row(Server, &["resources", "subscribe"], C::RESOURCES_SUBSCRIBE, True, ALL),
        row(Server, &["logging"], C::LOGGING, Object, ALL),
        row(Server, &["completions"], C::COMPLETIONS, Object, Revisions::since(Version::V2025_03_26)),
        row(Server, &["tasks"], C::TASKS, Object, CORE_TASKS),
        row(Server, &["tasks", "list"], C::TASKS_LIST, Object, CORE_TASKS),
        row(Server, &["tasks", "cancel"], C::TASKS_CANCEL, Object, CORE_TASKS),
        row(Server, &["tasks", "requests", "tools", "call"], C::TASKS_TOOL_CALLS, Object, CORE_TASKS),
        row(Server, &["extensions", TASKS], C::TASKS_EXTENSION, Object, MODERN),
    ]
};

/// What a client may have to declare: the bits, the spelled key, and what stands inside.
type ClientRow = (Capabilities, &'static str, &'static [(Capabilities, &'static str)]);

const CLIENT: [ClientRow; 4] = {
    use Capabilities as C;
    [
        (C::ROOTS, "\"roots\":", &[]),
        (
            C::SAMPLING.with(C::SAMPLING_TOOLS).with(C::SAMPLING_CONTEXT),
            "\"sampling\":",
            &[(C::SAMPLING_TOOLS, "\"tools\":{}"), (C::SAMPLING_CONTEXT, "\"context\":{}")],
        ),
        (
            C::ELICITATION_FORM.with(C::ELICITATION_URL),
            "\"elicitation\":",
            &[(C::ELICITATION_FORM, "\"form\":{}"), (C::ELICITATION_URL, "\"url\":{}")],
        ),
        (
            C::TASKS_EXTENSION,
            "\"extensions\":",
            &[(C::TASKS_EXTENSION, "\"io.modelcontextprotocol/tasks\":{}")],
        ),
    ]
};
