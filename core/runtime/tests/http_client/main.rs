//! The client of Streamable HTTP against servers that are played by hand.

mod fallback;
mod flows;
mod interop;
mod limits;
#[cfg(feature = "tls")]
#[path = "../local_tls/mod.rs"]
mod local_tls;
mod posts;
mod security;
mod sessions;
mod stage;
mod statuses;
#[cfg(feature = "tls")]
mod tls;
