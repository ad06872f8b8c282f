//! Framing: from the bytes of a transport to whole frames, and back.
//!
//! The first room of the ring. [`Pool`] and the read arena hold the bytes; lines (stdio, sockets)
//! and server-sent events (HTTP) are found in them incrementally. No byte is searched twice, and no
//! frame is stored beyond its limit.

mod arena;
mod line;
mod memory;
mod pool;
pub mod sse;

pub use pool::Pool;

pub(crate) use arena::{Arena, Sharing, copy};
pub(crate) use line::{Gone, Lines};
