//! A client's decisions: what to send, what an answer means, where to go, when to come back.
//!
//! It makes the headers of requests, reads the heads of responses, and follows a server that moves or loses a stream, as far
//! as that is safe. It stands between a client's connection and whatever speaks HTTP for it. Nothing that is meant for one
//! origin is ever sent to another.

mod reconnect;
mod redirect;
mod request;
mod response;
mod url;

pub use reconnect::{Next, Reconnect};
pub use redirect::{RedirectError, message_endpoint, redirect};
pub use request::{Outgoing, Peer, request_headers};
pub use response::{Sent, Verdict, choose_version, classify, classify_discovery, granted_session};
pub use url::{Scheme, Url};
