//! Calls that are under way, so that they can be called off.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_engine::LoggingLevel;
use mcp_engine::connection::Patience;
use tokio::select;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::Error;
use crate::responder::lock;

/// How a call is made.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Terms {
    /// What it is called off by; 0 for nothing.
    pub(super) tag: u64,
    /// How long it may take in all.
    pub(super) timeout: Option<Duration>,
    /// How long there may be no sign of life.
    pub(super) idle: Option<Duration>,
    pub(super) level: Option<LoggingLevel>,
    /// How long a task is wanted to be kept.
    pub(super) task_ttl: Option<Duration>,
}

/// Calls that are under way.
#[derive(Debug, Default)]
pub(super) struct Running(Mutex<Calls>);

#[derive(Debug, Default)]
struct Calls {
    next: u64,
    /// By number: the tag, and what calls it off.
    all: HashMap<u64, (u64, oneshot::Sender<()>)>,
}

/// One call that is under way.
#[derive(Debug)]
pub(super) struct Entry {
    running: Arc<Running>,
    number: u64,
    cancelled: oneshot::Receiver<()>,
    terms: Terms,
}

impl Running {
    pub(super) fn enter(self: &Arc<Self>, terms: Terms) -> Entry {
        let (cancel, cancelled) = oneshot::channel();
        let mut calls = lock(&self.0);
        let number = calls.next;
        calls.next = number.wrapping_add(1);
        calls.all.insert(number, (terms.tag, cancel));
        Entry { running: Arc::clone(self), number, cancelled, terms }
    }

    /// Calls off everything with that tag, and says how much it was.
    pub(super) fn cancel(&self, tag: u64) -> usize {
        let mut calls = lock(&self.0);
        let found = calls.all.extract_if(|_, (own, _)| *own == tag);
        found.filter_map(|(_, (_, cancel))| cancel.send(()).ok()).count()
    }
}

impl Entry {
    /// Does what the call is for, unless it is called off or its time is up.
    pub(super) async fn bounded<T>(
        mut self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let limit = self.terms.timeout;
        let timed = async {
            match limit {
                Some(limit) => timeout(limit, work).await.unwrap_or_else(|_| Err(Error::timeout())),
                None => work.await,
            }
        };
        select! {
            biased;
            done = timed => done,
            _ = &mut self.cancelled => Err(Error::cancelled()),
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        lock(&self.running.0).all.remove(&self.number);
    }
}

impl Terms {
    /// How long a request is waited for, where something is said of that.
    pub(super) fn patience(&self) -> Option<Patience> {
        let idle_ns = nanoseconds(self.idle?);
        Some(Patience { idle_ns, ..Patience::default() })
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
