//! Standard input and output of a child as descriptors, for an event loop other than tokio's.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use super::shared::{Order, Shared};
use crate::transport::pipes::PipeShare;

/// Standard input and output of a [`Child`](super::Child) as non-blocking descriptors.
///
/// Dropping it ends the program, as [`Child::shutdown`](super::Child::shutdown) does.
#[derive(Debug)]
pub struct ChildPipes {
    input: Option<OwnedFd>,
    output: OwnedFd,
    shared: Arc<Shared>,
    _shares: [Option<PipeShare>; 2],
}

impl ChildPipes {
    pub(super) fn new(
        input: OwnedFd,
        output: OwnedFd,
        shared: Arc<Shared>,
        shares: [Option<PipeShare>; 2],
    ) -> Self {
        Self { input: Some(input), output, shared, _shares: shares }
    }

    /// The standard input of the program, to be written to, until it is closed.
    pub fn input(&self) -> Option<BorrowedFd<'_>> {
        self.input.as_ref().map(AsFd::as_fd)
    }

    /// The standard output of the program, to be read from.
    pub fn output(&self) -> BorrowedFd<'_> {
        self.output.as_fd()
    }

    /// Closes the standard input of the program, which tells it to end.
    pub fn close_input(&mut self) {
        self.input = None;
    }
}

impl Drop for ChildPipes {
    fn drop(&mut self) {
        self.shared.order(Order::End);
    }
}
