//! Proves that nothing grows: sessions, children and streams are opened, used and given up in every way, and the memory, the descriptors, the
//! tasks and the tables of the server are as they were before.
//!
//! `scripts/soak.sh` runs it. What is soaked is a process of its own: this program as a server, which tells its tables, or `mcp-engine serve`.

mod children;
mod churn;
mod client;
mod idle;
mod process;
mod report;
mod server;
mod slow;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use report::Report;

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) sessions: u64,
    pub(crate) children: u64,
    /// Stalled readers, and as many slow writers.
    pub(crate) slow: usize,
    pub(crate) idle: usize,
    pub(crate) timing: Timing,
}

/// Whether times are judged, which other work on the machine spoils.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timing {
    Judged,
    Shown,
}

const SHORT: Scale =
    Scale { sessions: 4_000, children: 100, slow: 50, idle: 500, timing: Timing::Shown };
const LONG: Scale = Scale {
    sessions: 1_000_000,
    children: 10_000,
    slow: 1_000,
    idle: 10_000,
    timing: Timing::Judged,
};

type Failure = Box<dyn Error + Send + Sync>;

#[derive(Debug)]
struct Options {
    scale: Scale,
    program: PathBuf,
    stages: Vec<String>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.as_slice() {
        [only] if only == server::ROLE => server::run().map(|()| ExitCode::SUCCESS),
        _ => options(&arguments).and_then(|options| soak(&options)),
    };
    done.unwrap_or_else(|failure| {
        eprintln!("soak: {failure}");
        ExitCode::from(2)
    })
}

fn options(arguments: &[String]) -> Result<Options, Failure> {
    let mut options = Options { scale: LONG, program: PathBuf::new(), stages: Vec::new() };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--short" => options.scale = SHORT,
            "--sessions" => options.scale.sessions = arguments.next().ok_or(USAGE)?.parse()?,
            "--program" => options.program = arguments.next().ok_or(USAGE)?.into(),
            stage if STAGES.contains(&stage) => options.stages.push(stage.to_owned()),
            _ => return Err(USAGE.into()),
        }
    }
    if options.stages.is_empty() {
        options.stages = STAGES.map(str::to_owned).to_vec();
    }
    Ok(options)
}

fn soak(options: &Options) -> Result<ExitCode, Failure> {
    process::allow_descriptors();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut report = Report::default();
    runtime.block_on(async {
        for stage in &options.stages {
            println!("--- {stage}");
            match stage.as_str() {
                "children" => children::soak(options.scale, &mut report).await?,
                "sessions" => churn::soak(options.scale, &mut report).await?,
                "slow" => slow::soak(options.scale, &mut report).await?,
                _ => idle::soak(options.scale, &options.program, &mut report).await?,
            }
        }
        Ok::<_, Failure>(())
    })?;
    Ok(report.finish())
}

/// Children come first: later there is more in this process that could hide what they leave behind.
const STAGES: [&str; 4] = ["children", "sessions", "slow", "idle"];
const USAGE: &str =
    "usage: soak [--short] [--sessions N] --program MCP-ENGINE [children|sessions|slow|idle …]";
