//! The streams of a session: what has come for it, and where each message leaves.
//!
//! ```text
//!                  only the answer ──▶ one JSON message
//!  POST, waiting ─┤
//!                  something before it ──▶ events ◀──▶ detached, kept for whoever resumes them
//!                                             └── the answer ──▶ finished
//! ```

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use mcp_engine_proto::connection::{Fin, StreamId};
use mcp_engine_proto::frame::sse::{self, Outgoing};
use mcp_engine_proto::http::{
    Attachment, Rejection, Resumed, StreamNumber, StreamState, write_event, write_prime,
};
use mcp_engine_proto::version::{Feature, Version};
use mcp_engine_proto::{Message, Now, Refusal};

use super::kept::Kept;
use crate::context::StreamClosing;
use crate::http_server::limits::HttpServerLimit;
use crate::http_server::pipe::Pipe;
use crate::http_server::site::Site;
use crate::transport::Arrival;
use crate::workers::lock;

/// The streams of one session, behind a lock that is held for moments.
pub(in crate::http_server) struct Lanes {
    state: Mutex<State>,
    site: Arc<Site>,
}

struct State {
    inbox: VecDeque<Arrival>,
    lanes: Vec<(StreamId, Lane)>,
    streams: Kept,
    /// The stream for what belongs to no request.
    standalone: Option<StreamId>,
    next: u64,
    life: Life,
    version: Version,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Open,
    Closed,
}

/// Where the messages of one stream leave.
enum Lane {
    /// To a POST that waits for the first of them.
    Waiting(Option<Waker>),
    /// To a POST that has its answer and has not taken it.
    Answered(Option<Bytes>),
    /// To whoever reads events, now or later.
    Events { number: StreamNumber, reader: Option<Reader>, state: StreamState, taken: Taken },
    /// To the one stream of HTTP+SSE.
    Plain(Arc<Pipe>),
}

/// Whether the POST of a stream has begun its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    NotYet,
    Yes,
}

/// A response that carries events.
#[derive(Clone)]
pub(super) struct Reader {
    pub(super) attachment: Attachment,
    pub(super) pipe: Arc<Pipe>,
}

/// What a POST is answered with.
pub(super) enum First {
    /// One message, or none: the client has taken its request back.
    Answer(Option<Bytes>),
    /// Events.
    Events(Reader),
    /// Events that another response carries already.
    Elsewhere,
    /// The session is over.
    Closed,
}

impl Lanes {
    pub(super) fn new(site: &Arc<Site>) -> Self {
        let state = State {
            inbox: VecDeque::new(),
            lanes: Vec::new(),
            streams: Kept::default(),
            standalone: None,
            next: 0,
            life: Life::Open,
            version: Version::V2025_03_26,
        };
        Self { state: Mutex::new(state), site: Arc::clone(site) }
    }

    /// The revision that was agreed on: not every one knows all kinds of events.
    pub(super) fn speak(&self, version: Version) {
        lock(&self.state).version = version;
    }

    /// Takes in messages that want no answer on a stream of their own.
    pub(super) fn put(
        &self,
        messages: impl IntoIterator<Item = Result<Message, Refusal>>,
    ) -> Result<(), HttpServerLimit> {
        let mut state = lock(&self.state);
        let stream = state.new_stream();
        state.put(stream, messages, self.site.config.limits.inbox as usize)
    }

    /// Takes in messages of which one wants an answer, and opens the stream for it.
    pub(super) fn ask(
        &self,
        messages: impl IntoIterator<Item = Result<Message, Refusal>>,
    ) -> Result<StreamId, HttpServerLimit> {
        let mut state = lock(&self.state);
        let stream = state.new_stream();
        state.put(stream, messages, self.site.config.limits.inbox as usize)?;
        if state.life == Life::Open {
            if state.lanes.capacity() == 0 {
                state.lanes.reserve_exact(1);
            }
            state.lanes.push((stream, Lane::Waiting(None)));
        }
        Ok(stream)
    }

    /// Takes in messages of the only stream of HTTP+SSE.
    pub(in crate::http_server) fn put_plain(
        &self,
        messages: impl IntoIterator<Item = Result<Message, Refusal>>,
    ) -> Result<(), HttpServerLimit> {
        let most = self.site.config.limits.inbox as usize;
        lock(&self.state).put(StreamId::MAIN, messages, most)
    }

    /// Opens the only stream of HTTP+SSE.
    pub(in crate::http_server) fn open_plain(&self, pipe: Arc<Pipe>) {
        lock(&self.state).lanes.push((StreamId::MAIN, Lane::Plain(pipe)));
    }

    pub(super) fn next(&self) -> Option<Arrival> {
        let mut state = lock(&self.state);
        let arrival = state.inbox.pop_front();
        if state.inbox.is_empty() && state.inbox.capacity() > KEPT {
            state.inbox = VecDeque::new();
        }
        arrival
    }

    pub(super) fn has_arrivals(&self) -> bool {
        !lock(&self.state).inbox.is_empty()
    }

    pub(super) fn is_closed(&self) -> bool {
        lock(&self.state).life == Life::Closed
    }

    /// What a POST is answered with, once that is known.
    pub(super) fn poll_first(&self, stream: StreamId, cx: &Context<'_>) -> Poll<First> {
        let mut state = lock(&self.state);
        let Some(at) = state.place(stream) else {
            let first = if state.life == Life::Closed { First::Closed } else { First::Elsewhere };
            return Poll::Ready(first);
        };
        let Some((_, lane)) = state.lanes.get_mut(at) else { return Poll::Ready(First::Closed) };
        let (first, is_over) = match lane {
            Lane::Waiting(waker) => {
                *waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
            Lane::Answered(answer) => (First::Answer(answer.take()), true),
            Lane::Events { reader, state, taken, .. } => {
                *taken = Taken::Yes;
                let first = reader.clone().map_or(First::Elsewhere, First::Events);
                (first, *state == StreamState::Finished)
            }
            Lane::Plain(_) => (First::Elsewhere, false),
        };
        if is_over {
            state.lanes.swap_remove(at);
        }
        Poll::Ready(first)
    }

    /// Lets a POST have events that has waited long for its answer, so that nothing between gives the connection up.
    pub(super) fn make_events(&self, stream: StreamId) {
        let now = self.site.now();
        let mut state = lock(&self.state);
        if let Some(at) = state.place(stream) {
            // Without room for another stream it goes on waiting.
            let _ = state.make_events(at, &self.site, now);
        }
    }

    /// The client of a POST is gone before there was anything for it. Its request goes on, but what it would be told is lost.
    pub(super) fn abandon(&self, stream: StreamId) {
        let mut state = lock(&self.state);
        let Some(at) = state.place(stream) else { return };
        match state.lanes.get_mut(at) {
            Some((_, Lane::Waiting(_) | Lane::Answered(_))) => {
                state.lanes.swap_remove(at);
                state.inbox.push_back(Arrival::StreamClosed(stream));
            }
            Some((_, Lane::Events { reader, state: stage, taken, .. })) => {
                *taken = Taken::Yes;
                let (is_over, reader) = (*stage == StreamState::Finished, reader.take());
                reader.into_iter().for_each(|own| state.streams.detach(own.attachment));
                if is_over {
                    state.lanes.swap_remove(at);
                }
            }
            _ => {}
        }
    }

    /// The client of an event stream is gone. What comes is kept for it.
    pub(super) fn detach(&self, attachment: Attachment) {
        lock(&self.state).detach(attachment);
    }

    /// Opens the stream for what belongs to no request.
    pub(super) fn open_standalone(&self) -> Result<Reader, Rejection> {
        let now = self.site.now();
        let mut state = lock(&self.state);
        let resumed = state.streams.made(&self.site).open_standalone(now)?;
        let number = resumed.attachment.stream;
        let is_new = resumed.attachment.turn == 1;
        let reader = state.reader(resumed, &self.site);
        if is_new {
            write_primed(&reader.pipe, state.version, number, &self.site);
            let stream = state.new_stream();
            let lane = Lane::Events {
                number,
                reader: Some(reader.clone()),
                state: StreamState::Open,
                taken: Taken::Yes,
            };
            if let Some(at) = state.standalone.replace(stream).and_then(|old| state.place(old)) {
                state.lanes.swap_remove(at);
            }
            state.lanes.push((stream, lane));
            state.inbox.push_back(Arrival::Standalone(Some(stream)));
        }
        Ok(reader)
    }

    /// Lets a stream go on behind an event.
    pub(super) fn resume(&self, last_event_id: &[u8]) -> Result<Reader, Rejection> {
        let now = self.site.now();
        let mut state = lock(&self.state);
        let resumed = state.streams.made(&self.site).resume(last_event_id, now)?;
        Ok(state.reader(resumed, &self.site))
    }

    /// Takes a message of the connection to where it belongs, and ends its stream where that is said.
    pub(super) fn deliver(&self, stream: StreamId, fin: Fin, message: Option<Bytes>) {
        let now = self.site.now();
        let mut state = lock(&self.state);
        let Some(at) = state.place(stream) else { return };
        let only = fin != Fin::Open;
        let waker = match state.lanes.get_mut(at) {
            Some((_, lane @ Lane::Waiting(_))) if only => {
                let before = std::mem::replace(lane, Lane::Answered(message));
                if let Lane::Waiting(waker) = before { waker } else { None }
            }
            Some((_, Lane::Waiting(_))) => {
                let waker = state.make_events(at, &self.site, now);
                state.tell(at, message, &self.site);
                waker
            }
            Some((_, Lane::Events { .. })) => {
                state.tell(at, message, &self.site);
                if only {
                    state.finish(at, now);
                }
                None
            }
            Some((_, Lane::Plain(pipe))) => {
                let pipe = Arc::clone(pipe);
                tell_plain(&pipe, message, &self.site);
                None
            }
            Some((_, Lane::Answered(_))) | None => None,
        };
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// The session is over: everybody who waits hears so.
    pub(super) fn close(&self) {
        let mut state = lock(&self.state);
        state.life = Life::Closed;
        state.inbox.clear();
        let lanes = std::mem::take(&mut state.lanes);
        drop(state);
        for (_, lane) in lanes {
            match lane {
                Lane::Waiting(Some(waker)) => waker.wake(),
                Lane::Events { reader: Some(reader), .. } => reader.pipe.finish(),
                Lane::Plain(pipe) => pipe.finish(),
                _ => {}
            }
        }
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        lock(&self.state).streams.give_back(&self.site);
    }
}

impl crate::context::Streams for Lanes {
    fn close(&self, stream: StreamId, retry: Option<Duration>) -> StreamClosing {
        let now = self.site.now();
        let mut state = lock(&self.state);
        if !state.version.has(Feature::StreamPolling) {
            return StreamClosing::Kept;
        }
        let Some(at) = state.place(stream) else { return StreamClosing::Kept };
        let waker = state.make_events(at, &self.site, now);
        let closing = state.let_go(at, retry);
        drop(state);
        waker.into_iter().for_each(Waker::wake);
        closing
    }
}

impl State {
    fn new_stream(&mut self) -> StreamId {
        // The first is that of a transport that has just one.
        self.next = self.next.saturating_add(1);
        StreamId(self.next)
    }

    /// The place of a lane. The newest are asked for most.
    fn place(&self, stream: StreamId) -> Option<usize> {
        self.lanes.iter().rposition(|(own, _)| *own == stream)
    }

    fn put(
        &mut self,
        stream: StreamId,
        messages: impl IntoIterator<Item = Result<Message, Refusal>>,
        most: usize,
    ) -> Result<(), HttpServerLimit> {
        if self.inbox.len() >= most {
            return Err(HttpServerLimit::Inbox);
        }
        if self.life == Life::Open {
            // Room for one is enough for most sessions, and all that those hold which are idle.
            if self.inbox.capacity() == 0 {
                self.inbox.reserve_exact(1);
            }
            let arrivals = messages.into_iter().map(|message| Arrival::Message(stream, message));
            self.inbox.extend(arrivals);
        }
        Ok(())
    }

    /// Turns a lane that waits into one of events. Says whom to wake.
    fn make_events(&mut self, at: usize, site: &Site, now: Now) -> Option<Waker> {
        let (_, lane) = self.lanes.get_mut(at)?;
        let Lane::Waiting(waker) = lane else { return None };
        let attachment = self.streams.made(site).open_reply(now).ok()?;
        let waker = waker.take();
        let pipe = Arc::new(Pipe::new(site.config.limits.stream_bytes as usize));
        write_primed(&pipe, self.version, attachment.stream, site);
        let (number, reader) = (attachment.stream, Some(Reader { attachment, pipe }));
        *lane = Lane::Events { number, reader, state: StreamState::Open, taken: Taken::NotYet };
        waker
    }

    /// Ends the response of a stream of events, which goes on when the client comes back. A POST that has not taken its response yet gets what is
    /// in there.
    fn let_go(&mut self, at: usize, retry: Option<Duration>) -> StreamClosing {
        let Some((_, Lane::Events { reader, taken, .. })) = self.lanes.get_mut(at) else {
            return StreamClosing::Kept;
        };
        let Some(reading) = reader.clone() else { return StreamClosing::Closed };
        if *taken == Taken::Yes {
            *reader = None;
        }
        reading.pipe.finish_with(|out| {
            if let Some(retry) = retry {
                sse::retry(out, u64::try_from(retry.as_millis()).unwrap_or(u64::MAX));
            }
        });
        self.streams.detach(reading.attachment);
        StreamClosing::Closed
    }

    /// Puts a message onto a stream of events, and writes it where somebody reads.
    fn tell(&mut self, at: usize, message: Option<Bytes>, site: &Site) {
        let Some(message) = message else { return };
        let Some((_, Lane::Events { number, reader, .. })) = self.lanes.get_mut(at) else { return };
        let published = self.streams.publish(*number, message.clone(), site);
        let Some(published) = published else { return };
        let Some(reading) = reader.as_ref().filter(|own| published.to == Some(own.attachment))
        else {
            return;
        };
        if reading.pipe.write(|out| write_event(out, published.id, &message)).is_err() {
            // What its reader does not read is kept for when it comes again.
            site.tally.count(HttpServerLimit::StreamBytes);
            reading.pipe.finish();
            self.streams.detach(reading.attachment);
        }
    }

    /// Ends a stream of events. Who has not taken it yet still may.
    fn finish(&mut self, at: usize, now: Now) {
        let Some((_, Lane::Events { number, reader, state, taken })) = self.lanes.get_mut(at)
        else {
            return;
        };
        *state = StreamState::Finished;
        self.streams.finish(*number, now);
        if let Some(reader) = reader {
            reader.pipe.finish();
        }
        if *taken == Taken::Yes {
            self.lanes.swap_remove(at);
        }
    }

    fn detach(&mut self, attachment: Attachment) {
        self.streams.detach(attachment);
        for (_, lane) in &mut self.lanes {
            if let Lane::Events { reader, .. } = lane
                && reader.as_ref().is_some_and(|reader| reader.attachment == attachment)
            {
                *reader = None;
            }
        }
    }

    /// The response that carries a stream from now on, with what was missed.
    fn reader(&mut self, resumed: Resumed, site: &Site) -> Reader {
        let Resumed { attachment, events, state } = resumed;
        let pipe = Arc::new(Pipe::new(site.config.limits.stream_bytes as usize));
        let mut missed = Vec::new();
        for (id, data) in events {
            write_event(&mut missed, id, &data);
        }
        // An empty pipe has room.
        let _ = pipe.write(|out| out.append(&mut missed));
        let reader = Reader { attachment, pipe };
        if state == StreamState::Finished {
            reader.pipe.finish();
            self.streams.detach(attachment);
        }
        for (_, lane) in &mut self.lanes {
            if let Lane::Events { number, reader: own, .. } = lane
                && *number == attachment.stream
                && let Some(before) = own.replace(reader.clone())
            {
                before.pipe.finish();
            }
        }
        reader
    }
}

/// Begins a stream so that it can be resumed before anything was said, where the revision has that.
fn write_primed(pipe: &Pipe, version: Version, number: StreamNumber, site: &Site) {
    let retry = site.config.retry.map(|retry| u64::try_from(retry.as_millis()).unwrap_or(u64::MAX));
    // An empty pipe has room.
    let _ = pipe.write(|out| write_prime(out, version, number, retry));
}

fn tell_plain(pipe: &Pipe, message: Option<Bytes>, site: &Site) {
    let Some(message) = message else { return };
    let event = Outgoing { name: Some("message"), data: &message, ..Outgoing::default() };
    let written = pipe.write(|out| {
        let written = sse::write(out, &event);
        debug_assert_eq!(written, Ok(()), "the name is sound");
    });
    if written.is_err() {
        // Nothing can be resumed here, so that a gap would be for good.
        site.tally.count(HttpServerLimit::StreamBytes);
        pipe.finish();
    }
}

/// Room for so many messages is kept when none waits.
const KEPT: usize = 64;
