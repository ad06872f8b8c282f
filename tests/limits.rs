//! Every limit of [`Limits`] is reached, and its error names it. Rooms test theirs more closely; here none can be forgotten.

use mcp_engine::connection::{Call, Config, Connection, Event, Pages, Reply, StreamId, Tools};
use mcp_engine::encode::Outcome;
use mcp_engine::json::Raw;
use mcp_engine::version::Version;
use mcp_engine::{
    Decoder, Duplicates, Error, EventDecoder, Limit, Limits, Message, Method, Now, Pool, Seed,
};

/// The only limit that no configuration sets: what the system has. `core/cli/tests/check.rs` reaches it in a process of its own.
const OF_THE_SYSTEM: Limit = Limit::Memory;

#[test]
fn every_limit_is_reached_and_named() {
    for limit in Limit::ALL.iter().copied().filter(|limit| *limit != OF_THE_SYSTEM) {
        let Err(Error::LimitExceeded { limit: reached, .. }) = reach(limit) else {
            panic!("{limit:?} was not reached");
        };
        assert_eq!(reached, limit);
        assert!(limit.reason().contains("Limits::"), "{limit:?} names its field");
    }
}

#[test]
fn one_less_of_everything_is_within_every_limit() {
    for limit in Limit::ALL.iter().copied().filter(|limit| *limit != OF_THE_SYSTEM) {
        assert_eq!(within(limit, &Limits::default()), Ok(()), "{limit:?}");
    }
}

fn reach(limit: Limit) -> Result<(), Error> {
    within(limit, &tight(limit))
}

/// Limits that are those of every day, but for one.
fn tight(limit: Limit) -> Limits {
    let limits = Limits::default();
    match limit {
        Limit::MessageBytes => Limits { message_bytes: 20, ..limits },
        Limit::EventBytes => Limits { event_bytes: 20, ..limits },
        Limit::Depth => Limits { depth: 3, ..limits },
        Limit::Items => Limits { items: 6, ..limits },
        Limit::Batch => Limits { batch: 1, ..limits },
        Limit::IdBytes => Limits { id_bytes: 5, ..limits },
        Limit::PeerRequests => Limits { peer_requests: 1, ..limits },
        Limit::OwnRequests => Limits { own_requests: 1, ..limits },
        Limit::Outbox => Limits { outbox_bytes: 100, ..limits },
        Limit::Events => Limits { events: 1, ..limits },
        Limit::Subscriptions => Limits { subscriptions: 1, ..limits },
        Limit::UriBytes => Limits { uri_bytes: 3, ..limits },
        Limit::Pages => Limits { pages: 1, ..limits },
        Limit::Tools => Limits { tools: 1, ..limits },
        _ => limits,
    }
}

/// Does what reaches the limit when it is tight.
fn within(limit: Limit, limits: &Limits) -> Result<(), Error> {
    match limit {
        Limit::EventBytes => event(limits),
        Limit::Depth => line(limits, r#"{"jsonrpc":"2.0","method":"m","params":{"a":[[1]]}}"#),
        Limit::Batch => line(limits, &format!("[{NOTICE},{NOTICE}]")),
        Limit::IdBytes => line(limits, r#"{"jsonrpc":"2.0","id":"12345","method":"m"}"#),
        Limit::Items => line(limits, r#"{"jsonrpc":"2.0","method":"m","params":{"a":[1,2,3]}}"#),
        Limit::MessageBytes => line(limits, NOTICE),
        Limit::PeerRequests => hear(limits, &[CALL, &CALL.replace("\"id\":1", "\"id\":2")]),
        Limit::Events => hear(limits, &[CALL, &CALL.replace("\"id\":1", "\"id\":2")]),
        Limit::Subscriptions => hear(limits, &[LISTEN, &LISTEN.replace("\"id\":1", "\"id\":2")]),
        Limit::UriBytes => hear(limits, &[LISTEN]),
        Limit::OwnRequests => ask_twice(limits),
        Limit::Outbox => answer(limits),
        Limit::Pages => list(limits),
        Limit::Tools => see(limits),
        _ => Ok(()),
    }
}

/// Reads one line.
fn line(limits: &Limits, line: &str) -> Result<(), Error> {
    messages(limits, line).into_iter().collect::<Result<Vec<_>, _>>().map(drop)
}

fn messages(limits: &Limits, line: &str) -> Vec<Result<Message, Error>> {
    let mut decoder = Decoder::new(limits, Duplicates::Deep, Pool::new(limits, Seed([1, 2])));
    decoder.feed(line.as_bytes()).expect("room");
    decoder.feed(b"\n").expect("room");
    core::iter::from_fn(|| decoder.poll())
        .map(|message| message.map_err(|refusal| refusal.error()))
        .collect()
}

fn event(limits: &Limits) -> Result<(), Error> {
    let mut decoder = EventDecoder::new(limits, Duplicates::Deep, Pool::default());
    decoder.feed(format!("data: {NOTICE}\n\n").as_bytes()).expect("room");
    decoder.poll().expect("an event").map(drop).map_err(|refusal| refusal.error())
}

/// A server is told these lines, and nobody polls.
fn hear(limits: &Limits, lines: &[&str]) -> Result<(), Error> {
    let mut server = side(Config::server("s", "1"), limits);
    lines.iter().try_for_each(|line| told(&mut server, line))
}

/// A server answers two calls at some length, and nobody sends that.
fn answer(limits: &Limits) -> Result<(), Error> {
    let mut server = side(Config::server("s", "1"), limits);
    let text = "x".repeat(100);
    for line in [CALL, &CALL.replace("\"id\":1", "\"id\":2")] {
        told(&mut server, line)?;
        let Some(Event::Request { id, .. }) = server.poll_event() else { panic!("no call") };
        server.respond(&id, Reply::Text(&text, Outcome::Success), Now::default())?;
    }
    Ok(())
}

/// A client asks two things at once.
fn ask_twice(limits: &Limits) -> Result<(), Error> {
    let config = Config::client("c", "1").versions([Version::V2025_11_25]);
    let mut client = side(config, limits);
    client.start(Now::default())?;
    told(&mut client, INITIALIZED)?;
    client.request(Call::new(Method::ListTools), Now::default())?;
    client.request(Call::new(Method::ListTools), Now::default()).map(drop)
}

/// A client is told of one page after the other.
fn list(limits: &Limits) -> Result<(), Error> {
    let mut pages = Pages::new(limits);
    for cursor in ["a", "b"] {
        let page = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"nextCursor":"{cursor}"}}}}"#);
        let page = messages(limits, &page).remove(0)?;
        pages.next(&page)?;
    }
    Ok(())
}

/// A client sees two tools.
fn see(limits: &Limits) -> Result<(), Error> {
    let mut tools = Tools::new(limits, Seed([1, 2]));
    let all = [r#"{"name":"a"}"#, r#"{"name":"b"}"#];
    all.iter().try_for_each(|tool| tools.see(Raw::parse(tool)?).map(drop))
}

fn side(mut config: Config, limits: &Limits) -> Connection {
    config.limits = *limits;
    let offered = Raw::parse(r#"{"tools":{},"resources":{"subscribe":true}}"#).expect("JSON");
    Connection::new(config.capabilities(offered)).expect("a sound configuration")
}

fn told(side: &mut Connection, line: &str) -> Result<(), Error> {
    let message = messages(&Limits::default(), line).remove(0)?;
    side.receive(StreamId::MAIN, message, Now::default())
}

const NOTICE: &str = r#"{"jsonrpc":"2.0","method":"m"}"#;
const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#;
const LISTEN: &str = r#"{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["a:bc"]},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#;
const INITIALIZED: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}}"#;
