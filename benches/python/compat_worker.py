"""One contender under an application of others, measured once: compat_worker.py CONTENDER LAYER CELL… prints, for each cell, microseconds of CPU
time of this process for a call.

Contenders are `legacy`, `ours` with all steps, and `events` with that step alone. Layers are `session` (the SDK's ClientSession, or ours), `aggregator` and
`agent` of mcp-agent, and `aggregator URL` for a server of Streamable HTTP. Cells are `echo` (100 bytes), `echo 64` (so many at one time), `output` (with an
output schema), `2 MB` and `16 MB`.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

warnings.simplefilter("ignore")

Call = Callable[[str, dict[str, Any]], Awaitable[Any]]
SERVER = [sys.executable, str(Path(__file__).parent / "plain_server.py")]
TEXT = "x" * 100
#: Tool, arguments, calls that are measured, and how many at one time.
CELLS: dict[str, tuple[str, dict[str, Any], int, int]] = {
    "echo": ("echo", {"text": TEXT}, 1000, 1),
    "echo 64": ("echo", {"text": TEXT}, 1024, 64),
    "output": ("output", {}, 400, 1),
    "2 MB": ("long", {"bytes": 2 << 20}, 20, 1),
    "16 MB": ("long", {"bytes": 16 << 20}, 3, 1),
}


async def measure(call: Call, cells: list[str]) -> NoReturn:
    """Says what was measured and ends the process: mcp-agent's own event bus can swallow the cancellation by which it is closed, and never end."""
    print(*[await measure_one(call, *CELLS[cell]) for cell in cells], flush=True)
    os._exit(0)


async def measure_one(call: Call, tool: str, arguments: dict[str, Any], calls: int, at_once: int) -> float:
    async def run(count: int) -> None:
        for _ in range(-(-count // at_once)):
            if at_once == 1:
                await call(tool, arguments)
            else:
                await asyncio.gather(*(call(tool, arguments) for _ in range(at_once)))

    result = await call(tool, arguments)
    assert not result.isError and result.content, result
    await run(calls // 5)
    begun = time.process_time_ns()
    await run(calls)
    return (time.process_time_ns() - begun) / calls / 1000


async def session(contender: str, cells: list[str]) -> NoReturn:
    import mcp

    client, kind = mcp.stdio_client, mcp.ClientSession
    if contender == "ours":
        from mcp_engine.compat.mcp import ClientSession, stdio_client

        client, kind = stdio_client, ClientSession
    async with client(mcp.StdioServerParameters(command=SERVER[0], args=SERVER[1:])) as streams, kind(*streams) as own:
        await own.initialize()
        await measure(own.call_tool, cells)


@asynccontextmanager
async def context(url: str | None) -> AsyncIterator[Any]:
    from mcp_agent.app import MCPApp
    from mcp_agent.config import LoggerSettings, MCPServerSettings, MCPSettings, Settings

    logger = LoggerSettings(type="none", level="error", progress_display=False)
    server = MCPServerSettings(command=SERVER[0], args=SERVER[1:])
    if url is not None:
        server = MCPServerSettings(transport="streamable_http", url=url)
    settings = Settings(execution_engine="asyncio", logger=logger, mcp=MCPSettings(servers={"s": server}))
    async with MCPApp(name="bench", settings=settings).run() as running:
        yield running.context


async def aggregator(cells: list[str], url: str | None = None) -> NoReturn:
    from mcp_agent.mcp.mcp_aggregator import MCPAggregator

    async with context(url) as own, MCPAggregator(["s"], connection_persistence=True, context=own) as one:
        await measure(lambda tool, arguments: one.call_tool(f"s_{tool}", arguments), cells)


async def agent(cells: list[str]) -> NoReturn:
    from mcp_agent.agents.agent import Agent

    async with context(None) as own, Agent(name="bench", server_names=["s"], context=own) as one:
        await measure(lambda tool, arguments: one.call_tool(f"s_{tool}", arguments), cells)


async def main(contender: str, layer: str, *cells: str) -> NoReturn:
    if layer == "session":
        await session(contender, list(cells))
    if contender != "legacy":
        from mcp_engine.compat import mcp_agent

        mcp_agent.install(None if contender == "ours" else [contender])
    kind, _, url = layer.partition(" ")
    if kind == "agent":
        await agent(list(cells))
    await aggregator(list(cells), url or None)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
