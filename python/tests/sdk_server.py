"""A server of the SDK, over streamable-http or sse: sdk_server.py WAY PORT."""

from __future__ import annotations

import asyncio
import sys

from mcp.server.fastmcp import Context, FastMCP

way, port = sys.argv[1:]
server = FastMCP("sdk", host="127.0.0.1", port=int(port), stateless_http=way == "stateless")


@server.tool()
def echo(text: str) -> str:
    """Says it again."""
    return text


@server.tool()
async def slow(context: Context) -> str:
    """Tells that it has begun, and never ends by itself."""
    await context.report_progress(1, 2, "begun")
    await asyncio.Event().wait()
    return "never"


@server.tool()
async def name(context: Context) -> str:
    """Asks the client for the roots, while it serves."""
    roots = await context.session.list_roots()
    return str(roots.roots[0].uri)


@server.resource("test://text")
def text() -> str:
    return "a text"


server.run("sse" if way == "sse" else "streamable-http")
