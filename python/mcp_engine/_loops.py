"""What the client needs of an event loop, for asyncio (uvloop too) and for trio."""

from __future__ import annotations

import asyncio
import contextvars
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

__all__ = ["Loop", "Timer", "running_loop"]


class Timer(Protocol):
    """What was put off, or goes on."""

    def cancel(self) -> object: ...


Callback = Callable[[], object]


class Loop:
    """What the client needs of an event loop. All but ``from_thread`` belongs to the thread of the loop."""

    #: What a task that is cancelled raises.
    cancelled: type[BaseException]
    #: What a callback may raise to end all that the loop does.
    fatal: tuple[type[BaseException], ...]
    #: A place for one answer: ``done``, ``set_result``, ``set_exception``, and it can be awaited.
    future: Callable[[], Any]
    soon: Callable[[Callback], object]
    later: Callable[[float, Callback], Timer]
    task: Callable[[Coroutine[Any, Any, None]], Timer]
    watch_reads: Callable[[int, Callback], object]
    #: As ``watch_reads``, for what others may wait for whoever is cancelled: it is called as well when the loop gives up watching.
    watch_end: Callable[[int, Callback], object]
    watch_writes: Callable[[int, Callback], object]
    unwatch_reads: Callable[[int], object]
    unwatch_writes: Callable[[int], object]
    #: Calls something on the loop. Says whether the loop is still there to do it.
    from_thread: Callable[[Callback], bool]
    #: Whether the code that calls it runs on this loop.
    is_here: Callable[[], bool]
    #: Awaits something to its end, whoever is cancelled.
    shield: Callable[[Awaitable[Any]], Awaitable[Any]]


class _Asyncio(Loop):
    cancelled = asyncio.CancelledError
    fatal = (SystemExit, KeyboardInterrupt)

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._tasks: set[asyncio.Task[None]] = set()
        self.future = loop.create_future
        self.soon = loop.call_soon
        self.later = loop.call_later
        self.watch_reads = self.watch_end = loop.add_reader
        self.watch_writes = loop.add_writer
        self.unwatch_reads = loop.remove_reader
        self.unwatch_writes = loop.remove_writer
        self.shield = asyncio.shield

    def task(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(coroutine)
        # The loop itself keeps no task alive.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def from_thread(self, callback: Callback) -> bool:
        try:
            self._loop.call_soon_threadsafe(callback)
        except RuntimeError:
            return False
        return True

    def is_here(self) -> bool:
        return asyncio._get_running_loop() is self._loop


class _TrioFuture:
    """A place for one answer, for one task that waits."""

    __slots__ = ("_error", "_event", "_result")

    def __init__(self) -> None:
        import trio

        self._event = trio.Event()
        self._result: Any = None
        self._error: BaseException | None = None

    def done(self) -> bool:
        return self._event.is_set()

    def set_result(self, result: Any, /) -> None:
        if not self._event.is_set():
            self._result = result
            self._event.set()

    def set_exception(self, error: Any, /) -> None:
        if not self._event.is_set():
            self._error = error() if isinstance(error, type) else error
            self._event.set()

    def __await__(self) -> Any:
        yield from self._event.wait().__await__()
        if self._error is not None:
            raise self._error
        return self._result


class _Scoped:
    """A system task of trio that can be cancelled."""

    def __init__(self) -> None:
        import trio

        self._scope = trio.CancelScope()
        self._cancelled = trio.Cancelled

    async def run(self, run: Callable[[], Awaitable[object]]) -> None:
        with self._scope:
            try:
                await run()
            except self._cancelled:
                raise
            except BaseException:
                # It would end all of trio, and everybody who waits for a system task would wait for ever.
                import logging

                logging.getLogger("mcp_engine").exception("a callback has failed")

    def cancel(self) -> None:
        self._scope.cancel()


class _Trio(Loop):
    fatal = ()

    def __init__(self) -> None:
        import trio

        self._trio: Any = trio
        self._token = trio.lowlevel.current_trio_token()
        self._watched: dict[tuple[int, bool], _Scoped] = {}
        self.cancelled = trio.Cancelled
        self.future = _TrioFuture

    def soon(self, callback: Callback) -> None:
        self._token.run_sync_soon(callback)

    def from_thread(self, callback: Callback) -> bool:
        try:
            self._token.run_sync_soon(callback)
        except self._trio.RunFinishedError:
            return False
        return True

    def later(self, delay: float, callback: Callback) -> _Scoped:
        async def wait() -> None:
            await self._trio.sleep(delay)
            callback()

        return self._start(wait)

    def task(self, coroutine: Coroutine[Any, Any, None]) -> _Scoped:
        async def wait() -> None:
            await coroutine

        return self._start(wait)

    def watch_reads(self, descriptor: int, callback: Callback) -> None:
        self._watch(descriptor, False, callback)

    def watch_end(self, descriptor: int, callback: Callback) -> None:
        async def watch() -> None:
            try:
                await self._trio.lowlevel.wait_readable(descriptor)
            except self._trio.ClosedResourceError:
                return
            finally:
                # It may have been unwatched by the callback of another one.
                if self._watched.get((descriptor, False)) is watched:
                    callback()

        watched = self._watched[descriptor, False] = self._start(watch)

    def watch_writes(self, descriptor: int, callback: Callback) -> None:
        self._watch(descriptor, True, callback)

    def unwatch_reads(self, descriptor: int) -> None:
        self._unwatch(descriptor, False)

    def unwatch_writes(self, descriptor: int) -> None:
        self._unwatch(descriptor, True)

    def is_here(self) -> bool:
        try:
            return self._trio.lowlevel.current_trio_token() is self._token
        except RuntimeError:
            return False

    async def shield(self, awaitable: Awaitable[Any]) -> Any:
        with self._trio.CancelScope(shield=True):
            return await awaitable

    def _start(self, run: Callable[[], Awaitable[object]]) -> _Scoped:
        scoped = _Scoped()
        self._trio.lowlevel.spawn_system_task(scoped.run, run, context=contextvars.copy_context())
        return scoped

    def _watch(self, descriptor: int, writes: bool, callback: Callback) -> None:
        lowlevel = self._trio.lowlevel
        wait = lowlevel.wait_writable if writes else lowlevel.wait_readable

        async def watch() -> None:
            while (descriptor, writes) in self._watched:
                try:
                    await wait(descriptor)
                except self._trio.ClosedResourceError:
                    return
                if (descriptor, writes) in self._watched:
                    callback()

        self._watched[descriptor, writes] = self._start(watch)

    def _unwatch(self, descriptor: int, writes: bool) -> None:
        watched = self._watched.pop((descriptor, writes), None)
        if watched is not None:
            watched.cancel()
            self._trio.lowlevel.notify_closing(descriptor)


def running_loop() -> Loop:
    """What drives the code that calls this.

    Raises:
        RuntimeError: neither asyncio nor trio does.
    """
    loop = asyncio._get_running_loop()
    if loop is not None:
        return _Asyncio(loop)
    if "trio" in sys.modules:
        import trio

        if trio.lowlevel.in_trio_run():
            return _Trio()
    raise RuntimeError("a client works under asyncio or trio, and neither is running here")
