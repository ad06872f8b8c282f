//! Everything found so far, and how much of it is told.

use std::io;

use super::report::{Finding, Report};
use super::tally::Tally;

/// Counts findings, and passes the first of them on.
pub(super) struct Findings {
    report: Box<dyn Report>,
    pub(super) tally: Tally,
    pub(super) faults: u64,
    most_shown: u64,
    pending: bool,
}

impl Findings {
    pub(super) fn new(report: Box<dyn Report>, most_shown: u64) -> Self {
        Self { report, tally: Tally::new(), faults: 0, most_shown, pending: false }
    }

    /// Whether the next finding should bring an excerpt.
    pub(super) fn want_excerpts(&self) -> bool {
        self.faults < self.most_shown && self.report.wants_excerpts()
    }

    pub(super) fn add(&mut self, finding: &Finding<'_>) -> io::Result<()> {
        self.tally.refuse(finding.error);
        self.faults += 1;
        if self.faults > self.most_shown {
            return Ok(());
        }
        self.pending = true;
        self.report.finding(finding)
    }

    /// Whether something was told that cannot be seen yet.
    pub(super) fn pending(&self) -> bool {
        self.pending
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.pending = false;
        self.report.flush()
    }

    /// How many findings were not told.
    pub(super) fn hidden(&self) -> u64 {
        self.faults.saturating_sub(self.most_shown)
    }

    /// Splits off the report, to tell it the end.
    pub(super) fn report(&mut self) -> (&mut dyn Report, &Tally) {
        (self.report.as_mut(), &self.tally)
    }
}
