//! The Model Context Protocol as a library that does no I/O.
//!
//! Bytes go in, validated and indexed messages come out, and the other way round; who reads and writes
//! them, and when, is up to the caller.
//!
//! ```text
//! bytes ──▶ frame ──▶ json (one pass) ──▶ message: shared bytes + index of 128 bytes
//! ```
//!
//! [`Decoder`] is the way in: it frames a newline-delimited stream, validates each line in a single pass (grammar,
//! UTF-8, escapes, nesting, duplicate keys, JSON-RPC envelope) and yields [`Message`]s that share the read arena. Nothing is
//! copied, and nothing is allocated in the long run. [`EventDecoder`] and [`BodyDecoder`] do the same for the two shapes of
//! HTTP replies, and [`encode`] is the way out.
//!
//! Every input is taken to be hostile: what a peer can make this crate hold or do is bounded by [`Limits`], an
//! [`Error`] says which rule was broken and where, and a refused message harms no other.

#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

pub mod connection;
pub mod endpoint;
mod error;
pub mod frame;
pub mod http;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub mod internal;
pub mod json;
mod level;
mod limits;
mod message;
pub mod model;
mod now;
mod room;
pub mod schema;
#[cfg(feature = "tracing")]
#[doc(hidden)]
pub mod shown;
pub mod state;
pub mod task;
pub mod uri;
pub mod version;

pub use error::{Error, Fault, FrameRule, Incompatible, JsonRule, MessageRule, Misuse, PeerRule};
pub use frame::Pool;
pub use json::{Duplicates, Seed};
pub use level::LoggingLevel;
pub use limits::{Limit, Limits};
pub use message::{
    BlockType, BodyDecoder, CallParams, CallToolResult, ContentBlock, ContentBlocks, Counters,
    Decoder, ErrorObject, EventDecoder, Flags, Id, Incoming, Kind, Message, MessageRef, Method,
    MsgIndex, Progress, Refusal, RequestId, Span, Table, Tag, encode,
};
pub use now::Now;
