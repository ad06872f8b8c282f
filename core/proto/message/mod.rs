//! Messages: one shared buffer and an index of 128 bytes.
//!
//! Turns frames into [`Message`]s and encodes messages. It stands between `frame` and the
//! connection on the ring. A message that exists is valid: its JSON can be read without errors, its
//! envelope obeys JSON-RPC 2.0, and its bytes are exactly what the peer sent.

mod body_decoder;
mod counters;
mod decoder;
pub mod encode;
mod event_decoder;
mod found;
mod glimpse;
mod id;
mod index;
mod method;
mod reader;
mod table;
mod view;

pub use body_decoder::BodyDecoder;
pub use counters::Counters;
pub use decoder::Decoder;
pub use event_decoder::{EventDecoder, Incoming};
pub use id::{Id, RequestId};
pub use index::{Flags, MsgIndex, Span, Tag};
pub use method::Method;
pub use table::Table;
pub use view::{
    BlockType, CallParams, CallToolResult, ContentBlock, ContentBlocks, ErrorObject, Progress,
};

pub(crate) use found::{Element, Found, Shape};
pub(crate) use glimpse::{Glimpse, WIDTH as GLIMPSED};

use core::fmt;

use bytes::Bytes;

use crate::error::Error;
use crate::json::{Raw, Str, Text};

/// A valid JSON-RPC message: its bytes, and where everything in them stands.
///
/// Cloning shares the bytes. A message keeps the arena alive that it was read into; one that is kept for long
/// should be [`detach`](Self::detach)ed.
#[derive(Clone)]
pub struct Message {
    text: Text,
    index: MsgIndex,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// It has a method and an id, and wants an answer.
    Request = 1,
    /// It has a method and no id.
    Notification = 2,
    /// It has a result.
    Response = 3,
    /// It has an error.
    ErrorResponse = 4,
}

/// A message that was refused, with as much of it as could be read.
///
/// When it was an object whose JSON is sound, the message is there, so that the refusal can be answered with its id and logged
/// with its bytes. Of one that was too long to be read, and of an answer that is no JSON, the ends tell the id, if it stands there
/// among strings and numbers alone.
#[derive(Clone, Debug)]
pub struct Refusal {
    error: Error,
    message: Option<Box<Message>>,
    glimpse: Glimpse,
    /// Whether it stood in a batch: bits of [`Flags`].
    place: u32,
}

/// A message that is borrowed from where it stands: a [`Message`], or memory that is scanned in place.
#[derive(Clone, Copy)]
pub struct MessageRef<'a> {
    text: &'a str,
    index: &'a MsgIndex,
}

impl Message {
    /// The same message, borrowed: what it says is asked there.
    #[inline]
    pub fn as_ref(&self) -> MessageRef<'_> {
        MessageRef { text: self.text.as_str(), index: &self.index }
    }

    /// What the message is.
    pub fn kind(&self) -> Kind {
        self.as_ref().kind()
    }

    /// The id, when there is one that MCP allows.
    pub fn id(&self) -> Option<Id<'_>> {
        self.as_ref().id()
    }

    /// The method, when it is a known one; see [`method_name`](Self::method_name).
    pub fn method(&self) -> Option<Method> {
        self.as_ref().method()
    }

    /// The name of the method of a request or notification.
    pub fn method_name(&self) -> Option<Str<'_>> {
        self.as_ref().method_name()
    }

    /// The parameters of a request or notification: an object.
    pub fn params(&self) -> Option<Raw<'_>> {
        self.as_ref().params()
    }

    /// The result of a response: an object.
    pub fn result(&self) -> Option<Raw<'_>> {
        self.as_ref().result()
    }

    /// The parameters, the result or the error, whichever the message has.
    pub fn payload(&self) -> Option<Raw<'_>> {
        self.as_ref().payload()
    }

    /// The member `_meta` of the payload.
    pub fn meta(&self) -> Option<Raw<'_>> {
        self.as_ref().meta()
    }

    /// The progress token of a request (in `_meta`) or of a progress notification, or the id that a
    /// cancellation names.
    pub fn token(&self) -> Option<Id<'_>> {
        self.as_ref().token()
    }

    /// The index.
    pub fn index(&self) -> &MsgIndex {
        &self.index
    }

    /// The message as the peer wrote it, without its line end.
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// The bytes of the message, shared with the arena.
    pub fn bytes(&self) -> &Bytes {
        self.text.bytes()
    }

    /// A message with memory of its own, which keeps no arena alive.
    pub fn detach(&self) -> Self {
        Self { text: self.text.detach(), index: self.index }
    }

    /// As [`detach`](Self::detach), for where memory may be short.
    ///
    /// # Errors
    ///
    /// [`Error::LimitExceeded`] when the system refuses it.
    pub fn try_detach(&self) -> Result<Self, Error> {
        Ok(Self { text: self.text.try_detach()?, index: self.index })
    }
}

impl<'a> MessageRef<'a> {
    /// The message whose bytes are `text` and whose index the scanner made from them.
    #[cfg(feature = "internal")]
    #[inline]
    pub(crate) fn new(text: &'a str, index: &'a MsgIndex) -> Self {
        Self { text, index }
    }

    /// What the message is.
    pub fn kind(self) -> Kind {
        Kind::from_u8(self.index.kind).unwrap_or(Kind::Notification)
    }

    /// The id, when there is one that MCP allows.
    pub fn id(self) -> Option<Id<'a>> {
        Id::new(self.raw(self.index.id)?, self.index.id_tag, self.index.id_int)
    }

    /// The method, when it is a known one; see [`method_name`](Self::method_name).
    pub fn method(self) -> Option<Method> {
        Method::from_id(self.index.method_id)
    }

    /// The name of the method of a request or notification.
    pub fn method_name(self) -> Option<Str<'a>> {
        self.raw(self.index.method)?.string()
    }

    /// The parameters of a request or notification: an object.
    pub fn params(self) -> Option<Raw<'a>> {
        matches!(self.kind(), Kind::Request | Kind::Notification).then(|| self.payload())?
    }

    /// The result of a response: an object.
    pub fn result(self) -> Option<Raw<'a>> {
        (self.kind() == Kind::Response).then(|| self.payload())?
    }

    /// The parameters, the result or the error, whichever the message has.
    pub fn payload(self) -> Option<Raw<'a>> {
        self.raw(self.index.payload)
    }

    /// The member `_meta` of the payload.
    pub fn meta(self) -> Option<Raw<'a>> {
        self.raw(self.index.meta)
    }

    /// `resultType` of a result (MCP 2026-07-28).
    pub fn result_type(self) -> Option<Raw<'a>> {
        if self.kind() == Kind::Response { self.raw(self.index.tag) } else { None }
    }

    /// `protocolVersion` in the `_meta` of a request (MCP 2026-07-28).
    pub fn protocol_version(self) -> Option<Raw<'a>> {
        if self.kind() == Kind::Request { self.raw(self.index.tag) } else { None }
    }

    /// `clientCapabilities` in the `_meta` of a request (MCP 2026-07-28).
    pub fn client_capabilities(self) -> Option<Raw<'a>> {
        if self.kind() == Kind::Request { self.raw(self.index.context) } else { None }
    }

    /// `subscriptionId` in the `_meta` of a notification or a result (MCP 2026-07-28).
    pub fn subscription_id(self) -> Option<Id<'a>> {
        if self.kind() == Kind::Request { None } else { Id::of(self.raw(self.index.context)?) }
    }

    /// The progress token, or the id that a cancellation names; see [`Message::token`].
    pub fn token(self) -> Option<Id<'a>> {
        let index = self.index;
        Id::new(self.raw(index.token)?, index.token_tag, index.token_int)
    }

    /// The index.
    pub fn index(self) -> &'a MsgIndex {
        self.index
    }

    /// The message as the peer wrote it, without its line end.
    pub fn as_str(self) -> &'a str {
        self.text
    }

    /// The value at a span of the index.
    #[inline]
    pub(crate) fn raw(self, span: Span) -> Option<Raw<'a>> {
        let text = self.text.get(span.offset as usize..span.end() as usize)?;
        span.is_present().then(|| Raw::new(text))
    }
}

impl fmt::Debug for MessageRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MessageRef").field(&self.text).finish()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Message").field(&self.as_str()).finish()
    }
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::Request, Self::Notification, Self::Response, Self::ErrorResponse];

    /// The kind that [`MsgIndex::kind`] stores as this number.
    pub const fn from_u8(kind: u8) -> Option<Self> {
        match kind {
            1 => Some(Self::Request),
            2 => Some(Self::Notification),
            3 => Some(Self::Response),
            4 => Some(Self::ErrorResponse),
            _ => None,
        }
    }

    /// The word that reports use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Notification => "notification",
            Self::Response => "response",
            Self::ErrorResponse => "error",
        }
    }
}

impl Refusal {
    pub(crate) fn new(error: Error, message: Option<Message>, flags: u32) -> Self {
        let place = flags & (Flags::BATCH | Flags::BATCH_LAST);
        Self { error, message: message.map(Box::new), glimpse: Glimpse::default(), place }
    }

    /// The same for a message of which no more than that is known.
    pub(crate) fn glimpsed(self, glimpse: Glimpse) -> Self {
        Self { glimpse, ..self }
    }

    /// [`Flags::BATCH`] and [`Flags::BATCH_LAST`], as for a message: what is refused in a batch still has its place there.
    pub fn place(&self) -> u32 {
        self.place
    }

    /// Why it was refused.
    pub fn error(&self) -> Error {
        self.error
    }

    /// The id to answer with, when one could be read. MCP asks to omit an id that could not.
    pub fn id(&self) -> Option<Id<'_>> {
        match &self.message {
            Some(message) => message.id(),
            None => self.glimpse.id(),
        }
    }

    /// Whether it is a request or a notification, as far as that can be told.
    pub fn asks(&self) -> bool {
        match &self.message {
            Some(message) => message.index().method.is_present(),
            None => self.glimpse.asks(),
        }
    }

    /// Whether it is a response, as far as that can be told.
    pub fn answers(&self) -> bool {
        match &self.message {
            Some(message) => !message.index().method.is_present(),
            None => self.glimpse.answers(),
        }
    }

    /// What was refused, when it is an object whose JSON is sound. Its kind may be wrong, and members may
    /// lack.
    pub fn message(&self) -> Option<&Message> {
        self.message.as_deref()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
