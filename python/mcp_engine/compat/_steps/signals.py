"""The step ``executor``, second part: a signal reaches the run that it names, and waits there for who comes later.

A signal and a wait belong together when they have the same name, and neither names a workflow or a run that is not the other's. What nobody
waits for is kept: for a run until it has ended, for anybody else for a minute, and never more than so many.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from types import ModuleType
from typing import Any

from .._patches import Patch, Undo
from .._switches import is_kept
from .methods import replace

__all__ = ["Kept", "Signalling", "kept_of"]

#: Signals that one handler keeps. The oldest goes first.
KEPT_SIGNALS = 1024
#: Seconds that a signal is kept that names no run.
KEPT_SECONDS = 60.0


class Signalling(Patch):
    """``AsyncioSignalHandler`` looks at more than names."""

    module = "mcp_agent.executor.workflow_signal"

    def apply(self, module: ModuleType) -> Undo:
        return replace(module.AsyncioSignalHandler, wait_for_signal=wait_for_signal, signal=signal, cleanup=_cleanup(module))


class Kept:
    """Signals that were sent before somebody waited for them."""

    def __init__(self) -> None:
        self._signals: deque[tuple[float, Any]] = deque(maxlen=KEPT_SIGNALS)

    def __len__(self) -> int:
        return len(self._signals)

    def put(self, signal: Any) -> None:
        self._signals.append((time.monotonic(), signal))

    def take(self, wait: Any) -> Any:
        """The first signal that belongs to a wait, which is kept no longer; or None."""
        oldest = time.monotonic() - KEPT_SECONDS
        for at, (sent, signal) in enumerate(self._signals):
            if signal.name == wait.name and (signal.run_id is not None or sent >= oldest) and belongs(signal, wait):
                del self._signals[at]
                return signal
        return None

    def forget(self, *, run_id: str | None = None, name: str | None = None) -> None:
        """Drops the signals of a run, or of a name; all of them when neither is said."""
        stay = (one for one in self._signals if (run_id is not None and one[1].run_id != run_id) or (name is not None and one[1].name != name))
        self._signals = deque(stay, maxlen=KEPT_SIGNALS)


class _Wait:
    """Somebody who waits. It looks like what the handler keeps without the step, so that one wakes whom the other has let wait."""

    __slots__ = ("_future", "name", "run_id", "unique_name", "value", "workflow_id")

    def __init__(self, signal: Any) -> None:
        self.name, self.workflow_id, self.run_id = signal.name, signal.workflow_id, signal.run_id
        self.unique_name = f"{signal.name}_{id(self)}"
        self.value: Any = None
        self._future = asyncio.get_running_loop().create_future()

    @property
    def registration(self) -> _Wait:
        return self

    @property
    def event(self) -> _Wait:
        return self

    def is_set(self) -> bool:
        return self._future.done()

    def set(self) -> None:
        if not self._future.done():
            self._future.set_result(None)

    async def wait(self) -> None:
        await self._future


def kept_of(handler: Any) -> Kept:
    """What a handler keeps."""
    kept: Kept | None = handler.__dict__.get("_mcp_engine")
    if kept is None:
        kept = handler._mcp_engine = Kept()
    return kept


def belongs(signal: Any, wait: Any) -> bool:
    """Whether neither names a run or a workflow that is not the other's."""
    return _agree(signal.run_id, wait.run_id) and _agree(signal.workflow_id, wait.workflow_id)


async def wait_for_signal(self: Any, signal: Any, timeout_seconds: float | None = None) -> Any:
    early = kept_of(self).take(signal)
    if early is not None:
        return early.payload
    wait, pending = _Wait(signal), self._pending_signals
    pending.setdefault(signal.name, []).append(wait)
    try:
        async with asyncio.timeout(timeout_seconds):
            await wait.wait()
        return wait.value
    except TimeoutError as error:
        raise TimeoutError(f"Timeout waiting for signal {signal.name}") from error
    finally:
        waits = [one for one in pending.get(signal.name, ()) if one is not wait]
        if waits:
            pending[signal.name] = waits
        else:
            pending.pop(signal.name, None)


async def signal(self: Any, signal: Any) -> None:
    is_everybody = is_kept("cancel")
    is_heard = False
    for wait in self._pending_signals.get(signal.name, ()):
        if not wait.event.is_set() and (is_everybody or belongs(signal, wait.registration)):
            is_heard = True
            wait.value = signal.payload
            wait.event.set()
    if not is_heard and not is_kept("mailbox"):
        kept_of(self).put(signal)
    handlers = [handler(signal) for _, handler in self._handlers.get(signal.name, ())]
    if handlers:
        await asyncio.gather(*handlers, return_exceptions=True)


def _cleanup(module: ModuleType) -> Any:
    legacy = module.AsyncioSignalHandler.cleanup

    async def cleanup(self: Any, signal_name: str | None = None) -> None:
        kept_of(self).forget(name=signal_name)
        await legacy(self, signal_name)

    return cleanup


def _agree(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other
