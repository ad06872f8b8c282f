//! What was measured.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cell::Cell;
use crate::contender::Contender;

#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Figure {
    /// Calls a second.
    Calls,
    /// Processor time of the contender, in microseconds a call.
    Cpu,
    /// The median time of a call, in microseconds.
    P50,
    /// The most memory that was ever resident, in MB.
    Rss,
    /// From the start to the first list of tools, in milliseconds.
    Start,
    /// Allocations a call.
    Mallocs,
}

impl Figure {
    pub(crate) const ALL: [Self; 6] =
        [Self::Calls, Self::Cpu, Self::P50, Self::Rss, Self::Start, Self::Mallocs];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Calls => "calls/s",
            Self::Cpu => "CPU µs",
            Self::P50 => "p50 µs",
            Self::Rss => "RSS MB",
            Self::Start => "start ms",
            Self::Mallocs => "mallocs",
        }
    }

    /// How many times better `own` is than `other`.
    pub(crate) fn gain(self, own: f64, other: f64) -> f64 {
        if self == Self::Calls { own / other } else { other / own }
    }
}

/// One contender in one cell in one round.
pub(crate) type Sample = BTreeMap<Figure, f64>;

/// All samples, round by round.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Figures(BTreeMap<&'static str, BTreeMap<&'static str, Vec<Sample>>>);

impl Figures {
    pub(crate) fn add(&mut self, cell: &Cell, contender: &Contender, sample: Sample) {
        self.0.entry(cell.name).or_default().entry(contender.name).or_default().push(sample);
    }

    /// A figure of every round.
    pub(crate) fn of(&self, cell: &str, contender: &str, figure: Figure) -> Vec<f64> {
        let rounds = self.0.get(cell).and_then(|cell| cell.get(contender));
        rounds.into_iter().flatten().filter_map(|sample| sample.get(&figure).copied()).collect()
    }

    pub(crate) fn median(&self, cell: &str, contender: &str, figure: Figure) -> Option<f64> {
        median(self.of(cell, contender, figure))
    }
}

pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        even if even % 2 == 0 => Some(f64::midpoint(values[middle - 1], values[middle])),
        _ => Some(values[middle]),
    }
}
