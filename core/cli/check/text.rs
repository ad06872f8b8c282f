//! The report for people: a line for each fault with an excerpt below it, then tables.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use mcp_engine_proto::Kind;

use super::excerpt::Excerpt;
use super::report::{Brief, Finding, Report, Summary};
use super::table::{self, Look, Table};
use crate::escape::shown;
use crate::units;

/// Writes the report as text.
#[derive(Debug)]
pub(super) struct Text<W> {
    out: W,
    styles: Styles,
    /// Columns of the terminal, if it is one.
    columns: Option<u16>,
}

/// Colours, all plain when the terminal should have none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Styles {
    pub(super) strong: Style,
    pub(super) faint: Style,
    pub(super) bad: Style,
    pub(super) good: Style,
}

impl Styles {
    pub(super) fn coloured() -> Self {
        Self {
            strong: Style::new().bold(),
            faint: Style::new().dimmed(),
            bad: AnsiColor::Red.on_default().bold(),
            good: AnsiColor::Green.on_default().bold(),
        }
    }
}

impl<W: Write> Text<W> {
    pub(super) fn new(out: W, styles: Styles, columns: Option<u16>) -> Self {
        Self { out, styles, columns }
    }

    fn excerpt(&mut self, excerpt: &Excerpt) -> io::Result<()> {
        let Styles { bad, faint, .. } = self.styles;
        let Excerpt { before, at, after, .. } = excerpt;
        writeln!(self.out, "    {faint}{before}{faint:#}{bad}{at}{bad:#}{faint}{after}{faint:#}")?;
        let (column, caret) = (excerpt.column, "^".repeat(excerpt.width));
        writeln!(self.out, "    {:column$}{bad}{caret}{bad:#}", "")
    }

    fn tables(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        self.hidden(summary)?;
        if summary.tally.total().count > 0 {
            self.messages(summary)?;
        }
        if summary.faults > 0 {
            self.rules(summary)?;
        }
        if summary.files.len() > 1 {
            self.files(summary)?;
        }
        Ok(())
    }

    fn hidden(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        if summary.hidden == 0 {
            return Ok(());
        }
        let Styles { strong, .. } = self.styles;
        let more = units::plural(summary.hidden, "more fault");
        writeln!(self.out, "{strong}… and {more}{strong:#} (--max-faults shows more)\n")
    }

    /// Kinds, with their methods below them.
    fn messages(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        let total = summary.tally.total();
        let methods = summary.tally.methods();
        let mut table = Table::new(&["messages", "count", "bytes", "share", "median", "max"]);
        for (kind, stat) in summary.kinds() {
            table.row(Look::Strong, plural(kind), &table::sizes(&stat, &total));
            let of_kind = methods.iter().filter(|row| row.kind == kind);
            for row in of_kind.clone().take(MOST_METHODS) {
                let name = format!("  {}", shown(row.method));
                table.row(Look::Plain, &name, &table::sizes(row.stat, &total));
            }
            let more = of_kind.count().saturating_sub(MOST_METHODS);
            if more > 0 {
                let note = format!("  … and {more} more methods (--json lists all)");
                table.row(Look::Plain, &note, &[]);
            }
        }
        table.row(Look::Strong, "all", &table::sizes(&total, &total));
        table.write(&mut self.out, self.styles, self.columns)
    }

    fn rules(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        let mut table = Table::new(&["faults", "count"]);
        for (fault, rule, count) in summary.tally.rules() {
            table.row(Look::Plain, &format!("{fault}/{rule}"), &[units::count(count)]);
        }
        if summary.tally.rules().len() > 1 {
            table.row(Look::Strong, "all", &[units::count(summary.faults)]);
        }
        table.write(&mut self.out, self.styles, self.columns)
    }

    fn files(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        let mut table = Table::new(&["files", "format", "messages", "faults", "bytes"]);
        for file in summary.files {
            let look =
                if file.faults > 0 || file.trouble.is_some() { Look::Bad } else { Look::Plain };
            let cells = [
                file.format.name().into(),
                units::count(file.messages),
                units::count(file.faults),
                units::bytes(file.bytes),
            ];
            table.row(look, &shown(&file.file), &cells);
        }
        table.write(&mut self.out, self.styles, self.columns)
    }

    /// What is worth a line only when it is there.
    fn oddities(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        let blank = summary.sum(|file| file.blank_lines);
        let batches = summary.sum(|file| file.batches);
        let events = summary.sum(|file| file.other_events);
        let all = [
            (blank, "blank line", "blank lines"),
            (batches, "batch", "batches"),
            (events, "event without a message", "events without a message"),
        ];
        let there = all.into_iter().filter(|(count, ..)| *count > 0);
        let there: Vec<String> = there
            .map(|(count, one, many)| {
                format!("{} {}", units::count(count), if count == 1 { one } else { many })
            })
            .collect();
        if there.is_empty() {
            return Ok(());
        }
        let Styles { faint, .. } = self.styles;
        writeln!(self.out, "{faint}also there: {}{faint:#}", there.join(", "))
    }

    /// The line that is there in any case.
    fn line(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        let Styles { good, bad, .. } = self.styles;
        let style = if summary.faults == 0 { good } else { bad };
        let faults = units::plural(summary.faults, "fault");
        writeln!(self.out, "{style}{faults}{style:#}, {}", quantities(summary).join(", "))
    }
}

impl<W: Write> Report for Text<W> {
    fn wants_excerpts(&self) -> bool {
        true
    }

    fn finding(&mut self, finding: &Finding<'_>) -> io::Result<()> {
        let Styles { strong, bad, .. } = self.styles;
        let (file, line, offset) = (shown(finding.file), finding.place.line, finding.offset);
        let joined = if finding.place.joined { " (joined)" } else { "" };
        let (fault, rule) = (finding.error.fault(), finding.error.rule());
        let reason = finding.error.reason();
        write!(self.out, "{strong}{file}:{line}:{strong:#} byte {offset}{joined}: ")?;
        writeln!(self.out, "{bad}{fault}/{rule}{bad:#}: {reason}")?;
        if let Some(excerpt) = &finding.excerpt {
            self.excerpt(excerpt)?;
        }
        writeln!(self.out)
    }

    fn summary(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        if summary.brief == Brief::Full {
            self.tables(summary)?;
            self.oddities(summary)?;
        }
        self.line(summary)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn quantities(summary: &Summary<'_>) -> Vec<String> {
    let messages = units::plural(summary.tally.total().count, "message");
    let bytes = units::bytes(summary.sum(|file| file.bytes));
    let files = units::plural(summary.asked as u64, "file");
    let files = match summary.unreadable() {
        0 if summary.asked == 1 => None,
        0 => Some(files),
        unread => Some(format!("{files} ({unread} unreadable)")),
    };
    let parts = [Some(messages), files, Some(bytes), Some(speed(summary))];
    parts.into_iter().flatten().collect()
}

fn speed(summary: &Summary<'_>) -> String {
    let elapsed = summary.elapsed;
    let bytes = units::bytes(units::rate(summary.sum(|file| file.bytes), elapsed));
    let messages = units::rate(summary.tally.total().count, elapsed);
    let messages = units::scaled(messages);
    format!("{} ({bytes}/s, {messages} messages/s)", units::duration(elapsed))
}

fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Request => "requests",
        Kind::Notification => "notifications",
        Kind::Response => "responses",
        Kind::ErrorResponse => "errors",
    }
}

/// Methods listed for each kind.
const MOST_METHODS: usize = 30;
