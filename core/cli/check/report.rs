//! What a report is given to tell, whichever form it has.

use std::io;
use std::time::Duration;

use mcp_engine_proto::{Error, Kind};

use super::excerpt::Excerpt;
use super::format::Format;
use super::lines::Place;
use super::tally::{Stat, Tally};

/// The output of a check. Everything goes to standard output; errors are those of writing there.
pub(super) trait Report {
    /// Whether findings should bring an excerpt.
    fn wants_excerpts(&self) -> bool;
    /// Tells of one fault.
    fn finding(&mut self, finding: &Finding<'_>) -> io::Result<()>;
    /// Tells the end of it all.
    fn summary(&mut self, summary: &Summary<'_>) -> io::Result<()>;
    /// Lets everything told so far be seen.
    fn flush(&mut self) -> io::Result<()>;
}

/// One fault.
#[derive(Debug)]
pub(super) struct Finding<'a> {
    pub(super) file: &'a str,
    pub(super) place: Place,
    pub(super) offset: u64,
    pub(super) error: Error,
    pub(super) excerpt: Option<Excerpt>,
}

/// What one file held.
#[derive(Clone, Debug)]
pub(super) struct FileCount {
    pub(super) file: String,
    pub(super) format: Format,
    pub(super) messages: u64,
    pub(super) faults: u64,
    pub(super) bytes: u64,
    pub(super) blank_lines: u64,
    pub(super) batches: u64,
    /// Events without a message.
    pub(super) other_events: u64,
    /// Why it could not be read to its end.
    pub(super) trouble: Option<String>,
}

/// What all files held.
#[derive(Debug)]
pub(super) struct Summary<'a> {
    pub(super) tally: &'a Tally,
    pub(super) files: &'a [FileCount],
    /// Files that were asked for, readable or not.
    pub(super) asked: usize,
    pub(super) faults: u64,
    /// Faults that were counted but not told.
    pub(super) hidden: u64,
    pub(super) elapsed: Duration,
    /// Only the shortest form.
    pub(super) brief: Brief,
}

/// How much a summary should say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brief {
    Full,
    Line,
}

impl FileCount {
    pub(super) fn new(file: String, format: Format) -> Self {
        Self {
            file,
            format,
            messages: 0,
            faults: 0,
            bytes: 0,
            blank_lines: 0,
            batches: 0,
            other_events: 0,
            trouble: None,
        }
    }
}

impl Summary<'_> {
    /// A sum over all files.
    pub(super) fn sum(&self, of: impl Fn(&FileCount) -> u64) -> u64 {
        self.files.iter().map(of).sum()
    }

    /// How many files could not be read to their end.
    pub(super) fn unreadable(&self) -> usize {
        let whole = self.files.iter().filter(|file| file.trouble.is_none());
        self.asked - whole.count()
    }

    /// The kinds that occurred.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (Kind, Stat)> {
        let kinds = Kind::ALL.into_iter().map(|kind| (kind, self.tally.kind(kind)));
        kinds.filter(|(_, stat)| stat.count > 0)
    }
}
