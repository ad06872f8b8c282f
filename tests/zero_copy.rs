//! The third law and the memory rows of the hostile inputs, by counting: what is allocated while messages are read,
//! whether their bytes are those that were read, and how much a peer can make a stream hold.
//!
//! The counting allocator belongs to the whole process, so all of it is one test, which runs every measurement and
//! then tells which ones failed.

use std::collections::VecDeque;
use std::panic::catch_unwind;

use dhat::{HeapStats, Profiler};
use mcp_engine::connection::{Call, Config, Connection, Event, Reply, StreamId, TransmitBuf};
use mcp_engine::encode::Outcome;
use mcp_engine::json::Raw;
use mcp_engine::version::Version;
use mcp_engine::{
    BodyDecoder, Decoder, Duplicates, Error, EventDecoder, Incoming, Limit, Limits, Message,
    Method, Now, Pool, Seed,
};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

#[test]
fn what_is_held_and_allocated_is_bounded() {
    let mut failed = Vec::new();
    for (name, measure) in MEASUREMENTS {
        if catch_unwind(measure).is_err() {
            eprintln!("^ {name}\n");
            failed.push(*name);
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

const MEASUREMENTS: &[(&str, fn())] = &[
    ("nothing allocates nothing", || assert_eq!(counted(|| ()).0.total_blocks, 0)),
    ("small messages allocate nothing in reads of 64 KiB", || {
        dropped(small(), Reads::Of(64 << 10))
    }),
    ("small messages allocate nothing read one by one", || dropped(small(), Reads::Lines)),
    ("small messages allocate nothing read byte by byte", || dropped(small(), Reads::Of(1))),
    ("large messages allocate nothing in reads of 64 KiB", || {
        dropped(mixed(), Reads::Of(64 << 10))
    }),
    ("large messages allocate nothing read one by one", || dropped(mixed(), Reads::Lines)),
    ("large messages allocate nothing read byte by byte", || dropped(mixed(), Reads::Of(1))),
    ("events allocate nothing in reads of 64 KiB", || dropped_events(Reads::Of(64 << 10))),
    ("events allocate nothing read byte by byte", || dropped_events(Reads::Of(1))),
    ("retained messages cost two allocations a turn in reads of 64 KiB", || {
        retained(Reads::Of(64 << 10))
    }),
    ("retained messages cost two allocations a turn read one by one", || retained(Reads::Lines)),
    ("messages dropped before the next read but after the last poll allocate nothing", outlived),
    ("bytes of a message are those that were read in reads of 64 KiB", || {
        in_place(Reads::Of(64 << 10))
    }),
    ("bytes of a message are those that were read one by one", || in_place(Reads::Lines)),
    ("calls through a connection allocate nothing before 2026-07-28", || {
        turns(Version::V2025_11_25)
    }),
    ("calls through a connection allocate nothing since 2026-07-28", || {
        turns(Version::V2026_07_28)
    }),
    ("row 1: an endless line holds the limit of 1 MiB", || endless_line(1 << 20)),
    ("row 1: an endless line holds the limit of 16 MiB", || endless_line(16 << 20)),
    ("row 62: endless data holds the limit of 1 MiB", || endless_event(1 << 20, b"data")),
    ("row 62: endless data holds the limit of 16 MiB", || endless_event(16 << 20, b"data")),
    ("row 62: endless lines of data hold the limit of 1 MiB", || {
        endless_event(1 << 20, b"data: x\n")
    }),
    ("row 62: endless lines of data hold the limit of 16 MiB", || {
        endless_event(16 << 20, b"data: x\n")
    }),
    ("row 62: endless names of events hold the limit of 1 MiB", || {
        endless_event(1 << 20, b"event: x\nid")
    }),
    ("row 72: an endless body holds the limit of 1 MiB", || endless_body(1 << 20)),
    ("idle streams hold no arena", idle_streams),
    ("messages retained beyond the limit are copied out", retained_beyond_the_limit),
    ("one message retained of each arena pins no more than the limit", || {
        retained_of_each(1 << 10)
    }),
    ("one message retained beside each large one pins no more than the limit", || {
        retained_of_each(1 << 20)
    }),
];

/// How a transport would cut a stream into reads.
#[derive(Clone, Copy)]
enum Reads {
    /// So many bytes, or as many as there is room for.
    Of(usize),
    /// One line, or as much of it as there is room for.
    Lines,
}

impl Reads {
    fn next(self, rest: &[u8], room: usize) -> usize {
        let wanted = match self {
            Self::Of(bytes) => bytes,
            Self::Lines => {
                rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1)
            }
        };
        wanted.min(rest.len()).min(room)
    }
}

fn dropped(stream: Vec<u8>, reads: Reads) {
    let mut decoder = Decoder::default();
    let mut run = || read_all(&mut decoder, &stream, reads, |message, _| drop(message));
    let messages = run();
    run();
    let (stats, again) = counted(run);
    assert_eq!((stats.total_blocks, again), (0, messages), "blocks, messages");
}

fn dropped_events(reads: Reads) {
    let stream = lines(&small()).fold(Vec::new(), |mut stream, line| {
        stream.extend_from_slice(b"id: 7\ndata: ");
        stream.extend_from_slice(line);
        stream.push(b'\n');
        stream
    });
    let mut decoder = EventDecoder::default();
    let mut run = || {
        let (mut rest, mut messages) = (stream.as_slice(), 0);
        while !rest.is_empty() {
            let spare = decoder.spare().expect("there is room");
            let n = reads.next(rest, spare.len());
            spare[..n].copy_from_slice(&rest[..n]);
            rest = &rest[n..];
            decoder.commit(n).expect("it fits");
            while let Some(incoming) = decoder.poll() {
                assert!(matches!(incoming, Ok(Incoming::Message(_))));
                messages += 1;
            }
        }
        messages
    };
    let messages = run();
    run();
    let (stats, again) = counted(run);
    // The id of an event is a field that is kept; it is replaced, not another one each time.
    assert_eq!((stats.total_blocks, again), (0, messages), "blocks, messages");
}

/// Requests with integer ids, their handling and their answers, once everything has grown to its size.
fn turns(version: Version) {
    let tools = Raw::parse(r#"{"tools":{}}"#).expect("JSON");
    let server = Config::server("echo", "1.0").capabilities(tools).versions([version]);
    let mut client = End::new(Config::client("shell", "1.0").versions([version]));
    let mut server = End::new(server);
    client.connection.start(Now::default()).expect("a fresh client");
    let params = Raw::parse(r#"{"name":"echo"}"#).expect("JSON");
    let call = Call::new(Method::CallTool).params(params);
    let mut turn = || {
        // Refused until the handshake is over.
        let _ = client.connection.request(call, Now::default());
        let mut answers = 0;
        client.carry(&mut server, |server, event| {
            if let Event::Request { id, .. } = event {
                let reply = Reply::Text("hello", Outcome::Success);
                server.respond(&id, reply, Now::default()).expect("in flight");
            }
        });
        server.carry(&mut client, |_, event| {
            answers += usize::from(matches!(event, Event::Response { .. }));
        });
        answers
    };
    while turn() == 0 {}
    // Until the ids have as many digits as those that are counted.
    for _ in 0..1000 {
        turn();
    }
    let (stats, answers) = counted(|| (0..5000).map(|_| turn()).sum::<usize>());
    assert_eq!((stats.total_blocks, answers), (0, 5000), "blocks, answers");
}

/// One side of a conversation.
struct End {
    connection: Connection,
    decoder: Decoder,
    out: TransmitBuf,
}

impl End {
    fn new(config: Config) -> Self {
        let connection = Connection::new(config).expect("a sound configuration");
        Self { connection, decoder: Decoder::default(), out: TransmitBuf::default() }
    }

    /// Hands over what this side has to say. Each message is dealt with before the next one is looked at.
    fn carry(&mut self, to: &mut Self, mut deal: impl FnMut(&mut Connection, Event)) {
        self.out.clear();
        while self.connection.poll_transmit(&mut self.out).is_some() {}
        to.decoder.feed(&self.out.bytes).expect("everything was polled");
        while let Some(message) = to.decoder.poll() {
            let message = message.expect("a valid message");
            to.connection.receive(StreamId::MAIN, message, Now::default()).expect("an honest peer");
            while let Some(event) = to.connection.poll_event() {
                deal(&mut to.connection, event);
            }
        }
    }
}

fn retained(reads: Reads) {
    let stream = small().repeat(8);
    let mut kept = Vec::with_capacity(lines(&stream).count());
    let mut decoder = Decoder::default();
    let first = lines(&stream).next().expect("a line");
    read_all(&mut decoder, first, reads, |message, _| drop(message));
    let (stats, _) =
        counted(|| read_all(&mut decoder, &stream, reads, |message, _| kept.push(message)));
    // An arena of 64 KiB is left when there is room for less than 16 KiB.
    let turns = stream.len() / (48 << 10) + 1;
    let blocks = stats.total_blocks;
    assert!(blocks <= 2 * turns as u64, "{blocks} blocks in {turns} turns");
}

/// Messages of a read that fills an arena are dropped when the stream has rested already.
fn outlived() {
    let (mut decoder, small) = (Decoder::default(), small());
    let mut read = Vec::with_capacity(64 << 10);
    for line in lines(&small).cycle() {
        if read.len() + line.len() > 64 << 10 {
            break;
        }
        read.extend_from_slice(line);
    }
    let mut kept = Vec::with_capacity(lines(&read).count());
    let mut run = || {
        decoder.feed(&read).expect("there is room");
        while let Some(verdict) = decoder.poll() {
            kept.push(verdict.expect("the stream is sound"));
        }
        kept.clear();
    };
    run();
    run();
    let (stats, ()) = counted(|| (0..100).for_each(|_| run()));
    assert_eq!(stats.total_blocks, 0);
}

fn in_place(reads: Reads) {
    let stream = small();
    let mut within = 0;
    let messages = read_all(&mut Decoder::default(), &stream, reads, |message, read| {
        let base = message.index().base;
        if base >= read.offset {
            let place = read.address + (base - read.offset) as usize;
            assert_eq!(message.bytes().as_ptr() as usize, place);
            within += 1;
        }
    });
    assert!(within * 10 > messages * 9, "{within} of {messages} messages were read at once");
}

fn endless_line(cap: u32) {
    let limits = Limits { message_bytes: cap, ..Limits::default() };
    let mut refusals = 0;
    let held = most_held(|see| {
        let mut decoder =
            Decoder::new(&limits, Duplicates::Deep, Pool::new(&limits, Seed::default()));
        for _ in 0..4 * cap as usize / READ {
            let n = fill(decoder.spare().expect("there is room"), b"{").expect("there is room");
            decoder.commit(n).expect("it fits");
            see();
            while let Some(verdict) = decoder.poll() {
                let error = verdict.expect_err("no message is whole").error();
                assert!(matches!(error, Error::LimitExceeded { limit: Limit::MessageBytes, .. }));
                refusals += 1;
            }
            see();
        }
    });
    assert_eq!(refusals, 1);
    assert!(held <= cap as usize + SLACK, "{held} bytes are held at a limit of {cap}");
}

fn endless_event(cap: u32, pattern: &[u8]) {
    let limits = Limits { event_bytes: cap, ..Limits::default() };
    let mut refusals = 0;
    let held = most_held(|see| {
        let mut decoder =
            EventDecoder::new(&limits, Duplicates::Deep, Pool::new(&limits, Seed::default()));
        for _ in 0..4 * cap as usize / READ {
            let n = fill(decoder.spare().expect("there is room"), pattern).expect("there is room");
            decoder.commit(n).expect("it fits");
            see();
            while let Some(verdict) = decoder.poll() {
                let error = verdict.expect_err("no event is whole").error();
                assert!(matches!(error, Error::LimitExceeded { limit: Limit::EventBytes, .. }));
                refusals += 1;
            }
            see();
        }
    });
    let data = pattern.starts_with(b"data");
    assert!(refusals == 1 || !data, "{refusals} refusals");
    assert!(held <= cap as usize + SLACK, "{held} bytes are held at a limit of {cap}");
}

fn endless_body(cap: u32) {
    let limits = Limits { message_bytes: cap, ..Limits::default() };
    let mut refusals = 0;
    let held = most_held(|see| {
        let mut decoder =
            BodyDecoder::new(&limits, Duplicates::Deep, Pool::new(&limits, Seed::default()));
        for _ in 0..4 * cap as usize / READ {
            let n = fill(decoder.spare().expect("there is room"), b"{").expect("there is room");
            refusals += usize::from(decoder.commit(n).is_err());
            see();
        }
    });
    assert!(refusals > 0);
    assert!(held <= cap as usize + SLACK, "{held} bytes are held at a limit of {cap}");
}

fn idle_streams() {
    let pool = Pool::default();
    let mut streams = Vec::with_capacity(10_000);
    let line = lines(&small()).next().expect("a line").to_vec();
    let (stats, ()) = counted(|| {
        for _ in 0..10_000 {
            let mut decoder = Decoder::new(&Limits::default(), Duplicates::Deep, pool.clone());
            decoder.feed(&line).expect("it fits");
            assert!(decoder.poll().expect("a message").is_ok() && decoder.poll().is_none());
            streams.push(decoder);
        }
    });
    let own = size_of::<Decoder>();
    let each = stats.curr_bytes / streams.len() + own;
    assert!(each <= 2 << 10, "an idle stream holds {each} bytes, {own} of them itself");
    assert!(pool.idle_arenas() <= 64);
}

fn retained_beyond_the_limit() {
    let limits = Limits { retained: 1 << 20, ..Limits::default() };
    let pool = Pool::new(&limits, Seed::default());
    let mut decoder = Decoder::new(&limits, Duplicates::Deep, pool.clone());
    let stream = small();
    let mut kept: Vec<Message> = Vec::with_capacity(100_000);
    let (stats, ()) = counted(|| {
        for _ in 0..16 {
            read_all(&mut decoder, &stream, Reads::Of(64 << 10), |message, _| {
                kept.push(message);
                assert!(pool.pinned_bytes() <= limits.retained as usize);
            });
        }
    });
    let own: usize = kept.iter().map(|message| message.bytes().len()).sum();
    let bound = own + limits.retained as usize + OVERHEAD * kept.len() + SLACK;
    assert!(own > 4 << 20 && stats.curr_bytes <= bound, "{} bytes for {own}", stats.curr_bytes);
    for (message, line) in kept.iter().zip(lines(&stream).cycle()) {
        assert_eq!(message.as_str().as_bytes(), line.trim_ascii_end());
    }
}

/// Keeps one small message of every read, the others being small or of `large` bytes.
fn retained_of_each(large: usize) {
    let limits = Limits { retained: 1 << 20, ..Limits::default() };
    let pool = Pool::new(&limits, Seed::default());
    let mut decoder = Decoder::new(&limits, Duplicates::Deep, pool.clone());
    let mut stream = message_of(large).repeat((64 << 10) / large.min(64 << 10));
    stream.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"method\":\"kept\"}\n");
    let mut kept = VecDeque::with_capacity(100);
    let (stats, ()) = counted(|| {
        for _ in 0..64 {
            read_all(&mut decoder, &stream, Reads::Of(64 << 10), |message, _| {
                if message.method_name().is_some_and(|name| name == "kept") {
                    kept.push_back(message);
                }
            });
        }
    });
    assert_eq!(kept.len(), 64);
    let bound = limits.retained as usize + 2 * large + OVERHEAD * kept.len() + 2 * SLACK;
    assert!(stats.curr_bytes <= bound, "64 short messages hold {} bytes", stats.curr_bytes);
}

/// One read, as the test knows it.
struct Read {
    /// Where in memory it was written.
    address: usize,
    /// Its offset in the stream.
    offset: u64,
}

/// Reads a stream and shows every message with the read that completed it; their number.
fn read_all(
    decoder: &mut Decoder,
    stream: &[u8],
    reads: Reads,
    mut see: impl FnMut(Message, &Read),
) -> usize {
    let (mut rest, mut messages) = (stream, 0);
    // A decoder may have read a stream before; offsets go on from there.
    let before = decoder.counters().bytes;
    while !rest.is_empty() {
        let offset = before + (stream.len() - rest.len()) as u64;
        let spare = decoder.spare().expect("there is room after polling");
        let n = reads.next(rest, spare.len());
        spare[..n].copy_from_slice(&rest[..n]);
        let read = Read { address: spare.as_ptr() as usize, offset };
        rest = &rest[n..];
        decoder.commit(n).expect("it fits");
        while let Some(verdict) = decoder.poll() {
            see(verdict.expect("the stream is sound"), &read);
            messages += 1;
        }
    }
    messages
}

/// Runs a piece of work and counts what it allocated, from 0.
fn counted<T>(work: impl FnOnce() -> T) -> (HeapStats, T) {
    let profiler = Profiler::builder().testing().build();
    let result = work();
    let stats = HeapStats::get();
    drop(profiler);
    (stats, result)
}

/// The most bytes that a piece of work held whenever it looked.
fn most_held(work: impl FnOnce(&mut dyn FnMut())) -> usize {
    let mut most = 0;
    counted(|| work(&mut || most = HeapStats::get().curr_bytes.max(most)));
    most
}

/// Fills the room, up to the size of a read, with a pattern; `None` when there is none.
fn fill(room: &mut [u8], pattern: &[u8]) -> Option<usize> {
    let n = room.len().min(READ);
    room[..n].iter_mut().zip(pattern.iter().cycle()).for_each(|(to, from)| *to = *from);
    (n > 0).then_some(n)
}

/// The recorded sessions.
fn small() -> Vec<u8> {
    let captures = [
        include_bytes!("data/captures/session.ndjson").as_slice(),
        include_bytes!("data/captures/stdio-2025-06-18.ndjson"),
        include_bytes!("data/captures/stdio-2026-07-28.ndjson"),
    ];
    captures.concat()
}

/// The recorded sessions, with a message of 64 KiB after every sixteenth of theirs.
fn mixed() -> Vec<u8> {
    let large = message_of(64 << 10);
    let mut stream = Vec::new();
    for (at, line) in lines(&small()).enumerate() {
        stream.extend_from_slice(line);
        if at % 16 == 15 {
            stream.extend_from_slice(&large);
        }
    }
    stream
}

/// A message with a text of so many bytes, and its newline.
fn message_of(bytes: usize) -> Vec<u8> {
    let text = "x".repeat(bytes);
    let message = format!(
        "{{\"jsonrpc\":\"2.0\",\"method\":\"large\",\"params\":{{\"text\":\"{text}\"}}}}\n"
    );
    message.into_bytes()
}

fn lines(stream: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    stream.split_inclusive(|byte| *byte == b'\n')
}

const READ: usize = 64 << 10;
/// What a stream may hold beyond its limit.
const SLACK: usize = 64 << 10;
/// What owning a copied message costs beyond its bytes.
const OVERHEAD: usize = 64;
