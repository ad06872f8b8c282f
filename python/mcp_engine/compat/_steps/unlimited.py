"""What an ``AsyncioExecutor`` without limits, timeouts and retries is given: tasks of the loop, since there is nothing to decide about them.

Exceptions are kept among the results. Whoever waits and is cancelled cancels what is left, and waits until it is gone.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Sequence
from types import CoroutineType
from typing import Any

from ..._drive import TASK_NAME
from ..._jobs import Failure, is_asynchronous, is_coroutine

__all__ = ["gather"]

Task = asyncio.Task[Any]


async def gather(calls: Sequence[Any]) -> list[Any] | None:
    """The results in the order of the calls, failures among them as ``Failure``; None, and nothing has begun, when one of them needs a thread."""
    if not all(type(call) is CoroutineType or is_coroutine(call) or is_asynchronous(call) for call in calls):
        return None
    loop = asyncio.get_running_loop()
    start, known = _start(loop), set[Any]()
    tasks = [start(call if _is_fresh(call, known) else _result_of(call)) for call in calls]
    stopped = await _all(loop, tasks)
    results = []
    for task in tasks:
        try:
            results.append(task.result())
        except BaseException as error:
            results.append(Failure(error))
    if stopped is not None:
        _close(calls)
        raise stopped
    return results


def _start(loop: asyncio.AbstractEventLoop) -> Callable[[Any], Task]:
    if loop.get_task_factory() is None:
        return functools.partial(asyncio.Task, loop=loop, name=TASK_NAME)
    return functools.partial(loop.create_task, name=TASK_NAME)


def _is_fresh(call: Any, known: set[Any]) -> bool:
    """Whether it is a coroutine that nobody has begun, and that is not known: one that is awaited twice has to say so itself."""
    if type(call) is not CoroutineType or call.cr_suspended or call in known:
        return False
    known.add(call)
    return True


async def _result_of(call: Any) -> Any:
    try:
        return await (call if is_coroutine(call) else call())
    except Exception as error:
        return Failure(error)


async def _all(loop: asyncio.AbstractEventLoop, tasks: list[Task]) -> BaseException | None:
    """Waits until all are done, whoever is cancelled: for the last one first, since the others have mostly ended then."""
    stopped: BaseException | None = None
    for task in reversed(tasks):
        while not task.done():
            waiter = loop.create_future()
            task.add_done_callback(functools.partial(_release, waiter))
            try:
                await waiter
            except asyncio.CancelledError as error:
                stopped = error
                for one in tasks:
                    one.cancel()
    return stopped


def _release(waiter: asyncio.Future[None], _: Task) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _close(calls: Sequence[Any]) -> None:
    """Ends coroutines whose tasks were cancelled before their first step."""
    for call in calls:
        if is_coroutine(call):
            call.close()
