//! The figures, as a table or as JSON.

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use super::cell::Cell;
use super::load::Measured;
use crate::screen::{self, BAD, FAINT, STRONG};
use crate::units;

/// All cells.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    tool: String,
    version: &'static str,
    cells: Vec<Figures>,
}

/// What was measured of one cell.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    /// In bytes; absent where the arguments were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<usize>,
    outstanding: usize,
    calls: u64,
    errors: u64,
    seconds: f64,
    calls_per_second: f64,
    latency_us: Latency,
    /// Of a server that was started here, where the system tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    server_cpu_us_per_call: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_peak_rss_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_cpu_us_per_call: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Latency {
    p50: f64,
    p90: f64,
    p99: f64,
    max: f64,
}

/// Microseconds of processor time of the server, and of this program.
pub(super) type Used = (Option<u64>, Option<u64>);

impl Figures {
    pub(super) fn new(
        cell: &Cell,
        measured: &Measured,
        before: Used,
        after: Used,
        peak_bytes: Option<u64>,
    ) -> Self {
        let each = |before: Option<u64>, after: Option<u64>| {
            Some(after?.saturating_sub(before?) as f64 / measured.calls.max(1) as f64)
        };
        Self {
            payload: cell.payload,
            outstanding: cell.outstanding,
            calls: measured.calls,
            errors: measured.errors,
            seconds: measured.elapsed.as_secs_f64(),
            calls_per_second: measured.calls_per_second(),
            latency_us: Latency {
                p50: measured.micros(500),
                p90: measured.micros(900),
                p99: measured.micros(990),
                max: measured.latencies.largest() as f64 / 1e3,
            },
            server_cpu_us_per_call: each(before.0, after.0),
            server_peak_rss_bytes: peak_bytes,
            client_cpu_us_per_call: each(before.1, after.1),
        }
    }

    fn cells(&self) -> [String; COLUMNS.len()] {
        let or_nothing = |figure: Option<f64>| figure.map_or("–".into(), micros);
        let Latency { p50, p90, p99, max } = self.latency_us;
        [
            self.payload.map_or("–".into(), |bytes| units::bytes(bytes as u64)),
            self.outstanding.to_string(),
            units::count(self.calls_per_second.round() as u64),
            micros(p50),
            micros(p90),
            micros(p99),
            micros(max),
            or_nothing(self.server_cpu_us_per_call),
            self.server_peak_rss_bytes.map_or("–".into(), units::bytes),
            or_nothing(self.client_cpu_us_per_call),
            units::count(self.errors),
        ]
    }
}

impl Report {
    pub(super) fn new(tool: &str, version: &'static str) -> Self {
        Self { tool: tool.to_owned(), version, cells: Vec::new() }
    }

    pub(super) fn add(&mut self, figures: Figures) {
        self.cells.push(figures);
    }

    pub(super) fn is_clean(&self) -> bool {
        self.cells.iter().all(|figures| figures.errors == 0)
    }

    pub(super) fn print(&self, as_json: bool) {
        if as_json {
            return screen::line(serde_json::to_string(self).unwrap_or_default());
        }
        screen::title(&format!("Calls of {}", self.tool));
        let layout = self.layout();
        for (number, line) in layout.lines().enumerate() {
            let style = match number.checked_sub(1).and_then(|row| self.cells.get(row)) {
                None => FAINT,
                Some(figures) if figures.errors > 0 => BAD,
                Some(_) => STRONG,
            };
            screen::line(format_args!("{style}{}{style:#}", line.trim_end()));
        }
        screen::line(format_args!("{FAINT}{EXPLAINED}{FAINT:#}"));
    }

    fn layout(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(COLUMNS);
        for figures in &self.cells {
            table.add_row(figures.cells());
        }
        for column in table.column_iter_mut() {
            column.set_padding((2, 0));
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }
}

/// Microseconds, with as many places as they are worth.
fn micros(number: f64) -> String {
    if number < 10.0 {
        return format!("{number:.2}");
    }
    if number < 100.0 { format!("{number:.1}") } else { units::count(number.round() as u64) }
}

const COLUMNS: [&str; 11] = [
    "payload",
    "at a time",
    "calls/s",
    "p50",
    "p90",
    "p99",
    "max",
    "server",
    "peak",
    "client",
    "errors",
];
const EXPLAINED: &str = "Times in microseconds. server, client: processor time of a call on either side; peak: memory of the server.";
