//! Whole schedules that seeds make up, under the rules that must hold in each; `core/executor/internal/simulation.rs` says which.
//!
//! `MCP_ENGINE_SEED=n` plays the schedule of one seed alone and tells what happens in it. `MCP_ENGINE_SCHEDULES=n` plays that many,
//! beginning with `MCP_ENGINE_FIRST_SEED`.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use mcp_engine_executor::internal::simulation::{Report, play, play_and_cancel};

#[test]
fn every_schedule_keeps_the_rules() {
    if let Some(seed) = number("MCP_ENGINE_SEED") {
        play(seed, Some(&mut |line| println!("{line}")));
        return;
    }
    let count = number("MCP_ENGINE_SCHEDULES").unwrap_or(SCHEDULES);
    let report = play_all(number("MCP_ENGINE_FIRST_SEED").unwrap_or(1), count);
    println!("{count} schedules: {report:#?}");
    let missing: Vec<_> =
        EXPECTED.iter().filter(|what| !report.seen.contains_key(**what)).collect();
    assert!(missing.is_empty() || count < SCHEDULES, "no schedule has come across {missing:?}");
}

#[test]
fn cancelled_at_any_point_everything_ends_once() {
    for seed in 1..=CANCELLED {
        for after in 0..120 {
            play_and_cancel(seed, after);
        }
    }
}

#[test]
fn a_seed_plays_the_same_schedule_again() {
    for seed in 1..50 {
        let (mut first, mut again) = (vec![], vec![]);
        play(seed, Some(&mut |line| first.push(line.to_owned())));
        play(seed, Some(&mut |line| again.push(line.to_owned())));
        assert_eq!(first, again, "seed {seed}");
    }
}

/// Plays so many schedules on every core.
fn play_all(first: u64, count: u64) -> Report {
    let next = AtomicU64::new(first);
    let play_some = || {
        let mut all = Report::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + count {
                return all;
            }
            match catch_unwind(AssertUnwindSafe(|| play(seed, None))) {
                Ok(report) => all.add(&report),
                Err(panic) => {
                    next.store(first + count, Ordering::Relaxed);
                    eprintln!(
                        "to see it: MCP_ENGINE_SEED={seed} cargo test -p mcp-engine-executor --features internal --test simulation every -- --nocapture"
                    );
                    resume_unwind(panic);
                }
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let reports = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(play_some)).collect();
        running.into_iter().map(|one| one.join()).collect::<Vec<_>>()
    });
    let mut all = Report::default();
    for report in reports {
        all.add(&report.unwrap_or_else(|panic| resume_unwind(panic)));
    }
    all
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().expect("a number"))
}

/// How many schedules are played where nobody says so, and how many are cancelled at each point. A debug build takes its time.
const SCHEDULES: u64 = if cfg!(debug_assertions) { 1_000 } else { 10_000 };
const CANCELLED: u64 = if cfg!(debug_assertions) { 4 } else { 30 };
/// What so many schedules come across, or they are not worth much.
const EXPECTED: &[&str] = &[
    "start",
    "started at once",
    "refused",
    "retry",
    "late",
    "stop",
    "succeeded",
    "failed",
    "cancelled",
    "timed out",
    "skipped",
    "restart",
    "interrupted",
    "pause",
    "resume",
];
