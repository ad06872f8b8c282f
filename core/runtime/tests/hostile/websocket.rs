//! Rows 4, 9, 83 and 84: frames that are none, and messages without an end.

use bytes::Bytes;
use mcp_engine_runtime::websocket::{self, WebSocketError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::talk::{Talk, call};
use crate::way::{LIMITS, Way};

/// A text frame as a client writes it, under a mask of nothing.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    assert!(payload.len() < 65_536);
    let length = u16::try_from(payload.len()).expect("it is short").to_be_bytes();
    [&[first, 0x80 | 126], &length[..], &[0; 4], payload].concat()
}

async fn open() -> Talk {
    Talk::open(Way::WebSocket).await
}

/// Sends bytes in place of a frame, and hears with which code that ends the conversation; another one goes on.
async fn ends_with(code: u16, bytes: &[u8]) {
    let mut talk = open().await;
    talk.below_frames().write_all(bytes).await.expect("a server that reads");
    let last = talk.hear().await;
    assert_eq!(last, Some(format!("close {code}")), "{:02x?}", &bytes[..bytes.len().min(8)]);
    assert!(open().await.call().await.is_empty());
}

#[tokio::test]
async fn row_04_frames_may_come_byte_by_byte() {
    let mut talk = open().await;
    for byte in frame(0x81, call("5", Way::WebSocket).as_bytes()) {
        talk.below_frames().write_all(&[byte]).await.expect("a server that reads");
    }
    assert!(talk.hear().await.expect("an answer").contains("\"id\":5"));
    assert!(talk.call().await.is_empty());
}

#[tokio::test]
async fn row_09_half_a_message_harms_nobody() {
    let mut talk = open().await;
    let whole = frame(0x81, call("5", Way::WebSocket).as_bytes());
    talk.below_frames().write_all(&whole[..whole.len() / 2]).await.expect("a server that reads");
    talk.below_frames().shutdown().await.expect("it is open");
    assert_eq!(talk.hear().await, None);
    assert!(open().await.call().await.is_empty());
}

#[tokio::test]
async fn row_83_frames_that_are_none_end_the_conversation_with_1002() {
    // Without a mask.
    ends_with(1002, b"\x81\x02{}").await;
    // Reserved bits, of an extension that was not agreed on.
    for bits in [0x40, 0x20, 0x10] {
        ends_with(1002, &frame(0x81 | bits, b"{}")).await;
    }
    // Codes that mean nothing, for messages and for control.
    for code in [3, 7, 0xb, 0xf] {
        ends_with(1002, &frame(0x80 | code, b"")).await;
    }
    // Control that comes in fragments, or is too long.
    ends_with(1002, &frame(0x09, b"")).await;
    ends_with(1002, &frame(0x89, &[0; 126])).await;
    // The rest of nothing, and a beginning within a message.
    ends_with(1002, &frame(0x80, b"{}")).await;
    ends_with(1002, &[frame(0x01, b"{"), frame(0x81, b"}")].concat()).await;
}

#[tokio::test]
async fn row_84_text_that_is_none_ends_the_conversation_with_1007() {
    ends_with(1007, &frame(0x81, b"\"\xff\"")).await;
    ends_with(1007, &[frame(0x01, b"\"\xe2\x82"), frame(0x80, b"\"")].concat()).await;
}

#[tokio::test]
async fn row_84_a_character_may_be_cut_by_a_fragment() {
    let mut talk = open().await;
    let text = call("\"é\"", Way::WebSocket);
    let cut = text.find('é').expect("it is there") + 1;
    for (part, code, is_last) in [
        (&text.as_bytes()[..cut], Data::Text, false),
        (&text.as_bytes()[cut..], Data::Continue, true),
    ] {
        let part = Bytes::copy_from_slice(part);
        talk.write_frame(Frame::message(part, OpCode::Data(code), is_last)).await;
    }
    assert!(talk.hear().await.expect("an answer").contains("\"id\":\"é\""));
}

#[tokio::test]
async fn row_84_a_message_above_the_limit_ends_the_conversation_with_1009() {
    // The length that is claimed is enough, be it of one frame or of several.
    ends_with(1009, b"\x81\xff\0\0\0\0\x40\0\0\0\0\0\0\0").await;
    let half = vec![b' '; LIMITS.message_bytes as usize / 2 + 1];
    ends_with(1009, &[frame(0x01, &half), frame(0x00, &half)].concat()).await;
}

#[tokio::test]
async fn row_84_fragments_of_nothing_hold_nothing() {
    let mut talk = open().await;
    let text = call("5", Way::WebSocket);
    let (nothing, end) = (frame(0x00, b""), frame(0x80, text.as_bytes()));
    let flood = [frame(0x01, b""), nothing.repeat(100_000), end].concat();
    talk.below_frames().write_all(&flood).await.expect("a server that reads");
    assert!(talk.hear().await.expect("an answer").contains("\"id\":5"));
    assert!(talk.call().await.is_empty());
}

#[tokio::test]
async fn row_84_a_flood_of_pings_is_answered_and_held_up_by_nothing() {
    let mut talk = open().await;
    for _ in 0..1_000 {
        talk.write_frame(Frame::ping(vec![7; 125])).await;
    }
    assert!(talk.call().await.is_empty());
}

#[tokio::test]
async fn row_95_a_handshake_follows_no_redirection() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("ws://{}/", listener.local_addr().expect("an address"));
    let location = format!("ws://{}/", elsewhere.local_addr().expect("an address"));
    let connecting = tokio::spawn(async move { websocket::connect(&url, &LIMITS).await });
    let (mut socket, _) = listener.accept().await.expect("a client");
    let mut head = vec![0; 4 << 10];
    assert!(socket.read(&mut head).await.expect("a request") > 0);
    let moved = format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {location}\r\n\r\n");
    socket.write_all(moved.as_bytes()).await.expect("a client that reads");
    let error = connecting.await.expect("no panic").expect_err("no WebSocket");
    assert!(matches!(error, WebSocketError::Handshake(_)), "{error}");
    tokio::select! {
        biased;
        _ = elsewhere.accept() => panic!("it was followed"),
        () = tokio::task::yield_now() => {}
    }
}
