//! `wire`: measures servers and clients of MCP from outside, as processes on a pipe or a socket.
//!
//! ```text
//! cells × contenders ─▶ process, pinned to core 0 ◀─ bytes ─▶ load generator, pinned to core 1 ─▶ figures ─▶ report ◀─ targets.toml
//! ```
//!
//! The load generator parses neither what it sends nor what it receives, so that it costs every contender the same. Absolute figures drift
//! with the machine; targets are ratios within one round, in which every contender has its turn. What was not built is left out, and said.

mod cell;
mod clients;
mod contender;
mod figures;
mod http;
mod load;
mod process;
mod report;
mod requests;
mod stdio;
mod targets;

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use cell::Cell;
use contender::Contender;
use figures::Figures;
use targets::Targets;

/// Measures servers and clients of MCP from outside.
#[derive(Parser)]
struct Options {
    /// Which cells to measure: all whose name begins with one of these, or simply all.
    cells: Vec<String>,
    /// Only these contenders.
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    only: Vec<String>,
    /// Fail when a target is missed or was not measured.
    #[arg(long)]
    gate: bool,
    /// Interleaved rounds.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Milliseconds for each measurement.
    #[arg(long, default_value_t = 400, value_name = "MS")]
    millis: u64,
    /// Also write every figure of every round to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The targets to judge by.
    #[arg(long, value_name = "FILE", default_value = TARGETS)]
    targets: PathBuf,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::parse();
    let targets = Targets::load(&options.targets)?;
    process::pin(process::GENERATOR)?;
    let begins =
        |cell: &&Cell| options.cells.iter().any(|name| cell.name.starts_with(name.as_str()));
    let cells: Vec<&Cell> =
        cell::ALL.iter().filter(|cell| options.cells.is_empty() || begins(cell)).collect();
    let contenders: Vec<&Contender> = contender::ALL
        .iter()
        .filter(|one| options.only.is_empty() || options.only.iter().any(|name| name == one.name))
        .collect();
    let mut figures = Figures::default();
    for cell in &cells {
        measure(cell, &contenders, &options, &mut figures);
    }
    println!("{}", report::render(&cells, &figures));
    let judged = targets.judge(&cells, &figures);
    println!("{}", report::verdicts(&judged));
    if let Some(file) = options.json {
        fs::write(file, serde_json::to_vec_pretty(&figures)?)?;
    }
    let failed = judged.iter().any(|judged| judged.verdict.is_fault());
    Ok(if options.gate && failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Every contender has its turn in every round. Who fails once is left out from then on.
fn measure(cell: &Cell, contenders: &[&Contender], options: &Options, figures: &mut Figures) {
    let mut racing: Vec<&Contender> =
        contenders.iter().copied().filter(|one| one.races_in(cell)).collect();
    racing.retain(|one| one.is_built() || report::left_out(cell, one, "it was not built"));
    for _ in 0..options.rounds {
        racing.retain(|one| match one.measure(cell, Duration::from_millis(options.millis)) {
            Ok(sample) => {
                figures.add(cell, one, sample);
                true
            }
            Err(error) => report::left_out(cell, one, &error.to_string()),
        });
    }
}

const TARGETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/targets.toml");
