//! MCP over HTTP: what a server makes of a request and a client of a response, as the specification, the conformance suite
//! and the table of hostile inputs have it.
//!
//! A test that is named by a row proves that row of the table for the rules of HTTP, which no driver can go around; the
//! transports prove it again with sockets.

mod client;
mod discovery;
mod heads;
mod hosts;
mod http_sse;
mod limits;
mod mirror;
mod params;
mod request;
mod routing;
mod sessions;
mod streams;
