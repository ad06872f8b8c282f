//! What was found, as a table, and whether it is good.

use std::process::ExitCode;

/// The rows of the table.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    what: String,
    figure: String,
    verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    Bad,
    /// Nothing is demanded.
    None,
}

/// How the memory of a process went as work was done: pairs of work and bytes.
#[derive(Debug, Default)]
pub(crate) struct Slope {
    samples: Vec<(f64, f64)>,
}

impl Report {
    pub(crate) fn show(&mut self, what: &str, figure: impl Into<String>) {
        self.push(what, figure.into(), Verdict::None);
    }

    pub(crate) fn demand(&mut self, what: &str, figure: impl Into<String>, is_good: bool) {
        let verdict = if is_good { Verdict::Good } else { Verdict::Bad };
        self.push(what, figure.into(), verdict);
    }

    /// Demands that memory did not grow.
    pub(crate) fn demand_flat(&mut self, what: &str, slope: &Slope) {
        let Some((growth, mean)) = slope.growth() else {
            return self.show(what, "too few samples");
        };
        let figure = format!(
            "{:+.2} % of {:.1} MB ({:+.0} KB)",
            100.0 * growth / mean,
            mean / MB,
            growth / 1024.0
        );
        self.demand(what, figure, growth <= (mean / 100.0).max(ALLOWANCE));
    }

    fn push(&mut self, what: &str, figure: String, verdict: Verdict) {
        println!("    {what}: {figure}{}", verdict.word());
        self.rows.push(Row { what: what.to_owned(), figure, verdict });
    }

    pub(crate) fn finish(self) -> ExitCode {
        let width = self.rows.iter().map(|row| row.what.len()).max().unwrap_or_default();
        println!();
        for Row { what, figure, verdict } in &self.rows {
            println!("{what:width$}  {figure}{}", verdict.word());
        }
        let is_bad = self.rows.iter().any(|row| row.verdict == Verdict::Bad);
        println!("\n{}", if is_bad { "SOAK FAILED" } else { "SOAK PASSED" });
        ExitCode::from(u8::from(is_bad))
    }
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "  ok",
            Self::Bad => "  NOT OK",
            Self::None => "",
        }
    }
}

impl Slope {
    pub(crate) fn sample(&mut self, work: u64, bytes: u64) {
        self.samples.push((work as f64, bytes as f64));
    }

    /// By how much memory grows from the end of the warm-up to the end, by the line that fits best, and how much it is on average.
    fn growth(&self) -> Option<(f64, f64)> {
        let warm = self.samples.get(self.samples.len() / 3..)?;
        if warm.len() < LEAST_SAMPLES {
            return None;
        }
        let count = warm.len() as f64;
        let mean_work = warm.iter().map(|(work, _)| work).sum::<f64>() / count;
        let mean = warm.iter().map(|(_, bytes)| bytes).sum::<f64>() / count;
        let spread: f64 = warm.iter().map(|(work, _)| (work - mean_work).powi(2)).sum();
        let both: f64 = warm.iter().map(|(work, bytes)| (work - mean_work) * (bytes - mean)).sum();
        let (first, last) = (warm.first()?.0, warm.last()?.0);
        Some((both / spread * (last - first), mean))
    }
}

pub(crate) const MB: f64 = (1 << 20) as f64;
/// What an allocator may still take in a short run, whatever the program does.
const ALLOWANCE: f64 = 512.0 * 1024.0;
const LEAST_SAMPLES: usize = 8;
