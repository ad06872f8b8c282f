//! Somebody who says to a server what no client would, on any way, and hears all that comes of it.

use futures_util::{SinkExt, StreamExt};
use mcp_engine_runtime::transport::{Bind, ByteStream, Child, Command, Memory};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::caller::Caller;
use crate::way::{LIMITS, Way, listen_http, listen_unix, listen_websocket, serve_lines, server};

/// A conversation that was opened as it should be.
pub(crate) struct Talk {
    way: Way,
    wire: Wire,
    calls: u32,
    pieces: Pieces,
    _child: Option<Child>,
}

/// How a request of HTTP is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pieces {
    One,
    Bytes,
}

enum Wire {
    Lines(Lines),
    WebSocket(Box<WebSocketStream<TcpStream>>),
    Post { caller: Caller, address: std::net::SocketAddr, session: String },
    HttpSse { stream: Caller, caller: Caller, address: std::net::SocketAddr, path: String },
}

/// What came of something.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Every message that came before the answer to the good call behind it.
    pub(crate) messages: Vec<String>,
    /// The status of the response, over HTTP.
    pub(crate) status: Option<u16>,
}

impl Talk {
    pub(crate) async fn open(way: Way) -> Self {
        let mut talk = Self::connect(way).await;
        if !way.is_modern() {
            talk.initialize().await;
        }
        talk
    }

    /// The same without a handshake.
    pub(crate) async fn connect(way: Way) -> Self {
        let mut child = None;
        let wire = match way {
            Way::Stdio => {
                let program = std::env::current_exe().expect("tests are a program");
                let role = ["--exact", "table::role", "--nocapture", "--test-threads=1"];
                let command = Command::new(program).args(role).env(crate::table::ROLE, "serve");
                let (stream, started) = command.spawn().expect("it has just run");
                child = Some(started);
                Wire::Lines(Lines::over(stream))
            }
            Way::Memory | Way::Modern => {
                let (near, far) = Memory::pair(1 << 16);
                tokio::spawn(async move { server().serve(ByteStream::new(far, &LIMITS)).await });
                Wire::Lines(Lines::over(near))
            }
            Way::Unix => {
                let path = listen_unix();
                Wire::Lines(Lines::over(UnixStream::connect(path).await.expect("a server")))
            }
            Way::Tcp => {
                let any = "127.0.0.1:0".parse().expect("an address");
                let listener = Bind::tcp(any).listen().expect("a port");
                let address = listener.local_address().expect("an address");
                serve_lines(listener);
                Wire::Lines(Lines::over(TcpStream::connect(address).await.expect("a server")))
            }
            Way::WebSocket => {
                let address = listen_websocket().await;
                let socket = TcpStream::connect(address).await.expect("a server");
                let opened = client_async(format!("ws://{address}/"), socket).await;
                Wire::WebSocket(Box::new(opened.expect("a handshake").0))
            }
            Way::PostLegacy | Way::PostModern => {
                let address = listen_http().await;
                let caller = Caller::connect(address).await;
                Wire::Post { caller, address, session: String::new() }
            }
            Way::HttpSse => {
                let address = listen_http().await;
                let mut stream = Caller::connect(address).await;
                let get =
                    "GET /sse HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n";
                stream.send(get).await;
                assert_eq!(stream.hear().await.status, 200);
                let endpoint = stream.event().await.expect("an endpoint");
                let path = endpoint.lines().find_map(|line| line.strip_prefix("data: "));
                let path = path.expect("a path").to_owned();
                Wire::HttpSse { stream, caller: Caller::connect(address).await, address, path }
            }
        };
        Self { way, wire, calls: 0, pieces: Pieces::One, _child: child }
    }

    async fn initialize(&mut self) {
        let hello = initialize(self.way.version());
        let (messages, head) = self.say_and_hear_one(hello.as_bytes()).await;
        assert!(messages.contains(r#""result":"#), "{messages}");
        if let Wire::Post { session, .. } = &mut self.wire {
            let id = head.expect("a head").header("mcp-session-id").expect("an id").to_owned();
            let version = self.way.version();
            *session = format!("mcp-session-id: {id}\r\nmcp-protocol-version: {version}\r\n");
        }
        let ready = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
        self.say(ready.as_bytes(), "").await;
    }

    /// Says something, and hears what comes of it before a good call behind it is answered.
    pub(crate) async fn try_on(&mut self, bytes: &[u8], method: &str) -> Heard {
        let mut heard = self.say(bytes, method).await;
        heard.messages.extend(self.call().await);
        heard
    }

    /// Makes a good call, and yields what came before its answer.
    pub(crate) async fn call(&mut self) -> Vec<String> {
        self.calls += 1;
        let id = format!("\"good-{}\"", self.calls);
        let call = call(&id, self.way);
        let said = self.say(call.as_bytes(), "tools/call").await;
        let mut heard = said.messages;
        loop {
            if let Some(at) = heard.iter().position(|message| message.contains(&id)) {
                let answer = heard.remove(at);
                assert!(answer.contains(r#""text":"well""#), "{:?}: {answer}", self.way);
                return heard;
            }
            heard.push(self.hear().await.expect("the connection goes on"));
        }
    }

    /// Says something. Over HTTP it is a POST, whose response is heard.
    pub(crate) async fn say(&mut self, bytes: &[u8], method: &str) -> Heard {
        match &mut self.wire {
            Wire::Lines(lines) => {
                lines.write(&[bytes, b"\n"].concat()).await;
                Heard::default()
            }
            Wire::WebSocket(socket) => {
                // The server may have said good-bye already.
                let _ = socket.send(text_frame(bytes)).await;
                Heard::default()
            }
            Wire::Post { caller, address, session } => {
                let headers = match self.way {
                    Way::PostModern => modern_headers(method),
                    _ => session.clone(),
                };
                let request = post("/mcp", &headers, bytes);
                respond(caller, *address, &request, self.pieces).await
            }
            Wire::HttpSse { caller, address, path, .. } => {
                let request = post(path, "", bytes);
                respond(caller, *address, &request, self.pieces).await
            }
        }
    }

    /// Says something, unless the other side does not read it for a while.
    pub(crate) async fn try_say(&mut self, bytes: &[u8]) -> bool {
        timeout(A_WHILE, self.say(bytes, "")).await.is_ok()
    }

    /// Says something in another revision, which a POST says in its headers too.
    pub(crate) async fn say_as(&mut self, version: &str, bytes: &[u8]) -> Heard {
        let Wire::Post { caller, address, .. } = &mut self.wire else {
            return self.say(bytes, "tools/call").await;
        };
        let headers = modern_headers("tools/call").replace("2026-07-28", version);
        respond(caller, *address, &post("/mcp", &headers, bytes), self.pieces).await
    }

    /// The next message; `None` at the end.
    pub(crate) async fn hear(&mut self) -> Option<String> {
        match &mut self.wire {
            Wire::Lines(lines) => lines.line().await,
            Wire::WebSocket(socket) => loop {
                match socket.next().await? {
                    Ok(Message::Text(text)) => return Some(text.as_str().to_owned()),
                    Ok(Message::Close(frame)) => {
                        return frame.map(|frame| format!("close {}", u16::from(frame.code)));
                    }
                    Ok(_) => {}
                    Err(_) => return None,
                }
            },
            Wire::Post { .. } => None,
            Wire::HttpSse { stream, .. } => stream.event().await.map(|event| data(&event)),
        }
    }

    async fn say_and_hear_one(&mut self, bytes: &[u8]) -> (String, Option<crate::caller::Heard>) {
        if let Wire::Post { caller, .. } = &mut self.wire {
            caller.send(post("/mcp", "", bytes)).await;
            let heard = caller.hear().await;
            return (heard.body.clone(), Some(heard));
        }
        self.say(bytes, "initialize").await;
        (self.hear().await.expect("an answer"), None)
    }

    /// The bytes themselves, where messages are lines.
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        let Wire::Lines(lines) = &mut self.wire else { panic!("there are no lines") };
        lines.write(bytes).await;
    }

    /// Frames of one's own.
    pub(crate) async fn write_frame(&mut self, frame: Frame) {
        let Wire::WebSocket(socket) = &mut self.wire else { panic!("there are no frames") };
        socket.send(Message::Frame(frame)).await.expect("a server that reads");
    }

    /// The bytes below the frames of a WebSocket.
    pub(crate) fn below_frames(&mut self) -> &mut TcpStream {
        let Wire::WebSocket(socket) = &mut self.wire else { panic!("there are no frames") };
        socket.get_mut()
    }

    /// From now on, requests of HTTP are written byte by byte.
    pub(crate) fn come_in_pieces(&mut self) {
        self.pieces = Pieces::Bytes;
    }

    /// Sends a request of HTTP but for the end of its body, and hangs up.
    pub(crate) async fn break_off(&mut self, body: &[u8]) {
        let (caller, address, request) = match &mut self.wire {
            Wire::Post { caller, address, session } => {
                (caller, *address, post("/mcp", session, body))
            }
            Wire::HttpSse { caller, address, path, .. } => (caller, *address, post(path, "", body)),
            _ => panic!("there are no requests"),
        };
        caller.send(&request[..request.len() - 5]).await;
        *caller = Caller::connect(address).await;
    }

    /// Says that nothing more is sent, where messages are lines.
    pub(crate) async fn end(&mut self) {
        let Wire::Lines(lines) = &mut self.wire else { panic!("there are no lines") };
        lines.stream.shutdown().await.expect("it is open");
    }
}

/// What is heard of a POST. A connection that the server has closed is opened again, once.
async fn respond(
    caller: &mut Caller,
    address: std::net::SocketAddr,
    request: &[u8],
    pieces: Pieces,
) -> Heard {
    match pieces {
        Pieces::One => caller.try_send(request).await,
        Pieces::Bytes => {
            for byte in request {
                caller.send([*byte]).await;
            }
        }
    }
    let response = match caller.hear_or_end().await {
        Some(response) => response,
        None => {
            *caller = Caller::connect(address).await;
            caller.send(request).await;
            caller.hear().await
        }
    };
    let mut messages = Vec::new();
    if response.is_events() {
        for event in caller.events().await {
            messages.push(data(&event));
        }
    } else if !response.body.is_empty() {
        messages.push(response.body.clone());
    }
    messages.retain(|message| !message.is_empty());
    if response.header("connection") == Some("close") {
        *caller = Caller::connect(address).await;
    }
    Heard { messages, status: Some(response.status) }
}

/// Lines over a stream of bytes.
pub(crate) struct Lines {
    stream: Box<dyn Duplex>,
    read: Vec<u8>,
}

pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

impl Lines {
    pub(crate) fn over(stream: impl Duplex + 'static) -> Self {
        Self { stream: Box::new(stream), read: Vec::new() }
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("a server that reads");
        self.stream.flush().await.expect("a server that reads");
    }

    /// The next line that is a message; what the test program says for itself is none.
    pub(crate) async fn line(&mut self) -> Option<String> {
        loop {
            while let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                let line = String::from_utf8(line).expect("text");
                if line.starts_with(['{', '[']) {
                    return Some(line.trim_end().to_owned());
                }
            }
            if self.stream.read_buf(&mut self.read).await.ok()? == 0 {
                return None;
            }
        }
    }
}

fn data(event: &str) -> String {
    event.lines().filter_map(|line| line.strip_prefix("data: ")).collect()
}

pub(crate) fn text_frame(bytes: &[u8]) -> Message {
    Message::Frame(Frame::message(bytes.to_vec(), OpCode::Data(Data::Text), true))
}

fn post(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\ncontent-length: {length}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn modern_headers(method: &str) -> String {
    let name = if method == "tools/call" { "mcp-name: echo\r\n" } else { "" };
    format!("mcp-protocol-version: 2026-07-28\r\nmcp-method: {method}\r\n{name}")
}

pub(crate) fn initialize(version: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{{"protocolVersion":"{version}","capabilities":{{}},"clientInfo":{{"name":"c","version":"1"}}}}}}"#
    )
}

/// A call that succeeds.
pub(crate) fn call(id: &str, way: Way) -> String {
    let meta = meta(way);
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"echo","arguments":{{"text":"well"}},{meta}}}}}"#
    )
}

/// What every request says about itself.
pub(crate) fn meta(way: Way) -> &'static str {
    if way.is_modern() {
        r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#
    } else {
        r#""_meta":{}"#
    }
}

/// After so long without a byte that is taken, the other side does not read.
const A_WHILE: std::time::Duration = std::time::Duration::from_millis(300);
