//! The engine under tokio.
//!
//! What the crates below decide without I/O is done here: a [`transport`] carries messages, a driver moves them through a
//! [`Connection`](mcp_engine_proto::connection::Connection) and calls a [`Handler`], and [`workers`] run what a handler does not do at
//! once, under the permits of a scheduler.
//!
//! ```text
//! transport ─messages──▶ Connection ─requests──▶ Handler ──▶ answer
//!     ▲                      │                     └─ later ─▶ workers
//!     └── one write ◀────────┘
//! ```

pub mod aggregator;
mod answer;
mod backoff;
pub mod client;
mod clock;
mod context;
mod driver;
mod error;
mod first;
mod handler;
mod host;
#[cfg(feature = "http")]
pub mod http_client;
#[cfg(feature = "http")]
pub mod http_server;
mod peer;
pub mod proxy;
pub mod server;
#[cfg(feature = "tls")]
mod tls;
mod trace;
pub mod transport;
#[cfg(feature = "ws")]
pub mod websocket;
pub mod workers;

pub use answer::{Answer, Responder, Served};
pub use context::{Context, StreamClosing};
pub use driver::DriverLimits;
pub use error::Error;
pub use handler::{Handler, Notification, Origin, Request};
pub use peer::{Calling, Peer};
