//! The tables: every contender in every cell, and the verdicts.

use std::fmt::Write;

use crate::cell::Cell;
use crate::contender::{ALL, Contender};
use crate::figures::{Figure, Figures};
use crate::targets::{Judged, Verdict};

/// Says why somebody does not race. Yields false.
pub(crate) fn left_out(cell: &Cell, contender: &Contender, why: &str) -> bool {
    eprintln!("{}: {} is left out: {why}", cell.name, contender.name);
    false
}

/// A table for each cell, with what everybody reaches and how many times better we are.
pub(crate) fn render(cells: &[&Cell], figures: &Figures) -> String {
    cells.iter().map(|cell| table(cell, figures)).collect()
}

fn table(cell: &Cell, figures: &Figures) -> String {
    let has = |figure: Figure, name: &str| figures.median(cell.name, name, figure);
    let shown: Vec<Figure> = Figure::ALL
        .into_iter()
        .filter(|figure| ALL.iter().any(|one| has(*figure, one.name).is_some()))
        .collect();
    let own = ALL.iter().find(|one| {
        one.name.starts_with("ours") && shown.iter().any(|figure| has(*figure, one.name).is_some())
    });
    let mut out = format!("\n{:<18}", cell.name);
    for figure in &shown {
        let _ = write!(out, "{:>12}{:>8}", figure.title(), "ours");
    }
    for one in ALL.iter().filter(|one| shown.iter().any(|figure| has(*figure, one.name).is_some()))
    {
        let _ = write!(out, "\n  {:<16}", one.name);
        for figure in &shown {
            let value = has(*figure, one.name);
            let ours = own.and_then(|own| has(*figure, own.name));
            let gain = value.zip(ours).map(|(value, ours)| figure.gain(ours, value));
            let gain = gain.filter(|gain| gain.is_finite()).map(|gain| format!("{gain:.2}×"));
            let value = value.map(number).unwrap_or_default();
            let _ = write!(out, "{value:>12}{:>8}", gain.unwrap_or_default());
        }
    }
    out.push('\n');
    out
}

/// One line for each target.
pub(crate) fn verdicts(judged: &[Judged<'_>]) -> String {
    let mut out = String::new();
    for Judged { target, value, verdict } in judged {
        let relation = match (&target.vs, &target.of) {
            (Some(other), _) => format!("vs {other}"),
            (_, Some(other)) => format!("of {other}"),
            _ => String::new(),
        };
        let what = format!("{} {} {} {relation}", target.cell, target.who, target.figure.title());
        let value = value.map_or("–".to_owned(), |value| format!("{value:.3}"));
        let stretch =
            target.stretch.map(|stretch| format!(", better {stretch}")).unwrap_or_default();
        let verdict = match verdict {
            Verdict::NotMeasured => "NOT MEASURED",
            Verdict::Missed => "MISSED",
            Verdict::Met => "met",
            Verdict::Stretch => "met, and better",
        };
        let _ = writeln!(
            out,
            "{what:<52}{value:>9}  {} {}{stretch}: {verdict}",
            target.sign(),
            target.must
        );
    }
    out
}

fn number(value: f64) -> String {
    match value {
        large if large >= 10_000.0 => format!("{:.1}k", large / 1e3),
        large if large >= 100.0 => format!("{large:.0}"),
        small => format!("{small:.2}"),
    }
}
