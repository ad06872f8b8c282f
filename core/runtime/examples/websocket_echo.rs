//! What the Autobahn suite talks to, as `scripts/autobahn.sh` runs it: every message comes back as it came.
//!
//! `websocket_echo server` serves at a port of its choice, which it prints; `websocket_echo client URL` plays every case of a server
//! that asks for it. Both stand on the handshakes, frames and bounds of `mcp_engine_runtime::websocket`.

use std::error::Error;

use futures_util::{SinkExt, StreamExt};
use mcp_engine_proto::Limits;
use mcp_engine_runtime::websocket::frames;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["server"] => serve().await,
        ["client", url] => play(url).await,
        _ => Err("usage: websocket_echo server | client URL".into()),
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("ws://{}", listener.local_addr()?);
    loop {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(async move {
            if let Ok(socket) = frames::accept(socket, &Limits::default()).await {
                echo(socket).await;
            }
        });
    }
}

async fn play(url: &str) -> Result<(), Box<dyn Error>> {
    let count = connect(url, "getCaseCount").await?.next().await.ok_or("no count")??;
    let count: u32 = count.to_text()?.parse()?;
    for case in 1..=count {
        echo(connect(url, &format!("runCase?case={case}&agent={AGENT}")).await?).await;
    }
    echo(connect(url, &format!("updateReports?agent={AGENT}")).await?).await;
    Ok(())
}

async fn connect(url: &str, what: &str) -> Result<WebSocketStream<TcpStream>, Box<dyn Error>> {
    let socket = TcpStream::connect(url.trim_start_matches("ws://")).await?;
    socket.set_nodelay(true)?;
    let request = format!("{url}/{what}").into_client_request()?;
    Ok(frames::connect(socket, request, &Limits::default()).await?)
}

/// Gives back every message until the other side, or what it does wrong, ends the conversation.
async fn echo(mut socket: WebSocketStream<TcpStream>) {
    while let Some(Ok(message)) = socket.next().await {
        let is_message = message.is_text() || message.is_binary();
        if is_message && socket.send(message).await.is_err() {
            return;
        }
    }
}

const AGENT: &str = "mcp-engine";
