//! A server that says what a test tells it to say, byte by byte if need be, over real sockets.

use mcp_engine_proto::connection::{Call, Config, Reply};
use mcp_engine_proto::version::Version;
use mcp_engine_proto::{Message, Method, json::Raw};
use mcp_engine_runtime::client::Client;
use mcp_engine_runtime::http_client::{HttpClientLimits, HttpOptions, HttpTransport};
use mcp_engine_runtime::{Error, Handler, Request, Responder, Served};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// The requests that come to a server, whatever connection they come on.
pub(crate) struct Stage {
    pub(crate) url: String,
    seen: mpsc::Receiver<Seen>,
}

/// A request that waits for its response.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) head: String,
    pub(crate) body: Value,
    /// On which connection it came, counted from 0.
    pub(crate) connection: usize,
    out: mpsc::Sender<Out>,
}

#[derive(Debug)]
enum Out {
    Bytes(Vec<u8>),
    /// The response is complete.
    Done,
}

impl Stage {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/mcp", listener.local_addr().expect("an address"));
        let (sender, seen) = mpsc::channel(64);
        tokio::spawn(async move {
            for connection in 0.. {
                let Ok((socket, _)) = listener.accept().await else { return };
                tokio::spawn(serve(socket, connection, sender.clone()));
            }
        });
        Self { url, seen }
    }

    /// The same behind TLS, as `localhost`.
    #[cfg(feature = "tls")]
    pub(crate) async fn open_secured(acceptor: tokio_rustls::TlsAcceptor) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (sender, seen) = mpsc::channel(64);
        tokio::spawn(async move {
            for connection in 0.. {
                let Ok((socket, _)) = listener.accept().await else { return };
                if let Ok(socket) = acceptor.accept(socket).await {
                    tokio::spawn(serve(socket, connection, sender.clone()));
                }
            }
        });
        Self { url: format!("https://localhost:{port}/mcp"), seen }
    }

    /// The next request.
    pub(crate) async fn next(&mut self) -> Seen {
        self.seen.recv().await.expect("a request")
    }

    /// The next request, which has that method of JSON-RPC.
    pub(crate) async fn call(&mut self, method: &str) -> Seen {
        let seen = self.next().await;
        assert_eq!(seen.body["method"], method, "{seen:?}");
        seen
    }

    /// A request that nobody has sent.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.seen.try_recv().is_err()
    }

    /// Answers the handshake of a client of the modern era.
    pub(crate) async fn modern(&mut self) {
        let seen = self.call("server/discover").await;
        let result = json!({"resultType": "complete", "supportedVersions": ["2026-07-28"],
            "capabilities": {"tools": {}}, "ttlMs": 0, "cacheScope": "private"});
        seen.answer(result).await;
    }

    /// Answers the handshake of a client of the legacy era, which is to open a session if there is an id for one.
    pub(crate) async fn legacy(&mut self, version: Version, session: Option<&str>) {
        let seen = self.call("initialize").await;
        let session = session.map(|id| format!("mcp-session-id: {id}\r\n")).unwrap_or_default();
        let result = initialized(version);
        seen.json(&format!("200 OK\r\n{session}"), &reply(&seen.body, result)).await;
        self.call("notifications/initialized").await.status("202 Accepted").await;
    }

    /// The same, and no stream but those of the requests.
    pub(crate) async fn legacy_without_stream(&mut self, version: Version, session: Option<&str>) {
        self.legacy(version, session).await;
        let seen = self.next().await;
        assert!(seen.head.starts_with("GET "), "{seen:?}");
        seen.status("405 Method Not Allowed").await;
    }
}

impl Seen {
    /// The value of a header, with its name in lowercase.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        fields.into_iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    pub(crate) async fn bytes(&self, bytes: impl AsRef<[u8]>) {
        // A client that hangs up is what some tests wait for.
        let _ = self.out.send(Out::Bytes(bytes.as_ref().to_vec())).await;
    }

    pub(crate) async fn done(&self) {
        let _ = self.out.send(Out::Done).await;
    }

    /// Until the client has hung up.
    pub(crate) async fn is_gone(&self) {
        self.out.closed().await;
    }

    /// A response without a body.
    pub(crate) async fn status(&self, status: &str) {
        self.bytes(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n")).await;
        self.done().await;
    }

    /// A response with a JSON body. `status` may bring headers.
    pub(crate) async fn json(&self, status: &str, body: &Value) {
        let body = body.to_string();
        let status = status.trim_end();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        self.bytes(head + &body).await;
        self.done().await;
    }

    /// The answer to the request, as JSON.
    pub(crate) async fn answer(&self, result: Value) {
        self.json("200 OK", &reply(&self.body, result)).await;
    }

    /// The head of an event stream that ends with its connection.
    pub(crate) async fn events(&self) {
        self.bytes(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n",
        )
        .await;
    }

    /// One event with a message.
    pub(crate) async fn event(&self, message: &Value) {
        self.bytes(format!("data: {message}\n\n")).await;
    }

    /// Ends the stream by ending the connection.
    pub(crate) fn hang_up(self) {}
}

/// The answer to a request.
pub(crate) fn reply(request: &Value, result: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": request["id"], "result": result})
}

pub(crate) fn initialized(version: Version) -> Value {
    json!({"protocolVersion": version.name(), "capabilities": {"tools": {}},
        "serverInfo": {"name": "stage", "version": "1"}})
}

/// A result of a tool.
pub(crate) fn text(text: &str) -> Value {
    json!({"resultType": "complete", "content": [{"type": "text", "text": text}]})
}

/// Serves nothing but `roots/list`.
pub(crate) struct Roots;

impl Handler for Roots {
    fn request(&self, request: Request, responder: Responder<'_>) -> Served {
        match request.message().method() {
            Some(Method::ListRoots) => {
                responder.send(Reply::Result(Raw::parse(r#"{"roots":[]}"#).expect("JSON")))
            }
            _ => responder.send(Reply::error(-32601, "there is nothing of the kind here")),
        }
    }
}

/// Limits that no test has to wait for.
pub(crate) fn options() -> HttpOptions {
    HttpOptions::default()
}

pub(crate) fn client_limits(limits: HttpClientLimits) -> HttpOptions {
    let mut options = options();
    options.client = limits;
    options
}

/// Connects in the background, so that the test can play the server.
pub(crate) fn connecting(
    url: &str,
    versions: &[Version],
    options: HttpOptions,
) -> JoinHandle<Result<Client, Error>> {
    let transport = HttpTransport::new(url, options).expect("a URL");
    connecting_by(transport, versions)
}

pub(crate) fn connecting_by(
    transport: HttpTransport,
    versions: &[Version],
) -> JoinHandle<Result<Client, Error>> {
    let capabilities = Raw::parse(r#"{"roots":{}}"#).expect("JSON");
    let config = Config::client("test", "1.0").capabilities(capabilities);
    let config = config.versions(versions.iter().copied());
    tokio::spawn(Client::connect(config, transport, Roots))
}

/// A client of the modern era, after its handshake.
pub(crate) async fn modern(options: HttpOptions) -> (Stage, Client) {
    let mut stage = Stage::open().await;
    let connecting = connecting(&stage.url, &[Version::LATEST], options);
    stage.modern().await;
    (stage, connecting.await.expect("no panic").expect("a handshake"))
}

/// A client of the legacy era, in a session, without a stream of its own.
pub(crate) async fn legacy(options: HttpOptions) -> (Stage, Client) {
    let mut stage = Stage::open().await;
    let version = Version::V2025_11_25;
    let connecting = connecting(&stage.url, &[version], options);
    stage.legacy_without_stream(version, Some("s1")).await;
    (stage, connecting.await.expect("no panic").expect("a handshake"))
}

/// Calls the tool `echo` in the background.
pub(crate) fn calling(client: &Client) -> JoinHandle<Result<Message, Error>> {
    let params = Raw::parse(r#"{"name":"echo","arguments":{}}"#).expect("JSON");
    let calling = client.peer().request(Call::new(Method::CallTool).params(params));
    let calling = calling.expect("the connection is open");
    tokio::spawn(calling)
}

/// What a call has come to.
pub(crate) async fn text_of(calling: JoinHandle<Result<Message, Error>>) -> String {
    let answer = calling.await.expect("no panic").expect("an answer");
    let answer: Value = serde_json::from_str(answer.as_str()).expect("JSON");
    answer["result"]["content"][0]["text"].as_str().expect("a text").to_owned()
}

pub(crate) async fn error_of(calling: JoinHandle<Result<Message, Error>>) -> Error {
    calling.await.expect("no panic").expect_err("no answer")
}

trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Socket for T {}

async fn serve(mut socket: impl Socket, connection: usize, seen: mpsc::Sender<Seen>) {
    let mut buffer = Vec::new();
    while let Some((head, body)) = request(&mut socket, &mut buffer).await {
        let (out, mut outs) = mpsc::channel(64);
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if seen.send(Seen { head, body, connection, out }).await.is_err() {
            return;
        }
        loop {
            let mut byte = [0];
            tokio::select! {
                out = outs.recv() => match out {
                    Some(Out::Bytes(bytes)) => {
                        if socket.write_all(&bytes).await.is_err() {
                            return;
                        }
                    }
                    Some(Out::Done) => break,
                    None => return,
                },
                read = socket.read(&mut byte) => match read {
                    Ok(1) => buffer.push(byte[0]),
                    _ => return,
                },
            }
        }
    }
}

/// Head and body of the next request on a connection.
async fn request(socket: &mut impl Socket, buffer: &mut Vec<u8>) -> Option<(String, Vec<u8>)> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|end| end == b"\r\n\r\n") {
            break at + 4;
        }
        socket.read_buf(buffer).await.ok().filter(|read| *read > 0)?;
    };
    let head = String::from_utf8(buffer[..end].to_vec()).expect("a head is ASCII");
    let len = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let len: usize = len.map_or(0, |len| len.parse().expect("a number"));
    while buffer.len() < end + len {
        socket.read_buf(buffer).await.ok().filter(|read| *read > 0)?;
    }
    let body = buffer[end..end + len].to_vec();
    buffer.drain(..end + len);
    Some((head, body))
}
