"""The executor of concurrent.futures within limits: functions on threads, without an event loop."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time

import pytest

from mcp_engine import LimitError, Retry, ThreadExecutor


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
