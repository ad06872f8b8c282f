//! Which server a command is about: a URL, a command line, or an entry of a configuration.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::PathBuf;
use std::time::Duration;

use mcp_engine_proto::Limits;
use mcp_engine_runtime::Error;
use mcp_engine_runtime::client::{Client, ClientBuilder};
use mcp_engine_runtime::http_client::{HttpOptions, HttpTransport};
use mcp_engine_runtime::proxy::Upstream;
use mcp_engine_runtime::transport::{
    ByteStream, Child, Command, Environment, Socket, Stderr, Transport, TransportLimits,
};
use mcp_engine_runtime::websocket;
use mcp_engine_schema::HeaderTables;
use serde::Deserialize;

use crate::failure::Failure;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Target {
    /// Take the server of that name from a configuration
    #[arg(short, long, value_name = "NAME", requires = "config")]
    server: Option<String>,

    /// A file with "mcpServers", as many clients have it
    #[arg(short, long, value_name = "FILE", requires = "server")]
    config: Option<PathBuf>,

    /// Set a variable in the environment of the server
    ///
    /// A server that is started gets HOME, LOGNAME, PATH, SHELL, TERM and USER, and what is set here.
    #[arg(short, long = "env", value_name = "NAME=VALUE")]
    variables: Vec<String>,

    /// Show what the server writes to its standard error
    #[arg(long)]
    stderr: bool,

    /// Seconds to wait for an answer when there is no sign of life
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    timeout: f64,

    /// Send a header with every request (HTTP)
    #[arg(short = 'H', long = "header", value_name = "NAME:VALUE")]
    headers: Vec<String>,

    /// The server: a command line, a URL, unix:PATH, or tcp://HOST:PORT
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "SERVER")]
    line: Vec<String>,
}

/// A client, and the process that it talks to when it was started here.
pub(crate) struct Connected {
    pub(crate) client: Client,
    pub(crate) child: Option<Child>,
}

/// A client to be.
pub(crate) trait Connect: Sized {
    /// Waits so long for answers when there is no sign of life.
    fn patient(self, patience: Duration) -> Self;

    async fn connect(self, transport: impl Transport) -> Result<Client, Error>;
}

impl Connect for ClientBuilder {
    fn patient(self, patience: Duration) -> Self {
        self.timeout(patience)
    }

    async fn connect(self, transport: impl Transport) -> Result<Client, Error> {
        Self::connect(self, transport).await
    }
}

impl Connect for Upstream {
    /// The proxy has a bound of its own.
    fn patient(self, _: Duration) -> Self {
        self
    }

    async fn connect(self, transport: impl Transport) -> Result<Client, Error> {
        Self::connect(self, transport).await
    }
}

/// How a server is reached.
#[derive(Debug)]
enum Way {
    Command { argv: Vec<String>, variables: BTreeMap<String, String>, directory: Option<PathBuf> },
    WebSocket(String),
    Http { url: String, headers: BTreeMap<String, String> },
    Unix(PathBuf),
    Tcp(String),
}

#[derive(Debug, Deserialize)]
struct Configuration {
    #[serde(rename = "mcpServers")]
    servers: BTreeMap<String, Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    command: Option<String>,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    cwd: Option<PathBuf>,
    url: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

impl Target {
    /// Our own program as a server.
    pub(crate) fn own() -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(Failure::of("the path of this program"))?;
        let line = vec![program.to_string_lossy().into_owned(), "serve".into(), "--stdio".into()];
        Ok(Self {
            server: None,
            config: None,
            variables: vec![],
            stderr: true,
            timeout: 60.0,
            headers: vec![],
            line,
        })
    }

    /// Connects a client.
    pub(crate) async fn connect(&self, client: impl Connect) -> Result<Connected, Failure> {
        let client = client.patient(self.patience());
        let (limits, bytes) = (Limits::default(), TransportLimits::default());
        match self.way()? {
            Way::Unix(path) => {
                let socket = Socket::connect_unix(&path, &bytes).await?;
                let client = client.connect(ByteStream::new(socket, &limits)).await?;
                Ok(Connected { client, child: None })
            }
            Way::Tcp(address) => {
                let socket = Socket::connect_tcp(&address, &bytes).await?;
                let client = client.connect(ByteStream::new(socket, &limits)).await?;
                Ok(Connected { client, child: None })
            }
            Way::WebSocket(url) => {
                let socket = websocket::connect(&url, &limits).await?;
                Ok(Connected { client: client.connect(socket).await?, child: None })
            }
            Way::Http { url, headers } => {
                let transport = HttpTransport::new(&url, self.http(headers)?)?;
                Ok(Connected { client: client.connect(transport).await?, child: None })
            }
            Way::Command { argv, variables, directory } => {
                let (stream, child) = self.command(&argv, &variables, directory)?.spawn()?;
                match client.connect(ByteStream::new(stream, &limits)).await {
                    Ok(client) => Ok(Connected { client, child: Some(child) }),
                    Err(error) => {
                        // Only then all is read that it has said. However it has ended, it is gone.
                        let _ = child.shutdown().await;
                        let said = child.stderr_tail().bytes;
                        Err(Failure::started(error, &String::from_utf8_lossy(&said)))
                    }
                }
            }
        }
    }

    /// How long to wait for an answer when there is no sign of life.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs_f64(self.timeout.clamp(0.0, 1e9))
    }

    /// Whether it names a server at all.
    pub(crate) fn assert_sound(&self) -> Result<(), Failure> {
        self.way().map(drop)
    }

    fn http(&self, headers: BTreeMap<String, String>) -> Result<HttpOptions, Failure> {
        let tables = HeaderTables::new(mcp_engine_schema::Limits::default());
        let mut options = HttpOptions::default().tool_headers(tables);
        for (name, value) in headers {
            options = options.header(&name, &value)?;
        }
        for header in &self.headers {
            let (name, value) =
                header.split_once(':').ok_or(Failure::usage("--header takes NAME:VALUE"))?;
            options = options.header(name.trim(), value.trim())?;
        }
        Ok(options)
    }

    fn command(
        &self,
        argv: &[String],
        variables: &BTreeMap<String, String>,
        directory: Option<PathBuf>,
    ) -> Result<Command, Failure> {
        let (program, arguments) = argv.split_first().ok_or(Failure::usage(NO_SERVER))?;
        let mut command = Command::new(program).args(arguments).environment(Environment::Short);
        for (name, value) in variables {
            command = command.env(name, value);
        }
        for variable in &self.variables {
            let (name, value) =
                variable.split_once('=').ok_or(Failure::usage("--env takes NAME=VALUE"))?;
            command = command.env(name, value);
        }
        if let Some(directory) = directory {
            command = command.directory(directory);
        }
        Ok(if self.stderr { command.stderr(Stderr::PassOn) } else { command })
    }

    fn way(&self) -> Result<Way, Failure> {
        if let (Some(config), Some(server)) = (&self.config, &self.server) {
            return configured(config, server);
        }
        let first = self.line.first().ok_or(Failure::usage(NO_SERVER))?;
        match self.line.as_slice() {
            [only] => addressed(only).unwrap_or_else(|| Ok(started(vec![first.clone()]))),
            _ => Ok(started(self.line.clone())),
        }
    }
}

impl Connected {
    /// The id of the process that was started for it, which leads a group of its own.
    pub(crate) fn process(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Ends the conversation, and the process that was started for it.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        self.client.close().await;
        if let Some(child) = self.child {
            child.shutdown().await?;
        }
        Ok(())
    }
}

fn started(argv: Vec<String>) -> Way {
    Way::Command { argv, variables: BTreeMap::new(), directory: None }
}

/// The way to an address; `None` for what is none.
fn addressed(text: &str) -> Option<Result<Way, Failure>> {
    if let Some(path) = text.strip_prefix("unix:") {
        return Some(Ok(Way::Unix(path.into())));
    }
    if let Some(address) = text.strip_prefix("tcp://") {
        return Some(Ok(Way::Tcp(address.to_owned())));
    }
    let (scheme, _) = text.split_once("://")?;
    if matches!(scheme, "ws" | "wss") {
        return Some(Ok(Way::WebSocket(text.to_owned())));
    }
    if matches!(scheme, "http" | "https") {
        return Some(Ok(Way::Http { url: text.to_owned(), headers: BTreeMap::new() }));
    }
    Some(Err(Failure::usage(format!("no server is reached by {scheme}:// in this build"))))
}

fn configured(config: &PathBuf, server: &str) -> Result<Way, Failure> {
    let what = || format!("the configuration {}", config.display());
    let file = File::open(config).map_err(Failure::of(what()))?;
    let text = BufReader::new(file.take(LONGEST_CONFIGURATION));
    let mut configuration: Configuration = serde_json::from_reader(text)
        .map_err(|error| Failure::usage(format!("{}: {error}", what())))?;
    let entry = configuration.servers.remove(server);
    let entry = entry.ok_or_else(|| Failure::usage(format!("{} has no {server}", what())))?;
    match entry {
        Entry { command: Some(command), args, env, cwd, .. } => {
            let argv = std::iter::once(command).chain(args).collect();
            Ok(Way::Command { argv, variables: env, directory: cwd })
        }
        Entry { url: Some(url), headers, .. } => match addressed(&url) {
            Some(Ok(Way::Http { url, .. })) => Ok(Way::Http { url, headers }),
            Some(way) => way,
            None => Err(Failure::usage(format!("{url} is no URL of a server"))),
        },
        _ => Err(Failure::usage(format!("{server} has neither a command nor a URL"))),
    }
}

/// In bytes. What is behind it is not read, and then the JSON has no end.
const LONGEST_CONFIGURATION: u64 = 1 << 20;
const NO_SERVER: &str = "no server is named: a command line, a URL, unix:PATH, or tcp://HOST:PORT";
