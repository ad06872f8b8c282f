"""The scheduler and the runs of the engine, step by step."""

from __future__ import annotations

import gc
import time

import pytest

from mcp_engine import LimitError, MisuseError, Runs, Scheduler


def drained(scheduler: Scheduler) -> list[tuple[str, int, str | None]]:
    events = []
    while (event := scheduler.poll_event()) is not None:
        events.append((event.kind, event.tag, event.outcome))
    return events


def test_tasks_come_out_by_priority_and_within_limits() -> None:
    scheduler = Scheduler(running=8)
    key = scheduler.open_key(concurrency=1)
    scheduler.submit(key, tag=1, now=0.0)
    scheduler.submit(key, tag=2, priority="urgent", now=0.0)
    first = scheduler.poll_ready(0.0)
    assert first is not None and (first.tag, first.attempt) == (2, 1)
    assert scheduler.poll_ready(0.0) is None
    assert (scheduler.load(key), scheduler.running, len(scheduler)) == ((1, 1), 1, 2)
    settled = scheduler.complete(first.id, now=0.0)
    assert (settled.kind, settled.outcome, settled.at) == ("ended", "succeeded", None)
    second = scheduler.poll_ready(0.0)
    assert second is not None and second.tag == 1
    assert drained(scheduler) == [("ended", 2, "succeeded")]


def test_turns_go_by_weight() -> None:
    scheduler = Scheduler(running=1)
    keys = [scheduler.open_key(weight=weight) for weight in (1, 3)]
    for key, tag in zip(keys, (1, 3), strict=True):
        scheduler.submit_many(key, 40, tag=tag * 1000, now=0.0)
    started = []
    for _ in range(40):
        ready = scheduler.poll_ready(0.0)
        assert ready is not None
        started.append(ready.tag // 1000)
        scheduler.complete(ready.id, now=0.0)
    assert 28 <= started.count(3) <= 32


def test_failures_are_tried_again_by_the_closest_policy() -> None:
    scheduler = Scheduler()
    everything = scheduler.set_policy("*", attempts=1)
    prefix = scheduler.set_policy("tools.*", attempts=2)
    suffix = scheduler.set_policy("search", attempts=2, initial=1.0, final_kinds=["ValueError"])
    exact = scheduler.set_policy("tools.search", attempts=4)
    names = {"other": everything, "tools.read": prefix, "web.search": suffix, "tools.search": exact}
    assert {name: scheduler.policy_of(name) for name in names} == names
    key = scheduler.open_key()
    task = scheduler.submit(key, tag=1, policy=suffix, now=0.0)
    assert scheduler.poll_ready(0.0) is not None
    settled = scheduler.complete(task, "failed", kind="OSError", now=5.0)
    assert (settled.kind, settled.outcome, settled.at) == ("retries", None, 6.0)
    assert scheduler.poll_timeout() is not None
    scheduler.handle_timeout(6.0)
    again = scheduler.poll_ready(6.0)
    assert again is not None and again.attempt == 2
    assert scheduler.complete(task, "failed", now=6.0).outcome == "failed"
    final = scheduler.submit(key, policy=suffix, now=6.0)
    scheduler.poll_ready(6.0)
    assert scheduler.complete(final, "failed", kind="ValueError", now=6.0).outcome == "failed"
    assert (scheduler.counters["retried"], scheduler.counters["failed"]) == (1, 2)


def test_deadlines_and_attempts_end_by_the_time_that_is_given() -> None:
    scheduler = Scheduler()
    key = scheduler.open_key(concurrency=1)
    running = scheduler.submit(key, tag=1, attempt_timeout=2.0, now=0.0)
    scheduler.submit(key, tag=2, deadline=1.0, now=0.0)
    scheduler.poll_ready(0.0)
    scheduler.handle_timeout(1.0)
    assert drained(scheduler) == [("ended", 2, "timed_out")]
    scheduler.handle_timeout(2.0)
    assert drained(scheduler) == [("stop", 1, None)]
    assert scheduler.complete(running, "abandoned", now=2.0).outcome == "timed_out"


def test_rates_are_kept() -> None:
    scheduler = Scheduler()
    key = scheduler.open_key(rate=(1, 1.0, 2))
    scheduler.submit_many(key, 3, now=0.0)
    assert [scheduler.poll_ready(0.0) is not None for _ in range(3)] == [True, True, False]
    due = scheduler.poll_timeout()
    assert due is not None and 0.9 <= due <= 1.0
    scheduler.handle_timeout(1.0)
    assert scheduler.poll_ready(1.0) is not None


def test_dependencies_and_scopes() -> None:
    scheduler = Scheduler()
    key = scheduler.open_key()
    scope = scheduler.open_scope(tag=9)
    first = scheduler.submit(key, tag=1, parent=scope, now=0.0)
    scheduler.submit(key, tag=2, parent=scope, after=[first], now=0.0)
    scheduler.submit(key, tag=3, after=[first], needs="end", now=0.0)
    assert scheduler.state(first) == "queued"
    assert scheduler.poll_ready(0.0) is not None
    scheduler.complete(first, "failed", now=0.0)
    assert drained(scheduler) == [("ended", 1, "failed"), ("ended", 2, "skipped")]
    after = scheduler.poll_ready(0.0)
    assert after is not None and after.tag == 3
    assert scheduler.cancel(scope, now=0.0) == "cancelled"
    assert drained(scheduler) == [("ended", 9, "cancelled")]


def test_a_quota_is_shared_and_pausing_holds_back() -> None:
    scheduler = Scheduler()
    quota = scheduler.open_quota(concurrency=1)
    keys = [scheduler.open_key(quotas=[quota]) for _ in range(2)]
    tasks = [scheduler.submit(key, now=0.0) for key in keys]
    scheduler.pause(tasks[0], now=0.0)
    ready = scheduler.poll_ready(0.0)
    assert ready is not None and ready.id == tasks[1]
    scheduler.resume(tasks[0], now=0.0)
    assert scheduler.poll_ready(0.0) is None
    with pytest.raises(MisuseError):
        scheduler.close_quota(quota)
    with pytest.raises(MisuseError):
        scheduler.close_key(keys[0])


def test_what_is_refused_says_which_limit_and_changes_nothing() -> None:
    scheduler = Scheduler(tasks=10, keys=1)
    key = scheduler.open_key(queued=3)
    with pytest.raises(LimitError, match="limit exceeded: keys"):
        scheduler.open_key()
    with pytest.raises(LimitError) as refused:
        scheduler.submit_many(key, 4, now=0.0)
    assert (refused.value.fault, refused.value.rule, refused.value.offset) == ("limit", "queued", None)
    assert scheduler.load(key) == (0, 0)
    assert scheduler.poll_ready(0.0) is None
    assert scheduler.counters["refused_queued"] == 1
    for call in (lambda: scheduler.submit(77), lambda: scheduler.cancel(99), lambda: scheduler.complete(99), lambda: scheduler.turn([99])):
        with pytest.raises(MisuseError):
            call()
    for call in (
        lambda: scheduler.submit(key, priority="highest"),
        lambda: scheduler.submit(key, needs="luck"),
        lambda: scheduler.submit(key, deadline=-1.0),
        lambda: scheduler.submit(key, now=float("nan")),
        lambda: scheduler.complete(0, "somehow"),
        lambda: scheduler.open_key(rate=(1, float("inf"), 1)),
    ):
        with pytest.raises(ValueError):
            call()


def test_a_turn_does_everything_at_once() -> None:
    scheduler = Scheduler()
    key = scheduler.open_key(concurrency=2)
    ids = scheduler.submit_many(key, 4, tag=10, now=0.0)
    said = scheduler.turn(now=0.0)
    assert said == ([(ids[0], 10, 1), (ids[1], 11, 1)], [], [], None)
    scheduler.cancel(ids[1], now=0.0)
    scheduler.cancel(ids[3], now=0.0)
    said = scheduler.turn([ids[0]], now=0.0)
    assert said == ([(ids[2], 12, 1)], [(11, "cancelled")], [(11, "cancelled"), (13, "cancelled")], None)
    assert scheduler.complete(ids[1], "abandoned", now=0.0).kind == "late"
    assert scheduler.turn([ids[2]], now=0.0) is None
    assert len(scheduler) == 0


def test_without_a_time_it_is_that_of_the_monotonic_clock() -> None:
    scheduler = Scheduler()
    key = scheduler.open_key()
    scheduler.submit(key, tag=1, deadline=time.monotonic() + 60)
    due = scheduler.poll_timeout()
    assert due is not None and 0 < due - time.monotonic() <= 60
    scheduler.submit(key, tag=2, deadline=time.monotonic())
    assert ("ended", 2, "timed_out") in drained(scheduler)


def test_signals_wait_for_the_wait_and_reach_one_run() -> None:
    scheduler = Scheduler()
    runs = Runs(scheduler)
    one, other = (runs.open("deploy", id, tag=tag, now=0.0) for id, tag in (("a", 1), ("b", 2)))
    for run in (one, other):
        runs.start(run, now=0.0)
    version = runs.signal(one, "approved", b"by Ada", now=0.0)
    assert runs.wait(one, "approved", now=0.0) == (version, b"by Ada")
    wait = runs.wait(one, "approved", after=version, deadline=5.0, tag=7, now=0.0)
    lost = runs.wait(other, "approved", tag=8, now=0.0)
    assert isinstance(wait, int) and isinstance(lost, int)
    runs.signal(one, "approved", b"again", now=1.0)
    runs.cancel(other, now=1.0)
    question = runs.ask(one, b"sure?", tag=9, now=1.0)
    assert runs.questions(one) == [(question, b"sure?")]
    runs.answer(question, b"yes", now=1.0)
    events = []
    while (event := runs.poll_event()) is not None:
        events.append((event.kind, event.tag, event.text, event.payload))
    assert events == [
        ("status", 1, "running", None),
        ("status", 2, "cancelled", None),
        ("signal", 7, None, b"again"),
        ("run_ended", 8, None, None),
        ("answered", 9, None, b"yes"),
    ]


def test_runs_that_have_ended_are_refused_and_forgotten() -> None:
    scheduler = Scheduler()
    runs = Runs(scheduler, finished=1)
    ids = [runs.open("deploy", str(n), tag=n, now=0.0) for n in range(3)]
    for run in ids:
        runs.start(run, now=0.0)
        runs.finish(run, b"done", now=0.0)
    with pytest.raises(MisuseError, match="the run has ended"):
        runs.resume(ids[2], now=0.0)
    assert runs.forgotten() == []
    while runs.poll_event() is not None:
        pass
    assert runs.forgotten() == [0, 1]
    assert (len(runs), runs.find("0"), runs.view(ids[2]).result) == (1, None, b"done")
    with pytest.raises(MisuseError):
        runs.view(ids[0])
    runs.handle_timeout(3600.0)
    assert (len(runs), runs.forgotten()) == (0, [2])


def test_a_run_ends_with_its_scope() -> None:
    scheduler = Scheduler()
    runs = Runs(scheduler)
    parent = scheduler.open_scope()
    run = runs.open("deploy", "a", parent=parent, tag=5, now=0.0)
    with pytest.raises(MisuseError, match="there is a run of this id"):
        runs.open("deploy", "a", now=0.0)
    scheduler.cancel(parent, now=0.0)
    while (event := scheduler.poll_event()) is not None:
        runs.scope_ended(event.id, event.outcome or "", now=0.0)
    view = runs.view(run)
    assert (view.status, view.workflow, view.id, view.tag) == ("cancelled", "deploy", "a", 5)
    assert [one.run for one in runs.list("deploy", limit=1)] == [run]


def test_objects_stand_where_they_may() -> None:
    """Tables of the engine stand on cache lines, wherever Python puts the object that holds them."""
    kept = []
    for _ in range(64):
        scheduler = Scheduler()
        kept.append((scheduler, Runs(scheduler), object()))
        scheduler.submit(scheduler.open_key())
    gc.collect()
    assert all(len(scheduler) == 1 for scheduler, _, _ in kept)
