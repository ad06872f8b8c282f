//! The stations: which kinds race, in which line-up, and what ratios come of it.
//!
//! Each station answers some rows of the target table. It names its metrics `<kind>.<what>`, and
//! the station's own name goes in front, as in `envelope.call.vs_rawvalue`. A `vs_` metric says how
//! many times faster the engine is than a peer; an `of_` metric says which fraction of a physical
//! limit's speed it reaches.

mod c;
mod cold;
mod duplicates;
mod envelope;
mod pool;
mod schedule;
mod strings;
mod tools;
mod turn;
mod typed;
mod write;

use crate::contender::Contender;
use crate::measure::{Clock, Race, Spread};
use crate::peers::{OWNED, RAW_VALUE, RMCP};
use crate::report::Report;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Station {
    /// Line to kind, id, method and payload, every kind, hot (rows 1 and 2).
    Envelope,
    /// The same on streams larger than the L2 cache (row 3).
    Cold,
    /// Long strings against memchr, simdutf8 and memcpy (rows 4, 5 and 6).
    Strings,
    /// A tools/list result, hot and cold (row 7).
    Tools,
    /// What the check for duplicate keys at every depth costs (row 8).
    Duplicates,
    /// Line to tool result with content blocks (row 9).
    Typed,
    /// Text to the line of a tool result (row 10).
    Write,
    /// A whole call between two ends in memory.
    Turn,
    /// Callbacks through a pool of threads.
    Pool,
    /// What may run next.
    Schedule,
    /// The engine for C against parsers for C, and against itself in Rust (row 15).
    C,
}

impl Station {
    pub(crate) const ALL: [Self; 11] = [
        Self::Envelope,
        Self::Cold,
        Self::Strings,
        Self::Tools,
        Self::Duplicates,
        Self::Typed,
        Self::Write,
        Self::Turn,
        Self::Pool,
        Self::Schedule,
        Self::C,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Envelope => "envelope",
            Self::Cold => "cold",
            Self::Strings => "strings",
            Self::Tools => "tools",
            Self::Duplicates => "duplicates",
            Self::Typed => "typed",
            Self::Write => "write",
            Self::Turn => "turn",
            Self::Pool => "pool",
            Self::Schedule => "schedule",
            Self::C => "c",
        }
    }

    pub(crate) fn run(self, rounds: usize, report: &mut Report) {
        let bench = &mut Bench { station: self.name(), rounds, report };
        match self {
            Self::Envelope => envelope::run(bench),
            Self::Cold => cold::run(bench),
            Self::Strings => strings::run(bench),
            Self::Tools => tools::run(bench),
            Self::Duplicates => duplicates::run(bench),
            Self::Typed => typed::run(bench),
            Self::Write => write::run(bench),
            Self::Turn => turn::run(bench),
            Self::Pool => pool::run(bench),
            Self::Schedule => schedule::run(bench),
            Self::C => c::run(bench),
        }
    }
}

/// One station at work: it runs races and writes what they gave into the report under the station's
/// name.
struct Bench<'r> {
    station: &'static str,
    rounds: usize,
    report: &'r mut Report,
}

impl Bench<'_> {
    /// Races over a stream of `messages` messages; the times go into the column `kind`.
    fn race(&mut self, kind: &str, messages: usize, contenders: Vec<Contender<'_>>) -> Race {
        self.race_by(Clock::Thread, kind, messages, contenders)
    }

    fn race_by(
        &mut self,
        clock: Clock,
        kind: &str,
        messages: usize,
        contenders: Vec<Contender<'_>>,
    ) -> Race {
        eprintln!("{}: {kind}, {messages} messages", self.station);
        let race = Race::run(clock, contenders, messages, self.rounds);
        self.report.times(self.station, kind, &race);
        race
    }

    fn metric(&mut self, kind: &str, what: &str, ratio: Spread) {
        self.report.ratio(format!("{}.{kind}.{what}", self.station), ratio);
    }

    /// How much faster than its rivals `ours` reads the envelope.
    fn rivals(&mut self, kind: &str, race: &Race, ours: &str) {
        for (what, rival) in [("vs_rawvalue", RAW_VALUE), ("vs_owned", OWNED), ("vs_rmcp", RMCP)] {
            self.metric(kind, what, race.ratio(rival, ours));
        }
    }
}
