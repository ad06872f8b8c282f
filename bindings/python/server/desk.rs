//! Where handlers leave calls for Python, and Python leaves the answers.
//!
//! Whoever serves a request puts a call here and waits for its answer; Python takes everything that there is with one call, and gives all answers back
//! with another. There are never more calls than the workers of the server let run, nor more notices than a few for each of them.

use std::collections::VecDeque;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_engine::Answer;
use rustix::event::{EventfdFlags, eventfd};
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};

use super::pending::Pending;

/// What handlers and Python say to each other.
pub(crate) struct Desk {
    state: Mutex<State>,
    bell: Bell,
    runtime: Handle,
}

/// How Python hears that there is something.
enum Bell {
    /// A descriptor that can be read then, for an event loop.
    Descriptor(OwnedFd),
    /// Python's thread is the one that does the I/O, and waits for this in between.
    Here(Notify),
}

#[derive(Default)]
struct State {
    calls: VecDeque<Arc<Pending>>,
    notices: Vec<Notice>,
    answers: Vec<(oneshot::Sender<Answer<'static>>, Answer<'static>)>,
    number: u64,
    is_rung: bool,
}

/// Something that Python should know.
pub(crate) enum Notice {
    /// Nobody wants the answer to that call any more.
    Cancelled(u64),
    /// What was asked by that token, by the keys of the questions, as JSON.
    Answered(u64, Vec<(String, String)>),
    /// It will not be answered.
    Refused(u64, Refused),
    /// Nothing is served any more; why, when that was no decision of either side.
    Ended(Option<String>),
}

/// Why a question has no answer.
pub(crate) enum Refused {
    /// The client was told what is needed, and asks again.
    Interrupted,
    /// The client has not declared what that needs.
    Capability,
    /// The client, or the connection to it, has failed.
    Failed(Answer<'static>),
}

/// What there was at one moment.
pub(crate) struct Taken {
    pub(crate) calls: VecDeque<Arc<Pending>>,
    pub(crate) notices: Vec<Notice>,
}

impl Desk {
    /// One for an event loop.
    pub(crate) fn with_descriptor(runtime: Handle) -> std::io::Result<Self> {
        let descriptor = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { state: Mutex::default(), bell: Bell::Descriptor(descriptor), runtime })
    }

    /// One for the thread that does the I/O.
    pub(crate) fn here(runtime: Handle) -> Self {
        Self { state: Mutex::default(), bell: Bell::Here(Notify::new()), runtime }
    }

    /// Where what is asked of clients is waited for.
    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// A number that no other call has.
    pub(crate) fn number(&self) -> u64 {
        let mut state = self.state();
        state.number = state.number.wrapping_add(1);
        state.number
    }

    pub(crate) fn call(&self, pending: Arc<Pending>) {
        self.put(|state| state.calls.push_back(pending));
    }

    pub(crate) fn notice(&self, notice: Notice) {
        self.put(|state| state.notices.push(notice));
    }

    /// Nobody waits for a call any more. Python is told if it knows of it.
    pub(crate) fn give_up(&self, pending: &Arc<Pending>) {
        if pending.is_answered() {
            return;
        }
        let mut state = self.state();
        let before = state.calls.len();
        state.calls.retain(|own| !Arc::ptr_eq(own, pending));
        let was_taken = state.calls.len() == before;
        drop(state);
        if was_taken {
            self.notice(Notice::Cancelled(pending.number));
        }
    }

    fn put(&self, put: impl FnOnce(&mut State)) {
        let mut state = self.state();
        put(&mut state);
        let was_rung = std::mem::replace(&mut state.is_rung, true);
        drop(state);
        if !was_rung {
            match &self.bell {
                // Its counter cannot be full, since it is rung once for each time that it is read.
                Bell::Descriptor(descriptor) => {
                    let _ = rustix::io::write(descriptor, &1_u64.to_ne_bytes());
                }
                Bell::Here(notify) => notify.notify_one(),
            }
        }
    }

    /// Takes everything that there is.
    pub(crate) fn take(&self) -> Taken {
        let mut state = self.state();
        if let (true, Bell::Descriptor(descriptor)) = (state.is_rung, &self.bell) {
            // It is empty when whoever has rung it is about to: then it can be read once more than there is something to take.
            let _ = rustix::io::read(descriptor, &mut [0_u8; 8]);
        }
        state.is_rung = false;
        Taken {
            calls: std::mem::take(&mut state.calls),
            notices: std::mem::take(&mut state.notices),
        }
    }

    /// Keeps an answer until all that are ready are given back.
    pub(crate) fn keep(&self, to: oneshot::Sender<Answer<'static>>, answer: Answer<'static>) {
        self.state().answers.push((to, answer));
    }

    /// Gives the answers back.
    pub(crate) fn flush(&self) {
        let answers = std::mem::take(&mut self.state().answers);
        for (to, answer) in answers {
            // Whoever waited may have gone.
            let _ = to.send(answer);
        }
    }

    /// Waits until there is something, where that is no matter of a descriptor.
    pub(crate) async fn rung(&self) {
        match &self.bell {
            Bell::Here(notify) => notify.notified().await,
            Bell::Descriptor(_) => std::future::pending().await,
        }
    }

    /// The descriptor that can be read when there is something.
    pub(crate) fn descriptor(&self) -> Option<i32> {
        match &self.bell {
            Bell::Descriptor(descriptor) => Some(descriptor.as_raw_fd()),
            Bell::Here(_) => None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
