//! What the connection says, as messages that can be sent.

use bytes::Bytes;
use mcp_engine_proto::connection::{Framing, Transmit, TransmitBuf};
use mcp_engine_proto::{BodyDecoder, Duplicates, Flags, Limits, Message, Pool};

use super::HttpError;
use super::lanes::Post;

/// Turns transmits into posts. Our own messages are read once more, for their headers repeat them.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) buffer: TransmitBuf,
    decoder: BodyDecoder,
}

impl Outgoing {
    pub(super) fn new(limits: &Limits, arenas: Pool) -> Self {
        // What an application gives is its own; it is for the server to judge.
        let decoder = BodyDecoder::new(limits, Duplicates::Reserved, arenas);
        Self { buffer: TransmitBuf::new(Framing::Bare), decoder }
    }

    /// What is to be sent; `None` when a transmit has no message.
    pub(super) fn take(&mut self, transmit: &Transmit) -> Option<Result<Post, HttpError>> {
        let head = self.buffer.bytes.get(transmit.head.clone()).unwrap_or_default();
        let tail = self.buffer.bytes.get(transmit.tail.clone()).unwrap_or_default();
        let parts = [head, transmit.body.as_deref().unwrap_or_default(), tail];
        if parts.iter().all(|part| part.is_empty()) {
            return None;
        }
        let read = read(&mut self.decoder, parts);
        let body = match &read {
            // A batch is not one message.
            Ok(message) if message.index().flags & Flags::BATCH != 0 => Bytes::from(parts.concat()),
            Ok(message) => message.bytes().clone(),
            Err(_) => Bytes::new(),
        };
        self.buffer.clear();
        if self.buffer.bytes.capacity() > KEPT {
            self.buffer = TransmitBuf::new(Framing::Bare);
        }
        Some(read.map(|message| Post { stream: transmit.stream, body, message }))
    }
}

/// The message, or the first one of a batch.
fn read(decoder: &mut BodyDecoder, parts: [&[u8]; 3]) -> Result<Message, HttpError> {
    for part in parts {
        decoder.feed(part)?;
    }
    decoder.end();
    let mut read = std::iter::from_fn(|| decoder.poll());
    let first = read.next().map(|verdict| verdict.map_err(|refusal| refusal.error()));
    read.for_each(drop);
    match first {
        Some(read) => Ok(read?),
        None => Err(HttpError::Url),
    }
}

/// The largest buffer that is kept for the next message.
const KEPT: usize = 1 << 20;
