//! The event streams of one session.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::buffer::ReplayBuffer;
use super::event_id::{EventId, StreamNumber};
use crate::http::{HttpLimit, HttpLimits, HttpRule, Rejection};
use crate::now::Now;

/// The event streams of one session of the legacy era.
///
/// ```text
///  open_reply, open_standalone        detach, or the connection broke
///  ──────────────────▶ attached ◀──────────────────────────────────▶ detached
///                         │              resume                         │
///                         └── finish ──▶ finished, kept to be resumed ◀─┘
/// ```
///
/// ```
/// use mcp_engine_proto::Now;
/// use mcp_engine_proto::http::{HttpLimits, Streams};
///
/// let mut streams = Streams::new(&HttpLimits::default());
/// let reply = streams.open_reply(Now::default())?;
/// let first = streams.publish(reply.stream, "one".into()).unwrap();
/// streams.detach(reply);
/// streams.publish(reply.stream, "two".into());
///
/// let resumed = streams.resume(first.id.to_string().as_bytes(), Now::default())?;
/// assert_eq!(resumed.events.iter().map(|(_, data)| data).collect::<Vec<_>>(), ["two"]);
/// # Ok::<(), mcp_engine_proto::http::Rejection>(())
/// ```
#[derive(Clone, Debug)]
pub struct Streams {
    limits: HttpLimits,
    next: u64,
    streams: BTreeMap<u64, Stream>,
    /// Those that have ended and when, the oldest first; on the monotonic clock, in nanoseconds.
    finished: VecDeque<(u64, u64)>,
    standalone: Option<u64>,
    /// How many bytes all of them keep.
    bytes: usize,
}

/// One connection's hold on a stream. When another connection resumes the stream, the hold is gone: what is published from
/// then on goes to the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attachment {
    /// The stream.
    pub stream: StreamNumber,
    /// Which of the stream's connections it is.
    pub turn: u32,
}

/// What became of a message that was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// The id of its event.
    pub id: EventId,
    /// The connection to write it to; `None` when the stream has none now, and the client gets it when it resumes.
    pub to: Option<Attachment>,
}

/// A stream that goes on over a new connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// The connection's hold on it.
    pub attachment: Attachment,
    /// What the client has missed.
    pub events: Vec<(EventId, Bytes)>,
    /// Whether more will come.
    pub state: StreamState,
}

/// Whether more will come on a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamState {
    /// Yes.
    Open,
    /// No: the connection ends behind what was missed.
    Finished,
}

#[derive(Clone, Debug)]
struct Stream {
    buffer: ReplayBuffer,
    state: StreamState,
    /// How many connections the stream has had.
    turn: u32,
    connected: Connected,
    /// The newest event that was handed to a connection.
    written: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connected {
    Yes,
    No,
}

impl Streams {
    /// No streams.
    pub fn new(limits: &HttpLimits) -> Self {
        Self {
            limits: *limits,
            next: 0,
            streams: BTreeMap::new(),
            finished: VecDeque::new(),
            standalone: None,
            bytes: 0,
        }
    }

    /// Opens the stream on which a POST is answered.
    ///
    /// # Errors
    ///
    /// 503 with [`HttpLimit::Streams`] when there are too many of which none has ended.
    pub fn open_reply(&mut self, now: Now) -> Result<Attachment, Rejection> {
        self.expire(now);
        if self.streams.len() >= self.limits.streams as usize && !self.drop_oldest_finished() {
            return Err(HttpLimit::Streams.into());
        }
        let number = self.next;
        self.next = self.next.saturating_add(1);
        self.streams.insert(number, Stream::new());
        Ok(Attachment { stream: StreamNumber(number), turn: 1 })
    }

    /// Opens the stream of a GET, which carries what belongs to no request. When an earlier connection of it broke, the
    /// stream goes on with what was published since, or a new one begins when that was more than is kept.
    ///
    /// # Errors
    ///
    /// 409 when another connection has it; 503 as for [`open_reply`](Self::open_reply).
    pub fn open_standalone(&mut self, now: Now) -> Result<Resumed, Rejection> {
        if let Some(number) = self.standalone {
            let stream = self.streams.get(&number).ok_or(HttpRule::EventUnknown)?;
            if stream.connected == Connected::Yes {
                return Err(HttpRule::StreamTaken.into());
            }
            let behind = EventId { stream: StreamNumber(number), sequence: stream.written };
            if let Ok(resumed) = self.attach(behind) {
                return Ok(resumed);
            }
            self.finish(behind.stream, now);
        }
        let attachment = self.open_reply(now)?;
        self.standalone = Some(attachment.stream.0);
        Ok(Resumed { attachment, events: Vec::new(), state: StreamState::Open })
    }

    /// The stream for what belongs to no request, once a client has opened one.
    pub fn standalone(&self) -> Option<StreamNumber> {
        self.standalone.map(StreamNumber)
    }

    /// Puts a message onto a stream. `None` when the stream has ended or is no longer known.
    pub fn publish(&mut self, stream: StreamNumber, data: Bytes) -> Option<Published> {
        let number = stream.0;
        let open = self.streams.get_mut(&number).filter(|own| own.state == StreamState::Open)?;
        let before = open.buffer.bytes();
        let sequence = open.buffer.push(data, &self.limits);
        let turn = open.turn;
        let to = (open.connected == Connected::Yes).then(|| {
            open.written = sequence;
            Attachment { stream, turn }
        });
        let after = open.buffer.bytes();
        self.bytes = self.bytes.saturating_sub(before).saturating_add(after);
        self.make_room(number);
        Some(Published { id: EventId { stream, sequence }, to })
    }

    /// Ends a stream, once its last message was published. It can be resumed for a while.
    pub fn finish(&mut self, stream: StreamNumber, now: Now) {
        let Some(own) = self.streams.get_mut(&stream.0) else { return };
        if own.state == StreamState::Open {
            own.state = StreamState::Finished;
            self.finished.push_back((stream.0, now.mono_ns));
        }
        if self.standalone == Some(stream.0) {
            self.standalone = None;
        }
        self.expire(now);
    }

    /// Lets a stream go on without a connection: the client closed it, it broke, or the server lets the client poll.
    /// An attachment that another connection has taken over changes nothing.
    pub fn detach(&mut self, attachment: Attachment) {
        let stream = self.streams.get_mut(&attachment.stream.0);
        if let Some(stream) = stream.filter(|stream| stream.turn == attachment.turn) {
            stream.connected = Connected::No;
        }
    }

    /// Resumes a stream behind the event that a GET names in `Last-Event-ID`. A connection that still has it loses it:
    /// its client has noticed sooner that it broke.
    ///
    /// # Errors
    ///
    /// 400 when the id is none of this session's, or more came behind it than is kept; then nothing is replayed.
    pub fn resume(&mut self, last_event_id: &[u8], now: Now) -> Result<Resumed, Rejection> {
        self.expire(now);
        self.attach(EventId::parse(last_event_id)?)
    }

    /// Forgets streams that ended long ago. The other calls do so on their own.
    pub fn expire(&mut self, now: Now) {
        while self.poll_timeout().is_some_and(|timeout| timeout <= now.mono_ns) {
            self.drop_oldest_finished();
        }
    }

    /// When the next stream is to be forgotten, on the monotonic clock, in nanoseconds.
    pub fn poll_timeout(&self) -> Option<u64> {
        let (_, finished_ns) = self.finished.front()?;
        Some(finished_ns.saturating_add(self.limits.finished_stream_ms.saturating_mul(NS_PER_MS)))
    }

    /// How many bytes of events are kept.
    pub fn kept_bytes(&self) -> usize {
        self.bytes
    }

    /// Keeps nothing of what was said so far: streams that have ended are forgotten, and those that go on can be resumed behind what comes next
    /// only. For a server that keeps as much for all its sessions as it may.
    pub fn forget_kept(&mut self) {
        while self.drop_oldest_finished() {}
        for stream in self.streams.values_mut() {
            while let Some(freed) = stream.buffer.push_out(HttpLimit::SessionReplayBytes) {
                self.bytes = self.bytes.saturating_sub(freed);
            }
        }
    }

    fn attach(&mut self, behind: EventId) -> Result<Resumed, Rejection> {
        let stream = self.streams.get_mut(&behind.stream.0).ok_or(HttpRule::EventUnknown)?;
        let missed = stream.buffer.behind(behind.sequence).ok_or(HttpRule::EventUnknown)??;
        let id = |sequence| EventId { stream: behind.stream, sequence };
        let events = missed.map(|(sequence, data)| (id(sequence), data.clone())).collect();
        stream.turn = stream.turn.wrapping_add(1);
        stream.connected = Connected::Yes;
        stream.written = stream.buffer.count();
        let attachment = Attachment { stream: behind.stream, turn: stream.turn };
        Ok(Resumed { attachment, events, state: stream.state })
    }

    /// Keeps what all streams hold together below the limit: streams that have ended go first, then the oldest events
    /// of the one that grew.
    fn make_room(&mut self, grown: u64) {
        let most = self.limits.session_replay_bytes as usize;
        while self.bytes > most && self.drop_oldest_finished() {}
        let Some(stream) = self.streams.get_mut(&grown) else { return };
        while self.bytes > most {
            let Some(freed) = stream.buffer.push_out(HttpLimit::SessionReplayBytes) else { return };
            self.bytes = self.bytes.saturating_sub(freed);
        }
    }

    /// Forgets the stream that ended first; `false` when none has.
    fn drop_oldest_finished(&mut self) -> bool {
        let Some((number, _)) = self.finished.pop_front() else { return false };
        if let Some(stream) = self.streams.remove(&number) {
            self.bytes = self.bytes.saturating_sub(stream.buffer.bytes());
        }
        true
    }
}

impl Stream {
    fn new() -> Self {
        Self {
            buffer: ReplayBuffer::default(),
            state: StreamState::Open,
            turn: 1,
            connected: Connected::Yes,
            written: 0,
        }
    }
}

const NS_PER_MS: u64 = 1_000_000;
