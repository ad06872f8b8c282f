//! A client that writes what it wants and gives up when it wants.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Failure;

/// One connection.
pub(crate) struct Wire {
    pub(crate) stream: TcpStream,
    read: Vec<u8>,
}

/// The head of a response. A body that has a length was read, and is gone.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) session: Option<String>,
}

impl Wire {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self::over(stream))
    }

    pub(crate) fn over(stream: TcpStream) -> Self {
        Self { stream, read: Vec::new() }
    }

    pub(crate) async fn send(&mut self, text: &str) -> Result<(), Failure> {
        Ok(self.stream.write_all(text.as_bytes()).await?)
    }

    pub(crate) async fn ask(&mut self, text: &str) -> Result<Heard, Failure> {
        self.send(text).await?;
        self.hear().await
    }

    /// The next response, up to the end of its body when it has a length.
    pub(crate) async fn hear(&mut self) -> Result<Heard, Failure> {
        let (heard, length) = self.hear_head().await?;
        while self.read.len() < length {
            self.more().await?;
        }
        self.read.drain(..length);
        Ok(heard)
    }

    /// The head of the next response, and the length that it gives its body, which the answer to a HEAD has not.
    pub(crate) async fn hear_head(&mut self) -> Result<(Heard, usize), Failure> {
        let end = loop {
            if let Some(at) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            self.more().await?;
        };
        let head = String::from_utf8(self.read.drain(..end).collect())?;
        let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
        let length = header(&head, "content-length").map(str::parse::<usize>).transpose()?;
        let session = header(&head, "mcp-session-id").map(str::to_owned);
        Ok((Heard { status, session }, length.unwrap_or_default()))
    }

    /// Waits for something that is no response: a piece of a stream.
    pub(crate) async fn more(&mut self) -> Result<(), Failure> {
        match self.stream.read_buf(&mut self.read).await? {
            0 => Err("the server has closed the connection".into()),
            _ => Ok(()),
        }
    }

    /// Breaks the connection off. Ports are free at once, of which a soak needs more than there are otherwise.
    pub(crate) fn abort(self) {
        let _ = self.stream.set_zero_linger();
    }

    /// Opens a session and uses it once.
    pub(crate) async fn open_session(&mut self) -> Result<String, Failure> {
        let heard = self.ask(&post("", INITIALIZE)).await?;
        let id = heard.session.ok_or_else(|| format!("no session: {}", heard.status))?;
        expect(202, &self.ask(&post(&of_session(&id), INITIALIZED)).await?)?;
        expect(200, &self.ask(&post(&of_session(&id), ECHO)).await?)?;
        Ok(id)
    }
}

pub(crate) fn expect(status: u16, heard: &Heard) -> Result<(), Failure> {
    if heard.status == status {
        return Ok(());
    }
    Err(format!("{} instead of {status}", heard.status).into())
}

/// A POST with these headers beside the usual ones.
pub(crate) fn post(headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
}

/// A request without a body.
pub(crate) fn bare(verb: &str, headers: &str) -> String {
    format!("{verb} /mcp HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n{headers}\r\n")
}

pub(crate) fn of_session(id: &str) -> String {
    format!("mcp-session-id: {id}\r\nmcp-protocol-version: 2025-06-18\r\n")
}

pub(crate) fn call(tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments},"_meta":{{"progressToken":1}}}}}}"#
    )
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    fields.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

pub(crate) const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"soak","version":"1"}}}"#;
pub(crate) const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
pub(crate) const ECHO: &str = r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"echo","arguments":{"text":"The quick brown fox jumps over the lazy dog."}}}"#;
