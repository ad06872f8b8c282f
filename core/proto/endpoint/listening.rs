//! Subscriptions over HTTP: one open reply each.

use std::collections::BTreeMap;

use crate::connection::{Change, Filter, StreamId, subscription_messages as write};
use crate::error::Error;
use crate::json::Raw;
use crate::limits::{Limit, Limits};
use crate::message::{Message, RequestId};
use crate::room;

/// One `subscriptions/listen` (MCP 2026-07-28). Say [`acknowledge`](Self::acknowledge) first.
#[derive(Clone, Debug)]
pub struct Listening {
    message: Message,
    id: RequestId,
    filter: Filter,
}

/// The subscriptions of an endpoint that are open, by the stream that each has.
#[derive(Debug)]
pub struct Listeners {
    open: BTreeMap<StreamId, Listening>,
    most: usize,
}

impl Listening {
    pub(super) fn new(message: Message, filter: Filter) -> Self {
        let id = message.id().map_or_else(|| 0.into(), |id| id.to_owned());
        Self { message, id, filter }
    }

    /// The request.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// What the server agrees to.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Appends the acknowledgement.
    pub fn acknowledge(&self, out: &mut Vec<u8>) {
        write::acknowledged(out, &self.id, &self.filter);
    }

    /// How many bytes one of its messages takes at most: that of a change, or any other.
    pub fn longest(&self, change: Option<Change<'_>>) -> usize {
        let params = change.map_or_else(Default::default, Change::params);
        let said = params.len().saturating_add(self.filter.most());
        said.saturating_add(self.id.most()).saturating_add(room::ENVELOPE)
    }

    /// Appends the notification of a change, if the subscription is for it.
    pub fn tell(&self, change: Change<'_>, out: &mut Vec<u8>) -> bool {
        let is_wanted = change.is_in(&self.filter);
        if is_wanted {
            let params = change.params();
            let params = if params.is_empty() { "{}" } else { &params };
            write::notification(out, &self.id, change.method(), Raw::new(params));
        }
        is_wanted
    }

    /// Appends the result that ends it.
    pub fn end(&self, out: &mut Vec<u8>) {
        write::end(out, &self.id);
    }
}

impl Listeners {
    /// None yet, and at most [`Limits::subscriptions`].
    pub fn new(limits: &Limits) -> Self {
        Self { open: BTreeMap::new(), most: limits.subscriptions as usize }
    }

    /// Adds one.
    ///
    /// # Errors
    ///
    /// [`Limit::Subscriptions`] when too many are open.
    pub fn open(&mut self, stream: StreamId, listening: Listening) -> Result<(), Error> {
        if self.open.len() >= self.most {
            return Err(Error::LimitExceeded { limit: Limit::Subscriptions, offset: 0 });
        }
        self.open.insert(stream, listening);
        Ok(())
    }

    /// The one on a stream is over.
    pub fn close(&mut self, stream: StreamId) -> Option<Listening> {
        self.open.remove(&stream)
    }

    /// How many are open.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether none is open.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Hands the notification of a change to `send`, for each stream that is to be told.
    pub fn publish(&self, change: Change<'_>, mut send: impl FnMut(StreamId, &[u8])) {
        let mut out = Vec::new();
        for (stream, listening) in &self.open {
            out.clear();
            if listening.tell(change, &mut out) {
                send(*stream, &out);
            }
        }
    }
}
