//! Event streams that survive their connection (MCP 2025-03-26 to 2025-11-25, resumability and redelivery).
//!
//! Every message that a server sends in a session goes onto exactly one stream, gets an id there, and is kept for a while;
//! a client that lost the connection names the last id it saw and gets what came behind it on that stream, all of it or a
//! refusal. It stands between the connection, which says what goes onto which stream, and the driver, which writes events.

mod buffer;
mod event_id;
mod streams;

pub use event_id::{EventId, StreamNumber};
pub use streams::{Attachment, Published, Resumed, StreamState, Streams};

use crate::frame::sse::{Outgoing, write};
use crate::version::{Feature, Version};

/// Appends an event with its id.
///
/// ```
/// use mcp_engine_proto::http::{EventId, write_event};
///
/// let (mut out, id) = (Vec::new(), EventId::parse(b"3-1")?);
/// write_event(&mut out, id, b"{}");
/// assert_eq!(out, b"id: 3-1\ndata: {}\n\n");
/// # Ok::<(), mcp_engine_proto::http::HttpRule>(())
/// ```
pub fn write_event(out: &mut Vec<u8>, id: EventId, data: &[u8]) {
    event(out, id, None, data);
}

/// Appends the event without data with which a stream begins, so that its client can resume it before anything else
/// came; with the time that the client should wait, in milliseconds, before it does. Clients of revisions before
/// 2025-11-25 would take it for a message: nothing is written for them.
pub fn write_prime(
    out: &mut Vec<u8>,
    version: Version,
    stream: StreamNumber,
    retry_ms: Option<u64>,
) {
    if version.has(Feature::StreamPolling) {
        event(out, EventId { stream, sequence: 0 }, retry_ms, b"");
    }
}

fn event(out: &mut Vec<u8>, id: EventId, retry_ms: Option<u64>, data: &[u8]) {
    let mut number = itoa::Buffer::new();
    out.extend_from_slice(b"id: ");
    out.extend_from_slice(number.format(id.stream.0).as_bytes());
    out.push(b'-');
    out.extend_from_slice(number.format(id.sequence).as_bytes());
    out.push(b'\n');
    let written = write(out, &Outgoing { name: None, id: None, retry_ms, data });
    debug_assert_eq!(written, Ok(()), "only a name or an id can be refused");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_clients_that_know_of_it_are_primed() {
        let stream = StreamNumber(2);
        for version in Version::ALL {
            let mut out = Vec::new();
            write_prime(&mut out, version, stream, Some(500));
            let expected = match version {
                Version::V2025_11_25 => "id: 2-0\nretry: 500\ndata: \n\n",
                _ => "",
            };
            assert_eq!(String::from_utf8(out).expect("text"), expected, "{version}");
        }
    }
}
