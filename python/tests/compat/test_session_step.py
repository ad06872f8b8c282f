"""The step session while connections are open: what was opened with it goes on until it is closed, and what is opened later is as before."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from buses import bus_that_ends

pytest.importorskip("mcp_agent")

from mcp.client.session import ClientSession as SdkSession
from mcp_agent.app import MCPApp
from mcp_agent.config import LoggerSettings, MCPServerSettings, MCPSettings, Settings
from mcp_agent.mcp.mcp_agent_client_session import MCPAgentClientSession
from mcp_agent.mcp.mcp_aggregator import MCPAggregator

from mcp_engine.compat import mcp_agent
from mcp_engine.compat._steps import STEPS
from mcp_engine.compat.mcp import ClientSession

# mcp-agent and the SDK leave streams of their own open.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(autouse=True)
def off_again() -> Iterator[None]:
    yield
    mcp_agent.uninstall()


@asynccontextmanager
async def aggregator(engine: list[str], *more: str) -> AsyncIterator[MCPAggregator]:
    """An aggregator with a connection that stays open."""
    server = MCPServerSettings(command=engine[0], args=[*engine[1:], *more])
    logger = LoggerSettings(type="none", progress_display=False)
    settings = Settings(execution_engine="asyncio", logger=logger, mcp=MCPSettings(servers={"one": server}))
    async with MCPApp(name="test", settings=settings).run() as app:
        opened = MCPAggregator(server_names=["one"], connection_persistence=True, context=app.context)
        await opened.initialize()
        yield opened
        await opened.close()


def session_of(opened: MCPAggregator) -> Any:
    connections: Any = opened._persistent_connection_manager
    return connections.running_servers["one"].session


async def echo(opened: MCPAggregator, text: str) -> Any:
    return (await opened.call_tool("one_echo", {"text": text})).content[0].text


def run(main: Callable[[], Awaitable[None]]) -> None:
    async def timed() -> None:
        async with asyncio.timeout(30), bus_that_ends():
            await main()

    asyncio.run(timed())


WAYS = {"session": ["session"], "both": ["stdio", "session"], "aggregator": ["session", "aggregator"], "all": list(STEPS)}


@pytest.mark.parametrize("gone", [["session"], None], ids=["session", "everything"])
@pytest.mark.parametrize("steps", WAYS.values(), ids=WAYS.keys())
def test_open_connections_go_on_when_the_step_is_taken_back(steps: list[str], gone: list[str] | None, engine: list[str], caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        mcp_agent.install(steps)
        async with aggregator(engine) as opened:
            assert await echo(opened, "before") == "before"
            waiting = asyncio.ensure_future(opened.call_tool("one_sleep", {"seconds": 0.2}))
            await asyncio.sleep(0)
            mcp_agent.uninstall(gone)
            assert await echo(opened, "after") == "after"
            assert len((await opened.list_tools()).tools) > 1
            assert not (await waiting).isError
        async with aggregator(engine) as later:
            assert await echo(later, "later") == "later"

    with caplog.at_level(logging.ERROR):
        run(main)
    assert not caplog.records
    assert ClientSession not in MCPAgentClientSession.__mro__ and SdkSession in MCPAgentClientSession.__mro__


def test_open_connections_go_on_when_the_step_comes_and_goes(engine: list[str]) -> None:
    async def main() -> None:
        async with aggregator(engine) as before:
            mcp_agent.install()
            async with aggregator(engine) as opened:
                for turn in range(3):
                    mcp_agent.uninstall()
                    assert [await echo(one, str(turn)) for one in (before, opened)] == [str(turn)] * 2
                    mcp_agent.install()
                    assert [await echo(one, str(turn)) for one in (before, opened)] == [str(turn)] * 2

    run(main)


@pytest.mark.parametrize("revision, version", [([], "2026-07-28"), (["--revision", "2025-06-18"], None)])
def test_the_environment_lets_agents_speak_both_eras(revision: list[str], version: str | None, engine: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with aggregator(engine, *revision) as opened:
            assert (session_of(opened)._modern is None) == (version is None)
            assert await echo(opened, "hi") == "hi"
            assert (await opened.call_tool("one_no_such_tool", {})).isError
            mcp_agent.uninstall()
            assert await echo(opened, "still here") == "still here"

    monkeypatch.setenv("MCP_ENGINE_ERA", "any")
    mcp_agent.install()
    run(main)
