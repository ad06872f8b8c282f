//! WebSockets over real sockets: both sides of ours, and others that send what they should not.

#[cfg(feature = "tls")]
mod local_tls;

use futures_util::{SinkExt, StreamExt};
use mcp_engine_proto::Limits;
use mcp_engine_proto::http::HostPolicy;
use mcp_engine_proto::model::{self, JsonObject};
use mcp_engine_proto::version::Version;
use mcp_engine_runtime::Answer;
use mcp_engine_runtime::client::Client;
use mcp_engine_runtime::server::{Arguments, Server, Tool};
use mcp_engine_runtime::websocket::{self, WebSocketError};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

fn server() -> Server {
    let schema = JsonObject::parse(r#"{"type":"object"}"#).expect("an object");
    let echo = Tool::new(model::Tool::new("echo", schema), |request, responder| {
        let text = Arguments::of(&request).get::<String>("text");
        responder.answer(&text.map_or_else(Into::into, Answer::text))
    });
    let schema = JsonObject::parse(r#"{"type":"object"}"#).expect("an object");
    let repeat = Tool::new(model::Tool::new("repeat", schema), |_, responder| {
        responder.answer(&Answer::text("x".repeat(1 << 20)))
    });
    Server::builder("socket", "1.0").tool(echo).tool(repeat).build().expect("a server")
}

/// A server, and where it is.
async fn serve(limits: Limits) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let server = server();
        loop {
            let (socket, _) = listener.accept().await.expect("a connection");
            let server = server.clone();
            tokio::spawn(async move {
                let socket = websocket::accept(socket, &HostPolicy::default(), &limits).await;
                server.serve(socket?).await.map_err(|_| WebSocketError::TimedOut)
            });
        }
    });
    format!("ws://{address}/mcp")
}

#[tokio::test]
async fn every_revision_is_spoken() {
    let url = serve(Limits::default()).await;
    for version in Version::ALL {
        let socket = websocket::connect(&url, &Limits::default()).await.expect("a handshake");
        let client = Client::builder("test", "1.0").versions([version]).connect(socket).await;
        let client = client.expect("a handshake");
        let large = "é\n".repeat(200_000);
        for text in ["", "hello\nworld", &large] {
            let result = client.call_tool("echo", &json!({ "text": text })).await;
            let said = result.expect("a result").text();
            assert!(said == text, "{version:?}: {} bytes of {}", said.len(), text.len());
        }
        client.close().await;
    }
}

#[tokio::test]
async fn many_calls_are_in_flight_at_once() {
    let url = serve(Limits::default()).await;
    let socket = websocket::connect(&url, &Limits::default()).await.expect("a handshake");
    let client = Client::builder("test", "1.0").connect(socket).await.expect("a handshake");
    let calls = (0..200).map(|n| {
        let client = client.clone();
        tokio::spawn(async move { client.call_tool("echo", &json!({"text": n.to_string()})).await })
    });
    for (n, call) in calls.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(call.await.expect("no panic").expect("a result").text(), n.to_string());
    }
}

async fn raw(url: &str) -> WebSocketStream<TcpStream> {
    let address = url.trim_start_matches("ws://").trim_end_matches("/mcp");
    let socket = TcpStream::connect(address).await.expect("a connection");
    client_async(url, socket).await.expect("a handshake").0
}

#[tokio::test]
async fn a_message_that_is_none_is_answered_and_the_next_one_is_read() {
    let url = serve(Limits::default()).await;
    let mut socket = raw(&url).await;
    for (sent, expected) in
        [("{", "-32700"), ("{\n\"jsonrpc\":\"2.0\",\"id\":1,\n\"method\":\"nothing\"}", "\"id\":1")]
    {
        socket.send(Message::text(sent)).await.expect("open");
        let answer = socket.next().await.expect("open").expect("a message");
        assert!(answer.to_text().expect("text").contains(expected), "{answer:?}");
    }
}

#[tokio::test]
async fn a_binary_message_ends_the_conversation_with_the_reason() {
    let url = serve(Limits::default()).await;
    let mut socket = raw(&url).await;
    socket.send(Message::binary(vec![1, 2, 3])).await.expect("open");
    let Some(Ok(Message::Close(Some(frame)))) = socket.next().await else { panic!("no reason") };
    assert_eq!(u16::from(frame.code), 1003);
}

#[tokio::test]
async fn a_message_above_the_limit_ends_the_conversation() {
    let url = serve(Limits { message_bytes: 1_000, ..Limits::default() }).await;
    let mut socket = raw(&url).await;
    socket.send(Message::text("x".repeat(2_000))).await.expect("open");
    assert!(!matches!(socket.next().await, Some(Ok(Message::Text(_)))));
}

#[tokio::test]
async fn what_is_sent_may_be_longer_than_what_is_taken() {
    let url = serve(Limits { message_bytes: 2_000, ..Limits::default() }).await;
    let socket = websocket::connect(&url, &Limits::default()).await.expect("a handshake");
    let client = Client::builder("test", "1.0").connect(socket).await.expect("a handshake");
    let result = client.call_tool("repeat", &json!({})).await.expect("a result");
    assert_eq!(result.text().len(), 1 << 20);
    client.close().await;
}

#[tokio::test]
async fn pages_of_others_and_other_hosts_are_refused() {
    let url = serve(Limits::default()).await;
    let address = url.trim_start_matches("ws://").trim_end_matches("/mcp").to_owned();
    for (name, value) in [("Origin", "https://evil.example"), ("Host", "evil.example")] {
        let socket = TcpStream::connect(&address).await.expect("a connection");
        let host = if name == "Host" { value } else { &address };
        let mut request = http::Request::get(&url)
            .header("Host", host)
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        if name == "Origin" {
            request = request.header(name, value);
        }
        let refused = client_async(request.body(()).expect("a request"), socket).await;
        let Err(tokio_tungstenite::tungstenite::Error::Http(response)) = refused else {
            panic!("{name} was let through")
        };
        assert_eq!(response.status(), 403, "{name}");
    }
}

#[tokio::test]
async fn what_is_no_websocket_is_no_server() {
    for url in ["http://127.0.0.1:1/", "nonsense", "ws://"] {
        let error = websocket::connect(url, &Limits::default()).await.expect_err("no WebSocket");
        assert!(matches!(error, WebSocketError::Url), "{url}: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_takes_too_long_is_broken_off() {
    let (mut near, far) = tokio::io::duplex(1 << 10);
    tokio::io::AsyncWriteExt::write_all(&mut near, b"GET / HTTP/1.1\r\nhost: local")
        .await
        .expect("room");
    let refused = websocket::accept(far, &HostPolicy::default(), &Limits::default()).await;
    assert!(matches!(refused, Err(WebSocketError::TimedOut)));
}

#[cfg(feature = "tls")]
mod tls {
    use mcp_engine_runtime::websocket::Endpoint;

    use super::local_tls::{acceptor, trusting};
    use super::*;

    /// A server behind TLS, and its port.
    async fn serve() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.expect("a connection");
                tokio::spawn(async move {
                    let Ok(socket) = acceptor().accept(socket).await else { return };
                    let (hosts, limits) = (HostPolicy::default(), Limits::default());
                    if let Ok(socket) = websocket::accept(socket, &hosts, &limits).await {
                        drop(server().serve(socket).await);
                    }
                });
            }
        });
        port
    }

    #[tokio::test]
    async fn messages_go_over_tls() {
        let url = format!("wss://localhost:{}/mcp", serve().await);
        let endpoint = Endpoint::with_tls(&url, trusting()).expect("a URL");
        let socket = endpoint.connect(&Limits::default()).await.expect("a handshake");
        let client = Client::builder("test", "1.0").connect(socket).await.expect("a handshake");
        let large = "é\n".repeat(200_000);
        for text in ["secret", &large] {
            let result = client.call_tool("echo", &json!({ "text": text })).await;
            assert!(result.expect("a result").text() == text, "{} bytes", text.len());
        }
        client.close().await;
    }

    #[tokio::test]
    async fn a_certificate_that_is_not_trusted_is_refused() {
        let port = serve().await;
        // It is one for the name, and not for the address.
        let endpoint = Endpoint::with_tls(&format!("wss://127.0.0.1:{port}/"), trusting());
        let refused = endpoint.expect("a URL").connect(&Limits::default()).await;
        assert!(matches!(refused, Err(WebSocketError::Connect(_))), "{refused:?}");
        let url = format!("wss://localhost:{port}/");
        let by_the_system = websocket::connect(&url, &Limits::default()).await;
        let is_refused =
            matches!(by_the_system, Err(WebSocketError::Connect(_) | WebSocketError::Tls(_)));
        assert!(is_refused, "{by_the_system:?}");
    }
}

#[cfg(not(feature = "tls"))]
#[test]
fn without_tls_it_is_said() {
    let refused = websocket::Endpoint::new("wss://localhost/mcp");
    assert!(matches!(refused, Err(WebSocketError::TlsMissing)));
}
