//! How long tasks live, under virtual time.

use mcp_engine::Method;
use mcp_engine::task::{TaskEvent, TaskLimits, TaskRule, Ttl};
use serde_json::{Value, json};

use crate::stage::{Bench, SECOND, core, extension, forms, named, result, text, tool};

#[test]
fn a_task_is_gone_when_its_time_to_live_is_over_whatever_its_status() {
    for context in forms() {
        let mut bench = Bench::new();
        let ttl = Ttl::Milliseconds(10_000);
        let (working, _) = bench.try_create(tool(context).ttl(ttl)).unwrap();
        let (ended, _) = bench.try_create(tool(context).ttl(ttl)).unwrap();
        bench.finish(ended, text("42")).unwrap();
        bench.wait(9_999);
        assert_eq!(bench.get(context, ended)["status"], "completed");
        bench.wait(1);
        for id in [working, ended] {
            let answer = bench.about(context, Method::GetTask, id);
            assert_eq!(answer.rule(), Some(TaskRule::Unknown));
            assert_eq!(bench.finish(id, text("late")), Err(TaskRule::Unknown));
        }
        assert_eq!(bench.tasks.counters().expired, 2);
        assert!(bench.tasks.is_empty() && bench.tasks.held_bytes() == 0);
    }
}

#[test]
fn whoever_works_on_an_expired_task_is_told_and_whoever_waits_is_answered() {
    let mut bench = Bench::new();
    let (id, _) = bench.try_create(tool(core()).ttl(Ttl::Milliseconds(5_000))).unwrap();
    let waiter = bench.wait_for(id);
    bench.wait(6_000);
    let now = bench.now;
    bench.tasks.handle_timeout(now);
    assert_eq!(bench.tasks.poll_event(), Some(TaskEvent::Expired(id)));
    let answers = bench.answers();
    assert_eq!((answers[0].0, answers[0].1.rule()), (waiter, Some(TaskRule::Unknown)));
    assert!(bench.tasks.poll_notice().is_none());
}

#[test]
fn the_next_timeout_is_that_of_the_task_that_ends_first() {
    let mut bench = Bench::new();
    assert_eq!(bench.tasks.poll_timeout(), None);
    for seconds in [30, 10, 20] {
        bench.try_create(tool(core()).ttl(Ttl::Milliseconds(seconds * 1_000))).unwrap();
    }
    let start = bench.now.mono_ns;
    for seconds in [10, 20, 30] {
        assert_eq!(bench.tasks.poll_timeout(), Some(start + seconds * SECOND));
        let now = bench.now.after(seconds * SECOND);
        bench.tasks.handle_timeout(now);
    }
    assert_eq!(bench.tasks.poll_timeout(), None);
}

#[test]
fn what_is_asked_for_is_granted_within_the_limits() {
    let mut bench = Bench::new();
    let granted = |bench: &mut Bench, ttl| {
        let (_, answer) = bench.try_create(tool(extension()).ttl(ttl)).unwrap();
        result(&answer)["ttlMs"].clone()
    };
    let limits = TaskLimits::default();
    assert_eq!(granted(&mut bench, Ttl::Default), limits.ttl_ms);
    assert_eq!(granted(&mut bench, Ttl::Milliseconds(0)), limits.shortest_ttl_ms);
    assert_eq!(granted(&mut bench, Ttl::Milliseconds(60_000)), 60_000);
    assert_eq!(granted(&mut bench, Ttl::Milliseconds(u64::MAX)), limits.longest_ttl_ms);
    assert_eq!(granted(&mut bench, Ttl::Unlimited), Value::Null);
}

#[test]
fn an_unlimited_task_lives_until_it_is_removed() {
    let mut bench = Bench::new();
    let (id, _) = bench.try_create(tool(core()).ttl(Ttl::Unlimited)).unwrap();
    assert_eq!(bench.tasks.poll_timeout(), None);
    bench.wait(u64::MAX / 2_000_000);
    assert_eq!(bench.get(core(), id)["ttl"], json!(null));
    assert!(bench.tasks.remove(id));
}

#[test]
fn a_task_that_needs_more_time_can_be_kept() {
    let mut bench = Bench::new();
    let (id, _) = bench.try_create(tool(core()).ttl(Ttl::Milliseconds(10_000))).unwrap();
    bench.wait(9_000);
    let now = bench.now;
    bench.tasks.keep(id, Ttl::Milliseconds(5_000), now).unwrap();
    assert_eq!(bench.get(core(), id)["ttl"], 14_000, "it counts from the creation on");
    bench.wait(4_999);
    assert_eq!(bench.get(core(), id)["status"], "working");
    bench.wait(1);
    assert_eq!(
        bench.ask(core(), Method::GetTask, &named(id)).unwrap().rule(),
        Some(TaskRule::Unknown)
    );
    let now = bench.now;
    assert_eq!(bench.tasks.keep(id, Ttl::Default, now), Err(TaskRule::Unknown));
}

#[test]
fn a_time_to_live_is_written_so_that_every_language_reads_it() {
    let limits = TaskLimits { longest_ttl_ms: u64::MAX, ..TaskLimits::default() };
    let mut bench = Bench::with(limits);
    let new = tool(core()).ttl(Ttl::Milliseconds(u64::MAX)).poll_interval_ms(u64::MAX);
    let (_, answer) = bench.try_create(new).unwrap();
    assert_eq!(result(&answer)["task"]["ttl"], 9_007_199_254_740_991_u64);
    assert_eq!(result(&answer)["task"]["pollInterval"], 9_007_199_254_740_991_u64);
}
