"""One contender under an application of others, measured once: compat_worker.py CONTENDER LAYER CELL prints microseconds of CPU time of this
process for a call.

Contenders are `legacy` and `ours`. Layers are `session` (the SDK's ClientSession, or ours), `aggregator` and `agent` of mcp-agent, with all
steps off or on. Cells are `echo` (100 bytes), `echo 64` (so many at one time), `output` (with an output schema), `2 MB` and `16 MB`.
"""

from __future__ import annotations

import asyncio
import sys
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")

Call = Callable[[str, dict[str, Any]], Awaitable[Any]]
SERVER = [sys.executable, str(Path(__file__).parent / "plain_server.py")]
TEXT = "x" * 100
#: Tool, arguments, calls that are measured, and how many at one time.
CELLS: dict[str, tuple[str, dict[str, Any], int, int]] = {
    "echo": ("echo", {"text": TEXT}, 2000, 1),
    "echo 64": ("echo", {"text": TEXT}, 1984, 64),
    "output": ("output", {}, 1000, 1),
    "2 MB": ("long", {"bytes": 2 << 20}, 30, 1),
    "16 MB": ("long", {"bytes": 16 << 20}, 5, 1),
}


async def measure(call: Call, cell: str) -> float:
    tool, arguments, calls, at_once = CELLS[cell]

    async def run(count: int) -> None:
        for _ in range(-(-count // at_once)):
            if at_once == 1:
                await call(tool, arguments)
            else:
                await asyncio.gather(*(call(tool, arguments) for _ in range(at_once)))

    result = await call(tool, arguments)
    assert not result.isError and result.content, result
    await run(calls // 10)
    begun = time.process_time_ns()
    await run(calls)
    return (time.process_time_ns() - begun) / calls / 1000


async def session(contender: str, cell: str) -> float:
    import mcp

    client, kind = mcp.stdio_client, mcp.ClientSession
    if contender == "ours":
        from mcp_engine.compat.mcp import ClientSession, stdio_client

        client, kind = stdio_client, ClientSession
    async with client(mcp.StdioServerParameters(command=SERVER[0], args=SERVER[1:])) as streams, kind(*streams) as own:
        await own.initialize()
        return await measure(own.call_tool, cell)


@asynccontextmanager
async def context() -> AsyncIterator[Any]:
    from mcp_agent.app import MCPApp
    from mcp_agent.config import LoggerSettings, MCPServerSettings, MCPSettings, Settings

    logger = LoggerSettings(type="none", level="error", progress_display=False)
    servers = {"s": MCPServerSettings(command=SERVER[0], args=SERVER[1:])}
    app = MCPApp(name="bench", settings=Settings(execution_engine="asyncio", logger=logger, mcp=MCPSettings(servers=servers)))
    async with app.run() as running:
        yield running.context


async def aggregator(cell: str) -> float:
    from mcp_agent.mcp.mcp_aggregator import MCPAggregator

    async with context() as own, MCPAggregator(["s"], connection_persistence=True, context=own) as one:
        return await measure(lambda tool, arguments: one.call_tool(f"s_{tool}", arguments), cell)


async def agent(cell: str) -> float:
    from mcp_agent.agents.agent import Agent

    async with context() as own, Agent(name="bench", server_names=["s"], context=own) as one:
        return await measure(lambda tool, arguments: one.call_tool(f"s_{tool}", arguments), cell)


async def main(contender: str, layer: str, cell: str) -> float:
    if layer == "session":
        return await session(contender, cell)
    if contender == "ours":
        from mcp_engine.compat import mcp_agent

        mcp_agent.install()
    return await {"aggregator": aggregator, "agent": agent}[layer](cell)


if __name__ == "__main__":
    print(asyncio.run(main(*sys.argv[1:])))
