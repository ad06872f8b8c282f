//! Writing events.

use memchr::memchr2;

use crate::error::{Error, Misuse};

/// An event to be written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outgoing<'a> {
    /// The event type; `None` for `message`.
    pub name: Option<&'a str>,
    /// The id with which a client can resume behind this event.
    pub id: Option<&'a str>,
    /// How long a client should wait before a reconnection, in milliseconds.
    pub retry_ms: Option<u64>,
    /// The data. Its line ends, of any kind, become newlines.
    pub data: &'a [u8],
}

/// Appends an event.
///
/// ```
/// use mcp_engine_proto::frame::sse::{self, Outgoing};
///
/// let mut out = Vec::new();
/// sse::write(&mut out, &Outgoing { id: Some("7"), data: b"{}", ..Outgoing::default() })?;
/// assert_eq!(out, b"id: 7\ndata: {}\n\n");
/// # Ok::<(), mcp_engine_proto::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::ApiMisuse`] when the name or the id holds a line break or NUL; nothing is written.
pub fn write(out: &mut Vec<u8>, event: &Outgoing<'_>) -> Result<(), Error> {
    let breaks = |text: &str| text.contains(['\n', '\r', '\0']);
    if event.name.is_some_and(breaks) || event.id.is_some_and(breaks) {
        return Err(Error::ApiMisuse(Misuse::LineBreak));
    }
    if let Some(name) = event.name {
        field(out, b"event: ", name.as_bytes());
    }
    if let Some(id) = event.id {
        field(out, b"id: ", id.as_bytes());
    }
    if let Some(ms) = event.retry_ms {
        field(out, b"retry: ", itoa::Buffer::new().format(ms).as_bytes());
    }
    let mut rest = event.data;
    while let Some(at) = memchr2(b'\n', b'\r', rest) {
        let (line, end) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        field(out, b"data: ", line);
        let behind = end.strip_prefix(b"\r\n").or_else(|| end.get(1..));
        rest = behind.unwrap_or_default();
    }
    field(out, b"data: ", rest);
    out.push(b'\n');
    Ok(())
}

/// Appends a comment, which keeps a connection alive and means nothing.
pub fn comment(out: &mut Vec<u8>) {
    out.extend_from_slice(b":\n\n");
}

/// Appends how long a client should wait before a reconnection, in milliseconds, without an event.
///
/// ```
/// use mcp_engine_proto::frame::sse;
///
/// let mut out = Vec::new();
/// sse::retry(&mut out, 500);
/// assert_eq!(out, b"retry: 500\n\n");
/// ```
pub fn retry(out: &mut Vec<u8>, ms: u64) {
    field(out, b"retry: ", itoa::Buffer::new().format(ms).as_bytes());
    out.push(b'\n');
}

fn field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(value);
    out.push(b'\n');
}
