"""The step ``aggregator``: each fault of mcp-agent is shown without the step, and is gone with it, unless its switch keeps it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from buses import bus_that_ends

pytest.importorskip("mcp_agent")

from mcp.types import CallToolResult, TextContent, Tool
from mcp_agent.app import MCPApp
from mcp_agent.config import LoggerSettings, MCPServerSettings, MCPSettings, Settings
from mcp_agent.core.exceptions import ServerInitializationError
from mcp_agent.mcp import mcp_connection_manager
from mcp_agent.mcp.mcp_aggregator import MCPAggregator, NamespacedTool
from mcp_agent.mcp.mcp_connection_manager import MCPConnectionManager

from mcp_engine.compat import mcp_agent
from mcp_engine.compat._steps import connections

Main = Callable[[Any], Awaitable[None]]
REVISION = "2025-11-25"


@pytest.fixture(autouse=True)
def off_again() -> Iterator[None]:
    yield
    mcp_agent.uninstall()


#: Without the step, with it, and with it when a switch keeps the fault.
def ways(switch: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("is_fixed, steps, legacy", [(False, [], []), (True, ["aggregator"], []), (False, ["aggregator"], [switch])], ids=["before", "fixed", "kept"])


@asynccontextmanager
async def application(**servers: MCPServerSettings) -> AsyncIterator[Any]:
    settings = Settings(
        execution_engine="asyncio",
        logger=LoggerSettings(type="none", progress_display=False),
        mcp=MCPSettings(servers=dict(servers)),
    )
    async with asyncio.timeout(60), MCPApp(name="test", settings=settings).run() as app:
        yield app.context


def run(main: Callable[[], Awaitable[None]]) -> None:
    async def timed() -> None:
        async with asyncio.timeout(60), bus_that_ends():
            await main()

    with warnings.catch_warnings():
        # Those of mcp-agent are not ours to judge.
        warnings.simplefilter("ignore")
        asyncio.run(timed())


@pytest.fixture
def started(tmp_path: Path) -> Path:
    """A file with a line for every process of a server that was started."""
    return tmp_path / "started"


@pytest.fixture
def server(engine: list[str], started: Path) -> MCPServerSettings:
    command = f'echo $$ >> {started}; exec {" ".join(engine)} --revision {REVISION}'
    return MCPServerSettings(command="sh", args=["-c", command], read_timeout_seconds=7)


def processes(started: Path) -> list[int]:
    return [int(line) for line in started.read_text().split()]


# Names


def aggregator_with(tools: dict[str, list[str]]) -> MCPAggregator:
    aggregator = MCPAggregator(list(tools), context=SimpleNamespace())  # type: ignore[arg-type]
    for server, names in tools.items():
        aggregator._server_to_tool_map[server] = [
            NamespacedTool(tool=Tool(name=name, inputSchema={}), server_name=server, namespaced_tool_name=f"{server}_{name}") for name in names
        ]
    return aggregator


NAMES: list[tuple[str, tuple[str | None, str | None]]] = [
    ("files_read", ("files", "read")),
    ("files_read_all", ("files", "read_all")),
    ("files_missing", ("files", "missing")),
    ("files_web_read", ("files_web", "read")),
    ("files_web_missing", ("files_web", "missing")),
    ("read", ("files", "read")),
    ("read_all", ("files", "read_all")),
    ("only_here", ("other", "only_here")),
    ("filesread", (None, None)),
    ("_read", (None, None)),
    ("", (None, None)),
]


@pytest.mark.parametrize("steps", [[], ["aggregator"]])
@pytest.mark.parametrize("name, meant", NAMES)
def test_names_mean_what_they_meant(name: str, meant: Any, steps: list[str]) -> None:
    aggregator = aggregator_with({"files": ["read", "read_all"], "files_web": ["read"], "other": ["read", "only_here"]})
    mcp_agent.install(steps)
    assert asyncio.run(aggregator._parse_capability_name(name, "tool")) == meant


@ways("prefix")
def test_a_name_goes_to_the_longest_server_that_has_the_tool(is_fixed: bool, steps: list[str], legacy: list[str]) -> None:
    aggregator = aggregator_with({"files": ["web_list"], "files_web": ["read"]})
    mcp_agent.install(steps, legacy=legacy)
    meant = asyncio.run(aggregator._parse_capability_name("files_web_list", "tool"))
    assert meant == (("files", "web_list") if is_fixed else ("files_web", "list"))


# Calls


async def servers_of(aggregator: MCPAggregator, *calls: tuple[str, str | None]) -> list[str | None]:
    """The servers that answer some calls, by name."""
    manager, asked = aggregator._persistent_connection_manager, []
    ask = manager.get_server

    async def noted(server_name: str, **options: Any) -> Any:
        asked.append(server_name)
        return await ask(server_name, **options)

    manager.get_server = noted  # type: ignore[method-assign]
    for name, server_name in calls:
        before = len(asked)
        result = await aggregator.call_tool(name, {"text": "hi"}, server_name=server_name)
        assert result.isError is (len(asked) == before), result
        asked += [None] * (len(asked) == before)  # type: ignore[list-item]
    return list(asked)


@ways("server_name")
def test_a_call_goes_to_the_server_that_it_names(is_fixed: bool, steps: list[str], legacy: list[str], server: MCPServerSettings) -> None:
    mcp_agent.install(steps, legacy=legacy)
    calls = [("echo", None), ("echo", "two"), ("two_echo", "two"), ("two_echo", None), ("echo", "elsewhere")]

    async def main() -> None:
        async with application(one=server, two=server, elsewhere=server) as context, MCPAggregator(["one", "two"], context=context) as aggregator:
            asked = await servers_of(aggregator, *calls)
            assert asked == (["one", "two", "two", "two", None] if is_fixed else ["one", "one", "two", "two", "one"])

    run(main)


@ways("respawn")
def test_a_server_that_was_killed_is_started_again(is_fixed: bool, steps: list[str], legacy: list[str], server: MCPServerSettings, started: Path) -> None:
    mcp_agent.install(steps, legacy=[*legacy])

    async def main() -> None:
        async with application(one=server) as context, MCPAggregator(["one"], context=context) as aggregator:
            connection = await aggregator._persistent_connection_manager.get_server("one")
            os.kill(processes(started)[0], signal.SIGKILL)
            # Until nothing can come from it any more.
            while not connections._has_died(connection):
                await asyncio.sleep(0.001)
            result = await aggregator.call_tool("one_echo", {"text": "again"})
            assert result.isError is not is_fixed
            assert len(processes(started)) == (2 if is_fixed else 1)
            if is_fixed:
                assert result.content[0].text == "again"

    run(main)


@ways("reason")
def test_a_call_that_fails_has_a_reason(is_fixed: bool, steps: list[str], legacy: list[str], server: MCPServerSettings) -> None:
    mcp_agent.install(steps, legacy=legacy)

    async def main() -> None:
        async with application(one=server) as context, MCPAggregator(["one"], context=context) as aggregator:
            connection = await aggregator._persistent_connection_manager.get_server("one")

            async def closed(*args: Any, **options: Any) -> CallToolResult:
                raise anyio.ClosedResourceError

            connection.session.call_tool = closed  # type: ignore[method-assign,union-attr]
            text = (await aggregator.call_tool("one_echo", {})).content[0]
            assert isinstance(text, TextContent)
            assert text.text == "Failed to call tool 'echo' on server 'one': " + ("the connection to the server is closed" if is_fixed else "")

    run(main)


# Connections


async def two_that_need_it(manager: MCPConnectionManager) -> list[Any]:
    """What two get who ask for a server, the second while it starts."""
    first = asyncio.create_task(manager.get_server("one"))
    while "one" not in manager.running_servers:
        await asyncio.sleep(0)
    return await asyncio.gather(first, manager.get_server("one"), return_exceptions=True)


@ways("get_server")
def test_two_that_need_a_server_get_the_same_one(is_fixed: bool, steps: list[str], legacy: list[str], server: MCPServerSettings, started: Path) -> None:
    mcp_agent.install(steps, legacy=legacy)

    async def main() -> None:
        async with application(one=server) as context, MCPConnectionManager(context.server_registry) as manager:
            both = await two_that_need_it(manager)
            assert (both[0] is both[1]) is is_fixed
            if is_fixed:
                assert both[0].server_capabilities is not None  # type: ignore[union-attr]
                assert len(processes(started)) == 1

    run(main)


@pytest.mark.parametrize("is_fixed, steps, legacy", [(False, [], []), (True, ["aggregator"], []), (False, ["aggregator"], ["reason", "get_server"])])
def test_a_server_that_cannot_be_started_says_why_to_everybody(is_fixed: bool, steps: list[str], legacy: list[str]) -> None:
    mcp_agent.install(steps, legacy=legacy)

    async def main() -> None:
        gone = MCPServerSettings(command="sh", args=["-c", "exit 3"])
        async with application(one=gone) as context, MCPConnectionManager(context.server_registry) as manager:
            errors = await two_that_need_it(manager)
            told = [str(error) for error in errors if isinstance(error, ServerInitializationError)]
            assert (len(told) == 2 and all("closed" in text.lower() for text in told)) is is_fixed, errors

    run(main)


@ways("close")
def test_closing_sleeps_for_no_fixed_time(is_fixed: bool, steps: list[str], legacy: list[str], server: MCPServerSettings, started: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mcp_agent.install(steps, legacy=legacy)
    slept: list[float] = []
    sleep = anyio.sleep

    async def noted(seconds: float) -> None:
        slept.append(seconds)
        await sleep(seconds)

    async def main() -> None:
        async with application(one=server) as context:
            aggregator = MCPAggregator(["one"], context=context)
            await aggregator.initialize()
            monkeypatch.setattr(mcp_connection_manager.anyio, "sleep", noted)
            await aggregator.close()
            monkeypatch.undo()
            with pytest.raises(ProcessLookupError):
                os.kill(processes(started)[0], 0)

    run(main)
    assert [seconds for seconds in slept if seconds >= 0.2] == ([] if is_fixed else [0.2, 0.5])


@ways("close")
def test_any_task_may_open_and_close(is_fixed: bool, steps: list[str], legacy: list[str], server: MCPServerSettings) -> None:
    mcp_agent.install(steps, legacy=legacy)

    async def main() -> None:
        async with application(one=server) as context:
            manager = MCPConnectionManager(context.server_registry)
            with anyio.CancelScope():
                await asyncio.create_task(manager.get_server("one"))
                await manager.launch_server("one", mcp_connection_manager.MCPAgentClientSession)
            await asyncio.create_task(manager.close())
            assert manager._tg is None
            scoped = MCPConnectionManager(context.server_registry)
            with anyio.CancelScope():
                await scoped.__aenter__()
            await scoped.close()

    if is_fixed:
        run(main)
    else:
        with pytest.raises((RuntimeError, BaseExceptionGroup)):
            run(main)


def test_a_thread_closes_what_another_has_opened(server: MCPServerSettings, started: Path) -> None:
    mcp_agent.install(["aggregator"])

    async def main() -> None:
        async with application(one=server) as context:
            manager = MCPConnectionManager(context.server_registry)
            await manager.__aenter__()
            await manager.get_server("one")
            await asyncio.gather(manager.close(), asyncio.to_thread(lambda: asyncio.run(manager.close())))
            await manager.__aexit__(None, None, None)
            with pytest.raises(ProcessLookupError):
                os.kill(processes(started)[0], 0)

    run(main)


def test_a_server_that_is_closed_while_it_starts_is_told_of(server: MCPServerSettings) -> None:
    mcp_agent.install(["aggregator"])

    async def main() -> None:
        hung = MCPServerSettings(command="sh", args=["-c", "cat > /dev/null"])
        async with application(one=hung) as context:
            manager = MCPConnectionManager(context.server_registry)
            await manager.__aenter__()
            waiting = asyncio.create_task(manager.get_server("one"))
            while "one" not in manager.running_servers:
                await asyncio.sleep(0)
            assert manager._tg is not None
            manager._tg.cancel_scope.cancel()
            with pytest.raises(ServerInitializationError, match="closed before it was ready"):
                await waiting
            await manager.__aexit__(None, None, None)

    run(main)


# Temporary connections


@ways("capabilities")
def test_loading_over_temporary_connections_takes_one(is_fixed: bool, steps: list[str], legacy: list[str], server: MCPServerSettings, started: Path) -> None:
    mcp_agent.install(steps, legacy=legacy)

    async def main() -> None:
        async with application(one=server) as context:
            async with MCPAggregator(["one"], connection_persistence=False, context=context) as aggregator:
                assert len(processes(started)) == (1 if is_fixed else 4)
                assert "one_echo" in [tool.name for tool in (await aggregator.list_tools()).tools]
                assert (await aggregator.list_prompts()).prompts and (await aggregator.list_resources()).resources
                assert (await aggregator.get_capabilities("one")).tools is not None
                result = await aggregator.call_tool("one_echo", {"text": "hi"})
                assert result.content[0].text == "hi"

    run(main)


@ways("read_timeout")
def test_the_read_timeout_of_a_temporary_connection_is_in_seconds(is_fixed: bool, steps: list[str], legacy: list[str], server: MCPServerSettings) -> None:
    mcp_agent.install(steps, legacy=legacy)

    async def main() -> None:
        async with application(one=server) as context, context.server_registry.start_server("one") as session:
            assert session._session_read_timeout_seconds == (timedelta(seconds=7) if is_fixed else timedelta(days=7))

    run(main)


@pytest.fixture
def over_http(engine: list[str]) -> Iterator[str]:
    """The address of a server over HTTP, with sessions."""
    command = [engine[0], "serve", "--http", "127.0.0.1:0", "--revision", REVISION]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = next(line for line in process.stderr if "serves on" in line)
        yield line.split()[-1]
        process.kill()


@ways("session_id")
def test_a_persistent_connection_over_http_knows_its_session(is_fixed: bool, steps: list[str], legacy: list[str], over_http: str) -> None:
    mcp_agent.install(steps, legacy=legacy)

    async def main() -> None:
        one = MCPServerSettings(transport="streamable_http", url=over_http)
        async with application(one=one) as context, MCPAggregator(["one"], context=context) as aggregator:
            session = (await aggregator._persistent_connection_manager.get_server("one")).session
            assert (session.get_session_id() is not None) is is_fixed

    run(main)


# Switches


def test_switches_that_there_are_not_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="no switch 'nonsense'"):
        mcp_agent.install(["aggregator"], legacy=["nonsense"])
    monkeypatch.setenv("MCP_ENGINE_LEGACY", "prefix, nonsense")
    with pytest.raises(ValueError, match="no switch 'nonsense'"):
        mcp_agent.install(["aggregator"])
    assert mcp_agent.status()["aggregator"] == "off"


def test_the_environment_says_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCP_ENGINE_LEGACY", "prefix, close")
    mcp_agent.install(["aggregator"])
    aggregator = aggregator_with({"files": ["web_list"], "files_web": ["read"]})
    assert asyncio.run(aggregator._parse_capability_name("files_web_list", "tool")) == ("files_web", "list")
