//! The bodies of the fuzz targets: each turns arbitrary bytes into a panic, or into nothing.
//!
//! A body reads its input in several ways that must agree with each other, and with an independent
//! reading of the same bytes: `serde_json`, or a few slow and obvious lines here. They stand outside
//! of the ring, and the same bodies replay the committed corpus as ordinary tests.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a fuzz target reports what it found"
)]

mod envelope;
mod http;
mod json;
mod model;
mod streams;
mod uri;

/// A newline-delimited stream gives the same messages and refusals however it is cut into reads, whether its
/// messages are dropped or kept, and whatever backend scans it.
pub fn frame(input: &[u8]) {
    streams::frame(input);
}

/// An event stream gives the same events however it is cut into reads, and those that a plain reading
/// of the specification gives; an event that was written is read back as it was.
pub fn sse(input: &[u8]) {
    streams::sse(input);
}

/// All backends and `serde_json` agree about a JSON text, and what was accepted can be read to its end.
pub fn json(input: &[u8]) {
    json::check(input);
}

/// The verdict on a message and everything that is read from it are those of an independent model of the
/// envelope.
pub fn message(input: &[u8]) {
    envelope::check(input);
}

/// What a server accepts of a request's headers says what its body says, by an independent reading; what a client makes is
/// accepted; values, numbers, hosts and URLs mean what plain readings of them mean.
pub fn http_headers(input: &[u8]) {
    http::check(input);
}

/// A URI that is accepted leads nowhere but down, a template matches what a matcher that tries everything matches, and
/// what it puts together is accepted and taken apart again.
pub fn uri(input: &[u8]) {
    uri::check(input);
}

/// A conversation that the bytes decide about keeps the rules of the [simulation](super::simulation).
pub fn connection(input: &[u8]) {
    super::simulation::play_bytes(input, None);
}

/// What the types of the model read from a JSON text, they write so that it reads as the same again: one line, without
/// a key that comes twice, whatever the revision.
pub fn model(input: &[u8]) {
    model::check(input);
}
