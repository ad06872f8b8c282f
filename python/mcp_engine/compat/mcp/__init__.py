"""In place of what ``mcp`` 1.23 to 1.30 has, with the same signatures, types and exceptions.

::

    from mcp_engine.compat.mcp import ClientSession, stdio_client

    async with stdio_client(StdioServerParameters(command="uvx", args=["mcp-server-time"])) as (read, write):
        async with ClientSession(read, write) as session:
            await session.initialize()
            result = await session.call_tool("get_current_time", {"timezone": "Europe/Zurich"})

Both are fast together, and so is ``ClientSession`` with ``streamablehttp_client``, ``streamable_http_client``, ``sse_client`` and
``websocket_client``. Each works with the SDK's own other half as well.
"""

from __future__ import annotations

from .session import ClientSession
from .sse import sse_client
from .stdio import stdio_client
from .streamable_http import streamable_http_client, streamablehttp_client
from .websocket import websocket_client

__all__ = [
    "ClientSession",
    "sse_client",
    "stdio_client",
    "streamable_http_client",
    "streamablehttp_client",
    "websocket_client",
]
