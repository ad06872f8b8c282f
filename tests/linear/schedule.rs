//! Schedules that are large in every way that costs something, and queues that are long.

use std::path::Path;
use std::process::Stdio;

use super::{MOST, counted};

/// The loads that take too many instructions.
pub(super) fn not_linear(program: &Path) -> Vec<&'static str> {
    let mut failed = Vec::new();
    for (name, load) in LOADS {
        let [once, twice] = [SIZE, 2 * SIZE].map(|size| played(program, load, size));
        let ratio = twice as f64 / once as f64;
        println!("{ratio:.2} {once:>12} → {twice:>12}  {name}");
        if ratio > MOST {
            failed.push(*name);
        }
    }
    if growth_of_an_operation(program) > MOST_OF_LONG_QUEUES {
        failed.push("schedule: long queues");
    }
    failed
}

fn played(program: &Path, load: &str, size: u64) -> u64 {
    let arguments = [load.to_owned(), size.to_string()];
    counted(program, arguments, Stdio::null(), &format!("ended {}", ends(load, size)))
}

/// The tasks of a load. Where it is made of scopes there is only one.
fn ends(load: &str, size: u64) -> u64 {
    if load.contains("deep") { 1 } else { size }
}

/// What an operation costs among 10⁶ tasks of 10⁴ keys, against one among 10³ of 10.
fn growth_of_an_operation(program: &Path) -> f64 {
    let [few, many] = [["1000", "10"], ["1000000", "10000"]].map(|[tasks, keys]| {
        let [begun, done] = [0, OPERATIONS].map(|count| {
            let arguments = ["queue", tasks, keys, &count.to_string()].map(str::to_owned);
            counted(program, arguments, Stdio::null(), &format!("ended {count}"))
        });
        (done - begun) as f64 / OPERATIONS as f64
    });
    println!("{:.2} {few:>12.0} → {many:>12.0}  schedule: an operation, long queues", many / few);
    many / few
}

const SIZE: u64 = 20_000;
const OPERATIONS: u64 = 100_000;
const MOST_OF_LONG_QUEUES: f64 = 1.5;

const LOADS: &[(&str, &str)] = &[
    ("schedule: a deep tree is cancelled", "cancel-deep"),
    ("schedule: a deep tree is cancelled from below", "cancel-deep-from-below"),
    ("schedule: a deep tree is cancelled from above", "cancel-deep-from-above"),
    ("schedule: a wide scope is cancelled", "cancel-wide"),
    ("schedule: a wide scope is cancelled one by one", "cancel-wide-one-by-one"),
    ("schedule: a wide scope is cancelled while it runs", "cancel-wide-that-runs"),
    ("schedule: a deep tree is paused and resumed", "pause-deep"),
    ("schedule: a deep tree is paused everywhere", "pause-deep-everywhere"),
    ("schedule: a wide scope is paused and resumed", "pause-wide"),
    ("schedule: a long chain succeeds", "chain-that-succeeds"),
    ("schedule: a long chain is skipped", "chain-that-is-skipped"),
    ("schedule: many tasks wait for one", "many-wait-for-one"),
    ("schedule: one task waits for many", "one-waits-for-many"),
    ("schedule: deadlines", "deadlines"),
];
