//! Reads MCP traffic from standard input and counts what is in it.
//!
//! ```sh
//! cargo run --release --example decode_stdin < session.ndjson
//! cargo run --release --example decode_stdin -- --events < replies.sse
//! ```
//!
//! `--events` reads server-sent events instead of lines; `--read BYTES` limits every read, 65536 by default; `--types` reads
//! the parameters of every request as their MCP type and writes them again. It shows the whole loop of a reader: room, read,
//! commit, and polling until nothing is left.

use std::io::{self, Read};

use mcp_engine::model::ClientRequest;
use mcp_engine::version::Version;
use mcp_engine::{Counters, Decoder, Error, EventDecoder, Fault, Incoming, Kind, Message, Refusal};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut events, mut most, mut types) = (false, 64 << 10, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--events" => events = true,
            "--types" => types = Some(0),
            "--read" => most = arguments.next().ok_or("--read needs a number")?.parse()?,
            other => return Err(format!("unknown argument {other}").into()),
        }
    }
    if events {
        let mut decoder = EventDecoder::default();
        decode(&mut decoder, most, &mut types)?;
        report(decoder.counters());
    } else {
        let mut decoder = Decoder::default();
        decode(&mut decoder, most, &mut types)?;
        report(decoder.counters());
    }
    if let Some(types) = types {
        println!("types {types}");
    }
    Ok(())
}

/// Reads standard input to its end, straight into the room of the decoder.
fn decode(
    decoder: &mut impl Decode,
    most: usize,
    types: &mut Option<u64>,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut input = io::stdin().lock();
    loop {
        let room = decoder.spare()?;
        let wanted = room.len().min(most.max(1));
        let n = input.read(&mut room[..wanted])?;
        if n == 0 {
            break;
        }
        decoder.commit(n)?;
        while let Some(verdict) = decoder.poll() {
            // A refused message harms no other. A program would answer it, or log it.
            if let (Ok(message), Some(types)) = (verdict, types.as_mut()) {
                *types += u64::from(rewrite(&message).is_some());
            }
        }
    }
    if let Err(error) = decoder.end() {
        eprintln!("{error}");
    }
    Ok(())
}

/// Reads a request as its type and writes it for the oldest revision; `None` when it is not of its type.
fn rewrite(message: &Message) -> Option<usize> {
    let request = ClientRequest::read(message.method()?, message.params()).ok()?;
    let mut out = Vec::new();
    request.write(&mut out, Version::V2024_11_05);
    Some(out.len())
}

fn report(counters: &Counters) {
    for kind in Kind::ALL {
        println!("{} {}", kind.name(), counters.messages(kind));
    }
    for fault in [Fault::Frame, Fault::Json, Fault::Message, Fault::Limit] {
        println!("refused:{fault} {}", counters.faults(fault));
    }
    println!("bytes {}", counters.bytes);
}

/// What the two decoders have in common.
trait Decode {
    fn spare(&mut self) -> Result<&mut [u8], Error>;
    fn commit(&mut self, n: usize) -> Result<(), Error>;
    fn poll(&mut self) -> Option<Result<Message, Refusal>>;
    fn end(&mut self) -> Result<(), Error>;
}

impl Decode for Decoder {
    fn spare(&mut self) -> Result<&mut [u8], Error> {
        Self::spare(self)
    }

    fn commit(&mut self, n: usize) -> Result<(), Error> {
        Self::commit(self, n)
    }

    fn poll(&mut self) -> Option<Result<Message, Refusal>> {
        Self::poll(self)
    }

    fn end(&mut self) -> Result<(), Error> {
        Self::end(self)
    }
}

impl Decode for EventDecoder {
    fn spare(&mut self) -> Result<&mut [u8], Error> {
        Self::spare(self)
    }

    fn commit(&mut self, n: usize) -> Result<(), Error> {
        Self::commit(self, n)
    }

    fn poll(&mut self) -> Option<Result<Message, Refusal>> {
        loop {
            match Self::poll(self)? {
                Ok(Incoming::Message(message)) => return Some(Ok(message)),
                Ok(Incoming::Event(_)) => {}
                Err(refusal) => return Some(Err(refusal)),
            }
        }
    }

    fn end(&mut self) -> Result<(), Error> {
        Self::end(self)
    }
}
