"""What an executor keeps of the work that it was given."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from types import CoroutineType, FunctionType
from typing import Any, Protocol

__all__ = ["Batch", "Call", "Job", "Stoppable", "is_asynchronous"]

#: A coroutine, or a function without arguments, a coroutine function or not.
Call = Coroutine[Any, Any, Any] | Callable[[], Any]


class Stoppable(Protocol):
    """A task of asyncio, or a scope of trio."""

    def cancel(self) -> object: ...


class Batch:
    """Work that somebody waits for together: results in the order of the calls."""

    __slots__ = ("context", "left", "on_end", "order", "results", "retries", "waiters")

    def __init__(self, count: int) -> None:
        self.results: list[Any] = [None] * count
        #: How many have no result yet.
        self.left = count
        #: Indexes of results that nobody has taken, in the order in which they came; None where nobody wants to know.
        self.order: deque[int] | None = None
        #: Futures that are set with the next result, or with the last one.
        self.waiters: list[Any] = []
        #: What the work sees of context variables.
        self.context = contextvars.copy_context()
        #: Whether what fails is tried again.
        self.retries = False
        #: Is told of every end.
        self.on_end: Callable[[int, bool], None] | None = None

    def put(self, index: int, result: Any, failed: bool = False) -> None:
        self.results[index] = Failure(result) if failed else result
        self.left -= 1
        if self.order is not None:
            self.order.append(index)
        if self.on_end is not None:
            self.on_end(index, failed)
        if self.waiters and (not self.left or self.order is not None):
            self.wake()

    def wake(self) -> None:
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


class Failure:
    """Stands for an exception among results."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


class Job:
    """One piece of work, from its submission until nothing runs of it. Awaiting it returns its result, and a cancelled caller cancels it."""

    __slots__ = ("_driver", "attempt_stops", "batch", "call", "has_begun", "id", "index", "outcome", "tag", "task", "threaded", "waits")

    def __init__(self, driver: Any, call: Call, batch: Batch, index: int) -> None:
        self._driver = driver
        self.call = call
        #: Who waits for it.
        self.batch = batch
        self.index = index
        self.id = 0
        self.tag = 0
        #: What runs of it, on the loop.
        self.task: Stoppable | None = None
        #: Whether that task has had its first step: one that is cancelled before never has it.
        self.has_begun = False
        #: Whether a function of it runs on a thread.
        self.threaded = False
        #: Whether it waits for its turn, or for another attempt.
        self.waits = True
        #: How it ends, where that was decided from outside.
        self.outcome: str | None = None
        #: Whether its attempt takes too long.
        self.attempt_stops = False

    def done(self) -> bool:
        """Whether it has a result, or never will."""
        return not self.batch.left

    def cancel(self) -> None:
        """Asks it to stop. Whoever awaits it gets the exception that the event loop has for that."""
        if self.batch.left:
            self._driver.cancel_job(self)

    def __await__(self) -> Iterator[Any]:
        return self._driver.result_of(self.batch).__await__()


def is_asynchronous(call: Any) -> bool:
    """Whether a function is a coroutine function, also behind ``functools.partial``, a method, or an object that is called."""
    if type(call) is FunctionType:
        return bool(call.__code__.co_flags & inspect.CO_COROUTINE) or _is_marked(call)
    return inspect.iscoroutinefunction(call) or _is_marked(call) or inspect.iscoroutinefunction(_calling(call))


def is_coroutine(call: Any) -> bool:
    return type(call) is CoroutineType or inspect.iscoroutine(call) or asyncio.iscoroutine(call)


def _is_marked(call: Any) -> bool:
    """Whether somebody has said so: mocks do."""
    marker = getattr(asyncio.coroutines, "_is_coroutine", None)
    return marker is not None and getattr(call, "_is_coroutine", None) is marker


def _calling(call: Any) -> Any:
    return None if isinstance(call, type) else getattr(type(call), "__call__", None)
