//! MCP over HTTP, without HTTP: what a request is, what goes into a response, what is remembered between them.
//!
//! Headers and messages go in, decisions come out, for both roles and both eras; whoever has the sockets, be it a Rust
//! server, a C `poll()` loop or Python, does as it is told. It stands beside `message` and knows nothing of connections.
//! Everything that is held for a peer is bounded by [`HttpLimits`], and a request is refused before anything is held
//! for it.

mod client;
mod counters;
mod headers;
mod limits;
mod origin;
mod rejection;
mod resume;
mod route;
mod rule;
mod session;
mod status;

pub use client::{
    Next, Outgoing, Peer, Reconnect, RedirectError, Scheme, Sent, Url, Verdict, choose_version,
    classify, classify_discovery, granted_session, message_endpoint, redirect, request_headers,
};
pub use counters::HttpCounters;
#[cfg(feature = "internal")]
pub(crate) use headers::equal_decimals;
pub use headers::{
    Accepts, Field, Head, Param, ParamValue, ResponseHead, ToolHeaders, check_mirror, check_params,
    decode_value, encode_value, mirror,
};
pub use limits::{HttpLimit, HttpLimits};
pub use origin::{HostPolicy, InvalidHost};
pub use rejection::{Cause, Rejection};
pub use resume::{
    Attachment, EventId, Published, Resumed, StreamNumber, StreamState, Streams, write_event,
    write_prime,
};
pub use route::{
    Admitted, Body, Exchange, Expects, Gate, Post, Route, SessionMode, SessionPost, SsePost,
    StreamRequest, Verb, Versions, write_endpoint,
};
pub use rule::HttpRule;
pub use session::{Entropy, Opened, Session, SessionId, Sessions};
pub use status::{
    Carrier, HEADER_MISMATCH, MISSING_CAPABILITY, Status, UNSUPPORTED_VERSION, response_headers,
};
