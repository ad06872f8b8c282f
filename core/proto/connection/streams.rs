//! Which stream a message leaves on, and whether that ends with it.
//!
//! A byte stream is one and has no end. Over HTTP every request has a stream that the server ends once nothing on it waits for an
//! answer, and whatever else a client says travels in a POST of its own.

use super::config::Topology;
use super::incoming::Fate;
use super::outbox::Fin;
use super::{Connection, Misuse, StreamId};
use crate::error::Error;
use crate::message::RequestId;
use crate::version::Role;

impl Connection {
    /// Where an answer goes to something that came on `from`, and what becomes of that stream then. The request `but` is the
    /// one that is answered.
    #[inline]
    pub(super) fn route_of_answer(
        &self,
        from: StreamId,
        but: Option<&RequestId>,
    ) -> (StreamId, Fin) {
        match (self.front.config.topology, self.front.config.role) {
            (Topology::Duplex, _) => (from, Fin::Open),
            (Topology::Http, Role::Client) => (StreamId::OWN, Fin::End),
            (Topology::Http, Role::Server) if self.incoming.is_wanted_on(from, but) => {
                (from, Fin::Open)
            }
            (Topology::Http, Role::Server) => (from, Fin::End),
        }
    }

    /// The stream for a message that is no request, and belongs to `stream`.
    #[inline]
    pub(super) fn stream_of_notice(&self, stream: StreamId) -> StreamId {
        match (self.front.config.topology, self.front.config.role) {
            (Topology::Duplex, _) => StreamId::MAIN,
            (Topology::Http, Role::Client) => StreamId::OWN,
            (Topology::Http, Role::Server) => stream,
        }
    }

    /// What becomes of a stream on which a message was sent that is no request and no answer.
    pub(super) fn fin_of_notice(&self) -> Fin {
        match (self.front.config.topology, self.front.config.role) {
            (Topology::Http, Role::Client) => Fin::End,
            _ => Fin::Open,
        }
    }

    /// The stream for what a server says about a request of the client, or about none.
    pub(super) fn stream_related(
        &mut self,
        related: Option<&RequestId>,
    ) -> Result<StreamId, Error> {
        if self.front.config.topology == Topology::Duplex || self.front.config.role == Role::Client
        {
            return Ok(self.stream_of_notice(StreamId::MAIN));
        }
        let served = related.and_then(|id| self.incoming.find(id));
        // The stream of a request that was cancelled has ended.
        let served = served.filter(|(_, served)| served.fate == Fate::Wanted);
        let stream = served.map(|(_, served)| served.stream).or(self.standalone);
        stream.ok_or(Error::ApiMisuse(Misuse::NoStream))
    }

    /// A stream that is still open to say something about a request of ours which travelled on `stream`.
    pub(super) fn stream_behind(&self, stream: StreamId) -> Option<StreamId> {
        let is_http_server =
            self.front.config.topology == Topology::Http && self.front.config.role == Role::Server;
        if !is_http_server || self.incoming.is_wanted_on(stream, None) {
            return Some(self.stream_of_notice(stream));
        }
        self.standalone
    }

    /// Ends a stream when nothing on it waits for an answer any more.
    pub(super) fn leave(&mut self, stream: StreamId) {
        let (stream, fin) = self.route_of_answer(stream, None);
        if self.front.config.role == Role::Server && fin == Fin::End {
            self.outbox.finish(stream, fin);
        }
    }
}
