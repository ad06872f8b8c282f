//! The rules of the protocol, one test for each, told between a client and a server that talk in memory under virtual time.

mod handshake;
mod schema;
mod stage;
