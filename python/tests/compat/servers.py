"""Servers to talk to: ``servers.py stdio|streamable-http|sse`` is FastMCP, and ``servers.py app`` an application on mcp-agent with the steps of the environment."""

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


async def app() -> None:
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
        await create_mcp_server_for_app(running).run_stdio_async()


if __name__ == "__main__":
    if sys.argv[1] == "app":
        asyncio.run(app())
    else:
        fastmcp(sys.argv[1])
