//! Streamable HTTP, the side of the server: both eras at one address.
//!
//! An [`HttpService`] turns HTTP requests into messages for a [`Server`](crate::server::Server), and what is said in return into responses. It stands
//! where a [transport](crate::transport) stands for a stream of bytes, and takes every decision from the rules in
//! [`mcp_engine_proto::http`]. Nothing is kept for a request that is refused, and everything that is kept has its bound in
//! [`HttpServerLimits`].
//!
//! ```text
//!  request ──▶ head ──▶ body ──▶ route ─┬─ modern ──▶ Exchange ──▶ handler ──▶ JSON, or events when something comes before the answer
//!                                       ├─ listen ──▶ events, fed by Changes
//!                                       └─ legacy ──▶ Session: a connection, whose streams are responses
//! ```
//!
//! A request of the modern era is served where it was read: a handler that answers at once costs no task, no channel and one lock. To end
//! a connection is to cancel what it waits for, as the revision says. In a session it cancels nothing: what was to be said is kept, and the
//! client resumes the stream.

mod body;
mod config;
mod http_sse;
mod intake;
mod limits;
mod modern;
mod pipe;
mod principal;
mod response;
mod serve;
mod service;
mod session;
mod site;

pub use body::ReplyBody;
pub use config::{HttpServerConfig, HttpSsePaths};
pub use limits::{HttpServerCounters, HttpServerLimit, HttpServerLimits};
pub use principal::Principal;
pub use service::HttpService;
