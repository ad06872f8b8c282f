"""What tests say of the event loops that they run under."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from mcp_engine.client import Client

__all__ = ["Run", "assert_loops_do_not_meet"]

#: Runs a coroutine function under an event loop.
Run = Callable[[Callable[[], Awaitable[Any]]], Any]


def assert_loops_do_not_meet(make: Callable[[], Client]) -> None:
    """Four threads have each a loop and a client of its own, and every answer is for whoever has asked."""

    async def main(number: int) -> int:
        async with make() as client:
            for turn in range(50):
                assert (await client.call_tool("echo", {"text": f"{number} {turn}"})).text == f"{number} {turn}"
        return number

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda number: asyncio.run(main(number)), range(4))) == [0, 1, 2, 3]
