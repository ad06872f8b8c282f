//! What all results have in common, and the result that asks for input first (MCP 2026-07-28, Multi round-trip requests).

use std::borrow::Cow;

use super::declare::{object, union, words};
use super::elicitation::{ElicitRequest, ElicitResult};
use super::meta::ResultMetaObject;
use super::roots::{ListRootsRequest, ListRootsResult};
use super::sampling::{CreateMessageRequest, CreateMessageResult};
use super::{Json, Map, Mismatch, Value};
use crate::json::Raw;
use crate::version::{Revisions, Version};

words! {
    /// How a request ended, since 2026-07-28. A result without it comes from an older server and is complete.
    pub enum ResultType<'a> {
        /// It is done, and this is the result.
        Complete = "complete",
        /// It needs answers before it can go on.
        InputRequired = "input_required",
        /// It goes on as a task.
        Task = "task",
    }
}

object! {
    /// A result that says no more than that it is done. Whatever else stands in it is kept.
    #[derive(Default)]
    pub struct EmptyResult<'a> {
        optional {
            /// How it ended.
            result_type: ResultType<'a> = "resultType" [since V2026_07_28 else complete],
            /// See [`ResultMetaObject`].
            meta: Box<ResultMetaObject<'a>> = "_meta",
        }
    }
}

object! {
    /// A result that asks the client for input: it answers, and sends the request again with its answers.
    #[derive(Default)]
    pub struct InputRequiredResult<'a> [since V2026_07_28] {
        optional {
            /// How it ended.
            result_type: ResultType<'a> = "resultType" [else input_required],
            /// What is asked, by keys of the server's choosing.
            input_requests: InputRequests<'a> = "inputRequests",
            /// What the client has to send back, byte for byte.
            request_state: Cow<'a, str> = "requestState",
            /// See [`ResultMetaObject`].
            meta: Box<ResultMetaObject<'a>> = "_meta",
        }
    }
}

/// What a server asks a client, by keys of the server's choosing, in order.
pub type InputRequests<'a> = Map<'a, InputRequest<'a>>;

/// What a client answers, by the keys of the server.
pub type InputResponses<'a> = Map<'a, InputResponse<'a>>;

union! {
    /// What a server asks a client.
    pub enum InputRequest<'a> [since V2026_07_28] by "method" open {
        /// To ask a language model.
        CreateMessage(CreateMessageRequest) = "sampling/createMessage",
        /// Which roots there are.
        ListRoots(ListRootsRequest) = "roots/list",
        /// To ask the user.
        Elicit(ElicitRequest) = "elicitation/create",
    }
}

/// What a client answers. It does not say which request it answers: the server knows from the key.
///
/// An answer is read by its members; one that has those of no result, or is not what it seems to be, is kept as it is, so
/// that an answer nobody asked for does not spoil the others.
#[derive(Clone, Debug, PartialEq)]
pub enum InputResponse<'a> {
    /// What the language model said.
    CreateMessage(Box<CreateMessageResult<'a>>),
    /// The roots.
    ListRoots(ListRootsResult<'a>),
    /// What the user said.
    Elicit(ElicitResult<'a>),
    /// Something else.
    Other(Json<'a>),
}

impl<'a> InputResponse<'a> {
    /// The name in the schema.
    pub const NAME: &'static str = "InputResponse";

    /// The revisions that have the type.
    pub const REVISIONS: Revisions = Revisions::only(Version::V2026_07_28);

    /// Reads whichever it is.
    ///
    /// # Errors
    ///
    /// A [`Mismatch`] when it is no object.
    pub fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        <Self as Value>::read(raw).map_err(|mismatch| mismatch.within(Self::NAME, ""))
    }

    /// Appends it as `version` has it.
    pub fn write(&self, out: &mut Vec<u8>, version: Version) {
        match self {
            Self::CreateMessage(result) => result.write(out, version),
            Self::ListRoots(result) => result.write(out, version),
            Self::Elicit(result) => result.write(out, version),
            Self::Other(json) => json.write(out),
        }
    }

    /// Copies what is borrowed.
    pub fn into_owned(self) -> InputResponse<'static> {
        match self {
            Self::CreateMessage(result) => InputResponse::CreateMessage(Value::into_owned(result)),
            Self::ListRoots(result) => InputResponse::ListRoots(result.into_owned()),
            Self::Elicit(result) => InputResponse::Elicit(result.into_owned()),
            Self::Other(json) => InputResponse::Other(json.into_owned()),
        }
    }

    fn read_by_member(raw: Raw<'a>, name: &str) -> Option<Self> {
        match name {
            "action" => ElicitResult::read(raw).map(Self::Elicit).ok(),
            "roots" => ListRootsResult::read(raw).map(Self::ListRoots).ok(),
            "model" => Value::read(raw).map(Self::CreateMessage).ok(),
            _ => None,
        }
    }
}

impl<'a> Value<'a> for InputResponse<'a> {
    type Owned = InputResponse<'static>;

    fn read(raw: Raw<'a>) -> Result<Self, Mismatch> {
        let mut members = raw.members().ok_or(Mismatch::expected("an object"))?;
        let telling = members.find(|(name, _)| TELLING.iter().any(|telling| name == telling));
        let known = telling.and_then(|(name, _)| Self::read_by_member(raw, &name.decode()));
        Ok(known.unwrap_or_else(|| Self::Other(raw.into())))
    }

    fn write(&self, out: &mut Vec<u8>, version: Version) {
        self.write(out, version);
    }

    fn into_owned(self) -> InputResponse<'static> {
        self.into_owned()
    }
}

impl<'a> From<CreateMessageResult<'a>> for InputResponse<'a> {
    fn from(result: CreateMessageResult<'a>) -> Self {
        Self::CreateMessage(Box::new(result))
    }
}

impl<'a> From<ListRootsResult<'a>> for InputResponse<'a> {
    fn from(result: ListRootsResult<'a>) -> Self {
        Self::ListRoots(result)
    }
}

impl<'a> From<ElicitResult<'a>> for InputResponse<'a> {
    fn from(result: ElicitResult<'a>) -> Self {
        Self::Elicit(result)
    }
}

/// How a request ended that is done.
pub(super) fn complete(_: Version) -> Option<&'static str> {
    Some(r#""complete""#)
}

fn input_required(_: Version) -> Option<&'static str> {
    Some(r#""input_required""#)
}

/// The members that tell the answers apart.
const TELLING: [&str; 3] = ["action", "roots", "model"];
