"""Servers to talk to: ``e2e_servers.py stdio|streamable-http|sse`` is FastMCP, and ``e2e_servers.py app stdio|streamable-http|sse`` an application on mcp-agent
with the steps of the environment."""

from __future__ import annotations

import asyncio
import sys


def fastmcp(transport: str) -> None:
    from mcp.server.fastmcp import FastMCP

    server = FastMCP("fastmcp", port=0)

    @server.tool()
    def echo(text: str) -> str:
        return text

    server.run(transport)  # type: ignore[arg-type]


async def app(transport: str) -> None:
    from mcp_engine.compat import mcp_agent

    mcp_agent.install()
    from mcp_agent.app import MCPApp
    from mcp_agent.config import LoggerSettings, Settings
    from mcp_agent.server.app_server import create_mcp_server_for_app

    settings = Settings(execution_engine="asyncio", logger=LoggerSettings(type="none", progress_display=False))
    application = MCPApp(name="app", settings=settings)

    @application.tool
    async def greet(who: str) -> str:
        """Greets somebody."""
        return f"Hello, {who}"

    async with application.run() as running:
        server = create_mcp_server_for_app(running, port=0)
        runs = {"stdio": server.run_stdio_async, "sse": server.run_sse_async, "streamable-http": server.run_streamable_http_async}
        await runs[transport]()


if __name__ == "__main__":
    if sys.argv[1] == "app":
        asyncio.run(app(sys.argv[2]))
    else:
        fastmcp(sys.argv[1])
