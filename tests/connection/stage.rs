//! What the scenes share: sides with everything declared, and short ways to play.

use std::ops::{Deref, DerefMut};

use mcp_engine::connection::{Call, Config, Delivery, Event, Patience, Reply, Topology};
use mcp_engine::version::{Era, Role, Version};
use mcp_engine::{Error, Message, Method, PeerRule, RequestId, json::Raw};
use mcp_engine_proto::internal::pair::{Pair, Side};
use serde_json::Value;

use crate::schema::{Origin, Record};
pub(crate) use crate::solo::Solo;

/// Two sides that talk. At its end, everything that was said is held against the schema.
#[derive(Debug)]
pub(crate) struct Scene {
    pair: Pair,
    /// What was put on the wire by the test, with how much had been said before.
    injected: Vec<(usize, Role, String)>,
}

impl Scene {
    /// Two sides that have said nothing yet.
    pub(crate) fn new(client: Config, server: Config) -> Self {
        Self { pair: Pair::new(client, server, 0), injected: Vec::new() }
    }

    /// Two sides that have finished their handshake.
    pub(crate) fn open(client: Config, server: Config) -> Self {
        Self { pair: Pair::open(client, server), injected: Vec::new() }
    }

    /// Two sides, of which the client has begun.
    pub(crate) fn started(client: Config, server: Config) -> Self {
        let mut scene = Self::new(client, server);
        scene.start();
        scene.settle();
        scene
    }

    /// Lets the client begin. Nothing is carried yet.
    pub(crate) fn start(&mut self) {
        let now = self.now;
        self.client.connection.start(now).expect("a fresh client");
    }

    /// Puts a line on the wire as if the peer of `to` had written it.
    pub(crate) fn inject(&mut self, to: Role, line: &str) {
        self.injected.push((self.pair.sent().len(), to.other(), line.to_owned()));
        self.pair.inject(to, line);
    }

    /// The same, and carries it over.
    pub(crate) fn hear(&mut self, to: Role, line: &str) {
        self.inject(to, line);
        self.settle();
    }

    /// Makes a request without carrying it over.
    pub(crate) fn ask(&mut self, by: Role, call: Call<'_>) -> Result<RequestId, Error> {
        let now = self.now;
        self.side_mut(by).connection.request(call, now)
    }

    /// Answers a request and carries the answer over.
    pub(crate) fn respond(
        &mut self,
        by: Role,
        id: &RequestId,
        reply: Reply<'_>,
    ) -> Result<Delivery, Error> {
        let now = self.now;
        let delivery = self.side_mut(by).connection.respond(id, reply, now);
        self.settle();
        delivery
    }

    /// Answers with a result and carries it over.
    pub(crate) fn result(&mut self, by: Role, id: &RequestId, result: &str) {
        let delivery = self.respond(by, id, Reply::Result(raw(result)));
        assert_eq!(delivery, Ok(Delivery::Queued));
    }

    /// Withdraws a request and carries that over.
    pub(crate) fn cancel(&mut self, by: Role, id: &RequestId) {
        let now = self.now;
        self.side_mut(by).connection.cancel(id, None, now).expect("a request in flight");
        self.settle();
    }

    /// How many messages a side has sent.
    pub(crate) fn count(&self, by: Role) -> usize {
        self.sent_by(by).count()
    }

    /// Everything a side has sent from its n-th message on.
    pub(crate) fn since(&self, by: Role, n: usize) -> Vec<Value> {
        self.sent_by(by).skip(n).map(json).collect()
    }

    /// The answers that a side has given under an id, spelled as JSON.
    pub(crate) fn answers(&self, by: Role, id: &str) -> Vec<Value> {
        let answers = self.sent_by(by).map(json).filter(|message| message.get("method").is_none());
        answers.filter(|message| message.get("id") == Some(&json(id))).collect()
    }
}

impl Deref for Scene {
    type Target = Pair;

    fn deref(&self) -> &Pair {
        &self.pair
    }
}

impl DerefMut for Scene {
    fn deref_mut(&mut self) -> &mut Pair {
        &mut self.pair
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let mut record = Record::default();
        let mut injected = self.injected.iter().peekable();
        for (at, (by, line)) in self.pair.sent().iter().enumerate() {
            while let Some((_, by, line)) = injected.next_if(|(before, ..)| *before <= at) {
                record.add(*by, Origin::Test, line);
            }
            record.add(*by, Origin::Connection, line);
        }
        record.check();
    }
}

/// A client that can do everything.
pub(crate) fn client() -> Config {
    Config::client("client", "1.0").capabilities(raw(
        r#"{"roots":{"listChanged":true},"sampling":{"tools":{}},"elicitation":{"form":{},"url":{}},"extensions":{"io.modelcontextprotocol/tasks":{}}}"#,
    ))
}

/// A server that offers everything.
pub(crate) fn server() -> Config {
    Config::server("server", "2.0").capabilities(raw(
        r#"{"tools":{"listChanged":true},"prompts":{"listChanged":true},"resources":{"listChanged":true,"subscribe":true},"logging":{},"completions":{}}"#,
    ))
}

/// A side that is carried by HTTP.
pub(crate) fn over_http(mut config: Config) -> Config {
    config.topology = Topology::Http;
    config
}

/// Both sides speaking one revision, after the handshake.
pub(crate) fn open(version: Version) -> Scene {
    Scene::open(client().versions([version]), server().versions([version]))
}

/// The revisions with a handshake.
pub(crate) const LEGACY: [Version; 4] =
    [Version::V2024_11_05, Version::V2025_03_26, Version::V2025_06_18, Version::V2025_11_25];

pub(crate) fn raw(text: &str) -> Raw<'_> {
    Raw::parse(text).expect("JSON")
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// A request as a client of that revision writes it, with these members of `params`.
pub(crate) fn line(version: Version, id: &str, method: &str, params: &str) -> String {
    let comma = if params.is_empty() { "" } else { "," };
    let params = match version.era() {
        Era::Modern => format!("{{{params}{comma}{MODERN_META}}}"),
        Era::Legacy => format!("{{{params}}}"),
    };
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#)
}

/// What every request of the modern era carries.
pub(crate) const MODERN_META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;

/// A call of the tool `echo` that has reached the server.
pub(crate) fn call(scene: &mut Scene) -> (RequestId, RequestId) {
    let ours = request(scene, Role::Client, echo());
    (ours, requested(&mut scene.server).0)
}

/// A call of the tool `echo`.
pub(crate) fn echo() -> Call<'static> {
    Call::new(Method::CallTool).params(Raw::parse(ECHO).expect("JSON"))
}

const ECHO: &str = r#"{"name":"echo","arguments":{}}"#;

/// The result of a tool that has nothing to say.
pub(crate) const NOTHING: &str = r#"{"content":[]}"#;

/// Makes a request and carries it over.
pub(crate) fn request(scene: &mut Scene, by: Role, call: Call<'_>) -> RequestId {
    let id = scene.ask(by, call).expect("a request");
    scene.settle();
    id
}

/// The request that a side was told of.
pub(crate) fn requested(side: &mut Side) -> (RequestId, Message) {
    match side.event() {
        Some(Event::Request { id, message, .. }) => (id, message),
        other => panic!("no request but {other:?}"),
    }
}

/// The answer that a side was told of.
pub(crate) fn answered(side: &mut Side) -> (RequestId, Message) {
    match side.event() {
        Some(Event::Response { id, message }) => (id, message),
        other => panic!("no answer but {other:?}"),
    }
}

/// The rules that a side saw broken, in order.
pub(crate) fn broken(side: &Side) -> Vec<PeerRule> {
    side.errors
        .iter()
        .filter_map(|error| match error {
            Error::PeerMisbehaved { rule, .. } => Some(*rule),
            _ => None,
        })
        .collect()
}

/// How often a side has counted a rule.
pub(crate) fn counted(side: &Side, rule: PeerRule) -> u64 {
    side.connection.counters().refusals(Error::PeerMisbehaved { rule, offset: 0 })
}

/// The last message that a side has sent.
pub(crate) fn last(scene: &Scene, by: Role) -> Value {
    json(scene.sent_by(by).last().expect("a message"))
}

/// The code of an error.
pub(crate) fn code(message: &Value) -> i64 {
    message["error"]["code"].as_i64().expect("an error")
}

/// A request waits this many seconds.
pub(crate) fn seconds(n: u64) -> Patience {
    Patience { idle_ns: n * SECOND, ..Patience::default() }
}

pub(crate) const SECOND: u64 = 1_000_000_000;
