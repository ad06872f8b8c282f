"""Applications on mcp-agent complete real calls with every step alone, and with all of them: over every transport, as a client and as a server."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any

import pytest
from buses import bus_that_ends

pytest.importorskip("mcp_agent")

from mcp_agent.agents.agent import Agent
from mcp_agent.app import MCPApp
from mcp_agent.config import (
    LoggerSettings,
    MCPOAuthClientSettings,
    MCPServerAuthSettings,
    MCPServerSettings,
    MCPSettings,
    Settings,
)
from mcp_agent.core.exceptions import ServerInitializationError
from mcp_agent.mcp.mcp_aggregator import MCPAggregator
from mcp_agent.mcp.mcp_connection_manager import MCPConnectionManager
from raw_http import Reply, Request, legacy, raw, result
from tokens import Guarded, echoed, guarded

from mcp_engine.client import Client
from mcp_engine.compat import mcp_agent
from mcp_engine.compat._steps import STEPS
from mcp_engine.compat.mcp import stdio

REVISION = "2025-11-25"
SERVERS = Path(__file__).with_name("e2e_servers.py")

#: Without any, each alone, all.
WAYS = {"none": [], **{name: [name] for name in STEPS}, "all": list(STEPS)}
steps = pytest.mark.parametrize("steps", WAYS.values(), ids=WAYS.keys())


@pytest.fixture(autouse=True)
def off_again() -> Iterator[None]:
    stdio._told.clear()
    yield
    mcp_agent.uninstall()
    assert set(mcp_agent.status().values()) == {"off"}


@asynccontextmanager
async def application(server: MCPServerSettings) -> AsyncIterator[Any]:
    logger = LoggerSettings(type="none", progress_display=False)
    settings = Settings(execution_engine="asyncio", logger=logger, mcp=MCPSettings(servers={"one": server, "one_more": server}))
    async with MCPApp(name="test", settings=settings).run() as app:
        yield app.context


def run(main: Callable[[], Awaitable[None]]) -> None:
    async def timed() -> None:
        async with asyncio.timeout(50), bus_that_ends():
            await main()

    with warnings.catch_warnings():
        # Those of mcp-agent are not ours to judge.
        warnings.simplefilter("ignore")
        asyncio.run(timed())


# Servers: the engine's, and FastMCP


@pytest.fixture(scope="module")
def addresses(engine: list[str]) -> Iterator[dict[str, str]]:
    """Where servers listen, by name."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(started(command, word))
            for name, command, word in (
                ("engine-http", [engine[0], "serve", "--http", "127.0.0.1:0", "--revision", REVISION], "serves on"),
                ("engine-sse", [engine[0], "serve", "--http", "127.0.0.1:0"], "serves on"),
                ("engine-ws", [engine[0], "serve", "--ws", "127.0.0.1:0", "--revision", REVISION], "serves on"),
                ("fastmcp-streamable-http", [sys.executable, str(SERVERS), "streamable-http"], "Uvicorn running on"),
                ("fastmcp-sse", [sys.executable, str(SERVERS), "sse"], "Uvicorn running on"),
            )
        }


@contextmanager
def started(command: list[str], word: str, environment: dict[str, str] | None = None) -> Iterator[str]:
    """Where a server listens that runs for as long as the block: what it says behind the word."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | (environment or {}))
    try:
        assert process.stderr is not None
        line = next(line for line in process.stderr if word in line)
        # Whatever else it writes has to be taken from it.
        Thread(target=process.communicate, daemon=True).start()
        yield next(part for part in line.split() if "://" in part)
    finally:
        process.kill()
        process.wait()


def settings_of(transport: str, engine: list[str], addresses: dict[str, str]) -> MCPServerSettings:
    address = addresses.get(transport, "")
    # The address without its path.
    base = "/".join(address.split("/")[:3])
    match transport:
        case "stdio":
            return MCPServerSettings(command=engine[0], args=[*engine[1:], "--revision", REVISION])
        case "fastmcp":
            return MCPServerSettings(command=sys.executable, args=["-W", "ignore", str(SERVERS), "stdio"])
        case "engine-http":
            return MCPServerSettings(transport="streamable_http", url=address)
        case "engine-ws":
            return MCPServerSettings(transport="websocket", url=address)
        case "engine-sse" | "fastmcp-sse":
            return MCPServerSettings(transport="sse", url=f"{base}/sse")
        case _:
            return MCPServerSettings(transport="streamable_http", url=f"{base}/mcp")


#: Each step alone with the engine's servers; those of FastMCP, which take seconds to start, without any and with all.
PAIRS = [(transport, way) for transport in ("stdio", "engine-http", "engine-sse", "engine-ws") for way in WAYS]
PAIRS += [(transport, way) for transport in ("fastmcp", "fastmcp-streamable-http", "fastmcp-sse") for way in ("none", "http", "all")]


@pytest.mark.parametrize("transport, way", PAIRS)
def test_an_agent_and_an_aggregator_complete_calls(way: str, transport: str, engine: list[str], addresses: dict[str, str]) -> None:
    mcp_agent.install(WAYS[way])
    server = settings_of(transport, engine, addresses)

    async def main() -> None:
        async with application(server) as context:
            async with MCPAggregator(["one", "one_more"], context=context) as aggregator:
                names = {tool.name for tool in (await aggregator.list_tools()).tools}
                assert {"one_echo", "one_more_echo"} <= names
                calls = [aggregator.call_tool(name, {"text": f"{name} {n}"}) for n in range(20) for name in ("one_echo", "one_more_echo", "echo")]
                for result in await asyncio.gather(*calls):
                    assert not result.isError and " " in result.content[0].text
                missing = await aggregator.call_tool("one_missing", {})
                assert missing.isError
            async with Agent(name="agent", server_names=["one"], context=context, functions=[double]) as agent:
                assert "one_echo" in [tool.name for tool in (await agent.list_tools()).tools]
                assert (await agent.call_tool("one_echo", {"text": "hello"})).content[0].text == "hello"
                assert (await agent.call_tool("double", {"number": 21})).content[0].text == "42"

    run(main)


def double(number: int) -> int:
    """Doubles a number."""
    return number * 2


@steps
@pytest.mark.parametrize("transport", ["stdio", "engine-http"])
def test_temporary_connections_complete_calls(steps: list[str], transport: str, engine: list[str], addresses: dict[str, str]) -> None:
    mcp_agent.install(steps)
    server = settings_of(transport, engine, addresses)

    async def main() -> None:
        async with application(server) as context, MCPAggregator(["one"], connection_persistence=False, context=context) as aggregator:
            assert (await aggregator.call_tool("one_echo", {"text": "hello"})).content[0].text == "hello"
            prompts = (await aggregator.list_prompts()).prompts
            resources = (await aggregator.list_resources()).resources
            assert prompts and resources
            read = await aggregator.read_resource(str(resources[0].uri), server_name="one")
            assert read.contents

    run(main)


# Servers that want tokens


def tools(request: Request) -> Reply:
    """A server with one tool."""
    echo = {"name": "echo", "inputSchema": {"type": "object"}}
    return result(request, {"tools": [echo]}) if request.asks == "tools/list" else one_tool(request)


one_tool = legacy(echoed, Mcp_Session_Id="abc")


@pytest.mark.parametrize("way", ["none", "http", "all"])
def test_a_server_that_wants_a_token_is_called(way: str) -> None:
    """Over a persistent connection: to temporary ones mcp-agent gives no tokens."""
    mcp_agent.install(WAYS[way])
    server = Guarded(tools)

    async def main(url: str) -> None:
        oauth = MCPOAuthClientSettings(enabled=True, access_token=server.token())
        settings = MCPServerSettings(transport="streamable_http", url=url, auth=MCPServerAuthSettings(oauth=oauth))
        async with application(settings) as context, MCPAggregator(["one"], context=context) as aggregator:
            calls = [aggregator.call_tool("one_echo", {"text": f"{n}"}) for n in range(20)]
            assert [result.content[0].text for result in await asyncio.gather(*calls)] == [f"{n}" for n in range(20)]

    with guarded(server) as listening:
        run(lambda: main(listening.url))
    assert server.refused == [] and server.let_in.count("tools/call") == 20
    assert "left to the SDK" not in mcp_agent.status()["http"]


# Servers that say nothing


@contextmanager
def silent(transport: str) -> Iterator[MCPServerSettings]:
    """A server that takes everything and answers nothing."""
    if transport == "stdio":
        yield MCPServerSettings(command="sleep", args=["3600"])
        return
    done = Event()
    with raw(lambda _: lambda _: done.wait(50) and None) as server:
        yield MCPServerSettings(transport="streamable_http", url=server.url)
        done.set()


@pytest.mark.parametrize("transport", ["stdio", "streamable-http"])
@pytest.mark.parametrize("way", ["session", "http", "all"])
def test_a_server_that_never_answers_holds_nobody_up(way: str, transport: str) -> None:
    """A limit of the application's ends the wait, and without one whoever gives up can leave."""
    mcp_agent.install(WAYS[way])

    async def main(server: MCPServerSettings) -> None:
        server.read_timeout_seconds = 1
        async with application(server) as context, MCPConnectionManager(context.server_registry) as manager:
            with pytest.raises(ServerInitializationError):
                await manager.get_server("one")
        server.read_timeout_seconds = None
        async with application(server) as context:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1), MCPConnectionManager(context.server_registry) as manager:
                    await manager.get_server("one")

    with silent(transport) as server:
        before = monotonic()
        run(lambda: main(server))
        assert monotonic() - before < 20


# An application as a server


@steps
def test_an_application_as_a_server_completes_calls(steps: list[str]) -> None:
    """The steps are on in the server alone."""

    async def main() -> None:
        environment = {"MCP_ENGINE_STEPS": ",".join(steps) or "none", **_environment()}
        async with Client.stdio(sys.executable, "-W", "ignore", str(SERVERS), "app", "stdio", env=environment) as client:
            names = {tool.name for tool in await client.list_tools()}
            assert {"workflows-list", "workflows-run", "greet"} <= names
            greeted = await client.call_tool("greet", {"who": "Ada"})
            assert not greeted.is_error and greeted.text == "Hello, Ada", greeted

    run(main)


@pytest.mark.parametrize("way", ["none", "http", "all"])
@pytest.mark.parametrize("transport", ["streamable-http", "sse"])
def test_an_application_is_reached_by_another_one(way: str, transport: str) -> None:
    """The steps are on in both."""
    mcp_agent.install(WAYS[way])

    async def main(url: str) -> None:
        server = MCPServerSettings(transport=transport.replace("-", "_"), url=url)
        async with application(server) as context, MCPAggregator(["one"], context=context) as aggregator:
            assert "one_greet" in {tool.name for tool in (await aggregator.list_tools()).tools}
            greeted = await asyncio.gather(*(aggregator.call_tool("one_greet", {"who": f"Ada {n}"}) for n in range(10)))
            assert [result.content[0].text for result in greeted] == [f"Hello, Ada {n}" for n in range(10)]

    environment = {"MCP_ENGINE_STEPS": ",".join(WAYS[way]) or "none"}
    with started([sys.executable, "-W", "ignore", str(SERVERS), "app", transport], "Uvicorn running on", environment) as address:
        base = "/".join(address.split("/")[:3])
        run(lambda: main(f"{base}/{'sse' if transport == 'sse' else 'mcp'}"))


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
