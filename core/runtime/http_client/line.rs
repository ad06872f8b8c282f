//! One connection to the server, and one request on it at a time.
//!
//! The connection is driven by whoever waits for something on it, in the task of the transport: no other task, thread or channel stands
//! between a socket and the driver.

use std::convert::Infallible;
use std::error::Error as _;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{Connection, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::HttpError;

/// A connection.
pub(super) struct Line {
    sender: SendRequest<Payload>,
    connection: Driven,
    /// Since when it waits for another request, if it had one.
    pub(super) idle_since: Option<Instant>,
}

/// Bytes that go both ways, encrypted or not.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Wire for T {}

pub(super) type BoxedWire = TokioIo<Box<dyn Wire>>;
type Driven = Option<Pin<Box<Connection<BoxedWire, Payload>>>>;

impl Line {
    pub(super) fn new(
        sender: SendRequest<Payload>,
        connection: Connection<BoxedWire, Payload>,
    ) -> Self {
        let connection = Some(Box::pin(connection));
        Self { sender, connection, idle_since: None }
    }

    /// Sends a request, and waits for the head of its response.
    pub(super) async fn send(
        &mut self,
        request: Request<Payload>,
    ) -> Result<Response<Incoming>, Unsent> {
        let sent = self.sender.try_send_request(request);
        let response = drive(&mut self.connection, sent).await;
        response.map_err(|mut error| {
            let was_written = error.take_message().is_none();
            let error = error.into_error();
            match was_written {
                false => Unsent::NotWritten(HttpError::exchange(error)),
                true if hung_up(&error) => Unsent::HungUp(HttpError::exchange(error)),
                true => Unsent::Failed(HttpError::exchange(error)),
            }
        })
    }

    /// The next bytes of a body; `None` at its end.
    pub(super) async fn chunk(&mut self, body: &mut Incoming) -> Result<Option<Bytes>, HttpError> {
        loop {
            let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx));
            match drive(&mut self.connection, frame).await {
                None => return Ok(None),
                Some(Err(error)) => return Err(HttpError::exchange(error)),
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
            }
        }
    }

    /// Whether another request can be sent here. It looks whether the server has hung up.
    pub(super) async fn is_ready(&mut self) -> bool {
        poll_fn(|cx| {
            poll_connection(&mut self.connection, cx);
            Poll::Ready(self.connection.is_some() && self.sender.is_ready())
        })
        .await
    }
}

/// What became of a request that has no response.
pub(super) enum Unsent {
    /// Nothing of it was written.
    NotWritten(HttpError),
    /// The connection was closed, and the request may have been read before.
    HungUp(HttpError),
    /// The server has done something else.
    Failed(HttpError),
}

fn hung_up(error: &hyper::Error) -> bool {
    let broken = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    let is_reset = broken.is_some_and(|broken| {
        matches!(broken.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
    });
    is_reset || error.is_incomplete_message() || error.is_canceled()
}

/// Waits for something that a connection brings, and drives the connection meanwhile.
async fn drive<T>(connection: &mut Driven, wanted: impl Future<Output = T>) -> T {
    let mut wanted = pin!(wanted);
    poll_fn(|cx| {
        // What is wanted tells the connection so.
        if let Poll::Ready(found) = wanted.as_mut().poll(cx) {
            return Poll::Ready(found);
        }
        poll_connection(connection, cx);
        wanted.as_mut().poll(cx)
    })
    .await
}

fn poll_connection(connection: &mut Driven, cx: &mut Context<'_>) {
    // Its error comes out of what was wanted, too.
    if let Some(driven) = connection
        && driven.as_mut().poll(cx).is_ready()
    {
        *connection = None;
    }
}

/// The body of a request, all of it at hand.
#[derive(Debug)]
pub(super) struct Payload(pub(super) Option<Bytes>);

impl Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
