//! How a client is opened, and how it makes a call.

use std::sync::Arc;
use std::time::Duration;

use mcp_engine::client::Client;
use mcp_engine::http_client::HttpOptions;
use mcp_engine::json::Raw;
use mcp_engine::model::Root;
use mcp_engine::schema::HeaderTables;
use mcp_engine::transport::{Command, Environment, Stderr};
use mcp_engine_c::config::{Care, MCPE_FOREVER, mcpe_destructor, mcpe_limits, revisions};
use mcp_engine_c::connection::level_of;
use mcp_engine_c::input;
use mcp_engine_c::pointer::{Ptr, Userdata};
use mcp_engine_c::status::{Failure, MCPE_ERR_VALUE};
use mcp_engine_c::text::mcpe_str;

use super::call::mcpe_progress_callback;
use super::open::{Asks, Plan, Way, mcpe_notification_callback};
use super::running::Terms;
use crate::Error;
use crate::callee::{callbacks, mcpe_serve_callback};

/// A name and a value: of a variable, or of a header.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_pair {
    /// The name.
    pub name: mcpe_str,
    /// The value.
    pub value: mcpe_str,
}

/// How a client is opened: `argv` or `url` says where its server is. Zero in any other member is its default.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_client_options {
    /// `sizeof(mcpe_client_options)`.
    pub size: usize,
    /// The program and its arguments, which no shell looks at.
    pub argv: Ptr<mcpe_str>,
    /// How many those are.
    pub argv_len: usize,
    /// Variables of its environment.
    pub env: Ptr<mcpe_pair>,
    /// How many those are.
    pub env_len: usize,
    /// Where it is started; by default where we are.
    pub directory: mcpe_str,
    /// The URL of the server, `http` or `https`.
    pub url: mcpe_str,
    /// Headers of every request.
    pub headers: Ptr<mcpe_pair>,
    /// How many those are.
    pub headers_len: usize,
    /// What the program inherits: one of `MCPE_ENVIRONMENT_…`.
    pub environment: u32,
    /// What becomes of its standard error: one of `MCPE_STDERR_…`.
    pub standard_error: u32,
    /// The name of the client. Default `mcp-engine`.
    pub name: mcpe_str,
    /// Its version. Default that of the library.
    pub version: mcpe_str,
    /// The revisions that are spoken: `1 << MCPE_REVISION_…` for each. 0 for all.
    pub revisions: u32,
    /// How many notifications and steps of progress may wait for callbacks to return; those beyond are left out. Default 1,024.
    pub queue: u32,
    /// How many callbacks that answer may run at a time, at most 256; others wait. Default 64.
    pub callbacks: u32,
    /// How many calls that end in a callback may be under way. Default 4,096.
    pub calls: u32,
    /// How long a request may be without a sign of life, in nanoseconds. Default a minute; `MCPE_FOREVER` for no limit.
    pub idle_ns: u64,
    /// How long to open it may take, in nanoseconds. Default a minute.
    pub open_ns: u64,
    /// Bounds on what the connection holds; `NULL` for the defaults.
    pub limits: Ptr<mcpe_limits>,
    /// The roots: an array as in the schema. None is none.
    pub roots: mcpe_str,
    /// Asks a language model when the server wants it, and answers with a `CreateMessageResult`; may be `NULL`.
    pub sampling: mcpe_serve_callback,
    /// Asks the user when the server wants it, and answers with an `ElicitResult`; may be `NULL`.
    pub elicitation: mcpe_serve_callback,
    /// Hears what the server says that belongs to no call, log messages among it; may be `NULL`.
    pub notification: mcpe_notification_callback,
    /// What all of them are called with.
    pub userdata: Userdata,
    /// Is called with `userdata` when the last callback has returned, or the client could not be opened; may be `NULL`.
    pub destroy: mcpe_destructor,
    /// Says which roots there are each time that the server wants to know, in place of `roots`: answers with a `ListRootsResult`; may be `NULL`.
    pub list_roots: mcpe_serve_callback,
    /// Not 0 to let the server run calls of tools as tasks (the extension of MCP 2026-07-28). `mcpe_client_call_tool` waits for those, and
    /// `mcpe_client_start_tool` does not.
    pub tasks: u32,
    /// 0.
    pub reserved: u32,
}

/// How a call is made. Zero in a member is its default.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_call_options {
    /// `sizeof(mcpe_call_options)`.
    pub size: usize,
    /// What `mcpe_client_cancel` calls it off by; 0 for nothing.
    pub tag: u64,
    /// How long it may take in all, in nanoseconds. 0 for no limit but that of the connection.
    pub timeout_ns: u64,
    /// How long there may be no sign of life, in nanoseconds. 0 for what holds for the client.
    pub idle_ns: u64,
    /// The mildest log messages that are wanted while it lasts, one of `MCPE_LEVEL_…` (MCP 2026-07-28); 0 for none.
    pub level: u32,
    /// 0.
    pub reserved: u32,
    /// Hears of progress; may be `NULL`. A call that waits calls it on the thread that waits.
    pub progress: mcpe_progress_callback,
    /// What it is called with, until the call has come to its end.
    pub userdata: Userdata,
    /// How long a task is to be kept for the call, from its beginning on, in nanoseconds (`mcpe_client_start_tool`, MCP 2025-11-25). 0 for as long as the
    /// server likes.
    pub task_ttl_ns: u64,
}

/// `HOME`, `LOGNAME`, `PATH`, `SHELL`, `TERM` and `USER`.
pub const MCPE_ENVIRONMENT_SHORT: u32 = 0;
/// Nothing.
pub const MCPE_ENVIRONMENT_NOTHING: u32 = 1;
/// All of our environment.
pub const MCPE_ENVIRONMENT_ALL: u32 = 2;
/// The end of it is kept, and nothing else.
pub const MCPE_STDERR_KEEP: u32 = 0;
/// It is written to our own standard error, too.
pub const MCPE_STDERR_PASS_ON: u32 = 1;

impl mcpe_client_options {
    /// What is to be done.
    pub(super) fn read(&self) -> Result<Plan, Error> {
        let care = Arc::new(Care::new(self.userdata, self.destroy));
        let or = |wanted: u32, usual: usize| if wanted == 0 { usual } else { wanted as usize };
        let name = self.name.optional("name")?.unwrap_or("mcp-engine");
        let version = self.version.optional("version")?.unwrap_or(env!("CARGO_PKG_VERSION"));
        let mut builder = Client::builder(name, version);
        if self.revisions != 0 {
            builder = builder.versions(revisions(self.revisions)?);
        }
        if let Some(roots) = self.roots.json("roots")? {
            if self.list_roots.is_some() {
                let words = "one of `roots` and `list_roots` has to be left out";
                return Err(Error::told(MCPE_ERR_VALUE, "caller", "roots", words));
            }
            builder = builder.roots(read_roots(roots)?);
        }
        if self.tasks != 0 {
            builder = builder.tasks();
        }
        let limits = match self.limits.is_null() {
            true => mcp_engine::Limits::default(),
            false => self.limits.options()?.read()?,
        };
        let idle_ns = self.idle_ns;
        builder = builder.configure(|config| {
            config.limits = limits;
            config.patience.idle_ns = match idle_ns {
                0 => config.patience.idle_ns,
                MCPE_FOREVER => 0,
                wanted => wanted,
            };
        });
        let open =
            if self.open_ns == 0 { USUAL_OPENING } else { Duration::from_nanos(self.open_ns) };
        Ok(Plan {
            way: self.way(limits)?,
            builder,
            open,
            limits,
            asks: Asks {
                sampling: self.sampling,
                elicitation: self.elicitation,
                list_roots: self.list_roots,
                notification: self.notification,
            },
            care,
            queue: or(self.queue, 1_024),
            callbacks: callbacks(self.callbacks, MOST_CALLBACKS)?,
            calls: or(self.calls, 4_096),
        })
    }

    fn way(&self, limits: mcp_engine::Limits) -> Result<Way, Error> {
        let argv = &self.argv;
        let argv = input!(argv, self.argv_len)?;
        match (self.url.optional("url")?, argv.split_first()) {
            (Some(url), None) => Ok(Way::Url(url.to_owned(), Box::new(self.http(limits)?))),
            (None, Some((program, arguments))) => {
                self.command(program, arguments).map(Way::Program)
            }
            _ => Err(Error::told(
                MCPE_ERR_VALUE,
                "caller",
                "argv",
                "one of `argv` and `url` has to say where the server is",
            )),
        }
    }

    fn command(&self, program: &mcpe_str, arguments: &[mcpe_str]) -> Result<Command, Error> {
        let arguments = arguments.iter().map(|one| one.text("argv"));
        let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
        let environment = match self.environment {
            MCPE_ENVIRONMENT_SHORT => Environment::Short,
            MCPE_ENVIRONMENT_NOTHING => Environment::Nothing,
            MCPE_ENVIRONMENT_ALL => Environment::All,
            _ => return Err(Failure::Value("environment").into()),
        };
        let standard_error = match self.standard_error {
            MCPE_STDERR_KEEP => Stderr::Keep,
            MCPE_STDERR_PASS_ON => Stderr::PassOn,
            _ => return Err(Failure::Value("standard_error").into()),
        };
        let command = Command::new(program.text("argv")?).args(arguments);
        let mut command = command.environment(environment).stderr(standard_error);
        let env = &self.env;
        for pair in input!(env, self.env_len)? {
            let name = pair.name.text("env")?;
            if name.is_empty() || name.contains('=') {
                return Err(Failure::Value("env").into());
            }
            command = command.env(name, pair.value.text("env")?);
        }
        Ok(match self.directory.optional("directory")? {
            Some(directory) => command.directory(directory),
            None => command,
        })
    }

    fn http(&self, limits: mcp_engine::Limits) -> Result<HttpOptions, Error> {
        // Arguments that schemas want repeated in headers are (MCP 2026-07-28).
        let tables = HeaderTables::new(mcp_engine::schema::Limits::default());
        let mut options = HttpOptions::default().tool_headers(tables);
        options.limits = limits;
        let headers = &self.headers;
        for pair in input!(headers, self.headers_len)? {
            let (name, value) = (pair.name.text("headers")?, pair.value.text("headers")?);
            options = options.header(name, value).map_err(|error| {
                Error::told(MCPE_ERR_VALUE, "caller", "headers", error.to_string())
            })?;
        }
        Ok(options)
    }
}

impl mcpe_call_options {
    pub(super) fn terms(&self) -> Result<Terms, Error> {
        let time = |ns: u64| (ns != 0).then(|| Duration::from_nanos(ns));
        Ok(Terms {
            tag: self.tag,
            timeout: time(self.timeout_ns),
            idle: time(self.idle_ns),
            level: if self.level == 0 { None } else { Some(level_of(self.level)?) },
            task_ttl: time(self.task_ttl_ns),
        })
    }
}

fn read_roots(roots: Raw<'_>) -> Result<Vec<Root<'static>>, Error> {
    let roots = roots.elements().ok_or(Failure::Value("roots"))?;
    let read = |root| Root::read(root).map(Root::into_owned);
    let roots: Result<_, _> = roots.map(read).collect();
    roots.map_err(|_| Failure::Value("roots").into())
}

const USUAL_OPENING: Duration = Duration::from_secs(60);
/// As many questions of one server are being answered at a time.
const MOST_CALLBACKS: usize = 256;
