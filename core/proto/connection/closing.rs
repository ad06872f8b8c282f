//! The end of a conversation, or of one stream of it.

use super::batch::Batches;
use super::event::{Closing, Event, Failure};
use super::subscription::Subscriptions;
use super::{Connection, State, StreamId, trace};
use crate::Now;

impl Connection {
    /// Ends the conversation. Every request of ours fails, and nothing is sent any more.
    pub fn close(&mut self) {
        self.shut(Closing::Local);
    }

    /// The peer is gone: the transport has ended.
    pub fn peer_closed(&mut self) {
        self.shut(Closing::Peer);
    }

    /// A stream has ended before what it was for was finished (HTTP). Requests of ours on it fail. Modern requests of the peer on it
    /// are cancelled (MCP 2026-07-28, Streamable HTTP); those of a session go on: there the end of a stream does not cancel
    /// (MCP 2025-11-25, Streamable HTTP).
    pub fn stream_closed(&mut self, stream: StreamId, now: Now) {
        self.lose(Some(stream), &Failure::Closed, now);
        for id in self.incoming.cancel_modern(stream) {
            self.events.push(Event::Cancelled { id, message: None });
        }
        self.subscriptions_closed(stream);
        if self.standalone == Some(stream) {
            self.standalone = None;
        }
    }

    /// The requests of ours that a stream was for, or all, have no answer any more.
    fn lose(&mut self, on: Option<StreamId>, failure: &Failure, now: Now) {
        for id in self.pending.ids(on) {
            self.fail(id, failure.clone(), now);
        }
        // Those that a list of them found no memory for.
        while let Some(id) = self.pending.oldest(on) {
            self.fail(id, failure.clone(), now);
        }
    }

    pub(super) fn shut(&mut self, closing: Closing) {
        if let State::Closed(_) = self.state {
            return;
        }
        trace::closed(self.front.config.role, closing);
        self.state = State::Closed(closing);
        let failure = match closing {
            Closing::Local => Failure::ClosedHere,
            _ => Failure::Closed,
        };
        self.lose(None, &failure, Now::default());
        self.incoming.abandon();
        self.subscriptions = Subscriptions::default();
        self.batches = Batches::default();
        self.outbox.clear();
        self.events.push(Event::Closed(closing));
    }
}
