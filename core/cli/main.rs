//! The `mcp-engine` program: what the library knows about MCP traffic, at the command line.
//!
//! Each command has a room of its own beside this file. Exit codes are the same everywhere: 0 all is
//! well, 1 the traffic has faults, 2 the command could not do its work.

mod check;
mod everything;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A zero-copy engine for the Model Context Protocol.
#[derive(Debug, Parser)]
#[command(name = "mcp-engine", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Check(args) => check::run(&args),
    }
}
