//! A client of a server, in memory.

use mcp_engine::Limits;
use mcp_engine::client::{Client, ClientBuilder};
use mcp_engine::server::ServerBuilder;
use mcp_engine::transport::{ByteStream, Memory};
use mcp_engine::version::Version;

pub(crate) async fn connect(server: ServerBuilder, client: ClientBuilder) -> Client {
    let server = server.build().expect("a server");
    let (near, far) = Memory::pair(1 << 16);
    tokio::spawn(async move { server.serve(ByteStream::new(far, &Limits::default())).await });
    client.connect(ByteStream::new(near, &Limits::default())).await.expect("a handshake")
}

pub(crate) fn caller(version: Version) -> ClientBuilder {
    Client::builder("test", "1.0").versions([version])
}
