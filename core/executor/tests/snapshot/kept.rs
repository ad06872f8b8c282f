//! What a restored scheduler knows, by way of what it does.

use mcp_engine_executor::{
    Completion, Error, Event, Failure, KeyConfig, Limit, Limits, Misuse, Outcome, Policy, Priority,
    QuotaConfig, Rate, Ready, Run, RunLimits, Runs, Scheduler, Settled, State, Status, Task,
    restore, snapshot,
};

fn empty() -> Runs {
    Runs::new(RunLimits::default())
}

/// Another process, whose clock stands at 0, some milliseconds later.
fn restarted(scheduler: &Scheduler, now: u64, ms: i64) -> Scheduler {
    let bytes = snapshot(scheduler, &empty(), now, 1_000).expect("it is short");
    let restored = restore(&bytes, Limits::default(), RunLimits::default(), 0, 1_000 + ms);
    let (mut scheduler, _) = restored.expect("a snapshot can be restored");
    scheduler.assert_sound();
    scheduler.handle_timeout(0);
    scheduler
}

fn events(scheduler: &mut Scheduler) -> Vec<Event> {
    std::iter::from_fn(|| scheduler.poll_event()).collect()
}

fn tags(scheduler: &mut Scheduler) -> Vec<u64> {
    std::iter::from_fn(|| scheduler.poll_ready(0).map(|ready| ready.tag)).collect()
}

#[test]
fn what_ran_runs_again_before_the_others_of_its_level() {
    let mut scheduler = Scheduler::new(Limits::default());
    let key = scheduler.open_key(&KeyConfig::default()).expect("room");
    for tag in 0..6 {
        let priority = if tag == 5 { Priority::Urgent } else { Priority::Normal };
        scheduler.submit(&Task { tag, priority, ..Task::new(key) }, tag).expect("room");
    }
    let order: Vec<_> = (0..3).filter_map(|_| scheduler.poll_ready(6)).collect();
    assert!(order.iter().map(|ready| ready.tag).eq([5, 0, 1]));
    let mut scheduler = restarted(&scheduler, 6, 0);
    assert_eq!(tags(&mut scheduler), [5, 0, 1, 2, 3, 4]);
}

#[test]
fn an_attempt_that_was_interrupted_counts_and_there_is_another_in_any_case() {
    let mut scheduler = Scheduler::new(Limits::default());
    let key = scheduler.open_key(&KeyConfig::default()).expect("room");
    let policy = scheduler.set_policy("*", Policy { attempts: 2, ..Policy::default() });
    let policy = policy.expect("room");
    let id = scheduler.submit(&Task { policy, ..Task::new(key) }, 0).expect("room");
    for attempt in 1..4 {
        assert_eq!(scheduler.poll_ready(0), Some(Ready { id, tag: 0, attempt }));
        scheduler = restarted(&scheduler, 0, 0);
    }
    assert_eq!(scheduler.poll_ready(0), Some(Ready { id, tag: 0, attempt: 4 }));
    let failed = Completion::Failed(Failure::default());
    assert_eq!(scheduler.complete(id, failed, 0), Ok(Settled::Ended(Outcome::Failed)));
}

#[test]
fn what_ran_and_was_paused_is_held() {
    let mut scheduler = Scheduler::new(Limits::default());
    let key = scheduler.open_key(&KeyConfig::default()).expect("room");
    let id = scheduler.submit(&Task::new(key), 0).expect("room");
    scheduler.poll_ready(0).expect("it may run");
    scheduler.pause(id, 0).expect("it is known");
    let mut scheduler = restarted(&scheduler, 0, 0);
    assert_eq!((scheduler.state(id), scheduler.poll_ready(0)), (Ok(State::Held), None));
    scheduler.resume(id, 0).expect("it is known");
    assert!(scheduler.poll_ready(0).is_some());
}

#[test]
fn the_time_between_counts() {
    let mut scheduler = Scheduler::new(Limits::default());
    let key = scheduler.open_key(&KeyConfig::default()).expect("room");
    let task = |ms: u64| Task { deadline_ns: Some(500 + ms * 1_000_000), ..Task::new(key) };
    let late = scheduler.submit(&task(10), 500).expect("room");
    let early = scheduler.submit(&task(11), 500).expect("room");
    let mut scheduler = restarted(&scheduler, 500, 10);
    let ended = Event::Ended { id: late, tag: 0, outcome: Outcome::TimedOut };
    assert_eq!(events(&mut scheduler), [ended]);
    assert_eq!(scheduler.state(early), Ok(State::Queued));
    assert!(scheduler.poll_timeout().is_some_and(|due| due <= 1_000_000));
    scheduler.handle_timeout(999_999);
    assert_eq!(scheduler.state(early), Ok(State::Queued));
    scheduler.handle_timeout(1_000_000);
    assert_eq!(scheduler.state(early), Ok(State::Ended));
}

#[test]
fn an_attempt_that_is_due_later_is_due_then() {
    let mut scheduler = Scheduler::new(Limits::default());
    let key = scheduler.open_key(&KeyConfig::default()).expect("room");
    let policy = scheduler.set_policy("*", Policy::default()).expect("room");
    let id = scheduler.submit(&Task { policy, ..Task::new(key) }, 0).expect("room");
    scheduler.poll_ready(0).expect("it may run");
    scheduler.complete(id, Completion::Failed(Failure::default()), 0).expect("it runs");
    let mut scheduler = restarted(&scheduler, 0, 60);
    assert_eq!((scheduler.state(id), scheduler.poll_ready(0)), (Ok(State::Waiting), None));
    scheduler.handle_timeout(40_000_000);
    assert_eq!(scheduler.poll_ready(40_000_000).map(|ready| ready.attempt), Some(2));
}

#[test]
fn rates_remember_what_was_used() {
    let mut scheduler = Scheduler::new(Limits::default());
    let rate = Some(Rate { starts: 1, period_ns: 10_000_000, burst: 2 });
    let quota = scheduler.open_quota(&QuotaConfig { concurrency: None, rate }).expect("room");
    let config = KeyConfig { quotas: &[quota], ..KeyConfig::default() };
    let key = scheduler.open_key(&config).expect("room");
    for tag in 0..5 {
        scheduler.submit(&Task { tag, ..Task::new(key) }, 0).expect("room");
    }
    assert_eq!(tags(&mut scheduler), [0, 1]);
    // Two are running and will run again, but the rate allows none yet …
    assert!(tags(&mut restarted(&scheduler, 0, 9)).is_empty());
    // … and one after its time.
    assert_eq!(tags(&mut restarted(&scheduler, 0, 10)), [0]);
    assert_eq!(tags(&mut restarted(&scheduler, 0, 1_000)), [0, 1]);
}

#[test]
fn ids_name_what_they_named_and_what_is_gone_stays_gone() {
    let mut scheduler = Scheduler::new(Limits::default());
    let quotas = [(); 3].map(|()| scheduler.open_quota(&QuotaConfig::default()).expect("room"));
    scheduler.close_quota(quotas[1]).expect("nobody uses it");
    let config = KeyConfig { quotas: &quotas[..1], ..KeyConfig::default() };
    let keys = [(); 3].map(|()| scheduler.open_key(&config).expect("room"));
    scheduler.close_key(keys[0]).expect("nobody uses it");
    let tasks = [(); 3].map(|()| scheduler.submit(&Task::new(keys[2]), 0).expect("room"));
    scheduler.cancel(tasks[1], 0).expect("it is known");
    events(&mut scheduler);
    let policies =
        ["a.*", "b"].map(|it| scheduler.set_policy(it, Policy::default()).expect("room"));
    let mut scheduler = restarted(&scheduler, 0, 0);
    assert_eq!(scheduler.policy_of("a.x"), policies[0]);
    assert_eq!(scheduler.policy_of("x.b"), policies[1]);
    assert_eq!(scheduler.load(keys[2]), Ok((2, 0)));
    assert_eq!(scheduler.load(keys[0]), Err(Misuse::UnknownKey.into()));
    assert_eq!(scheduler.close_quota(quotas[0]), Err(Misuse::InUse.into()));
    assert_eq!(scheduler.close_quota(quotas[1]), Err(Misuse::UnknownQuota.into()));
    assert_eq!(scheduler.close_quota(quotas[2]), Ok(()));
    assert_eq!(scheduler.state(tasks[1]), Err(Misuse::UnknownTask.into()));
    assert_eq!(scheduler.state(tasks[2]), Ok(State::Queued));
    let new = scheduler.submit(&Task::new(keys[1]), 0).expect("room");
    assert!(!tasks.contains(&new));
}

#[test]
fn ends_that_nobody_has_heard_of_are_told() {
    let mut scheduler = Scheduler::new(Limits::default());
    let key = scheduler.open_key(&KeyConfig::default()).expect("room");
    let first = scheduler.submit(&Task { tag: 1, ..Task::new(key) }, 0).expect("room");
    let after = &[first];
    let second = scheduler.submit(&Task { tag: 2, after, ..Task::new(key) }, 0).expect("room");
    scheduler.poll_ready(0).expect("it may run");
    scheduler.cancel(first, 0).expect("it is known");
    let mut restored = restarted(&scheduler, 0, 0);
    // Nobody has to stop: who ran it is gone. Else they are the same, in the same order.
    let stop = scheduler.poll_event();
    assert!(matches!(stop, Some(Event::Stop { id, .. }) if id == first), "{stop:?}");
    let ends = events(&mut restored);
    assert_eq!(ends, events(&mut scheduler));
    let ended = |id, tag, outcome| Event::Ended { id, tag, outcome };
    assert!(ends.contains(&ended(first, 1, Outcome::Cancelled)));
    assert!(ends.contains(&ended(second, 2, Outcome::Skipped)));
    assert_eq!((restored.len(), scheduler.len()), (0, 1));
}

#[test]
fn what_is_more_than_the_new_limits_is_refused() {
    let (mut scheduler, mut runs) = (Scheduler::new(Limits::default()), empty());
    let quota = scheduler.open_quota(&QuotaConfig::default()).expect("room");
    let config = KeyConfig { quotas: &[quota], ..KeyConfig::default() };
    let key = scheduler.open_key(&config).expect("room");
    scheduler.set_policy("*", Policy::default()).expect("room");
    let first = scheduler.submit(&Task::new(key), 0).expect("room");
    scheduler.submit(&Task { after: &[first], ..Task::new(key) }, 0).expect("room");
    let run = runs.open(&Run { id: "run", ..Run::default() }, &mut scheduler, 0).expect("room");
    runs.signal(run, "name", b"payload", 0).expect("room");
    runs.wait(run, &Default::default(), 0).expect("room");
    let bytes = snapshot(&scheduler, &runs, 0, 0).expect("it is short");
    let (all, all_runs) = (Limits::default(), RunLimits::default());
    let refused = |limits, run_limits, limit| {
        let refused = restore(&bytes, limits, run_limits, 0, 0).err();
        assert_eq!(refused, Some(Error::LimitExceeded { limit }));
    };
    refused(Limits { tasks: 2, ..all }, all_runs, Limit::Tasks);
    refused(Limits { keys: 0, ..all }, all_runs, Limit::Keys);
    refused(Limits { quotas: 0, ..all }, all_runs, Limit::Quotas);
    refused(Limits { dependencies: 0, ..all }, all_runs, Limit::Dependencies);
    refused(Limits { policies: 0, ..all }, all_runs, Limit::Policies);
    refused(all, RunLimits { runs: 0, ..all_runs }, Limit::Runs);
    refused(all, RunLimits { waits: 0, ..all_runs }, Limit::Waits);
    refused(all, RunLimits { signals: 0, ..all_runs }, Limit::Signals);
    refused(all, RunLimits { signal_bytes: 5, ..all_runs }, Limit::SignalBytes);
    refused(all, RunLimits { name_bytes: 2, ..all_runs }, Limit::NameBytes);
    refused(all, RunLimits { payload_bytes: 6, ..all_runs }, Limit::PayloadBytes);
    refused(all, RunLimits { bytes: 13, ..all_runs }, Limit::Bytes);
    let exactly = RunLimits { bytes: 14, ..all_runs };
    assert!(restore(&bytes, Limits { tasks: 3, ..all }, exactly, 0, 0).is_ok());
}

#[test]
fn runs_that_ended_long_ago_are_forgotten() {
    let (mut scheduler, mut runs) = (Scheduler::new(Limits::default()), empty());
    let open = |id, runs: &mut Runs, scheduler: &mut Scheduler| {
        runs.open(&Run { id, ..Run::default() }, scheduler, 7).expect("room")
    };
    let (old, live) =
        (open("old", &mut runs, &mut scheduler), open("live", &mut runs, &mut scheduler));
    runs.cancel(old, &mut scheduler, 7).expect("it is known");
    while runs.poll_event().is_some() {}
    let bytes = snapshot(&scheduler, &runs, 7, 0).expect("it is short");
    let at = |ms| {
        let limits = RunLimits::default();
        restore(&bytes, Limits::default(), limits, u64::MAX / 2, ms).expect("a snapshot").1
    };
    assert_eq!(at(3_599_999).status(old), Ok(Status::Cancelled));
    assert_eq!(at(3_600_000).status(old), Err(Misuse::UnknownRun.into()));
    assert_eq!(at(i64::MAX).status(live), Ok(Status::Initialized));
}
