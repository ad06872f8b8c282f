//! `peers`: races the engine against other parsers and SDKs and holds the ratios to their targets.
//!
//! ```text
//! corpus → stream → contenders (ours, peers) → measure, round by round → stations → report ← targets.toml
//! ```
//!
//! It is a workspace of its own, so that no peer enters the product's dependency tree, and is built
//! for baseline x86-64, as a package is shipped. Absolute times drift with the machine; only ratios
//! taken within one round are held to targets.

mod contender;
mod corpus;
mod measure;
mod ours;
mod peers;
mod report;
mod seen;
mod stations;
mod stream;
mod table;
mod targets;

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use report::Report;
use stations::Station;
use targets::Targets;

/// Races the engine against other parsers and SDKs.
#[derive(Parser)]
struct Options {
    /// Which stations to run; all when none is named.
    stations: Vec<Station>,
    /// Fail when a ratio misses what it must reach, or a target was not measured.
    #[arg(long)]
    gate: bool,
    /// Interleaved rounds per race.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Also write times and ratios to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The targets to judge by.
    #[arg(long, value_name = "FILE", default_value = TARGETS)]
    targets: PathBuf,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::parse();
    let targets = Targets::load(&options.targets)?;
    let stations = selected(&options.stations);
    let mut report = Report::default();
    for station in &stations {
        station.run(options.rounds.into(), &mut report);
    }
    report.judge(&targets);
    println!("{}", report.render());
    if let Some(file) = options.json {
        fs::write(file, serde_json::to_vec_pretty(&report)?)?;
    }
    let faults = faults(&report, &targets, &stations);
    for fault in &faults {
        eprintln!("{fault}");
    }
    Ok(if options.gate && !faults.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The named stations, each once and in their own order.
fn selected(named: &[Station]) -> Vec<Station> {
    Station::ALL.into_iter().filter(|station| named.is_empty() || named.contains(station)).collect()
}

fn faults(report: &Report, targets: &Targets, stations: &[Station]) -> Vec<String> {
    let unmeasured = targets.unmeasured(stations, &report.measured()).into_iter();
    report
        .missed()
        .chain(unmeasured.map(|metric| format!("{metric} has a target but was not measured")))
        .collect()
}

const TARGETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../targets.toml");
