//! Programs to start, and the runtime that keeps them.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::OnceLock;

use mcp_engine::transport::{Child, ChildPipes, Command, Environment, Stderr};
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use rustix::pipe::{PipeFlags, pipe_with};
use tokio::runtime::{Builder, Runtime};

/// A program to start as the server of a conversation: never a shell, in a process group of its own.
///
/// `env` adds to what it inherits: HOME, LOGNAME, PATH, SHELL, TERM and USER, or all with `inherit="all"`, or nothing with
/// `inherit="nothing"`. Its standard error is kept, its end at least, and shown too with `stderr="show"`.
///
/// Raises ValueError for another `inherit` or `stderr`.
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct Program {
    command: Command,
}

#[pymethods]
impl Program {
    #[new]
    #[pyo3(signature = (command, *arguments, env = None, cwd = None, inherit = "short", stderr = "keep"))]
    fn new(
        command: PathBuf,
        arguments: Vec<PathBuf>,
        env: Option<Vec<(String, String)>>,
        cwd: Option<PathBuf>,
        inherit: &str,
        stderr: &str,
    ) -> PyResult<Self> {
        let environment = match inherit {
            "short" => Environment::Short,
            "nothing" => Environment::Nothing,
            "all" => Environment::All,
            _ => return Err(PyValueError::new_err("inherit is \"short\", \"nothing\" or \"all\"")),
        };
        let stderr = match stderr {
            "keep" => Stderr::Keep,
            "show" => Stderr::PassOn,
            _ => return Err(PyValueError::new_err("stderr is \"keep\" or \"show\"")),
        };
        let mut command =
            Command::new(command).args(arguments).environment(environment).stderr(stderr);
        for (name, value) in env.unwrap_or_default() {
            command = command.env(name, value);
        }
        if let Some(directory) = cwd {
            command = command.directory(directory);
        }
        Ok(Self { command })
    }

    fn __repr__(&self) -> String {
        format!("Program({:?})", self.command)
    }
}

/// A program that runs.
pub(crate) struct Started {
    pub(crate) pipes: ChildPipes,
    pub(crate) child: Child,
    /// Can be read once nothing is left of the program.
    pub(crate) ended: OwnedFd,
}

impl Program {
    pub(crate) fn start(&self) -> PyResult<Started> {
        let runtime = runtime()?;
        let (ended, end) = pipe_with(PipeFlags::CLOEXEC)
            .map_err(|error| PyOSError::new_err(std::io::Error::from(error).to_string()))?;
        let started = self.command.spawn_pipes(runtime.handle());
        let (pipes, child) = started.map_err(|error| PyOSError::new_err(error.to_string()))?;
        let exit = child.watch();
        runtime.spawn(async move {
            exit.await;
            drop(end);
        });
        Ok(Started { pipes, child, ended })
    }
}

/// The runtime of what goes on beside Python: one thread, which is started with the first program. A fork leaves that thread behind, so that a
/// process that was forked later is refused: nobody would keep what it starts.
pub(crate) fn runtime() -> PyResult<&'static Runtime> {
    static RUNTIME: OnceLock<(u32, Runtime)> = OnceLock::new();
    if RUNTIME.get().is_none() {
        let built = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("mcp-engine")
            .enable_all()
            .build()
            .map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        // Whoever was first is as good.
        let _ = RUNTIME.set((std::process::id(), built));
    }
    match RUNTIME.get() {
        Some((process, runtime)) if *process == std::process::id() => Ok(runtime),
        _ => Err(PyRuntimeError::new_err(
            "the process was forked after its parent had started a server: start it by \"spawn\" or \"forkserver\"",
        )),
    }
}
