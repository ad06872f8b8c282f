//! The runtime that everything here is done on, and how a thread of the caller's waits for what is done there.
//!
//! It starts with the first object that needs it, and stays until the process ends. Nothing that waits ever runs on its threads: callbacks have
//! threads of their own, and a destructor that would wait is refused.

use std::cell::Cell;
use std::sync::OnceLock;
use std::thread::available_parallelism;

use mcp_engine_c::status::{Failure, MCPE_ERR_THREAD};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::mpsc;

use crate::Error;
use crate::signal::block_broken_pipes;

/// The runtime, which is started when there is none yet.
pub(crate) fn runtime() -> Result<&'static Handle, Error> {
    static STARTED: OnceLock<Result<(Runtime, u32), Error>> = OnceLock::new();
    let started = STARTED.get_or_init(|| Ok((start()?, std::process::id())));
    let (runtime, process) = started.as_ref().map_err(Error::clone)?;
    if *process != std::process::id() {
        return Err(Error::unsupported("the process was forked, and the threads stayed behind"));
    }
    Ok(runtime.handle())
}

fn start() -> Result<Runtime, Error> {
    let threads = available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(threads).thread_name("mcp-engine").enable_all();
    builder.on_thread_start(|| {
        block_broken_pipes();
        DUTY.with(|duty| duty.set(Duty::Runtime));
    });
    builder.build().map_err(|error| Error::system("threads", error))
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
    wait_hearing(
        |notes: mpsc::Sender<Note<T, ()>>| async move {
            // Who waits is there until this has come.
            let _ = notes.send(Note::Done(work.await)).await;
        },
        |()| {},
    )
}

/// What a thread that waits is told.
pub(crate) enum Note<T, P> {
    /// How far it is.
    Progress(P),
    /// What it has come to.
    Done(Result<T, Error>),
}

/// The same for work that says something before it is done, which is heard on this thread.
pub(crate) fn wait_hearing<T, P, W>(
    work: impl FnOnce(mpsc::Sender<Note<T, P>>) -> W,
    mut hear: impl FnMut(P),
) -> Result<T, Error>
where
    T: Send + 'static,
    P: Send + 'static,
    W: Future<Output = ()> + Send + 'static,
{
    let runtime = may_wait()?;
    let (notes, mut noted) = mpsc::channel(NOTES);
    runtime.spawn(work(notes));
    loop {
        match noted.blocking_recv() {
            Some(Note::Progress(progress)) => hear(progress),
            Some(Note::Done(result)) => return result,
            // The work has panicked.
            None => return Err(Failure::Panic.into()),
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
/// Most steps of progress that a thread has not heard of; those beyond are left out.
const NOTES: usize = 64;
