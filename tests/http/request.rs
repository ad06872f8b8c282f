//! Requests, and what a server's gate makes of them, in words.

use mcp_engine::http::{Admitted, Body, Expects, Gate, Head, Rejection, Route, Verb};
use mcp_engine::{BodyDecoder, Message, Refusal};
use proptest::test_runner::{Config, RngSeed};

/// As many cases as asked for, the same ones in every run.
pub(crate) fn cases() -> Config {
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(2026);
    }
    config
}

/// Names and values of headers.
pub(crate) type Fields<'a> = &'a [(&'a str, &'a str)];

/// The headers of every sound POST.
pub(crate) const POST: Fields<'static> = &[
    ("host", "localhost:3000"),
    ("content-type", "application/json"),
    ("accept", "application/json, text/event-stream"),
];

/// The `_meta` of every sound request of the modern era.
pub(crate) const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;

/// A request of the modern era, whose parameters are these and `_meta`.
pub(crate) fn modern(method: &str, params: &str) -> String {
    let comma = if params.is_empty() { "" } else { "," };
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{{params}{comma}{META}}}}}"#)
}

/// A request of the legacy era.
pub(crate) fn legacy(method: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{}}}}"#)
}

/// The messages of a body.
pub(crate) fn messages(body: &str) -> Vec<Result<Message, Refusal>> {
    let mut decoder = BodyDecoder::default();
    decoder.feed(body.as_bytes()).expect("below the limit");
    decoder.end();
    std::iter::from_fn(|| decoder.poll()).collect()
}

/// The one message of a body.
pub(crate) fn message(body: &str) -> Message {
    messages(body).remove(0).expect("a message")
}

/// The head of those headers.
pub(crate) fn head<'a>(gate: &Gate, fields: Fields<'a>) -> Result<Head<'a>, Rejection> {
    let fields = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    Head::read(fields, &gate.limits)
}

/// What becomes of a POST: what it asks for, or the status, the code and the name of the rule.
pub(crate) fn post(gate: &Gate, fields: Fields<'_>, body: &str) -> String {
    request(gate, Verb::Post, fields, body)
}

/// As [`post`], with the headers of every sound POST before the others.
pub(crate) fn sound_post(gate: &Gate, fields: Fields<'_>, body: &str) -> String {
    post(gate, &[POST, fields].concat(), body)
}

/// What becomes of a request.
pub(crate) fn request(gate: &Gate, verb: Verb, fields: Fields<'_>, body: &str) -> String {
    outcome(gate, verb, fields, body).unwrap_or_else(|rejection| refusal(&rejection))
}

/// A refusal in words.
pub(crate) fn refusal(rejection: &Rejection) -> String {
    format!("{} {} {}", rejection.status(), rejection.code(), rejection.name())
}

fn outcome(gate: &Gate, verb: Verb, fields: Fields<'_>, body: &str) -> Result<String, Rejection> {
    let head = head(gate, fields)?;
    let post = match gate.admit(verb, &head)? {
        Admitted::Post(post) => post,
        Admitted::Close { session } => return Ok(format!("close {}", session.escape_ascii())),
        Admitted::Stream(stream) => {
            let behind = stream.last_event_id.unwrap_or(b"the start").escape_ascii();
            return Ok(format!("stream of {} behind {behind}", stream.session.escape_ascii()));
        }
    };
    post.check_length(body.len() as u64)?;
    let messages = messages(body);
    Ok(match post.route(Body::of(&messages).expect("a body has a verdict"))? {
        Route::Initialize => "initialize".to_owned(),
        Route::Exchange(exchange) => {
            format!("exchange {}, {}", exchange.version, wait(exchange.expects))
        }
        Route::Session(post) => {
            let session = post.session.map_or("none".into(), |id| id.escape_ascii().to_string());
            format!("session {session} {}, {}", post.settle(None)?, wait(post.expects))
        }
    })
}

fn wait(expects: Expects) -> &'static str {
    match expects {
        Expects::Reply => "answered",
        Expects::Nothing => "202",
    }
}
