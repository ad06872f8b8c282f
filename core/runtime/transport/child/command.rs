//! How a program is started.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};
use std::sync::Arc;

use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::runtime::Handle;

use super::Child;
use super::keeper::Keeper;
use super::leader::Leader;
use super::pipes::ChildPipes;
use super::shared::Shared;
use super::stream::ChildStream;
use super::tail::{PassOn, Tail};
use crate::transport::error::{Error, Kind};
use crate::transport::limits::{Tally, TransportLimits};
use crate::transport::pipes::{PipeShare, widen};

/// A program to start as the other side of a stream.
///
/// The program is started with the arguments as they are, in a process group of its own. There is no shell, so that nothing in an argument
/// has a meaning but to the program.
///
/// ```
/// use mcp_engine_runtime::transport::Command;
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let (mut stream, child) = Command::new("cat").spawn()?;
/// stream.write_all(b"hello\n").await?;
/// let mut line = [0; 6];
/// stream.read_exact(&mut line).await?;
/// assert_eq!(&line, b"hello\n");
/// assert!(child.shutdown().await?.success());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Command {
    program: OsString,
    arguments: Vec<OsString>,
    environment: Environment,
    variables: Vec<(OsString, OsString)>,
    directory: Option<PathBuf>,
    stderr: Stderr,
    /// Where it is written to, when that is not our own.
    stderr_to: Option<Arc<OwnedFd>>,
    limits: TransportLimits,
}

/// What a program inherits of our environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Environment {
    /// `HOME`, `LOGNAME`, `PATH`, `SHELL`, `TERM` and `USER`, but no shell functions: what the SDKs of MCP let through. Secrets that stand
    /// in other variables stay here.
    #[default]
    Short,
    /// Nothing.
    Nothing,
    /// All of it.
    All,
}

/// What becomes of what a program writes to its standard error. Its end is always kept, for [`Child::stderr_tail`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stderr {
    /// It is kept, and nothing else.
    #[default]
    Keep,
    /// It is written to our own standard error, too. What that does not take at once is left out, so that the program never waits for it.
    PassOn,
}

impl Command {
    /// The program of this name, which is looked for in `PATH` unless there is a slash in it.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            environment: Environment::default(),
            variables: Vec::new(),
            directory: None,
            stderr: Stderr::default(),
            stderr_to: None,
            limits: TransportLimits::default(),
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args(mut self, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Sets a variable of the program's environment, whatever it inherits.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// What the program inherits of our environment: by default [`Environment::Short`].
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Where the program is started: by default where we are.
    #[must_use]
    pub fn directory(mut self, directory: impl AsRef<Path>) -> Self {
        self.directory = Some(directory.as_ref().to_owned());
        self
    }

    /// What becomes of its standard error: by default [`Stderr::Keep`].
    #[must_use]
    pub fn stderr(mut self, stderr: Stderr) -> Self {
        self.stderr = stderr;
        self
    }

    /// As [`Stderr::PassOn`], to this descriptor in place of our own standard error.
    #[must_use]
    pub fn stderr_to(mut self, descriptor: OwnedFd) -> Self {
        self.stderr_to = Some(Arc::new(descriptor));
        self.stderr(Stderr::PassOn)
    }

    /// Sets its limits.
    #[must_use]
    pub fn limits(mut self, limits: TransportLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Starts the program, and a task that keeps it.
    ///
    /// The program lives as long as its stream: when the stream is dropped, its input is closed, and it is ended if it does not end by
    /// itself. The handle may be dropped at any time.
    ///
    /// # Errors
    ///
    /// Outside of a tokio runtime; when the program cannot be started, which the error names.
    ///
    /// # Panics
    ///
    /// When the runtime was built without I/O. Without time, the task that keeps the program panics, which kills the program.
    pub fn spawn(&self) -> Result<(ChildStream, Child), Error> {
        let runtime = Handle::try_current().map_err(|_| Kind::NoRuntime)?;
        self.spawn_on(&runtime).map_err(|error| self.failed(error))
    }

    /// As [`spawn`](Self::spawn), for an event loop other than tokio's: it reads and writes the pipes, and the task on `runtime` does the rest.
    ///
    /// # Errors
    ///
    /// When the program cannot be started, which the error names.
    ///
    /// # Panics
    ///
    /// As for [`spawn`](Self::spawn).
    pub fn spawn_pipes(&self, runtime: &Handle) -> Result<(ChildPipes, Child), Error> {
        let _entered = runtime.enter();
        self.pipes_on(runtime).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: io::Error) -> Error {
        let program = self.program.to_string_lossy();
        Error::with(Kind::Spawn(program.into()), error)
    }

    fn spawn_on(&self, runtime: &Handle) -> io::Result<(ChildStream, Child)> {
        let launched = self.launch()?;
        let input = Sender::from_owned_fd(launched.input)?;
        let output = Receiver::from_owned_fd(launched.output)?;
        let (shared, child) =
            self.keep(runtime, launched.leader, launched.errors, Some(input), launched.tally)?;
        Ok((ChildStream::new(output, shared, launched.shares), child))
    }

    fn pipes_on(&self, runtime: &Handle) -> io::Result<(ChildPipes, Child)> {
        let launched = self.launch()?;
        for pipe in [&launched.input, &launched.output] {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        let (shared, child) =
            self.keep(runtime, launched.leader, launched.errors, None, launched.tally)?;
        let (input, output) = (launched.input, launched.output);
        Ok((ChildPipes::new(input, output, shared, launched.shares), child))
    }

    /// Starts the program, with large pipes.
    fn launch(&self) -> io::Result<Launched> {
        let mut process = self.process().spawn()?;
        let pipes = (process.stdin.take(), process.stdout.take(), process.stderr.take());
        // From here on, dropping it kills and reaps the program.
        let leader = Leader::new(process)?;
        let (Some(input), Some(output), Some(errors)) = pipes else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let tally = Tally::default();
        let shares = [
            widen(input.as_fd(), &self.limits, &tally),
            widen(output.as_fd(), &self.limits, &tally),
        ];
        let (input, output, errors) = (input.into(), output.into(), errors.into());
        Ok(Launched { leader, input, output, errors, shares, tally })
    }

    /// Starts the task that keeps the program.
    fn keep(
        &self,
        runtime: &Handle,
        leader: Leader,
        errors: OwnedFd,
        input: Option<Sender>,
        tally: Tally,
    ) -> io::Result<(Arc<Shared>, Child)> {
        let errors = Receiver::from_owned_fd(errors)?;
        let pass_on = match self.stderr {
            Stderr::Keep => None,
            Stderr::PassOn => match &self.stderr_to {
                Some(descriptor) => PassOn::open(descriptor.as_fd()),
                None => PassOn::open(io::stderr().as_fd()),
            },
        };
        let id = leader.id();
        crate::trace::child_started(id, &self.program);
        let shared = Shared::new(input, Tail::new(self.limits.stderr_bytes), tally);
        let (keeper, status) = Keeper::new(leader, errors, pass_on, shared.clone(), self.limits);
        runtime.spawn(keeper.run());
        Ok((shared.clone(), Child::new(id, shared, status)))
    }

    fn process(&self) -> process::Command {
        let mut command = process::Command::new(&self.program);
        command.args(&self.arguments).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if self.environment != Environment::All {
            command.env_clear();
        }
        if self.environment == Environment::Short {
            command.envs(inherited(std::env::var_os));
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        command
    }
}

/// A program that was started and is not kept yet.
struct Launched {
    leader: Leader,
    input: OwnedFd,
    output: OwnedFd,
    errors: OwnedFd,
    shares: [Option<PipeShare>; 2],
    tally: Tally,
}

/// What a program inherits by default. A value that begins so is a function of a shell, which a shell would define, and run.
fn inherited(
    look_up: impl Fn(&'static str) -> Option<OsString>,
) -> impl Iterator<Item = (&'static str, OsString)> {
    let set = INHERITED.iter().filter_map(move |name| look_up(name).map(|value| (*name, value)));
    set.filter(|(_, value)| !value.as_bytes().starts_with(b"()"))
}

const INHERITED: &[&str] = &["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shell_functions_are_not_inherited() {
        let environment = |name: &str| match name {
            "HOME" => Some(OsString::from("/home/somebody")),
            "TERM" => Some(OsString::from("() { echo; }")),
            "AWS_SECRET_ACCESS_KEY" => Some(OsString::from("secret")),
            _ => None,
        };
        let inherited: Vec<_> = inherited(environment).collect();
        assert_eq!(inherited, [("HOME", OsString::from("/home/somebody"))]);
    }
}
