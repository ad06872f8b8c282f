"""One contender, measured once: worker.py CONTENDER CELL SERVER… prints microseconds of CPU time of this process, all its threads, per call.

Contenders are `ours`, `mcp` (the SDK of the interpreter that runs this) and `pipe`, which writes a line and reads a line and does nothing
else, under asyncio; and `ours-http` and `mcp-http`, for which the server is a URL. Cells are `sequential` and `concurrent`, with 64 calls at one time; the text is 100 bytes long.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

Call = Callable[[], Awaitable[object]]
TEXT = "x" * 100
WARM, CALLS, AT_ONE_TIME = 200, 2000, 64


async def measure(call: Call, cell: str) -> float:
    calls = CALLS
    if cell == "concurrent":

        async def run(count: int) -> None:
            for _ in range(count // AT_ONE_TIME):
                await asyncio.gather(*(call() for _ in range(AT_ONE_TIME)))

        calls -= calls % AT_ONE_TIME
    else:

        async def run(count: int) -> None:
            for _ in range(count):
                await call()

    await run(WARM)
    begun = time.process_time_ns()
    await run(calls)
    return (time.process_time_ns() - begun) / calls / 1000


async def ours(server: list[str], cell: str) -> float:
    from mcp_engine.client import Client

    async with Client.stdio(*server, versions=["2025-06-18"]) as client:
        result = await client.call_tool("echo", {"text": TEXT})
        assert result.text == TEXT, result
        return await measure(lambda: client.call_tool("echo", {"text": TEXT}), cell)


async def ours_http(server: list[str], cell: str) -> float:
    from mcp_engine.client import Client

    async with Client.http(server[0], versions=["2025-06-18"]) as client:
        result = await client.call_tool("echo", {"text": TEXT})
        assert result.text == TEXT, result
        return await measure(lambda: client.call_tool("echo", {"text": TEXT}), cell)


async def mcp_http(server: list[str], cell: str) -> float:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async with streamablehttp_client(server[0]) as (reads, writes, _), ClientSession(reads, writes) as session:
        await session.initialize()
        result = await session.call_tool("echo", {"text": TEXT})
        assert result.content[0].text == TEXT, result
        return await measure(lambda: session.call_tool("echo", {"text": TEXT}), cell)


async def mcp(server: list[str], cell: str) -> float:
    from mcp import ClientSession, StdioServerParameters, stdio_client

    async with stdio_client(StdioServerParameters(command=server[0], args=server[1:])) as streams:
        async with ClientSession(*streams) as session:
            await session.initialize()
            result = await session.call_tool("echo", {"text": TEXT})
            assert result.content[0].text == TEXT, result
            return await measure(lambda: session.call_tool("echo", {"text": TEXT}), cell)


async def pipe(server: list[str], cell: str) -> float:
    process = await asyncio.create_subprocess_exec(*server, stdin=-1, stdout=-1)
    line = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"%s"}}}\n'
    line %= TEXT.encode()
    assert process.stdin is not None and process.stdout is not None

    async def call() -> None:
        process.stdin.write(line)
        await process.stdout.readline()

    spent = await measure(call, cell) if cell == "sequential" else float("nan")
    process.stdin.close()
    await process.wait()
    return spent


if __name__ == "__main__":
    contender, cell, *server = sys.argv[1:]
    contenders = {"ours": ours, "mcp": mcp, "pipe": pipe, "ours-http": ours_http, "mcp-http": mcp_http}
    print(asyncio.run(contenders[contender](server, cell)))
