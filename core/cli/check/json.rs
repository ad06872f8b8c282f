//! The report for programs: a JSON object on each line, one for each fault, and one for the summary.

use std::collections::BTreeMap;
use std::io::{self, Write};

use mcp_engine_proto::Fault;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::report::{FileCount, Finding, Report, Summary};
use super::tally::Stat;
use crate::escape::must_escape;
use crate::units::rate;

/// Writes the report as JSON.
#[derive(Debug)]
pub(super) struct Json<W> {
    out: W,
}

#[derive(Serialize)]
struct FaultLine<'a> {
    file: &'a str,
    line: u64,
    offset: u64,
    /// Only when it is so: the offset counts in the joined data lines of an event.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    joined: bool,
    fault: &'static str,
    rule: &'static str,
    reason: &'static str,
}

#[derive(Serialize)]
struct SummaryLine<'a> {
    messages: u64,
    faults: u64,
    bytes: u64,
    message_bytes: u64,
    blank_lines: u64,
    batches: u64,
    other_events: u64,
    unreadable_files: usize,
    seconds: f64,
    bytes_per_second: u64,
    messages_per_second: u64,
    kinds: BTreeMap<&'static str, Sizes>,
    methods: Vec<MethodLine<'a>>,
    rules: Vec<RuleLine>,
    files: Vec<FileLine<'a>>,
}

#[derive(Serialize)]
struct Sizes {
    count: u64,
    bytes: u64,
    median: u64,
    max: u32,
}

#[derive(Serialize)]
struct MethodLine<'a> {
    method: &'a str,
    kind: &'static str,
    #[serde(flatten)]
    sizes: Sizes,
}

#[derive(Serialize)]
struct RuleLine {
    fault: &'static str,
    rule: &'static str,
    count: u64,
}

#[derive(Serialize)]
struct FileLine<'a> {
    file: &'a str,
    format: &'static str,
    messages: u64,
    faults: u64,
    bytes: u64,
    blank_lines: u64,
    batches: u64,
    other_events: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl<W: Write> Json<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out }
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        value.serialize(&mut Serializer::with_formatter(&mut self.out, Harmless))?;
        self.out.write_all(b"\n")
    }
}

impl<W: Write> Report for Json<W> {
    fn wants_excerpts(&self) -> bool {
        false
    }

    fn finding(&mut self, finding: &Finding<'_>) -> io::Result<()> {
        self.line(&FaultLine {
            file: finding.file,
            line: finding.place.line,
            offset: finding.offset,
            joined: finding.place.joined,
            fault: finding.error.fault().name(),
            rule: finding.error.rule(),
            reason: finding.error.reason(),
        })
    }

    fn summary(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        let total = summary.tally.total();
        let bytes = summary.sum(|file| file.bytes);
        self.line(&SummaryLine {
            messages: total.count,
            faults: summary.faults,
            bytes,
            message_bytes: total.bytes,
            blank_lines: summary.sum(|file| file.blank_lines),
            batches: summary.sum(|file| file.batches),
            other_events: summary.sum(|file| file.other_events),
            unreadable_files: summary.unreadable(),
            seconds: summary.elapsed.as_secs_f64(),
            bytes_per_second: rate(bytes, summary.elapsed),
            messages_per_second: rate(total.count, summary.elapsed),
            kinds: summary.kinds().map(|(kind, stat)| (kind.name(), Sizes::from(&stat))).collect(),
            methods: methods(summary),
            rules: summary.tally.rules().into_iter().map(RuleLine::from).collect(),
            files: summary.files.iter().map(FileLine::from).collect(),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn methods<'a>(summary: &Summary<'a>) -> Vec<MethodLine<'a>> {
    let rows = summary.tally.methods().into_iter();
    let line = |row: super::tally::Row<'a>| MethodLine {
        method: row.method,
        kind: row.kind.name(),
        sizes: row.stat.into(),
    };
    rows.map(line).collect()
}

impl From<&Stat> for Sizes {
    fn from(stat: &Stat) -> Self {
        Self { count: stat.count, bytes: stat.bytes, median: stat.median(), max: stat.largest }
    }
}

impl From<(Fault, &'static str, u64)> for RuleLine {
    fn from((fault, rule, count): (Fault, &'static str, u64)) -> Self {
        Self { fault: fault.name(), rule, count }
    }
}

impl<'a> From<&'a FileCount> for FileLine<'a> {
    fn from(file: &'a FileCount) -> Self {
        Self {
            file: &file.file,
            format: file.format.name(),
            messages: file.messages,
            faults: file.faults,
            bytes: file.bytes,
            blank_lines: file.blank_lines,
            batches: file.batches,
            other_events: file.other_events,
            error: file.trouble.as_deref(),
        }
    }
}

/// Compact JSON that escapes what a terminal could act on, beyond what JSON demands: names of methods are the
/// peer's to choose.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, character)) = rest.char_indices().find(|(_, c)| must_escape(*c)) {
            let (before, from) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = from.get(character.len_utf8()..).unwrap_or_default();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn what_terminals_act_on_is_escaped_and_reads_back() -> Result<(), Box<dyn std::error::Error>> {
        let name = "a\u{1b}[2J \u{9b}2J \u{7f} \u{202e} \u{e0001} é 📦";
        let mut out = Vec::new();
        Json::new(&mut out).line(&name)?;
        let text = String::from_utf8(out)?;
        assert_eq!(text.trim_end(), r#""a\u001b[2J \u009b2J \u007f \u202e \udb40\udc01 é 📦""#);
        assert_eq!(serde_json::from_str::<String>(&text)?, name);
        Ok(())
    }
}
