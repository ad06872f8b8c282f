//! One side alone, for scenes in which the streams matter, or a peer that no connection of ours would be.

use mcp_engine::connection::{Config, Connection, Event, Fin, Framing, StreamId, TransmitBuf};
use mcp_engine::version::Role;
use mcp_engine::{Decoder, Error, Now, RequestId};

use crate::schema::{Origin, Record};
use crate::stage::SECOND;

/// One side, whose peer is the test, and whose streams are seen one by one.
#[derive(Debug)]
pub(crate) struct Solo {
    pub(crate) connection: Connection,
    pub(crate) now: Now,
    role: Role,
    record: Record,
}

/// One message that a side has said, or the end of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) stream: StreamId,
    pub(crate) fin: Fin,
    pub(crate) line: String,
}

impl Solo {
    /// A side that has said nothing yet.
    pub(crate) fn new(config: Config) -> Self {
        let role = config.role;
        let connection = Connection::new(config).expect("a sound configuration");
        let now = Now { mono_ns: SECOND, unix_ms: 1_790_000_000_000 };
        Self { connection, now, role, record: Record::default() }
    }

    /// Takes a line of the peer in.
    pub(crate) fn hear(&mut self, stream: u64, line: &str) -> Vec<Result<(), Error>> {
        self.record.add(self.role.other(), Origin::Test, line);
        let mut decoder = Decoder::default();
        decoder.feed(format!("{line}\n").as_bytes()).expect("room");
        let mut taken = Vec::new();
        while let Some(message) = decoder.poll() {
            taken.push(match message {
                Ok(message) => self.connection.receive(StreamId(stream), message, self.now),
                Err(refusal) => self.connection.refuse(StreamId(stream), &refusal, self.now),
            });
        }
        taken
    }

    /// What it has said since it was asked last.
    pub(crate) fn said(&mut self) -> Vec<Said> {
        let mut out = TransmitBuf::new(Framing::Bare);
        let mut said = Vec::new();
        while let Some(transmit) = self.connection.poll_transmit(&mut out) {
            let mut line = out.bytes[transmit.head.clone()].to_vec();
            line.extend_from_slice(transmit.body.as_deref().unwrap_or_default());
            line.extend_from_slice(&out.bytes[transmit.tail.clone()]);
            let line = String::from_utf8(line).expect("UTF-8");
            if !line.is_empty() {
                self.record.add(self.role, Origin::Connection, &line);
            }
            said.push(Said { stream: transmit.stream, fin: transmit.fin, line });
        }
        said
    }

    /// The events that wait.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        core::iter::from_fn(|| self.connection.poll_event()).collect()
    }

    /// The id of the only request among the events that wait.
    pub(crate) fn requested(&mut self) -> RequestId {
        match &self.events()[..] {
            [Event::Request { id, .. }] => id.clone(),
            other => panic!("no request but {other:?}"),
        }
    }
}

impl Drop for Solo {
    fn drop(&mut self) {
        self.record.check();
    }
}
