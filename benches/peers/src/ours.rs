//! The engine under test: every call into it, behind the few verbs the stations race.
//!
//! Two ways through it are timed. In place, the scanner reads lines that stand in padded memory, as they do after a
//! read from a transport. Owning, the bytes are copied into the read arena 64 KiB at a time, as a transport
//! would deliver them, and come out as messages that share it.

use mcp_engine_proto::connection::{Call, Config, Connection, Event, Reply, StreamId, TransmitBuf};
use mcp_engine_proto::internal::InPlace;
use mcp_engine_proto::version::Version;
use mcp_engine_proto::{
    ContentBlock, Decoder, Duplicates, Kind, MessageRef, Method, Now, RequestId, Table, encode,
    encode::Outcome, json::Raw,
};

use crate::peers::tool_checksum;
use crate::seen::{Seen, Shape};
use crate::stream::Stream;

/// The engine's state for one stream.
pub(crate) struct Engine {
    wire: (usize, usize),
    strict: InPlace,
    lenient: InPlace,
    decoder: Decoder,
    table: Table,
}

impl Engine {
    /// Copies the lines of `stream` into padded memory, as reads from a transport would.
    pub(crate) fn new(stream: &Stream) -> Self {
        let wire = stream.wire();
        Self {
            wire: (wire.as_ptr().addr(), wire.len()),
            strict: InPlace::new(wire, Duplicates::Deep),
            lenient: InPlace::new(wire, Duplicates::Reserved),
            decoder: Decoder::default(),
            table: Table::default(),
        }
    }

    /// Row 1: the index of one line, read in place, deep duplicate keys rejected.
    pub(crate) fn envelope(&mut self, line: &[u8]) -> Seen {
        let at = self.offset(line);
        seen(self.strict.line(at).expect("a valid line").0)
    }

    /// Row 8: the same without the check for duplicate keys below the reserved levels.
    pub(crate) fn envelope_lenient(&mut self, line: &[u8]) -> Seen {
        let at = self.offset(line);
        seen(self.lenient.line(at).expect("a valid line").0)
    }

    /// Row 4: every message of `wire`, the scanner finding each newline itself. Returns the sum of
    /// what was seen.
    pub(crate) fn fused(&mut self, wire: &[u8]) -> u64 {
        let mut at = self.offset(wire);
        let end = at + wire.len();
        let mut sum = 0u64;
        while at < end {
            let (message, next) = self.strict.line(at).expect("a valid line");
            sum = sum.wrapping_add(seen(message).fold());
            at = next;
        }
        sum
    }

    /// From bytes as a transport yields them to messages that own their bytes. Returns the sum of
    /// what was seen.
    pub(crate) fn owning(&mut self, wire: &[u8]) -> u64 {
        let mut rest = wire;
        let mut sum = 0u64;
        while !rest.is_empty() {
            let spare = self.decoder.spare().expect("room");
            let read = spare.len().min(rest.len()).min(READ);
            spare[..read].copy_from_slice(&rest[..read]);
            self.decoder.commit(read).expect("what fits");
            rest = &rest[read..];
            while let Some(message) = self.decoder.poll() {
                sum = sum.wrapping_add(seen(message.expect("a valid line").as_ref()).fold());
            }
        }
        sum
    }

    /// Row 15: the same, the bytes fed from where they stand, as a program in C does it.
    pub(crate) fn fed(&mut self, wire: &[u8]) -> u64 {
        let mut sum = 0u64;
        for read in wire.chunks(READ) {
            self.decoder.feed(read).expect("room");
            while let Some(message) = self.decoder.poll() {
                sum = sum.wrapping_add(seen(message.expect("a valid line").as_ref()).fold());
            }
        }
        sum
    }

    /// Row 15: the same by tables of messages that are kept until the next one, as the table of a program in C is.
    pub(crate) fn fed_by_tables(&mut self, wire: &[u8]) -> u64 {
        let mut sum = 0u64;
        for read in wire.chunks(READ) {
            self.decoder.feed(read).expect("room");
            while self.fill_table() {
                for row in self.table.rows() {
                    let message = row.as_ref().expect("a valid line").as_ref();
                    sum = sum.wrapping_add(seen(message).fold());
                }
            }
        }
        sum
    }

    fn fill_table(&mut self) -> bool {
        self.table.clear();
        while self.table.rows().len() < ROWS
            && self.decoder.poll_into(&mut self.table).expect("memory")
        {}
        !self.table.rows().is_empty()
    }

    /// Row 9: the content blocks of a tool result, strings left as they stand in the line. Returns
    /// the number of blocks.
    pub(crate) fn typed(&mut self, line: &[u8]) -> u64 {
        let at = self.offset(line);
        let (message, _) = self.strict.line(at).expect("a valid line");
        let result = message.call_tool_result().expect("a tool result");
        result.blocks().map(std::hint::black_box).count() as u64
    }

    /// The same with every text and image unescaped. Returns [`tool_checksum`] plus the lowest bit
    /// of the id.
    pub(crate) fn typed_unescaped(&mut self, line: &[u8]) -> u64 {
        let at = self.offset(line);
        let (message, _) = self.strict.line(at).expect("a valid line");
        let result = message.call_tool_result().expect("a tool result");
        let bytes = |block: ContentBlock<'_>| match block {
            ContentBlock::Text(text) => text.decode().len(),
            ContentBlock::Image { data, mime_type } => {
                data.decode().len() + mime_type.map_or(0, |mime_type| mime_type.decode().len())
            }
            _ => 0,
        };
        let id = message.id().and_then(mcp_engine_proto::Id::as_i64).unwrap_or_default();
        let (count, sum) =
            result.blocks().fold((0, 0), |(n, sum), block| (n + 1, sum + bytes(block)));
        tool_checksum(count, sum, result.is_error) + (id & 1).unsigned_abs()
    }

    /// Where a line of the stream stands in the padded memory; a line from elsewhere is copied there.
    fn offset(&mut self, line: &[u8]) -> usize {
        let (start, len) = self.wire;
        let at = line.as_ptr().addr().wrapping_sub(start);
        if at < len {
            return at;
        }
        let line = [line, b"\n"].concat();
        self.strict = InPlace::new(&line, Duplicates::Deep);
        self.lenient = InPlace::new(&line, Duplicates::Reserved);
        0
    }
}

/// Row 10: appends the line that answers `id` with one text block, newline included.
pub(crate) fn write_text(out: &mut Vec<u8>, id: u32, text: &str) {
    encode::text_result(out, &RequestId::from(i64::from(id)), text, Outcome::Success);
    out.push(b'\n');
}

fn seen(message: MessageRef<'_>) -> Seen {
    let index = message.index();
    let shape = match message.kind() {
        Kind::Request => Shape::Request,
        Kind::Notification => Shape::Notification,
        Kind::Response => Shape::Result,
        Kind::ErrorResponse => Shape::Error,
    };
    let method = index.method.len.saturating_sub(2) as usize;
    Seen { shape, id: index.id.len as usize, method, payload: index.payload.len as usize }
}

/// How much a transport reads at a time.
const READ: usize = 64 << 10;
/// How many messages stand in a table, as in `benches/c/engine-drain.c`.
const ROWS: usize = 64;

/// A client and a server that answers `tools/call`, with nothing but memory between them.
pub(crate) struct Turns {
    client: End,
    server: End,
    params: Raw<'static>,
    now: Now,
}

/// One end, and what it is about to say.
struct End {
    connection: Connection,
    decoder: Decoder,
    out: TransmitBuf,
}

impl Turns {
    pub(crate) fn new(version: Version) -> Self {
        let tools = Raw::parse(r#"{"tools":{}}"#).expect("JSON");
        let server = Config::server("echo", "1.0").capabilities(tools).versions([version]);
        let client = Config::client("bench", "1.0").versions([version]);
        let params = Raw::parse(r#"{"name":"echo","arguments":{"text":"hello"}}"#).expect("JSON");
        let (client, server) = (End::new(client), End::new(server));
        let mut turns = Self { client, server, params, now: Now::default() };
        turns.client.connection.start(turns.now).expect("a fresh client");
        for _ in 0..3 {
            turns.client.carry(&mut turns.server, turns.now, |_, _| ());
            turns.server.carry(&mut turns.client, turns.now, |_, _| ());
        }
        turns
    }

    /// Makes `width` calls at once and waits for their answers; counts them.
    pub(crate) fn call(&mut self, width: usize) -> u64 {
        self.call_within(width, |handle| handle())
    }

    /// The same, and what answers a call is called by `within`.
    pub(crate) fn call_within(
        &mut self,
        width: usize,
        mut within: impl FnMut(&mut dyn FnMut()),
    ) -> u64 {
        let call = Call::new(Method::CallTool).params(self.params);
        for _ in 0..width {
            self.client.connection.request(call, self.now).expect("room");
        }
        let now = self.now;
        self.client.carry(&mut self.server, now, |server, event| {
            let Event::Request { id, message, .. } = event else { panic!("{event:?}") };
            within(&mut || {
                assert!(message.as_ref().call_params().is_some());
                let reply = Reply::Text(ANSWER, Outcome::Success);
                server.respond(&id, reply, now).expect("a request in flight");
            });
        });
        let mut answers = 0;
        self.server.carry(&mut self.client, now, |_, event| {
            let Event::Response { message, .. } = event else { panic!("{event:?}") };
            answers += u64::from(message.kind() == Kind::Response);
        });
        answers
    }
}

impl End {
    fn new(config: Config) -> Self {
        let connection = Connection::new(config).expect("a sound configuration");
        Self { connection, decoder: Decoder::default(), out: TransmitBuf::default() }
    }

    /// Hands everything that this end has to say to the other one, which deals with each message before the next.
    fn carry(&mut self, to: &mut Self, now: Now, mut deal: impl FnMut(&mut Connection, Event)) {
        self.out.clear();
        while self.connection.poll_transmit(&mut self.out).is_some() {}
        to.decoder.feed(&self.out.bytes).expect("room");
        while let Some(message) = to.decoder.poll() {
            let message = message.expect("a valid message");
            to.connection.receive(StreamId::MAIN, message, now).expect("an honest peer");
            while let Some(event) = to.connection.poll_event() {
                deal(&mut to.connection, event);
            }
        }
    }
}

/// What the tool answers.
pub(crate) const ANSWER: &str = "hello";
