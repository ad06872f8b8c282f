//! The targets file: for each metric what it must reach and what would be better, and the verdict
//! on a measured ratio.
//!
//! One table per station, one line per metric, read at run time from `benches/targets.toml`. A
//! target nobody measures is an error, so that a renamed metric cannot slip out of the gate.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::measure::Spread;
use crate::stations::Station;

/// All targets, by full metric name.
#[derive(Default)]
pub(crate) struct Targets(BTreeMap<String, Target>);

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Target {
    /// The row of the target table.
    pub(crate) row: u8,
    #[serde(default)]
    pub(crate) direction: Direction,
    /// What the gate demands; a target may have none.
    pub(crate) must: Option<f64>,
    pub(crate) stretch: Option<f64>,
}

/// On which side of its bound a ratio is good.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) enum Direction {
    #[default]
    #[serde(rename = ">=")]
    AtLeast,
    #[serde(rename = "<=")]
    AtMost,
}

#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Missed,
    /// Below a stretch that has no must.
    Short,
    Met,
    Stretch,
}

impl Targets {
    pub(crate) fn load(path: &Path) -> Result<Self, Box<dyn Error>> {
        let text =
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::parse(&text)
    }

    pub(crate) fn of(&self, metric: &str) -> Option<Target> {
        self.0.get(metric).copied()
    }

    /// Targets that the stations just run should have measured, but did not.
    pub(crate) fn unmeasured(&self, run: &[Station], measured: &BTreeSet<&str>) -> Vec<&str> {
        let all = run.len() == Station::ALL.len();
        let due = |metric: &str| {
            all || run.iter().any(|station| metric.split('.').next() == Some(station.name()))
        };
        self.0
            .keys()
            .map(String::as_str)
            .filter(|metric| due(metric) && !measured.contains(metric))
            .collect()
    }

    fn parse(text: &str) -> Result<Self, Box<dyn Error>> {
        let tables: BTreeMap<String, BTreeMap<String, Target>> = toml::from_str(text)?;
        let named = |(station, metrics): (String, BTreeMap<String, Target>)| {
            metrics.into_iter().map(move |(metric, target)| (format!("{station}.{metric}"), target))
        };
        Ok(Self(tables.into_iter().flat_map(named).collect()))
    }
}

impl Target {
    pub(crate) fn judge(self, ratio: Spread) -> Verdict {
        let reaches = |bound: f64| match self.direction {
            Direction::AtLeast => ratio.median >= bound,
            Direction::AtMost => ratio.median <= bound,
        };
        match (self.must.map(reaches), self.stretch.map(reaches)) {
            (Some(false), _) => Verdict::Missed,
            (_, Some(true)) => Verdict::Stretch,
            (Some(true), _) => Verdict::Met,
            (None, _) => Verdict::Short,
        }
    }
}

impl Direction {
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::AtLeast => "≥",
            Self::AtMost => "≤",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
        [envelope]
        "call.vs_rawvalue" = { row = 1, must = 3.0, stretch = 5.0 }
        [duplicates]
        "call.on_over_off" = { row = 8, direction = "<=", must = 1.15, stretch = 1.05 }
    "#;

    fn at(median: f64) -> Spread {
        Spread { median, min: median, max: median }
    }

    #[test]
    fn verdicts_follow_the_direction() {
        let targets = Targets::parse(TEXT).expect("valid");
        let faster = targets.of("envelope.call.vs_rawvalue").expect("present");
        let cheaper = targets.of("duplicates.call.on_over_off").expect("present");
        let verdicts = [2.9, 3.0, 5.0].map(|ratio| faster.judge(at(ratio)));
        assert_eq!(verdicts, [Verdict::Missed, Verdict::Met, Verdict::Stretch]);
        let wished = Target { must: None, ..faster };
        assert_eq!(wished.judge(at(4.0)), Verdict::Short);
        let verdicts = [1.2, 1.1, 1.0].map(|ratio| cheaper.judge(at(ratio)));
        assert_eq!(verdicts, [Verdict::Missed, Verdict::Met, Verdict::Stretch]);
    }

    #[test]
    fn a_target_of_a_station_that_ran_must_be_measured() {
        let targets = Targets::parse(TEXT).expect("valid");
        assert!(targets.unmeasured(&[Station::Write], &BTreeSet::new()).is_empty());
        assert_eq!(
            targets.unmeasured(&[Station::Envelope], &BTreeSet::new()),
            ["envelope.call.vs_rawvalue"]
        );
        let measured = BTreeSet::from(["envelope.call.vs_rawvalue"]);
        assert_eq!(targets.unmeasured(&Station::ALL, &measured), ["duplicates.call.on_over_off"]);
    }

    #[test]
    fn the_committed_file_is_valid() {
        let targets = Targets::load(Path::new(crate::TARGETS)).expect("valid");
        let rows: BTreeSet<u8> = targets.0.values().map(|target| target.row).collect();
        assert_eq!(rows, (0..=10).chain([15]).collect());
    }
}
