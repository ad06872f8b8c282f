"""Work for executors, which counts itself, under any event loop."""

from __future__ import annotations

import asyncio
import sys

__all__ = ["Gauge", "nap", "never"]


async def nap(seconds: float = 0.0) -> None:
    if "trio" in sys.modules:
        import trio

        if trio.lowlevel.in_trio_run():
            await trio.sleep(seconds)
            return
    await asyncio.sleep(seconds)


async def never() -> None:
    await nap(3600)


class Gauge:
    """Counts what runs at one time."""

    def __init__(self) -> None:
        self.now = self.peak = self.all = 0

    async def work(self, item: int = 0) -> int:
        self.now += 1
        self.all += 1
        self.peak = max(self.peak, self.now)
        try:
            await nap()
            await nap()
        finally:
            self.now -= 1
        return item
