//! The programs that run, so that none of them outlives the interpreter.
//!
//! A program whose connection is dropped has some seconds to end before it is killed, and the thread that does that ends with the interpreter. So
//! the interpreter waits for those that are left when it ends.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mcp_engine::transport::Child;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use tokio::time::timeout;

use crate::program::runtime;

#[derive(Default)]
struct Running {
    /// By numbers of our own: those of processes may be others' once they have ended.
    programs: HashMap<u64, Child>,
    last: u64,
}

/// Has a program ended when the interpreter ends, unless it has by then.
pub(crate) fn remember(py: Python<'_>, child: Child) -> PyResult<()> {
    static AT_EXIT: PyOnceLock<()> = PyOnceLock::new();
    AT_EXIT.get_or_try_init(py, || {
        let end = wrap_pyfunction!(end_programs, py)?;
        py.import("atexit")?.call_method1("register", (end,)).map(drop)
    })?;
    let exit = child.watch();
    let own = running().add(child);
    runtime()?.spawn(async move {
        exit.await;
        running().programs.remove(&own);
    });
    Ok(())
}

/// Ends the programs that run, and waits for that.
#[pyfunction]
fn end_programs(py: Python<'_>) {
    // In a process that was forked later they belong to the parent.
    if let Ok(runtime) = runtime() {
        py.detach(|| {
            let left = std::mem::take(&mut running().programs);
            let ending: Vec<_> = left
                .into_values()
                .map(|child| runtime.spawn(async move { child.shutdown().await.map(drop) }))
                .collect();
            let all = async {
                for one in ending {
                    // However it has ended, it is gone.
                    let _ = one.await;
                }
            };
            let _ = runtime.block_on(async { timeout(LONGEST, all).await });
        });
    }
}

impl Running {
    fn add(&mut self, child: Child) -> u64 {
        self.last = self.last.wrapping_add(1);
        self.programs.insert(self.last, child);
        self.last
    }
}

fn running() -> MutexGuard<'static, Running> {
    static RUNNING: LazyLock<Mutex<Running>> = LazyLock::new(Mutex::default);
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// After so long a program is gone that listens to nothing.
const LONGEST: Duration = Duration::from_secs(6);
