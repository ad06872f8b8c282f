//! `rmcp`, the Rust SDK: whole typed messages, the exact result type, and the serialiser of a tool
//! result.
//!
//! A line becomes the message type of its receiver, as rmcp's own transports do it: what a client
//! sends is a `ClientJsonRpcMessage`, what a server sends a `ServerJsonRpcMessage`.

use rmcp::model::{
    CallToolResult, ClientJsonRpcMessage, ContentBlock, JsonRpcMessage, JsonRpcResponse, RequestId,
    ServerJsonRpcMessage, ServerResult,
};

use super::wire::tool_checksum;
use crate::contender::Contender;
use crate::corpus::Side;
use crate::stream::{Message, Stream};

pub(crate) const RMCP: &str = "rmcp typed message";

pub(super) fn message(stream: &Stream) -> Contender<'_> {
    Contender::each(RMCP, stream, |message| match message.side {
        Side::Client => touch(&from_client(message)),
        Side::Server => touch(&from_server(message)),
    })
}

pub(super) fn exact_result(stream: &Stream) -> Contender<'_> {
    Contender::each("rmcp JsonRpcResponse<CallToolResult>", stream, |message| {
        let reply: JsonRpcResponse<CallToolResult> =
            serde_json::from_slice(message.line).expect("rmcp reads tool results");
        fold(&reply)
    })
}

pub(super) fn write_text(out: &mut Vec<u8>, id: u32, text: &str) {
    let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
    // Left out so that every writer puts the same bytes on the wire.
    (result.result_type, result.is_error) = (None, None);
    let reply = ServerJsonRpcMessage::response(
        ServerResult::CallToolResult(result),
        RequestId::Number(id.into()),
    );
    serde_json::to_writer(&mut *out, &reply).expect("a Vec takes every write");
    out.push(b'\n');
}

pub(super) fn from_client(message: Message<'_>) -> ClientJsonRpcMessage {
    serde_json::from_slice(message.line).expect("rmcp reads client messages")
}

pub(super) fn from_server(message: Message<'_>) -> ServerJsonRpcMessage {
    serde_json::from_slice(message.line).expect("rmcp reads server messages")
}

fn touch<Request, Result, Notification>(
    message: &JsonRpcMessage<Request, Result, Notification>,
) -> u64 {
    match std::hint::black_box(message) {
        JsonRpcMessage::Request(request) => number(&request.id),
        JsonRpcMessage::Response(response) => number(&response.id),
        JsonRpcMessage::Notification(_) => 1,
        JsonRpcMessage::Error(error) => error.id.as_ref().map_or(2, number),
    }
}

fn fold(reply: &JsonRpcResponse<CallToolResult>) -> u64 {
    let bytes = reply.result.content.iter().map(|block| match block {
        ContentBlock::Text(text) => text.text.len(),
        ContentBlock::Image(image) => image.data.len() + image.mime_type.len(),
        _ => 0,
    });
    tool_checksum(reply.result.content.len(), bytes.sum(), reply.result.is_error == Some(true))
        + (number(&reply.id) & 1)
}

fn number(id: &RequestId) -> u64 {
    match id {
        RequestId::Number(number) => number.unsigned_abs(),
        RequestId::String(text) => text.len() as u64,
    }
}
