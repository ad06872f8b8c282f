//! Messages over a connection that the thread of the engine drives.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use mcp_engine::connection::{Fin, Framing, StreamId, Topology, Transmit};
use mcp_engine::http_client::HttpError;
use mcp_engine::transport::Arrival;
use mcp_engine::{
    BodyDecoder, Duplicates, Error, Kind, Limits, Message, Method, Pool, Refusal, RequestId,
};

use super::Says;
use super::asked::Asked;
use super::incoming::{Other, Sorter};
use crate::ferry::Ferry;

pub(super) struct Ferried {
    ferry: Ferry,
    topology: Topology,
    framing: Framing,
    asked: Asked,
    limits: Limits,
    /// What the ferry had no room for yet.
    unsent: VecDeque<Transmit>,
    unsent_bytes: usize,
}

/// What is known of the way since the last look.
#[derive(Default)]
pub(super) struct News {
    pub(super) is_connected: bool,
    /// Why nothing comes any more.
    pub(super) cause: Option<Arc<io::Error>>,
}

impl Ferried {
    pub(super) fn new(ferry: Ferry, topology: Topology, framing: Framing, limits: &Limits) -> Self {
        let asked = Asked::new(limits.own_requests as usize);
        Self {
            ferry,
            topology,
            framing,
            asked,
            limits: *limits,
            unsent: VecDeque::new(),
            unsent_bytes: 0,
        }
    }

    /// One descriptor for both ways: it says, too, when there is room again.
    pub(super) fn descriptors(&self) -> (i32, i32) {
        (self.ferry.descriptor(), self.ferry.descriptor())
    }

    /// Takes in all that has come.
    pub(super) fn read(&mut self, sorter: &mut Sorter<'_>) -> News {
        let landed = self.ferry.fetch();
        for arrival in landed.arrivals {
            self.land(arrival, sorter);
        }
        let mut news = News { is_connected: landed.is_connected, cause: None };
        if let Some(end) = landed.end {
            news.cause = end.err().map(Arc::new);
            self.end(news.cause.as_ref(), sorter);
        }
        self.flush();
        news
    }

    fn land(&mut self, arrival: Arrival, sorter: &mut Sorter<'_>) {
        match arrival {
            Arrival::Message(_, Ok(message)) => {
                self.note(&message);
                sorter.message(message);
            }
            Arrival::Message(_, Err(refusal)) => {
                if let Some(message) = refusal.message() {
                    self.note(message);
                } else if let Some(id) = self.refused_answer(&refusal) {
                    sorter.lost(id, Arc::new(HttpError::Message(refusal.error()).into()));
                    return;
                }
                sorter.refused(refusal, || None);
            }
            Arrival::StreamClosed(stream) => {
                if let Some(id) = self.asked.close(stream) {
                    sorter.lost(id, Arc::new(HttpError::Lost(None).into()));
                }
            }
            Arrival::StreamFailed(stream, error) => match self.asked.close(stream) {
                Some(id) => sorter.lost(id, Arc::new(error)),
                None if stream == StreamId::MAIN => sorter.other(Other::Unsaid(error)),
                None => {}
            },
            _ => {}
        }
    }

    fn note(&mut self, message: &Message) {
        if matches!(message.kind(), Kind::Response | Kind::ErrorResponse)
            && let Some(id) = message.id()
        {
            let _ = self.asked.answered(id);
        }
    }

    /// The request whose answer cannot be read.
    fn refused_answer(&mut self, refusal: &Refusal) -> Option<RequestId> {
        self.asked.answered(refusal.id().filter(|_| refusal.answers())?)
    }

    fn end(&mut self, cause: Option<&Arc<io::Error>>, sorter: &mut Sorter<'_>) {
        for id in self.asked.end() {
            // Whoever waits for one by a future is told by whoever has the futures.
            if id.as_i64().is_some_and(|id| sorter.waiting.contains_key(&id)) {
                continue;
            }
            let cause =
                cause.map_or_else(|| Arc::new(io::ErrorKind::UnexpectedEof.into()), Arc::clone);
            sorter.lost(id, cause);
        }
        sorter.other(Other::End);
    }

    /// Adds a message to those that wait.
    pub(super) fn push(&mut self, mut text: Vec<u8>, says: Says) -> Result<(), Error> {
        let stream = match says {
            Says::Request(id) => self.asked.open(RequestId::from(id))?,
            Says::Notice => StreamId::MAIN,
            Says::Anything => self.stream_of(&text)?,
        };
        if self.framing == Framing::Line {
            text.push(b'\n');
        }
        self.unsent_bytes = self.unsent_bytes.saturating_add(text.len());
        self.queue(stream, Fin::Open, Some(Bytes::from(text)));
        Ok(())
    }

    /// The stream of a message that somebody else has made.
    fn stream_of(&mut self, text: &[u8]) -> Result<StreamId, Error> {
        let Some(message) = read(text, &self.limits) else { return Ok(StreamId::MAIN) };
        match (message.kind(), message.id()) {
            (Kind::Request, Some(id)) => return self.asked.open(id.to_owned()),
            (Kind::Notification, _) if message.method() == Some(Method::Cancelled) => {
                if let Some(id) = message.token() {
                    self.forget(&id.to_owned());
                }
            }
            _ => {}
        }
        Ok(StreamId::MAIN)
    }

    /// Does without the answer to a request.
    pub(super) fn forget(&mut self, id: &RequestId) {
        if let Some(stream) = self.asked.forget(id)
            && self.topology == Topology::Http
        {
            self.queue(stream, Fin::Abort, None);
            self.flush();
        }
    }

    fn queue(&mut self, stream: StreamId, fin: Fin, body: Option<Bytes>) {
        let stream = if self.topology == Topology::Http { stream } else { StreamId::MAIN };
        self.unsent.push_back(Transmit { stream, fin, head: 0..0, body, tail: 0..0 });
    }

    /// Bytes that wait for room.
    pub(super) fn waiting(&self) -> usize {
        self.unsent_bytes
    }

    /// Hands over what there is room for. Whether something is left.
    pub(super) fn flush(&mut self) -> bool {
        let Self { ferry, unsent, unsent_bytes, .. } = self;
        ferry.load(|| {
            let transmit = unsent.pop_front()?;
            let len = transmit.body.as_ref().map_or(0, Bytes::len);
            *unsent_bytes = unsent_bytes.saturating_sub(len);
            Some(transmit)
        });
        !unsent.is_empty()
    }
}

/// The message that a text is, if it is one.
fn read(text: &[u8], limits: &Limits) -> Option<Message> {
    let mut decoder = BodyDecoder::new(limits, Duplicates::Reserved, Pool::default());
    decoder.feed(text).ok()?;
    decoder.end();
    decoder.poll()?.ok()
}
