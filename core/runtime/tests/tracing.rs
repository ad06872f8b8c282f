//! Row 102: what a subscriber hears of transports, and what it never hears.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use mcp_engine_proto::Limits;
use mcp_engine_proto::http::HostPolicy;
use mcp_engine_proto::model::{self, JsonObject};
use mcp_engine_proto::version::Version;
use mcp_engine_runtime::Answer;
use mcp_engine_runtime::aggregator::{Aggregator, Member};
use mcp_engine_runtime::client::Client;
use mcp_engine_runtime::http_client::{HttpOptions, HttpTransport};
use mcp_engine_runtime::http_server::{HttpServerConfig, HttpService};
use mcp_engine_runtime::server::{Arguments, Server, Tool};
use mcp_engine_runtime::transport::{Bind, ByteStream, Command, TransportLimits};
use mcp_engine_runtime::websocket;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tracing::subscriber::DefaultGuard;

/// Lines that a subscriber has written.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic while writing").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Hears everything that this thread does.
    fn listen() -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .without_time()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        let bytes = self.0.lock().expect("no panic while writing").clone();
        String::from_utf8(bytes).expect("UTF-8")
    }

    fn assert_has(&self, parts: &[&str]) {
        let text = self.text();
        for part in parts {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    /// Whatever was told, no secret was, and nothing that could draw on a terminal.
    fn assert_is_clean(&self) {
        let text = self.text();
        assert!(!text.is_empty());
        assert!(!text.to_lowercase().contains("hunter2"), "{text}");
        let draws = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{2066}".contains(c);
        assert!(!text.contains(draws), "{text:?}");
        assert!(text.lines().all(|line| !line.starts_with("forged")), "{text}");
    }
}

fn server() -> Server {
    let schema = JsonObject::parse(r#"{"type":"object"}"#).expect("an object");
    let echo = Tool::new(model::Tool::new("echo", schema), |request, responder| {
        let text = Arguments::of(&request).get::<String>("text");
        responder.answer(&text.map_or_else(Into::into, Answer::text))
    });
    Server::builder("told", "1.0").tool(echo).build().expect("a server")
}

async fn http() -> (String, HttpService) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hunter2/mcp?key=hunter2", listener.local_addr().expect("bound"));
    let service = HttpService::new(server(), HttpServerConfig::default()).expect("a service");
    tokio::spawn(service.clone().serve(listener));
    (url, service)
}

#[tokio::test]
async fn row_102_http_tells_what_it_does_and_no_secret() {
    let (log, _guard) = Log::listen();
    let (url, service) = http().await;
    for version in [Version::V2025_11_25, Version::LATEST] {
        let options = HttpOptions::default()
            .header("Authorization", "Bearer hunter2")
            .and_then(|options| options.header("Cookie", "session=hunter2"))
            .expect("headers");
        let transport = HttpTransport::new(&url, options).expect("a URL");
        let client = Client::builder("test", "1.0").versions([version]).connect(transport).await;
        let client = client.expect("a handshake");
        let echo = client.call_tool("echo", &json!({"text": "hunter2"})).await;
        assert_eq!(echo.expect("a result").text(), "hunter2");
        let error = client.call_tool("hunter2", &json!({})).await.expect_err("no such tool");
        assert!(error.peer().is_some());
        client.close().await;
    }
    while service.sessions() > 0 {
        tokio::task::yield_now().await;
    }
    log.assert_has(&[
        "a session is open version=2025-11-25",
        "a session has ended",
        "served verb=POST status=200",
        "heard origin=127.0.0.1:",
        r#"mcp.request{id=2 method="tools/call"}"#,
    ]);
    log.assert_is_clean();
}

#[tokio::test]
async fn row_102_a_refusal_over_http_is_told_by_its_rule() {
    let (log, _guard) = Log::listen();
    let (url, _service) = http().await;
    let address = url.trim_start_matches("http://").split('/').next().expect("an address");
    let mut socket = TcpStream::connect(address).await.expect("a server");
    let evil = "POST /?token=hunter2 HTTP/1.1\r\nhost: evil.hunter2\r\nmcp-session-id: hunter2\r\n\
                authorization: hunter2\r\ncontent-length: 0\r\n\r\n";
    socket.write_all(evil.as_bytes()).await.expect("a server that reads");
    let mut status = [0; 12];
    socket.read_exact(&mut status).await.expect("a response");
    assert_eq!(&status[9..], b"403");
    log.assert_has(&["refused rule=\"host", "served verb=POST status=403"]);
    log.assert_is_clean();
}

#[tokio::test]
async fn row_102_ids_of_a_peer_cannot_forge_a_line() {
    let (log, _guard) = Log::listen();
    let (mut near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(async move { server().serve(ByteStream::new(far, &Limits::default())).await });
    let call = |id: &str| {
        format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{{\"name\":\"echo\",\"arguments\":{{\"text\":\"hunter2\"}},\"_meta\":{{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{{}}}}}}}}\n"
        )
    };
    let id = "\"\u{202e}\u{9b}31m\u{2066}\\nforged\"";
    near.write_all(call(id).as_bytes()).await.expect("room");
    near.write_all(b"hunter2 \x1b[31m\r\n").await.expect("room");
    near.write_all(call("\"last\"").as_bytes()).await.expect("room");
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains("\"last\"") {
        assert!(near.read_buf(&mut read).await.expect("a server") > 0);
    }
    log.assert_has(&[r"\u{202e}\u{9b}31m\u{2066}\nforged", "refused role=Server rule="]);
    log.assert_is_clean();
}

#[tokio::test]
async fn row_102_a_child_is_told_from_its_start_to_its_end() {
    let (log, _guard) = Log::listen();
    let script = "printf '\\033[31mready\\r\\nforged\\n' >&2; echo 'token=hunter2' >&2; \
                  echo 'Authorization: Bearer hunter2' >&2; echo 'half a line' | tr -d '\\n' >&2; exit 3";
    let command = Command::new("sh").args(["-c", script, "--key=hunter2"]).env("KEY", "hunter2");
    let (_stream, child) = command.spawn().expect("there is sh");
    assert_eq!(child.wait().await.expect("it was ours").code(), Some(3));
    log.assert_has(&[
        "started pid=",
        "program=sh",
        r"line=\u{1b}[31mready",
        "line=forged",
        "line=token=***",
        "line=half a line",
        "status=exit status: 3",
    ]);
    log.assert_is_clean();
}

#[tokio::test]
async fn row_102_limits_and_handshakes_that_refuse_are_told() {
    let (log, _guard) = Log::listen();
    let limits = TransportLimits { connections: 0, ..TransportLimits::default() };
    let listener = Bind::tcp("127.0.0.1:0".parse().expect("an address")).limits(limits).listen();
    let listener = listener.expect("a port");
    let address = listener.local_address().expect("it is TCP");
    let refusing = tokio::spawn(async move { listener.accept().await });
    let mut socket = TcpStream::connect(address).await.expect("a listener");
    assert_eq!(socket.read(&mut [0]).await.unwrap_or(0), 0, "it is closed");
    refusing.abort();
    let (mut near, far) = tokio::io::duplex(1 << 12);
    near.write_all(
        b"GET /?token=hunter2 HTTP/1.1\r\nhost: localhost\r\norigin: https://hunter2.example\r\n\
          connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
          sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    )
    .await
    .expect("room");
    let refused = websocket::accept(far, &HostPolicy::default(), &Limits::default()).await;
    assert!(refused.is_err());
    log.assert_has(&["refused limit=\"connections\"", "refused rule=\"origin"]);
    log.assert_is_clean();
}

#[tokio::test]
async fn row_102_a_server_that_comes_back_is_told() {
    let (log, _guard) = Log::listen();
    let member = Member::new("one\u{1b}", || async {
        let (near, far) = tokio::io::duplex(1 << 16);
        tokio::spawn(async move { server().serve(ByteStream::new(far, &Limits::default())).await });
        Client::builder("test", "1.0").connect(ByteStream::new(near, &Limits::default())).await
    });
    let gone = Member::new("two", || async {
        let (near, _) = tokio::io::duplex(1);
        Client::builder("test", "1.0").connect(ByteStream::new(near, &Limits::default())).await
    });
    let aggregator = Aggregator::new([member, gone]).expect("names of their own");
    // One of them is down.
    let _ = aggregator.list_tools().await;
    log.assert_has(&[r"up server=one\u{1b}", "down server=two attempts=1"]);
    log.assert_is_clean();
}
