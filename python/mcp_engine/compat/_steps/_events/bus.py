"""The loop that hands events of mcp-agent to its listeners."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Coroutine
from types import ModuleType
from typing import Any

__all__ = ["processing"]


def processing(module: ModuleType) -> Callable[[Any], Coroutine[Any, Any, None]]:
    """What takes the place of ``AsyncEventBus._process_events`` in this module."""

    async def process(bus: Any) -> None:
        stopped = asyncio.ensure_future(bus._stop_event.wait())
        try:
            while bus._running and not bus._stop_event.is_set():
                event = await _next(bus._queue, stopped)
                if event is not None:
                    await _hand_on(bus, event, module)
        except asyncio.CancelledError:
            # The bus cancels it to stop it, and what is left is handed on all the same.
            pass
        finally:
            stopped.cancel()
        while not bus._queue.empty():
            await _hand_on(bus, bus._queue.get_nowait(), module)

    return process


async def _next(queue: asyncio.Queue[Any], stopped: asyncio.Future[Any]) -> Any:
    """The next event, or none when the bus stops."""
    if not queue.empty():
        return queue.get_nowait()
    getter = asyncio.ensure_future(queue.get())
    try:
        await asyncio.wait([getter, stopped], return_when=asyncio.FIRST_COMPLETED)
        return getter.result() if getter.done() else None
    finally:
        getter.cancel()


async def _hand_on(bus: Any, event: Any, module: ModuleType) -> None:
    """Hands one event to all listeners. One that fails is told about, and spares the others."""
    listeners = list(bus.listeners.values())
    # Those of mcp-agent that never wait need no task.
    own = [listener for listener in listeners if type(listener).__name__ in _NEVER_WAIT and type(listener).__module__.endswith("mcp_agent.logging.listeners")]
    others = [_handled(listener, event) for listener in listeners if listener not in own]
    try:
        errors = [await _handled(listener, event) for listener in own]
        errors += [await others[0]] if len(others) == 1 else await asyncio.gather(*others)
        for error in filter(None, errors):
            module.print(f"Error in listener: {error}")  # type: ignore[attr-defined]
            trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
            module.print(f"Stacktrace: {trace}")  # type: ignore[attr-defined]
    finally:
        bus._queue.task_done()


async def _handled(listener: Any, event: Any) -> Exception | None:
    try:
        await listener.handle_event(event)
    except Exception as error:
        # Nobody is told of this function.
        trace = error.__traceback__
        return error.with_traceback(trace and trace.tb_next)
    return None


_NEVER_WAIT = frozenset(("LoggingListener", "ProgressListener", "BatchingListener"))
