//! What can be asked of a server, and of its way, whether it is open or not.

use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::ExitStatusExt as _;

use mcp_engine::transport::Child;

/// The program of a server, when it was started here, and the end of it all.
pub(crate) struct Remains {
    child: Option<Child>,
    ended: OwnedFd,
}

impl Remains {
    pub(crate) fn new(child: Option<Child>, ended: OwnedFd) -> Self {
        Self { child, ended }
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    pub(crate) fn stderr_tail(&self) -> Vec<u8> {
        self.child.as_ref().map_or_else(Vec::new, |child| child.stderr_tail().bytes)
    }

    /// How the program has ended, as `subprocess` says it; `None` while it runs, and when there is none.
    pub(crate) fn returncode(&self) -> Option<i32> {
        let status = self.child.as_ref()?.status()?;
        status.code().or_else(|| status.signal().map(|signal| signal.saturating_neg()))
    }

    /// A descriptor that can be read once nothing is left of the program or the connection.
    pub(crate) fn ended(&self) -> i32 {
        self.ended.as_raw_fd()
    }
}
