//! `mcp-engine demo`: a client and a server of this program talk to each other, and what happens is told.

use std::time::{Duration, Instant};

use mcp_engine_proto::json::Raw;
use mcp_engine_proto::model::{ElicitAction, ElicitResult, Json};
use mcp_engine_runtime::client::Client;
use serde_json::json;

use crate::bench::{Load, Until};
use crate::failure::Failure;
use crate::list::{Catalogue, introduce};
use crate::screen::{self, BAD, FAINT, GOOD};
use crate::target::Target;

/// Show what this program does: a server is started, listed, called, cancelled and measured
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print the figures as one JSON object
    #[arg(long)]
    json: bool,

    /// Milliseconds for each measurement
    #[arg(long, value_name = "MS", default_value_t = 1_000)]
    measure: u64,
}

/// What was measured.
#[derive(Debug, serde::Serialize)]
struct Figures {
    connect_ms: f64,
    one_at_a_time: Throughput,
    sixty_four_at_a_time: Throughput,
}

#[derive(Debug, serde::Serialize)]
struct Throughput {
    calls_per_second: f64,
    microseconds_per_call: f64,
    p99_microseconds: f64,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let began = Instant::now();
    let client =
        crate::client().elicitation(|_| async { Ok(ElicitResult::new(ElicitAction::Decline)) });
    let connected = Target::own()?.connect(client).await?;
    let connect_ms = began.elapsed().as_secs_f64() * 1e3;
    let client = &connected.client;
    if !args.json {
        introduce(client);
        screen::line(format_args!("{FAINT}started and connected in {connect_ms:.1} ms{FAINT:#}"));
        Catalogue::of(client).await?.print();
        screen::title("What it does");
        show(client).await?;
        screen::title("How fast it is");
    }
    let figures = Figures {
        connect_ms,
        one_at_a_time: measure(client, 1, args.measure).await?,
        sixty_four_at_a_time: measure(client, 64, args.measure).await?,
    };
    match args.json {
        true => screen::line(serde_json::to_string(&figures).unwrap_or_default()),
        false => figures.print(),
    }
    connected.close().await
}

/// One of each: a call, progress, a failure, a question to the user, a resource, a prompt, a cancellation.
async fn show(client: &Client) -> Result<(), Failure> {
    let echo = client.call_tool("echo", &json!({"text": "Hello!"})).await?;
    step("echo answers", &echo.text());
    let sum = client.call_tool("add", &json!({"a": 20, "b": 22})).await?;
    step("add answers", sum.structured().map_or("nothing", Raw::spelling));
    let bar = screen::bar();
    let shown = bar.clone();
    let count = client.call_tool("count", &json!({"to": 50})).on_progress(move |progress| {
        shown.set_length(50);
        shown.set_position(progress.progress as u64);
    });
    let counted = count.await?;
    bar.finish_and_clear();
    step("count, with progress", &counted.text());
    let failed = client.call_tool("test_error_handling", &json!({})).await?;
    step("a failure is told to the model", &failed.text());
    let asked = client.call_tool("test_input_required_result_elicitation", &json!({})).await?;
    step("the user is asked, and declines", &asked.text());
    let read = client.read_resource("test://template/42/data").await?;
    step("a resource is read", &format!("{} part", read.contents.len()));
    let prompt = client.get_prompt("test_simple_prompt", []).await?;
    step("a prompt is filled in", &format!("{} message", prompt.messages.len()));
    let sleep = client.call_tool("sleep", &json!({"seconds": 3600})).into_future();
    let cut_off = tokio::time::timeout(Duration::from_millis(50), sleep).await.is_err();
    step("an hour of sleep is cancelled", if cut_off { "after 50 ms" } else { "too late" });
    Ok(())
}

fn step(what: &str, result: &str) {
    let (mark, style) = if result.is_empty() { ("✗", BAD) } else { ("✓", GOOD) };
    let result = crate::escape::shown(result);
    screen::line(format_args!("  {style}{mark}{style:#} {what}: {FAINT}{result}{FAINT:#}"));
}

/// Calls `echo` for a while, so many calls at a time.
async fn measure(client: &Client, outstanding: usize, ms: u64) -> Result<Throughput, Failure> {
    let params = Json::parse(ECHO).map_err(mcp_engine_runtime::Error::from)?;
    let until = Until::Elapsed(Duration::from_millis(ms));
    let measured = Load { params, outstanding, until }.run(client, |_| ()).await?;
    Ok(Throughput {
        calls_per_second: measured.calls_per_second(),
        microseconds_per_call: measured.elapsed.as_secs_f64() * 1e6 / measured.calls as f64,
        p99_microseconds: measured.micros(990),
    })
}

impl Figures {
    fn print(&self) {
        let rows = [
            ("one call at a time", &self.one_at_a_time),
            ("64 calls at a time", &self.sixty_four_at_a_time),
        ];
        for (what, figures) in rows {
            let Throughput { calls_per_second, microseconds_per_call, p99_microseconds } = figures;
            screen::line(format_args!(
                "  {what}: {GOOD}{calls_per_second:.0}{GOOD:#} calls a second {FAINT}({microseconds_per_call:.1} µs each, client and server together; 99 of 100 answered within {p99_microseconds:.0} µs){FAINT:#}"
            ));
        }
    }
}

/// A call of about 100 bytes.
const ECHO: &str = r#"{"name":"echo","arguments":{"text":"The quick brown fox jumps over the lazy dog, again and again."}}"#;
