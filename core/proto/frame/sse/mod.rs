//! Server-sent events (WHATWG HTML, section 9.2): the framing of MCP's HTTP transports.
//!
//! [`Parser`] finds events in bytes that arrive in any pieces; [`write()`] makes them. Data of one
//! line is a slice of the read arena, data of several lines is joined in place. Lines may end with
//! CR, LF or CRLF, also where a read splits the pair.

mod parser;
mod write;

pub use parser::{Event, Parser};
pub use write::{Outgoing, comment, retry, write};
