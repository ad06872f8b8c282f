//! The rules of the protocol, one test for each, told between a client and a server that talk in memory under virtual time.

mod batches;
mod cancellation;
mod capabilities;
mod closing;
mod compatibility;
mod handshake;
mod hostile;
mod http;
mod http_client;
mod ids;
mod input_required;
mod lifecycle;
mod limits;
mod logging;
mod meta;
mod notifications;
mod progress;
mod relay;
mod requests;
mod resource_subscriptions;
mod results;
mod schema;
mod solo;
mod stage;
mod subscriptions;
mod timeouts;
