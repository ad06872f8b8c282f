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
from concurrent import futures
from typing import Any

import pytest
from gauge import Gauge, nap, never
from loops import Run

from mcp_engine import ClosedError, Executor, Retry


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
