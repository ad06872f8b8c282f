//! Where the I/O of a server is done: on the engine's thread, or on the thread of Python that waits for calls.

use std::os::fd::{AsRawFd, OwnedFd};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::prelude::*;
use rustix::pipe::{PipeFlags, pipe_with};
use tokio::net::unix::pipe::Receiver;
use tokio::runtime::{Builder, Runtime};

use super::desk::Desk;
use crate::program::runtime;

/// Where the I/O of a server is done.
pub(crate) enum Road {
    /// On the thread of the engine, beside an event loop of Python's.
    Thread,
    /// On the thread that waits: no other is woken for a call.
    Here(Box<Here>),
}

/// A runtime that runs while somebody waits for calls.
pub(crate) struct Here {
    runtime: Mutex<Option<Runtime>>,
    /// Python's signal handling writes here, so that whoever waits comes back for it.
    alarm: Receiver,
    wakeup: OwnedFd,
}

impl Road {
    pub(crate) fn thread() -> PyResult<(Self, Desk)> {
        let desk = Desk::with_descriptor(runtime()?.handle().clone());
        Ok((Self::Thread, desk.map_err(|error| PyOSError::new_err(error.to_string()))?))
    }

    pub(crate) fn here() -> PyResult<(Self, Desk)> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        let desk = Desk::here(runtime.handle().clone());
        let refused = |error: std::io::Error| PyOSError::new_err(error.to_string());
        let (alarm, wakeup) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)
            .map_err(|error| refused(error.into()))?;
        let alarm = {
            let _within = runtime.enter();
            Receiver::from_owned_fd(alarm).map_err(refused)?
        };
        let here = Here { runtime: Mutex::new(Some(runtime)), alarm, wakeup };
        Ok((Self::Here(Box::new(here)), desk))
    }

    /// The descriptor for `signal.set_wakeup_fd`, where the thread that waits does the I/O.
    pub(crate) fn wakeup(&self) -> Option<i32> {
        match self {
            Self::Thread => None,
            Self::Here(here) => Some(here.wakeup.as_raw_fd()),
        }
    }
}

impl Here {
    /// Does I/O until there is something on the desk, or a signal has come.
    pub(crate) fn wait(&self, desk: &Desk) {
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = &*runtime {
            runtime.block_on(self.rung(desk));
        }
    }

    /// Does the I/O that there is, without waiting for any; nothing where another thread is at it.
    pub(crate) fn turn(&self) {
        let Ok(runtime) = self.runtime.try_lock() else { return };
        if let Some(runtime) = &*runtime {
            runtime.block_on(async {
                for _ in 0..STEPS {
                    tokio::task::yield_now().await;
                }
            });
        }
    }

    async fn rung(&self, desk: &Desk) {
        let (mut rung, mut alarmed) = (pin!(desk.rung()), pin!(self.alarm.readable()));
        std::future::poll_fn(|cx| {
            if rung.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            alarmed.as_mut().poll(cx).map(|_| {
                // What is left makes the next wait short, and no more.
                let _ = self.alarm.try_read(&mut [0; 64]);
            })
        })
        .await;
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        let runtime = self.runtime.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(runtime) = runtime {
            // Whatever still blocks there is not waited for.
            runtime.shutdown_background();
        }
    }
}

/// How often a turn looks for I/O: what was read goes through several tasks, over HTTP most, before it has an effect.
const STEPS: usize = 8;
