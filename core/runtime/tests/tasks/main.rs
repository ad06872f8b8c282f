//! Calls of tools that run as tasks: a server and a client, in memory under virtual time, and over HTTP.

mod http;
mod input;
mod limits;
mod memory;
mod owners;
mod stage;
