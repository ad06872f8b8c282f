"""The steps stdio and session under mcp-agent's own Agent and MCPAggregator, with real servers: each alone, both, and none."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from buses import bus_that_ends

pytest.importorskip("mcp_agent")

import mcp
from mcp import types
from mcp.client import stdio as sdk_stdio
from mcp_agent.agents.agent import Agent
from mcp_agent.app import MCPApp
from mcp_agent.config import LoggerSettings, MCPRootSettings, MCPServerSettings, MCPSettings, Settings
from mcp_agent.mcp import mcp_agent_client_session, mcp_connection_manager, mcp_server_registry, stdio_transport
from mcp_agent.mcp.mcp_agent_client_session import MCPAgentClientSession
from mcp_agent.mcp.mcp_aggregator import MCPAggregator

from mcp_engine.compat import mcp as ours
from mcp_engine.compat import mcp_agent
from mcp_engine.compat.mcp._streams import ReceiveStream

# mcp-agent and the SDK leave streams of their own open.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

FAST = [sys.executable, str(Path(__file__).parent / "fast_server.py")]
FRAIL = [sys.executable, "-u", str(Path(__file__).parent / "frail_server.py")]
STEPS = {"none": [], "stdio": ["stdio"], "session": ["session"], "both": ["stdio", "session"]}
with_steps = pytest.mark.parametrize("steps", list(STEPS))


@pytest.fixture
def steps_on(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    steps = STEPS[request.param]
    mcp_agent.install(steps)
    yield steps
    mcp_agent.uninstall()


every_set = pytest.mark.parametrize("steps_on", list(STEPS), indirect=True)
both_ways = pytest.mark.parametrize("steps_on", ["none", "both"], indirect=True)


@asynccontextmanager
async def application(*commands: list[str], **options: Any) -> AsyncIterator[Any]:
    """The context of an application whose servers are s0, s1, …"""
    servers = {
        f"s{at}": MCPServerSettings(command=command[0], args=command[1:], roots=[MCPRootSettings(uri="file:///root", server_uri_alias="file:///alias", name="r")])
        for at, command in enumerate(commands)
    }
    logger = LoggerSettings(type="none", level="debug", progress_display=False)
    app = MCPApp(name="test", settings=Settings(execution_engine="asyncio", logger=logger, mcp=MCPSettings(servers=servers)), **options)
    async with app.run() as running:
        yield running.context


def texts(result: types.CallToolResult) -> list[str]:
    return [getattr(block, "text", block.type) for block in result.content]


@contextmanager
def events_of_sessions() -> Iterator[Counter[tuple[str, str]]]:
    """Counts what sessions log."""
    heard: Counter[tuple[str, str]] = Counter()
    logger: Any = mcp_agent_client_session.logger
    event = logger.event

    def hear(etype: str, ename: Any, message: str, context: Any, data: Any) -> None:
        heard[etype, message.split(" request_id=")[0]] += 1
        event(etype, ename, message, context, data)

    logger.event = hear
    try:
        yield heard
    finally:
        del logger.event


async def accept(request: Any) -> types.ElicitResult:
    return types.ElicitResult(action="accept", content={"name": request.server_name})


async def whole_conversation() -> dict[str, Any]:
    """What an agent gets of its server, and what is logged of it."""
    found: dict[str, Any] = {}
    with events_of_sessions() as heard:
        async with application(FAST, elicitation_callback=accept) as context, Agent(name="agent", server_names=["s0"], context=context) as agent:
            found["tools"] = sorted(tool.name for tool in (await agent.list_tools()).tools)
            found["prompts"] = [prompt.name for prompt in (await agent.list_prompts()).prompts]
            found["echo"] = (await agent.call_tool("s0_echo", {"text": "hello"})).model_dump()
            found["output"] = (await agent.call_tool("s0_weather", {"city": "Bern"})).model_dump()
            found["failed"] = (await agent.call_tool("s0_fail", {})).model_dump()
            found["missing"] = (await agent.call_tool("s0_nothing", {})).model_dump()
            found["many"] = [texts(one) for one in await asyncio.gather(*(agent.call_tool("s0_echo", {"text": str(n)}) for n in range(64)))]
            found["elicited"] = texts(await agent.call_tool("s0_ask_user", {}))
            found["roots"] = texts(await agent.call_tool("s0_ask_roots", {}))
            found["logged"] = texts(await agent.call_tool("s0_complain", {}))
            found["prompt"] = (await agent.get_prompt("s0_greet", {"name": "you"})).model_dump()
            found["long"] = [len(text) for text in texts(await agent.call_tool("s0_long", {"bytes": 2_000_000}))]
    found["events"] = dict(heard)
    return found


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    return run(whole_conversation)


def run(main: Callable[[], Awaitable[Any]]) -> Any:
    async def bounded() -> Any:
        async with asyncio.timeout(60), bus_that_ends():
            return await main()

    return asyncio.run(bounded())


@every_set
def test_an_agent_gets_what_it_got_before(expected: dict[str, Any], steps_on: list[str]) -> None:
    found = run(whole_conversation)
    for name, value in expected.items():
        assert found[name] == value, name


@every_set
def test_a_step_is_where_it_says(steps_on: list[str]) -> None:
    async def main() -> None:
        async with application(FAST) as context, MCPAggregator(["s0"], connection_persistence=True, context=context) as aggregator:
            session: Any = (await aggregator._persistent_connection_manager.get_server("s0")).session  # type: ignore[union-attr]
            assert isinstance(session, MCPAgentClientSession) and isinstance(session, mcp.ClientSession)
            assert isinstance(session, ours.ClientSession) == ("session" in steps_on)
            assert isinstance(session._read_stream, ReceiveStream) == ("stdio" in steps_on)
            if "session" in steps_on:
                assert (session._line is not None) == ("stdio" in steps_on)

    run(main)


@every_set
def test_a_connection_for_one_call(steps_on: list[str]) -> None:
    async def main() -> None:
        async with application(FAST) as context:
            aggregator = MCPAggregator(["s0"], connection_persistence=False, context=context)
            async with aggregator:
                assert texts(await aggregator.call_tool("s0_echo", {"text": "once"})) == ["once"]

    run(main)


@both_ways
def test_a_killed_server_is_a_failed_call_with_a_reason(steps_on: list[str]) -> None:
    """Legacy: every call after it fails with an empty reason."""

    async def main() -> list[str]:
        async with application(FRAIL) as context:
            async with MCPAggregator(["s0"], connection_persistence=True, context=context) as aggregator:
                pid = int(texts(await aggregator.call_tool("s0_pid", {}))[0])
                os.kill(pid, signal.SIGKILL)
                while is_alive(pid):
                    await asyncio.sleep(0.01)
                # Once the end has been read, too.
                await asyncio.sleep(0.1)
                return texts(await aggregator.call_tool("s0_pid", {}))

    (text,) = run(main)
    reason = text.removeprefix("Failed to call tool 'pid' on server 's0': ")
    assert reason == "" if not steps_on else "the server has ended with status -9" in reason


@pytest.mark.parametrize("steps_on", ["none", "stdio", "both"], indirect=True)
def test_what_a_server_says_beside_messages_is_left_out(steps_on: list[str]) -> None:
    """Legacy: such a line ends the connection, since what tells of it fails itself."""

    async def main() -> list[str]:
        async with application(FRAIL) as context:
            async with MCPAggregator(["s0"], connection_persistence=True, context=context) as aggregator:
                async with asyncio.timeout(3):
                    return texts(await aggregator.call_tool("s0_noise", {}))

    if steps_on:
        assert run(main) == ["after the noise"]
    else:
        with pytest.raises((TimeoutError, BaseExceptionGroup)):
            run(main)


def test_a_stand_in_below_the_filter_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    mcp_agent.install(["stdio"])
    used: list[Any] = []

    @asynccontextmanager
    async def stand_in(server: Any) -> AsyncIterator[Any]:
        used.append(server)
        async with sdk_stdio.stdio_client(server) as both:
            yield both

    async def main() -> None:
        parameters = mcp.StdioServerParameters(command="cat")
        async with mcp_connection_manager.filtered_stdio_client(server_name="cat", server=parameters):
            assert used == [parameters]

    try:
        monkeypatch.setattr(stdio_transport, "stdio_client", stand_in)
        run(main)
    finally:
        monkeypatch.undo()
        mcp_agent.uninstall()


def test_the_steps_can_be_taken_back() -> None:
    modules = (stdio_transport, mcp_connection_manager, mcp_server_registry)
    before = [vars(module).get(name) for module in modules for name in ("filtered_stdio_client", "stdio_client")]
    bases = MCPAgentClientSession.__bases__
    mcp_agent.install(["stdio", "session"])
    assert bases != MCPAgentClientSession.__bases__
    assert before[0] is not stdio_transport.filtered_stdio_client
    mcp_agent.uninstall()
    assert bases == MCPAgentClientSession.__bases__
    assert before == [vars(module).get(name) for module in modules for name in ("filtered_stdio_client", "stdio_client")]
    assert not hasattr(MCPAgentClientSession, "_failed")



def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # A process that nobody has waited for is there, and dead.
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False
