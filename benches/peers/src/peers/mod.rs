//! The other libraries, one file each, and the line-ups that race against the engine.
//!
//! Every line-up turns a stream into contenders that do the same job on it: read the envelope, read
//! a typed tool result, write a text result. Peers are used as their documentation says is fastest:
//! borrowed types, reused buffers, no needless copy.

pub(crate) mod c;
mod jiter;
mod limits;
pub(crate) mod pools;
mod rmcp;
mod rmcp_turns;
pub(crate) mod schedules;
mod serde_json;
mod simd_json;
mod sonic_rs;
#[cfg(test)]
mod tests;
mod wire;

use crate::contender::Contender;
use crate::ours::{self, Engine};
use crate::stream::Stream;

pub(crate) use limits::{MEMCHR, MEMCPY, SIMDUTF8};
pub(crate) use rmcp::RMCP;
pub(crate) use rmcp_turns::RmcpTurns;
pub(crate) use serde_json::{OWNED, RAW_VALUE, SERDE};
pub(crate) use wire::tool_checksum;

/// The engine: a line in place, its extent given.
pub(crate) const OURS: &str = "ours";
/// The engine without its check for duplicate keys below the envelope.
pub(crate) const OURS_LENIENT: &str = "ours, deep duplicates unchecked";
/// A newline scan, then the engine on the line found.
pub(crate) const OURS_FRAMED: &str = "ours, framed separately";
/// The engine finding the end of the line itself.
pub(crate) const OURS_FUSED: &str = "ours, framing fused";
/// From bytes as they were read to owned messages.
pub(crate) const OURS_OWNING: &str = "ours, bytes to owned messages";
/// The typed result with every text unescaped.
pub(crate) const OURS_EAGER: &str = "ours, texts unescaped";

/// Line → kind, id, method and payload, for all parsers and all forms of the engine.
pub(crate) fn envelopes(stream: &Stream) -> Vec<Contender<'_>> {
    vec![
        in_place(stream),
        fused(stream),
        owning(stream),
        serde_json::raw_value(stream),
        serde_json::owned(stream),
        sonic_rs::lazy(stream),
        sonic_rs::dom(stream),
        simd_json::tape(stream),
        jiter::skip(stream),
        rmcp::message(stream),
    ]
}

/// What a string costs, against the passes no parser can avoid.
pub(crate) fn strings(stream: &Stream) -> Vec<Contender<'_>> {
    vec![
        in_place(stream),
        framed(stream),
        fused(stream),
        serde_json::raw_value(stream),
        sonic_rs::lazy(stream),
        limits::newlines(stream),
        limits::utf8(stream),
        limits::copy(stream),
    ]
}

/// The engine's check for duplicate keys at every depth, on and off.
pub(crate) fn duplicates(stream: &Stream) -> Vec<Contender<'_>> {
    vec![in_place(stream), lenient(stream)]
}

/// Line → `CallToolResult` with its content blocks.
pub(crate) fn typed(stream: &Stream) -> Vec<Contender<'_>> {
    let (mut lazy, mut eager) = (Engine::new(stream), Engine::new(stream));
    vec![
        Contender::each(OURS, stream, move |message| lazy.typed(message.line)),
        Contender::each(OURS_EAGER, stream, move |message| eager.typed_unescaped(message.line)),
        serde_json::typed(stream),
        sonic_rs::typed(stream),
        simd_json::typed(stream),
        rmcp::exact_result(stream),
        rmcp::message(stream),
    ]
}

/// Text → the line of a tool result.
pub(crate) fn writers(texts: &[String]) -> Vec<Contender<'_>> {
    vec![
        writer(OURS, texts, ours::write_text),
        writer(SERDE, texts, serde_json::write_text),
        writer(sonic_rs::SONIC, texts, sonic_rs::write_text),
        writer(RMCP, texts, rmcp::write_text),
        writer(MEMCPY, texts, limits::write_text),
    ]
}

/// Appends a whole line, newline included, to a buffer.
type WriteText = fn(&mut Vec<u8>, u32, &str);

fn writer<'s>(name: &'static str, texts: &'s [String], write: WriteText) -> Contender<'s> {
    let mut out = Vec::new();
    Contender::whole(name, move || {
        texts.iter().zip(1..).fold(0, |sum, (text, id)| {
            out.clear();
            write(&mut out, id, text);
            sum + std::hint::black_box(&out).len() as u64
        })
    })
}

fn in_place(stream: &Stream) -> Contender<'_> {
    let mut engine = Engine::new(stream);
    Contender::each(OURS, stream, move |message| engine.envelope(message.line).fold())
}

fn lenient(stream: &Stream) -> Contender<'_> {
    let mut engine = Engine::new(stream);
    Contender::each(OURS_LENIENT, stream, move |message| {
        engine.envelope_lenient(message.line).fold()
    })
}

fn framed(stream: &Stream) -> Contender<'_> {
    let mut engine = Engine::new(stream);
    Contender::whole(OURS_FRAMED, move || {
        limits::frame(stream, |line| engine.envelope(line).fold())
    })
}

fn fused(stream: &Stream) -> Contender<'_> {
    let mut engine = Engine::new(stream);
    Contender::whole(OURS_FUSED, move || engine.fused(stream.wire()))
}

fn owning(stream: &Stream) -> Contender<'_> {
    let mut engine = Engine::new(stream);
    Contender::whole(OURS_OWNING, move || engine.owning(stream.wire()))
}
