"""What stands behind an ``AsyncioExecutor``: an executor of the engine for each loop, with the limits of its configuration.

A configuration that has changed makes a new one, and what was executed by the old one goes on.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from ..._drive import NOT_NOW, Driver
from ..._jobs import Batch, is_asynchronous, is_coroutine
from ...executor import Executor, Lane, Retry
from .._switches import is_kept
from . import unlimited
from .executor import context_of

__all__ = ["Engine", "all_bound", "of"]


def bound(task: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A task with its arguments. A coroutine has its own."""
    return task if not (args or kwargs) or is_coroutine(task) else functools.partial(task, *args, **kwargs)


def all_bound(tasks: Iterable[Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """Tasks with their arguments."""
    return [bound(task, args, kwargs) for task in tasks] if args or kwargs else list(tasks)


def of(executor: Any, *, is_unlimited: bool = False) -> Engine:
    """The engine of an executor on the loop that runs."""
    loop = asyncio.get_running_loop()
    engines: dict[Any, Engine] = executor.__dict__.setdefault("_mcp_engine", {})
    engine = engines.get((loop, is_unlimited))
    sign = _sign(executor)
    if engine is None or engine.sign != sign:
        for key in [key for key in engines if key[0].is_closed()]:
            del engines[key]
        engine = engines[loop, is_unlimited] = Engine(executor, sign, is_unlimited)
    return engine


class Engine:
    """An executor of the engine with the configuration of one of mcp-agent's."""

    def __init__(self, executor: Any, sign: tuple[Any, ...], is_unlimited: bool) -> None:
        self.sign = sign
        limit, timeout, *_ = sign
        #: How much runs at one time, or None.
        self.limit: int | None = None if is_unlimited else limit
        retries = {} if is_kept("retries") else _retries(executor)
        threads = _default_threads()
        self._executor = Executor(concurrency=self.limit or MOST, queued=MOST, retries=retries, kind=kind_of, runner=threads)
        self._total = None if is_kept("retries") else _seconds(timeout)
        self._has_policies = bool(retries)
        #: Whether nothing waits for its turn, or is stopped, or begins again.
        self._is_free = self.limit is None and self._total is None and not retries
        self._lanes: dict[int, Lane] = {}
        self._driver: Driver = self._executor.driver()
        self._plain = self._lane(0)

    async def run(self, task: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._is_free:
            if is_coroutine(task):
                return await task
            if is_asynchronous(task):
                return await task(*args, **kwargs)
        lane = self._plain if not self._has_policies else self._lane_of(task)
        if is_coroutine(task):
            args, kwargs = (), {}
            function: Callable[..., Any] = lambda: task
        else:
            function = task
        if lane.is_plain and (function is not task or is_asynchronous(task)):
            result = await self._driver.inline(lane, function, args, kwargs)
            if result is not NOT_NOW:
                return result
        batch = Batch(1)
        self._driver.submit(lane, [bound(task, args, kwargs)], batch)
        self._driver.turn()
        return await self._driver.result_of(batch)

    async def gather(self, calls: Sequence[Any]) -> list[Any]:
        """The results in the order of the calls, failures among them as ``Failure``."""
        if self._is_free and (results := await unlimited.gather(calls)) is not None:
            return results
        batch = Batch(len(calls))
        self._submit(calls, batch)
        await self._driver.wait(batch)
        return batch.results

    async def as_completed(self, calls: Sequence[Any]) -> AsyncGenerator[Any, None]:
        """The results as they come, failures among them as ``Failure``. Whoever stops early cancels the rest."""
        batch, driver = Batch(len(calls)), self._driver
        order: deque[int] = deque()
        batch.order = order
        self._submit(calls, batch)
        try:
            for _ in calls:
                while not order:
                    await driver.wait_next(batch)
                yield batch.results[order.popleft()]
        finally:
            if batch.left:
                driver.cancel(batch)
                await driver.wait(batch)

    async def map_by(self, execute: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        """Executes items in a way of somebody else's, for as many at one time as the limit says."""
        outer = Executor(concurrency=self.limit or MOST, queued=MOST)
        return await outer.map(execute_async(execute), items, return_exceptions=True)

    def _submit(self, calls: Sequence[Any], batch: Batch) -> None:
        if self._has_policies:
            for index, call in enumerate(calls):
                self._driver.submit(self._lane_of(call), [call], batch, index)
        else:
            self._driver.submit(self._plain, calls, batch)
        self._driver.turn()

    def _lane_of(self, task: Any) -> Lane:
        """The lane with the policy for the name of a task. A coroutine has one attempt, whatever it is called."""
        return self._lane(0 if is_coroutine(task) else self._executor.scheduler.policy_of(_name_of(task)))

    def _lane(self, policy: int) -> Lane:
        lane = self._lanes.get(policy)
        if lane is None:
            lane = Lane(self._executor, self._executor.key, queued=MOST, total=self._total, policy=policy)
            self._lanes[policy] = lane
        return lane


def execute_async(execute: Callable[[Any], Any]) -> Callable[[Any], Any]:
    async def one(item: Any) -> Any:
        return await execute(item)

    return one


class _LoopThreads:
    """The threads that a loop was given by the application, which knows why."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def run(self, work: Callable[[], object]) -> None:
        self._loop.run_in_executor(None, work)

    def close(self) -> None:
        """They are the loop's."""


def kind_of(error: BaseException) -> str | None:
    """What policies know an error by: what it says itself, or its class; None for one that says that it is final."""
    if getattr(error, "non_retryable", False) is True:
        return None
    named = getattr(error, "type", None)
    return named if isinstance(named, str) else type(error).__name__


def _default_threads() -> _LoopThreads | None:
    loop = asyncio.get_running_loop()
    threads = getattr(loop, "_default_executor", None)
    # asyncio makes one by itself, which has this prefix.
    is_own = threads is not None and getattr(threads, "_thread_name_prefix", None) != "asyncio"
    return _LoopThreads(loop) if is_own else None


def _sign(executor: Any) -> tuple[Any, ...]:
    """What an engine depends on: as long as it is the same, so is the engine."""
    config, context = executor.config, context_of(executor)
    settings = None if context is None else getattr(context.config, "workflow_task_retry_policies", None)
    return config.max_concurrent_activities, config.timeout_seconds, config.retry_policy, settings or None, is_kept("retries")


def _retries(executor: Any) -> dict[str, Retry]:
    """Policies by patterns: those of the settings, then those of the configuration, which may be one for everything."""
    *_, own, settings, _ = _sign(executor)
    found: dict[str, Any] = dict(settings) if isinstance(settings, Mapping) else {}
    if own:
        is_one = not all(isinstance(value, Mapping) or hasattr(value, "to_temporal_kwargs") for value in own.values())
        found.update({"*": own} if is_one else own)
    return {pattern: _retry(policy) for pattern, policy in found.items() if policy}


def _retry(policy: Any) -> Retry:
    """A policy in the words of Temporal. Without a number of attempts there are three."""
    words: Mapping[str, Any] = policy.to_temporal_kwargs() if hasattr(policy, "to_temporal_kwargs") else policy
    first = _seconds(words.get("initial_interval"))
    initial = 1.0 if first is None else first
    most = _seconds(words.get("maximum_interval"))
    return Retry(
        attempts=words.get("maximum_attempts") or Retry().attempts,
        initial=initial,
        factor=float(words.get("backoff_coefficient") or 2.0),
        most=100 * initial if most is None else most,
        final=tuple(words.get("non_retryable_error_types") or ()),
    )


def _seconds(value: Any) -> float | None:
    if value is None:
        return None
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def _name_of(task: Any) -> str:
    """The name of an activity, or of a function with its module."""
    while isinstance(task, functools.partial):
        task = task.func
    function = inspect.unwrap(task) if inspect.isroutine(task) else task
    metadata = getattr(task, "execution_metadata", None) or getattr(function, "execution_metadata", None)
    if isinstance(metadata, Mapping) and "activity_name" in metadata:
        return str(metadata["activity_name"])
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"


#: Tasks that wait or run, of one executor: as many as there is memory for, as before.
MOST = 1 << 20
