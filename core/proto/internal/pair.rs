//! A client and a server that talk in memory, under virtual time.
//!
//! What one side transmits reaches the other in pieces and in an order that a seed chooses: bytes of a duplex stream are split
//! anywhere, messages on different streams of HTTP overtake each other. Nothing else is random, so that a run is repeated by its
//! seed.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a mistake in a test bench has to stop the test"
)]

use core::ops::Range;
use std::collections::{BTreeMap, VecDeque};

use bytes::BytesMut;

use crate::connection::{Config, Connection, Event, Fin, Framing, StreamId, Transmit, TransmitBuf};
use crate::message::{Decoder, Message, Refusal};
use crate::version::Role;
use crate::{Duplicates, Error, Limits, Now, Pool, Seed};

/// Two connections and what is on its way between them.
#[derive(Debug)]
pub struct Pair {
    /// One end.
    pub client: Side,
    /// The other end.
    pub server: Side,
    /// The time.
    pub now: Now,
    random: u64,
    chunk: Option<usize>,
    sent: Vec<(Role, String)>,
    transmits: Vec<Sent>,
}

/// A transmit as it left its side.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// Whose it is.
    pub by: Role,
    /// On which stream, as its side calls it.
    pub stream: StreamId,
    /// What becomes of that stream.
    pub fin: Fin,
    /// Which of [`Pair::sent`] it carries; `None` for the mere end of a stream.
    pub line: Option<usize>,
}

/// A message that was handed to a connection, and what came of it.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The stream it came on.
    pub stream: StreamId,
    /// The message, or what the decoder made of it.
    pub message: Result<Message, Refusal>,
    /// What the connection said about it.
    pub error: Option<Error>,
    /// The events it caused, counted from the first that the side has ever polled.
    pub events: Range<u64>,
}

/// One end of a [`Pair`].
#[derive(Debug)]
pub struct Side {
    /// The connection.
    pub connection: Connection,
    /// Events that were polled and not yet taken.
    pub events: VecDeque<Event>,
    /// Errors that receiving has yielded.
    pub errors: Vec<Error>,
    /// Messages that were handed to the connection, and not yet looked at.
    pub taken: VecDeque<Taken>,
    polled: u64,
    pool: Pool,
    /// What is on its way to this side, by stream.
    inbox: BTreeMap<StreamId, Line>,
    next_own: u64,
}

/// One direction of one stream.
#[derive(Debug)]
struct Line {
    decoder: Decoder,
    bytes: BytesMut,
    end: Option<Fin>,
}

impl Pair {
    /// A pair that has said nothing yet.
    ///
    /// # Panics
    ///
    /// When a configuration is refused.
    pub fn new(client: Config, server: Config, seed: u64) -> Self {
        Self {
            client: Side::new(client),
            server: Side::new(server),
            now: Now { mono_ns: 1_000_000_000, unix_ms: 1_790_000_000_000 },
            random: seed ^ 0x5851_f42d_4c95_7f2d,
            chunk: None,
            sent: Vec::new(),
            transmits: Vec::new(),
        }
    }

    /// A pair that has finished its handshake.
    ///
    /// # Panics
    ///
    /// When it does not get that far.
    pub fn open(client: Config, server: Config) -> Self {
        let mut pair = Self::new(client, server, 0);
        pair.client.connection.start(pair.now).expect("a fresh client");
        pair.settle();
        assert!(pair.client.connection.version().is_some(), "no handshake: {pair:?}");
        pair.client.events.clear();
        pair.server.events.clear();
        pair
    }

    /// Carries at most so many bytes in one piece.
    #[must_use]
    pub fn chunked(mut self, most: usize) -> Self {
        self.chunk = Some(most);
        self
    }

    /// Carries everything until both sides are silent. No time passes.
    pub fn settle(&mut self) {
        while self.step() {}
    }

    /// Carries one piece one way; `false` when there is nothing to carry.
    pub fn step(&mut self) -> bool {
        self.collect();
        let ways: Vec<(Role, StreamId)> = [Role::Client, Role::Server]
            .into_iter()
            .flat_map(|to| self.side(to).ways().map(move |stream| (to, stream)))
            .collect();
        if ways.is_empty() {
            return false;
        }
        let (to, stream) = ways[self.below(ways.len())];
        let piece = self.chunk.map(|most| self.below(most) + 1);
        let now = self.now;
        self.side_mut(to).receive(stream, piece, now);
        self.collect();
        true
    }

    /// Lets time pass, calling each side at its deadlines.
    pub fn advance(&mut self, ns: u64) {
        let end = self.now.after(ns);
        loop {
            let timeouts = [&self.client, &self.server].map(|side| side.connection.poll_timeout());
            let next = timeouts.into_iter().flatten().min().filter(|at| *at <= end.mono_ns);
            let Some(at) = next else { break };
            self.now = self.now.after(at.saturating_sub(self.now.mono_ns));
            self.client.connection.handle_timeout(self.now);
            self.server.connection.handle_timeout(self.now);
            self.settle();
        }
        self.now = end;
    }

    /// Puts a line on the wire as if the peer of `to` had written it.
    pub fn inject(&mut self, to: Role, line: &str) {
        self.inject_on(StreamId::MAIN, to, line);
    }

    /// The same on a stream of HTTP.
    pub fn inject_on(&mut self, stream: StreamId, to: Role, line: &str) {
        let inbox = &mut self.side_mut(to).line(stream).bytes;
        inbox.extend_from_slice(line.as_bytes());
        inbox.extend_from_slice(b"\n");
    }

    /// Loses what is on its way to a side.
    pub fn lose(&mut self, to: Role) {
        self.collect();
        self.side_mut(to).inbox.clear();
    }

    /// Cuts the line: both sides see the other one gone.
    pub fn cut(&mut self) {
        self.collect();
        self.client.connection.peer_closed();
        self.server.connection.peer_closed();
        self.client.inbox.clear();
        self.server.inbox.clear();
        self.collect();
    }

    /// Every message that was transmitted, and by whom, in order.
    pub fn sent(&self) -> &[(Role, String)] {
        &self.sent
    }

    /// The messages that one side has transmitted.
    pub fn sent_by(&self, role: Role) -> impl Iterator<Item = &str> {
        self.sent.iter().filter(move |(by, _)| *by == role).map(|(_, line)| line.as_str())
    }

    /// Every transmit, in order.
    pub fn transmits(&self) -> &[Sent] {
        &self.transmits
    }

    /// A number below `n`, from the seed.
    pub fn below(&mut self, n: usize) -> usize {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((self.random >> 33) as usize) % n.max(1)
    }

    /// One of the sides.
    pub fn side(&self, role: Role) -> &Side {
        match role {
            Role::Client => &self.client,
            Role::Server => &self.server,
        }
    }

    /// One of the sides.
    pub fn side_mut(&mut self, role: Role) -> &mut Side {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Polls both sides dry.
    pub fn collect(&mut self) {
        for by in [Role::Client, Role::Server] {
            let mut out = TransmitBuf::new(Framing::Line);
            let mut transmits = Vec::new();
            let side = self.side_mut(by);
            side.poll();
            while let Some(transmit) = side.connection.poll_transmit(&mut out) {
                transmits.push(transmit);
            }
            for transmit in transmits {
                self.transmit(by, &transmit, &out.bytes);
            }
        }
    }

    fn transmit(&mut self, by: Role, transmit: &Transmit, bytes: &[u8]) {
        let mut line = bytes[transmit.head.clone()].to_vec();
        line.extend_from_slice(transmit.body.as_deref().unwrap_or_default());
        line.extend_from_slice(&bytes[transmit.tail.clone()]);
        let carried = (!line.is_empty()).then_some(self.sent.len());
        let (stream, fin) = (transmit.stream, transmit.fin);
        self.transmits.push(Sent { by, stream, fin, line: carried });
        if carried.is_some() {
            let text = String::from_utf8(line.clone()).expect("UTF-8");
            self.sent.push((by, text.trim_end().to_owned()));
        }
        let to = self.side_mut(by.other());
        let stream = to.own_stream(transmit.stream);
        let inbox = to.line(stream);
        inbox.bytes.extend_from_slice(&line);
        if transmit.fin != Fin::Open {
            inbox.end = Some(transmit.fin);
        }
    }
}

impl Side {
    fn new(config: Config) -> Self {
        Self {
            pool: Pool::new(&config.limits, Seed([3, 5])),
            connection: Connection::new(config).expect("a sound configuration"),
            events: VecDeque::new(),
            errors: Vec::new(),
            taken: VecDeque::new(),
            polled: 0,
            inbox: BTreeMap::new(),
            next_own: 1 << 62,
        }
    }

    /// The next event.
    pub fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// How many events were polled, taken or not.
    pub fn polled(&self) -> u64 {
        self.polled
    }

    /// Polls every event.
    fn poll(&mut self) {
        while let Some(event) = self.connection.poll_event() {
            self.events.push_back(event);
            self.polled += 1;
        }
    }

    fn line(&mut self, stream: StreamId) -> &mut Line {
        let (limits, pool) = (&self.connection.config().limits, &self.pool);
        self.inbox.entry(stream).or_insert_with(|| Line::new(limits, pool))
    }

    /// The streams on which something is on its way.
    fn ways(&self) -> impl Iterator<Item = StreamId> {
        self.inbox.iter().filter(|(_, line)| line.has_more()).map(|(stream, _)| *stream)
    }

    /// Messages of a client that are no requests come on streams of their own.
    fn own_stream(&mut self, stream: StreamId) -> StreamId {
        if stream != StreamId::OWN {
            return stream;
        }
        self.next_own += 1;
        StreamId(self.next_own)
    }

    /// Takes a piece of what is on its way in.
    fn receive(&mut self, stream: StreamId, piece: Option<usize>, now: Now) {
        let Some(line) = self.inbox.get_mut(&stream) else { return };
        let most = line.bytes.len();
        let piece = line.bytes.split_to(piece.map_or(most, |piece| piece.min(most)));
        line.decoder.feed(&piece).expect("every message was polled");
        while let Some(message) = self.inbox.get_mut(&stream).and_then(|line| line.decoder.poll()) {
            self.take(stream, message, now);
        }
        if let Some(fin) = self.ended(stream)
            && (fin == Fin::Abort || self.connection.config().role == Role::Client)
        {
            self.connection.stream_closed(stream, now);
        }
    }

    fn take(&mut self, stream: StreamId, message: Result<Message, Refusal>, now: Now) {
        let taken = match &message {
            Ok(message) => self.connection.receive(stream, message.clone(), now),
            Err(refusal) => self.connection.refuse(stream, refusal, now),
        };
        self.errors.extend(taken.err());
        let from = self.polled;
        self.poll();
        let events = from..self.polled;
        self.taken.push_back(Taken { stream, message, error: taken.err(), events });
    }

    /// How a stream has ended, once everything on it was taken.
    fn ended(&mut self, stream: StreamId) -> Option<Fin> {
        let line = self.inbox.get_mut(&stream).filter(|line| line.bytes.is_empty())?;
        let fin = line.end.take()?;
        self.inbox.remove(&stream);
        Some(fin)
    }
}

impl Line {
    fn new(limits: &Limits, pool: &Pool) -> Self {
        let decoder = Decoder::new(limits, Duplicates::Deep, pool.clone());
        Self { decoder, bytes: BytesMut::new(), end: None }
    }

    fn has_more(&self) -> bool {
        !self.bytes.is_empty() || self.end.is_some()
    }
}
