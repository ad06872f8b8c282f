//! Who has nothing to do sleeps, and no more are woken than are needed.

use std::hint::black_box;

use super::{pool, settle, signal};

#[test]
fn one_job_wakes_at_most_one_worker() {
    let pool = pool(4, 8);
    for _ in 0..100 {
        settle(&pool, 4);
        let before = pool.counters().woken;
        let (job, done) = signal();
        pool.spawn(job).expect("room");
        done.recv().expect("a job");
        settle(&pool, 4);
        assert!(pool.counters().woken <= before + 1);
    }
}

#[test]
fn nobody_is_woken_while_nothing_happens() {
    let pool = pool(4, 8);
    settle(&pool, 4);
    let before = pool.counters();
    busy();
    assert_eq!(pool.counters(), before);
}

/// The kernel counts how often a thread went to sleep. A thread that stays asleep, which is what an idle one must do, adds nothing,
/// however long the test is busy.
#[cfg(target_os = "linux")]
#[test]
fn idle_pool_uses_no_processor() {
    use mcp_engine_executor::{Pool, PoolConfig};

    let name = "idle".to_owned();
    let config = PoolConfig { threads: 3, name, ..PoolConfig::default() };
    let pool = Pool::new(config).expect("threads");
    pool.spawn(|| {}).expect("room");
    settle(&pool, 3);
    let asleep = |threads: &[linux::Thread]| {
        threads.len() == 3 && threads.iter().all(|thread| thread.sleeps)
    };
    let mut before = linux::threads("idle-");
    while !asleep(&before) {
        std::thread::yield_now();
        before = linux::threads("idle-");
    }
    busy();
    assert_eq!(linux::threads("idle-"), before);
}

/// Uses the processor for a while, as many a clock tick as it may be.
fn busy() {
    black_box((0..30_000_000u64).fold(0, |sum, n| black_box(sum ^ n)));
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;

    /// What the kernel says of a thread.
    #[derive(Debug, PartialEq, Eq)]
    pub(super) struct Thread {
        pub(super) sleeps: bool,
        switches: String,
        ticks: String,
    }

    /// The threads of this process whose name begins so, in order.
    pub(super) fn threads(name: &str) -> Vec<Thread> {
        let tasks = fs::read_dir("/proc/self/task").expect("Linux").flatten();
        let mut tasks: Vec<_> = tasks.map(|task| task.path()).collect();
        tasks.sort();
        let text = |path| fs::read(path).map(|text| String::from_utf8_lossy(&text).into_owned());
        let mut found = Vec::new();
        for task in tasks {
            // A thread of another test may just be ending.
            let (Ok(status), Ok(stat)) = (text(task.join("status")), text(task.join("stat")))
            else {
                continue;
            };
            if line(&status, "Name:").starts_with(name) {
                let fields: Vec<_> = stat.split_whitespace().collect();
                found.push(Thread {
                    sleeps: line(&status, "State:").starts_with('S'),
                    switches: line(&status, "voluntary_ctxt_switches:").to_owned(),
                    ticks: [fields[13], fields[14]].join(" "),
                });
            }
        }
        found
    }

    fn line<'t>(text: &'t str, name: &str) -> &'t str {
        text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim()
    }
}
