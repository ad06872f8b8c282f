//! The targets: what our figures have to reach, and the verdicts.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::cell::Cell;
use crate::figures::{Figure, Figures, median};

/// All targets, as they stand in `targets.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Targets {
    target: Vec<Target>,
}

/// A bound on one figure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Target {
    pub(crate) cell: String,
    pub(crate) figure: Figure,
    /// Whose figure it is, if not that of `ours`.
    #[serde(default = "ours")]
    pub(crate) who: String,
    /// How many times better it has to be than that of this contender.
    pub(crate) vs: Option<String>,
    /// It may be at most so many times that of this contender.
    pub(crate) of: Option<String>,
    pub(crate) must: f64,
    pub(crate) stretch: Option<f64>,
}

/// A target, and what was measured.
#[derive(Debug)]
pub(crate) struct Judged<'t> {
    pub(crate) target: &'t Target,
    pub(crate) value: Option<f64>,
    pub(crate) verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    NotMeasured,
    Missed,
    Met,
    Stretch,
}

fn ours() -> String {
    "ours".to_owned()
}

impl Targets {
    pub(crate) fn load(path: &Path) -> Result<Self, Box<dyn Error>> {
        let text =
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(toml::from_str(&text)?)
    }

    /// Judges the targets of these cells.
    pub(crate) fn judge(&self, cells: &[&Cell], figures: &Figures) -> Vec<Judged<'_>> {
        let due = |target: &&Target| cells.iter().any(|cell| cell.name == target.cell);
        self.target.iter().filter(due).map(|target| target.judge(figures)).collect()
    }
}

impl Target {
    fn judge(&self, figures: &Figures) -> Judged<'_> {
        let value = self.value(figures);
        let reaches = |bound: f64| {
            value.is_some_and(
                |value| if self.vs.is_some() { value >= bound } else { value <= bound },
            )
        };
        let verdict = match value {
            None => Verdict::NotMeasured,
            Some(_) if self.stretch.is_some_and(reaches) => Verdict::Stretch,
            Some(_) if reaches(self.must) => Verdict::Met,
            Some(_) => Verdict::Missed,
        };
        Judged { target: self, value, verdict }
    }

    /// The median over the rounds, of which each has its own ratio.
    fn value(&self, figures: &Figures) -> Option<f64> {
        let own = figures.of(&self.cell, &self.who, self.figure);
        let Some(other) = self.vs.as_ref().or(self.of.as_ref()) else { return median(own) };
        let other = figures.of(&self.cell, other, self.figure);
        let gains = own.into_iter().zip(other).map(|(own, other)| self.figure.gain(own, other));
        median(gains.map(|gain| if self.vs.is_some() { gain } else { 1.0 / gain }).collect())
    }

    pub(crate) fn sign(&self) -> &'static str {
        if self.vs.is_some() { "≥" } else { "≤" }
    }
}

impl Verdict {
    pub(crate) fn is_fault(self) -> bool {
        matches!(self, Self::Missed | Self::NotMeasured)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cell, contender};

    #[test]
    fn the_committed_targets_are_of_cells_and_contenders_that_there_are() {
        let targets = Targets::load(Path::new(crate::TARGETS)).expect("valid");
        for target in targets.target {
            let cell = cell::ALL.iter().find(|cell| cell.name == target.cell).expect("a cell");
            for name in
                [Some(&target.who), target.vs.as_ref(), target.of.as_ref()].into_iter().flatten()
            {
                let one = contender::ALL.iter().find(|one| one.name == name).expect("a contender");
                assert!(one.races_in(cell), "{name} in {}", cell.name);
            }
        }
    }

    #[test]
    fn verdicts_follow_the_relation() {
        let mut figures = Figures::default();
        let cell = &cell::ALL[0];
        for (name, cpu) in [("ours", 1.0), ("rmcp-best", 4.0)] {
            let one = contender::ALL.iter().find(|one| one.name == name).expect("a contender");
            figures.add(cell, one, [(Figure::Cpu, cpu)].into());
        }
        let verdict = |vs: Option<&str>, of: Option<&str>, must: f64, stretch: f64| {
            let target = Target {
                cell: cell.name.to_owned(),
                figure: Figure::Cpu,
                who: ours(),
                vs: vs.map(str::to_owned),
                of: of.map(str::to_owned),
                must,
                stretch: Some(stretch),
            };
            target.judge(&figures).verdict
        };
        assert_eq!(verdict(Some("rmcp-best"), None, 3.0, 5.0), Verdict::Met);
        assert_eq!(verdict(Some("rmcp-best"), None, 5.0, 6.0), Verdict::Missed);
        assert_eq!(verdict(None, Some("rmcp-best"), 0.5, 0.3), Verdict::Stretch);
        assert_eq!(verdict(None, None, 0.9, 0.5), Verdict::Missed);
        assert_eq!(verdict(Some("nobody"), None, 1.0, 1.0), Verdict::NotMeasured);
    }
}
