//! The other side of a connection, as an application speaks to it.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use mcp_engine_proto::connection::{Call, Capabilities, Change, Connection, Delivery};
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::version::Version;
use mcp_engine_proto::{Counters, Limits, LoggingLevel, Message, Now, RequestId};

use crate::driver::{OnProgress, Settled, Shared};
use crate::error::Error;

/// The other side of a connection. Clones are the same peer.
///
/// A peer does not keep its connection open: that does its driver, a task of a [`Client`](crate::client::Client) or of a server.
#[derive(Clone)]
pub struct Peer {
    shared: Arc<Shared>,
}

impl Peer {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Asks the peer something. The request is on its way when this returns; the answer is what the [`Calling`] comes to.
    ///
    /// # Errors
    ///
    /// When the revision or the capabilities of the peer do not allow the request, before the handshake is finished, when too much is
    /// in flight, and after the end. Nothing was sent then.
    pub fn request(&self, call: Call<'_>) -> Result<Calling, Error> {
        self.request_with(call, None)
    }

    /// The same, with someone who hears of the progress of the request.
    ///
    /// # Errors
    ///
    /// As for [`request`](Self::request).
    pub fn request_with_progress(
        &self,
        call: Call<'_>,
        on_progress: impl FnMut(&Message) + Send + 'static,
    ) -> Result<Calling, Error> {
        self.request_with(call, Some(Box::new(on_progress)))
    }

    pub(crate) fn request_with(
        &self,
        call: Call<'_>,
        on_progress: Option<OnProgress>,
    ) -> Result<Calling, Error> {
        self.begin(call, on_progress, |connection, call, now| connection.request(call, now))
    }

    fn begin(
        &self,
        call: Call<'_>,
        on_progress: Option<OnProgress>,
        ask: impl FnOnce(&mut Connection, Call<'_>, Now) -> Result<RequestId, mcp_engine_proto::Error>,
    ) -> Result<Calling, Error> {
        let call = if on_progress.is_some() { call.with_progress() } else { call };
        let id = self.shared.attempt(|state, now| {
            let id = ask(&mut state.connection, call, now)?;
            state.calls.wait(&id, on_progress);
            Ok(id)
        })?;
        Ok(Calling { shared: Arc::clone(&self.shared), id, state: CallState::Waiting })
    }

    /// Asks again with the input that the server wanted (MCP 2026-07-28, multi round-trip requests): `call` is the original one, `input` what
    /// it was answered with, and `responses` an object with a result for each key.
    ///
    /// # Errors
    ///
    /// As for [`request`](Self::request).
    pub fn retry(
        &self,
        call: Call<'_>,
        input: &Message,
        responses: Option<Raw<'_>>,
    ) -> Result<Calling, Error> {
        self.retry_with(call, input, responses, None)
    }

    pub(crate) fn retry_with(
        &self,
        call: Call<'_>,
        input: &Message,
        responses: Option<Raw<'_>>,
        on_progress: Option<OnProgress>,
    ) -> Result<Calling, Error> {
        self.begin(call, on_progress, |connection, call, now| {
            connection.retry(call, input, responses, now)
        })
    }

    /// Says something to the peer.
    ///
    /// # Errors
    ///
    /// As for [`Connection::notify`](mcp_engine_proto::connection::Connection::notify).
    pub fn notify(&self, method: &str, params: Option<Raw<'_>>) -> Result<(), Error> {
        self.shared.attempt(|state, _| state.connection.notify(method, params, None))
    }

    /// Tells a client that something has changed, where it wants to know.
    ///
    /// # Errors
    ///
    /// As for [`Connection::publish`](mcp_engine_proto::connection::Connection::publish).
    pub fn publish(&self, change: Change<'_>) -> Result<(), Error> {
        self.shared.attempt(|state, _| state.connection.publish(change))
    }

    /// Sends a client a log message that belongs to no request, if it wants those of that level: `content` is any JSON value.
    ///
    /// # Errors
    ///
    /// As for [`Connection::log`](mcp_engine_proto::connection::Connection::log).
    pub fn log(
        &self,
        level: LoggingLevel,
        logger: Option<&str>,
        content: Raw<'_>,
    ) -> Result<Delivery, Error> {
        self.shared.attempt(|state, _| state.connection.log(level, logger, content, None))
    }

    /// Waits until the handshake is finished.
    ///
    /// # Errors
    ///
    /// The sides have nothing in common, the handshake was refused or not answered, or the connection was closed.
    pub async fn ready(&self) -> Result<Version, Error> {
        poll_fn(|cx| self.shared.lock().poll_opened(cx.waker())).await
    }

    /// The revision that was agreed on.
    pub fn version(&self) -> Option<Version> {
        self.shared.lock().connection.version()
    }

    /// What the peer has declared in the handshake.
    pub fn capabilities(&self) -> Option<Capabilities> {
        self.shared.lock().connection.peer_capabilities()
    }

    /// The same as it was spelled: the text of an object.
    pub fn declared(&self) -> Option<String> {
        let state = self.shared.lock();
        state.connection.peer_declared().map(|raw| raw.spelling().to_owned())
    }

    /// The name and version that the peer gave: the text of an object.
    pub fn implementation(&self) -> Option<String> {
        let state = self.shared.lock();
        state.connection.peer_implementation().map(|raw| raw.spelling().to_owned())
    }

    /// How a server says that it wants to be used.
    pub fn instructions(&self) -> Option<String> {
        self.shared.lock().connection.instructions().map(str::to_owned)
    }

    /// What was seen so far.
    pub fn counters(&self) -> Counters {
        self.shared.lock().connection.counters().clone()
    }

    pub(crate) fn limits(&self) -> Limits {
        self.shared.lock().connection.config().limits
    }

    /// Ends the conversation. Every request of ours fails.
    pub fn close(&self) {
        self.shared.with(|state, _| state.connection.close());
    }

    /// Ends the conversation once what is being served is answered, which has [`DriverLimits::grace`](crate::DriverLimits::grace) for it.
    /// Nothing more is taken in.
    pub fn end(&self) {
        self.shared.with(|state, _| state.ends = true);
    }

    /// Whether the conversation is over.
    pub fn is_closed(&self) -> bool {
        self.shared.lock().connection.closing().is_some()
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").finish_non_exhaustive()
    }
}

/// A request that is in flight: a future of its answer. To drop it is to cancel the request.
#[must_use = "to drop it is to cancel the request"]
#[derive(Debug)]
pub struct Calling {
    shared: Arc<Shared>,
    id: RequestId,
    state: CallState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CallState {
    Waiting,
    Settled,
}

impl Calling {
    /// The id of the request.
    pub fn id(&self) -> &RequestId {
        &self.id
    }

    /// Waits, and says also when the server needs input first.
    pub(crate) async fn settled(mut self) -> Settled {
        poll_fn(|cx| self.poll_settled(cx)).await
    }

    /// Lets somebody hear of its progress, in place of whoever did.
    pub(crate) fn listen(&self, on_progress: OnProgress) {
        self.shared.lock().calls.put_listener(&self.id, on_progress);
    }

    pub(crate) fn poll_settled(&mut self, cx: &Context<'_>) -> Poll<Settled> {
        if self.state == CallState::Settled {
            return Poll::Ready(Settled::Failed(Error::closed()));
        }
        match self.shared.lock().calls.poll(&self.id, cx.waker()) {
            None => Poll::Pending,
            Some(settled) => {
                self.state = CallState::Settled;
                Poll::Ready(settled)
            }
        }
    }
}

impl Future for Calling {
    /// The message with the result, which may say that input is required first (`resultType`, MCP 2026-07-28).
    type Output = Result<Message, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_settled(cx).map(|settled| match settled {
            Settled::Answered(message) if message.error().is_some() => Err(Error::of_peer(message)),
            Settled::Answered(message) | Settled::InputRequired(message, _) => Ok(message),
            Settled::Failed(error) => Err(error),
        })
    }
}

impl Drop for Calling {
    fn drop(&mut self) {
        if self.state == CallState::Settled {
            return;
        }
        let Self { shared, id, .. } = self;
        if shared.lock().calls.forget(id) {
            // Its answer may be on its way already.
            let _ = shared.with(|state, now| state.connection.cancel(id, None, now));
        }
    }
}
