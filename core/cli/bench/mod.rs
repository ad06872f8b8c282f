//! `mcp-engine bench`: calls a tool of any server, as often as it can, and says how often that is and how long it takes.

mod cell;
mod load;
mod report;
mod usage;

pub(crate) use load::{Load, Until};

use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use mcp_engine_proto::model::Json;
use mcp_engine_runtime::client::Client;
use serde_json::{Map, Value, json};

use crate::call;
use crate::failure::Failure;
use crate::list::introduce;
use crate::screen;
use crate::target::{Connected, Target};
use cell::Cell;
use report::Report;
use usage::Group;

/// Measure how fast a server answers calls of a tool
///
/// Each cell is a size of the payload and a number of calls that are outstanding at a time. Without --payload and without arguments, the payloads
/// are 100 bytes, 64 KB and 1 MB, in an argument "text" of the tool "echo".
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The tool
    #[arg(long, value_name = "NAME", default_value = "echo")]
    tool: String,

    /// An argument; a value that is JSON is taken as such, another one as text
    #[arg(short, long = "arg", value_name = "NAME=VALUE")]
    arguments: Vec<String>,

    /// All arguments, as a JSON object
    #[arg(long, value_name = "JSON", conflicts_with = "arguments")]
    args: Option<String>,

    /// Sizes of a text that is put among the arguments, in bytes: 100, 64k, 1m
    #[arg(long, value_name = "BYTES", value_delimiter = ',', value_parser = cell::bytes)]
    payload: Vec<usize>,

    /// The argument that takes the payload
    #[arg(long, value_name = "NAME", default_value = "text")]
    payload_as: String,

    /// Numbers of calls that are outstanding at a time
    #[arg(long, value_name = "CALLS", value_delimiter = ',', default_value = "1,16,64,256",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=MOST_OUTSTANDING))]
    concurrency: Vec<usize>,

    /// Seconds for each cell
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = cell::seconds)]
    duration: f64,

    /// Calls in each cell, instead of a duration
    #[arg(long, value_name = "CALLS", conflicts_with = "duration",
        value_parser = clap::value_parser!(u64).range(1..))]
    calls: Option<u64>,

    /// Print the figures as one JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Says whether every call was answered without an error.
pub(crate) async fn run(args: Args) -> Result<bool, Failure> {
    let cells = args.cells()?;
    let connected = args.target.connect(crate::client()).await?;
    if !args.json {
        introduce(&connected.client);
    }
    let mut report = Report::new(&args.tool, connected.client.version().name());
    let bar = screen::bar();
    bar.set_length(cells.len() as u64 * STEPS);
    for (number, cell) in (0..).zip(cells) {
        bar.set_message(cell.name());
        let measured = args.measure(&connected, &cell, |share| {
            bar.set_position(number * STEPS + (share * STEPS as f64) as u64);
        });
        report.add(measured.await?);
    }
    bar.finish_and_clear();
    report.print(args.json);
    connected.close().await?;
    Ok(report.is_clean())
}

impl Args {
    fn cells(&self) -> Result<Vec<Cell>, Failure> {
        let arguments = call::arguments(&self.arguments, self.args.as_deref())?;
        let payloads: Vec<Option<usize>> = match (self.payload.as_slice(), arguments.is_empty()) {
            ([], false) => vec![None],
            ([], true) => PAYLOADS.map(Some).to_vec(),
            (own, _) => own.iter().copied().map(Some).collect(),
        };
        let each = |payload: Option<usize>| {
            self.concurrency
                .iter()
                .map(move |outstanding| Cell { payload, outstanding: *outstanding })
        };
        let cells: Vec<_> = payloads.into_iter().flat_map(each).collect();
        match cells.iter().find(|cell| !cell.fits()) {
            // Nobody has asked for those that do not fit.
            Some(_) if self.payload.is_empty() => {
                Ok(cells.into_iter().filter(Cell::fits).collect())
            }
            Some(cell) => Err(Failure::usage(format!("{}: {}", cell.name(), cell::TOO_MUCH))),
            None => Ok(cells),
        }
    }

    async fn measure(
        &self,
        connected: &Connected,
        cell: &Cell,
        tell: impl Fn(f64),
    ) -> Result<report::Figures, Failure> {
        let params = self.params(cell)?;
        self.try_once(&connected.client, &params).await?;
        let load = |until| Load { params: params.clone(), outstanding: cell.outstanding, until };
        let until = match self.calls {
            Some(calls) => Until::Calls(calls),
            None => {
                load(Until::Elapsed(WARM_UP)).run(&connected.client, |_| ()).await?;
                Until::Elapsed(Duration::from_secs_f64(self.duration))
            }
        };
        let server = connected.process().map(Group::of);
        server.inspect(|server| server.forget_peak());
        let used = || (server.and_then(Group::cpu_micros), usage::own_cpu_micros());
        let before = used();
        let measured = load(until).run(&connected.client, tell).await?;
        let peak_bytes = server.and_then(Group::peak_bytes);
        Ok(report::Figures::new(cell, &measured, before, used(), peak_bytes))
    }

    /// Calls once, so that a tool that cannot be called is told of in words.
    async fn try_once(&self, client: &Client, params: &Json<'_>) -> Result<(), Failure> {
        let call = mcp_engine_proto::connection::Call::new(mcp_engine_proto::Method::CallTool);
        let answer = client.peer().request(call.params(params.raw()))?.await?;
        match answer.call_tool_result() {
            Some(result) if !result.is_error => Ok(()),
            _ => Err(Failure::usage(format!("{} answers: {}", self.tool, answer.as_str()))),
        }
    }

    fn params(&self, cell: &Cell) -> Result<Json<'static>, Failure> {
        let mut arguments: Map<String, Value> =
            call::arguments(&self.arguments, self.args.as_deref())?;
        if let Some(bytes) = cell.payload {
            arguments.insert(self.payload_as.clone(), Value::String(cell::text(bytes)));
        }
        let params = json!({"name": self.tool, "arguments": arguments});
        Json::parse(params.to_string()).map_err(|error| Failure::usage(error.to_string()))
    }
}

/// Of text that is echoed, in bytes.
const PAYLOADS: [usize; 3] = [100, 64 << 10, 1 << 20];
const MOST_OUTSTANDING: u64 = 4_096;
/// Steps of the bar for each cell.
const STEPS: u64 = 100;
/// Caches fill, and pipes grow, before anything is measured.
const WARM_UP: Duration = Duration::from_millis(100);
