//! Whole conversations that seeds make up, under the rules that must hold in each; `core/proto/internal/simulation.rs` says which.
//!
//! `MCP_ENGINE_SEED=n` plays the schedule of one seed alone, tells what happens in it, and leaves its decisions below
//! `target/simulation`, from where `cargo fuzz tmin connection` makes them fewer. `MCP_ENGINE_SCHEDULES=n` plays that many,
//! beginning with `MCP_ENGINE_FIRST_SEED`.

use std::env;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use mcp_engine_proto::internal::simulation::{Report, play, play_bytes, record};

#[test]
fn every_schedule_keeps_the_rules() {
    if let Some(seed) = number("MCP_ENGINE_SEED") {
        return alone(seed);
    }
    let count = number("MCP_ENGINE_SCHEDULES").unwrap_or(10_000);
    let report = play_all(number("MCP_ENGINE_FIRST_SEED").unwrap_or(1), count);
    println!("{report:#?}");
    let missing: Vec<_> =
        EXPECTED.iter().filter(|what| !report.seen.contains_key(**what)).collect();
    assert!(missing.is_empty() || count < 10_000, "no schedule has come across {missing:?}");
}

#[test]
fn a_seed_and_its_recorded_decisions_play_the_same_schedule() {
    for seed in 1..50 {
        let (mut bytes, mut first, mut again, mut recorded) = (Vec::new(), vec![], vec![], vec![]);
        play(seed, Some(&mut |line| first.push(line.to_owned())));
        record(seed, &mut bytes, Some(&mut |line| again.push(line.to_owned())));
        play_bytes(&bytes, Some(&mut |line| recorded.push(line.to_owned())));
        assert_eq!(first, again, "seed {seed}");
        assert_eq!(first, recorded, "seed {seed}");
    }
}

/// Plays one schedule and tells what happens.
fn alone(seed: u64) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/simulation");
    fs::create_dir_all(&folder).expect("a folder for the decisions");
    let mut decisions = Vec::new();
    let mut tell = |line: &str| println!("{line}");
    let played = catch_unwind(AssertUnwindSafe(|| record(seed, &mut decisions, Some(&mut tell))));
    fs::write(folder.join(seed.to_string()), &decisions).expect("the decisions can be written");
    if let Err(panic) = played {
        resume_unwind(panic);
    }
}

/// Plays so many schedules on every core.
fn play_all(first: u64, count: u64) -> Report {
    let progress =
        Progress { first, end: first + count, next: AtomicU64::new(first), began: Instant::now() };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let reports = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(|| progress.play())).collect();
        running.into_iter().map(|one| one.join()).collect::<Vec<_>>()
    });
    let mut all = Report::default();
    for report in reports {
        all.add(&report.unwrap_or_else(|panic| resume_unwind(panic)));
    }
    all
}

/// Which seeds were played.
struct Progress {
    first: u64,
    end: u64,
    next: AtomicU64,
    began: Instant,
}

impl Progress {
    /// Plays the schedules that are left.
    fn play(&self) -> Report {
        let mut all = Report::default();
        loop {
            let seed = self.next.fetch_add(1, Ordering::Relaxed);
            if seed >= self.end {
                return all;
            }
            match catch_unwind(AssertUnwindSafe(|| play(seed, None))) {
                Ok(report) => all.add(&report),
                Err(panic) => self.stop_at(seed, panic),
            }
            self.tell(seed + 1 - self.first);
        }
    }

    fn stop_at(&self, seed: u64, panic: Box<dyn std::any::Any + Send>) -> ! {
        self.next.store(self.end, Ordering::Relaxed);
        eprintln!(
            "to see it: MCP_ENGINE_SEED={seed} cargo test --test simulation every -- --nocapture"
        );
        resume_unwind(panic)
    }

    fn tell(&self, played: u64) {
        let all = self.end - self.first;
        if played.is_multiple_of(EVERY) || played == all {
            let per_second = played as f64 / self.began.elapsed().as_secs_f64();
            println!("{played} of {all} schedules, {per_second:.0} a second");
        }
    }
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().expect("a number"))
}

/// After how many schedules the progress is told.
const EVERY: u64 = 50_000;
/// What ten thousand schedules come across, or they are not worth much: every event, and the rules that are not hard to break.
#[rustfmt::skip]
const EXPECTED: &[&str] = &[
    "Ready", "Request", "Notification", "Response", "InputRequired", "Progress", "Failed: TimedOut", "Failed: Closed", "Failed: ClosedHere",
    "Failed: Invalid", "Cancelled", "Listening", "ListeningEnded", "Subscribed", "Unsubscribed", "Closed",
    "before-initialize", "initialize-twice", "batch-not-allowed", "initialize-in-batch", "id-in-flight", "method-unknown",
    "method-not-here", "capability-not-offered", "version-meta", "capabilities-meta", "version-unsupported", "initialize-params",
    "level-params", "uri-params", "listen-params", "response-malformed", "response-unknown", "response-late", "result-type-unknown",
    "cancel-unknown", "progress-unknown", "progress-backwards", "progress-malformed",
    "subscription-unknown", "peer-requests", "outbox", "subscriptions", "uri-bytes",
];
