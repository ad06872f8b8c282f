//! A client and a server that talk to each other, in memory.

use std::time::Duration;

use mcp_engine_proto::connection::{Call, Config, Reply};
use mcp_engine_proto::encode::Outcome;
use mcp_engine_proto::version::Version;
use mcp_engine_proto::{ContentBlock, Limits, Method, Pool, json::Raw};
use mcp_engine_runtime::client::Client;
use mcp_engine_runtime::server::Server;
use mcp_engine_runtime::transport::{ByteStream, Memory};
use mcp_engine_runtime::{Answer, DriverLimits, Handler, Request, Responder, Served};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::time::timeout;

/// Tools: `echo` answers at once, `later` from a future, `block` from a thread, `never` not at all, and `panic` not by its own will.
struct Tools;

impl Handler for Tools {
    fn request(&self, request: Request, responder: Responder<'_>) -> Served {
        let Some(call) = request.message().call_params() else {
            return responder.send(Reply::error(-32601, "there is nothing of the kind here"));
        };
        let text = call.arguments.and_then(|arguments| arguments.get("text")?.string());
        let text = text.map(|text| text.decode().into_owned()).unwrap_or_default();
        match &*call.name.decode() {
            "echo" => responder.send(Reply::Text(&text, Outcome::Success)),
            "large" => responder.send(Reply::Text(&"x".repeat(LARGE), Outcome::Success)),
            "ask" => {
                let context = request.context().clone();
                responder.later(async move {
                    match context.request(Call::new(Method::Ping)) {
                        Ok(pong) => Answer::text(if pong.await.is_ok() { "pong" } else { "none" }),
                        Err(error) => Answer::failure(error.to_string()),
                    }
                })
            }
            "later" => responder.later(async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                Answer::text(text)
            }),
            "block" => responder.blocking(move || Answer::text(text)),
            "never" => responder.later(std::future::pending()),
            "panic" => responder.later(async { panic!("on purpose") }),
            "progress" => {
                let context = request.context().clone();
                responder.later(async move {
                    for step in 1..=3 {
                        context.progress(f64::from(step), Some(3.0), None).expect("it increases");
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                    Answer::text("done")
                })
            }
            _ => responder.send(Reply::error(-32602, "no such tool")),
        }
    }
}

/// Serves nothing.
struct Nothing;

impl Handler for Nothing {
    fn request(&self, _: Request, responder: Responder<'_>) -> Served {
        responder.send(Reply::error(-32601, "a client serves nothing"))
    }
}

fn tools() -> Server {
    let capabilities = Raw::parse(r#"{"tools":{}}"#).expect("JSON");
    let config = Config::server("tools", "1.0").capabilities(capabilities);
    Server::with_handler(config, Tools).expect("a runtime")
}

async fn connected(versions: &[Version]) -> Client {
    let server = tools();
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(async move { server.serve(ByteStream::new(far, &Limits::default())).await });
    let config = Config::client("test", "1.0").versions(versions.iter().copied());
    let transport = ByteStream::new(near, &Limits::default());
    Client::connect(config, transport, Nothing).await.expect("a handshake")
}

async fn call(
    client: &Client,
    name: &str,
    text: &str,
) -> Result<String, mcp_engine_runtime::Error> {
    let params = format!(r#"{{"name":"{name}","arguments":{{"text":"{text}"}}}}"#);
    let params = Raw::parse(&params).expect("JSON");
    let answer = client.peer().request(Call::new(Method::CallTool).params(params))?.await?;
    let result = answer.call_tool_result().expect("a result");
    let Some(ContentBlock::Text(text)) = result.blocks().next() else { panic!("no text") };
    Ok(text.decode().into_owned())
}

#[tokio::test(start_paused = true)]
async fn answers_come_from_handlers_and_futures() {
    for version in Version::ALL {
        let client = connected(&[version]).await;
        assert_eq!(client.version(), version);
        for name in ["echo", "later", "progress"] {
            let expected = if name == "progress" { "done" } else { name };
            assert_eq!(call(&client, name, name).await.expect("an answer"), expected);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn calls_of_a_client_that_is_closed_say_that_it_was_closed_here() {
    for version in Version::ALL {
        let client = connected(&[version]).await;
        let waiting = client.clone();
        let waiting = tokio::spawn(async move { call(&waiting, "never", "").await });
        call(&client, "later", "").await.expect("an answer, which the other call is ahead of");
        let peer = client.peer().clone();
        client.close().await;
        let error = waiting.await.expect("no panic").expect_err("no answer");
        assert!(error.is_closed() && error.is_closed_here(), "{version}: {error}");
        for error in [
            peer.request(Call::new(Method::ListTools)).expect_err("it is closed"),
            peer.notify("notifications/cancelled", None).expect_err("it is closed"),
        ] {
            assert!(error.is_closed() && error.is_closed_here(), "{version}: {error}");
        }
    }
}

/// Time that stands still would not wait for a thread.
#[tokio::test]
async fn answers_come_from_threads() {
    let client = connected(&Version::ALL).await;
    assert_eq!(call(&client, "block", "thread").await.expect("an answer"), "thread");
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_answers_with_an_error() {
    let client = connected(&Version::ALL).await;
    let error = call(&client, "panic", "").await.expect_err("no answer");
    assert_eq!(error.peer().map(|error| error.code), Some(-32603));
    assert_eq!(call(&client, "echo", "still here").await.expect("an answer"), "still here");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_fails_and_the_next_one_works() {
    let client = connected(&Version::ALL).await;
    let error = call(&client, "never", "").await.expect_err("no answer");
    assert!(error.is_timeout(), "{error}");
    assert_eq!(call(&client, "echo", "still here").await.expect("an answer"), "still here");
}

#[tokio::test(start_paused = true)]
async fn many_requests_are_in_flight_at_once() {
    let client = connected(&Version::ALL).await;
    let calls: Vec<_> = (0..500)
        .map(|n| {
            let (client, name) = (client.clone(), ["echo", "later"][n % 2]);
            tokio::spawn(async move { call(&client, name, &n.to_string()).await })
        })
        .collect();
    for (n, call) in calls.into_iter().enumerate() {
        assert_eq!(call.await.expect("no panic").expect("an answer"), n.to_string());
    }
}

#[tokio::test]
async fn pooled_streams_that_wait_hold_no_memory_to_read_into() {
    let (pool, limits) = (Pool::default(), Limits::default());
    let server = tools();
    let mut clients = Vec::new();
    for _ in 0..8 {
        let (near, far) = Memory::pair(1 << 16);
        let (server, far) = (server.clone(), ByteStream::pooled(far, &limits, &pool));
        tokio::spawn(async move { server.serve(far).await });
        let config = Config::client("test", "1.0");
        let near = ByteStream::new(near, &limits);
        clients.push(Client::connect(config, near, Nothing).await.expect("a handshake"));
    }
    for client in &clients {
        assert_eq!(call(client, "echo", "hello").await.expect("an answer"), "hello");
    }
    // The servers go back to waiting once their answers are on their way.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(pool.idle_arenas(), 1, "all of them were read into one");
}

/// A server that reads nothing more once a little waits to be written, and a client that speaks to it line by line.
struct Lines {
    far: BufReader<Memory>,
}

impl Lines {
    async fn to(version: &str) -> Self {
        let server = tools().limits(DriverLimits { unsent_bytes: 1 << 10, ..Default::default() });
        let (near, far) = Memory::pair(1 << 10);
        tokio::spawn(async move { server.serve(ByteStream::new(near, &Limits::default())).await });
        let mut lines = Self { far: BufReader::new(far) };
        let terms = r#""capabilities":{},"clientInfo":{"name":"test","version":"1"}"#;
        lines.say(&format!(r#"{{"jsonrpc":"2.0","id":0,"method":"initialize","params":{{"protocolVersion":"{version}",{terms}}}}}"#)).await;
        lines.hear().await;
        lines.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
        lines
    }

    async fn say(&mut self, line: &str) {
        self.far.write_all(format!("{line}\n").as_bytes()).await.expect("a server that reads");
    }

    /// The next line; time that stands still goes on when nobody has anything to do.
    async fn hear(&mut self) -> String {
        let mut line = Vec::new();
        let heard = timeout(Duration::from_secs(60), self.far.read_until(b'\n', &mut line)).await;
        heard.expect("the server has something to say").expect("a pipe");
        String::from_utf8(line).expect("text")
    }
}

fn request(id: u32, tool: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{{"text":"{tool}"}}}}}}"#
    )
}

#[tokio::test(start_paused = true)]
async fn answers_above_what_may_wait_leave_one_behind_the_other() {
    let mut client = Lines::to("2025-06-18").await;
    for (id, tool) in (1..).zip(["large", "large", "later", "large", "echo"]) {
        client.say(&request(id, tool)).await;
        if id == 1 {
            assert!(client.hear().await.len() > LARGE);
        }
    }
    let mut lengths = Vec::new();
    for _ in 0..4 {
        lengths.push(client.hear().await.len() > LARGE);
    }
    assert_eq!(lengths.iter().filter(|is_large| **is_large).count(), 2, "{lengths:?}");
}

#[tokio::test(start_paused = true)]
async fn a_large_answer_does_not_keep_the_rest_of_its_batch_from_being_read() {
    let mut client = Lines::to("2025-03-26").await;
    client.say(&format!("[{},{}]", request(1, "large"), request(2, "echo"))).await;
    let answers = client.hear().await;
    assert!(answers.starts_with('[') && answers.contains(r#""text":"echo""#), "{}", answers.len());
}

#[tokio::test(start_paused = true)]
async fn a_large_answer_does_not_keep_the_client_from_answering_for_the_rest_of_its_batch() {
    let mut client = Lines::to("2025-03-26").await;
    client.say(&format!("[{},{}]", request(1, "large"), request(2, "ask"))).await;
    let ping = client.hear().await;
    assert!(ping.contains(r#""method":"ping""#), "{ping}");
    client.say(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#).await;
    let answers = client.hear().await;
    assert!(answers.starts_with('[') && answers.contains("pong"), "{}", answers.len());
}

/// Far above what may wait, and above what the transport takes ahead.
const LARGE: usize = 1 << 20;
