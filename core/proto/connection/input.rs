//! What a server asks of a client, and what the client says to it: forms, samples of a model, roots.
//!
//! Until 2025-11-25 these are requests of the server, since 2026-07-28 they stand in results and their answers in the request that
//! comes again. What is asked has to be declared, what is said has to be what was asked for, and both are judged here, for
//! both sides and both eras. Whether a content fits its form is judged by whoever has the form's schema.

use std::borrow::Cow;

use super::Capabilities;
use super::capability::{needed, needed_by};
use crate::error::{Error, Incompatible, Misuse, PeerRule};
use crate::json::{Raw, ValueKind};
use crate::message::{Message, Method};
use crate::version::Version;

/// Why something may not be asked of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is no request for input.
    Malformed,
    /// The client has not declared it.
    NotDeclared,
    /// The results of tools in a conversation are not those of its uses of tools.
    Unbalanced,
}

impl Fault {
    /// As the one who asks hears it.
    pub(crate) const fn ours(self) -> Error {
        match self {
            Self::Malformed => Error::ApiMisuse(Misuse::InputRequest),
            Self::NotDeclared => Error::PeerIncompatible(Incompatible::Capability),
            Self::Unbalanced => Error::ApiMisuse(Misuse::SamplingMessages),
        }
    }

    /// As the one who is asked sees it.
    pub(super) const fn theirs(self) -> PeerRule {
        match self {
            Self::Malformed => PeerRule::ResponseMalformed,
            Self::NotDeclared => PeerRule::CapabilityNotOffered,
            Self::Unbalanced => PeerRule::SamplingMessages,
        }
    }
}

/// The methods whose result may ask for input (MCP 2026-07-28, multi round-trip requests).
pub(super) fn may_ask_for_input(method: Method) -> bool {
    matches!(method, Method::CallTool | Method::GetPrompt | Method::ReadResource)
}

/// Judges the requests for input of a result: an object with a request for each key.
pub(crate) fn check_requests(
    requests: Raw<'_>,
    declared: Capabilities,
    version: Version,
) -> Result<(), Fault> {
    for (_, request) in requests.members().ok_or(Fault::Malformed)? {
        let method = request.get("method").and_then(Raw::string).ok_or(Fault::Malformed)?;
        let method =
            Method::from_name(&method.decode()).filter(|method| is_asked_of_client(*method));
        let (method, params) = (method.ok_or(Fault::Malformed)?, request.get("params"));
        let has_all = declared.has(needed_by(method, params, version));
        if !has_all || !declared.has_any(needed(method, version)) {
            return Err(Fault::NotDeclared);
        }
        check_params(method, params, version)?;
    }
    Ok(())
}

/// Judges a result that asks for input: it says what for, or brings a state to bring back.
pub(super) fn check_result(
    message: &Message,
    declared: Capabilities,
    version: Version,
) -> Result<(), Fault> {
    let member = |name| message.result().and_then(|result| result.get(name));
    match (member("inputRequests"), member("requestState")) {
        (None, None) => Err(Fault::Malformed),
        (_, Some(state)) if state.string().is_none() => Err(Fault::Malformed),
        (Some(requests), _) => check_requests(requests, declared, version),
        (None, Some(_)) => Ok(()),
    }
}

/// Judges the parameters of what is asked of a client, its capabilities aside.
pub(super) fn check_params(
    method: Method,
    params: Option<Raw<'_>>,
    version: Version,
) -> Result<(), Fault> {
    // Earlier revisions have no use of tools in a conversation.
    if method != Method::CreateMessage || version < Version::V2025_11_25 {
        return Ok(());
    }
    let messages = params.and_then(|params| params.get("messages"));
    let is_sound = messages.is_none_or(is_balanced);
    if is_sound { Ok(()) } else { Err(Fault::Unbalanced) }
}

/// Judges what a client says to something that it was asked: the result of `elicitation/create`, `sampling/createMessage` or
/// `roots/list`, or the response to one of these that stands in `inputResponses`.
///
/// A [`Connection`](super::Connection) judges the answers to its own requests like this. In 2026-07-28 only the server knows what
/// the keys of its `inputResponses` stand for, and judges them itself.
///
/// ```
/// use mcp_engine_proto::connection::check_input;
/// use mcp_engine_proto::{Method, PeerRule, json::Raw, version::Version};
///
/// let check = |text| check_input(Method::Elicit, Raw::parse(text).unwrap(), Version::LATEST);
/// assert_eq!(check(r#"{"action":"accept","content":{"name":"Ada"}}"#), Ok(()));
/// assert_eq!(check(r#"{"action":"perhaps"}"#), Err(PeerRule::ResponseMalformed));
/// ```
///
/// # Errors
///
/// [`PeerRule::ResponseMalformed`] when it is no such result. Members that nobody knows do no harm.
pub fn check_input(method: Method, result: Raw<'_>, version: Version) -> Result<(), PeerRule> {
    let is_sound = match method {
        Method::Elicit => is_elicited(result, version),
        Method::CreateMessage => is_sampled(result, version),
        Method::ListRoots => are_roots(result),
        _ => true,
    };
    if is_sound { Ok(()) } else { Err(PeerRule::ResponseMalformed) }
}

/// What a server asks of a client.
pub(super) fn is_asked_of_client(method: Method) -> bool {
    matches!(method, Method::Elicit | Method::CreateMessage | Method::ListRoots)
}

/// A choice, and where it was to accept perhaps a flat content.
fn is_elicited(result: Raw<'_>, version: Version) -> bool {
    let Some(action) = result.get("action").and_then(Raw::string) else { return false };
    // There are clients that spell what they do not have as `null`.
    let content = result.get("content").filter(|content| !content.is_null());
    match (&*action.decode(), content) {
        ("accept", Some(content)) => content
            .members()
            .is_some_and(|mut members| members.all(|(_, value)| is_filled_in(value, version))),
        ("accept" | "decline" | "cancel", _) => true,
        _ => false,
    }
}

/// What a field of a form can hold: several choices since 2025-11-25.
fn is_filled_in(value: Raw<'_>, version: Version) -> bool {
    match value.kind() {
        ValueKind::String | ValueKind::Number | ValueKind::Boolean => true,
        ValueKind::Null | ValueKind::Object => false,
        ValueKind::Array => {
            let is_text = |element: Raw<'_>| element.kind() == ValueKind::String;
            version >= Version::V2025_11_25
                && value.elements().is_some_and(|mut elements| elements.all(is_text))
        }
    }
}

/// Who said what, and which model it was: one block, or since 2025-11-25 a list of them.
fn is_sampled(result: Raw<'_>, version: Version) -> bool {
    let is_block = |block: Raw<'_>| block.get("type").is_some_and(|name| name.string().is_some());
    let is_content = |content: Raw<'_>| match content.elements() {
        Some(mut blocks) => version >= Version::V2025_11_25 && blocks.all(is_block),
        None => is_block(content),
    };
    let role = result.get("role").and_then(Raw::string);
    role.is_some_and(|role| role == "assistant" || role == "user")
        && result.get("model").is_some_and(|model| model.string().is_some())
        && result.get("content").is_some_and(is_content)
}

/// Places of files, and no others (MCP, roots: "MUST be a file:// URI").
fn are_roots(result: Raw<'_>) -> bool {
    let is_root = |root: Raw<'_>| {
        let uri = root.get("uri").and_then(Raw::string).map(|uri| uri.decode());
        uri.is_some_and(|uri| {
            uri.get(..FILE.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(FILE))
        })
    };
    let roots = result.get("roots").and_then(Raw::elements);
    roots.is_some_and(|mut roots| roots.all(is_root))
}

/// Whether every use of a tool has its result in the very next message, which holds nothing else, and there are no other results
/// (MCP 2025-11-25, sampling).
fn is_balanced(messages: Raw<'_>) -> bool {
    let mut open = Vec::new();
    for message in messages.elements().into_iter().flatten() {
        let Some(mut said) = Said::read(message) else { return false };
        let is_sound = match said.results.is_empty() {
            true => open.is_empty(),
            false => {
                said.results.sort_unstable();
                !said.has_others && said.uses.is_empty() && said.results == open
            }
        };
        if !is_sound {
            return false;
        }
        said.uses.sort_unstable();
        open = said.uses;
    }
    open.is_empty()
}

/// What one message of a conversation has to do with tools.
#[derive(Default)]
struct Said<'a> {
    /// The ids of the uses.
    uses: Vec<Cow<'a, str>>,
    /// The ids of the uses that there are results of.
    results: Vec<Cow<'a, str>>,
    has_others: bool,
}

impl<'a> Said<'a> {
    /// Reads a message; `None` when a use or a result does not say which it is.
    fn read(message: Raw<'a>) -> Option<Self> {
        let mut said = Self::default();
        let Some(content) = message.get("content") else { return Some(said) };
        match content.elements() {
            Some(blocks) => blocks.into_iter().try_for_each(|block| said.add(block))?,
            None => said.add(content)?,
        }
        Some(said)
    }

    fn add(&mut self, block: Raw<'a>) -> Option<()> {
        let id = |name| block.get(name).and_then(Raw::string).map(|id| id.decode());
        match block.get("type").and_then(Raw::string) {
            Some(name) if name == "tool_use" => self.uses.push(id("id")?),
            Some(name) if name == "tool_result" => self.results.push(id("toolUseId")?),
            _ => self.has_others = true,
        }
        Some(())
    }
}

const FILE: &str = "file://";
