//! The handle of a child.

use std::process::ExitStatus;
use std::sync::Arc;

use tokio::sync::watch;

use super::StderrTail;
use super::keeper::Exit;
use super::shared::{Order, Shared};
use crate::transport::error::{Error, Kind};
use crate::transport::limits::TransportCounters;

/// A program that was started by a [`Command`](super::Command).
///
/// Dropping it changes nothing: the program ends with its stream. When the runtime ends, the program and its group are killed; when we are
/// killed ourselves, its input is closed by the system, and it is up to the program to end.
///
/// ```
/// use mcp_engine_runtime::transport::Command;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let (_stream, child) = Command::new("sh").args(["-c", "echo no config >&2; exit 3"]).spawn()?;
/// let status = child.wait().await?;
/// assert_eq!(status.code(), Some(3));
/// assert_eq!(child.stderr_tail().bytes, b"no config\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Child {
    id: u32,
    shared: Arc<Shared>,
    exit: watch::Receiver<Option<Exit>>,
}

impl Child {
    pub(super) fn new(id: u32, shared: Arc<Shared>, exit: watch::Receiver<Option<Exit>>) -> Self {
        Self { id, shared, exit }
    }

    /// The number of the process and of its group. After it has ended, it may be that of somebody else.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// How it has ended, if it has.
    pub fn status(&self) -> Option<ExitStatus> {
        self.exit.borrow().and_then(Result::ok)
    }

    /// Waits until the program has ended and nothing is left of its group. By then all that it wrote to its standard error was seen.
    ///
    /// # Errors
    ///
    /// When somebody else has reaped the process, or the runtime it was started on has ended.
    pub async fn wait(&self) -> Result<ExitStatus, Error> {
        let mut exit = self.exit.clone();
        let exit = exit.wait_for(Option::is_some).await.map_err(|_| Kind::Closed)?;
        match *exit {
            Some(Ok(status)) => Ok(status),
            Some(Err(error)) => Err(Error::with(Kind::NoStatus, error)),
            None => Err(Kind::Closed.into()),
        }
    }

    /// As [`wait`](Self::wait), without the handle: comes to its end when the program has, or the runtime it was started on.
    pub fn watch(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut exit = self.exit.clone();
        async move {
            // Either way nothing is left of it.
            let _ = exit.wait_for(Option::is_some).await;
        }
    }

    /// Ends the program and waits for that: closes its input, then, as far as it takes longer than the limits allow, sends SIGTERM, then
    /// SIGKILL, to its group. Dropping the future does not take the order back.
    ///
    /// # Errors
    ///
    /// Those of [`wait`](Self::wait).
    pub async fn shutdown(&self) -> Result<ExitStatus, Error> {
        self.shared.order(Order::End);
        self.wait().await
    }

    /// Kills the program and its group at once and waits for its end. Dropping the future does not take the order back.
    ///
    /// # Errors
    ///
    /// Those of [`wait`](Self::wait).
    pub async fn kill(&self) -> Result<ExitStatus, Error> {
        self.shared.order(Order::Kill);
        self.wait().await
    }

    /// The last that it wrote to its standard error.
    pub fn stderr_tail(&self) -> StderrTail {
        self.shared.tail().so_far()
    }

    /// How often limits have refused something.
    pub fn counters(&self) -> TransportCounters {
        self.shared.tally.counters()
    }
}
