//! Which requests are on their way, and on which stream each of them is.
//!
//! A transport of HTTP wants a stream for each request, and takes a stream that has the number of its request for the one that a cancellation
//! means. Ids that are no such number get streams that no request can have otherwise.

use std::collections::HashMap;

use mcp_engine::connection::StreamId;
use mcp_engine::{Error, Id, Limit, RequestId};

pub(super) struct Asked {
    open: HashMap<StreamId, RequestId>,
    /// Streams of ids that are no number of a stream.
    odd: HashMap<RequestId, StreamId>,
    next_odd: u64,
    most: usize,
}

impl Asked {
    pub(super) fn new(most: usize) -> Self {
        Self { open: HashMap::new(), odd: HashMap::new(), next_odd: ODD, most }
    }

    /// The stream of a request that is about to be sent.
    pub(super) fn open(&mut self, id: RequestId) -> Result<StreamId, Error> {
        if self.open.len() >= self.most {
            return Err(Error::LimitExceeded { limit: Limit::OwnRequests, offset: 0 });
        }
        let stream = plain(id.as_i64()).unwrap_or_else(|| {
            self.next_odd = self.next_odd.wrapping_add(1) | ODD;
            self.odd.insert(id.clone(), StreamId(self.next_odd));
            StreamId(self.next_odd)
        });
        self.open.insert(stream, id);
        Ok(stream)
    }

    /// The answer to a request has come. Returns the request, when it was asked.
    pub(super) fn answered(&mut self, id: Id<'_>) -> Option<RequestId> {
        // There are peers that make a string of a number.
        let number = id.as_i64().or_else(|| id.as_string()?.trim().parse().ok());
        if let Some(asked) = plain(number).and_then(|stream| self.open.remove(&stream)) {
            return Some(asked);
        }
        let own = number.map_or_else(|| id.to_owned(), RequestId::from);
        self.forget(&own).map(|_| own)
    }

    /// Nobody wants the answer to a request any more. Returns its stream, when there is one.
    pub(super) fn forget(&mut self, id: &RequestId) -> Option<StreamId> {
        let stream = plain(id.as_i64()).or_else(|| self.odd.remove(id))?;
        self.open.remove(&stream).map(|_| stream)
    }

    /// Nothing more comes on a stream. Returns the request that has no answer then.
    pub(super) fn close(&mut self, stream: StreamId) -> Option<RequestId> {
        let id = self.open.remove(&stream)?;
        self.odd.remove(&id);
        Some(id)
    }

    /// Nothing more comes at all. Returns the requests that have no answer.
    pub(super) fn end(&mut self) -> Vec<RequestId> {
        self.odd.clear();
        let mut left: Vec<_> = self.open.drain().collect();
        left.sort_unstable_by_key(|(stream, _)| *stream);
        left.into_iter().map(|(_, id)| id).collect()
    }
}

/// The stream with the number of a request. The first one is that of what is no request.
fn plain(id: Option<i64>) -> Option<StreamId> {
    let number = u64::try_from(id?).ok()?;
    (1..ODD).contains(&number).then_some(StreamId(number))
}

/// Streams of odd ids have this bit.
const ODD: u64 = 1 << 62;
