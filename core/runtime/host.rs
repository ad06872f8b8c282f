//! Where the work of handlers runs that is not done at once: on the workers, each connection with a share of its own.

use std::sync::{Arc, Mutex};

use mcp_engine_executor::{KeyConfig, KeyId, Limits, Task, TaskId};

use crate::answer::{Answer, Care, INTERNAL_ERROR};
use crate::error::Error;
use crate::workers::{Once, Workers, WorkersConfig, lock};

/// Workers, and the keys of connections that are gone, for those that come.
#[derive(Debug)]
pub(crate) struct Host {
    workers: Workers,
    idle: Mutex<Vec<KeyId>>,
    /// Keys that nobody has any more, and something may still run under.
    closing: Mutex<Vec<KeyId>>,
}

/// A key of its own. When it is dropped, it is closed as soon as nothing runs under it any more.
#[derive(Debug)]
pub(crate) struct OpenKey {
    host: Arc<Host>,
    key: KeyId,
}

/// The share of a connection. It ends with the connection, and goes to the next one.
#[derive(Debug)]
pub(crate) struct Seat {
    host: Arc<Host>,
    key: KeyId,
}

/// What counts as having done some work.
#[derive(Clone, Debug)]
pub(crate) enum Share {
    /// The seat that the request came by.
    Own,
    /// A key of the same workers.
    Key(Arc<OpenKey>),
    /// Another seat, perhaps of other workers.
    Seat(Arc<Seat>),
}

/// Work that is still being done, to be called off.
#[derive(Debug)]
pub(crate) struct Running {
    host: Arc<Host>,
    task: TaskId,
}

impl Host {
    /// On the runtime of whoever calls this.
    pub(crate) fn new() -> Result<Arc<Self>, Error> {
        Self::within(Limits { tasks: TASKS, ..Limits::default() })
    }

    /// The same within these limits.
    pub(crate) fn within(limits: Limits) -> Result<Arc<Self>, Error> {
        Ok(Self::on(Workers::new(WorkersConfig { limits, ..WorkersConfig::default() })?))
    }

    pub(crate) fn on(workers: Workers) -> Arc<Self> {
        Arc::new(Self { workers, idle: Mutex::default(), closing: Mutex::default() })
    }

    /// Opens a key.
    pub(crate) fn open(self: &Arc<Self>, config: &KeyConfig<'_>) -> Result<OpenKey, Error> {
        self.close_idle();
        let key = self.workers.open_key(config)?;
        Ok(OpenKey { host: Arc::clone(self), key })
    }

    /// Closes keys that nobody has any more, as far as nothing runs under them.
    fn close_idle(&self) {
        lock(&self.closing).retain(|key| !self.workers.close_key(*key));
    }

    /// A share for a connection.
    pub(crate) fn seat(self: &Arc<Self>) -> Result<Seat, Error> {
        let idle = lock(&self.idle).pop();
        let key = match idle {
            Some(key) => key,
            None => self.workers.open_key(&KeyConfig::default())?,
        };
        Ok(Seat { host: Arc::clone(self), key })
    }
}

impl Seat {
    /// Does what a handler has left to be done, and hands over the answer in the end. Whatever happens, there is one.
    ///
    /// # Errors
    ///
    /// The workers have refused it, and nothing will be handed over.
    pub(crate) fn serve(
        &self,
        care: Care,
        hand_over: impl FnOnce(Answer<'static>) + Send + 'static,
    ) -> Result<Option<Running>, Error> {
        let (share, work) = match care {
            Care::Answered => return Ok(None),
            Care::Later(share, later) => (share, Once::Future(later)),
            Care::Blocking(share, blocking) => (share, Once::Blocking(blocking)),
        };
        let (host, key) = match &share {
            Share::Own => (&self.host, self.key),
            Share::Key(open) => (&self.host, open.key),
            Share::Seat(seat) => (&seat.host, seat.key),
        };
        let ended = |result: Result<Answer<'static>, crate::workers::Error>| {
            hand_over(result.unwrap_or_else(|error| {
                let text = if error.is_cancelled() { CANCELLED } else { PANICKED };
                Answer::error(INTERNAL_ERROR, text)
            }));
        };
        let task = host.workers.once(&Task::new(key), work, ended)?;
        Ok(Some(Running { host: Arc::clone(host), task }))
    }
}

impl Running {
    pub(crate) fn cancel(&self) {
        self.host.workers.cancel(self.task);
    }
}

impl Drop for OpenKey {
    fn drop(&mut self) {
        lock(&self.host.closing).push(self.key);
        self.host.close_idle();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        lock(&self.host.idle).push(self.key);
    }
}

/// Most requests that wait or run, of all connections together.
const TASKS: u32 = 1 << 16;
const CANCELLED: &str = "the request was cancelled";
const PANICKED: &str = "the handler has failed";
