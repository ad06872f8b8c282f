"""Work within limits: coroutines on the event loop that runs, asyncio's or trio's, and functions on threads.

What may run, and what runs next, is said by the scheduler of the engine: limits, shares by weight, priorities, rates, deadlines and retries. A
caller that is cancelled cancels what it has asked for and nothing else, and waits until that is gone::

    async with Executor(concurrency=8) as executor:
        page = await executor.run(fetch, "https://example.com")
        pages = await executor.map(fetch, urls, limit=4)
        search = executor.lane(concurrency=2, rate=(100, 60.0, 10), timeout=5.0, retry=Retry(attempts=5))
        async for result in search.as_completed([partial(search_for, word) for word in words]):
            print(result)
"""

from __future__ import annotations

import functools
import itertools
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any

from ._bounds import Rate, Retry, assert_lane, assert_rate
from ._core import Scheduler
from ._drive import NOT_NOW, Driver, kind_of
from ._jobs import Batch, Call, Failure, Job, is_asynchronous, is_coroutine
from ._thread_executor import ThreadExecutor
from ._threads import Runner, Threads, usual_threads
from .errors import LimitError

__all__ = ["Executor", "Job", "Lane", "Retry", "ThreadExecutor"]


class Lane:
    """A queue of an executor and a share of what runs, with what holds for everything in it. ``Executor.lane`` makes one."""

    def __init__(
        self,
        executor: Executor,
        key: int,
        *,
        queued: int,
        priority: str = "normal",
        timeout: float | None = None,
        total: float | None = None,
        policy: int = 0,
    ) -> None:
        self._executor = executor
        self.key = key
        self._queued = queued
        self._priority = priority
        self._timeout = timeout
        self._total = total
        self.policy = policy
        #: Whether nothing has to be watched while something runs.
        self.is_plain = timeout is None and total is None and policy == 0

    async def run(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Runs a function, a coroutine function or not, and returns its result.

        Raises:
            LimitError: too much waits.
            TimeoutError: it took too long.
            ClosedError: the executor is closed.
        """
        driver = self._executor.driver()
        driver.assert_open()
        if self.is_plain and is_asynchronous(function):
            result = await driver.inline(self, function, args, kwargs)
            if result is not NOT_NOW:
                return result
        return await driver.result_of(self.submit(function, *args, **kwargs).batch)

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Job:
        """Starts a function as soon as it may run. Awaiting the job returns its result, and ``cancel`` stops it. Raises as ``run`` does."""
        call = functools.partial(function, *args, **kwargs) if args or kwargs else function
        driver = self._executor.driver()
        (job,) = driver.submit(self, [call], Batch(1))
        driver.turn()
        return job

    async def gather(self, *calls: Call, return_exceptions: bool = False) -> list[Any]:
        """Runs coroutines, and functions without arguments, and returns their results in the order of the calls.

        The first that fails cancels the others and is raised when they are gone, unless exceptions are to be among the results. Raises as
        ``run`` does, and LimitError before anything is started.
        """
        return await self._all(calls, return_exceptions)

    async def map(
        self, function: Callable[[Any], Any], items: Iterable[Any], *, limit: int | None = None, return_exceptions: bool = False
    ) -> list[Any]:
        """Runs a function for every item, for at most so many at one time, and returns the results in the order of the items.

        Items are taken only when there is room for them, so there may be any number of them, and a lane that is full of other work is waited for.
        See ``gather`` for failures.
        """
        window = self._queued if limit is None else limit
        if window < 1:
            raise ValueError("the limit must be 1 at least")
        return await _Feed(self, function, items, return_exceptions, window).results()

    async def as_completed(self, calls: Iterable[Call], *, return_exceptions: bool = False) -> AsyncIterator[Any]:
        """Runs coroutines, and functions without arguments, and yields their results as they come. Whoever stops early cancels the rest. See ``gather``."""
        driver = self._executor.driver()
        all_calls = list(calls)
        batch = Batch(len(all_calls))
        order: deque[int] = deque()
        batch.order = order
        _submit(driver, self, all_calls, batch)
        try:
            for _ in all_calls:
                while not order:
                    await driver.wait_next(batch)
                result = batch.results[order.popleft()]
                if type(result) is Failure:
                    if not return_exceptions:
                        raise result.error
                    result = result.error
                yield result
        finally:
            if batch.left:
                driver.cancel(batch)
                await driver.wait(batch)

    async def _all(self, calls: Sequence[Call], return_exceptions: bool) -> list[Any]:
        driver = self._executor.driver()
        batch = Batch(len(calls))
        failed: list[int] = []
        if not return_exceptions:

            def on_end(index: int, has_failed: bool) -> None:
                if has_failed:
                    failed.append(index)
                    if len(failed) == 1:
                        driver.cancel(batch)

            batch.on_end = on_end
        _submit(driver, self, calls, batch)
        await driver.wait(batch)
        if failed:
            raise batch.results[failed[0]].error
        return [result.error if type(result) is Failure else result for result in batch.results]

    def times(self) -> dict[str, Any]:
        """What a task of the lane is submitted with."""
        if self.is_plain and self._priority == "normal":
            return {}
        return {
            "priority": self._priority,
            "attempt_timeout": self._timeout,
            "deadline": None if self._total is None else time.monotonic() + self._total,
            "policy": self.policy,
        }


class Executor(Lane):
    """Runs work within limits, on the event loop that uses it first. Enter it to wait for what was submitted, or ``close`` it.

    Args:
        concurrency: How much runs at the same time.
        queued: How much may wait; more is refused by LimitError.
        rate: How fast things start: (starts, seconds, how many at once).
        threads: Threads for functions that are no coroutine functions.
        retries: What is tried again, by the names that lanes have: a name, the end of a dotted name, a prefix with ``*``, or ``*``.
        kind: What a policy knows an exception by: the name of its class; None for one after which there is no other attempt.
        runner: Threads of somebody else's, instead.
    """

    def __init__(
        self,
        *,
        concurrency: int = 256,
        queued: int = 4096,
        rate: Rate | None = None,
        threads: int | None = None,
        retries: Mapping[str, Retry] | None = None,
        kind: Callable[[BaseException], str | None] = kind_of,
        runner: Runner | None = None,
    ) -> None:
        if concurrency < 1 or queued < 1:
            raise ValueError("the limits must be 1 at least")
        assert_rate(rate)
        self.scheduler = Scheduler(tasks=min(MOST, 16 * queued + concurrency + LANES), running=concurrency, keys=LANES)
        for pattern, retry in (retries or {}).items():
            retry.add_to(self.scheduler, pattern)
        key = self.scheduler.open_key(queued=queued, rate=rate)
        super().__init__(self, key, queued=queued, policy=self.scheduler.policy_of(""))
        self._threads = Threads(usual_threads() if threads is None else threads) if runner is None else runner
        self._kind = kind
        self._names = itertools.count()
        self._driver: Driver | None = None

    async def __aenter__(self) -> Executor:
        self.driver()
        return self

    async def __aexit__(self, error: object, *_: object) -> None:
        if error is None and self._driver is not None:
            await self._driver.drain()
        await self.close()

    async def close(self) -> None:
        """Cancels what is left and waits for its end, but for functions on threads, which nothing can stop. May be called twice."""
        driver = self.driver()
        driver.close()
        try:
            await driver.drain_tasks()
        finally:
            self._threads.close()

    def lane(
        self,
        *,
        name: str | None = None,
        concurrency: int | None = None,
        weight: int = 1,
        rate: Rate | None = None,
        queued: int | None = None,
        priority: str = "normal",
        timeout: float | None = None,
        total: float | None = None,
        retry: Retry | None = None,
    ) -> Lane:
        """A lane beside the others.

        Args:
            name: Has the policy that ``retries`` have for it.
            concurrency: How much of it runs at the same time.
            weight: Its share beside the other lanes that wait, up to 1024.
            rate: How fast things start in it.
            queued: How much of it may wait.
            priority: "low", "normal", "high" or "urgent".
            timeout: Seconds that one attempt may take.
            total: Seconds that all of it may take, waiting included.
            retry: How what has failed is tried again, instead of what its name stands for.

        Raises:
            LimitError: there are too many lanes.
            ValueError: a number is out of its range, or there is no such priority.
        """
        queued = self._queued if queued is None else queued
        assert_lane(
            concurrency=concurrency, weight=weight, rate=rate, queued=queued, priority=priority, timeout=timeout, total=total
        )
        key = self.scheduler.open_key(concurrency=concurrency, weight=weight, rate=rate, queued=queued)
        policy = self.scheduler.policy_of(name or "")
        if retry is not None:
            policy = retry.add_to(self.scheduler, f"lane {next(self._names)}")
        return Lane(self, key, queued=queued, priority=priority, timeout=timeout, total=total, policy=policy)

    @property
    def running(self) -> int:
        """How much runs."""
        if self._driver is not None and self._driver.loop.is_here():
            self._driver.turn()
        return self.scheduler.running

    def driver(self) -> Driver:
        """What drives it on its loop."""
        if self._driver is None:
            self._driver = Driver(self.scheduler, self._threads, self._kind)
        return self._driver


class _Feed:
    """Items that become jobs as there is room for them."""

    def __init__(
        self, lane: Lane, function: Callable[[Any], Any], items: Iterable[Any], return_exceptions: bool, window: int
    ) -> None:
        self._lane = lane
        self._window = window
        self._driver = lane._executor.driver()
        self._function = function
        self._items = iter(items)
        self._return_exceptions = return_exceptions
        self._batch = Batch(0)
        self._error: BaseException | None = None
        #: An item that there was no room for.
        self._next: list[Any] = []

    async def results(self) -> list[Any]:
        driver, batch = self._driver, self._batch
        batch.on_end = self._on_end
        while True:
            self._fill()
            driver.turn()
            await driver.wait(batch)
            if self._error is not None:
                raise self._error
            if not self._next:
                break
            self._fill()
            if not batch.left:
                # Others have filled the queue.
                await driver.room()
        return [result.error if type(result) is Failure else result for result in self._batch.results]

    def _on_end(self, index: int, failed: bool) -> None:
        if failed and not self._return_exceptions:
            self._fail(self._batch.results[index].error)
        elif self._fill():
            self._driver.soon()

    def _fill(self) -> bool:
        """Takes as many items as there is room for. Whether there was one."""
        left = self._batch.left
        while self._batch.left < self._window and self._put_one():
            pass
        return self._batch.left > left

    def _put_one(self) -> bool:
        """Whether another item was taken."""
        if self._error is not None:
            return False
        batch = self._batch
        try:
            item = self._next.pop() if self._next else next(self._items)
        except StopIteration:
            return False
        except BaseException as error:
            self._fail(error)
            return False
        index = len(batch.results)
        batch.results.append(None)
        batch.left += 1
        try:
            self._driver.submit(self._lane, [functools.partial(self._function, item)], batch, index)
        except Exception as error:
            batch.results.pop()
            batch.left -= 1
            if isinstance(error, LimitError):
                self._next.append(item)
            else:
                self._fail(error)
            return False
        return True

    def _fail(self, error: BaseException) -> None:
        if self._error is None:
            self._error = error
            self._driver.cancel(self._batch)


def _submit(driver: Driver, lane: Lane, calls: Sequence[Call], batch: Batch) -> None:
    try:
        driver.submit(lane, calls, batch)
    except BaseException:
        for call in calls:
            if is_coroutine(call):
                call.close()  # type: ignore[union-attr]
        raise
    driver.turn()


#: Lanes of one executor.
LANES = 1024
#: Tasks of one scheduler.
MOST = 1 << 24
