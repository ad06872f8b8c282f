//! The three ways to drive the executor: step by step, with a pool of threads, under tokio.
//!
//! `cargo run --features workers --example three_drivers`

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use mcp_engine::executor::{
    Completion, Event, Failure, KeyConfig, Limits, Policy, Pool, PoolConfig, Returns, Scheduler,
    Task,
};
use mcp_engine::workers::{Workers, WorkersConfig};

fn main() -> Result<(), Box<dyn Error>> {
    step_by_step()?;
    on_threads()?;
    tokio::runtime::Builder::new_multi_thread().enable_time().build()?.block_on(under_tokio())
}

/// On a loop of your own: nothing happens but what you call. This is the way for other languages, and for tests, whose clock is a number.
fn step_by_step() -> Result<(), Box<dyn Error>> {
    let mut scheduler = Scheduler::new(Limits::default());
    let policy = scheduler.set_policy("search.*", Policy::default())?;
    let key = scheduler.open_key(&KeyConfig { concurrency: Some(1), ..KeyConfig::default() })?;
    let first = scheduler.submit(&Task { tag: 1, policy, ..Task::new(key) }, 0)?;
    scheduler.submit(&Task { tag: 2, after: &[first], ..Task::new(key) }, 0)?;

    let mut now = 0;
    while !scheduler.is_empty() {
        while let Some(event) = scheduler.poll_event() {
            if let Event::Ended { tag, outcome, .. } = event {
                println!("step by step: at {now} ns, task {tag} has {outcome:?}");
            }
        }
        if let Some(ready) = scheduler.poll_ready(now) {
            // The first attempt of the first task fails.
            let fails = ready.tag == 1 && ready.attempt == 1;
            let completion =
                if fails { Completion::Failed(Failure::default()) } else { Completion::Succeeded };
            scheduler.complete(ready.id, completion, now)?;
        } else if let Some(due) = scheduler.poll_timeout() {
            // Somebody else would wait until then.
            now = due;
            scheduler.handle_timeout(now);
        }
    }
    Ok(())
}

/// With threads for callbacks that block. Permits come back through `Returns`, also from a callback that panics.
fn on_threads() -> Result<(), Box<dyn Error>> {
    let pool = Pool::new(PoolConfig { threads: 2, ..PoolConfig::default() })?;
    let mut scheduler = Scheduler::new(Limits { running: 2, ..Limits::default() });
    let key = scheduler.open_key(&KeyConfig::default())?;
    for tag in 1..=5 {
        scheduler.submit(&Task { tag, ..Task::new(key) }, 0)?;
    }

    let (driver, began) = (thread::current(), Instant::now());
    let mut returns = Returns::new(move || driver.unpark());
    while !scheduler.is_empty() {
        let now = began.elapsed().as_nanos() as u64;
        scheduler.handle_timeout(now);
        while let Some(ready) = scheduler.poll_ready(now) {
            let permit = returns.permit(ready);
            pool.spawn(move || {
                thread::sleep(Duration::from_millis(permit.tag()));
                permit.succeed();
            })?;
        }
        while let Some(event) = scheduler.poll_event() {
            println!("on threads: {event:?}");
        }
        if returns.collect(&mut scheduler, now) == 0 && !scheduler.is_empty() {
            thread::park();
        }
    }
    Ok(())
}

/// Under tokio: the workers are the driver.
async fn under_tokio() -> Result<(), Box<dyn Error>> {
    let workers = Workers::new(WorkersConfig::default())?;
    let key = workers.open_key(&KeyConfig { concurrency: Some(2), ..KeyConfig::default() })?;
    let mut scope = workers.scope()?;
    for ms in [30, 10, 20] {
        scope.spawn(Task { tag: ms, ..Task::new(key) }, move |_| async move {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            Ok(format!("slept {ms} ms"))
        })?;
    }
    while let Some(done) = scope.next().await {
        println!("under tokio: {}", done.result?);
    }
    workers.close().await;
    Ok(())
}
