//! Reads one HTTP request from standard input and says what a server of MCP makes of it.
//!
//! ```sh
//! cargo run --release --example judge_request < request.http
//! ```
//!
//! A line for each header, an empty line, and the body, which is one message. `--fields N` and `--header-bytes N` set the limits on
//! the head. It shows the whole way of a request through the rules of HTTP: head, gate, body, route, and the headers that repeat
//! arguments; every argument of a call is taken to be repeated in a header of its name where there is one.

use std::io::{self, Read};

use mcp_engine::http::{
    Admitted, Body, Field, Gate, Head, HttpLimits, Param, ParamValue, Rejection, Route, Verb,
    check_params, mirror,
};
use mcp_engine::{BodyDecoder, MessageRef};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut limits = HttpLimits { body_bytes: 64 << 20, ..HttpLimits::default() };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let number = arguments.next().ok_or("a limit needs a number")?.parse()?;
        match argument.as_str() {
            "--fields" => limits.header_fields = number,
            "--header-bytes" => limits.header_bytes = number,
            other => return Err(format!("unknown argument {other}").into()),
        }
    }
    let request = read(256 << 20)?;
    let gate = Gate { limits, ..Gate::default() };
    match judge(&gate, &request) {
        Ok(verdict) => println!("{verdict}"),
        Err(rejection) => println!("{} {}", rejection.status(), rejection.name()),
    }
    Ok(())
}

/// Reads standard input to its end, or as far as is wanted.
fn read(most: usize) -> io::Result<Vec<u8>> {
    let (mut input, mut request, mut part) = (io::stdin().lock(), Vec::new(), vec![0; 64 << 10]);
    loop {
        match input.read(&mut part)? {
            n if n > 0 && request.len() < most => request.extend_from_slice(&part[..n]),
            _ => return Ok(request),
        }
    }
}

/// What becomes of a request: where it goes, and how many arguments its headers repeat.
fn judge(gate: &Gate, request: &[u8]) -> Result<String, Rejection> {
    let end = request.windows(2).position(|two| two == b"\n\n").unwrap_or(request.len());
    let (fields, body) = request.split_at(end);
    let fields = fields.split(|byte| *byte == b'\n').filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        Some((&line[..colon], &line[colon + 1..]))
    });
    let head = Head::read(fields, &gate.limits)?;
    let Admitted::Post(post) = gate.admit(Verb::Post, &head)? else { unreachable!("a POST") };
    post.check_length(body.len() as u64)?;
    let mut decoder = BodyDecoder::default();
    if decoder.feed(body).is_err() {
        return Ok("no message".to_owned());
    }
    decoder.end();
    let Some(Ok(message)) = decoder.poll() else { return Ok("no message".to_owned()) };
    let route = match post.route(Body::Message(message.as_ref()))? {
        Route::Exchange(_) => "exchange",
        Route::Initialize => "initialize",
        Route::Session(_) => "session",
    };
    let repeated = repeat(&head, message.as_ref())?;
    Ok(format!("{route}, {repeated} arguments repeated"))
}

/// Holds the head against the arguments of a call, and makes the headers that its client should have sent.
fn repeat(head: &Head<'_>, message: MessageRef<'_>) -> Result<usize, Rejection> {
    let arguments = message.call_params().and_then(|call| call.arguments?.members());
    let arguments = arguments.into_iter().flatten().map(|(name, value)| (name.decode(), value));
    let arguments: Vec<_> = arguments.collect();
    let present = |name: &str| !matches!(head.param(name), Field::Absent);
    let params: Vec<_> = arguments
        .iter()
        .filter(|(name, _)| present(name))
        .map(|(name, value)| Param { header: name, value: ParamValue::new(Some(*value)) })
        .collect();
    check_params(head, &params)?;
    mirror(message, &params, |_, _| {})?;
    Ok(params.len())
}
