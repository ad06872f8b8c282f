//! How long a connection may let wait for itself.
//!
//! ```text
//!  idle ── first byte ──▶ head ── complete ──▶ busy ── response sent ──▶ idle
//! ```
//!
//! Each state but the last has its time; a write that is stuck has one in every state. Only one alarm is set, and it rings late rather than
//! being set anew for every request.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, sleep_until};

use crate::http_server::body::ReplyBody;
use crate::http_server::limits::{HttpServerLimit, HttpServerLimits};

/// What a connection is doing, and since when. Only its own task looks at it; it is shared with what lives in that task.
#[derive(Debug)]
pub(super) struct Watch {
    began: Instant,
    state: AtomicU8,
    /// When the state began, in milliseconds since the connection did.
    since: AtomicU64,
    /// When the write that is stuck was tried first; [`MOVING`] when none is.
    stuck: AtomicU64,
    head_ms: u64,
    idle_ms: u64,
    write_ms: u64,
    /// How many requests are being answered: with pipelining, the next may begin before the last has ended.
    busy: AtomicU8,
}

/// A request that is being answered, until its response was sent or given up.
#[derive(Debug)]
pub(super) struct Asked {
    watch: Arc<Watch>,
}

/// A body that is watched.
#[derive(Debug)]
pub(super) struct WatchedBody {
    body: ReplyBody,
    _asked: Asked,
}

impl Watch {
    pub(super) fn new(limits: &HttpServerLimits) -> Self {
        Self {
            began: Instant::now(),
            state: AtomicU8::new(IDLE),
            since: AtomicU64::new(0),
            stuck: AtomicU64::new(MOVING),
            head_ms: millis(limits.head_time),
            idle_ms: millis(limits.idle_time),
            write_ms: millis(limits.write_time),
            busy: AtomicU8::new(0),
        }
    }

    /// Something has come.
    pub(super) fn read(&self) {
        if self.state.load(Ordering::Relaxed) == IDLE {
            self.enter(HEAD);
        }
    }

    /// Something was written, or could not be.
    pub(super) fn wrote(&self, moved: bool) {
        let stuck = self.stuck.load(Ordering::Relaxed);
        if moved && stuck != MOVING {
            self.stuck.store(MOVING, Ordering::Relaxed);
        } else if !moved && stuck == MOVING {
            self.stuck.store(self.now().saturating_add(1), Ordering::Relaxed);
        }
    }

    /// The head of a request is complete.
    pub(super) fn begin_request(self: &Arc<Self>) -> Asked {
        self.busy.fetch_add(1, Ordering::Relaxed);
        self.state.store(BUSY, Ordering::Relaxed);
        Asked { watch: Arc::clone(self) }
    }

    /// Comes to its end when the connection has let wait for itself for too long, and says for what.
    pub(super) async fn guard(&self) -> HttpServerLimit {
        let mut alarm = pin!(sleep_until(self.at(self.now().saturating_add(self.shortest()))));
        loop {
            alarm.as_mut().await;
            let now = self.now();
            let due = [self.state_due(), self.write_due()].into_iter().flatten();
            let Some((due, limit)) = due.min_by_key(|(due, _)| *due) else {
                alarm.as_mut().reset(self.at(now.saturating_add(self.shortest())));
                continue;
            };
            if due <= now {
                return limit;
            }
            // Something else may become due earlier than that.
            let next = due.min(now.saturating_add(self.shortest()));
            alarm.as_mut().reset(self.at(next));
        }
    }

    fn state_due(&self) -> Option<(u64, HttpServerLimit)> {
        let since = self.since.load(Ordering::Relaxed);
        match self.state.load(Ordering::Relaxed) {
            IDLE => Some((since.saturating_add(self.idle_ms), HttpServerLimit::IdleTime)),
            HEAD => Some((since.saturating_add(self.head_ms), HttpServerLimit::HeadTime)),
            _ => None,
        }
    }

    fn write_due(&self) -> Option<(u64, HttpServerLimit)> {
        let stuck = self.stuck.load(Ordering::Relaxed);
        let due = stuck.saturating_add(self.write_ms);
        (stuck != MOVING).then_some((due, HttpServerLimit::WriteTime))
    }

    fn shortest(&self) -> u64 {
        self.head_ms.min(self.idle_ms).min(self.write_ms).max(1)
    }

    fn enter(&self, state: u8) {
        self.state.store(state, Ordering::Relaxed);
        self.since.store(self.now(), Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        millis(self.began.elapsed())
    }

    fn at(&self, ms: u64) -> Instant {
        self.began + Duration::from_millis(ms)
    }
}

impl Asked {
    pub(super) fn until_end_of(self, body: ReplyBody) -> WatchedBody {
        WatchedBody { body, _asked: self }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if self.watch.busy.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.watch.enter(IDLE);
        }
    }
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

const IDLE: u8 = 0;
const HEAD: u8 = 1;
const BUSY: u8 = 2;
/// No write is stuck. One that is stuck counts from 1 on.
const MOVING: u64 = 0;
