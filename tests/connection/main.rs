//! The rules of the protocol, one test for each, told between a client and a server that talk in memory under virtual time.

mod batches;
mod cancellation;
mod compatibility;
mod handshake;
mod hostile;
mod ids;
mod lifecycle;
mod logging;
mod notifications;
mod progress;
mod requests;
mod schema;
mod stage;
mod subscriptions;
mod timeouts;
