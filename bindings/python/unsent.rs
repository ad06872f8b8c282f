//! What waits to be written to a program: bytes go out as the program takes them, in their order.

use std::os::fd::AsFd;

use rustix::io::Errno;

/// Bytes that wait, and how far they were written. Whoever adds to them bounds them.
#[derive(Debug, Default)]
pub(crate) struct Unsent {
    pub(crate) bytes: Vec<u8>,
    /// Bytes that were written.
    written: usize,
}

impl Unsent {
    /// How many bytes wait.
    pub(crate) fn waiting(&self) -> usize {
        self.bytes.len().saturating_sub(self.written)
    }

    /// Writes as much as is taken. Whether something is left.
    pub(crate) fn write(&mut self, input: impl AsFd) -> bool {
        while let Some(rest) = self.bytes.get(self.written..).filter(|rest| !rest.is_empty()) {
            match rustix::io::write(&input, rest) {
                Ok(n) => self.written = self.written.saturating_add(n),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return true,
                // Nobody reads any more: the end of what the program writes will say so.
                Err(_) => break,
            }
        }
        self.bytes.clear();
        self.written = 0;
        false
    }
}
