"""What coroutine functions of the application are told: one thing after the other, in the order in which it has come."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Awaitable
from typing import Any

from ._loops import Loop

__all__ = ["Told"]

#: Things that wait until what came before them was heard. What comes then is left out.
MOST_TOLD = 1024


class Told:
    """What was told and is not heard yet, on one event loop."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._waiting: deque[Awaitable[Any]] = deque()
        self._is_hearing = False
        self._left_out = 0

    def tell(self, heard: object) -> None:
        """Takes what a callback has returned: nothing, where it was a plain function."""
        if heard is None or not inspect.isawaitable(heard):
            return
        if len(self._waiting) >= MOST_TOLD:
            self._leave_out(heard)
            return
        self._waiting.append(heard)
        if not self._is_hearing:
            self._is_hearing = True
            self._loop.task(self._hear())

    def forget(self) -> None:
        """Leaves out what waits. What is being heard goes on: it may be it that closes the client."""
        for heard in self._waiting:
            _close(heard)
        self._waiting.clear()

    async def _hear(self) -> None:
        try:
            while self._waiting:
                try:
                    await self._waiting.popleft()
                except Exception:
                    import logging

                    logging.getLogger("mcp_engine.client").exception("what was told could not be heard")
        finally:
            self._is_hearing = False

    def _leave_out(self, heard: Awaitable[Any]) -> None:
        _close(heard)
        self._left_out += 1
        if self._left_out == 1:
            import logging

            logging.getLogger("mcp_engine.client").warning(
                "progress and notifications are left out, since %d wait for a coroutine function to hear them", MOST_TOLD
            )


def _close(heard: Awaitable[Any]) -> None:
    """Lets go of what nobody awaits, without a warning."""
    close = getattr(heard, "close", None)
    if close is not None:
        close()
