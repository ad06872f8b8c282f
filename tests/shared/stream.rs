//! Streams that arrive in pieces, and what a decoder makes of them.

use mcp_engine::{Decoder, Error, Message, MsgIndex, Refusal};

/// What came out of one poll.
pub(crate) type Verdict = Result<Message, Refusal>;

/// What came out of one poll, in a form that can be compared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Message(String, MsgIndex),
    Refusal(Error, Option<(String, MsgIndex)>),
}

impl From<&Verdict> for Outcome {
    fn from(verdict: &Verdict) -> Self {
        let parts = |message: &Message| (message.as_str().to_owned(), *message.index());
        match verdict {
            Ok(message) => Self::Message(message.as_str().to_owned(), *message.index()),
            Err(refusal) => Self::Refusal(refusal.error(), refusal.message().map(parts)),
        }
    }
}

/// Reads the pieces one after the other as a driver would: into the spare room, polling everything behind
/// each read.
pub(crate) fn read<'a>(
    decoder: &mut Decoder,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for mut rest in pieces {
        while !rest.is_empty() {
            let spare = decoder.spare().expect("everything was polled before");
            let n = spare.len().min(rest.len());
            spare[..n].copy_from_slice(&rest[..n]);
            decoder.commit(n).expect("within the spare room");
            rest = &rest[n..];
            verdicts.extend(std::iter::from_fn(|| decoder.poll()));
        }
    }
    verdicts
}
