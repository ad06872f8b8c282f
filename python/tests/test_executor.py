"""The executor: coroutines on the loop that runs, functions on threads, and what becomes of both when somebody is cancelled."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent import futures
from typing import Any

import pytest

from mcp_engine import ClosedError, Executor, LimitError, Retry, ThreadExecutor

Run = Callable[[Callable[[], Awaitable[Any]]], Any]


async def nap(seconds: float = 0.0) -> None:
    if "trio" in sys.modules:
        import trio

        if trio.lowlevel.in_trio_run():
            await trio.sleep(seconds)
            return
    await asyncio.sleep(seconds)


async def never() -> None:
    await nap(3600)


class Gauge:
    """Counts what runs at one time."""

    def __init__(self) -> None:
        self.now = self.peak = self.all = 0

    async def work(self, item: int = 0) -> int:
        self.now += 1
        self.all += 1
        self.peak = max(self.peak, self.now)
        try:
            await nap()
            await nap()
        finally:
            self.now -= 1
        return item


def test_results_come_in_the_order_of_the_calls(run: Run) -> None:
    async def main() -> None:
        gauge = Gauge()
        async with Executor(concurrency=3) as executor:
            assert await executor.run(gauge.work, 7) == 7
            assert await executor.run(len, "four") == 4
            calls = [functools.partial(gauge.work, n) for n in range(10)]
            assert await executor.gather(*calls) == list(range(10))
            assert await executor.gather(*[gauge.work(n) for n in range(10)]) == list(range(10))
            assert sorted([n async for n in executor.as_completed(calls)]) == list(range(10))
            assert await executor.gather() == []
            job = executor.submit(gauge.work, 9)
            assert (await job, job.done(), await job) == (9, True, 9)
            assert executor.running == 0
        assert gauge.peak == 3

    run(main)


def test_a_thousand_at_one_time_and_a_map_that_keeps_its_limit(run: Run) -> None:
    async def main() -> None:
        wide, narrow = Gauge(), Gauge()
        async with Executor(concurrency=1000) as executor:
            assert await executor.gather(*[wide.work(n) for n in range(1000)]) == list(range(1000))
            assert await executor.map(narrow.work, range(1000), limit=7) == list(range(1000))
        assert (wide.peak, narrow.peak) == (1000, 7)

    run(main)


def test_a_map_takes_items_only_when_they_may_run(run: Run) -> None:
    async def main() -> None:
        taken = 0

        def items() -> Any:
            nonlocal taken
            for n in range(10_000):
                taken += 1
                yield n
                assert taken - gauge.all <= 5

        gauge = Gauge()
        async with Executor(queued=10) as executor:
            assert await executor.map(gauge.work, items(), limit=5) == list(range(10_000))
            with pytest.raises(ValueError):
                await executor.map(gauge.work, [], limit=0)

    run(main)


def test_items_that_fail_to_come_end_the_map(run: Run) -> None:
    async def main() -> None:
        def items() -> Any:
            yield 1
            raise KeyError("no more")

        async with Executor() as executor:
            with pytest.raises(KeyError, match="no more"):
                await executor.map(lambda _: never(), items())
            assert executor.running == 0

    run(main)


def test_functions_run_on_threads_with_the_context_of_the_caller(run: Run) -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")

    async def inner() -> str:
        return variable.get()

    async def main() -> None:
        async with Executor(concurrency=1, threads=2) as executor:
            variable.set("here")
            jobs = [executor.submit(inner) for _ in range(3)]
            variable.set("there")
            assert [await job for job in jobs] == ["here"] * 3
            assert await executor.run(variable.get) == "there"
            names = await executor.map(lambda _: threading.current_thread().name, range(4))
            assert all(name.startswith("mcp-engine-worker") for name in names)
            # A function that makes a coroutine leaves it to the loop.
            assert await executor.run(lambda: inner()) == "there"

    run(main)


def test_the_first_failure_cancels_the_others_and_is_raised(run: Run) -> None:
    async def main() -> None:
        ended = []

        async def waits(n: int) -> None:
            try:
                await never()
            finally:
                ended.append(n)

        async def fails() -> None:
            await nap()
            raise KeyError("mine")

        async with Executor(concurrency=3) as executor:
            with pytest.raises(KeyError, match="mine"):
                await executor.gather(waits(1), fails(), waits(2), waits(3), waits(4))
            assert (sorted(ended), executor.running) == ([1, 2], 0)
            found = await executor.gather(fails(), nap(), return_exceptions=True)
            assert (type(found[0]), found[1]) == (KeyError, None)
            with pytest.raises(KeyError):
                await executor.run(fails)
            with pytest.raises(ZeroDivisionError):
                await executor.run(lambda: 1 // 0)

    run(main)


def test_failures_are_tried_again_as_their_policy_says(run: Run) -> None:
    async def main() -> None:
        attempts: list[float] = []

        async def flaky(most: int) -> int:
            attempts.append(time.monotonic())
            if len(attempts) < most:
                raise OSError("not yet")
            return len(attempts)

        async with Executor(retries={"tools.*": Retry(attempts=3, initial=0.02, factor=1.0)}) as executor:
            tools = executor.lane(name="tools.search")
            assert await tools.run(flaky, 3) == 3
            assert attempts[2] - attempts[0] >= 0.04
            attempts.clear()
            with pytest.raises(OSError):
                await tools.run(flaky, 9)
            assert len(attempts) == 3
            attempts.clear()
            with pytest.raises(OSError):
                await executor.lane(name="prompts").run(flaky, 2)
            with pytest.raises(OSError):
                await executor.lane(retry=Retry(final=("OSError",))).run(flaky, 9)
            assert len(attempts) == 2
            # On a thread, too.
            found = await executor.lane(retry=Retry(initial=0.0)).map(lambda n: attempts.append(0.0) or 1 // (len(attempts) - 3), [1])
            assert found == [1]
            # A coroutine cannot begin again.
            attempts.clear()
            with pytest.raises(OSError):
                await tools.gather(flaky(2))
            assert len(attempts) == 1

    run(main)


def test_what_takes_too_long_is_stopped(run: Run) -> None:
    async def main() -> None:
        ended = []

        async def waits() -> None:
            try:
                await never()
            finally:
                ended.append(True)

        release = threading.Event()
        async with Executor(concurrency=2) as executor:
            with pytest.raises(TimeoutError):
                await executor.lane(timeout=0.02).run(waits)
            with pytest.raises(TimeoutError):
                await executor.lane(total=0.02).run(waits)
            assert ended == [True, True]
            with pytest.raises(TimeoutError):
                await executor.lane(timeout=0.02).run(release.wait)
            with pytest.raises(TimeoutError):
                await executor.lane(timeout=0.01, retry=Retry(attempts=2, initial=0.0)).run(waits)
            assert len(ended) == 4
            # The function on the thread goes on, and keeps its permit as long as it does.
            assert executor.running == 1
            # Whoever waits for a turn too long never runs.
            blocked = executor.submit(waits)
            with pytest.raises(TimeoutError):
                await executor.lane(total=0.02).run(waits)
            blocked.cancel()
            release.set()
        assert len(ended) == 5

    run(main)


def test_too_much_is_refused_before_anything_runs(run: Run) -> None:
    async def main() -> None:
        gauge = Gauge()
        async with Executor(concurrency=2, queued=10) as executor:
            with pytest.raises(LimitError, match="queued"):
                await executor.gather(*[gauge.work() for _ in range(11)])
            assert (gauge.all, executor.running) == (0, 0)
            assert await executor.map(gauge.work, range(100)) == list(range(100))
            jobs = [executor.submit(never) for _ in range(12)]
            with pytest.raises(LimitError):
                executor.submit(never)
            for job in jobs:
                job.cancel()

    run(main)


def test_lanes_have_limits_and_shares_of_their_own(run: Run) -> None:
    async def main() -> None:
        order: list[str] = []

        async def note(word: str) -> None:
            order.append(word)
            await nap()

        gauge = Gauge()
        async with Executor(concurrency=1) as executor:
            lane = executor.lane(concurrency=1)
            urgent = executor.lane(priority="urgent", weight=1024)
            jobs = [lane.submit(note, "low") for _ in range(4)] + [urgent.submit(note, "high") for _ in range(4)]
            for job in jobs:
                await job
            assert order.index("high") < 2 and order[-1] == "low"
        async with Executor(concurrency=8) as executor:
            await executor.lane(concurrency=2).gather(*[gauge.work() for _ in range(20)])
        assert gauge.peak == 2

    run(main)


def test_rates_hold_things_back(run: Run) -> None:
    async def main() -> None:
        async with Executor(rate=(100, 1.0, 1)) as executor:
            begun = time.monotonic()
            await executor.map(lambda _: nap(), range(6))
            assert time.monotonic() - begun >= 0.05

    run(main)


def test_a_closed_executor_takes_nothing_and_leaves_nothing(run: Run) -> None:
    async def main() -> None:
        executor = Executor()
        job = executor.submit(never)
        await executor.close()
        await executor.close()
        assert (job.done(), executor.running) == (True, 0)
        for call in (lambda: executor.run(never), lambda: executor.gather(never()), lambda: executor.run(len, "")):
            with pytest.raises(ClosedError):
                await call()

    run(main)


def test_leaving_waits_for_what_was_submitted_unless_something_is_raised(run: Run) -> None:
    async def main() -> None:
        gauge = Gauge()
        async with Executor() as executor:
            executor.submit(gauge.work)
        assert (gauge.all, gauge.now) == (1, 0)
        with pytest.raises(KeyError):
            async with Executor() as executor:
                job = executor.submit(never)
                raise KeyError
        assert job.done()

    run(main)


@pytest.mark.parametrize("steps", range(7))
@pytest.mark.parametrize("verb", ["run", "gather", "map", "as_completed", "job", "queued", "coroutines"])
def test_a_cancelled_caller_cancels_its_own_at_each_point(run_asyncio: Run, steps: int, verb: str) -> None:
    async def main() -> None:
        gauge = Gauge()

        async def stays(_: int = 0) -> None:
            await gauge.work()
            await never()

        async def call(executor: Executor) -> None:
            if verb == "run":
                await executor.run(stays)
            elif verb == "gather":
                await executor.gather(stays, stays, stays)
            elif verb == "coroutines":
                await executor.gather(*[stays() for _ in range(6)])
            elif verb == "map":
                await executor.map(stays, range(9), limit=3)
            elif verb == "as_completed":
                async for _ in executor.as_completed([stays, stays]):
                    pass
            elif verb == "job":
                await executor.submit(stays)
            else:
                await executor.map(stays, range(9))

        async with Executor(concurrency=4) as executor:
            other = executor.submit(stays)
            caller = asyncio.create_task(call(executor))
            for _ in range(steps):
                await asyncio.sleep(0)
            caller.cancel()
            with pytest.raises(asyncio.CancelledError):
                await caller
            assert executor.running == 1 and not other.done()
            other.cancel()
            with pytest.raises(asyncio.CancelledError):
                await other
        assert (gauge.now, len(executor.scheduler)) == (0, 0)

    run_asyncio(main)


def test_the_timeout_of_a_caller_holds() -> None:
    async def with_asyncio() -> None:
        async with Executor() as executor:
            for call in (lambda: executor.run(never), lambda: executor.gather(never(), never()), lambda: executor.map(lambda _: never(), range(50))):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.02):
                        await call()
                assert executor.running == 0

    asyncio.run(with_asyncio())
    trio = pytest.importorskip("trio")

    async def with_trio() -> None:
        async with Executor() as executor:
            for call in (lambda: executor.run(never), lambda: executor.gather(never(), never()), lambda: executor.map(lambda _: never(), range(50))):
                with trio.move_on_after(0.02) as scope:
                    await call()
                assert scope.cancelled_caught and executor.running == 0
            job = executor.submit(never)
            job.cancel()
            with pytest.raises(futures.CancelledError):
                await job

    trio.run(with_trio)


def test_who_resists_a_cancellation_is_waited_for_and_asked_again(run_asyncio: Run) -> None:
    async def main() -> None:
        asked = 0

        async def stubborn() -> str:
            nonlocal asked
            while asked < 3:
                try:
                    await never()
                except asyncio.CancelledError:
                    asked += 1
            return "too late"

        async with Executor() as executor:
            caller = asyncio.create_task(executor.gather(stubborn()))
            while not caller.done():
                await asyncio.sleep(0.001)
                caller.cancel()
            with pytest.raises(asyncio.CancelledError):
                await caller
        assert asked == 3

    run_asyncio(main)


def test_loops_in_several_threads_have_executors_of_their_own() -> None:
    async def main() -> int:
        async with Executor(concurrency=4, threads=2) as executor:
            gauge = Gauge()
            await executor.map(gauge.work, range(200))
            return sum(await executor.map(lambda n: n, range(200)))

    with futures.ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda _: asyncio.run(main()), range(4))) == [19900] * 4


def test_an_executor_belongs_to_one_loop() -> None:
    executor = Executor()

    async def main() -> Any:
        return await executor.run(len, "four")

    assert asyncio.run(main()) == 4
    with pytest.raises(RuntimeError, match="another event loop"):
        asyncio.run(main())
    with pytest.raises(RuntimeError):
        executor.submit(len, "")


def test_threads_of_concurrent_futures_within_limits() -> None:
    lock, running, peak = threading.Lock(), 0, 0

    def work(n: int) -> int:
        nonlocal running, peak
        with lock:
            running += 1
            peak = max(peak, running)
        time.sleep(0.002)
        with lock:
            running -= 1
        return n

    with ThreadExecutor(threads=8, concurrency=3) as executor:
        assert list(executor.map(work, range(60))) == list(range(60))
        with pytest.raises(ZeroDivisionError):
            executor.submit(lambda: 1 // 0).result()

        async def on_a_loop() -> Any:
            return await asyncio.get_running_loop().run_in_executor(executor, work, 5)

        assert asyncio.run(on_a_loop()) == 5
    assert peak == 3
    with pytest.raises(RuntimeError):
        executor.submit(work, 1)


def test_threads_refuse_cancel_and_try_again() -> None:
    release, attempts = threading.Event(), []

    def flaky() -> int:
        attempts.append(1)
        if len(attempts) < 3:
            raise OSError
        return len(attempts)

    executor = ThreadExecutor(threads=1, queued=2, retry=Retry(initial=0.01))
    first = executor.submit(release.wait)
    waiting = [executor.submit(flaky) for _ in range(2)]
    with pytest.raises(LimitError):
        executor.submit(flaky)
    assert waiting[1].cancel()
    release.set()
    assert (first.result(), waiting[0].result()) == (True, 3)
    blocked, behind = executor.submit(time.sleep, 0.05), executor.submit(flaky)
    executor.shutdown(cancel_futures=True)
    assert (blocked.done(), behind.cancelled()) == (True, True)


def test_what_a_thread_works_on_is_done_before_the_interpreter_ends() -> None:
    code = """
import time
from mcp_engine import ThreadExecutor
executor = ThreadExecutor(threads=2)
executor.submit(lambda: (time.sleep(0.2), print("done", flush=True)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=os.environ)
    assert (done.stdout, done.stderr, done.returncode) == ("done\n", "", 0)


def test_importing_starts_no_thread_and_brings_no_asyncio() -> None:
    code = "import sys, threading, mcp_engine; print('asyncio' in sys.modules, threading.active_count()); mcp_engine.Executor; print('asyncio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=os.environ)
    assert done.stdout == "False 1\nTrue\n", done
    gc.collect()


def test_closing_stops_what_runs_in_the_task_of_its_caller(run: Run) -> None:
    async def main() -> None:
        ended: list[str] = []
        executor = Executor()

        async def stays() -> None:
            try:
                await never()
            finally:
                ended.append("stopped")

        async def caller() -> None:
            with pytest.raises((asyncio.CancelledError, futures.CancelledError)):
                await executor.run(stays)
            # It was not the caller that was cancelled.
            await nap()
            ended.append("went on")

        async with Executor() as other:
            job = other.submit(caller)
            while not executor.running:
                await nap()
            await executor.close()
            assert (ended[0], executor.running) == ("stopped", 0)
            await job
        assert ended == ["stopped", "went on"]

    run(main)


def test_leaving_waits_for_what_runs_in_the_task_of_its_caller(run: Run) -> None:
    async def main() -> None:
        gauge = Gauge()
        async with Executor() as other:
            async with Executor() as executor:
                job = other.submit(lambda: executor.run(gauge.work, 5))
                while not gauge.all:
                    await nap()
            assert gauge.now == 0
            assert await job == 5

    run(main)


def test_a_map_waits_for_room_where_others_have_filled_the_lane(run: Run) -> None:
    async def main() -> None:
        gauge = Gauge()
        async with Executor(concurrency=1) as executor:
            lane = executor.lane(queued=2)
            others = [lane.submit(gauge.work, n) for n in range(3)]
            assert await lane.map(gauge.work, range(20), limit=2) == list(range(20))
            assert [await job for job in others] == [0, 1, 2]
            # The last of the others may end long before the map begins.
            assert await lane.map(gauge.work, range(3)) == [0, 1, 2]

    run(main)


def test_a_map_that_waits_for_room_can_be_cancelled(run_asyncio: Run) -> None:
    async def main() -> None:
        async with Executor(concurrency=1) as executor:
            lane = executor.lane(queued=1)
            blocked = [lane.submit(never) for _ in range(2)]
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await lane.map(len, ["a"])
            for job in blocked:
                job.cancel()

    run_asyncio(main)


def test_threads_do_all_that_was_taken_in_before_the_interpreter_ends() -> None:
    code = """
import time
from mcp_engine import Retry, ThreadExecutor
attempts = []
def flaky():
    attempts.append(1)
    if len(attempts) < 3:
        raise OSError
    print("flaky", flush=True)
def work(n):
    time.sleep(0.01)
    print(n, flush=True)
executor, left = ThreadExecutor(threads=2, rate=(100, 1.0, 1)), ThreadExecutor(threads=1, retry=Retry(initial=0.05))
for n in range(8):
    executor.submit(work, n)
left.submit(flaky)
left.shutdown(wait=False)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=os.environ)
    assert (sorted(done.stdout.split()), done.stderr, done.returncode) == ([*"01234567", "flaky"], "", 0)


def test_the_waits_of_threads_are_jittered() -> None:
    waits = []
    for _ in range(8):
        times: list[float] = []

        def flaky(times: list[float] = times) -> None:
            times.append(time.monotonic())
            if len(times) < 2:
                raise OSError

        with ThreadExecutor(threads=1, retry=Retry(attempts=2, initial=0.1, jitter=1.0)) as executor:
            executor.submit(flaky).result()
        waits.append(times[1] - times[0])
    assert max(waits) - min(waits) > 0.005


@pytest.mark.parametrize(
    "wrong",
    [
        {"concurrency": 0},
        {"queued": 0},
        {"weight": 0},
        {"weight": 1025},
        {"priority": "soon"},
        {"timeout": float("nan")},
        {"timeout": -1.0},
        {"total": float("inf")},
        {"rate": (0, 1.0, 1)},
        {"rate": (1, 0.0, 1)},
        {"rate": (1, 1.0, 0)},
        {"rate": (1 << 40, 1.0, 1)},
    ],
)
def test_a_lane_that_cannot_be_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Executor().lane(**wrong)


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"initial": float("inf")}, {"most": -1.0}, {"factor": float("nan")}, {"jitter": 2.0}])
def test_a_retry_that_cannot_be_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Retry(**wrong)
