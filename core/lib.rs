//! A zero-copy engine for the Model Context Protocol.
//!
//! Bytes from any transport go in; validated, indexed messages come out, sharing the memory they were read into. Nothing
//! here does I/O, asks the clock or starts a thread: the same code runs under an async runtime, a C `poll()` loop, or a
//! test with every byte chosen.
//!
//! ```text
//! transport ─bytes─▶ frame ─▶ json: one pass, validated ─▶ message: shared bytes + 128-byte index
//!     ▲                                                                                │
//!     └────────────── encode: templates, escaped text, payloads spliced ◀── yours ─────┘
//! ```
//!
//! The run loop is: read into [`Decoder::spare`], [`commit`](Decoder::commit), [`poll`](Decoder::poll) until nothing is
//! left, then read again.
//!
//! ```
//! use std::io::Read;
//! use mcp_engine::{Decoder, Method, RequestId, encode, encode::Outcome};
//!
//! # let mut input: &[u8] = b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\"}}\n";
//! let (mut decoder, mut replies) = (Decoder::default(), Vec::new());
//! loop {
//!     let n = input.read(decoder.spare()?)?;
//!     if n == 0 {
//!         break;
//!     }
//!     decoder.commit(n)?;
//!     while let Some(message) = decoder.poll() {
//!         match message {
//!             Ok(message) if message.method() == Some(Method::CallTool) => {
//!                 let id = message.id().expect("a call is a request").to_owned();
//!                 encode::text_result(&mut replies, &id, "done", Outcome::Success);
//!             }
//!             Ok(_) => {}
//!             Err(refusal) => {
//!                 let id = refusal.id().map(|id| id.to_owned());
//!                 let error = refusal.error();
//!                 let code = i64::from(error.code());
//!                 encode::error(&mut replies, id.as_ref(), code, error.reason(), None);
//!             }
//!         }
//!         replies.push(b'\n');
//!     }
//! }
//! # assert!(replies.starts_with(br#"{"jsonrpc":"2.0","id":1,"result":"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! None is needed. `executor` adds [`executor`], which says what may run and what runs next; `workers` adds [`workers`], which runs it under
//! tokio; `server` adds [`server`] and `client` adds [`client`], with their [`transport`]s, both together [`proxy`], `macros` makes functions tools, prompts and resources
//! of a server; `schema` adds [`schema`], which judges tool arguments, results and elicitations by their JSON Schemas; `simd-json` adds
//! [`json::typed`], which reads one payload into types with serde derives; `tracing` makes connections and transports tell a subscriber what they do, with
//! a span for each request and no secret; `internal` opens entry points for this repository's own tests and benchmarks and promises nothing.

#[cfg(feature = "executor")]
pub use mcp_engine_executor as executor;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use mcp_engine_proto::internal;
pub use mcp_engine_proto::{
    BlockType, BodyDecoder, CallParams, CallToolResult, ContentBlock, ContentBlocks, Counters,
    Decoder, Duplicates, Error, ErrorObject, EventDecoder, Fault, Flags, FrameRule, Id, Incoming,
    Incompatible, JsonRule, Kind, Limit, Limits, LoggingLevel, Message, MessageRef, MessageRule,
    Method, Misuse, MsgIndex, Now, PeerRule, Pool, Progress, Refusal, RequestId, Seed, Span, Table,
    Tag, connection, encode, endpoint, frame, http, json, model, state, task, uri, version,
};
#[cfg(all(feature = "client", feature = "server"))]
pub use mcp_engine_runtime::proxy;
#[cfg(feature = "server")]
pub use mcp_engine_runtime::server;
#[cfg(feature = "ws")]
pub use mcp_engine_runtime::websocket;
#[cfg(feature = "workers")]
pub use mcp_engine_runtime::workers;
#[cfg(any(feature = "client", feature = "server"))]
pub use mcp_engine_runtime::{
    Answer, Calling, Context, DriverLimits, Handler, Notification, Origin, Peer, Request,
    Responder, Served, StreamClosing, transport,
};
#[cfg(feature = "client")]
pub use mcp_engine_runtime::{aggregator, client};
#[cfg(feature = "http")]
pub use mcp_engine_runtime::{http_client, http_server};
#[cfg(feature = "schema")]
pub use mcp_engine_schema as schema;

/// The examples of the README, which have to work.
#[cfg(all(doctest, feature = "executor", feature = "macros", feature = "client"))]
#[doc = include_str!("../README.md")]
struct Readme;

/// The examples of the page on the executor.
#[cfg(all(doctest, feature = "workers"))]
#[doc = include_str!("../docs/EXECUTOR.md")]
struct Executor;
