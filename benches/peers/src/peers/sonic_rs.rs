//! `sonic-rs`: the envelope over `LazyValue`, its DOM, a typed borrowed result, and the serialiser.
//!
//! It chooses its instructions at compile time only, so a baseline build, which is what a package
//! ships, gets its SSE2 path.

use serde::Deserialize;
use sonic_rs::{JsonContainerTrait, JsonValueTrait, LazyValue, Value};

use super::wire::{TextReply, ToolReply};
use crate::contender::Contender;
use crate::seen::Seen;
use crate::stream::Stream;

pub(super) const SONIC: &str = "sonic-rs borrowed";

pub(super) fn lazy(stream: &Stream) -> Contender<'_> {
    Contender::each("sonic-rs LazyValue", stream, |message| see(message.line).fold())
}

pub(super) fn dom(stream: &Stream) -> Contender<'_> {
    Contender::each("sonic-rs DOM", stream, |message| {
        let root: Value = sonic_rs::from_slice(message.line).expect("sonic-rs reads the corpus");
        touch(&root)
    })
}

pub(super) fn typed(stream: &Stream) -> Contender<'_> {
    Contender::each(SONIC, stream, |message| {
        let reply: ToolReply<'_> =
            sonic_rs::from_slice(message.line).expect("sonic-rs reads tool results");
        reply.fold()
    })
}

pub(super) fn write_text(out: &mut Vec<u8>, id: u32, text: &str) {
    sonic_rs::to_writer(&mut *out, &TextReply::new(id, text)).expect("a Vec takes every write");
    out.push(b'\n');
}

/// The `LazyValue` envelope of one line.
pub(super) fn see(line: &[u8]) -> Seen {
    let envelope: Lazy<'_> = sonic_rs::from_slice(line).expect("sonic-rs reads the corpus");
    let length = |value: Option<&LazyValue<'_>>| value.map_or(0, |value| value.as_raw_str().len());
    let payload = envelope.params.as_ref().or(envelope.result.as_ref()).or(envelope.error.as_ref());
    assert!(envelope.jsonrpc == "2.0", "not JSON-RPC 2.0");
    Seen::new(
        length(envelope.id.as_ref()),
        envelope.method.map_or(0, str::len),
        length(payload),
        envelope.error.is_some(),
    )
}

#[derive(Deserialize)]
struct Lazy<'a> {
    jsonrpc: &'a str,
    #[serde(borrow)]
    id: Option<LazyValue<'a>>,
    method: Option<&'a str>,
    #[serde(borrow)]
    params: Option<LazyValue<'a>>,
    #[serde(borrow)]
    result: Option<LazyValue<'a>>,
    #[serde(borrow)]
    error: Option<LazyValue<'a>>,
}

fn touch(root: &Value) -> u64 {
    let members = root.as_object().expect("a message is an object");
    members.iter().fold(0, |sum, (key, value)| {
        let worth = match key {
            "id" => value.as_u64().unwrap_or(0),
            "method" => value.as_str().map_or(0, str::len) as u64,
            "params" | "result" | "error" => {
                value.as_object().map_or(0, sonic_rs::Object::len) as u64
            }
            _ => 0,
        };
        sum + worth
    })
}
