//! The hostile inputs by row, on every transport that they fit: one table, and a test for each row.
//!
//! Each row is played on each way by a real server or client over a real process, socket or stream, and behind each hostile input a good
//! call must succeed. A cell that is not played says why, or which test plays it.

#[path = "../http_server/caller.rs"]
#[allow(dead_code, reason = "the tests of the HTTP server say more with it")]
mod caller;
mod client;
mod elsewhere;
mod envelope;
mod events;
mod framing;
mod http;
mod json;
mod played;
#[path = "../http_client/stage.rs"]
#[allow(dead_code, reason = "the tests of the HTTP client say more with it")]
mod stage;
mod table;
mod talk;
mod talking;
mod way;
mod websocket;
