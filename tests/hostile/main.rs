//! The hostile inputs, one test or more for each row of the table.
//!
//! A test is named by its row: what a hostile peer sends, and what must come of it. Every row runs over
//! all backends of this processor and, where the stream is short, over every place at which a read could
//! cut it; and every refusal must leave the next message of the stream readable.

mod depth;
mod encoding;
mod envelope;
mod event_length;
mod events;
mod framing;
mod ids;
mod keys;
mod length;
mod numbers;
mod peers;
#[path = "../shared/stream.rs"]
mod stream;
mod strings;
mod verdict;
