//! The client of Streamable HTTP: messages become requests, and replies become messages.
//!
//! It is a [`Transport`], and with it [`Client::connect`](crate::client::Client::connect) speaks to a server of either era, and to those of
//! HTTP+SSE (MCP 2024-11-05). All its exchanges run in the task of the driver: nothing is spawned, and what is dropped is over. What
//! a message is for is decided in [`mcp_engine_proto::http`]; here are the sockets.
//!
//! ```text
//!            ┌ lanes ┐   fetch      line
//!  driver ──▶│ turn  │──▶ POST ──▶ socket      redirections, challenges, retries
//!     ▲      └───────┘               │
//!     └── messages ◀── JSON, events ◀┘          resumed where the server allows it
//! ```
//!
//! ```no_run
//! use mcp_engine_proto::connection::Config;
//! use mcp_engine_runtime::client::Client;
//! use mcp_engine_runtime::http_client::{HttpOptions, HttpTransport};
//! # use mcp_engine_runtime::Handler;
//!
//! # async fn connect(handler: impl Handler) -> Result<(), Box<dyn std::error::Error>> {
//! let options = HttpOptions::default().header("Authorization", "Bearer secret")?;
//! let transport = HttpTransport::new("https://example.com/mcp", options)?;
//! let client = Client::connect(Config::client("shell", "1.0"), transport, handler).await?;
//! # Ok(())
//! # }
//! ```

mod address;
mod authorizer;
mod connect;
mod counters;
mod error;
mod events;
mod exchange;
mod fetch;
mod flow;
mod guard;
mod headers;
mod known;
mod lanes;
mod limits;
mod line;
mod old;
mod options;
mod outgoing;
mod remote;
mod session;
mod standalone;
mod transport;

pub use address::AddressPolicy;
pub use authorizer::{Authorizer, Authorizing, Challenge, NextStep};
pub use counters::HttpClientCounters;
pub use error::HttpError;
pub use flow::{AuthorizationFlow, Credentials, Responded, Unauthorized};
pub use headers::SecretHeaders;
pub use limits::{HttpClientLimit, HttpClientLimits};
pub use options::{HttpKind, HttpOptions, Leaving, StandaloneStream};
pub use session::HttpSession;
pub use transport::HttpTransport;

#[cfg(doc)]
use crate::transport::Transport;
