//! Subscriptions: streams that stay open and say what has changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use http::Response;
use mcp_engine_proto::Limits;
use mcp_engine_proto::connection::{Change, Event, StreamId};
use mcp_engine_proto::endpoint::{self, Listening};
use mcp_engine_proto::http::{Accepts, HttpRule, Rejection};
use mcp_engine_proto::task::{Form, Notice};

use super::Nobody;
use super::reply::write_event;
use crate::handler::Origin;
use crate::http_server::body::ReplyBody;
use crate::http_server::limits::{HttpServerLimit, HttpServerLimits};
use crate::http_server::pipe::Pipe;
use crate::http_server::response::Refused;
use crate::http_server::site::Site;
use crate::server::{Owner, Sink};
use crate::workers::lock;

/// The subscriptions that are open.
#[derive(Debug)]
pub(in crate::http_server) struct Listeners {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    listeners: endpoint::Listeners,
    pipes: HashMap<StreamId, Listener>,
    next: u64,
}

/// Who listens, and where it is told.
#[derive(Debug)]
struct Listener {
    pipe: Arc<Pipe>,
    principal: Option<Arc<str>>,
}

impl Listeners {
    pub(in crate::http_server) fn new(limits: &HttpServerLimits) -> Self {
        let limits = Limits { subscriptions: limits.listeners, ..Limits::default() };
        let listeners = endpoint::Listeners::new(&limits);
        Self { state: Mutex::new(State { listeners, pipes: HashMap::new(), next: 0 }) }
    }

    /// Ends all of them, as a server does that goes.
    pub(in crate::http_server) fn end(&self) {
        let mut state = lock(&self.state);
        let pipes = std::mem::take(&mut state.pipes);
        for (stream, Listener { pipe, .. }) in pipes {
            let mut out = Vec::new();
            if let Some(listening) = state.listeners.close(stream) {
                listening.end(&mut out);
            }
            pipe.finish_with(|bytes| write_event(bytes, &out));
        }
    }

    pub(in crate::http_server) fn len(&self) -> usize {
        lock(&self.state).listeners.len()
    }

    fn open(&self, listening: Listening, listener: Listener) -> Result<StreamId, HttpServerLimit> {
        let mut state = lock(&self.state);
        let stream = StreamId(state.next);
        state.listeners.open(stream, listening).map_err(|_| HttpServerLimit::Listeners)?;
        state.next = state.next.wrapping_add(1);
        state.pipes.insert(stream, listener);
        Ok(stream)
    }

    fn close(&self, stream: StreamId) {
        let mut state = lock(&self.state);
        state.listeners.close(stream);
        state.pipes.remove(&stream);
    }
}

/// Opens a subscription.
pub(super) fn serve(
    site: &Arc<Site>,
    listening: Listening,
    accepts: Accepts,
    principal: Option<Arc<str>>,
) -> Result<Response<ReplyBody>, Refused> {
    if !accepts.events() {
        return Err(Rejection::from(HttpRule::StreamNotAcceptable).into());
    }
    let pipe = Arc::new(Pipe::new(site.config.limits.stream_bytes as usize));
    let mut acknowledgement = Vec::new();
    listening.acknowledge(&mut acknowledgement);
    // An empty pipe has room.
    let _ = pipe.write(|bytes| write_event(bytes, &acknowledgement));
    let message = listening.message().clone();
    let listener = Listener { pipe: Arc::clone(&pipe), principal: principal.clone() };
    let stream = site.listeners.open(listening, listener)?;
    let handler = Arc::clone(site.server.handler());
    let origin = Origin::new(Arc::new(Nobody { principal }));
    let id = message.id().map(|id| id.to_owned());
    if let Some(id) = id.clone() {
        handler.event(Event::Subscribed { id, message }, &origin);
    }
    let at_end = {
        let site = Arc::clone(site);
        move || {
            site.listeners.close(stream);
            if let Some(id) = id {
                handler.event(Event::Unsubscribed { id, message: None }, &origin);
            }
        }
    };
    Ok(site.events(pipe, Box::new(at_end)))
}

impl Sink for Site {
    fn publish(&self, change: Change<'_>) {
        self.tell_those(change, |_| true);
    }

    fn publish_to(&self, principal: Option<&str>, change: Change<'_>) {
        self.tell_those(change, |listener| listener == principal);
    }

    fn tell(&self, notice: &Notice) {
        if notice.form == Form::Extension {
            let (id, owner) = (notice.id.to_string(), &notice.principal);
            self.tell_those(Change::Task(&id, notice.params()), |principal| {
                Owner::may_be(principal, None, owner)
            });
        }
    }
}

impl Site {
    /// Tells those who listen and may know. One that does not read is let go: it may listen anew, and reads then what it has missed.
    fn tell_those(&self, change: Change<'_>, may_know: impl Fn(Option<&str>) -> bool) {
        let mut state = lock(&self.listeners.state);
        let State { listeners, pipes, .. } = &mut *state;
        let mut full = Vec::new();
        listeners.publish(change, |stream, message| {
            let listener = pipes.get(&stream);
            let listener = listener.filter(|listener| may_know(listener.principal.as_deref()));
            let write = |bytes: &mut Vec<u8>| write_event(bytes, message);
            if listener.is_some_and(|listener| listener.pipe.write(write).is_err()) {
                full.push(stream);
            }
        });
        for stream in full {
            listeners.close(stream);
            if let Some(listener) = pipes.remove(&stream) {
                listener.pipe.finish();
            }
            self.tally.count(HttpServerLimit::StreamBytes);
        }
    }
}
