//! What an application does with the requests of its peer.

use std::sync::Arc;

use mcp_engine_proto::connection::Event;
use mcp_engine_proto::{Message, RequestId};

use crate::answer::{Responder, Served};
use crate::context::{Channel, Context};
use crate::peer::Peer;

/// Serves the requests of a peer: those of a client on a server, and those of a server on a client.
///
/// It is called on the task that reads, and what it answers at once goes out with the next write: an answer that has to wait for
/// anything belongs into [`Responder::later`], one that computes for long into [`Responder::blocking`].
///
/// ```
/// use mcp_engine_proto::connection::Reply;
/// use mcp_engine_proto::{Method, json::Raw};
/// use mcp_engine_runtime::{Answer, Handler, Request, Responder, Served};
///
/// struct Clock;
///
/// impl Handler for Clock {
///     fn request(&self, request: Request, responder: Responder<'_>) -> Served {
///         match request.message().method() {
///             Some(Method::ListTools) => responder.send(Reply::Result(Raw::parse(r#"{"tools":[]}"#).expect("JSON"))),
///             Some(Method::CallTool) => responder.later(async { Answer::text("noon") }),
///             _ => responder.send(Reply::error(-32601, "there is nothing of the kind here")),
///         }
///     }
/// }
/// ```
pub trait Handler: Send + Sync + 'static {
    /// Serves a request.
    fn request(&self, request: Request, responder: Responder<'_>) -> Served;

    /// Hears a notification.
    fn notification(&self, notification: Notification) {
        let _ = notification;
    }

    /// Hears of something else that happens: the beginning and the end of a connection, subscriptions of either side.
    fn event(&self, event: Event, origin: &Origin) {
        let _ = (event, origin);
    }
}

impl<H: Handler + ?Sized> Handler for Arc<H> {
    fn request(&self, request: Request, responder: Responder<'_>) -> Served {
        (**self).request(request, responder)
    }

    fn notification(&self, notification: Notification) {
        (**self).notification(notification);
    }

    fn event(&self, event: Event, origin: &Origin) {
        (**self).event(event, origin);
    }
}

/// A request of the peer.
#[derive(Clone, Debug)]
pub struct Request {
    message: Message,
    context: Context,
}

impl Request {
    pub(crate) fn new(message: Message, context: Context) -> Self {
        Self { message, context }
    }

    /// The message.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// Who asks, and under which terms; and how to tell how far it is.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The two by themselves.
    pub fn into_parts(self) -> (Message, Context) {
        (self.message, self.context)
    }
}

/// A notification of the peer.
#[derive(Clone, Debug)]
pub struct Notification {
    message: Message,
    subscription: Option<RequestId>,
    channel: Arc<dyn Channel>,
}

impl Notification {
    pub(crate) fn new(
        message: Message,
        subscription: Option<RequestId>,
        channel: Arc<dyn Channel>,
    ) -> Self {
        Self { message, subscription, channel }
    }

    /// The message.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// Our subscription that it belongs to (MCP 2026-07-28, subscriptions).
    pub fn subscription(&self) -> Option<&RequestId> {
        self.subscription.as_ref()
    }

    /// Who said it.
    pub fn peer(&self) -> Option<Peer> {
        self.channel.peer()
    }
}

/// Where something has happened.
#[derive(Clone, Debug)]
pub struct Origin {
    channel: Arc<dyn Channel>,
}

impl Origin {
    pub(crate) fn new(channel: Arc<dyn Channel>) -> Self {
        Self { channel }
    }

    /// Tells it from every other origin, as long as it is there.
    pub(crate) fn place(&self) -> usize {
        Arc::as_ptr(&self.channel).cast::<()>().addr()
    }

    /// The connection; `None` for what stands alone, as in the modern era over HTTP.
    pub fn peer(&self) -> Option<Peer> {
        self.channel.peer()
    }

    /// Whose it is, where the transport knows.
    pub fn principal(&self) -> Option<&str> {
        self.channel.principal()
    }
}
