//! The `mcp-engine` program: what the library does, at the command line.
//!
//! Each command has a room of its own beside this file. Exit codes are the same everywhere: 0 all is
//! well, 1 the traffic has faults or the tool has failed, 2 the command could not do its work.

mod bench;
mod call;
mod check;
mod demo;
mod escape;
mod everything;
mod failure;
mod front;
mod histogram;
mod list;
mod log;
mod manual;
mod proxy;
mod screen;
mod serve;
mod target;
mod units;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use mcp_engine_runtime::client::{Client, ClientBuilder};

use failure::Failure;

/// A zero-copy engine for the Model Context Protocol.
#[derive(Debug, Parser)]
#[command(name = "mcp-engine", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Serve(serve::Args),
    Proxy(proxy::Args),
    List(list::Args),
    Call(call::Call),
    Read(call::Read),
    Prompt(call::Prompt),
    Bench(bench::Args),
    Check(check::Args),
    Completions(manual::Completions),
    #[command(hide = true)]
    Manual(manual::Pages),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Check(args) => return check::run(&args),
        Command::Completions(args) => args.run(Cli::command()).map(|()| true),
        Command::Manual(args) => args.run(Cli::command()).map(|()| true),
        command => run(command),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(failure) => {
            eprintln!("mcp-engine: {failure}");
            ExitCode::from(2)
        }
    }
}

/// Says whether what was asked for was done.
fn run(command: Command) -> Result<bool, Failure> {
    log::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Demo(args) => demo::run(args).await.map(|()| true),
            Command::Serve(args) => serve::run(args).await.map(|()| true),
            Command::Proxy(args) => proxy::run(args).await.map(|()| true),
            Command::List(args) => list::run(args).await.map(|()| true),
            Command::Call(call) => call.run().await,
            Command::Read(read) => read.run().await.map(|()| true),
            Command::Prompt(prompt) => prompt.run().await.map(|()| true),
            Command::Bench(args) => bench::run(args).await,
            Command::Check(_) | Command::Completions(_) | Command::Manual(_) => Ok(true),
        }
    })
}

/// The client that all commands are.
fn client() -> ClientBuilder {
    Client::builder("mcp-engine", env!("CARGO_PKG_VERSION"))
}
