//! A client of a server, in memory.

use mcp_engine::Limits;
use mcp_engine::client::Client;
use mcp_engine::server::ServerBuilder;
use mcp_engine::transport::ByteStream;
use mcp_engine::version::Version;

pub async fn connect(server: ServerBuilder, version: Version) -> Client {
    let server = server.build().expect("a server");
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(async move { server.serve(ByteStream::new(far, &Limits::default())).await });
    let client = Client::builder("test", "1.0").versions([version]);
    client.connect(ByteStream::new(near, &Limits::default())).await.expect("a handshake")
}
