//! The server that is soaked: this program in another role, which tells how full its tables are.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use mcp_engine::Context;
use mcp_engine::http_server::{HttpServerConfig, HttpService};
use mcp_engine::server::{Server, tool};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::time::sleep;

use crate::Failure;
use crate::process::{Held, held, resident};

/// The argument that makes this program the server.
pub(crate) const ROLE: &str = "--serve";

/// A server in a process of its own, which ends with this.
pub(crate) struct Soaked {
    child: Child,
    pub(crate) address: SocketAddr,
    talk: Option<(ChildStdin, std::io::Lines<BufReader<ChildStdout>>)>,
}

/// How full the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tables {
    pub(crate) sessions: usize,
    pub(crate) listeners: usize,
    pub(crate) tasks: usize,
    pub(crate) held: Held,
}

/// Says it back.
#[tool]
fn echo(text: &str) -> &str {
    text
}

/// So many bytes.
#[tool]
fn big(bytes: u32) -> String {
    "x".repeat(bytes.min(16 << 20) as usize)
}

/// Tells how far it is, and does not come far.
#[tool]
async fn count(context: &Context) -> String {
    for number in 1..1_000_000 {
        if context.progress(f64::from(number), None, None).is_err() {
            break;
        }
        sleep(Duration::from_millis(5)).await;
    }
    String::new()
}

/// Never answers.
#[tool]
async fn never() -> String {
    std::future::pending().await
}

/// Plays the role: serves until standard input ends, and answers each line of it with the tables.
pub(crate) fn run() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = Server::builder("soaked", "1.0").tool(echo).tool(big).tool(count).tool(never);
        let mut config = HttpServerConfig::default();
        config.limits.http.sessions = 100_000;
        config.limits.http.session_idle_ms = 200;
        let service = HttpService::new(server.build()?, config)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        eprintln!("serves on http://{}/", listener.local_addr()?);
        let (handle, told) = (Handle::current(), service.clone());
        std::thread::spawn(move || tell(&told, &handle));
        service.serve(listener).await?;
        Ok(())
    })
}

fn tell(service: &HttpService, handle: &Handle) {
    for line in std::io::stdin().lines() {
        let tasks = handle.metrics().num_alive_tasks();
        let told = line.and_then(|_| {
            let (sessions, listeners) = (service.sessions(), service.listeners());
            writeln!(std::io::stdout(), "{sessions} {listeners} {tasks}")
        });
        if told.is_err() {
            break;
        }
    }
    std::process::exit(0);
}

impl Soaked {
    /// This program in its other role.
    pub(crate) fn start() -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(ROLE).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut soaked = Self::spawn(&mut command)?;
        let ends = soaked.child.stdin.take().zip(soaked.child.stdout.take());
        soaked.talk = ends.map(|(stdin, stdout)| (stdin, BufReader::new(stdout).lines()));
        Ok(soaked)
    }

    /// The program `mcp-engine`.
    pub(crate) fn start_program(program: &Path, transport: &str) -> Result<Self, Failure> {
        let mut command = Command::new(program);
        command
            .args(["serve", transport, "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        Self::spawn(&mut command)
    }

    fn spawn(command: &mut Command) -> Result<Self, Failure> {
        let mut child = command.stderr(Stdio::piped()).spawn()?;
        let stderr = child.stderr.take().ok_or("no standard error")?;
        let mut said = BufReader::new(stderr).lines();
        let first = said.next().ok_or("the server has ended")??;
        // What it says later must have somewhere to go.
        std::thread::spawn(move || said.map_while(Result::ok).for_each(|line| eprintln!("{line}")));
        let (_, address) = first.split_once("://").ok_or("the server says no address")?;
        let address = address.split('/').next().unwrap_or_default().parse()?;
        Ok(Self { child, address, talk: None })
    }

    pub(crate) fn resident(&self) -> u64 {
        resident(self.child.id())
    }

    pub(crate) fn tables(&mut self) -> Result<Tables, Failure> {
        let (stdin, stdout) = self.talk.as_mut().ok_or("this server does not tell")?;
        stdin.write_all(b"\n")?;
        let line = stdout.next().ok_or("the server has ended")??;
        let numbers: Vec<usize> = line.split(' ').map(str::parse).collect::<Result<_, _>>()?;
        let [sessions, listeners, tasks] = numbers[..] else { return Err("three numbers".into()) };
        Ok(Tables { sessions, listeners, tasks, held: held(self.child.id()) })
    }
}

impl Drop for Soaked {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
