//! What is said to the application one after the other: notifications, progress, and what calls have come to.
//!
//! It waits in a queue and is said on a thread where the application may wait. What is said while the queue is full is left out and counted, but
//! for the ends of calls, which wait for room.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

use crate::runtime::Purpose;

/// Something to say.
pub(crate) type Saying = Box<dyn FnOnce() + Send>;

/// Says what it is given, in order. Clones say it to the same application.
#[derive(Clone, Debug)]
pub(crate) struct Speaker {
    queue: mpsc::Sender<Saying>,
    dropped: Arc<AtomicU64>,
}

impl Speaker {
    /// On the runtime of whoever calls this; `room` is how much may wait.
    pub(crate) fn new(room: usize) -> Self {
        let (queue, waiting) = mpsc::channel(room);
        tokio::spawn(speak(waiting));
        Self { queue, dropped: Arc::default() }
    }

    /// Says it when everything before it was said; not at all when the queue is full.
    pub(crate) fn say(&self, saying: impl FnOnce() + Send + 'static) {
        if self.queue.try_send(Box::new(saying)).is_err() {
            self.leave_out();
        }
    }

    /// Counts something that is not said.
    pub(crate) fn leave_out(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// The same, in any case.
    pub(crate) async fn say_surely(&self, saying: impl FnOnce() + Send + 'static) {
        // The queue is there as long as somebody speaks.
        let _ = self.queue.send(Box::new(saying)).await;
    }

    /// How much was not said.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

async fn speak(mut waiting: mpsc::Receiver<Saying>) {
    let mut sayings = Vec::with_capacity(AT_ONCE);
    while waiting.recv_many(&mut sayings, AT_ONCE).await > 0 {
        let batch = std::mem::take(&mut sayings);
        let Ok(thread) = Purpose::Hear.thread().await else { return };
        if thread.call(|| batch.into_iter().for_each(|saying| saying())).await.is_err() {
            return;
        }
    }
}

/// Sayings for which one thread is asked.
const AT_ONCE: usize = 64;
