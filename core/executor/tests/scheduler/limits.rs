//! Every limit of the scheduler is reached, its error names it, and its counter counts.

use mcp_engine_executor::{
    Counters, Error, KeyConfig, Limit, Limits, Policy, QuotaConfig, Scheduler, Scope, Task,
};

/// A limit, what reaches it when there is room for one, and who counts that.
struct Row {
    limit: Limit,
    tight: fn(Limits) -> Limits,
    /// Does it for so many.
    reach: fn(&mut Scheduler, usize) -> Result<(), Error>,
    refused: fn(&Counters) -> u64,
}

const ROWS: &[Row] = &[
    Row {
        limit: Limit::Tasks,
        tight: |limits| Limits { tasks: 1, ..limits },
        reach: |scheduler, count| {
            let key = scheduler.open_key(&KeyConfig::default())?;
            (0..count).try_for_each(|_| scheduler.submit(&Task::new(key), 0).map(drop))
        },
        refused: |counters| counters.refused_tasks,
    },
    Row {
        limit: Limit::Tasks,
        tight: |limits| Limits { tasks: 1, ..limits },
        reach: |scheduler, count| {
            (0..count).try_for_each(|_| scheduler.open_scope(&Scope::default()).map(drop))
        },
        refused: |counters| counters.refused_tasks,
    },
    Row {
        limit: Limit::Tasks,
        tight: |limits| Limits { tasks: 1, ..limits },
        reach: |scheduler, count| {
            let key = scheduler.open_key(&KeyConfig::default())?;
            (0..count).try_for_each(|_| scheduler.try_start(&Task::new(key), 0).map(drop))
        },
        refused: |counters| counters.refused_tasks,
    },
    Row {
        limit: Limit::Queued,
        tight: |limits| limits,
        reach: |scheduler, count| {
            let key = scheduler.open_key(&KeyConfig { queued: 1, ..KeyConfig::default() })?;
            (0..count).try_for_each(|_| scheduler.submit(&Task::new(key), 0).map(drop))
        },
        refused: |counters| counters.refused_queued,
    },
    Row {
        limit: Limit::Keys,
        tight: |limits| Limits { keys: 1, ..limits },
        reach: |scheduler, count| {
            (0..count).try_for_each(|_| scheduler.open_key(&KeyConfig::default()).map(drop))
        },
        refused: |counters| counters.refused_keys,
    },
    Row {
        limit: Limit::Quotas,
        tight: |limits| Limits { quotas: 1, ..limits },
        reach: |scheduler, count| {
            (0..count).try_for_each(|_| scheduler.open_quota(&QuotaConfig::default()).map(drop))
        },
        refused: |counters| counters.refused_quotas,
    },
    Row {
        limit: Limit::Dependencies,
        tight: |limits| Limits { dependencies: 1, ..limits },
        reach: |scheduler, count| {
            let key = scheduler.open_key(&KeyConfig::default())?;
            let first = scheduler.submit(&Task::new(key), 0)?;
            let after = vec![first; count];
            scheduler.submit(&Task { after: &after, ..Task::new(key) }, 0).map(drop)
        },
        refused: |counters| counters.refused_dependencies,
    },
    Row {
        limit: Limit::Policies,
        tight: |limits| Limits { policies: 1, ..limits },
        reach: |scheduler, count| {
            (0..count)
                .try_for_each(|at| scheduler.set_policy(&at.to_string(), Policy::ONCE).map(drop))
        },
        refused: |counters| counters.refused_policies,
    },
];

#[test]
fn every_limit_is_reached_named_and_counted() {
    for row in ROWS {
        let mut scheduler = Scheduler::new((row.tight)(Limits::default()));
        let refused = Err(Error::LimitExceeded { limit: row.limit });
        assert_eq!((row.reach)(&mut scheduler, 2), refused);
        assert_eq!((row.refused)(scheduler.counters()), 1, "{}", row.limit);
        let mut scheduler = Scheduler::new((row.tight)(Limits::default()));
        assert_eq!((row.reach)(&mut scheduler, 1), Ok(()), "{}", row.limit);
        assert_eq!((row.refused)(scheduler.counters()), 0, "{}", row.limit);
    }
}

/// A limit that is added does not compile before it stands in the table.
#[test]
fn no_limit_is_forgotten() {
    let Limits { tasks, running, keys, quotas, dependencies, policies } = Limits::default();
    let all = [
        ("tasks", tasks),
        ("keys", keys),
        ("quotas", quotas),
        ("dependencies", dependencies),
        ("policies", policies),
        // That of a key.
        ("queued", KeyConfig::default().queued),
    ];
    for (name, default) in all {
        assert!(default > 1 && ROWS.iter().any(|row| row.limit.to_string() == name), "{name}");
    }
    // Nobody is refused for it, but has to wait: `quotas.rs` reaches it.
    assert!(running > 1);
}

#[test]
fn what_was_refused_is_taken_in_when_there_is_room() {
    let mut scheduler = Scheduler::new(Limits { tasks: 1, ..Limits::default() });
    let key = scheduler.open_key(&KeyConfig::default()).expect("room");
    let first = scheduler.submit(&Task::new(key), 0).expect("room");
    assert!(scheduler.submit(&Task::new(key), 0).is_err());
    scheduler.cancel(first, 0).expect("it is known");
    assert!(scheduler.submit(&Task::new(key), 0).is_err(), "until its end was polled");
    assert!(scheduler.poll_event().is_some());
    assert!(scheduler.submit(&Task::new(key), 0).is_ok());
}

#[test]
fn what_was_refused_has_changed_nothing() {
    let limits = Limits { dependencies: 1, ..Limits::default() };
    let mut scheduler = Scheduler::new(limits);
    let key = scheduler.open_key(&KeyConfig::default()).expect("room");
    let first = scheduler.submit(&Task::new(key), 0).expect("room");
    let after = &[first, first];
    assert!(scheduler.submit(&Task { after, ..Task::new(key) }, 0).is_err());
    assert_eq!((scheduler.len(), scheduler.load(key)), (1, Ok((1, 0))));
    assert_eq!(scheduler.counters().submitted, 1);
}

#[test]
fn what_runs_does_not_wait_and_leaves_room_for_another_that_does() {
    let mut scheduler = Scheduler::new(Limits::default());
    let key = scheduler.open_key(&KeyConfig { queued: 1, ..KeyConfig::default() }).expect("room");
    for _ in 0..3 {
        scheduler.submit(&Task::new(key), 0).expect("nobody else waits");
        assert!(scheduler.poll_ready(0).is_some());
    }
}
