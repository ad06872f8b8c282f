//! What the races gave: times by station, contender and kind, and ratios by metric, each with its
//! verdict.
//!
//! Stations fill it, `main` prints it once as a table, writes it as JSON, and asks it what missed
//! its target.

use std::collections::{BTreeSet, HashSet};

use serde::Serialize;

use crate::measure::{Race, Spread};
use crate::table::Table;
use crate::targets::{Target, Targets, Verdict};

#[derive(Default, Serialize)]
pub(crate) struct Report {
    times: Vec<Time>,
    ratios: Vec<Ratio>,
}

#[derive(Serialize)]
struct Time {
    station: &'static str,
    contender: &'static str,
    kind: String,
    nanoseconds: Spread,
}

#[derive(Serialize)]
struct Ratio {
    metric: String,
    spread: Spread,
    target: Option<Target>,
    verdict: Option<Verdict>,
}

impl Report {
    pub(crate) fn times(&mut self, station: &'static str, kind: &str, race: &Race) {
        let rows = race.times().map(|(contender, nanoseconds)| Time {
            station,
            contender,
            kind: kind.to_owned(),
            nanoseconds,
        });
        self.times.extend(rows);
    }

    pub(crate) fn ratio(&mut self, metric: String, spread: Spread) {
        self.ratios.push(Ratio { metric, spread, target: None, verdict: None });
    }

    /// Holds every ratio against its target.
    pub(crate) fn judge(&mut self, targets: &Targets) {
        for ratio in &mut self.ratios {
            ratio.target = targets.of(&ratio.metric);
            ratio.verdict = ratio.target.map(|target| target.judge(ratio.spread));
        }
    }

    pub(crate) fn measured(&self) -> BTreeSet<&str> {
        self.ratios.iter().map(|ratio| ratio.metric.as_str()).collect()
    }

    /// Metrics below what they must reach, with what they reached.
    pub(crate) fn missed(&self) -> impl Iterator<Item = String> {
        let missed = self.ratios.iter().filter(|ratio| ratio.verdict == Some(Verdict::Missed));
        missed.map(|ratio| {
            format!("{} is {:.2}, must be {}", ratio.metric, ratio.spread.median, ratio.must())
        })
    }

    pub(crate) fn render(&self) -> String {
        let mut stations: Vec<&str> = self.times.iter().map(|time| time.station).collect();
        stations.dedup();
        let times = stations.into_iter().map(|station| self.station_table(station).render());
        times.chain([self.ratio_table().render()]).collect::<Vec<_>>().join("\n")
    }

    fn station_table(&self, station: &str) -> Table {
        let here: Vec<&Time> = self.times.iter().filter(|time| time.station == station).collect();
        let kinds = distinct(here.iter().map(|time| time.kind.as_str()));
        let title = format!("{station}, ns per message");
        let mut table = Table::new(std::iter::once(title.as_str()).chain(kinds.iter().copied()));
        for contender in distinct(here.iter().map(|time| time.contender)) {
            let cell = |kind: &&str| {
                let time =
                    here.iter().find(|time| time.contender == contender && time.kind == **kind);
                time.map_or_else(String::new, |time| nanoseconds(time.nanoseconds.median))
            };
            table.row(std::iter::once(contender.to_owned()).chain(kinds.iter().map(cell)));
        }
        table
    }

    fn ratio_table(&self) -> Table {
        let mut table =
            Table::new(["metric", "row", "ratio", "min", "max", "must", "stretch", "verdict"]);
        for ratio in &self.ratios {
            table.row(ratio.cells());
        }
        table
    }
}

impl Ratio {
    fn cells(&self) -> [String; 8] {
        let number = |value: f64| format!("{value:.2}");
        [
            self.metric.clone(),
            self.target.map_or_else(String::new, |target| target.row.to_string()),
            number(self.spread.median),
            number(self.spread.min),
            number(self.spread.max),
            self.must(),
            self.bound(|target| target.stretch),
            self.verdict.map_or_else(String::new, |verdict| format!("{verdict:?}").to_lowercase()),
        ]
    }

    fn must(&self) -> String {
        self.bound(|target| target.must)
    }

    fn bound(&self, pick: impl Fn(&Target) -> Option<f64>) -> String {
        let bound = self
            .target
            .and_then(|target| Some(format!("{} {}", target.direction.sign(), pick(&target)?)));
        bound.unwrap_or_default()
    }
}

fn distinct<'t>(names: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let mut met = HashSet::new();
    names.filter(|name| met.insert(*name)).collect()
}

fn nanoseconds(value: f64) -> String {
    if value < 100.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}
