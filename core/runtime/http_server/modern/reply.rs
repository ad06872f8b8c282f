//! The reply to one request: an answer, or a stream of events that ends with it.
//!
//! ```text
//!           answer ──▶ one JSON message, whose status says which error it is
//!  silent ─┤
//!           notification ──▶ event stream ── answer ──▶ its last event
//! ```

use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Context as Cx, Poll, Waker};

use mcp_engine_proto::connection::{self, Delivery, Reply as Say};
use mcp_engine_proto::endpoint::Exchange;
use mcp_engine_proto::frame::sse::{self, Outgoing};
use mcp_engine_proto::http::Accepts;
use mcp_engine_proto::json::Raw;
use mcp_engine_proto::state::StateKey;
use mcp_engine_proto::{Error as ProtoError, LoggingLevel, Message, Misuse, RequestId};

use crate::context::{Channel, Report};
use crate::error::Error;
use crate::host::Running;
use crate::http_server::limits::HttpServerLimit;
use crate::http_server::pipe::Pipe;
use crate::http_server::site::Site;
use crate::workers::lock;

/// What is said in return for a request.
pub(super) struct Reply {
    state: Mutex<State>,
    accepts: Accepts,
    principal: Option<Arc<str>>,
    site: Arc<Site>,
}

struct State {
    exchange: Exchange,
    /// Where the next message is put together.
    out: Vec<u8>,
    stage: Stage,
    waiting: Option<Waker>,
}

enum Stage {
    Silent,
    Speaking(Arc<Pipe>),
    /// The answer was the last event.
    Spoken(Arc<Pipe>),
    Answered(Option<i64>),
    /// Nobody listens any more.
    Over,
}

/// What a response begins with.
pub(super) enum First {
    Answer { code: Option<i64>, bytes: Vec<u8> },
    Events(Arc<Pipe>),
}

impl Reply {
    pub(super) fn new(
        site: &Arc<Site>,
        exchange: Exchange,
        accepts: Accepts,
        principal: Option<Arc<str>>,
        out: Vec<u8>,
    ) -> Arc<Self> {
        let state = State { exchange, out, stage: Stage::Silent, waiting: None };
        Arc::new(Self { state: Mutex::new(state), accepts, principal, site: Arc::clone(site) })
    }

    /// What a handler gets to see.
    pub(super) fn request(&self) -> (Message, RequestId, connection::Context) {
        let state = lock(&self.state);
        let exchange = &state.exchange;
        (exchange.message().clone(), exchange.id().clone(), exchange.context())
    }

    pub(super) fn accepts(&self) -> Accepts {
        self.accepts
    }

    /// Answers the request, which ends the reply.
    pub(super) fn respond(&self, say: Say<'_>) -> Result<(), ProtoError> {
        let mut state = lock(&self.state);
        let State { exchange, out, stage, .. } = &mut *state;
        match stage {
            Stage::Over => return Err(ProtoError::ApiMisuse(Misuse::UnknownRequest)),
            Stage::Speaking(pipe) => {
                out.clear();
                exchange.respond(say, out)?;
                pipe.finish_with(|bytes| write_event(bytes, out));
                *stage = Stage::Spoken(Arc::clone(pipe));
            }
            Stage::Spoken(_) | Stage::Answered(_) => {
                return Err(ProtoError::ApiMisuse(Misuse::UnknownRequest));
            }
            Stage::Silent => {
                let answer = exchange.respond(say, out)?;
                *stage = Stage::Answered(answer.code);
            }
        }
        let waiting = state.waiting.take();
        drop(state);
        if let Some(waiting) = waiting {
            waiting.wake();
        }
        Ok(())
    }

    /// Waits for the first that is said.
    pub(super) async fn first(&self) -> First {
        poll_fn(|cx| self.poll_first(cx)).await
    }

    fn poll_first(&self, cx: &Cx<'_>) -> Poll<First> {
        let mut state = lock(&self.state);
        let State { out, stage, waiting, .. } = &mut *state;
        match stage {
            Stage::Answered(code) => {
                let first = First::Answer { code: *code, bytes: std::mem::take(out) };
                *stage = Stage::Over;
                Poll::Ready(first)
            }
            Stage::Speaking(pipe) | Stage::Spoken(pipe) => {
                Poll::Ready(First::Events(Arc::clone(pipe)))
            }
            Stage::Silent | Stage::Over => {
                *waiting = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    /// Says something before the answer. It is dropped when the client takes no events, or does not read them.
    fn tell<R>(
        &self,
        write: impl FnOnce(&mut Exchange, &mut Vec<u8>) -> Result<R, ProtoError>,
        dropped: R,
    ) -> Result<R, Error> {
        let mut state = lock(&self.state);
        let State { exchange, out, stage, waiting } = &mut *state;
        match stage {
            Stage::Over => return Ok(dropped),
            Stage::Answered(_) | Stage::Spoken(_) => {
                return Err(ProtoError::ApiMisuse(Misuse::UnknownRequest).into());
            }
            Stage::Silent | Stage::Speaking(_) => out.clear(),
        }
        let written = write(exchange, out)?;
        if out.is_empty() || !self.accepts.events() {
            out.clear();
            return Ok(dropped);
        }
        let most = self.site.config.limits.stream_bytes as usize;
        let pipe = match stage {
            Stage::Speaking(pipe) => Arc::clone(pipe),
            stage => {
                let pipe = Arc::new(Pipe::new(most));
                *stage = Stage::Speaking(Arc::clone(&pipe));
                pipe
            }
        };
        let full = pipe.write(|bytes| write_event(bytes, out)).is_err();
        out.clear();
        let waiting = waiting.take();
        drop(state);
        if let Some(waiting) = waiting {
            waiting.wake();
        }
        if full {
            self.site.tally.count(HttpServerLimit::StreamBytes);
        }
        Ok(if full { dropped } else { written })
    }
}

impl Channel for Reply {
    fn progress(&self, _: &RequestId, report: Report<'_>) -> Result<Delivery, Error> {
        let Report { value, total, message } = report;
        let write = |exchange: &mut Exchange, out: &mut Vec<u8>| {
            exchange.progress(value, total, message, out)
        };
        self.tell(write, Delivery::Dropped)
    }

    fn log(
        &self,
        _: &RequestId,
        level: LoggingLevel,
        logger: Option<&str>,
        content: Raw<'_>,
    ) -> Result<Delivery, Error> {
        let write =
            |exchange: &mut Exchange, out: &mut Vec<u8>| exchange.log(level, logger, content, out);
        self.tell(write, Delivery::Dropped)
    }

    fn notify(&self, _: &RequestId, method: &str, params: Option<Raw<'_>>) -> Result<(), Error> {
        let write =
            |exchange: &mut Exchange, out: &mut Vec<u8>| exchange.notify(method, params, out);
        self.tell(write, ())
    }

    fn is_cancelled(&self, _: &RequestId) -> bool {
        matches!(lock(&self.state).stage, Stage::Over)
    }

    fn state_key(&self) -> Option<&Arc<StateKey>> {
        self.site.server.sealing()
    }

    fn principal(&self) -> Option<&str> {
        self.principal.as_deref()
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").finish_non_exhaustive()
    }
}

/// That somebody waits for the reply. When it is dropped before the answer has come, the client is gone, and with it the
/// work.
pub(super) struct Caring {
    reply: Arc<Reply>,
    running: Option<Running>,
}

impl Caring {
    pub(super) fn new(reply: Arc<Reply>) -> Self {
        Self { reply, running: None }
    }

    pub(super) fn is_served_by(&mut self, running: Option<Running>) {
        self.running = running;
    }
}

impl Drop for Caring {
    fn drop(&mut self) {
        let before = std::mem::replace(&mut lock(&self.reply.state).stage, Stage::Over);
        let unanswered = matches!(before, Stage::Silent | Stage::Speaking(_));
        if let Some(running) = self.running.take().filter(|_| unanswered) {
            running.cancel();
        }
    }
}

/// Appends a message as an event.
pub(super) fn write_event(out: &mut Vec<u8>, message: &[u8]) {
    let written = sse::write(out, &Outgoing { data: message, ..Outgoing::default() });
    debug_assert_eq!(written, Ok(()), "only a name or an id can be refused");
}
