//! A client that writes what it wants.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection of a client.
pub(crate) struct Caller {
    stream: TcpStream,
    read: Vec<u8>,
}

/// The head of a response, and its body where it has a length.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Heard {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1);
        let mut fields = lines.filter_map(|line| line.split_once(": "));
        fields.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn is_events(&self) -> bool {
        self.header("content-type") == Some("text/event-stream")
    }
}

impl Caller {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a server");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, read: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.expect("a server that reads");
    }

    /// Sends as much as the server takes.
    pub(crate) async fn try_send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Sends a POST with these headers beside the usual ones, and hears the response.
    pub(crate) async fn post(&mut self, headers: &str, body: &str) -> Heard {
        self.send(&post(headers, body)).await;
        self.hear().await
    }

    /// Says that nothing more is sent.
    pub(crate) async fn end(&mut self) {
        // The server may have closed its side already.
        let _ = self.stream.shutdown().await;
    }

    /// Asks for a tool in the modern era.
    pub(crate) async fn call(&mut self, name: &str, text: &str) -> Heard {
        self.send(&call(name, text)).await;
        self.hear().await
    }

    pub(crate) async fn hear(&mut self) -> Heard {
        self.hear_or_end().await.expect("a response")
    }

    /// The next response; `None` when the server has closed the connection.
    pub(crate) async fn hear_or_end(&mut self) -> Option<Heard> {
        let mut heard = self.hear_head().await?;
        if let Some(length) = heard.header("content-length") {
            let length = length.parse().expect("a length");
            while self.read.len() < length {
                assert!(self.more().await, "the body is whole");
            }
            heard.body = String::from_utf8(self.take(length)).expect("text");
        }
        Some(heard)
    }

    /// The next response, which has no body.
    pub(crate) async fn hear_head(&mut self) -> Option<Heard> {
        let end = loop {
            if let Some(at) = find(&self.read, b"\r\n\r\n") {
                break at + 4;
            }
            if !self.more().await {
                return None;
            }
        };
        let head = String::from_utf8(self.take(end)).expect("text");
        let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
        Some(Heard { status, head, body: String::new() })
    }

    /// The next event of a stream; `None` at its end.
    pub(crate) async fn event(&mut self) -> Option<String> {
        let mut event = String::new();
        loop {
            let chunk = self.chunk().await?;
            event.push_str(&chunk);
            if let Some(at) = event.find("\n\n") {
                let rest = event.split_off(at + 2);
                if !rest.is_empty() {
                    let rest = format!("{:x}\r\n{rest}\r\n", rest.len());
                    self.read.splice(..0, rest.into_bytes());
                }
                return Some(event);
            }
        }
    }

    /// All events up to the end.
    pub(crate) async fn events(&mut self) -> Vec<String> {
        let mut events = Vec::new();
        while let Some(event) = self.event().await {
            events.push(event);
        }
        events
    }

    async fn chunk(&mut self) -> Option<String> {
        let end = loop {
            if let Some(at) = find(&self.read, b"\r\n") {
                break at;
            }
            if !self.more().await {
                return None;
            }
        };
        let line = String::from_utf8(self.take(end + 2)).expect("text");
        let length = usize::from_str_radix(line.trim(), 16).expect("a length");
        while self.read.len() < length + 2 {
            if !self.more().await {
                return None;
            }
        }
        let chunk = String::from_utf8(self.take(length)).expect("text");
        self.take(2);
        (length > 0).then_some(chunk)
    }

    /// Whether the server closes the connection without another word.
    pub(crate) async fn is_closed(&mut self) -> bool {
        self.read.is_empty() && !self.more().await
    }

    async fn more(&mut self) -> bool {
        matches!(self.stream.read_buf(&mut self.read).await, Ok(read) if read > 0)
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        self.read.drain(..length).collect()
    }
}

/// A POST with these headers beside the usual ones.
pub(crate) fn post(headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
}

/// A call of a tool in the modern era.
pub(crate) fn call(name: &str, text: &str) -> String {
    let headers = format!(
        "mcp-protocol-version: 2026-07-28\r\nmcp-method: tools/call\r\nmcp-name: {name}\r\n"
    );
    post(
        &headers,
        &modern("tools/call", &format!(r#""name":"{name}","arguments":{{"text":"{text}"}}"#)),
    )
}

/// A request of the modern era.
pub(crate) fn modern(method: &str, params: &str) -> String {
    let comma = if params.is_empty() { "" } else { "," };
    format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"{method}","params":{{{params}{comma}"_meta":{{"progressToken":"t","io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{{}},"io.modelcontextprotocol/logLevel":"debug"}}}}}}"#
    )
}

/// The headers of a request of the modern era.
pub(crate) fn modern_headers(method: &str) -> String {
    format!("mcp-protocol-version: 2026-07-28\r\nmcp-method: {method}\r\n")
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
