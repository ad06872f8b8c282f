//! The context of a request: who asks, under which terms, and how to speak while it is served.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mcp_engine_proto::connection::{self, Call, Capabilities, Delivery, StreamId};
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::state::StateKey;
use mcp_engine_proto::task::TaskId;
use mcp_engine_proto::version::{Era, Version};
use mcp_engine_proto::{LoggingLevel, RequestId};

use crate::error::Error;
use crate::peer::{Calling, Peer};
use crate::server::Working;

/// The context of a request that is served. Clones are the same context.
///
/// It stays valid after the answer, and says then that nobody listens any more.
#[derive(Clone, Debug)]
pub struct Context {
    id: RequestId,
    terms: connection::Context,
    channel: Arc<dyn Channel>,
}

impl Context {
    pub(crate) fn new(
        id: RequestId,
        terms: connection::Context,
        channel: Arc<dyn Channel>,
    ) -> Self {
        Self { id, terms, channel }
    }

    /// The id of the request.
    pub fn id(&self) -> &RequestId {
        &self.id
    }

    /// The revision in which it was asked.
    pub fn version(&self) -> Version {
        self.terms.version
    }

    /// What the peer has declared.
    pub fn capabilities(&self) -> Capabilities {
        self.terms.capabilities
    }

    /// The mildest log messages that the client wants; `None` for none.
    pub fn level(&self) -> Option<LoggingLevel> {
        self.terms.level
    }

    /// The request of ours that the peer asks this for, where the transport can tell (HTTP, earlier revisions).
    pub fn related(&self) -> Option<RequestId> {
        self.channel.related(&self.id)
    }

    /// Tells how far the request is. Nothing is sent to a peer that did not ask for it, and what is overtaken before it was sent is
    /// not sent.
    ///
    /// # Errors
    ///
    /// When `value` is not finite or does not increase, and after the answer.
    pub fn progress(
        &self,
        value: f64,
        total: Option<f64>,
        message: Option<&str>,
    ) -> Result<Delivery, Error> {
        self.channel.progress(&self.id, Report { value, total, message })
    }

    /// Sends a log message, if the client wants those of that level: `content` is any JSON value.
    ///
    /// # Errors
    ///
    /// Without the capability `logging`, and after the answer.
    pub fn log(
        &self,
        level: LoggingLevel,
        logger: Option<&str>,
        content: Raw<'_>,
    ) -> Result<Delivery, Error> {
        self.channel.log(&self.id, level, logger, content)
    }

    /// Sends another notification that belongs to the request.
    ///
    /// # Errors
    ///
    /// When the revision does not let this side send it, the parameters are no object, or the request was answered.
    pub fn notify(&self, method: &str, params: Option<Raw<'_>>) -> Result<(), Error> {
        self.channel.notify(&self.id, method, params)
    }

    /// Whether nobody wants the answer any more. A future is dropped then; who blocks should ask from time to time.
    pub fn is_cancelled(&self) -> bool {
        self.channel.is_cancelled(&self.id)
    }

    /// Asks the peer something while its request is served, on the stream of the request.
    ///
    /// # Errors
    ///
    /// In the modern era, where a server asks nothing: answer with [`Answer::InputRequired`](crate::Answer::InputRequired) there.
    /// Else as for [`Peer::request`].
    pub fn request(&self, call: Call<'_>) -> Result<Calling, Error> {
        if self.terms.version.era() == Era::Modern {
            return Err(Error::unsupported("a server asks nothing in the modern era"));
        }
        let peer = self.channel.peer().ok_or_else(Error::closed)?;
        match self.channel.working() {
            Some(working) => working.request(&peer, call),
            None => peer.request(call.related(&self.id)),
        }
    }

    /// Ends the response that the client reads at present, while the request is still being served: over Streamable HTTP it comes back for the rest, after
    /// `retry` if that is given (MCP 2025-11-25, Streamable HTTP, polling). So no connection need stay open while a tool takes long.
    ///
    /// What is said from then on is kept for the client, within the limits of its session. Where there is nothing to come back to, this does
    /// nothing, and says so.
    pub fn close_stream(&self, retry: Option<Duration>) -> StreamClosing {
        self.channel.close_stream(&self.id, retry)
    }

    /// The connection that the request came on; `None` for one that stands alone, as in the modern era over HTTP.
    pub fn peer(&self) -> Option<Peer> {
        self.channel.peer()
    }

    /// The task as which the request runs, if it does. A handler need not care: it speaks in the same way, and what it asks
    /// its client for is asked through the task.
    pub fn task(&self) -> Option<TaskId> {
        self.channel.working().map(Working::id)
    }

    /// The same, for whoever speaks through it.
    pub(crate) fn working(&self) -> Option<&Working> {
        self.channel.working()
    }

    /// Under which terms it was asked.
    pub(crate) fn terms(&self) -> connection::Context {
        self.terms
    }

    /// The number of the connection or session that it came on, which no other has; `None` for a request that stands alone.
    pub fn connection(&self) -> Option<u64> {
        self.channel.connection()
    }

    /// The key that seals what the client carries for the server, when the server was given one.
    pub(crate) fn state_key(&self) -> Option<&Arc<StateKey>> {
        self.channel.state_key()
    }

    /// Who asks, where the transport knows: what the authentication of an HTTP server found out.
    pub fn principal(&self) -> Option<&str> {
        self.channel.principal()
    }
}

/// What has become of the stream of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamClosing {
    /// It is closed, and goes on when the client comes back.
    Closed,
    /// It is as it was: the client could not come back to it. The transport has no such streams, the revision does not know of that, or the
    /// request stands alone.
    Kept,
}

/// The streams of a transport, those of them that clients come back to.
pub(crate) trait Streams: Send + Sync {
    fn close(&self, stream: StreamId, retry: Option<Duration>) -> StreamClosing;
}

/// How far a request is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report<'a> {
    pub(crate) value: f64,
    pub(crate) total: Option<f64>,
    pub(crate) message: Option<&'a str>,
}

/// What carries what is said about a request while it is served.
pub(crate) trait Channel: Send + Sync + fmt::Debug {
    fn progress(&self, id: &RequestId, report: Report<'_>) -> Result<Delivery, Error>;

    fn log(
        &self,
        id: &RequestId,
        level: LoggingLevel,
        logger: Option<&str>,
        content: Raw<'_>,
    ) -> Result<Delivery, Error>;

    fn notify(&self, id: &RequestId, method: &str, params: Option<Raw<'_>>) -> Result<(), Error>;

    fn is_cancelled(&self, id: &RequestId) -> bool;

    fn close_stream(&self, id: &RequestId, retry: Option<Duration>) -> StreamClosing {
        let _ = (id, retry);
        StreamClosing::Kept
    }

    fn state_key(&self) -> Option<&Arc<StateKey>> {
        None
    }

    fn connection(&self) -> Option<u64> {
        None
    }

    fn working(&self) -> Option<&Working> {
        None
    }

    fn peer(&self) -> Option<Peer> {
        None
    }

    fn related(&self, id: &RequestId) -> Option<RequestId> {
        let _ = id;
        None
    }

    fn principal(&self) -> Option<&str> {
        None
    }
}
