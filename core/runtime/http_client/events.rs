//! Event streams: what they bring, and how they are resumed when they break.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use mcp_engine_proto::http::{Next, Reconnect, Sent, Verdict};
use mcp_engine_proto::{EventDecoder, Incoming, Refusal};
use tokio::time::{Instant, sleep};

use super::fetch::{Ask, Body, fetch};
use super::remote::Remote;
use super::{HttpClientLimit, HttpError};

/// One connection's worth of an event stream.
pub(super) struct EventStream {
    decoder: EventDecoder,
    body: Option<Body>,
    /// What was read and is not in the decoder.
    rest: Bytes,
    opened: Instant,
    pub(super) quiet: Quiet,
}

/// For how long a stream may bring nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quiet {
    pub(super) ms: u64,
    pub(super) limit: HttpClientLimit,
}

impl EventStream {
    pub(super) fn new(remote: &Remote, body: Body, quiet: Quiet) -> Self {
        let (limits, arenas) = (&remote.options.limits, remote.arenas.clone());
        let decoder = EventDecoder::new(limits, remote.duplicates(), arenas);
        Self { decoder, body: Some(body), rest: Bytes::new(), opened: Instant::now(), quiet }
    }

    /// The next message or event; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Result<Incoming, Refusal>>, HttpError> {
        loop {
            if let Some(found) = self.decoder.poll() {
                return Ok(Some(found));
            }
            if self.rest.is_empty() {
                let Some(body) = self.body.take() else { return Ok(None) };
                match body.chunk(self.quiet.ms, self.quiet.limit).await? {
                    Some((bytes, body)) => (self.rest, self.body) = (bytes, Some(body)),
                    // Of an event that was cut off nothing is to be kept.
                    None => return Ok(None),
                }
            }
            self.decode()?;
        }
    }

    fn decode(&mut self) -> Result<(), HttpError> {
        let spare = self.decoder.spare()?;
        let n = spare.len().min(self.rest.len());
        let (to, from) = (spare.get_mut(..n), self.rest.get(..n));
        if let (Some(to), Some(from)) = (to, from) {
            to.copy_from_slice(from);
        }
        self.decoder.commit(n)?;
        self.rest.advance(n);
        Ok(())
    }
}

/// The patience of a client with one stream, over all its connections.
pub(super) struct Patience {
    reconnect: Reconnect,
    last_id: String,
}

impl Patience {
    pub(super) fn reply(remote: &Remote) -> Self {
        Self { reconnect: Reconnect::reply(&remote.options.http), last_id: String::new() }
    }

    pub(super) fn standalone(remote: &Remote) -> Self {
        Self { reconnect: Reconnect::standalone(&remote.options.http), last_id: String::new() }
    }

    /// Notes how far a stream has come.
    pub(super) fn seen(&mut self, events: &EventStream) {
        let id = events.decoder.last_event_id();
        // A connection that has brought no id leaves the one before valid.
        if !id.is_empty() && id != self.last_id {
            id.clone_into(&mut self.last_id);
        }
        self.reconnect.seen(&self.last_id, events.decoder.retry_ms());
    }

    /// Notes how far a stream has come whose connection is gone, and how long that held.
    pub(super) fn ended(&mut self, events: &EventStream) {
        self.seen(events);
        let held = events.opened.elapsed().as_millis();
        self.reconnect.held(u64::try_from(held).unwrap_or(u64::MAX));
    }

    /// Waits as the server wishes, and opens the stream anew. `broken` is why it ended.
    pub(super) async fn reopen(
        &mut self,
        remote: &Arc<Remote>,
        broken: Option<HttpError>,
    ) -> Result<Body, HttpError> {
        let mut broken = broken;
        loop {
            let (ms, last_event_id) = match self.reconnect.broken(jitter()) {
                Next::Wait { ms, last_event_id } => (ms, last_event_id),
                Next::Lost(limit) => {
                    return Err(broken.unwrap_or(HttpError::Lost(limit)));
                }
            };
            crate::trace::http_resumes(ms);
            sleep(Duration::from_millis(ms)).await;
            match open(remote, last_event_id, Sent::StreamAgain).await {
                Ok(body) => return Ok(body),
                Err(error) if error.may_pass() => broken = Some(error),
                Err(error) => return Err(error),
            }
        }
    }
}

/// Asks for a stream by GET.
pub(super) async fn open(
    remote: &Arc<Remote>,
    last_event_id: Option<&str>,
    sent: Sent,
) -> Result<Body, HttpError> {
    let fetched = fetch(remote, &remote.url, Ask::Stream { last_event_id }, sent).await?;
    match (fetched.verdict, fetched.body) {
        (Verdict::Events, Some(body)) => Ok(body),
        (Verdict::SessionGone, _) => Err(HttpError::SessionOver),
        _ => Err(HttpError::Status(fetched.status)),
    }
}

fn jitter() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}
