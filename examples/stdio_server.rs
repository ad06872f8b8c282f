//! A server with one tool over standard input and output, without any runtime: the loop is the driver.
//!
//! ```sh
//! printf '%s\n' \
//!   '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"sh","version":"1"}}}' \
//!   '{"jsonrpc":"2.0","method":"notifications/initialized"}' \
//!   '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"shout","arguments":{"text":"hello"}}}' \
//!   | cargo run -q --example stdio_server
//! ```

use std::error::Error;
use std::io::{self, Read, Write};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use mcp_engine::connection::{Config, Connection, Event, Reply, StreamId, TransmitBuf};
use mcp_engine::encode::Outcome;
use mcp_engine::json::Raw;
use mcp_engine::{Decoder, Message, Method, Now, RequestId};

fn main() -> Result<(), Box<dyn Error>> {
    let capabilities = Raw::parse(r#"{"tools":{}}"#)?;
    let mut server = Connection::new(Config::server("shouter", "1.0").capabilities(capabilities))?;
    let mut decoder = Decoder::default();
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let began = Instant::now();
    loop {
        let n = input.read(decoder.spare()?)?;
        if n == 0 {
            return Ok(());
        }
        decoder.commit(n)?;
        let mut out = TransmitBuf::default();
        while let Some(message) = decoder.poll() {
            let now = now(began);
            let taken = match message {
                Ok(message) => server.receive(StreamId::MAIN, message, now),
                Err(refusal) => server.refuse(StreamId::MAIN, &refusal, now),
            };
            if let Err(error) = taken {
                eprintln!("{error}");
            }
            while let Some(event) = server.poll_event() {
                if let Event::Request { id, message, .. } = event {
                    answer(&mut server, &id, &message, now)?;
                }
            }
            while server.poll_transmit(&mut out).is_some() {}
        }
        output.write_all(&out.bytes)?;
        output.flush()?;
    }
}

fn answer(
    server: &mut Connection,
    id: &RequestId,
    message: &Message,
    now: Now,
) -> Result<(), Box<dyn Error>> {
    let reply = match message.method() {
        Some(Method::ListTools) => Reply::Result(Raw::parse(TOOLS)?),
        Some(Method::CallTool) => return shout(server, id, message, now),
        _ => Reply::error(-32601, "there is nothing of the kind here"),
    };
    server.respond(id, reply, now)?;
    Ok(())
}

fn shout(
    server: &mut Connection,
    id: &RequestId,
    message: &Message,
    now: Now,
) -> Result<(), Box<dyn Error>> {
    let arguments = message.call_params().and_then(|call| call.arguments);
    let text = arguments.and_then(|arguments| arguments.get("text")?.string());
    let reply = match text {
        Some(text) => &text.decode().to_uppercase(),
        None => "the argument text must be a string",
    };
    let outcome = if text.is_some() { Outcome::Success } else { Outcome::Failure };
    server.respond(id, Reply::Text(reply, outcome), now)?;
    Ok(())
}

fn now(began: Instant) -> Now {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Now { mono_ns: began.elapsed().as_nanos() as u64, unix_ms: wall.as_millis() as i64 }
}

const TOOLS: &str = r#"{"tools":[{"name":"shout","description":"Says it loudly.","inputSchema":{
    "type":"object","properties":{"text":{"type":"string"}},"required":["text"]}}]}"#;
