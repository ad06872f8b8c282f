"""One contender, measured once: fanout.py CONTENDER CELL… prints, for each cell, microseconds of CPU time of this process per task.

Tasks go through the executor of mcp-agent, 64 at one time, as it is (`legacy`) or with the step `executor` (`ours`). Each gives its loop one
turn. Cells are the verbs `execute`, `execute_many` and `map`.
"""

from __future__ import annotations

import asyncio
import sys
import time
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

AT_ONE_TIME, WARM, ROUNDS = 64, 10, 100


async def task(*_: Any) -> int:
    await asyncio.sleep(0)
    return 1


def verbs(executor: Any) -> dict[str, Callable[[], Awaitable[Any]]]:
    return {
        "execute": lambda: asyncio.gather(*(executor.execute(task) for _ in range(AT_ONE_TIME))),
        "execute_many": lambda: executor.execute_many([task() for _ in range(AT_ONE_TIME)]),
        "map": lambda: executor.map(task, range(AT_ONE_TIME)),
    }


async def measure(cells: list[str]) -> list[float]:
    from mcp_agent.app import MCPApp
    from mcp_agent.config import LoggerSettings, Settings

    app = MCPApp(name="fan-out", settings=Settings(logger=LoggerSettings(type="none", progress_display=False)))
    async with app.run() as running:
        all_verbs = verbs(running.executor)
        return [await measure_one(all_verbs[cell]) for cell in cells]


async def measure_one(run: Callable[[], Awaitable[Any]]) -> float:
    assert await run() == [1] * AT_ONE_TIME
    for _ in range(WARM):
        await run()
    begun = time.process_time_ns()
    for _ in range(ROUNDS):
        await run()
    return (time.process_time_ns() - begun) / ROUNDS / AT_ONE_TIME / 1000


if __name__ == "__main__":
    contender, *cells = sys.argv[1:]
    warnings.simplefilter("ignore")
    if contender == "ours":
        from mcp_engine.compat import mcp_agent

        mcp_agent.install(["executor"])
    print(*asyncio.run(measure(cells)))
