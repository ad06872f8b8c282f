//! The driver: moves messages between a transport and a connection, and calls the application.
//!
//! One task for each connection reads, decides and writes. What is read in one go is answered in one go: handlers that answer at
//! once run here, between the read and the one write that carries all their answers. Whoever else speaks on the connection goes through
//! [`Shared`], and wakes this task.
//!
//! ```text
//!  transport ─next──▶ Connection ─events──▶ Handler ──▶ answer ─┐
//!      ▲                  ▲                     └─▶ workers ────┤
//!      └──── write ◀──────┴──────────── transmits ◀─────────────┘
//! ```
//!
//! While more than [`DriverLimits::unsent_bytes`] wait to be written, a server reads nothing more; a client goes on reading, since its
//! server may wait for that, and lets its callers wait instead.

mod calls;
mod limits;
mod shared;

pub use limits::DriverLimits;

pub(crate) use calls::{OnProgress, Settled};
pub(crate) use shared::Shared;

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Cx, Poll, ready};
use std::time::Duration;

use mcp_engine_proto::connection::{self, Closing, Connection, Ending, Event, Failure};
use mcp_engine_proto::version::Role;
use mcp_engine_proto::{Message, Now, RequestId};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::answer::{Answer, Care, INTERNAL_ERROR, Responder};
use crate::context::{Channel, Context};
use crate::error::{Cause, Error};
use crate::handler::{Handler, Notification, Origin, Request};
use crate::host::{Host, Running, Seat};
use crate::trace;
use crate::transport::{Arrival, Read, Transport};

/// Drives one connection until it is over.
pub(crate) struct Driver<T, H: Handler + ?Sized> {
    transport: T,
    shared: Arc<Shared>,
    handler: Arc<H>,
    host: Arc<Host>,
    /// Taken with the first request that is not answered at once.
    seat: Option<Arc<Seat>>,
    alarm: Option<Pin<Box<Sleep>>>,
    /// What comes next and was not taken in yet.
    ahead: Option<Arrival>,
    /// When there was something to read. All that comes in one read has come at that time.
    read_at: Now,
    limits: DriverLimits,
    role: Role,
    input: Input,
    /// Why the transport says that something has no answer, while that is served.
    cause: Option<Cause>,
}

/// Whether the other side sends anything more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    Open,
    /// It does not, and what it has asked is answered until then.
    Ended(Instant),
}

impl<T: Transport, H: Handler + ?Sized> Driver<T, H> {
    pub(crate) fn new(
        transport: T,
        shared: Arc<Shared>,
        handler: Arc<H>,
        host: Arc<Host>,
        limits: DriverLimits,
    ) -> Self {
        let role = shared.lock().connection.config().role;
        Self {
            transport,
            read_at: shared.now(),
            shared,
            handler,
            host,
            seat: None,
            alarm: None,
            ahead: None,
            limits,
            role,
            input: Input::Open,
            cause: None,
        }
    }

    /// Goes round once. `Ready` when the conversation is over.
    fn turn(&mut self, cx: &mut Cx<'_>) -> Poll<io::Result<Turn>> {
        if self.input == Input::Open && self.shared.lock().ends {
            self.input = Input::Ended(Instant::now() + self.grace());
        }
        self.take_in();
        let is_over = self.give_out();
        let written = self.transport.poll_write(cx)?;
        if is_over {
            ready!(written);
            return Poll::Ready(Ok(Turn::Over));
        }
        if written.is_ready() && self.has_more_to_say() || self.may_take_in_more() {
            return Poll::Ready(Ok(Turn::Again));
        }
        if self.input != Input::Open {
            ready!(written);
            return self.end_when_idle();
        }
        if self.is_choked() {
            return Poll::Pending;
        }
        match ready!(self.transport.poll_read(cx))? {
            Read::More => self.read_at = self.shared.now(),
            Read::End => self.input = Input::Ended(Instant::now() + self.grace()),
        }
        Poll::Ready(Ok(Turn::Again))
    }

    /// A client that closes its side may wait for answers still; a server that does is gone.
    fn grace(&self) -> Duration {
        match self.role {
            Role::Server => self.limits.grace,
            Role::Client => Duration::ZERO,
        }
    }

    fn end_when_idle(&self) -> Poll<io::Result<Turn>> {
        let connection = &mut self.shared.lock().connection;
        let Input::Ended(until) = self.input else { return Poll::Pending };
        if connection.peer_requests() > 0 && Instant::now() < until {
            return Poll::Pending;
        }
        connection.peer_closed();
        Poll::Ready(Ok(Turn::Again))
    }

    /// Takes in what was read, and serves it: until so much can be written that it is worth a write, or too much waits already.
    fn take_in(&mut self) {
        let waiting = self.shared.lock().connection.ready_bytes();
        let worth_a_write = waiting.saturating_add(WORTH_A_WRITE);
        let most = worth_a_write.min(self.limits.unsent_bytes as usize);
        while let Some(event) = self.next_event(most) {
            self.serve(event);
        }
    }

    /// The next event, for which messages are taken in while no more than `most` bytes wait. The lock is taken once for each message, and
    /// never while one is decoded.
    fn next_event(&mut self, most: usize) -> Option<Event> {
        loop {
            if self.ahead.is_none() {
                self.ahead = self.transport.next();
            }
            let connection = &mut self.shared.lock().connection;
            if let Some(event) = connection.poll_event() {
                return Some(event);
            }
            self.cause = None;
            if self.role == Role::Server && connection.ready_bytes() > most {
                return None;
            }
            self.cause = arrive(connection, self.ahead.take()?, self.read_at);
            if let Some(event) = connection.poll_event() {
                return Some(event);
            }
        }
    }

    fn serve_events(&mut self) {
        loop {
            let Some(event) = self.shared.lock().connection.poll_event() else { return };
            self.serve(event);
        }
    }

    fn serve(&mut self, event: Event) {
        match event {
            Event::Request { id, message, context } => self.serve_request(id, message, context),
            Event::Response { id, message } => self.settle(&id, Settled::Answered(message)),
            Event::InputRequired { id, message } => {
                self.settle(&id, Settled::InputRequired(message, None));
            }
            Event::Failed { id, failure } => {
                self.settle(&id, Settled::Failed(self.failed(failure)));
            }
            Event::Progress { id, message } => self.progressed(&id, &message),
            Event::Cancelled { id, .. } => self.cancelled(&id),
            Event::Notification { message, subscription } => {
                let channel = Arc::clone(&self.shared) as Arc<dyn Channel>;
                self.handler.notification(Notification::new(message, subscription, channel));
            }
            Event::Listening { id, message } => self.settle(&id, Settled::Answered(message)),
            Event::ListeningEnded { ref id, ref ending } => {
                // One that had not begun was not acknowledged, and somebody waits for that.
                self.settle(id, self.ended(ending));
                self.happened(event);
            }
            Event::Ready(version) => {
                self.shared.lock().open(version);
                self.happened(event);
            }
            Event::Closed(closing) => {
                self.shared.lock().close(closing, self.cause.clone());
                self.happened(event);
            }
            event => self.happened(event),
        }
    }

    fn serve_request(&mut self, id: RequestId, message: Message, terms: connection::Context) {
        let (shared, now) = (&*self.shared, self.read_at);
        let channel = Arc::clone(&self.shared) as Arc<dyn Channel>;
        let request = Request::new(message, Context::new(id.clone(), terms, channel));
        let mut respond = |reply: connection::Reply<'_>| {
            shared.lock().connection.respond(&id, reply, now).map(drop)
        };
        let served = self.handler.request(request, Responder::new(&mut respond));
        match served.0 {
            Care::Answered => {}
            care => self.serve_later(id, care),
        }
    }

    fn serve_later(&mut self, id: RequestId, care: Care) {
        let hand_over = {
            let (shared, id) = (Arc::clone(&self.shared), id.clone());
            move |answer: Answer<'static>| {
                if shared.respond(&id, answer.as_reply()).is_err() {
                    let refused = Answer::error(INTERNAL_ERROR, "the answer is not allowed here");
                    // It may be too late for any answer.
                    drop(shared.respond(&id, refused.as_reply()));
                }
            }
        };
        let running = self.seat().and_then(|seat| seat.serve(care, hand_over));
        match running {
            Ok(None) => {}
            Ok(Some(running)) => self.is_served_by(id, running),
            Err(error) => {
                let busy = Answer::error(INTERNAL_ERROR, error.to_string());
                drop(self.shared.respond(&id, busy.as_reply()));
            }
        }
    }

    /// Remembers what serves a request, unless the request is over already.
    fn is_served_by(&self, id: RequestId, running: Running) {
        let mut state = self.shared.lock();
        if state.connection.is_wanted(&id) {
            state.serving.insert(id, running);
        }
    }

    fn seat(&mut self) -> Result<&Arc<Seat>, Error> {
        match &mut self.seat {
            Some(seat) => Ok(seat),
            seat => Ok(seat.insert(Arc::new(self.host.seat()?))),
        }
    }

    fn settle(&self, id: &RequestId, settled: Settled) {
        let waker = self.shared.lock().calls.settle(id, settled);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Why a request has failed, as far as the transport knows.
    fn failed(&self, failure: Failure) -> Error {
        match (failure, &self.cause) {
            (Failure::Closed, Some(cause)) => cause.clone().into(),
            (failure, _) => failure.into(),
        }
    }

    /// How a subscription has ended, for whoever waits for it to begin.
    fn ended(&self, ending: &Ending) -> Settled {
        match ending {
            Ending::Server(message) if message.error().is_some() => {
                Settled::Answered(message.clone())
            }
            Ending::Failed(failure) => Settled::Failed(self.failed(failure.clone())),
            _ => Settled::Failed(Error::closed()),
        }
    }

    fn progressed(&self, id: &RequestId, message: &Message) {
        let listener = self.shared.lock().calls.take_listener(id);
        if let Some(mut listener) = listener {
            listener(message);
            self.shared.lock().calls.put_listener(id, listener);
        }
    }

    fn cancelled(&self, id: &RequestId) {
        let running = self.shared.lock().serving.remove(id);
        if let Some(running) = running {
            running.cancel();
        }
    }

    /// Gives the transport what it has room for. Says whether the connection is over.
    fn give_out(&mut self) -> bool {
        let mut state = self.shared.lock();
        state.stirred = false;
        while let Some(buffer) = self.transport.buffer()
            && let Some(transmit) = state.connection.poll_transmit(buffer)
        {
            self.transport.send(transmit);
        }
        state.connection.closing().is_some()
    }

    fn has_more_to_say(&self) -> bool {
        let state = self.shared.lock();
        state.stirred || state.connection.ready_bytes() > 0
    }

    /// Whether something was left where it was read, and need not be.
    fn may_take_in_more(&self) -> bool {
        self.ahead.is_some() && !self.is_choked()
    }

    /// Whether so much waits to be written that nothing more is read.
    fn is_choked(&self) -> bool {
        let limit = self.limits.unsent_bytes as usize;
        self.role == Role::Server && self.shared.lock().connection.ready_bytes() > limit
    }

    /// Lets time pass, and asks to be woken when the next thing is due. Says whether something was.
    fn poll_time(&mut self, cx: &mut Cx<'_>) -> bool {
        let clock = self.shared.clock();
        let due = self.shared.lock().connection.poll_timeout().map(|due| clock.at(due));
        let until = match self.input {
            Input::Ended(until) => Some(until),
            Input::Open => None,
        };
        let Some(due) = due.into_iter().chain(until).min() else { return false };
        // An alarm that rings too early only makes this look again, and is cheaper than setting it for every request.
        match &mut self.alarm {
            Some(alarm) if alarm.deadline() <= due && !alarm.is_elapsed() => {}
            Some(alarm) => alarm.as_mut().reset(due),
            alarm => *alarm = Some(Box::pin(sleep_until(due))),
        }
        let alarm = self.alarm.as_mut().map(|alarm| alarm.as_mut().poll(cx));
        if alarm.is_none_or(|alarm| alarm.is_pending()) {
            return false;
        }
        let now = self.shared.now();
        self.shared.lock().connection.handle_timeout(now);
        true
    }

    /// Keeps the waker, unless there is something to do.
    fn may_rest(&self, cx: &Cx<'_>) -> bool {
        let mut state = self.shared.lock();
        if state.stirred {
            return false;
        }
        match &mut state.driver {
            Some(driver) => driver.clone_from(cx.waker()),
            driver => *driver = Some(cx.waker().clone()),
        }
        true
    }

    /// The transport is gone, and with it everything that waits for it.
    fn break_off(&mut self) {
        self.shared.lock().connection.peer_closed();
        self.serve_events();
        let serving = std::mem::take(&mut self.shared.lock().serving);
        serving.into_values().for_each(|running| running.cancel());
    }
}

impl<T, H: Handler + ?Sized> Driver<T, H> {
    fn happened(&self, event: Event) {
        let channel = Arc::clone(&self.shared) as Arc<dyn Channel>;
        self.handler.event(event, &Origin::new(channel));
    }
}

/// What a turn has come to.
enum Turn {
    Again,
    Over,
}

impl<T: Transport, H: Handler + ?Sized> Future for Driver<T, H> {
    type Output = Result<Closing, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Cx<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let mut turns = 0u32;
        loop {
            let ended = match this.turn(cx) {
                Poll::Ready(Ok(Turn::Again)) if turns < TURNS => {
                    turns = turns.saturating_add(1);
                    continue;
                }
                Poll::Ready(Ok(Turn::Again)) => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Ready(Ok(Turn::Over)) => ready!(this.transport.poll_close(cx)),
                Poll::Ready(Err(error)) => Err(error),
                Poll::Pending if this.poll_time(cx) || !this.may_rest(cx) => continue,
                Poll::Pending => return Poll::Pending,
            };
            let broken = ended.err().filter(|error| !is_end(error));
            broken.iter().for_each(trace::broken);
            this.cause = broken.map(|error| Cause::Transport(Arc::new(error)));
            this.break_off();
            let closing = this.shared.lock().connection.closing().unwrap_or(Closing::Peer);
            return Poll::Ready(this.cause.take().map_or(Ok(closing), |cause| Err(cause.into())));
        }
    }
}

impl<T, H: Handler + ?Sized> Drop for Driver<T, H> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.connection.peer_closed();
        let serving = std::mem::take(&mut state.serving);
        let mut closed = None;
        while let Some(event) = state.connection.poll_event() {
            match event {
                Event::Failed { id, failure } => {
                    if let Some(waker) = state.calls.settle(&id, Settled::Failed(failure.into())) {
                        waker.wake();
                    }
                }
                Event::Closed(closing) => {
                    state.close(closing, None);
                    closed = Some(event);
                }
                _ => {}
            }
        }
        drop(state);
        closed.into_iter().for_each(|event| self.happened(event));
        serving.into_values().for_each(|running| running.cancel());
    }
}

/// Takes one arrival in, and says why, when the transport has said so. What the peer did wrong was counted and answered; it harms nothing
/// else.
fn arrive(connection: &mut Connection, arrival: Arrival, now: Now) -> Option<Cause> {
    let mut cause = None;
    let _ = match arrival {
        Arrival::Message(stream, Ok(message)) => connection.receive(stream, message, now),
        Arrival::Message(stream, Err(refusal)) => connection.refuse(stream, &refusal, now),
        Arrival::StreamClosed(stream) => {
            connection.stream_closed(stream, now);
            Ok(())
        }
        Arrival::StreamFailed(stream, error) => {
            cause = Some(Cause::Stream(Arc::new(error)));
            connection.stream_closed(stream, now);
            Ok(())
        }
        Arrival::Standalone(stream) => {
            connection.set_standalone(stream);
            Ok(())
        }
        Arrival::FallBack => connection.fall_back(now),
    };
    cause
}

/// Whether an error says no more than that the other side is gone.
fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

/// After so many turns in a row, other tasks get theirs.
const TURNS: u32 = 64;
/// So many bytes are given to the transport before more is taken in: the peer has them sooner, and they are in the cache still.
const WORTH_A_WRITE: usize = 64 << 10;
