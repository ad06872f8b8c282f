"""A server for tests whose functions keep their thread, or end in ways that should end nothing else: holding.py HOW.

HOW is "here" (no event loop), "asyncio" or "trio".
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from mcp_engine.server import Context, Server

(how,) = sys.argv[1:]
server = Server("holding")
seen: list[str] = []


@server.tool()
def asked() -> list[str]:
    return seen


@server.tool()
def watch(context: Context) -> str:
    print("watching", file=sys.stderr, flush=True)
    end = time.monotonic() + 20
    while not context.cancelled and time.monotonic() < end:
        pass
    seen.append("cancelled" if context.cancelled else "never")
    return "watched"


@server.tool()
def tell(context: Context, until: str) -> str:
    context.progress(1, 2, "half")
    context.info("working")
    end = time.monotonic() + 20
    while not Path(until).exists():
        if time.monotonic() > end:
            return "nobody has heard it"
    return "told"


@server.tool()
def hold() -> None:
    print("holding", file=sys.stderr, flush=True)
    threading.Event().wait()


@server.tool(thread=True)
def hold_on_thread() -> None:
    print("holding", file=sys.stderr, flush=True)
    threading.Event().wait()


@server.tool()
def leave() -> None:
    sys.exit(3)


@server.tool(thread=True)
def leave_on_thread() -> None:
    sys.exit(3)


if how != "here":

    @server.tool()
    async def leave_later() -> None:
        sys.exit(3)


if how == "trio":
    import trio

    trio.run(server.serve_stdio)
else:
    server.run()
