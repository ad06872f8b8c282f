//! What the scanner found in one frame, before it becomes messages.

use super::index::{Flags, MsgIndex};
use crate::error::MessageRule;
use crate::json::Padded;

/// The findings about one frame. Kept from frame to frame, so that in the long run it allocates
/// nothing.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) shape: Shape,
    /// The index of the message, or of none that is a batch.
    pub(crate) index: MsgIndex,
    /// Where the message begins, from the start of the frame.
    pub(crate) origin: u32,
    /// The messages of a batch.
    pub(crate) batch: Vec<Element>,
}

/// What a frame holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    /// White space.
    #[default]
    Blank,
    /// One message.
    Message,
    /// An array of messages (MCP 2025-03-26).
    Batch,
}

/// One message of a batch.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) index: MsgIndex,
    /// Where the message begins, from the start of the frame.
    pub(crate) origin: u32,
    /// The first fault of the message.
    pub(crate) note: Option<(MessageRule, u32)>,
}

impl Found {
    /// Marks the messages that do hold a character above U+007F.
    pub(crate) fn mark_non_ascii(&mut self, text: Padded<'_>) {
        let single = (self.shape == Shape::Message).then_some((self.origin, &mut self.index));
        let batch = self.batch.iter_mut().map(|element| (element.origin, &mut element.index));
        for (origin, index) in single.into_iter().chain(batch) {
            let message = text.slice(origin, origin.saturating_add(index.len));
            index.flags |= if message.is_ascii() { 0 } else { Flags::NON_ASCII };
        }
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        self.index = MsgIndex::default();
        self.batch.clear();
    }
}
