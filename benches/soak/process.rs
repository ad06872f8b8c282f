//! A process as the system shows it.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a process holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) descriptors: usize,
    pub(crate) children: usize,
}

/// Bytes of memory that are resident.
pub(crate) fn resident(pid: u32) -> u64 {
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or_default() * rustix::param::page_size() as u64
}

pub(crate) fn held(pid: u32) -> Held {
    let entries = fs::read_dir(format!("/proc/{pid}/fd"));
    Held { descriptors: entries.map_or(0, Iterator::count), children: children(pid) }
}

/// How many children there are, those included that have ended and nobody has waited for.
fn children(pid: u32) -> usize {
    let Ok(entries) = fs::read_dir("/proc") else { return 0 };
    let stats =
        entries.flatten().filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    // The name of the program stands in parentheses and may hold anything.
    let parents = stats.filter_map(|stat| {
        let (_, behind) = stat.rsplit_once(')')?;
        behind.split_whitespace().nth(1)?.parse::<u32>().ok()
    });
    parents.filter(|parent| *parent == pid).count()
}

/// Lets this process and its children have as many descriptors as they may.
pub(crate) fn allow_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    // With fewer, a stage says what it could not open.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

/// Looks again until it is as it should be, or it has taken too long.
pub(crate) async fn settles(mut is_settled: impl FnMut() -> bool) -> bool {
    let until = Instant::now() + PATIENCE;
    while !is_settled() {
        if Instant::now() > until {
            return false;
        }
        tokio::time::sleep(LOOK).await;
    }
    true
}

const PATIENCE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(20);
