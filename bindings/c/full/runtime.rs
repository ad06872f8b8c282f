//! The runtime that everything here is done on, and how a thread of the caller's waits for what is done there.
//!
//! It starts with the first object that needs it, and stays until the process ends. Nothing that waits ever runs on its threads: callbacks have
//! threads of their own, and a destructor that would wait is refused.

use std::cell::Cell;
use std::sync::{Arc, OnceLock};
use std::thread::available_parallelism;

use mcp_engine_c::status::{Failure, MCPE_ERR_THREAD};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::Error;
use crate::inbox::{Note, Outcome, inbox};
use crate::signal::block_broken_pipes;

/// The runtime of this process and the number of that.
static STARTED: OnceLock<Result<(Runtime, u32), Error>> = OnceLock::new();

/// The runtime, which is started when there is none yet.
pub(crate) fn runtime() -> Result<&'static Handle, Error> {
    let started = STARTED.get_or_init(|| Ok((start()?, std::process::id())));
    let (runtime, _) = started.as_ref().map_err(Error::clone)?;
    Ok(runtime.handle())
}

/// Whether the process is the one that the runtime was started in: its threads did not come along, and what they held is held for ever.
///
/// # Errors
///
/// It was forked.
pub(crate) fn still_here() -> Result<(), Error> {
    match STARTED.get() {
        Some(Ok((_, process))) if *process != std::process::id() => {
            Err(Error::unsupported("the process was forked, and the threads stayed behind"))
        }
        _ => Ok(()),
    }
}

fn start() -> Result<Runtime, Error> {
    let threads = available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(threads).thread_name("mcp-engine").enable_all();
    builder.max_blocking_threads(MOST_ANSWERING + MOST_HEARING + MOST_LOOKING_UP);
    builder.on_thread_start(|| {
        block_broken_pipes();
        DUTY.with(|duty| duty.set(Duty::Runtime));
    });
    builder.build().map_err(|error| Error::system("threads", error))
}

/// What callbacks are called for. Each kind has threads of its own, so that none waits for those of another one, nor the library for any.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// To answer.
    Answer,
    /// To hear something.
    Hear,
}

impl Purpose {
    /// A thread, when one is free.
    pub(crate) async fn thread(self) -> Result<Thread, AcquireError> {
        Arc::clone(self.room()).acquire_owned().await.map(Thread)
    }

    fn room(self) -> &'static Arc<Semaphore> {
        static ANSWERING: OnceLock<Arc<Semaphore>> = OnceLock::new();
        static HEARING: OnceLock<Arc<Semaphore>> = OnceLock::new();
        let (room, most) = match self {
            Self::Answer => (&ANSWERING, MOST_ANSWERING),
            Self::Hear => (&HEARING, MOST_HEARING),
        };
        room.get_or_init(|| Arc::new(Semaphore::new(most)))
    }
}

/// A thread for a callback, which is free.
#[derive(Debug)]
pub(crate) struct Thread(OwnedSemaphorePermit);

impl Thread {
    /// Calls a function of the application's, which may wait.
    pub(crate) fn call<R: Send + 'static>(
        self,
        call: impl FnOnce() -> R + Send + 'static,
    ) -> JoinHandle<R> {
        let Self(permit) = self;
        spawn_blocking(move || {
            let _permit = permit;
            in_callback(call)
        })
    }
}

/// What a thread is doing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Duty {
    /// It is none of ours.
    Other,
    /// It drives what others wait for.
    Runtime,
    /// It is in a callback, where it may wait.
    Callback,
}

thread_local! {
    static DUTY: Cell<Duty> = const { Cell::new(Duty::Other) };
}

/// Calls a function of the application's, which may wait. Only on threads for that.
pub(crate) fn in_callback<R>(call: impl FnOnce() -> R) -> R {
    let before = DUTY.with(|duty| duty.replace(Duty::Callback));
    let result = call();
    DUTY.with(|duty| duty.set(before));
    result
}

/// Whether this thread is in a callback.
pub(crate) fn is_in_callback() -> bool {
    DUTY.with(Cell::get) == Duty::Callback
}

/// Does something on the runtime, and waits for it here.
pub(crate) fn wait<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    wait_hearing(|outcome| async move { outcome.done(work.await) }, |()| {})
}

/// The same for work that says something before it is done, which is heard on this thread.
pub(crate) fn wait_hearing<T, P, W>(
    work: impl FnOnce(Outcome<Result<T, Error>, P>) -> W,
    mut hear: impl FnMut(P),
) -> Result<T, Error>
where
    T: Send + 'static,
    P: Send + 'static,
    W: Future<Output = ()> + Send + 'static,
{
    let runtime = may_wait()?;
    let (outcome, inbox) = inbox();
    runtime.spawn(work(outcome));
    loop {
        match inbox.next() {
            Note::Step(step) => hear(step),
            Note::Done(result) => return result,
            // The work has panicked.
            Note::Dropped => return Err(Failure::Panic.into()),
        }
    }
}

/// The runtime, on a thread that may wait for it.
fn may_wait() -> Result<&'static Handle, Error> {
    if DUTY.with(Cell::get) == Duty::Runtime {
        let words = "a call that waits, on a thread of the library: made from inside a destructor";
        return Err(Error::told(MCPE_ERR_THREAD, "caller", "thread", words));
    }
    runtime()
}

/// Threads of the runtime.
const MOST_THREADS: usize = 4;
/// Callbacks of all servers and clients that answer at a time; others wait. Their threads are started when they are needed.
pub(crate) const MOST_ANSWERING: usize = 4_096;
/// Clients of which callbacks hear something at a time.
const MOST_HEARING: usize = 512;
/// Threads that the library keeps for itself: names are looked up there.
const MOST_LOOKING_UP: usize = 64;
