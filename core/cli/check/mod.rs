//! `mcp-engine check`: is this capture sound, and what is in it?
//!
//! ```text
//! file ─▶ source ─▶ decoder ─▶ tally ───────────────▶ report (text or JSON)
//!            └────▶ lines, window ─▶ finding, excerpt ──┘
//! ```
//!
//! Memory does not grow with the input: bytes are read into the decoder's arena, and beside it there
//! are only counters and the block at hand. Whatever comes from a capture is escaped before it is shown.

mod args;
mod decode;
mod excerpt;
mod findings;
mod format;
mod json;
mod lines;
mod report;
mod source;
mod stream;
mod table;
mod tally;
mod text;
mod window;

pub(crate) use args::Args;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use decode::Rules;
use findings::Findings;
use format::Format;
use json::Json;
use report::{Brief, FileCount, Report, Summary};
use source::Source;
use stream::{Stop, Stream};
use text::{Styles, Text};

use crate::escape::shown;

/// Runs the command.
pub(crate) fn run(args: &Args) -> ExitCode {
    let mut check = Check {
        args,
        rules: Rules::new(args.limits(), args.duplicates()),
        findings: Findings::new(report(args), args.most_shown()),
        files: Vec::new(),
        troubled: false,
    };
    match check.check_all() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            say(&format!("cannot write the report: {error}"));
            ExitCode::from(TROUBLE)
        }
        // Who closed the pipe has seen enough; the code is about what was checked until then.
        _ if check.troubled => ExitCode::from(TROUBLE),
        _ if check.findings.faults > 0 => ExitCode::from(FAULTS),
        _ => ExitCode::SUCCESS,
    }
}

/// The command at work.
struct Check<'a> {
    args: &'a Args,
    rules: Rules,
    findings: Findings,
    files: Vec<FileCount>,
    troubled: bool,
}

impl Check<'_> {
    /// Checks every file, and tells the summary.
    fn check_all(&mut self) -> io::Result<()> {
        let start = Instant::now();
        for path in &self.args.files {
            match self.check_file(path) {
                Err(Stop::Write(error)) => return Err(error),
                Err(stop) => self.complain(path, &stop),
                Ok(()) => {}
            }
        }
        let (faults, hidden) = (self.findings.faults, self.findings.hidden());
        let (report, tally) = self.findings.report();
        report.summary(&Summary {
            tally,
            files: &self.files,
            asked: self.args.files.len(),
            faults,
            hidden: if self.args.quiet { 0 } else { hidden },
            elapsed: start.elapsed(),
            brief: if self.args.quiet { Brief::Line } else { Brief::Full },
        })?;
        report.flush()
    }

    fn check_file(&mut self, path: &Path) -> Result<(), Stop> {
        let mut source = Source::open(path).map_err(Stop::Read)?;
        let mut head = [0; HEAD];
        let n = source.read_head(&mut head).map_err(Stop::Read)?;
        let head = head.get(..n).unwrap_or_default();
        let format = Format::of(path, self.args.format).unwrap_or_else(|| Format::guess(head));
        let mut file = FileCount::new(name(path), format);
        if format == Format::Ndjson && format::looks_spread_out(head) {
            say(&format!("{}: {SPREAD_OUT}", shown(&file.file)));
        }
        let stream = &mut Stream::new(source, &self.rules, &mut self.findings, &mut file);
        let checked = stream.check(head);
        file.trouble = checked.as_ref().err().map(Stop::to_string);
        self.files.push(file);
        checked
    }

    /// Tells why a file was not read, and goes on.
    fn complain(&mut self, path: &Path, stop: &Stop) {
        self.troubled = true;
        say(&format!("cannot read {}: {stop}", shown(&name(path))));
    }
}

/// The report that was asked for, on standard output.
fn report(args: &Args) -> Box<dyn Report> {
    let stdout = io::stdout();
    let colour = anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never;
    let terminal = stdout.is_terminal().then(console::Term::stdout);
    let out = BufWriter::with_capacity(OUTPUT_BUFFER, stdout.lock());
    if args.json {
        return Box::new(Json::new(out));
    }
    let styles = if colour { Styles::coloured() } else { Styles::default() };
    let columns = terminal.and_then(|terminal| terminal.size_checked());
    Box::new(Text::new(out, styles, columns.map(|(_, columns)| columns)))
}

/// Writes a line on standard error. When nobody is there to read it, the exit code has to do.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "mcp-engine: {line}");
}

/// How a file is called in reports.
fn name(path: &Path) -> String {
    if path == Path::new("-") { "<stdin>".into() } else { path.to_string_lossy().into_owned() }
}

const FAULTS: u8 = 1;
const TROUBLE: u8 = 2;
/// Looked at before the format of a stream is settled.
const HEAD: usize = 512;
const OUTPUT_BUFFER: usize = 64 << 10;
const SPREAD_OUT: &str = "this looks like one JSON text over many lines, but each line is checked as a message \
(join it first, as with jq -c .)";
