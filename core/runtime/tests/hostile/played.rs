//! A server that says what it is told to, at the other end of a real client, on any way.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use mcp_engine_proto::version::Version;
use mcp_engine_runtime::Error;
use mcp_engine_runtime::client::Client;
use mcp_engine_runtime::http_client::{HttpOptions, HttpTransport};
use mcp_engine_runtime::transport::{ByteStream, Child, Command, Memory, Socket, Transport};
use mcp_engine_runtime::websocket;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::task::JoinHandle;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

use crate::stage::{Seen, Stage, initialized, reply};
use crate::talk::{Lines, text_frame};
use crate::way::{LIMITS, Way, free_path};

/// The server, and the client that talks to it.
pub(crate) struct Played {
    pub(crate) client: Client,
    way: Way,
    wire: Wire,
    _child: Option<Child>,
}

enum Wire {
    Lines(Lines),
    WebSocket(Box<WebSocketStream<TcpStream>>),
    /// The request that is being answered, where answers have streams of their own; else the stream of all.
    Http(Box<Stage>, Option<Seen>),
}

type Connecting = JoinHandle<Result<Client, Error>>;

impl Played {
    /// A client after its handshake, which gives up when there is no sign of life for so long.
    pub(crate) async fn open(way: Way, patience: Duration) -> Self {
        let mut child = None;
        let (wire, connecting) = match way {
            Way::Memory | Way::Modern => {
                let (near, far) = Memory::pair(1 << 16);
                (
                    Wire::Lines(Lines::over(far)),
                    connect(way, patience, ByteStream::new(near, &LIMITS)),
                )
            }
            Way::Stdio => {
                let path = free_path();
                let listener = UnixListener::bind(&path).expect("a socket");
                let program = std::env::current_exe().expect("tests are a program");
                let role = ["--exact", "table::role", "--nocapture", "--test-threads=1"];
                let command = Command::new(program).args(role).env(crate::table::ROLE, "relay");
                let (stream, started) = command.env(RELAY, &path).spawn().expect("it has just run");
                child = Some(started);
                let connecting = connect(way, patience, ByteStream::new(stream, &LIMITS));
                let (socket, _) = listener.accept().await.expect("the relay");
                (Wire::Lines(Lines::over(socket)), connecting)
            }
            Way::Unix => {
                let path = free_path();
                let listener = UnixListener::bind(&path).expect("a socket");
                let socket = Socket::connect_unix(&path, &Default::default()).await;
                let connecting =
                    connect(way, patience, ByteStream::new(socket.expect("a server"), &LIMITS));
                (Wire::Lines(Lines::over(listener.accept().await.expect("a client").0)), connecting)
            }
            Way::Tcp => {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                let address = listener.local_addr().expect("an address");
                let socket = TcpStream::connect(address).await.expect("a server");
                let connecting = connect(way, patience, ByteStream::new(socket, &LIMITS));
                (Wire::Lines(Lines::over(listener.accept().await.expect("a client").0)), connecting)
            }
            Way::WebSocket => {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                let url = format!("ws://{}/", listener.local_addr().expect("an address"));
                let socket = tokio::spawn(async move { websocket::connect(&url, &LIMITS).await });
                let accepted = listener.accept().await.expect("a client").0;
                let accepted = accept_hdr_async(accepted, with_subprotocol).await;
                let socket = socket.await.expect("no panic").expect("a handshake");
                let connecting = connect(way, patience, socket);
                (Wire::WebSocket(Box::new(accepted.expect("a handshake"))), connecting)
            }
            Way::PostLegacy | Way::PostModern | Way::HttpSse => {
                let stage = Stage::open().await;
                let mut options = HttpOptions::default();
                options.limits = LIMITS;
                let transport = HttpTransport::new(&stage.url, options).expect("a URL");
                (Wire::Http(Box::new(stage), None), connect(way, patience, transport))
            }
        };
        shaken(way, wire, connecting, child).await
    }

    /// The next request of that method; what comes before it is passed over. Yields its id.
    pub(crate) async fn asked(&mut self, method: &str) -> Value {
        self.request(method).await["id"].clone()
    }

    /// The same, with all that it says.
    pub(crate) async fn request(&mut self, method: &str) -> Value {
        let way = self.way;
        loop {
            let request = match &mut self.wire {
                Wire::Http(stage, stream) => {
                    let seen = stage.next().await;
                    let body = seen.body.clone();
                    if way == Way::HttpSse || body["id"].is_null() {
                        seen.status("202 Accepted").await;
                    } else {
                        seen.events().await;
                        *stream = Some(seen);
                    }
                    body
                }
                wire => heard(wire).await,
            };
            if request["method"] == method {
                return request;
            }
        }
    }

    /// Says something, as one message.
    pub(crate) async fn say(&mut self, text: &str) {
        match &mut self.wire {
            Wire::Lines(lines) => lines.write(format!("{text}\n").as_bytes()).await,
            Wire::WebSocket(socket) => {
                socket.send(text_frame(text.as_bytes())).await.expect("a client that reads");
            }
            Wire::Http(_, stream) => {
                let stream = stream.as_ref().expect("a stream");
                stream.bytes(format!("data: {text}\n\n")).await;
            }
        }
    }

    /// Writes bytes into an event stream.
    pub(crate) async fn write(&self, bytes: &[u8]) {
        let Wire::Http(_, Some(stream)) = &self.wire else { panic!("there is no event stream") };
        stream.bytes(bytes).await;
    }

    /// Answers a call well, as the last thing on its stream.
    pub(crate) async fn answer(&mut self, id: &Value) {
        self.say(&well(id).to_string()).await;
        self.finish();
    }

    /// Nothing more is said to the request.
    pub(crate) fn finish(&mut self) {
        if let (Wire::Http(_, stream), true) = (&mut self.wire, self.way != Way::HttpSse) {
            *stream = None;
        }
    }

    /// Makes a good call.
    pub(crate) async fn good(&mut self) {
        let call = self.calling();
        let id = self.asked("tools/call").await;
        self.answer(&id).await;
        assert_eq!(call.await.expect("no panic").expect("an answer"), "well", "{:?}", self.way);
    }

    /// Calls a tool in the background.
    pub(crate) fn calling(&self) -> JoinHandle<Result<String, Error>> {
        let client = self.client.clone();
        tokio::spawn(async move {
            let result = client.call_tool("echo", &json!({"text": "x"})).await?;
            Ok(result.text())
        })
    }
}

/// The answer to a call.
pub(crate) fn well(id: &Value) -> Value {
    let result = json!({"resultType": "complete", "content": [{"type": "text", "text": "well"}]});
    reply(&json!({ "id": id }), result)
}

fn connect(way: Way, patience: Duration, transport: impl Transport) -> Connecting {
    let version = Version::ALL.into_iter().find(|version| version.name() == way.version());
    let client = Client::builder("test", "1.0").versions(version).timeout(patience);
    let client = client.configure(|config| config.limits = LIMITS);
    tokio::spawn(client.connect(transport))
}

/// Plays the handshake.
async fn shaken(way: Way, mut wire: Wire, connecting: Connecting, child: Option<Child>) -> Played {
    let version = Version::ALL.into_iter().find(|version| version.name() == way.version());
    let version = version.expect("a revision");
    if let Wire::Http(stage, stream) = &mut wire {
        match way {
            Way::PostModern => stage.modern().await,
            Way::PostLegacy => stage.legacy_without_stream(version, Some("s1")).await,
            _ => *stream = Some(old_stream(stage).await),
        }
    } else if way.is_modern() {
        let hello = heard(&mut wire).await;
        let result = json!({"resultType": "complete", "supportedVersions": ["2026-07-28"],
            "capabilities": {"tools": {}}, "ttlMs": 0, "cacheScope": "private"});
        tell(&mut wire, &reply(&hello, result)).await;
    } else {
        let hello = heard(&mut wire).await;
        tell(&mut wire, &reply(&hello, initialized(version))).await;
        assert_eq!(heard(&mut wire).await["method"], "notifications/initialized");
    }
    let client = connecting.await.expect("no panic").expect("a handshake");
    Played { client, way, wire, _child: child }
}

async fn old_stream(stage: &mut Stage) -> Seen {
    stage.call("initialize").await.status("405 Method Not Allowed").await;
    let stream = stage.next().await;
    stream.events().await;
    stream.bytes("event: endpoint\ndata: /messages?session=1\n\n").await;
    let hello = stage.call("initialize").await;
    hello.status("202 Accepted").await;
    stream.event(&reply(&hello.body, initialized(Version::V2024_11_05))).await;
    stage.call("notifications/initialized").await.status("202 Accepted").await;
    stream
}

async fn heard(wire: &mut Wire) -> Value {
    let text = match wire {
        Wire::Lines(lines) => lines.line().await.expect("a client"),
        Wire::WebSocket(socket) => {
            let message = socket.next().await.expect("a client").expect("a message");
            message.into_text().expect("text").as_str().to_owned()
        }
        Wire::Http(..) => panic!("requests come by themselves over HTTP"),
    };
    serde_json::from_str(&text).expect("JSON")
}

async fn tell(wire: &mut Wire, message: &Value) {
    match wire {
        Wire::Lines(lines) => lines.write(format!("{message}\n").as_bytes()).await,
        Wire::WebSocket(socket) => {
            socket.send(text_frame(message.to_string().as_bytes())).await.expect("a client");
        }
        Wire::Http(..) => panic!("answers have requests over HTTP"),
    }
}

#[expect(clippy::result_large_err, reason = "the library wants the response by value")]
fn with_subprotocol(
    _: &tokio_tungstenite::tungstenite::handshake::server::Request,
    mut response: tokio_tungstenite::tungstenite::handshake::server::Response,
) -> Result<
    tokio_tungstenite::tungstenite::handshake::server::Response,
    tokio_tungstenite::tungstenite::handshake::server::ErrorResponse,
> {
    let subprotocol = http::HeaderValue::from_static("mcp");
    response.headers_mut().insert("sec-websocket-protocol", subprotocol);
    Ok(response)
}

/// Passes on what comes at standard input, and brings what comes back.
pub(crate) fn relay() {
    use std::io::{copy, stdin, stdout};
    println!();
    let path = std::env::var_os(RELAY).expect("a path");
    let socket = std::os::unix::net::UnixStream::connect(path).expect("a listener");
    let mut back = socket.try_clone().expect("it is open");
    std::thread::spawn(move || copy(&mut stdin(), &mut &socket));
    // It is over when the other side says so.
    let _ = copy(&mut back, &mut stdout());
}

const RELAY: &str = "MCP_ENGINE_RELAY";
