//! The ends of calls that nobody waits for: each is told to a callback, once, after its last step of progress.

use std::sync::{Arc, Mutex};

use mcp_engine_c::config::Care;
use mcp_engine_c::error::remember;
use mcp_engine_c::pointer::Userdata;
use mcp_engine_c::status::{Failure, MCPE_OK, mcpe_status};
use mcp_engine_c::text::mcpe_str;
use tokio::sync::OwnedSemaphorePermit;

use super::Session;
use super::running::{Entry, Terms};
use crate::responder::lock;
use crate::runtime::runtime;
use crate::speaker::Speaker;
use crate::{DONE, Error};

/// Hears what a call has come to: `status` is what the call that waits would have returned, and `result` what it would have appended, valid until it
/// returns. After a failure, `mcpe_error_message` and `mcpe_error_last` tell more inside of it.
pub type mcpe_done_callback =
    Option<unsafe extern "C" fn(userdata: Userdata, status: mcpe_status, result: mcpe_str)>;

/// Steps of a call that ends in a callback: none is said after its end.
pub(super) struct Steps {
    speaker: Speaker,
    is_open: Arc<Mutex<bool>>,
}

impl Steps {
    pub(super) fn say(&self, step: impl FnOnce() + Send + 'static) {
        let is_open = lock(&self.is_open);
        if *is_open {
            self.speaker.say(step);
        }
    }
}

/// Who hears what a call has come to.
pub(super) struct Done {
    callback: unsafe extern "C" fn(Userdata, mcpe_status, mcpe_str),
    care: Care,
}

impl Done {
    pub(super) fn new(callback: mcpe_done_callback, care: Care) -> Result<Self, Error> {
        let callback = callback.ok_or(Failure::Null("callback"))?;
        Ok(Self { callback, care })
    }

    fn tell(self, result: Result<String, Error>) {
        let status = result.as_ref().map_or_else(Error::status, |_| MCPE_OK);
        let result = result.unwrap_or_else(|error| {
            remember(error.into());
            String::new()
        });
        // SAFETY: the caller has promised a function of this type that returns; `destroy` is called behind it.
        unsafe { (self.callback)(self.care.userdata(), status, mcpe_str::to(&result)) };
    }
}

/// The end of a call that was begun.
pub(super) struct Ending {
    done: Done,
    speaker: Speaker,
    is_open: Arc<Mutex<bool>>,
    entry: Entry,
    permit: OwnedSemaphorePermit,
}

impl Ending {
    pub(super) fn new(session: &Session, done: Done, terms: Terms) -> Result<Self, Error> {
        let permit = Arc::clone(&session.later).try_acquire_owned();
        let permit = permit.map_err(|_| Error::limit("calls", "too many calls are under way"))?;
        let (speaker, entry) = (session.speaker.clone(), session.running.enter(terms));
        Ok(Self { done, speaker, is_open: Arc::new(Mutex::new(true)), entry, permit })
    }

    /// What is said until then.
    pub(super) fn steps(&self) -> Steps {
        Steps { speaker: self.speaker.clone(), is_open: Arc::clone(&self.is_open) }
    }

    /// Does what the call is for, and tells what it has come to.
    pub(super) fn spawn(
        self,
        work: impl Future<Output = Result<String, Error>> + Send + 'static,
    ) -> Result<mcpe_status, Error> {
        let Self { done, speaker, is_open, entry, permit } = self;
        runtime()?.spawn(async move {
            let result = entry.bounded(work).await;
            *lock(&is_open) = false;
            let say = move || {
                done.tell(result);
                drop(permit);
            };
            speaker.say_surely(say).await;
        });
        DONE
    }
}
