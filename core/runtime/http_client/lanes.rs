//! Who waits for whom among the messages of a client.
//!
//! Requests run beside each other, up to a limit. Answers to requests of the server do not wait for them, since a request may wait for
//! its server, and that for an answer. Notifications keep their order, one behind the other; and while the handshake is being
//! confirmed, requests wait for that.

use std::collections::VecDeque;

use bytes::Bytes;
use mcp_engine_proto::connection::StreamId;
use mcp_engine_proto::{Kind, Message, Method};

use super::{HttpClientLimit, HttpClientLimits};

/// A message that is to be sent.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) stream: StreamId,
    pub(super) body: Bytes,
    /// The message in the body; the first one of a batch.
    pub(super) message: Message,
}

/// On which lane a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Requests,
    Answers,
    Notices(Confirms),
}

/// Whether a notification finishes the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Confirms {
    Handshake,
    Nothing,
}

/// The messages that wait, and how many are on their way.
#[derive(Debug)]
pub(super) struct Lanes {
    requests: Row,
    answers: Row,
    notices: Row,
    /// Whether requests wait until the handshake is confirmed.
    confirming: bool,
    waiting_bytes: usize,
    most_waiting: usize,
    most_bytes: usize,
}

#[derive(Debug)]
struct Row {
    running: u32,
    most: u32,
    waiting: VecDeque<Post>,
}

impl Post {
    pub(super) fn lane(&self) -> Lane {
        match (self.message.kind(), self.message.method()) {
            (Kind::Request, _) => Lane::Requests,
            (Kind::Response | Kind::ErrorResponse, _) => Lane::Answers,
            (Kind::Notification, Some(Method::Initialized)) => Lane::Notices(Confirms::Handshake),
            (Kind::Notification, _) => Lane::Notices(Confirms::Nothing),
        }
    }
}

impl Lanes {
    pub(super) fn new(limits: &HttpClientLimits) -> Self {
        let row = |most: u32| Row { running: 0, most: most.max(1), waiting: VecDeque::new() };
        Self {
            requests: row(limits.requests),
            answers: row(limits.requests),
            notices: row(1),
            confirming: false,
            waiting_bytes: 0,
            most_waiting: limits.waiting as usize,
            most_bytes: limits.waiting_bytes as usize,
        }
    }

    /// Lets a message wait for its turn.
    pub(super) fn push(&mut self, post: Post) -> Result<(), HttpClientLimit> {
        if self.waiting() >= self.most_waiting {
            return Err(HttpClientLimit::Waiting);
        }
        let bytes = self.waiting_bytes.saturating_add(post.body.len());
        // One message alone may always wait: how long it may be is for other limits to say.
        if bytes > self.most_bytes && self.waiting_bytes > 0 {
            return Err(HttpClientLimit::WaitingBytes);
        }
        self.waiting_bytes = bytes;
        self.confirming |= post.lane() == Lane::Notices(Confirms::Handshake);
        self.row(post.lane()).waiting.push_back(post);
        Ok(())
    }

    /// The next message whose turn it is. It is on its way then.
    pub(super) fn pop(&mut self) -> Option<Post> {
        let requests = (!self.confirming).then_some(&mut self.requests);
        let rows = [Some(&mut self.notices), Some(&mut self.answers), requests];
        let post = rows.into_iter().flatten().find_map(Row::pop)?;
        self.waiting_bytes = self.waiting_bytes.saturating_sub(post.body.len());
        Some(post)
    }

    /// A message has done its way.
    pub(super) fn done(&mut self, lane: Lane) {
        let row = self.row(lane);
        row.running = row.running.saturating_sub(1);
        if lane == Lane::Notices(Confirms::Handshake) {
            self.confirming = false;
        }
    }

    /// Nobody wants the answer to this request any more.
    pub(super) fn forget(&mut self, stream: StreamId) {
        let waiting = &mut self.requests.waiting;
        if let Some(at) = waiting.iter().position(|post| post.stream == stream)
            && let Some(post) = waiting.remove(at)
        {
            self.waiting_bytes = self.waiting_bytes.saturating_sub(post.body.len());
        }
    }

    fn waiting(&self) -> usize {
        [&self.requests, &self.answers, &self.notices].iter().map(|row| row.waiting.len()).sum()
    }

    fn row(&mut self, lane: Lane) -> &mut Row {
        match lane {
            Lane::Requests => &mut self.requests,
            Lane::Answers => &mut self.answers,
            Lane::Notices(_) => &mut self.notices,
        }
    }
}

impl Row {
    fn pop(&mut self) -> Option<Post> {
        if self.running >= self.most {
            return None;
        }
        let post = self.waiting.pop_front()?;
        self.running = self.running.saturating_add(1);
        Some(post)
    }
}
