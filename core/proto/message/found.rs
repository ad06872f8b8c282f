//! What the scanner found in one frame, before it becomes messages.

use super::index::MsgIndex;
use crate::error::MessageRule;

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
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.index = MsgIndex::default();
        self.batch.clear();
    }
}
