//! Workers under tokio: limits, results, structure. Time is virtual but where threads are what is tested.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mcp_engine_executor::{KeyConfig, Limits, Outcome, Policy, Task};
use mcp_engine_runtime::workers::{Error, Failed, Workers, WorkersConfig};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

fn workers(running: u32) -> Workers {
    let limits = Limits { running, ..Limits::default() };
    Workers::new(WorkersConfig { limits, seed: 1, ..WorkersConfig::default() }).expect("a runtime")
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// How many are inside at a time, and how many were at most.
#[derive(Default)]
struct Crowd {
    inside: AtomicUsize,
    most: AtomicUsize,
}

impl Crowd {
    fn enter(&self) {
        let inside = self.inside.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(inside, Ordering::SeqCst);
    }

    fn leave(&self) {
        self.inside.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_run_than_may() -> Result<(), Error> {
    let workers = workers(3);
    let key = workers.open_key(&KeyConfig::default())?;
    let crowd = Arc::new(Crowd::default());
    let mut scope = workers.scope()?;
    for _ in 0..20 {
        let crowd = Arc::clone(&crowd);
        scope.spawn(Task::new(key), move |_| {
            let crowd = Arc::clone(&crowd);
            async move {
                crowd.enter();
                sleep(ms(10)).await;
                crowd.leave();
                Ok(())
            }
        })?;
    }
    let done = scope.finish().await;
    assert_eq!(done.iter().filter(|done| done.result.is_ok()).count(), 20);
    assert_eq!(crowd.most.load(Ordering::SeqCst), 3);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn results_come_in_the_order_of_completion() -> Result<(), Error> {
    let workers = workers(8);
    let key = workers.open_key(&KeyConfig::default())?;
    let mut scope = workers.scope()?;
    for wait in [30, 10, 20] {
        scope.spawn(Task { tag: wait, ..Task::new(key) }, move |_| async move {
            sleep(ms(wait)).await;
            Ok(wait)
        })?;
    }
    let mut order = Vec::new();
    while let Some(done) = scope.next().await {
        assert_eq!(done.result?, done.tag);
        order.push(done.tag);
    }
    assert_eq!(order, [10, 20, 30]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_scope_that_is_dropped_takes_its_own_work_along_and_nothing_else() -> Result<(), Error> {
    let workers = workers(8);
    let key = workers.open_key(&KeyConfig::default())?;
    let (mut doomed, mut other) = (workers.scope::<()>()?, workers.scope()?);
    let (begun, has_begun) = oneshot::channel();
    let begun = std::sync::Mutex::new(Some((begun, Noise(Arc::default()))));
    let dropped = begun.lock().expect("no panic").as_ref().map(|(_, noise)| Arc::clone(&noise.0));
    doomed.spawn(Task::new(key), move |_| {
        let parts = begun.lock().expect("no panic").take();
        async move {
            let (begun, _noise) = parts.expect("one attempt");
            let _ = begun.send(());
            std::future::pending().await
        }
    })?;
    other.spawn(Task::new(key), |_| async {
        sleep(ms(50)).await;
        Ok(5)
    })?;
    has_begun.await.expect("it runs");
    drop(doomed);
    assert_eq!(other.next().await.expect("one task").result?, 5);
    assert_eq!(dropped.map(|count| count.load(Ordering::SeqCst)), Some(1));
    assert_eq!((workers.running(), workers.counters().cancelled), (0, 1));
    Ok(())
}

/// Counts how often it was dropped.
struct Noise(Arc<AtomicUsize>);

impl Drop for Noise {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_is_cancelled() -> Result<(), Error> {
    let workers = workers(1);
    let key = workers.open_key(&KeyConfig::default())?;
    let task = Task::new(key);
    let call = workers.run(task, |_| std::future::pending::<Result<(), Failed>>());
    assert!(tokio::time::timeout(ms(5), call).await.is_err());
    // There is one permit, and it has come back.
    assert_eq!(workers.run(task, |_| async { Ok(1) }).await?, 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_fails_is_tried_again_after_a_while() -> Result<(), Error> {
    let workers = workers(1);
    let key = workers.open_key(&KeyConfig::default())?;
    let policy = workers.set_policy("*", Policy::default())?;
    let begun = Instant::now();
    let flaky = workers.run(Task { policy, ..Task::new(key) }, |attempt| async move {
        if attempt.number() < 3 {
            return Err(io::Error::other("not yet").into());
        }
        Ok(attempt.number())
    });
    assert_eq!(flaky.await?, 3);
    // 100 ms and 200 ms; tokio's timers are exact to a millisecond.
    assert!((ms(300)..=ms(304)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    assert_eq!(workers.counters().retried, 2);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_last_failure_is_the_source_of_the_error() -> Result<(), Error> {
    let workers = workers(1);
    let key = workers.open_key(&KeyConfig::default())?;
    let failing =
        workers.run(Task::new(key), |_| async { Err::<(), _>(io::Error::other("broken").into()) });
    let error = failing.await.expect_err("it fails");
    assert_eq!(error.outcome(), Some(Outcome::Failed));
    let source = std::error::Error::source(&error).expect("a source");
    assert_eq!(source.to_string(), "broken");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_panic_fails_its_task_and_gives_its_permit_back() -> Result<(), Error> {
    let workers = workers(1);
    let key = workers.open_key(&KeyConfig::default())?;
    let handler = |panics: bool| async move {
        assert!(!panics, "a handler that fails");
        Ok(())
    };
    let panicking = workers.run(Task::new(key), move |_| handler(true)).await;
    assert_eq!(panicking.expect_err("it fails").outcome(), Some(Outcome::Failed));
    assert_eq!(workers.run(Task::new(key), |_| async { Ok(1) }).await?, 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_what_runs() -> Result<(), Error> {
    let workers = workers(1);
    let key = workers.open_key(&KeyConfig::default())?;
    let deadline_ns = Some(workers.now_ns() + 20_000_000);
    let task = Task { deadline_ns, ..Task::new(key) };
    let late = workers.run(task, |_| std::future::pending::<Result<(), Failed>>());
    assert!(late.await.expect_err("it is late").is_timeout());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn tasks_wait_for_what_they_depend_on() -> Result<(), Error> {
    let workers = workers(8);
    let key = workers.open_key(&KeyConfig::default())?;
    let mut scope = workers.scope()?;
    let first = scope.spawn(Task { tag: 1, ..Task::new(key) }, |_| async {
        sleep(ms(20)).await;
        Ok(())
    })?;
    scope.spawn(Task { tag: 2, after: &[first], ..Task::new(key) }, |_| async { Ok(()) })?;
    let order: Vec<_> = scope.finish().await.iter().map(|done| done.tag).collect();
    assert_eq!(order, [1, 2]);
    Ok(())
}

#[tokio::test]
async fn blocking_work_runs_on_threads_of_its_own_and_hears_that_it_is_not_wanted()
-> Result<(), Error> {
    let workers = workers(8);
    let key = workers.open_key(&KeyConfig::default())?;
    let mut scope = workers.scope()?;
    let here = std::thread::current().id();
    scope.spawn_blocking(Task::new(key), move |_| Ok(std::thread::current().id() != here))?;
    assert!(scope.next().await.expect("one task").result?);
    scope.spawn_blocking(Task::new(key), |attempt| {
        while !attempt.is_cancelled() {
            std::thread::yield_now();
        }
        Ok(false)
    })?;
    let done = scope.cancel().await;
    assert!(done.iter().all(|done| done.result.as_ref().is_err_and(Error::is_cancelled)));
    assert_eq!(workers.running(), 0);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn closed_workers_have_nothing_left_and_take_nothing() -> Result<(), Error> {
    let workers = workers(2);
    let key = workers.open_key(&KeyConfig::default())?;
    let mut scope = workers.scope()?;
    for _ in 0..5 {
        scope.spawn(Task::new(key), |_| std::future::pending::<Result<(), Failed>>())?;
    }
    workers.close().await;
    assert_eq!((workers.running(), workers.counters().cancelled), (0, 5));
    let refused = workers.run(Task::new(key), |_| async { Ok(()) }).await;
    assert!(refused.expect_err("closed").is_closed());
    assert!(workers.scope::<()>().expect_err("closed").is_closed());
    workers.close().await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn as_many_tasks_are_taken_as_the_limit_says() -> Result<(), Error> {
    let limits = Limits { running: 1, tasks: 3, ..Limits::default() };
    let workers = Workers::new(WorkersConfig { limits, seed: 1, ..WorkersConfig::default() })?;
    let key = workers.open_key(&KeyConfig::default())?;
    let one = || {
        workers.run(Task::new(key), |_| async {
            sleep(ms(1)).await;
            Ok(())
        })
    };
    let (first, second, third, fourth) = tokio::join!(one(), one(), one(), one());
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    let refusal = fourth.expect_err("full").refusal().expect("a refusal");
    assert_eq!(refusal.to_string(), "limit exceeded: tasks");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn too_many_are_refused_with_the_name_of_the_limit() -> Result<(), Error> {
    let workers = workers(1);
    let key = workers.open_key(&KeyConfig { queued: 1, ..KeyConfig::default() })?;
    let mut scope = workers.scope::<()>()?;
    for _ in 0..2 {
        scope.spawn(Task::new(key), |_| std::future::pending())?;
    }
    let refused = scope.spawn(Task::new(key), |_| std::future::pending());
    let refusal = refused.expect_err("full").refusal().expect("a refusal");
    assert_eq!(refusal.to_string(), "limit exceeded: queued");
    Ok(())
}

#[test]
fn workers_need_a_runtime() {
    assert!(Workers::new(WorkersConfig::default()).is_err());
}

#[test]
fn a_runtime_that_goes_away_leaves_nothing_behind() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    let (workers, mut scope) = runtime.block_on(async {
        let workers = workers(2);
        let scope = workers.scope::<()>().expect("room");
        (workers, scope)
    });
    let key = workers.open_key(&KeyConfig::default()).expect("room");
    drop(runtime);
    for _ in 0..1000 {
        // Its future is dropped at once, and so is the permit.
        scope.spawn(Task::new(key), |_| std::future::pending()).expect("room");
    }
    drop((scope, workers));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_threads_keep_every_limit() -> Result<(), Error> {
    let workers = workers(8);
    let keys = [1, 2, 3].map(|limit| (limit, Arc::new(Crowd::default())));
    let (all, mut scope) = (Arc::new(Crowd::default()), workers.scope()?);
    let mut opened = Vec::new();
    for (limit, crowd) in keys {
        let config = KeyConfig { concurrency: Some(limit), queued: 10_000, ..KeyConfig::default() };
        opened.push((workers.open_key(&config)?, limit, crowd));
    }
    for turn in 0..6_000 {
        let (key, _, crowd) = &opened[turn % 3];
        let (crowd, all) = (Arc::clone(crowd), Arc::clone(&all));
        scope.spawn(Task::new(*key), move |_| {
            let (crowd, all) = (Arc::clone(&crowd), Arc::clone(&all));
            async move {
                [&crowd, &all].iter().for_each(|crowd| crowd.enter());
                tokio::task::yield_now().await;
                [&crowd, &all].iter().for_each(|crowd| crowd.leave());
                Ok(())
            }
        })?;
    }
    assert!(scope.finish().await.iter().all(|done| done.result.is_ok()));
    for (_, limit, crowd) in &opened {
        assert!(crowd.most.load(Ordering::SeqCst) <= *limit as usize);
    }
    assert!(all.most.load(Ordering::SeqCst) <= 8);
    assert_eq!(workers.counters().succeeded, 6_000);
    Ok(())
}
