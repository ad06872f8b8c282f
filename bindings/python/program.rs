//! Programs to start, and the runtime that keeps them.

use std::error::Error as _;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::OnceLock;

use mcp_engine::transport::{ChildPipes, Command, Environment, Stderr};
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use tokio::runtime::{Builder, Runtime};

use crate::remains::Remains;
use crate::running;

/// A program to start as the server of a conversation: never a shell, in a process group of its own.
///
/// `env` adds to what it inherits: HOME, LOGNAME, PATH, SHELL, TERM and USER, or all with `inherit="all"`, or nothing with
/// `inherit="nothing"`. Its standard error is kept, its end at least, and shown too with `stderr="show"`, or written to the descriptor
/// `stderr_to`.
///
/// Raises ValueError for another `inherit` or `stderr`, OSError for a descriptor that is not open.
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct Program {
    command: Command,
    name: PathBuf,
    directory: Option<PathBuf>,
}

#[pymethods]
impl Program {
    #[new]
    #[pyo3(signature = (command, *arguments, env = None, cwd = None, inherit = "short", stderr = "keep", stderr_to = None))]
    fn new(
        command: PathBuf,
        arguments: Vec<PathBuf>,
        env: Option<Vec<(String, String)>>,
        cwd: Option<PathBuf>,
        inherit: &str,
        stderr: &str,
        stderr_to: Option<i32>,
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
        let name = command.clone();
        let mut command =
            Command::new(command).args(arguments).environment(environment).stderr(stderr);
        for (name, value) in env.unwrap_or_default() {
            command = command.env(name, value);
        }
        if let Some(descriptor) = stderr_to {
            command = command.stderr_to(duplicate(descriptor)?);
        }
        if let Some(directory) = &cwd {
            command = command.directory(directory);
        }
        Ok(Self { command, name, directory: cwd })
    }

    fn __repr__(&self) -> String {
        format!("Program({:?})", self.command)
    }
}

/// A program that runs.
pub(crate) struct Started {
    pub(crate) pipes: ChildPipes,
    pub(crate) remains: Remains,
}

impl Program {
    pub(crate) fn start(&self, py: Python<'_>) -> PyResult<Started> {
        let runtime = runtime()?;
        let (ended, end) = pipe_with(PipeFlags::CLOEXEC).map_err(refused)?;
        let started = self.command.spawn_pipes(runtime.handle());
        let (pipes, child) = started.map_err(|error| self.not_started(&error))?;
        let exit = child.watch();
        runtime.spawn(async move {
            exit.await;
            drop(end);
        });
        running::remember(py, child.clone())?;
        Ok(Started { pipes, remains: Remains::new(Some(child), ended) })
    }

    /// What `subprocess` raises: the class for the number, its text, and the program, or the directory when there is none to start it in.
    fn not_started(&self, error: &mcp_engine::transport::Error) -> PyErr {
        let source = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
        let missing = self.directory.as_ref().filter(|directory| !directory.is_dir());
        match (source.and_then(std::io::Error::raw_os_error), source) {
            (Some(number), _) => {
                os_error(Errno::from_raw_os_error(number), Some(missing.unwrap_or(&self.name)))
            }
            (None, Some(source)) if source.kind() == std::io::ErrorKind::InvalidInput => {
                PyValueError::new_err(format!("{error}: {source}"))
            }
            (None, _) => PyOSError::new_err(error.to_string()),
        }
    }
}

fn refused(error: Errno) -> PyErr {
    os_error(error, None)
}

fn os_error(error: Errno, name: Option<&PathBuf>) -> PyErr {
    let text = std::io::Error::from(error).to_string();
    // Python's own spelling has the number in front.
    let text = text.split(" (os error").next().unwrap_or(&text).to_owned();
    PyOSError::new_err((error.raw_os_error(), text, name.map(|name| name.as_os_str().to_owned())))
}

/// Another descriptor of what a descriptor of Python's is about. Where the system does not hand out descriptors by number, it is opened again,
/// to write behind what is there.
fn duplicate(descriptor: i32) -> PyResult<OwnedFd> {
    let own = pidfd_open(getpid(), PidfdFlags::empty());
    if let Ok(other) = own.and_then(|own| pidfd_getfd(own, descriptor, PidfdGetfdFlags::empty())) {
        return Ok(other);
    }
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CLOEXEC;
    open(format!("/proc/self/fd/{descriptor}"), flags, Mode::empty()).map_err(refused)
}

/// The runtime of what goes on beside Python: one thread, which is started with the first server, and a few more while names of hosts are looked
/// up. A fork leaves them behind, so that a process that was forked later is refused: nobody would keep what it starts.
pub(crate) fn runtime() -> PyResult<&'static Runtime> {
    static RUNTIME: OnceLock<(u32, Runtime)> = OnceLock::new();
    if RUNTIME.get().is_none() {
        let built = Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(LOOKUPS)
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

/// Names that are looked up at one time.
const LOOKUPS: usize = 16;
