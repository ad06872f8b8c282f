//! `serde_json`: the envelope over `RawValue`, the envelope over owned `Value`s, a typed borrowed
//! result, and the serialiser.
//!
//! The first is what a careful Rust server does today and the yardstick of most targets; the second
//! is what most servers do.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::wire::{TextReply, ToolReply};
use crate::contender::Contender;
use crate::seen::Seen;
use crate::stream::Stream;

pub(crate) const RAW_VALUE: &str = "serde_json RawValue";
pub(crate) const OWNED: &str = "serde_json owned Value";
pub(crate) const SERDE: &str = "serde_json borrowed";

pub(super) fn raw_value(stream: &Stream) -> Contender<'_> {
    Contender::each(RAW_VALUE, stream, |message| see(message.line).fold())
}

pub(super) fn owned(stream: &Stream) -> Contender<'_> {
    Contender::each(OWNED, stream, |message| {
        let envelope: Owned =
            serde_json::from_slice(message.line).expect("serde_json reads the corpus");
        envelope.fold()
    })
}

pub(super) fn typed(stream: &Stream) -> Contender<'_> {
    Contender::each(SERDE, stream, |message| {
        let reply: ToolReply<'_> =
            serde_json::from_slice(message.line).expect("serde_json reads tool results");
        reply.fold()
    })
}

pub(super) fn write_text(out: &mut Vec<u8>, id: u32, text: &str) {
    serde_json::to_writer(&mut *out, &TextReply::new(id, text)).expect("a Vec takes every write");
    out.push(b'\n');
}

/// The `RawValue` envelope of one line.
pub(crate) fn see(line: &[u8]) -> Seen {
    let envelope: Raw<'_> = serde_json::from_slice(line).expect("serde_json reads the corpus");
    let length = |value: Option<&RawValue>| value.map_or(0, |value| value.get().len());
    assert!(envelope.jsonrpc == "2.0", "not JSON-RPC 2.0");
    Seen::new(
        length(envelope.id),
        envelope.method.map_or(0, str::len),
        length(envelope.params.or(envelope.result).or(envelope.error)),
        envelope.error.is_some(),
    )
}

#[derive(Deserialize)]
struct Raw<'a> {
    jsonrpc: &'a str,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    method: Option<&'a str>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Owned {
    jsonrpc: String,
    id: Option<Value>,
    method: Option<String>,
    params: Option<Value>,
    result: Option<Value>,
    error: Option<Value>,
}

impl Owned {
    fn fold(&self) -> u64 {
        let payload = self.params.as_ref().or(self.result.as_ref()).or(self.error.as_ref());
        let members = payload.and_then(Value::as_object).map_or(0, serde_json::Map::len);
        let id = self.id.as_ref().and_then(Value::as_u64).unwrap_or(0);
        id ^ (members + self.method.as_ref().map_or(0, String::len) + self.jsonrpc.len()) as u64
    }
}
