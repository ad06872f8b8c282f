//! The bodies of responses.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use mcp_engine_proto::frame::sse;
use tokio::time::{Instant, Sleep, sleep};

use super::pipe::Pipe;

/// The body of a response: one message, an event stream, or nothing.
#[derive(Debug)]
pub struct ReplyBody {
    content: Content,
}

#[derive(Debug)]
enum Content {
    Whole(Bytes),
    Events(Box<EventStream>),
}

/// An event stream while its client reads it.
pub(super) struct EventStream {
    pipe: Arc<Pipe>,
    keep_alive: Duration,
    /// Set when there is nothing to send.
    alarm: Option<Pin<Box<Sleep>>>,
    silence: Silence,
    at_end: Option<AtEnd>,
}

/// What has to be done when the client is gone or has got everything.
pub(super) type AtEnd = Box<dyn FnOnce() + Send>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Silence {
    Broken,
    Lasting,
}

impl ReplyBody {
    pub(super) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self { content: Content::Whole(bytes.into()) }
    }

    /// What it says, when that is known in full.
    pub(super) fn message(&self) -> Option<&Bytes> {
        match &self.content {
            Content::Whole(bytes) => Some(bytes),
            Content::Events(_) => None,
        }
    }

    pub(super) fn events(pipe: Arc<Pipe>, keep_alive: Duration, at_end: AtEnd) -> Self {
        let (alarm, silence) = (None, Silence::Broken);
        let events = EventStream { pipe, keep_alive, alarm, silence, at_end: Some(at_end) };
        Self { content: Content::Events(Box::new(events)) }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let data = match &mut self.content {
            Content::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Content::Whole(bytes) => Poll::Ready(Some(std::mem::take(bytes))),
            Content::Events(events) => events.poll(cx),
        };
        data.map(|data| data.map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.content, Content::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Content::Events(_) => SizeHint::default(),
        }
    }
}

impl EventStream {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let polled = self.pipe.poll(cx);
        if polled.is_ready() {
            self.silence = Silence::Broken;
            return polled;
        }
        if self.keep_alive.is_zero() || self.poll_alarm(cx).is_pending() {
            return Poll::Pending;
        }
        self.silence = Silence::Broken;
        let mut comment = Vec::new();
        sse::comment(&mut comment);
        Poll::Ready(Some(comment.into()))
    }

    fn poll_alarm(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep(self.keep_alive)));
        if self.silence == Silence::Broken {
            alarm.as_mut().reset(Instant::now() + self.keep_alive);
            self.silence = Silence::Lasting;
        }
        alarm.as_mut().poll(cx)
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        if let Some(at_end) = self.at_end.take() {
            at_end();
        }
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("silence", &self.silence).finish_non_exhaustive()
    }
}
